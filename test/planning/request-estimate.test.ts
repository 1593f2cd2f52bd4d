import { expect, test } from "@jest/globals";
import { checkApplyLimits, formatDuration, withDuration } from "../../src/planning/request-estimate.ts";

const TWELVE = { total: 12, byKind: { "create-contact": 10, verification: 2 } };

test.each([
  [40, 18],
  [720, 1],
  [1, 720],
])("twelve requests at %i per minute take %i s", (perMinute, seconds) => {
  expect(withDuration(TWELVE, { perMinute })).toEqual({ ...TWELVE, perMinute, seconds });
});

test("the duration is unknown without rate limit headers", () => {
  expect(withDuration(TWELVE, undefined)).toEqual(TWELVE);
});

const ONE_PER_MINUTE = withDuration(TWELVE, { perMinute: 1 });

test.each([
  ["without limits, every plan is accepted", ONE_PER_MINUTE, {}, []],
  ["the maximum number of requests is accepted", ONE_PER_MINUTE, { requests: 12 }, []],
  ["more requests are an error", ONE_PER_MINUTE, { requests: 11 }, ["error too-many-requests"]],
  ["the maximum duration is accepted", ONE_PER_MINUTE, { seconds: 720 }, []],
  ["a longer duration is an error", ONE_PER_MINUTE, { seconds: 719 }, ["error takes-too-long"]],
  [
    "both limits are reported",
    ONE_PER_MINUTE,
    { requests: 0, seconds: 0 },
    ["error too-many-requests", "error takes-too-long"],
  ],
  ["an unknown duration is a warning", TWELVE, { seconds: 1 }, ["warning duration-unknown"]],
  ["an empty plan takes no time", { total: 0, byKind: {} }, { seconds: 0 }, []],
] as const)("%s", (_, requests, limits, expected) => {
  expect(checkApplyLimits(requests, limits).map(({ severity, code }) => `${severity} ${code}`)).toEqual(expected);
});

test.each([
  [0, "0 s"],
  [89, "89 s"],
  [90, "2 min"],
  [360, "6 min"],
  [5399, "1 h 30 min"],
  [5400, "1 h 30 min"],
  [7200, "2 h"],
])("%i seconds are formatted as %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
