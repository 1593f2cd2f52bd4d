import { expect, test } from "@jest/globals";
import { Suggestions, suggest } from "../../src/model/suggest.ts";

const FIELDS = ["Job Title", "Location", "On Duty", "Plan"];

const cases: readonly (readonly [string, string | undefined])[] = [
  ["Job title", "Job Title"],
  ["job_title", "Job Title"],
  ["Jbo Title", "Job Title"],
  ["Locaton", "Location"],
  ["Plans", "Plan"],
  ["Plna", "Plan"],
  ["lPan", "Plan"],
  ["aPnl", undefined],
  ["Shoe Size", undefined],
  ["Plan", undefined],
];

test.each(cases)("the suggestion for %s is %s", (input, suggestion) => {
  expect(suggest(input, FIELDS)).toBe(suggestion);
});

test("the suggestion is a candidate that looks like the misspelled name", () => {
  expect(suggest("Cafe\u0301", ["Cafe", "Caf\u00e9"])).toBe("Caf\u00e9");
});

test("a text of more than 100 characters has no suggestion", () => {
  const candidate = "x".repeat(99);
  expect(suggest("x".repeat(100), [candidate])).toBe(candidate);
  expect(suggest("x".repeat(101), [candidate])).toBeUndefined();
});

test("the suggestion is the nearest of several candidates", () => {
  expect(suggest("handle", ["handlers", "handles", "candles"])).toBe("handles");
});

test.each([
  ["ouput", ["input", "out"], "out"],
  ["output", ["out"], "out"],
  ["approve", ["accept-shrink", "auto-approve"], "auto-approve"],
  ["nmae", ["mane", "name"], "name"],
  ["ou", ["output"], undefined],
  ["n", ["e", "N"], "N"],
  ["n", ["e", "id"], undefined],
])("the suggestion for %s among %j is %s", (input, candidates, suggestion) => {
  expect(suggest(input, candidates)).toBe(suggestion);
});

test("thousands of different mistyped names are compared with the candidates at most 200 times", () => {
  let comparisons = 0;
  const suggestions = new Suggestions(() => {
    comparisons += 1;
    return FIELDS;
  });
  const typos = Array.from({ length: 3000 }, (_, index) => `Plan${String.fromCodePoint(0x4e00 + index)}`);
  const suggested = [...typos, ...typos].map((name) => suggestions.suggestFor(name));
  expect(suggested.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => "Plan"));
  expect(comparisons).toBeLessThanOrEqual(200);
});

test("only the first thousand candidates are read", () => {
  let count = 0;
  function* candidates(): Iterable<string> {
    for (;;) yield `account-${++count}`;
  }
  expect(suggest("acount-7", candidates())).toBe("account-7");
  expect(count).toBeLessThanOrEqual(1001);
});
