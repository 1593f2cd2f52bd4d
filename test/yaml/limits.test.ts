import { expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { LIMITS } from "../../src/model/limits.ts";
import { composeDocuments } from "../../src/yaml/compose-documents.ts";
import { fastParse } from "../../src/yaml/fast-parse.ts";
import { parseWithPackage, parseYaml } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";
import { sample } from "../scale.ts";
import { HOSTILE_YAML, hostileYamlText } from "../support/hostile-yaml.ts";
import { lowerLimits } from "../support/lower-limits.ts";
import { memoryDisk } from "../support/memory-disk.ts";

/**
 * Maximum size of each hostile text in characters. A text of this size can exceed the limits for syntax errors, nesting
 * levels and YAML documents.
 */
const SIZE = 48 * 1024;
const hostileTexts = sample(Object.entries(HOSTILE_YAML), 5).map(
  ([name, yaml]) => [name, hostileYamlText(yaml, SIZE)] as const,
);

test.each(hostileTexts)("%s: the number of syntax errors is limited", (_, text) => {
  for (const part of composeDocuments(text, { strict: true, uniqueKeys: false, logLevel: "error" })) {
    if (part.kind === "limit") continue;
    const { errors, warnings } = part.kind === "document" ? part.document : part.problems;
    // The package reports errors of the parser and of the composer separately.
    expect(errors.length + warnings.length).toBeLessThanOrEqual(2 * LIMITS.syntaxErrors + 1);
  }
});

test.each(hostileTexts)("%s: the number and the length of diagnostics are limited", (_, text) => {
  const { diagnostics } = parseYaml(createSource("a.yaml", text));
  expect(diagnostics.length).toBeLessThanOrEqual(LIMITS.problems + 1);
  for (const { summary } of diagnostics) expect(summary.length).toBeLessThan(300);
});

/** The names of hostile texts that are valid configurations without contacts. */
const VALID_NAMES = ["%TAG directives", "%YAML directives", "starts of documents", "comments", "blank lines"];
const EMPTY_STATE = { contacts: [], customFields: [], lists: [], settings: {} };

test.each(hostileTexts)("%s: the configuration is empty or rejected", async (name, text) => {
  const { desired, diagnostics } = await loadDesired("contacts", { disk: memoryDisk({ "contacts/a.yaml": text }) });
  expect(desired).toEqual(VALID_NAMES.includes(name) ? EMPTY_STATE : undefined);
  expect(diagnostics.length).toBeLessThanOrEqual(102);
});

/** Returns contacts with 40 values each. Uses flow sequences, because they have few tokens per value. */
function contactsWith40Values(count: number): string {
  const values = `[${Array.from({ length: 39 }, () => "x").join(",")}]`;
  return `contacts:\n${Array.from({ length: count }, (_, index) => `  k${index}: ${values}\n`).join("")}`;
}

test.each<[name: string, difference: number, code: string | undefined]>([
  ["more values than the limit", 0, "too-many-values"],
  ["fewer values than the limit", -40, undefined],
])("%s: both parsers apply the limit", (_, difference, code) => {
  using _lower = lowerLimits({ values: 8000 });
  const contacts = contactsWith40Values((LIMITS.values + difference) / 40);
  const source = createSource("a.yaml", `${contacts}lists: [a, b]\n`);
  expect(parseWithPackage(source).diagnostics[0]?.code).toBe(code);
  expect(fastParse(source) === undefined).toBe(code !== undefined);
});

test.each([
  ["tokens", () => `${"# x\n".repeat(LIMITS.tokens / 2)}a: 1\n`, "too-many-tokens"],
  ["directives", () => `${"%YAML 1.2\n".repeat(LIMITS.documents + 1)}---\na: 1\n`, "too-many-directives"],
  ["entries of a sequence", () => `a: [${"x,".repeat(LIMITS.collectionEntries + 2)}]\n`, "too-many"],
  ["characters in a string", () => `a: "${"x".repeat(LIMITS.sourceStringLength)}"\n`, "too-long"],
])("the parser reports more %s than the limit, and stops", (_, text, code) => {
  using _lower = lowerLimits({ tokens: 50_000 });
  const { documents, diagnostics } = parseWithPackage(createSource("a.yaml", `${text()}]\n---\n]\n`));
  expect([documents, diagnostics.map((diagnostic) => diagnostic.code)]).toEqual([[], [code]]);
});

test("a document with too many errors has one diagnostic, at the first error", () => {
  const text = `a: [${"x y: &a &b, ".repeat(1000)}]\n---\nb: 1\n`;
  const { documents, diagnostics } = parseWithPackage(createSource("a.yaml", text));
  expect(documents).toEqual([]);
  expect(diagnostics).toMatchObject([{ severity: "error", location: { line: 1, column: 13 } }]);
});
