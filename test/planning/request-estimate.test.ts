import { expect, test } from "@jest/globals";
import { checkBudget, durationWords, withPace } from "../../src/planning/request-estimate.ts";

const TWELVE = { total: 12, byKind: { "create-contact": 10, verification: 2 } };

test.each([
  [40, 18],
  [720, 1],
  [1, 720],
])("at %i a minute twelve requests take %i s", (perMinute, seconds) => {
  expect(withPace(TWELVE, { perMinute })).toEqual({ ...TWELVE, perMinute, seconds });
});

test("where Front said nothing of its limits nobody knows how long it takes", () => {
  expect(withPace(TWELVE, undefined)).toEqual(TWELVE);
});

const PACED = withPace(TWELVE, { perMinute: 1 });

test.each([
  ["nothing is too much where nothing was said", PACED, {}, []],
  ["as many as are allowed", PACED, { requests: 12 }, []],
  ["more than are allowed", PACED, { requests: 11 }, ["error too-many-requests"]],
  ["as long as is allowed", PACED, { seconds: 720 }, []],
  ["longer than is allowed", PACED, { seconds: 719 }, ["error takes-too-long"]],
  ["both", PACED, { requests: 0, seconds: 0 }, ["error too-many-requests", "error takes-too-long"]],
  ["a duration that cannot be judged", TWELVE, { seconds: 1 }, ["warning duration-unknown"]],
  ["nothing to do takes no time", { total: 0, byKind: {} }, { seconds: 0 }, []],
] as const)("%s", (_, requests, most, found) => {
  expect(checkBudget(requests, most).map(({ severity, code }) => `${severity} ${code}`)).toEqual(found);
});

test.each([
  [0, "0 s"],
  [89, "89 s"],
  [90, "2 min"],
  [360, "6 min"],
  [5399, "1 h 30 min"],
  [5400, "1 h 30 min"],
  [7200, "2 h"],
])("%i s are %s", (seconds, words) => {
  expect(durationWords(seconds)).toBe(words);
});
