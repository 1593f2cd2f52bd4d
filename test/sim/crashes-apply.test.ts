import { expect, test } from "@jest/globals";
import { chart, crashEverywhere, crashTwice, failForGood, tallied } from "./crashes.ts";

const journeys = await chart(["apply"], 36);

test("a run that is killed at any step of the way is made good by the next", async () => {
  const { points, broken } = await tallied(journeys, crashEverywhere);
  expect(broken.slice(0, 10)).toEqual([]);
  expect(points).toBeGreaterThanOrEqual(1500);
});

test("a run that is killed while it makes good is made good as well", async () => {
  const { broken } = await tallied(journeys, (journey, tally) => crashTwice(journey, tally, 4));
  expect(broken.slice(0, 10)).toEqual([]);
});

test("a line or a disk that fails for good ends a run with the truth, and the next makes it good", async () => {
  const { broken } = await tallied(journeys.slice(0, 8), failForGood);
  expect(broken.slice(0, 10)).toEqual([]);
});
