import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { memoryDisk, PICTURES } from "../support/memory-disk.ts";

const CASES = new URL("../cases/", import.meta.url).pathname;

const PICTURE_FILES = {
  "secret.png": PICTURES.png,
  "contacts/avatars/dale.png": PICTURES.png,
  "contacts/avatars/empty.png": "",
  "contacts/avatars/text.png": "<html>",
  "contacts/avatars/drawing.svg": '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
  "contacts/avatars/really-a.gif": PICTURES.png,
  "contacts/avatars/large.png": { size: 26 * 1024 * 1024 },
};

/**
 * Matches a line that marks an error in the line above with carets and the diagnostic code. `<` instead of `^` marks an
 * error that starts in the first column. These lines are removed before the case is loaded. The names of cases do not
 * end in .yaml, so that formatters do not correct the errors.
 */
const MARK = /^#(?<spaces> *)(?<carets>\^+|<+) (?<code>[a-z0-9-]+)$/;

function readCase(name: string): { readonly text: string; readonly expected: readonly string[] } {
  const lines: string[] = [];
  const expected: string[] = [];
  for (const line of readFileSync(`${CASES}${name}`, "utf8").split("\n")) {
    const { spaces = "", carets = "", code } = MARK.exec(line)?.groups ?? {};
    const column = carets.startsWith("<") ? 1 : spaces.length + 2;
    if (code === undefined) lines.push(line);
    else expected.push(`${lines.length}:${column}+${carets.length} ${code}`);
  }
  return { text: lines.join("\n"), expected };
}

function describeProblem({ location, code }: Diagnostic): string {
  return location === undefined ? code : `${location.line}:${location.column}+${location.length} ${code}`;
}

function casesIn(directory: string): string[] {
  return readdirSync(`${CASES}${directory}`, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".case"))
    .toSorted();
}

test.each(casesIn("valid"))("loadDesired accepts %s", async (name) => {
  const disk = memoryDisk({ "contacts/case.yaml": readCase(`valid/${name}`).text, ...PICTURE_FILES });
  const { desired, diagnostics } = await loadDesired("contacts", { disk });
  expect(diagnostics).toEqual([]);
  expect(desired).toBeDefined();
});

test.each(casesIn("invalid"))("loadDesired reports the problems of %s", async (name) => {
  const { text, expected } = readCase(`invalid/${name}`);
  const link = name.endsWith("avatars.case") ? { "contacts/avatars/link.png": { link: "secret.png" } } : {};
  const disk = memoryDisk({ "contacts/case.yaml": text, ...PICTURE_FILES, ...link });
  const { diagnostics } = await loadDesired("contacts", { disk });
  const markedDiagnostics = diagnostics.filter(({ code }) => code !== "no-contacts" && code !== "link-outside");
  expect(markedDiagnostics.map(describeProblem)).toEqual(expected);
  for (const { summary, advice } of diagnostics) {
    expect(summary).toMatch(/[^.]$/);
    expect(advice).toMatch(/[.?]$/);
  }
});

const DALE = "contacts: { dale-cooper: { handles: [{ source: email, handle: dale@fbi.example }] } }\n";

test("loadDesired suggests the path of a picture relative to each file that refers to it", async () => {
  const entry = (key: string, avatar: string) =>
    `contacts: { ${key}: { handles: [{ source: custom, handle: ${key} }], avatar: ${avatar} } }\n`;
  const disk = memoryDisk({
    "contacts/a.yaml": entry("a", "team/dael.png"),
    "contacts/team/b.yaml": entry("b", "dael.png"),
    "contacts/team/c.yaml": entry("c", "contacts/team/dale.png"),
    "contacts/sales/d.yaml": entry("d", "contacts/team/dale.png"),
    "contacts/team/dale.png": PICTURES.png,
  });
  const { diagnostics } = await loadDesired("contacts", { disk });
  expect(diagnostics.map(({ advice }) => advice)).toEqual([
    'Did you mean "team/dale.png"?',
    'Did you mean "../team/dale.png"?',
    'Did you mean "dale.png"?',
    'Did you mean "dale.png"?',
  ]);
});

