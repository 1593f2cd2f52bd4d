import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { findComments } from "../../src/yaml/comments.ts";
import { formatYaml } from "../../src/yaml/format.ts";
import { parseYaml } from "../../src/yaml/parse.ts";
import { isPlain } from "../../src/yaml/scalar.ts";
import { createSource } from "../../src/yaml/source-text.ts";
import { runs } from "../scale.ts";
import { forAll, forAllAsync } from "../support/for-all.ts";
import { memoryDisk } from "../support/memory-disk.ts";
import { choices, unformattedFile } from "../support/unformatted-yaml.ts";

/**
 * Returns the codes of the diagnostics, and the desired state without its locations, which formatting changes. Counts
 * comments in values separately, because formatting writes an omitted value as `null` before the comment.
 */
async function meaningOf(text: string) {
  const disk = memoryDisk({ "contacts/a.yaml": text });
  const { desired, diagnostics } = await loadDesired("contacts", { disk });
  const meaning = JSON.stringify(desired, (key, value: unknown) =>
    key.toLowerCase().endsWith("location") ? undefined : value,
  );
  const codes = diagnostics.map(({ code }) => code);
  const otherProblems = codes.filter((code) => code !== "comment-in-value");
  return { meaning, otherProblems, commentsInValues: codes.length - otherProblems.length };
}

function commentsOf(text: string): string[] {
  return findComments(text.replaceAll("\r\n", "\n"))
    .map((comment) => comment.text)
    .toSorted();
}

const CONTACTS = new URL("../../contacts/", import.meta.url);

test.each(readdirSync(CONTACTS).filter((name) => name.endsWith(".yaml")))("the example %s is formatted", (name) => {
  const text = readFileSync(new URL(name, CONTACTS), "utf8");
  expect(formatYaml(text)).toBe(text);
});

