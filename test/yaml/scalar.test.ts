import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatEntry, formatInline, formatTextBlock, type YamlValue } from "../../src/yaml/format.ts";
import { parseYaml } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";
import { runs } from "../scale.ts";
import { edgeCaseText } from "../support/companies.ts";
import { forAll } from "../support/for-all.ts";

test.each([
  ["Dale Cooper", "Dale Cooper"],
  ['Tommy "Hawk" Hill', 'Tommy "Hawk" Hill'],
  ["https://x.example/?a=b#c", "https://x.example/?a=b#c"],
  ["2024-02-29", "2024-02-29"],
  ["3M", "3M"],
  ["yes", '"yes"'],
  ["No", '"No"'],
  ["null", '"null"'],
  ["0123", '"0123"'],
  ["1e3", '"1e3"'],
  ["0x1F", '"0x1F"'],
  ["12:30:45", '"12:30:45"'],
  ["+13605550123", '"+13605550123"'],
  ["a: b", '"a: b"'],
  ["a #b", '"a #b"'],
  ["- a", '"- a"'],
  ["@a", '"@a"'],
  ['"a" b', `'"a" b'`],
  [" a", '" a"'],
  ["", '""'],
  ["two\nlines", '"two\\nlines"'],
  ["evil\u202etxt", '"evil\\u202etxt"'],
  ["zero\u200bwidth", '"zero\\u200bwidth"'],
  ["nel\u0085", '"nel\\u0085"'],
  ["ls\u2028", '"ls\\u2028"'],
  ["tag\u{e0041}", '"tag\\U000e0041"'],
  [true, "true"],
  [1.5, "1.5"],
  [-0, "0"],
  [null, "null"],
] as const)("%j is written as %s", (value, written) => {
  expect(formatInline(value, { inFlow: false })).toBe(written);
});

test("a string with commas or brackets is quoted in a flow collection", () => {
  expect(["a, b", "[a]", "a"].map((text) => formatInline(text, { inFlow: true }))).toEqual(['"a, b"', '"[a]"', "a"]);
});

test.each([
  ["a\nb", "|-\n  a\n  b"],
  ["a\n\n# b\n", "|\n  a\n\n  # b"],
  ["one line", "one line"],
  [" a\nb", '" a\\nb"'],
  ["a\nb\u202e", '"a\\nb\\u202e"'],
])("formatTextBlock writes %j as %j", (text, written) => {
  expect(formatTextBlock(text, 2)).toBe(written);
});

/** Matches characters that a file must not contain, even escaped. */
const INVALID = /(?![\n\t])[\p{Cc}\p{Cs}]/u;

test("every valid string is parsed to the same string in every style", () => {
  forAll([edgeCaseText, edgeCaseText], { numRuns: runs(3000) }, (text, name) => {
    fc.pre(!INVALID.test(text + name) && !["", "b", "f"].includes(name));
    const value = new Map<string, YamlValue>([
      [name, text],
      ["b", [text]],
      ["f", [[text, { [name]: 1 }]]],
    ]);
    const inline = `g: ${formatInline([text, text], { inFlow: false })}\n`;
    const source = createSource("a.yaml", `contacts:\n${formatEntry(["contacts", "k"], value)}${inline}`);
    const { documents, diagnostics } = parseYaml(source);
    expect(diagnostics).toEqual([]);
    expect(documents[0]?.value).toEqual({ contacts: { k: Object.fromEntries(value) }, g: [text, text] });
  });
});

test("hidden characters other than tabs and line breaks are escaped", () => {
  forAll([edgeCaseText], { numRuns: runs(3000) }, (text) => {
    expect(formatInline(text, { inFlow: false }) + formatTextBlock(text, 2).replaceAll("\n", "")).not.toMatch(
      /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u,
    );
  });
});

test("the keys of an entry are in the order of the schema", () => {
  const entry = {
    handles: [{ handle: "a@b.example", source: "email" }],
    links: ["https://a.example"],
    name: "A: B",
    description: undefined,
  };
  expect(formatEntry(["contacts", "a"], entry)).toBe(
    '  a:\n    name: "A: B"\n    handles:\n      - { source: email, handle: a@b.example }\n    links: [https://a.example]\n',
  );
});
