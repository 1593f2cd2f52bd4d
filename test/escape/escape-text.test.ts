import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { escapeText } from "../../src/escape/escape-text.ts";
import { forAll } from "../support/for-all.ts";
import { unicodeText } from "../support/unicode-text.ts";

const text = fc.string({
  unit: fc.oneof(unicodeText(), fc.constantFrom("#", "[", "vso", "…", "\u202e", "\u001b", "é", "👩‍👩‍👧", "\ud800")),
});

const cases: readonly (readonly [string, string, string])[] = [
  ["leaves plain text unchanged", "Dale Cooper – naïve 東京 🍒", "Dale Cooper – naïve 東京 🍒"],
  ["escapes terminal sequences", "\u001b[31mred", "\\u{1b}[31mred"],
  ["escapes line breaks", "a\nb\r\nc\u2028d\u0085", "a\\u{a}b\\u{d}\\u{a}c\\u{2028}d\\u{85}"],
  ["escapes direction overrides", "a\u202eb", "a\\u{202e}b"],
  ["escapes zero-width characters", "a\u200bb\ufeff", "a\\u{200b}b\\u{feff}"],
  ["escapes unpaired surrogates", "\ud800x", "\\u{d800}x"],
  ["escapes CI runner commands in a line", "##[error]x ###[y", "\\u{23}#[error]x #\\u{23}#[y"],
  [
    "escapes Azure Pipelines commands in a line",
    "a ##vso[x]y ##VSO[x] #vso[",
    "a \\u{23}#vso[x]y \\u{23}#VSO[x] #vso[",
  ],
  ["escapes CI runner commands at the start of a line", "  ::stop-commands::x a::b", "  \\u{3a}:stop-commands::x a::b"],
];

test.each(cases)("escapeText %s", (_, input, escaped) => {
  expect(escapeText(input)).toBe(escaped);
});

test("long text is truncated at grapheme boundaries", () => {
  expect(escapeText("e\u0301".repeat(3), { limit: 2 })).toBe(`${"e\u0301".repeat(2)}…`);
  expect(escapeText("x".repeat(300))).toBe(`${"x".repeat(200)}…`);
  expect(escapeText("e\u0301".repeat(200))).toBe("e\u0301".repeat(200));
});

test("escaped text contains no unsafe character", () => {
  forAll([text], {}, (input) => {
    const escaped = escapeText(input);
    expect(escaped).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|##\[/u);
  });
});

test("escaped text does not change when it is escaped again", () => {
  forAll([text, fc.integer({ min: 1, max: 20 })], {}, (input, limit) => {
    const escaped = escapeText(input, { limit });
    expect(escapeText(escaped, { limit })).toBe(escaped);
  });
});
