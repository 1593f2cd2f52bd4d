import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { NO_COLORS } from "../../../cli/views/colors.ts";
import { diagnosticsJson, renderDiagnostics } from "../../../cli/views/diagnostics.ts";
import { renderSnippet } from "../../../cli/views/snippet.ts";
import { widthOf } from "../../../cli/views/wrap.ts";
import type { Diagnostic } from "../../../src/model/diagnostic.ts";
import { forAll } from "../../support/for-all.ts";
import { unicodeText } from "../../support/unicode-text.ts";

const SOURCES = new Map([
  [
    "contacts/agents.yaml",
    "contacts:\n  dale-cooper:\n    handles:\n      - { source: email, handle: dale.cooper@fbi.example }\n",
  ],
  [
    "contacts/sheriff.yaml",
    "contacts:\r\n  harry:\r\n    handles: [{ source: email, handle: Dale.Cooper@fbi.example }]\r\n",
  ],
]);

const DECLARED_TWICE: Diagnostic = {
  severity: "error",
  code: "handle-twice",
  summary: "Dale.Cooper@fbi.example is already a handle of dale-cooper",
  advice: "Remove it from one of the two contacts.",
  location: { file: "contacts/sheriff.yaml", line: 3, column: 40, length: 23 },
  related: [{ location: { file: "contacts/agents.yaml", line: 4, column: 34, length: 23 }, note: "first declared" }],
};
const WARNING: Diagnostic = {
  severity: "warning",
  code: "file-empty",
  summary: "The file is empty",
  advice: "Delete it.",
  location: { file: "contacts/a.yaml", line: 1, column: 1, length: 1 },
};
const WITHOUT_LOCATION: Diagnostic = {
  severity: "error",
  code: "no-directory",
  summary: "The directory does not exist",
  advice: "Create it.",
};

test("renderDiagnostics shows diagnostics with their location and advice, sorted by location", () => {
  expect(`\n${renderDiagnostics([DECLARED_TWICE, WARNING, WITHOUT_LOCATION], SOURCES, NO_COLORS)}`).toBe(`
Error: The directory does not exist

  Create it.

Warning: The file is empty

  on contacts/a.yaml:1:1

  Delete it.

Error: Dale.Cooper@fbi.example is already a handle of dale-cooper

  on contacts/sheriff.yaml:3:40
     3 |     handles: [{ source: email, handle: Dale.Cooper@fbi.example }]
       |                                        ^^^^^^^^^^^^^^^^^^^^^^^
  first declared at contacts/agents.yaml:4:34
     4 |       - { source: email, handle: dale.cooper@fbi.example }
       |                                  ^^^^^^^^^^^^^^^^^^^^^^^

  Remove it from one of the two contacts.

`);
});

test("renderDiagnostics colors errors red, warnings yellow and related locations cyan", () => {
  const tag = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
  const paint = { ...NO_COLORS, red: tag("red"), yellow: tag("yellow"), cyan: tag("cyan") };
  const rendered = renderDiagnostics([WARNING, DECLARED_TWICE], SOURCES, paint);
  expect(rendered).toContain("<yellow>Warning:</yellow>");
  expect(rendered).toContain("<red>Error:</red>");
  expect(rendered).toContain(`<red>${" ".repeat(39)}^^^`);
  expect(rendered).toContain(`<cyan>${" ".repeat(33)}^^^`);
});

describe("diagnostics of one kind", () => {
  const createDiagnostics = (count: number, lineOf = (index: number) => index + 1) =>
    Array.from({ length: count }, (_, index): Diagnostic => {
      const location = {
        file: index % 2 === 0 ? "contacts/a.yaml" : "contacts/b.yaml",
        line: lineOf(index),
        column: 1,
        length: 1,
      };
      return { ...DECLARED_TWICE, related: [], summary: `Problem ${index}`, location };
    });

  test("are all shown if there are at most ten", () => {
    const rendered = renderDiagnostics(createDiagnostics(10), SOURCES, NO_COLORS);
    expect(rendered.match(/^Error: Problem \d+$/gm)).toHaveLength(10);
    expect(rendered).not.toContain("more error");
  });

  test("are summarized after the tenth, with line numbers grouped by file", () => {
    const rendered = renderDiagnostics([...createDiagnostics(30), WARNING], SOURCES, NO_COLORS);
    expect(rendered.match(/^Error: Problem \d+$/gm)).toHaveLength(10);
    expect(rendered.match(/^Warning: /gm)).toHaveLength(1);
    expect(
      rendered.slice(rendered.indexOf("Error: 20 more")),
    ).toBe(`Error: 20 more errors of the same kind (handle-twice)

  on contacts/a.yaml:21, 23, 25, 27, 29
  on contacts/b.yaml:2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30

  First: Problem 20
  Remove it from one of the two contacts.

`);
  });

  test('are summarized without "First:" if there are eleven', () => {
    const rendered = renderDiagnostics(createDiagnostics(11), SOURCES, NO_COLORS);
    expect(rendered).toContain("Error: 1 more error of the same kind (handle-twice)\n");
    expect(rendered).toMatch(/\n {2}Problem \d+\n {2}Remove it from one of the two contacts\.\n/);
  });

  test("show adjacent lines as a range, and each line once", () => {
    const diagnostics = createDiagnostics(60, (index) => 1 + Math.floor(index / 4));
    expect(renderDiagnostics(diagnostics, SOURCES, NO_COLORS)).toContain("  on contacts/b.yaml:1-15\n");
  });

  test("are all in the JSON", () => {
    expect(diagnosticsJson(createDiagnostics(30), SOURCES).diagnostics).toHaveLength(30);
  });
});