const properties: readonly (readonly [title: string, before: string, after: string])[] = [
  ["keys are sorted in the order of the schema", "avatar: a.png\nname: A", "name: A\navatar: a.png"],
  [
    "the keys of a handle are sorted",
    "x: 1\nhandles: [{handle: a, source: email}]",
    "handles:\n  - { source: email, handle: a }\nx: 1",
  ],
  ["custom fields keep their order", "custom_fields: {B: 1, A: 2}", "custom_fields:\n  B: 1\n  A: 2"],
  ["merge keys are first", "name: A\n<<: *base", "<<: *base\nname: A"],
  ["an alias stays below its anchor", "lists: &l [a]\nlinks: *l", "lists: &l [a]\nlinks: *l"],
  ["quotes that are not needed are removed", "name: 'A'\ndescription: \"b c\"", "name: A\ndescription: b c"],
  [
    "a string that YAML 1.1 reads as another type is quoted",
    "name: no\ndescription: 12:30",
    'name: "no"\ndescription: "12:30"',
  ],
  [
    "phone numbers keep their quotes",
    "handles:\n- {source: phone, handle: '+1 360'}",
    'handles:\n  - { source: phone, handle: "+1 360" }',
  ],
  ["quotes around dates are removed", 'custom_fields: {J: "2024-02-29"}', "custom_fields:\n  J: 2024-02-29"],
  [
    "a string with a comma is quoted only in a flow collection",
    'lists: ["a, b"]\nname: "a, b"',
    'name: a, b\nlists: ["a, b"]',
  ],
  ["numbers do not change", "custom_fields: {A: -1.50}", "custom_fields:\n  A: -1.50"],
  [
    "an empty value is written as null",
    "description: ~\ncustom_fields: { A: }",
    "description: null\ncustom_fields:\n  A: null",
  ],
  ["a multiline string becomes a block scalar", 'description: "a\\n b\\n"', "description: |\n  a\n   b"],
  ["a folded string stays folded", "description: a b\n   c", "description: >-\n  a b\n  c"],
  [
    "a single list entry is on the line of its key, and several entries are below it",
    "lists:\n- a\nlinks: [b, c]",
    "links:\n  - b\n  - c\nlists: [a]",
  ],
  [
    "a value that is too long for one line is below its key",
    `handles: [{ source: custom, handle: ${"x".repeat(90)} }]`,
    `handles:\n  - source: custom\n    handle: ${"x".repeat(90)}`,
  ],
  [
    "comments move with their properties",
    "# a\navatar: a.png # b\n# c\nname: A # d",
    "# c\nname: A # d\n# a\navatar: a.png # b",
  ],
  [
    "a comment beside a key stays there",
    "handles:   # x\n- {source: a, handle: b}",
    "handles: # x\n  - { source: a, handle: b }",
  ],
  [
    "a sequence with a comment between its brackets is written in block style",
    "lists: [ a, # x\n  b ]",
    "lists:\n  - a # x\n  - b",
  ],
  [
    "a string keeps its quotes before a comment that would look like a part of the string",
    "name: 'A' #1\ndescription: \"b\" # c\nlinks: ['a', #d\n  e #f\n  ]\ncustom_fields: { G: #h\n  i, J: k, #l\n  M: m\t#o\n  }",
    'name: "A" #1\ndescription: b # c\nlinks:\n  - "a" #d\n  - e #f\ncustom_fields:\n  G: "i" #h\n  J: "k" #l\n  M: m #o',
  ],
  ["a comment at the end of a contact stays with the contact", "name: A\n# avatar: b", "name: A\n# avatar: b"],
  [
    "comments above the first key of a handle move above its dash",
    "handles:\n-\n  # a\n\n  source: email\n  # b\n  handle: c",
    "handles:\n  # a\n\n  - source: email\n    # b\n    handle: c",
  ],
  [
    "comments between the braces of a handle move out of the braces, and the handle stays on one line",
    "handles: [{ # a\n  # b\n  source: email, handle: c }]",
    "handles:\n  # b\n  - { source: email, handle: c } # a",
  ],
  [
    "comments below an anchor stay below it",
    "handles:\n- &h # a\n  # b\n  handle: c\n  source: email",
    "handles:\n  - &h # a\n    source: email\n    # b\n    handle: c",
  ],
  ["at most one blank line remains between properties", "name: A\n\n\n\navatar: b", "name: A\n\navatar: b"],
  ["invisible characters stay escaped", 'name: "\\u200b\\u00e9"', 'name: "\\u200b\\u00e9"'],
];

function indentLines(indent: number, lines: string): string {
  return lines.replaceAll(/^(?=.)/gm, " ".repeat(indent));
}

test.each(properties)("%s", (_, before, after) => {
  const file = (indent: number, lines: string) =>
    `x: &base {}\ncontacts:\n${indentLines(indent, "a:")}\n${indentLines(2 * indent, lines)}\n`;
  const [, canonical] = formatYaml(file(1, before))?.split("  a:\n") ?? [];
  expect(canonical?.replace(/\n\nx: &base \{\}\n$/, "\n")).toBe(`${indentLines(4, after)}\n`);
});

