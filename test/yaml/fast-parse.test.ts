import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { fastParse } from "../../src/yaml/fast-parse.ts";
import { type LocatedValue, locatedValueOf } from "../../src/yaml/located-value.ts";
import { parseWithPackage } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";

const EXAMPLES = readdirSync("contacts")
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => readFileSync(`contacts/${name}`, "utf8"));

/** Everything that anybody can ask of a document, with the places. */
function told(written: LocatedValue): unknown {
  const { value, location, keyLocation, text } = written;
  const isLeaf = typeof value !== "object" || value === null;
  return {
    ...(isLeaf ? { value, text } : {}),
    ...{ location, keyLocation, items: written.items().map(told) },
    entries: written.entries().map(([name, entry]) => [name, told(entry)]),
  };
}

function toldByPackage(text: string): unknown {
  const { documents, diagnostics } = parseWithPackage(createSource("a.yaml", text));
  return [...documents.map((document) => told(locatedValueOf(document))), ...diagnostics];
}

function toldByUs(text: string): unknown[] | undefined {
  const document = fastParse(createSource("a.yaml", text));
  return document && [told(locatedValueOf(document))];
}

const everyday: readonly (readonly [string, string])[] = [
  ["maps in maps", "a:\n  b:\n    c: x\n  d: y\n"],
  ["sequences, indented or not", "a:\n- x\n- y\nb:\n  - z\n"],
  ["maps in sequences", "a:\n  - b: x\n    c: y\n  -   d: z\n      e:\n        - f\n"],
  ["brackets on one line", 'a: { b: x y, c: [d, "e", {}], f: [] }\n'],
  ["text with what looks like something else", "a: x - y [z] {0} b#c http://d.e:8/ it's & so | on > 'f' \"g\"\n"],
  [
    "words and numbers that everybody reads alike",
    "a: true\nb: false\nc: null\nd: 0\ne: 123.50\nf: 2024-02-29\ng: 1.2.3\n",
  ],
  ["quotes", 'a: "x: # y"\nb: \'true\'\nc: ""\n'],
  ["comments", "# x\n\na: # x\n  # x\n  b: c # x\n # x\n  d: e\n# x"],
  ["nothing under a name", "a:\nb:\n  c:\nd:"],
  ["a beginning and an end in blanks", "\n\n  a: b   \n  c: [ d ]   \n\n"],
  ["the mark of a document", "# x\n--- # x\na: b\n"],
  ["names of JavaScript's own", "constructor: a\ntoString: b\n"],
];

test.each(everyday)("reads %s as the package does", (_, text) => {
  const ours = toldByUs(text);
  expect(ours).toBeDefined();
  expect(ours).toEqual(toldByPackage(text));
});

const unusual: readonly (readonly [string, string])[] = [
  ["nothing", "\n# x\n"],
  ["text alone", "abc"],
  ["anchors", "a: &b c\n"],
  ["tags", "a: !b c\n"],
  ["blocks of text", "a: |\n  b\n"],
  ["text over several lines", "a: b\n  c\n"],
  ["brackets over several lines", "a: [b,\n  c]\n"],
  ["several documents", "a: b\n---\na: b\n"],
  ["escapes", 'a: "\\n"\n'],
  ["numbers that may surprise", "a: 0123\n"],
  ["words that may surprise", "a: True\n"],
  ["tabs", "a:\tb\n"],
  ["a name twice", "a: b\na: c\n"],
  ["a name that is no text", "true: b\n"],
  ["a second colon", "a: b: c\n"],
  ["an indent that fits nothing", "a:\n    b: c\n  d: e\n"],
  ["an open bracket", "a: [b\n"],
  ["an open quote", 'a: "b\n'],
  ["a dash among names", "a: b\n- c\n"],
  ["more levels than may be", `a: ${"[".repeat(100_000)}`],
  ["more handles than may be", `handles: [${"a, ".repeat(100)}a]\n`],
  ["longer text than may be", `a: ${"x".repeat(10_001)}\n`],
];

test.each(unusual)("leaves %s to the package", (_, text) => {
  expect(toldByUs(text)).toBeUndefined();
});

const slip = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  takes: fc.nat({ max: 3 }),
  puts: fc.constantFrom(
    ...["", "\n", " ", "  ", ":", ": ", "- ", "-", "#", " #", "{", "}", "[", "]", ",", '"', "'", "a", "0", "1.", "e"],
    ...["null", "~", "&a ", "*a", "!", "|", ">", "? ", "%", "@", "\\", "\n---\n", "<<: ", "\u00a0", "\u2028", "\n\n  "],
  ),
});
const slipped = fc
  .tuple(fc.constantFrom(...EXAMPLES), fc.nat({ max: 60 }), fc.nat({ max: 12 }), fc.array(slip, { maxLength: 4 }))
  .map(([example, from, count, slips]) => {
    const lines = example.split("\n").slice(from, from + count + 1);
    return slips.reduce((text, { at, takes, puts }) => {
      const start = Math.floor(at * text.length);
      return text.slice(0, start) + puts + text.slice(start + takes);
    }, lines.join("\n"));
  });

test("what it reads is what the package reads, at the same places, whatever slips there are in a file", () => {
  let read = 0;
  fc.assert(
    fc.property(slipped, (text) => {
      const ours = toldByUs(text);
      if (ours === undefined) return;
      read += 1;
      expect(ours).toEqual(toldByPackage(text));
    }),
    { numRuns: 2000 },
  );
  expect(read).toBeGreaterThan(200);
});
