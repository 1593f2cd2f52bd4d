import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { widthOf, wrapForTerminal, wrapText } from "../../../cli/views/wrap.ts";
import { forAll } from "../../support/for-all.ts";

const cases: readonly (readonly [name: string, text: string, wrapped: string])[] = [
  ["a paragraph", "  one two three four five", "  one two three four\n  five"],
  ["a change", '  + name = "Tommy Hawk Hill"', '  + name = "Tommy\n      Hawk Hill"'],
  ["a comment", "  # front_contact.a will be created", "  # front_contact.a\n  # will be created"],
  [
    "text around a word that is too long",
    "go https://a-long-host.example/path now",
    "go\nhttps://a-long-host.example/path\nnow",
  ],
  ["a command in quotes", "Run 'front-contacts plan' now", "Run\n'front-contacts plan'\nnow"],
  ["wide letters", "東京 東京 東京 東京 東京", "東京 東京 東京 東京\n東京"],
];

test.each(cases)("wrapText wraps %s to 20 columns", (_, text, wrapped) => {
  expect(wrapText(text, 20)).toBe(wrapped);
});

test.each([
  ["a line that fits", "one two"],
  ["a line that fits without its color codes", "\u001b[1mone two three\u001b[22m four"],
  ["a line that programs parse", "Plan: 1 to add, 2 to change, 0 to destroy."],
])("wrapText does not wrap %s to 20 columns", (_, text) => {
  expect(wrapText(text, 20)).toBe(text);
});

test("wrapping preserves every word, and only a single-word line can exceed the width", () => {
  const line = fc.array(fc.stringMatching(/^[\w東]{1,30}$/), { minLength: 1, maxLength: 30 });
  forAll(
    [line, fc.constantFrom("", "  ", "    + ", "  # "), fc.integer({ min: 40, max: 120 })],
    {},
    (words, start, width) => {
      const wrapped = wrapText(start + words.join(" "), width);
      const plain = wrapped.replaceAll(/\n *(# )?/g, " ");
      expect(plain).toBe(start + words.join(" "));
      for (const wrappedLine of wrapped.split("\n")) expect(widthOf(wrappedLine)).toBeLessThanOrEqual(width + 30);
      for (const wrappedLine of wrapped.split("\n")) {
        if (widthOf(wrappedLine) > width) expect(wrappedLine.replace(/^ *([+#] )?/, "")).not.toContain(" ");
      }
    },
  );
});

test.each([
  [{ stdin: true, stdout: true, stderr: false, columns: 40 }, true],
  [{ stdin: true, stdout: false, stderr: true, columns: 40 }, false],
  [{ stdin: true, stdout: true, stderr: false }, false],
])("wrapForTerminal wraps text only for a terminal with a known width: %j", (terminal, isWrapped) => {
  const text = "word ".repeat(20).trim();
  expect(wrapForTerminal(text, { terminal }, "stdout").includes("\n")).toBe(isWrapped);
});
