import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseYaml } from "../../src/yaml/parse.ts";
import { quotedText, scalarText, textBlock } from "../../src/yaml/scalar.ts";
import { createSource } from "../../src/yaml/source-text.ts";
import { strangeText } from "../support/strange-company.ts";

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
  expect(scalarText(value)).toBe(written);
});

test("between brackets, commas and brackets need quotes", () => {
  expect(["a, b", "[a]", "a"].map((text) => scalarText(text, { flow: true }))).toEqual(['"a, b"', '"[a]"', "a"]);
});

test.each([
  ["a\nb", "|-\n  a\n  b"],
  ["a\n\n# b\n", "|\n  a\n\n  # b"],
  ["one line", "one line"],
  [" a\nb", '" a\\nb"'],
  ["a\nb\u202e", '"a\\nb\\u202e"'],
])("%j is written below its key as %j", (text, written) => {
  expect(textBlock(text, "  ")).toBe(written);
});

/** What no file may hold, however it is written. */
const UNSAYABLE = /(?![\n\t])[\p{Cc}\p{Cs}]/u;

test("every text that a file may hold is read again as it was, in every form", () => {
  fc.assert(
    fc.property(strangeText, strangeText, (text, name) => {
      fc.pre(!UNSAYABLE.test(text + name) && name !== "");
      const written = [
        `${scalarText(name)}: ${scalarText(text)}`,
        `q: ${quotedText(text)}`,
        `b: ${textBlock(text, "    ")}`,
        `f: [ ${scalarText(text, { flow: true })}, { ${scalarText(name, { flow: true })}: 1 } ]`,
      ];
      fc.pre(!["q", "b", "f"].includes(name));
      const { documents, diagnostics } = parseYaml(
        createSource("a.yaml", `top:\n${written.map((line) => `  ${line}\n`).join("")}`),
      );
      expect(diagnostics).toEqual([]);
      const value = new Map(Object.entries(Object(documents[0]?.value).top));
      expect([value.get(name), value.get("q"), value.get("b")]).toEqual([text, text, text]);
      const [first, second] = value.get("f") as [string, object];
      expect([first, Object.keys(second)]).toEqual([text, [name]]);
    }),
    { numRuns: 1000 },
  );
});

test("nothing that cannot be seen is left to be overlooked", () => {
  fc.assert(
    fc.property(strangeText, (text) => {
      expect(scalarText(text) + textBlock(text, "  ").replaceAll("\n", "")).not.toMatch(
        /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u,
      );
    }),
    { numRuns: 1000 },
  );
});
