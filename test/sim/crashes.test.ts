import { expect, test } from "@jest/globals";
import { chart, crashEverywhere, crashTwice, failForGood, type Journey, type Tally } from "./crashes.ts";

/** Enough for 3,000 steps at which a run may be killed. */
const JOURNEYS = 10;

async function chartAll(): Promise<Journey[]> {
  const journeys: Journey[] = [];
  for (let seed = 1; journeys.length < JOURNEYS; seed += 1) {
    const journey = await chart(seed);
    if (journey !== undefined) journeys.push(journey);
  }
  return journeys;
}

const journeys = await chartAll();

async function everyJourney(act: (journey: Journey, tally: Tally) => Promise<void>): Promise<Tally> {
  const tally: Tally = { points: 0, broken: [] };
  for (const journey of journeys) await act(journey, tally);
  return tally;
}

test("a run that is killed at any step of the way is made good by the next", async () => {
  const { points, broken } = await everyJourney(crashEverywhere);
  expect(broken.slice(0, 10)).toEqual([]);
  expect(points).toBeGreaterThanOrEqual(3000);
});

test("a run that is killed while it makes good is made good as well", async () => {
  const { broken } = await everyJourney((journey, tally) => crashTwice(journey, tally, 4));
  expect(broken.slice(0, 10)).toEqual([]);
});

test("a line or a disk that fails for good ends a run with the truth, and the next makes it good", async () => {
  const { broken } = await everyJourney((journey, tally) =>
    journey.seed % 3 === 0 ? failForGood(journey, tally) : Promise.resolve(),
  );
  expect(broken.slice(0, 10)).toEqual([]);
});
