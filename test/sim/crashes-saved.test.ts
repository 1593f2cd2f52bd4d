import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { crash } from "./crashes.ts";

const { singleKills, doubleKills, permanentFailures } = await crash(["plan --out", "apply FILE"], SCALE.crashes.saved);

test("the next run completes the work of a run that was killed at any step", () => {
  expect(singleKills.violations.slice(0, 10)).toEqual([]);
  expect(singleKills.failureCount).toBeGreaterThanOrEqual(SCALE.crashes.points);
});

test("the next run completes the work of a run that was killed again during recovery", () => {
  expect(doubleKills.violations.slice(0, 10)).toEqual([]);
  expect(doubleKills.failureCount).toBeGreaterThanOrEqual(4 * SCALE.crashes.saved);
});

test("if the connection or disk fails permanently, a run ends with an accurate report and the next run completes the work", () => {
  expect(permanentFailures.violations.slice(0, 10)).toEqual([]);
  expect(permanentFailures.failureCount).toBeGreaterThanOrEqual(50);
});