test.each([40, 80, 120])(
  "renderDiagnostics truncates source lines to the width of a terminal with %i columns",
  (width) => {
    const long = new Map([["contacts/sheriff.yaml", `\n\n${"word ".repeat(100)}`]]);
    const location = { file: "contacts/sheriff.yaml", line: 3, column: 201, length: 4 };
    const rendered = renderDiagnostics([{ ...DECLARED_TWICE, related: [], location }], long, NO_COLORS, { width });
    const lines = rendered.split("\n").filter((line) => line.includes(" |"));
    expect(lines.filter((line) => widthOf(line) > width)).toEqual([]);
    expect(lines.at(-1)).toContain("^^^^");
  },
);

const snippets: readonly (readonly [string, string, string, string])[] = [
  ["a tab", "\t\tname: Dale", "name", "    ^^^^"],
  ["wide letters", "  # 東京 name: x", "name", "         ^^^^"],
  ["an emoji", "  🍒🍒 name", "name", "       ^^^^"],
  ["combining accents", "e\u0301e\u0301 name", "name", "   ^^^^"],
  ["a terminal escape sequence", "\u001b[2J name", "name", "          ^^^^"],
  ["a right-to-left override in the underlined text", "name: a\u202eb", "a\u202eb", "      ^^^^^^^^^^"],
  ["a CI runner command", "##[x] name", "name", `${" ".repeat(11)}^^^^`],
];

test.each(snippets)("renderSnippet underlines the correct characters in a line with %s", (_, line, word, underline) => {
  expect(renderSnippet(line, { start: line.indexOf(word), length: word.length }).underline).toBe(underline);
});

test("renderSnippet truncates long lines around the underlined text", () => {
  const line = `${"x".repeat(5000)}name${"y".repeat(5000)}`;
  const { code, underline } = renderSnippet(line, { start: 5000, length: 4 });
  expect(code).toMatch(/^…x+namey*…$/);
  expect(widthOf(code)).toBeLessThanOrEqual(100);
  expect(code.slice(underline.indexOf("^"), underline.lastIndexOf("^") + 1)).toBe("name");
});

test("for any text, renderSnippet returns no line that is too wide or contains control characters", () => {
  const unit = fc.oneof(unicodeText({ maxLength: 1 }), fc.constantFrom("#", "[", "##vso[", "\t", "東"));
  const line = fc.string({ unit, maxLength: 300 });
  forAll([line, fc.nat(300), fc.nat(300)], {}, (text, start, length) => {
    const { code, underline } = renderSnippet(text, { start: Math.min(start, text.length), length });
    expect(code).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\n]|##(vso)?\[/u);
    expect(widthOf(code)).toBeLessThanOrEqual(102);
    expect(widthOf(underline)).toBeLessThanOrEqual(102);
  });
});

test("hostile text in a file or message does not add lines or control characters to the output", () => {
  const location = { file: "contacts/\u001b[2J.yaml", line: 1, column: 1, length: 3 };
  const hostile = { ...DECLARED_TWICE, summary: "a\nError: b", advice: "##[error]\r\n", location, related: [] };
  const rendered = renderDiagnostics([hostile], new Map([[location.file, "\u2028\u202e##[x]"]]), NO_COLORS);
  expect(rendered).not.toMatch(/[^\P{Cc}\n]|\u2028|\u202e|##\[/u);
  expect(rendered.split("\n")).toHaveLength(9);
});

test("diagnosticsJson returns the JSON format of terraform validate", () => {
  const sources = new Map([["contacts/a.yaml", "# é\r\n  na\u00efve: x\r\n"]]);
  const location = { file: "contacts/a.yaml", line: 2, column: 3, length: 5 };
  const diagnostics = [WITHOUT_LOCATION, WARNING].map((diagnostic) => ({ ...diagnostic, location }));
  expect(diagnosticsJson(diagnostics, sources)).toEqual({
    format_version: "1.0",
    valid: false,
    error_count: 1,
    warning_count: 1,
    diagnostics: [
      {
        severity: "error",
        summary: "The directory does not exist",
        detail: "Create it.",
        code: "no-directory",
        range: {
          filename: "contacts/a.yaml",
          start: { line: 2, column: 3, byte: 8 },
          end: { line: 2, column: 8, byte: 14 },
        },
        snippet: {
          context: null,
          code: "  naïve: x",
          start_line: 2,
          highlight_start_offset: 2,
          highlight_end_offset: 7,
          values: [],
        },
      },
      expect.objectContaining({ severity: "warning" }),
    ],
  });
});

test.each([
  ["at the end of a line", 12],
  ["after the end of a line", 13],
])("the offsets of a diagnostic %s are not greater than the length of the code", (_, column) => {
  const sources = new Map([["contacts/a.yaml", "contacts: [\r\n"]]);
  const location = { file: "contacts/a.yaml", line: 1, column, length: 1 };
  const [diagnostic] = diagnosticsJson([{ ...WARNING, location }], sources).diagnostics;
  expect(diagnostic?.snippet).toMatchObject({
    code: "contacts: [",
    highlight_start_offset: 11,
    highlight_end_offset: 11,
  });
});

test("without diagnostics, the JSON contains valid: true and an empty list", () => {
  expect(diagnosticsJson([], new Map())).toEqual({
    format_version: "1.0",
    valid: true,
    error_count: 0,
    warning_count: 0,
    diagnostics: [],
  });
});
