import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Tables } from "../../src/config/tables/load-tables.ts";
import { readUncheckedConfig } from "../../src/config/unchecked-config.ts";
import { rowKey } from "../../src/model/address.ts";
import { parseYaml } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";
import { runs } from "../scale.ts";
import { memoryDisk } from "../support/memory-disk.ts";
import { dialects, edgeCaseCell, writeTable } from "../support/table-dialects.ts";

const YAML = "tables: { t: { file: t.csv, key: ID, columns: { name: Name, email: Email } } }\n";

function load(bytes: Uint8Array) {
  const { documents } = parseYaml(createSource("contacts/t.yaml", YAML));
  const [spec] = documents.flatMap((document) => readUncheckedConfig(document).tables);
  if (spec === undefined) throw new Error("the declaration is invalid");
  const tables = new Tables("contacts", memoryDisk({ "contacts/t.csv": bytes }));
  const { contacts, diagnostics } = tables.load(spec);
  return { contacts, diagnostics, rowLines: tables.texts.get("contacts/t.csv")?.rowLines ?? [] };
}

const row = fc.tuple(
  fc.oneof({ weight: 1, arbitrary: edgeCaseCell }, { weight: 4, arbitrary: fc.uuid() }),
  edgeCaseCell,
  fc.oneof(edgeCaseCell, fc.constant("a@x.example")),
);

function inOneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}

/** Expects that each non-empty row became a contact with the values of the row, or has a diagnostic. */
function expectEveryRow(rows: readonly (readonly string[])[], loaded: ReturnType<typeof load>): void {
  const contacts = new Map(loaded.contacts.map((contact) => [contact.key, contact]));
  const lines = loaded.rowLines.slice(1);
  const reported = loaded.diagnostics.flatMap(({ location }) => location?.line ?? []);
  for (const [index, [id = "", name = "", email = ""]] of rows.entries()) {
    const [start = 0, end = Number.POSITIVE_INFINITY] = lines.slice(index);
    if (`${id}${name}${email}`.trim() === "" || reported.some((line) => line >= start && line < end)) continue;
    const contact = contacts.get(rowKey("t", inOneLine(id)));
    expect(contact?.name ?? "").toBe(inOneLine(name));
    expect(contact?.handles.map(({ handle }) => handle)).toEqual([email.trim()]);
  }
}

test("each row of a table in any CSV dialect becomes a contact or has a diagnostic", () => {
  const property = fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), dialects, (rows, dialect) => {
    expectEveryRow(rows, load(writeTable([["ID", "Name", "Email"], ...rows], dialect)));
  });
  fc.assert(property, { numRuns: runs(2_000) });
});

test("any sequence of bytes is read as a table or reported with a location", () => {
  const fragments = fc.string({
    unit: fc.constantFrom("ID", "Name", "Email", ",", '"', "\n", "\r", "a@x", "1", "\u0000"),
  });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fragments.map((text) => Buffer.from(text)),
    fragments.map((text) => Buffer.from(`ID,Name,Email\n${text}`)),
  );
  const property = fc.property(bytes, (content) => {
    const { diagnostics, contacts } = load(content);
    expect(contacts.length + diagnostics.length).toBeGreaterThan(0);
    for (const { location, summary, advice } of diagnostics) {
      expect([summary, advice]).not.toContain("");
      expect(location?.line).toBeGreaterThanOrEqual(1);
      expect(location?.column).toBeGreaterThanOrEqual(1);
    }
  });
  fc.assert(property, { numRuns: runs(1_000) });
});
