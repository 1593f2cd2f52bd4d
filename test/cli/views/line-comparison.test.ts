import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareLines, isMultiline, omitCommonStart, omitUnchanged } from "../../../cli/views/line-comparison.ts";
import { forAll } from "../../support/for-all.ts";

function render(before: string, after: string): string[] {
  return compareLines(before, after).map(({ sign, text }) => `${sign}${text}`);
}

test.each([
  ["nothing before", "", "a\nb", ["+a", "+b"]],
  ["nothing after", "a\nb", "", ["-a", "-b"]],
  ["a line in the middle", "a\nb\nc", "a\nx\nc", [" a", "-b", "+x", " c"]],
  ["an added line at the end", "a", "a\nb", [" a", "+b"]],
  ["a removed line at the start", "a\nb", "b", ["-a", " b"]],
  ["repeated lines", "a\na", "a\na\na", [" a", " a", "+a"]],
  ["only the line endings", "a\r\nb\r", "a\nb\n", [" a", " b"]],
  ["an escape sequence", "a\n\u001b[2J", "a\nb", [" a", "-\\u{1b}[2J", "+b"]],
])("compareLines marks added and removed lines: %s", (_, before, after, lines) => {
  expect(render(before, after)).toEqual(lines);
});

test("long lines that differ only near their end do not look equal", () => {
  const long = "word ".repeat(200);
  expect(render(`a\n${long}old`, `a\n${long}new`)).toEqual([
    " a",
    `-…${"word ".repeat(8)}old`,
    `+…${"word ".repeat(8)}new`,
  ]);
});

test("the common start of long texts is omitted up to 40 characters before the first difference", () => {
  const start = "x".repeat(300);
  expect(omitCommonStart(`${start}old`, `${start}new`, 200)).toEqual([
    `…${"x".repeat(40)}old`,
    `…${"x".repeat(40)}new`,
  ]);
  expect(omitCommonStart(`${start}`, `y${start}`, 200)).toEqual([start, `y${start}`]);
  expect(omitCommonStart("old", "new", 200)).toEqual(["old", "new"]);
  const [emoji] = omitCommonStart(`${"😀".repeat(150)}+a`, `${"😀".repeat(150)}+b`, 200);
  expect(emoji).toBe(`…${"😀".repeat(20)}+a`);
});

test("unchanged lines far from changed lines are replaced by their number", () => {
  const lines = Array.from({ length: 20 }, (_, index) => `${index}`);
  const changed = lines.with(10, "x").join("\n");
  const shown = omitUnchanged(compareLines(lines.join("\n"), changed)).map(({ sign, text }) => `${sign}${text}`);
  const context = [" 7", " 8", " 9", "-10", "+x", " 11", " 12", " 13"];
  expect(shown).toEqual(["#7 unchanged lines", ...context, "#6 unchanged lines"]);
  expect(omitUnchanged(compareLines("a\nb", "a\nb"))).toHaveLength(2);
});

test.each([
  ["one line", "is not"],
  ["one line\n", "is not"],
  ["two\nlines", "is"],
  ["two\rlines", "is"],
  [7, "is not"],
])("%j %s multi-line text", (value, verb) => {
  expect(isMultiline(value)).toBe(verb === "is");
});

test("a comparison without its added lines is the old text, and without its removed lines the new text", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 8 });
  forAll([lines, lines], {}, (before, after) => {
    const comparison = compareLines(before.join("\n"), after.join("\n"));
    const without = (sign: string) => comparison.filter((line) => line.sign !== sign).map(({ text }) => text);
    expect(without("+")).toEqual(before);
    expect(without("-")).toEqual(after);
  });
});
