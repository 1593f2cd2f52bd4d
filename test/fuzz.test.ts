import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadDesired } from "../src/config/load-desired-state.ts";
import type { Diagnostic } from "../src/model/diagnostic.ts";
import { runs } from "./scale.ts";
import { memoryDisk } from "./support/memory-disk.ts";
import { unicodeText } from "./support/unicode-text.ts";

async function load(content: string | Uint8Array) {
  return await loadDesired("contacts", { disk: memoryDisk({ "contacts/a.yaml": content }) });
}

/** Expects that every diagnostic has a summary and advice, and that its location, if any, is inside the file. */
function expectHelpful(diagnostics: readonly Diagnostic[], content: string | Uint8Array): void {
  const text = typeof content === "string" ? content : Buffer.from(content).toString("latin1");
  const lines = text.split(/\r\n|\r|\n/).length;
  const isHelpful = ({ location, summary, advice }: Diagnostic) => {
    if (summary === "" || advice === "") return false;
    if (location === undefined) return true;
    const { file, line, column } = location;
    return file === "contacts/a.yaml" && line >= 1 && line <= lines && column >= 1;
  };
  expect(diagnostics.filter((diagnostic) => !isHelpful(diagnostic))).toEqual([]);
}

const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));

async function expectLoadedOrRejected(content: string | Uint8Array): Promise<void> {
  const { desired, diagnostics } = await load(content);
  expectHelpful(diagnostics, content);
  if (desired === undefined) expect(diagnostics.some(({ severity }) => severity === "error")).toBe(true);
  expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototype);
}

const EXAMPLES = ["dale-cooper", "sheriff/department"].map((name) => readFileSync(`contacts/${name}.yaml`, "utf8"));

const FRAGMENTS = [
  ...["contacts:", "handles:", "source", "email", "name", "ensure: absent", "exact: [handles]", "merge: true"],
  ...["\n", "  ", "\t", "\r\n", "- ", ": ", "? ", "# ", "{", "}", "[", "]", ",", "|", ">-", "'", '"'],
  ...["&a", "*a", "<<: *a"],
  ...["!!binary", "!foo", "%YAML 1.1\n---\n", "---\n", "...\n", "\ufeff", "\u0000", "\u2028", "\u202e", "\ud800"],
  ...["__proto__", "constructor", "null", "~", "0x1F", "1e3", ".inf", "2001-01-01", "12:30:45", "+15551234567", "yes"],
];

const fragment = fc.constantFrom(...FRAGMENTS);
const mutated = fc
  .record({
    text: fc.constantFrom(...EXAMPLES),
    cuts: fc.array(fc.tuple(fc.nat(2000), fc.nat(12), fc.oneof(fragment, unicodeText({ maxLength: 4 }))), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ text, cuts }) =>
    cuts.reduce(
      (damaged, [at, length, insertion]) => `${damaged.slice(0, at)}${insertion}${damaged.slice(at + length)}`,
      text,
    ),
  );

test("a file with random edits is loaded or rejected", async () => {
  await fc.assert(fc.asyncProperty(mutated, expectLoadedOrRejected), { numRuns: runs(1500) });
});

test("a file of YAML fragments is loaded or rejected", async () => {
  const fragments = fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join(""));
  await fc.assert(fc.asyncProperty(fragments, expectLoadedOrRejected), { numRuns: runs(1500) });
});

test("a file of random bytes is loaded or rejected", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), expectLoadedOrRejected), { numRuns: runs(1000) });
});

const REJECTED_NAMES = [
  ...["+15551234567", "0123", "12345678901234567890", "1e3", "0x1F", "0o17", ".inf", "-.inf", ".nan", "1.0", "-0"],
  ...["true", "false", "null", "~", "Null", "TRUE", "", "[a]", "{a: b}", "!!str 1", "!foo x", "&a", "*b"],
  ...["!!binary aGk=", '"\\ud800"', '"a\\u0000b"'],
];

const ACCEPTED_NAMES: readonly (readonly [written: string, name: string])[] = [
  ...["yes", "no", "on", "off", "y", "n", "12:30:45", "2001-01-01", "1_000", "0b11", "1.2.3", "+1 555", "=", "<<"].map(
    (text) => [text, text] as const,
  ),
  ...['"+15551234567"', "'0123'", '"true"', '"null"'].map((text) => [text, text.slice(1, -1)] as const),
];

async function loadName(written: string): Promise<string | undefined> {
  const { desired } = await load(
    `contacts:\n  a:\n    name: ${written}\n    handles: [{ source: email, handle: a@x.example }]\n`,
  );
  return desired?.contacts[0]?.name;
}

test.each(REJECTED_NAMES)("a name that is written as %j is rejected", async (written) => {
  expect(await loadName(written)).toBeUndefined();
});

test.each(ACCEPTED_NAMES)("a name that is written as %j is read as %j", async (written, name) => {
  expect(await loadName(written)).toBe(name);
});

const LETTERS = [..."abcdefghijklmnopqrstuvwxyz"];

function repeat(count: number, textAt: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => textAt(index)).join("");
}

test.each([
  ["a YAML 1.1 directive", `%YAML 1.1\n---\n${EXAMPLES[0]}`],
  ["800 nested levels", `contacts: ${"[".repeat(800)}${"]".repeat(800)}\n`],
  ["20,000 nested levels", `contacts: ${"{a: ".repeat(20_000)}${"}".repeat(20_000)}\n`],
  ["20,000 keys", `contacts:\n${repeat(20_000, (index) => `  k${index}: {}\n`)}`],
  ["20,000 unknown keys in one map", `a:\n${repeat(20_000, (index) => `  k${index}: 1\n`)}`],
  [
    "10,000 handles",
    `contacts:\n  a:\n    handles:\n${repeat(10_000, (index) => `      - { source: custom, handle: h${index} }\n`)}`,
  ],
  [
    "nested aliases",
    `a: &a [x, x]\n${LETTERS.slice(1)
      .map((letter, index) => `${letter}: &${letter} [*${LETTERS[index]}, *${LETTERS[index]}]\n`)
      .join("")}`,
  ],
  ["95 aliases of a large string", `a: &a "${"x".repeat(1_000_000)}"\nb: [${"*a, ".repeat(95)}]\n`],
  ["an alias to its own anchor", "contacts: &a [*a]\n"],
  ["20,000 directives", `${"%FOO bar\n".repeat(20_000)}---\n${EXAMPLES[0]}`],
  ["20,000 documents", "---\na: 1\n".repeat(20_000)],
  ["a string of 4 MB", `contacts: { a: { name: ${"x".repeat(4_000_000)} } }`],
])("a file with %s is rejected with at most 101 diagnostics", async (_, content) => {
  const { desired, diagnostics } = await load(content);
  expect(desired).toBeUndefined();
  expectHelpful(diagnostics, content);
  expect(diagnostics.length).toBeLessThanOrEqual(101);
});