const CONFIGURATIONS: readonly (readonly [string, Parameters<typeof memoryDisk>[0], readonly string[]])[] = [
  ["a missing directory", {}, ["no-directory"]],
  ["no YAML files", { "contacts/readme.md": "" }, ["no-files"]],
  ["only hidden files", { "contacts/.a.yaml": DALE, "contacts/.git/b.yaml": DALE }, ["no-files"]],
  ["an empty file", { "contacts/a.yaml": "" }, ["no-contacts", "file-empty"]],
  ["a file with only comments", { "contacts/a.yaml": "# later\n", "contacts/b.yaml": DALE }, ["file-empty"]],
  ["no contacts", { "contacts/a.yaml": "lists: [A]\ncontacts: {}\n" }, ["no-contacts"]],
  ["no contacts but a list to delete", { "contacts/a.yaml": "lists: { A: { ensure: absent } }\n" }, []],
  ["no contacts but an account", { "contacts/a.yaml": "accounts: { a: { domains: [a.example] } }\n" }, []],
  ["a file of 5 MB", { "contacts/a.yaml": { size: 5 * 1024 * 1024 } }, ["file-too-large"]],
  ["a UTF-16 file", { "contacts/a.yaml": Buffer.from(`\uFEFF${DALE}`, "utf16le") }, ["not-utf8"]],
  ["a Latin-1 file", { "contacts/a.yaml": Buffer.from("# caf\u00e9\n", "latin1") }, ["not-utf8"]],
  ["a NUL character", { "contacts/a.yaml": "contacts:\0" }, ["control-character"]],
  ["an ESC character", { "contacts/a.yaml": `# \u001b[2J\n${DALE}` }, ["control-character"]],
  ["a single carriage return", { "contacts/a.yaml": `# a\rb\n${DALE}` }, ["control-character"]],
  ["a replacement character", { "contacts/a.yaml": `# caf\uFFFD\n${DALE}` }, ["replacement-character"]],
  ["a byte order mark and CRLF", { "contacts/a.yaml": `\uFEFF${DALE.replaceAll("\n", "\r\n")}` }, []],
];

test.each(CONFIGURATIONS)("loadDesired returns the diagnostics of a configuration with %s", async (_, files, codes) => {
  const { diagnostics, desired } = await loadDesired("contacts/", { disk: memoryDisk(files) });
  expect(diagnostics.map(({ code }) => code)).toEqual(codes);
  expect(desired === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
});

test("loadDesired does not report undeclared fields if a file cannot be parsed, because that file may declare them", async () => {
  const disk = memoryDisk({
    "contacts/a.yaml": `${DALE.replace(" } }", ", custom_fields: { Plan: pro } } }")}custom_fields: { Job: { type: string } }\n`,
    "contacts/b.yaml": "custom_fields: { Plan: { type: string }\n",
  });
  const { diagnostics } = await loadDesired("contacts", { disk });
  expect(diagnostics.map(({ code }) => code)).toEqual(["yaml-unclosed"]);
});

test("loadDesired shows only the beginning of a handle that is too long", async () => {
  const handles = `[{ source: custom, handle: ${"\u00e4".repeat(600)} }]`;
  const disk = memoryDisk({ "contacts/a.yaml": `contacts: { ann: { handles: ${handles} } }\n` });
  const { diagnostics } = await loadDesired("contacts", { disk });
  const summary = `"${"\u00e4".repeat(40)}…" is longer than 1,000 bytes`;
  expect(diagnostics).toMatchObject([{ code: "handle-malformed", summary }]);
});

test("loadDesired reports 100 problems in a file, and the number of further problems", async () => {
  const manyContacts = `contacts:\n${Array.from({ length: 300 }, (_, index) => `  c${index}: {}\n`).join("")}`;
  const disk = memoryDisk({ "contacts/a.yaml": manyContacts, "contacts/b.yaml": "contact: {}\n" });
  const { diagnostics } = await loadDesired("contacts", { disk });
  expect(diagnostics).toHaveLength(102);
  expect(diagnostics.slice(-2)).toMatchObject([
    { code: "too-many-problems", summary: "The file has 200 more problems from here on" },
    { code: "unknown-property" },
  ]);
});

test("loadDesired reports an error after more than 100 warnings in a file", async () => {
  const contacts = Array.from({ length: 150 }, (_, index) => {
    const handle = `{ source: phone, handle: "555 01${String(index).padStart(3, "0")} 99" }`;
    return `  c${index}: { name: C, handles: [${handle}] }\n`;
  });
  const disk = memoryDisk({
    "contacts/a.yaml": `contacts:\n${contacts.join("")}  z: { nmae: Z, handles: [{ source: email, handle: z@x.example }] }\n`,
  });
  const { diagnostics } = await loadDesired("contacts", { disk });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors).toMatchObject([{ code: "unknown-property", location: { line: 152 } }]);
  expect(diagnostics.slice(-2)).toMatchObject([
    { code: "too-many-problems", severity: "warning", summary: "The file has 50 more warnings from here on" },
    { code: "unknown-property" },
  ]);
});

test("loadDesired returns contacts in the order of their paths and lines", async () => {
  const contact = (key: string) => `  ${key}: { handles: [{ source: custom, handle: "${key}" }] }\n`;
  const disk = memoryDisk({
    "team/b.yaml": `contacts:\n${contact("z")}${contact("10")}${contact("a")}`,
    "team/a/x.yml": `contacts:\n${contact("m")}`,
    "team/B.yaml": `contacts:\n${contact("k")}`,
  });
  const { desired } = await loadDesired("./team", { disk });
  expect(desired?.contacts.map(({ key, location }) => `${location.file}:${location.line} ${key}`)).toEqual([
    "team/B.yaml:2 k",
    "team/a/x.yml:2 m",
    "team/b.yaml:2 z",
    "team/b.yaml:3 10",
    "team/b.yaml:4 a",
  ]);
});

