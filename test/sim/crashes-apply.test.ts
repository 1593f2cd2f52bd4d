import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { crash } from "./crashes.ts";

const { once, twice, permanent } = await crash(["apply"], SCALE.crashes.applied);

test("the next run completes the work of a run that was killed at any step", () => {
  expect(once.broken.slice(0, 10)).toEqual([]);
  expect(once.points).toBeGreaterThanOrEqual(SCALE.crashes.points);
});

test("the next run completes the work of a run that was killed again during recovery", () => {
  expect(twice.broken.slice(0, 10)).toEqual([]);
  expect(twice.points).toBeGreaterThanOrEqual(4 * SCALE.crashes.applied);
});

test("a run ends with an accurate report if the connection or disk fails permanently, and the next run completes its work", () => {
  expect(permanent.broken.slice(0, 10)).toEqual([]);
  expect(permanent.points).toBeGreaterThanOrEqual(50);
});
