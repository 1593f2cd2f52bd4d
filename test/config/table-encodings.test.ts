import { expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { memoryDisk } from "../support/memory-disk.ts";

async function load(csv: Uint8Array, options = "") {
  const yaml = `tables: { customers: { file: a.csv, key: ID, columns: { name: Name, email: Email }, ${options} } }\n`;
  const { desired, diagnostics } = await loadDesired("contacts", {
    disk: memoryDisk({ "contacts/tables.yaml": yaml, "contacts/a.csv": csv }),
  });
  return { contacts: desired?.contacts ?? [], diagnostics };
}

const NAMES = ["Renée", "Žižek", "€uro", "“Q”", "李雷"];

test.each([
  ["UTF-8", (text: string) => Buffer.from(text), []],
  ["UTF-8 with a byte order mark", (text: string) => Buffer.from(`\uFEFF${text}`), []],
  ["UTF-16", (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le"), []],
  ["big-endian UTF-16", (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le").swap16(), []],
  ["UTF-16 without a byte order mark", (text: string) => Buffer.from(text, "utf16le"), ["table-encoding"]],
])("loadDesired reads %s", async (_, encode, codes) => {
  const rows = NAMES.map((name, index) => `${index};"${name}";n${index}@x.example`);
  const { contacts, diagnostics } = await load(encode(`ID;Name;Email\r\n${rows.join("\r\n")}`));
  expect(contacts.map(({ name }) => name)).toEqual(NAMES);
  expect(diagnostics.map(({ code }) => code)).toEqual(codes);
});

/** `Renée €uro “Q”` in Windows-1252. */
const NAME_BYTES = Buffer.from("52656ee9652080" + "75726f20935194", "hex");
const windows1252 = Buffer.concat([Buffer.from("ID|Name|Email\r1|"), NAME_BYTES, Buffer.from("|r@x.example\r")]);

test.each([
  ["is detected with a warning", "", ["table-encoding"], "Renée €uro “Q”"],
  ["is read without a warning if it is declared", "encoding: windows-1252", [], "Renée €uro “Q”"],
  ["is reported if another encoding is declared", "encoding: utf-8", ["table-encoding"], undefined],
])("Windows-1252 %s", async (_, options, codes, name) => {
  const { contacts, diagnostics } = await load(windows1252, options);
  expect(diagnostics.map(({ code }) => code)).toEqual(codes);
  expect(contacts[0]?.name).toBe(name);
});

test("a table in UTF-8 with an invalid byte is an error at the line of the byte", async () => {
  const rows = ["ID,Name,Email", "1,Åsa,a@x.example", "2,Zoë,z@x.example", "3,Ren\xe9,r@x.example"];
  const damaged = Buffer.concat(rows.map((row) => Buffer.from(`${row}\r\n`, row.includes("\xe9") ? "latin1" : "utf8")));
  const { contacts, diagnostics } = await load(damaged);
  expect(contacts).toEqual([]);
  expect(diagnostics).toMatchObject([
    { severity: "error", code: "table-encoding", location: { line: 4 }, summary: expect.stringContaining("this line") },
  ]);
});
