import { expect, test } from "@jest/globals";
import { fastParse } from "../../src/yaml/fast-parse.ts";
import { type LocatedValue, locatedValueOf } from "../../src/yaml/located-value.ts";
import { parseWithPackage } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";
import { SCALE } from "../scale.ts";
import { forAll } from "../support/for-all.ts";
import { yamlDocument } from "../support/yaml-documents.ts";

/** Returns the values of a document with their locations and source texts. */
function contentsOf(located: LocatedValue): unknown {
  const { value, location, keyLocation, text } = located;
  const isLeaf = typeof value !== "object" || value === null;
  return {
    ...(isLeaf ? { value, text } : {}),
    location,
    keyLocation,
    items: located.items().map(contentsOf),
    entries: located.entries().map(([name, entry]) => [name, contentsOf(entry)]),
  };
}

function readByPackage(text: string): unknown {
  const { documents, diagnostics } = parseWithPackage(createSource("a.yaml", text));
  return [...documents.map((document) => contentsOf(locatedValueOf(document))), ...diagnostics];
}

function readByFastParser(text: string): unknown[] | undefined {
  const document = fastParse(createSource("a.yaml", text));
  return document && [contentsOf(locatedValueOf(document))];
}

test.each<[string, string]>([
  ["maps in maps", "a:\n  b:\n    c: x\n  d: y\n"],
  ["sequences, indented or not", "a:\n- x\n- y\nb:\n  - z\n"],
  ["maps in sequences", "a:\n  - b: x\n    c: y\n  -   d: z\n      e:\n        - f\n"],
  ["flow collections on one line", 'a: { b: x y, c: [d, "e", {}], f: [] }\n'],
  ["strings that contain indicators", "a: x - y [z] {0} b#c http://d.e:8/ it's & so | on > 'f' \"g\"\n"],
  [
    "keywords, numbers, and strings that resemble numbers",
    "a: true\nb: false\nc: null\nd: 0\ne: 123.50\nf: 2024-02-29\ng: 1.2.3\n",
  ],
  ["quotes", 'a: "x: # y"\nb: \'true\'\nc: ""\n'],
  ["comments", "# x\n\na: # x\n  # x\n  b: c # x\n # x\n  d: e\n# x"],
  ["keys without a value", "a:\nb:\n  c:\nd:"],
  ["leading and trailing spaces", "\n\n  a: b   \n  c: [ d ]   \n\n"],
  ["a document start marker", "# x\n--- # x\na: b\n"],
  ["keys that JavaScript objects inherit", "constructor: a\ntoString: b\n"],
])("like the yaml package, the fast parser parses %s", (_, text) => {
  const fast = readByFastParser(text);
  expect(fast).toBeDefined();
  expect(fast).toEqual(readByPackage(text));
});

test.each<[string, string]>([
  ["an empty document", "\n# x\n"],
  ["a scalar document", "abc"],
  ["anchors", "a: &b c\n"],
  ["tags", "a: !b c\n"],
  ["block scalars", "a: |\n  b\n"],
  ["multiline strings", "a: b\n  c\n"],
  ["multiline flow collections", "a: [b,\n  c]\n"],
  ["several documents", "a: b\n---\na: b\n"],
  ["escapes", 'a: "\\n"\n'],
  ["numbers with a leading zero", "a: 0123\n"],
  ["capitalized keywords", "a: True\n"],
  ["tabs", "a:\tb\n"],
  ["duplicate keys", "a: b\na: c\n"],
  ["keys that are not strings", "true: b\n"],
  ["a second colon", "a: b: c\n"],
  ["inconsistent indentation", "a:\n    b: c\n  d: e\n"],
  ["an unclosed bracket", "a: [b\n"],
  ["an unclosed quote", 'a: "b\n'],
  ["a sequence item among keys", "a: b\n- c\n"],
  ["more levels than the limit", `a: ${"[".repeat(100_000)}`],
  ["more handles than the limit", `handles: [${"a, ".repeat(100)}a]\n`],
  ["strings longer than the limit", `a: ${"x".repeat(10_001)}\n`],
])("the fast parser returns undefined for %s", (_, text) => {
  expect(readByFastParser(text)).toBeUndefined();
});

test("the fast parser parses every generated document that it supports like the yaml package", () => {
  let supportedCount = 0;
  forAll([yamlDocument], { numRuns: SCALE.yamlDocuments }, (text) => {
    const fast = readByFastParser(text);
    if (fast === undefined) return;
    supportedCount += 1;
    expect(fast).toEqual(readByPackage(text));
  });
  expect(supportedCount).toBeGreaterThan(SCALE.yamlDocuments / 8);
});
