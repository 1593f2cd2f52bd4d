import { expect, test } from "@jest/globals";
import { MAX_ENTRY_BYTES, weightedSize } from "../../src/importing/entry-yaml.ts";
import { LIMITS } from "../../src/model/limits.ts";

test.each([
  ["lines", "a: b\n", 1],
  ["sequences with one item", "a: [b]\n", 2],
  ["sequences with three items", "a: [b, c, d]\n", 4],
  ["maps with one entry", "a: { b: c }\n", 2],
])("the maximum number of values, written as %s, exceeds the maximum size of an entry", (_, text, values) => {
  expect(weightedSize(text.repeat(LIMITS.values / values))).toBeGreaterThan(MAX_ENTRY_BYTES);
});
