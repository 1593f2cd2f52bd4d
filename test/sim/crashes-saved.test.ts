import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { crash } from "./crashes.ts";

const { once, twice, permanent } = await crash(["plan --out", "apply FILE"], SCALE.crashes.saved);

test("the next run completes a run that was killed at any step", () => {
  expect(once.broken.slice(0, 10)).toEqual([]);
  expect(once.points).toBeGreaterThanOrEqual(SCALE.crashes.points);
});

test("the next run completes a run that was killed during recovery", () => {
  expect(twice.broken.slice(0, 10)).toEqual([]);
  expect(twice.points).toBeGreaterThanOrEqual(4 * SCALE.crashes.saved);
});

test("a connection or disk that fails permanently ends a run with a true report, and the next run completes it", () => {
  expect(permanent.broken.slice(0, 10)).toEqual([]);
  expect(permanent.points).toBeGreaterThanOrEqual(50);
});
