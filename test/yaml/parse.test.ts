import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { parseYaml } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";
import { runs } from "../scale.ts";
import { forAllAsync } from "../support/for-all.ts";
import { memoryDisk } from "../support/memory-disk.ts";
import { unicodeText } from "../support/unicode-text.ts";

function parse(text: string) {
  return parseYaml(createSource("contacts/a.yaml", text));
}

function contactsText(count: number): string {
  return `contacts:\n${Array.from({ length: count }, (_, index) => `  c${index}: {}\n`).join("")}`;
}

const tooLarge: readonly (readonly [string, string, string])[] = [
  ["5,001 contacts", contactsText(5001), "too-many"],
  ["101 handles", `contacts: { a: { handles: [${"{},".repeat(101)}] } }`, "too-many"],
  ["51 lists in a contact", `contacts: { a: { lists: [${"a,".repeat(51)}] } }`, "too-many"],
  [
    "201 custom fields",
    `contacts: { a: { custom_fields: {${Array.from({ length: 201 }, (_, n) => `f${n}: 1`).join(",")}} } }`,
    "too-many",
  ],
  ["a string of 10,001 bytes", `a: ${"é".repeat(5000)}x`, "too-long"],
  ["17 levels", `${"[".repeat(17)}${"]".repeat(17)}`, "too-deep"],
  ["a thousand levels of brackets", "[".repeat(1000), "too-deep"],
  ["a hundred thousand levels of dashes", "- ".repeat(100_000), "too-deep"],
  [
    "110 aliases",
    `a: &a x\nb: [${Array.from({ length: 11 }, () => `[${"*a,".repeat(10)}]`).join(",")}]`,
    "too-many-aliases",
  ],
  ["aliases of a long string", `a: &a ${"x".repeat(9000)}\nb: [${"*a,".repeat(50)}]`, "too-large-expanded"],
  ["nested aliases that expand exponentially", nestedAliases(), "too-large-expanded"],
  ["six thousand documents", "--- a\n".repeat(6000), "too-many-documents"],
];

function nestedAliases(): string {
  const levels = Array.from(
    { length: 9 },
    (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(",")}]`,
  );
  return `l0: &l0 [lol, lol, lol]\n${levels.join("\n")}\n`;
}

test.each(tooLarge)("the parser rejects %s", (_, text, code) => {
  const { documents, diagnostics } = parse(text);
  expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
  if (code !== "too-many-documents") expect(documents).toEqual([]);
});

test("the advice for expanded aliases is to write values instead of aliases", () => {
  expect(parse(nestedAliases()).diagnostics).toMatchObject([
    { advice: "Write values instead of aliases, or use aliases for short values." },
  ]);
});

test.each<[string, string]>([
  ["5,000 contacts", contactsText(5000)],
  ["a string of 10,000 bytes", `a: ${"é".repeat(5000)}`],
  ["16 levels", `${"[".repeat(16)}${"]".repeat(16)}`],
  ["100 aliases", `a: &a x\nb: [${Array.from({ length: 10 }, () => `[${"*a,".repeat(10)}]`).join(",")}]`],
])("the parser accepts %s", (_, text) => {
  expect(parse(text).diagnostics).toEqual([]);
});

test("the parser reads plain scalars as in YAML 1.2, not as in older versions", () => {
  const [document] = parse("[yes, on, 12:30:45, 2001-01-01, 1_000, =, ~x, 0o7]").documents;
  expect(document?.value).toEqual(["yes", "on", "12:30:45", "2001-01-01", "1_000", "=", "~x", 7]);
});

test("keys of a map override merged keys, and an earlier merged map overrides a later merged map", () => {
  const [document] = parse("a: &a { x: 1, y: 1, z: 1 }\nb: &b { y: 2, w: 2 }\nc: { <<: [*b, *a], z: 3 }").documents;
  const value = document?.value as Record<string, unknown>;
  expect({ ...(value["c"] as object) }).toEqual({ z: 3, y: 2, w: 2, x: 1 });
});

test("keys with the names of inherited JavaScript properties are ordinary keys", () => {
  const [document] = parse("__proto__: { polluted: true }\nconstructor: 1").documents;
  expect(Object.keys(document?.value as object)).toEqual(["__proto__", "constructor"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

const token = fc.constantFrom(
  ..."contacts:|handles:|name:|lists:|custom_fields:|settings:|dale:|- |{ |} |[ |] |, |: |\n|\n  |\n    |\n      |&a |*a |<<: |? |!t |\"|'|#|%YAML 1.1\n|---\n|...\n|~|null|email|source: |handle: |+1|@|\t|\u00a0|\ud800|__proto__: |exact: |absent|avatar: |..|| |> ".split(
    "|",
  ),
);
const files = fc.oneof(
  fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join("")),
  unicodeText({ maxLength: 200 }),
  fc.array(token, { maxLength: 40 }).map((tokens) => `contacts:\n  dale:\n    ${tokens.join("")}`),
);

test("any text results in either a desired state or errors, and diagnostics have valid locations", async () => {
  await forAllAsync([files, files], { numRuns: runs(500) }, async (first, second) => {
    const disk = memoryDisk({ "contacts/a.yaml": first, "contacts/b.yaml": second });
    const { desired, diagnostics, sources } = await loadDesired("contacts", { disk });
    expect(desired === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
    for (const { location } of diagnostics) {
      if (location === undefined) continue;
      const line = sources.get(location.file)?.split("\n")[location.line - 1];
      expect(line).toBeDefined();
      expect(location.column).toBeGreaterThan(0);
      expect(location.column + location.length - 2).toBeLessThanOrEqual(line?.length ?? 0);
    }
  });
});
