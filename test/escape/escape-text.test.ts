import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { escapeText } from "../../src/escape/escape-text.ts";

const text = fc.string({
  unit: fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("#", "[", "…", "\u202e", "\u001b", "é", "👩‍👩‍👧", "\ud800"),
  ),
});

const cases: readonly (readonly [string, string, string])[] = [
  ["leaves plain text as it is", "Dale Cooper – naïve 東京 🍒", "Dale Cooper – naïve 東京 🍒"],
  ["shows escapes of a terminal", "\u001b[31mred", "\\u{1b}[31mred"],
  ["shows line breaks", "a\nb\r\nc\u2028d\u0085", "a\\u{a}b\\u{d}\\u{a}c\\u{2028}d\\u{85}"],
  ["shows what turns the reading direction", "a\u202eb", "a\\u{202e}b"],
  ["shows what has no width", "a\u200bb\ufeff", "a\\u{200b}b\\u{feff}"],
  ["shows halves of characters", "\ud800x", "\\u{d800}x"],
  ["breaks up commands of a CI runner", "##[error]x ###[y", "\\u{23}#[error]x #\\u{23}#[y"],
  ["and such as begin a line", "  ::stop-commands::x a::b", "  \\u{3a}:stop-commands::x a::b"],
];

test.each(cases)("%s", (_, given, shown) => {
  expect(escapeText(given)).toBe(shown);
});

test("cuts what is long, by what people take for one character", () => {
  expect(escapeText("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", { limit: 2 }).endsWith("…")).toBe(true);
  expect(escapeText("x".repeat(300))).toBe(`${"x".repeat(200)}…`);
  expect(escapeText("é".repeat(200))).toBe("é".repeat(200));
});

test("nothing unsafe is left, whatever was given", () => {
  fc.assert(
    fc.property(text, (given) => {
      const shown = escapeText(given);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|##\[/u);
    }),
  );
});

test("showing twice is showing once", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 20 }), (given, limit) => {
      const shown = escapeText(given, { limit });
      expect(escapeText(shown, { limit })).toBe(shown);
    }),
  );
});
