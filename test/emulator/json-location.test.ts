import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { locateValue, positionAt } from "../../src/emulator/json-location.ts";
import { runs } from "../scale.ts";
import { forAll } from "../support/for-all.ts";
import { unicodeText } from "../support/unicode-text.ts";

const TEXT = `{
  "company": { "name": "a \\"}],{" },
  "contacts": [
    { "handles": ["x", "y"] },
    { "name": 7, "links": [] , "a\\u0062": true }
  ]
}`;

test.each([
  ["company.name", 2, 24],
  ["contacts[0].handles[1]", 4, 24],
  ["contacts[1].name", 5, 15],
  ["contacts[1].ab", 5, 43],
  ["contacts[1].missing", 5, 5],
  ["contacts[7].name", 3, 15],
  ["company.name.more", 2, 24],
  ["", 1, 1],
])("locateValue locates %j at line %i, column %i", (path, line, column) => {
  expect(locateValue(TEXT, path)).toEqual({ line, column });
});

test("locateValue locates every item of an array in any JSON text", () => {
  const value = fc.json().map((text) => JSON.parse(text));
  forAll(
    [fc.array(value, { minLength: 1 }), unicodeText(), fc.nat(4)],
    { numRuns: runs(500) },
    (items, key, indent) => {
      const text = JSON.stringify({ [key]: items[0], contacts: items }, null, indent);
      for (const [index, item] of items.entries()) {
        const { line, column } = locateValue(text, `contacts[${index}]`);
        const rest = text
          .split("\n")
          .slice(line - 1)
          .join("\n")
          .slice(column - 1);
        const expected = JSON.stringify(item, null, indent);
        const first = expected.split("\n")[0] ?? "";
        expect(rest.startsWith(first)).toBe(true);
      }
    },
  );
});

test("lines and columns start at 1", () => {
  expect(positionAt("ab\nc", 3)).toEqual({ line: 2, column: 1 });
});
