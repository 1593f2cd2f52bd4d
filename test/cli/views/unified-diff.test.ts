import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { NO_COLORS } from "../../../cli/views/colors.ts";
import { renderDiff, unifiedDiff } from "../../../cli/views/unified-diff.ts";
import { runs } from "../../scale.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";

const cases: readonly (readonly [name: string, before: string, after: string, diff: string])[] = [
  ["nothing for the same text", "a\n", "a\n", ""],
  [
    "a changed line with its context",
    "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
    "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
    "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
  ],
  [
    "two hunks for changes that are far apart",
    `a\n${"=\n".repeat(9)}b\n`,
    `A\n${"=\n".repeat(9)}B\n`,
    "@@ -1,4 +1,4 @@\n-a\n+A\n =\n =\n =\n@@ -8,4 +8,4 @@\n =\n =\n =\n-b\n+B\n",
  ],
  ["an added and a removed line for a line that moved", "a\nb\nc\n", "c\na\nb\n", "@@ -1,3 +1,3 @@\n+c\n a\n b\n-c\n"],
  [
    "a note about a last line without a line break",
    "a\nb",
    "a\nb\n",
    "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n",
  ],
  ["an added line for a text that was empty", "", "a\n", "@@ -0,0 +1,1 @@\n+a\n"],
];

test.each(cases)("unifiedDiff returns %s", (_, before, after, diff) => {
  expect(unifiedDiff("x", before, after)).toBe(diff === "" ? "" : `--- a/x\n+++ b/x\n${diff}`);
});

interface TextChange {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** Checks that git applies the diffs. Uses one git process for all of them, because starting git is slow. */
function expectApplied(changes: readonly TextChange[]): void {
  using directory = new TemporaryDirectory();
  for (const { name, before } of changes) directory.write(name, before);
  execFileSync("git", ["apply", "--unidiff-zero", "-"], {
    cwd: directory.path,
    input: changes.map(({ name, before, after }) => unifiedDiff(name, before, after)).join(""),
    stdio: ["pipe", "pipe", "ignore"],
  });
  for (const { name, after } of changes) expect(readFileSync(directory.pathOf(name), "utf8")).toBe(after);
}

const NAMES = [
  "a b",
  'say "hi"',
  "back\\slash",
  "two\nlines",
  "tab\tbed",
  "clear\u001b[2J",
  "next\u0085line",
  "caf\u00e9\u2028",
  "safe\u202elmay.exe",
  "zero\u200bwidth",
];

test.each(NAMES)("unifiedDiff writes the file name %j on one line", (name) => {
  const diff = unifiedDiff(name, "a\n", "b\n");
  expect(diff.split("\n")).toHaveLength(6);
  expect(diff.replaceAll(/\t?\n/g, "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
});

test("git applies the diff of a file with an unusual name", () =>
  expectApplied(NAMES.map((name) => ({ name, before: "a\n", after: "b\n" }))));

test("a tab follows a file name with spaces, because patch would otherwise read the name up to the space", () => {
  expect(unifiedDiff("a b/c.yaml", "a\n", "b\n")).toMatch(/^--- a\/a b\/c\.yaml\t\n\+\+\+ b\/a b\/c\.yaml\t\n/);
  expect(renderDiff(unifiedDiff("a b", "a\n", "b\t\n"), NO_COLORS, { escaped: true })).toBe(
    "--- a/a b\n+++ b/a b\n@@ -1,1 +1,1 @@\n-a\n+b\\u{9}\n",
  );
});

test("a removed line that looks like a header is red", () => {
  const colors = { ...NO_COLORS, bold: (text: string) => `bold ${text}`, red: (text: string) => `red ${text}` };
  const diff = renderDiff(unifiedDiff("x", "---\na\n", "a\n"), colors, { escaped: false });
  expect(diff).toBe("bold --- a/x\nbold +++ b/x\n@@ -1,2 +1,1 @@\nred ----\n a\n");
});

test("git applies the diff of any two different strings", () => {
  const line = fc.constantFrom("a", "b", "c", "", "  d", "e", "f");
  const text = fc
    .tuple(fc.array(line, { minLength: 1, maxLength: 25 }), fc.boolean())
    .map(([lines, ended]) => `${lines.join("\n")}${ended ? "\n" : "!"}`);
  const change = fc.record({ before: text, after: text }).filter(({ before, after }) => before !== after);
  const changes = fc
    .array(change, { minLength: 10, maxLength: 10 })
    .map((list) => list.map((texts, index) => ({ name: `file-${index}`, ...texts })));
  fc.assert(fc.property(changes, expectApplied), { numRuns: runs(20) });
});

test.each([
  ["without common lines", "a", "b"],
  ["that differ only at the ends", "", ""],
])("unifiedDiff compares strings of 20,000 lines %s", (_, one, other) => {
  const lines = (sign: string) => Array.from({ length: 20_000 }, (__, number) => `${sign}${number}\n`).join("");
  expect(unifiedDiff("x", `first\n${lines(one)}`, `${lines(other)}last\n`)).toMatch(/^-first\n/m);
});