test("loadDesired returns managed properties, including empty properties, and omits unmanaged properties", async () => {
  const text = `contacts:
  dale-cooper:
    description: null
    handles: [{ source: email, handle: Dale@FBI.example }]
    lists: [{ id: grp_1 }, Agents]
    custom_fields: { Location: null, __proto__: 1.5 }
    account: { external_id: x1 }
    avatar: avatars/dale.png
    exact: [lists]
settings: { reserve: 20%, guards: { changes: 5, removals: 10% } }
`;
  const { desired } = await loadDesired("contacts", {
    disk: memoryDisk({ "contacts/a.yaml": text, ...PICTURE_FILES }),
  });
  const location = (line: number, column: number, length: number) => ({
    file: "contacts/a.yaml",
    line,
    column,
    length,
  });
  expect(desired?.settings).toEqual({ reserve: 0.2, guards: { changes: { count: 5 }, removals: { share: 0.1 } } });
  expect(desired?.contacts).toEqual([
    {
      key: "dale-cooper",
      location: location(2, 3, 11),
      ensure: "present",
      merge: false,
      description: "",
      handles: [{ source: "email", handle: "Dale@FBI.example", location: location(4, 40, 16) }],
      lists: [
        { id: "grp_1", location: location(5, 13, 13) },
        { name: "Agents", location: location(5, 28, 6) },
      ],
      customFields: [
        { name: "Location", value: null, location: location(6, 32, 4), nameLocation: location(6, 22, 8) },
        { name: "__proto__", value: 1.5, location: location(6, 49, 3), nameLocation: location(6, 38, 9) },
      ],
      account: { externalId: "x1", location: location(7, 14, 19) },
      avatar: {
        path: "contacts/avatars/dale.png",
        sha256: createHash("sha256").update(PICTURES.png).digest("hex"),
        size: PICTURES.png.length,
        type: "image/png",
        location: location(8, 13, 16),
      },
      exact: ["lists"],
    },
  ]);
});

test("loadDesired returns the locations of IDs", async () => {
  const text =
    "contacts:\n  ann:\n    handles: [{ source: email, handle: ann@x.example }]\n    id: crd_1\naccounts:\n  fbi: { name: FBI, id: acc_1, domains: [fbi.example] }";
  const { desired } = await loadDesired("contacts", { disk: memoryDisk({ "contacts/team.yaml": text }) });
  const file = "contacts/team.yaml";
  expect(desired?.contacts).toMatchObject([{ idLocation: { file, line: 4, column: 9, length: 5 } }]);
  expect(desired?.accounts).toMatchObject([{ idLocation: { file, line: 6, column: 25, length: 5 } }]);
});

test("loadDesired reports the number of contacts loaded after each file and after every 1,000 rows of a table", async () => {
  const row = (number: number) => `${number},ann${number}@example.com\n`;
  const table = `key,email\n${Array.from({ length: 2500 }, (_, index) => row(index)).join("")}`;
  const declaration = "tables:\n  people: { file: people.csv, key: key, columns: { email: email } }\n";
  const entry = (key: string) => `contacts:\n  ${key}:\n    handles: [{ source: email, handle: ${key}@example.com }]\n`;
  const disk = memoryDisk({
    "contacts/a.yaml": entry("bob"),
    "contacts/b.yaml": entry("carl"),
    "contacts/c.yaml": declaration,
    "contacts/people.csv": table,
  });
  const reported: number[] = [];
  const { desired, diagnostics } = await loadDesired("contacts", {
    disk,
    onProgress: (contactsLoaded) => reported.push(contactsLoaded),
  });
  expect(diagnostics).toEqual([]);
  expect(desired?.contacts.length).toBe(2502);
  expect(reported).toEqual([1, 2, 2, 1002, 2002]);
});

test("loadDesired suggests a valid name for a table, and a column for handles", async () => {
  const disk = memoryDisk({
    "contacts/tables.yaml": "tables: { T.1: { file: a.csv, key: ID, columns: { name: Email } } }\n",
    "contacts/a.csv": "ID,Email\n1,a@x.example\n",
  });
  const { diagnostics } = await loadDesired("contacts", { disk });
  expect(diagnostics.map(({ advice }) => advice)).toEqual([
    "Map a column to a handle under `columns`, such as `email: Email`. Contacts are matched by their handles.",
    "Use a-z, 0-9, - and _, and begin with a letter or a digit, as in t-1. Keys are not sent to Front.",
  ]);
});