const files: readonly (readonly [title: string, before: string, after: string])[] = [
  [
    "contacts are separated by one blank line",
    "contacts:\n\n  a: 1\n  # b\n  b: 2\n\n\n  c: 3",
    "contacts:\n  a: 1\n\n  # b\n  b: 2\n\n  c: 3\n",
  ],
  [
    "top-level keys are separated by blank lines",
    "lists: [a]\ncontacts:\n  a: 1\n",
    "contacts:\n  a: 1\n\nlists:\n  - a\n",
  ],
  ["CRLF is converted to LF", "lists:\r\n- a # x\r\n", "lists:\n  - a # x\n"],
  [
    "anchors below an x- key stay above their aliases",
    "x-base: &base\n    lists: [a]\ncontacts:\n  a:\n    <<: *base\n",
    "x-base: &base\n  lists: [a]\n\ncontacts:\n  a:\n    <<: *base\n",
  ],
  [
    "documents of one file stay separate",
    "lists: [a]\n---\n# x\n---\nlists: [b]",
    "lists:\n  - a\n---\n# x\n---\nlists:\n  - b\n",
  ],
  ["a %YAML directive is preserved", "%YAML 1.2\n---\nlists: []\n...\n", "%YAML 1.2\n---\nlists: []\n"],
  [
    "comments about the whole file stay at its top",
    "# yaml-language-server: $schema=x\n# All.\n\n# Those.\nlists: []\ncontacts: {}",
    "# yaml-language-server: $schema=x\n# All.\n\ncontacts: {}\n\n# Those.\nlists: []\n",
  ],
  ["comments in a file without content are preserved", "\n\n  # a\n\n\n# b", "# a\n\n# b\n"],
  [
    "a comment stays with the contact that has the same indentation",
    "contacts:\n  a:\n    name: A\n    # of a\n  # of b\n  b: 1\n# of the file",
    "contacts:\n  a:\n    name: A\n    # of a\n\n  # of b\n  b: 1\n# of the file\n",
  ],
];

test.each(files)("%s", (_, before, after) => {
  expect(formatYaml(before)).toBe(after);
});

test("formatting preserves the meaning and the comments of a valid file, and is idempotent", async () => {
  await forAllAsync([choices.map(unformattedFile)], { numRuns: runs(300) }, async (text) => {
    const before = await meaningOf(text);
    fc.pre(before.meaning !== undefined);
    const canonical = formatYaml(text) ?? "";
    expect(formatYaml(canonical)).toBe(canonical);
    const after = await meaningOf(canonical);
    expect(after.meaning).toEqual(before.meaning);
    expect(after.otherProblems).toEqual(before.otherProblems);
    expect(after.commentsInValues).toBeGreaterThanOrEqual(before.commentsInValues);
    expect(commentsOf(canonical)).toEqual(commentsOf(text));
  });
});

const commentedEntry = (index: number): string => `
  # above, apart from the entry before

  # above c${index}
  "c${index}":  # beside the key
    name: 'Name ${index}'   # beside the name
    # inside
    handles: [ {source: email, handle: c${index}@x.example} ]
    # below, part of the entry
${(index % 50) % 3 === 0 ? "  # below, apart from the entry\n" : ""}`;

test.each([99, 100, 101, 250])("a map of %i entries is formatted like its parts of 50 entries each", (count) => {
  const entries = Array.from({ length: count }, (_, index) => commentedEntry(index));
  const prefix = "contacts:\n  first: {}\n";
  const pieces = Array.from({ length: Math.ceil(count / 50) }, (_, index) =>
    entries.slice(index * 50, index * 50 + 50),
  );
  const formatted = pieces.map((piece) => formatYaml(prefix + piece.join(""))?.replace(prefix, "") ?? "");
  expect(formatYaml(prefix + entries.join(""))).toBe(prefix + formatted.join(""));
});

function parsedValue(text: string): unknown {
  const [document] = parseYaml(createSource("a.yaml", text)).documents;
  return document?.value;
}

test("a string is plain only if YAML 1.2 reads it as the same string without quotes", () => {
  const strings = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.string({ unit: fc.constantFrom(..."-?:,[]{}#&*!|>'\"%@` 01xe.+_~abc\n\t"), maxLength: 6 }),
  );
  forAll([strings], { numRuns: runs(5000) }, (text) => {
    if (isPlain(text, { inFlow: false }))
      expect(parsedValue(`- ${text}\n- ${text}: 1\n`)).toEqual([text, { [text]: 1 }]);
    if (isPlain(text, { inFlow: true }))
      expect(parsedValue(`[${text}, { ${text}: ${text} }]`)).toEqual([text, { [text]: text }]);
  });
});
