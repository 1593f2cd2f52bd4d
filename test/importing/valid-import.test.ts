import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { decodeTable } from "../../src/csv/decode-table.ts";
import { importCsv } from "../../src/importing/from-csv.ts";
import { importVcards } from "../../src/importing/from-vcard.ts";
import { runs } from "../scale.ts";
import { companies, edgeCaseText } from "../support/companies.ts";
import { forAllAsync } from "../support/for-all.ts";
import { ImportDirectory } from "../support/import-directory.ts";
import { dialects, edgeCaseCell, writeTable } from "../support/table-dialects.ts";

async function expectValid(directory: ImportDirectory): Promise<void> {
  const { diagnostics } = await loadDesired("contacts", { cwd: directory.path, allowEmpty: true });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ location, summary }) => `${location?.file}:${location?.line} ${summary}`)).toEqual([]);
}

test.each([false, true])(
  "files imported from a company with extreme values are valid (one file per contact: %p)",
  (split) =>
    forAllAsync([companies({ isAtLimits: true })], { numRuns: runs(25) }, async (seed) => {
      using directory = new ImportDirectory();
      const { created, read, warnings } = await directory.importSeed(seed, { split });
      await expectValid(directory);
      const skipped = warnings.find(({ kind }) => kind === "contact-skipped")?.count ?? 0;
      expect(created + skipped).toBe(read);
    }),
);

test("files updated from a company with extreme values are valid", () =>
  forAllAsync(
    [fc.oneof(companies({ isAtLimits: true }), companies({ hasStableIds: true })), companies({ isAtLimits: true })],
    { numRuns: runs(25) },
    async (before, after) => {
      using directory = new ImportDirectory();
      await directory.importSeed(before);
      await directory.importSeed(after, { update: true });
      await expectValid(directory);
    },
  ));

test("an import skips contacts that exceed the maximum size of an entry, and writes the others to as many files as needed", async () => {
  using directory = new ImportDirectory();
  const contacts = [largeContact("huge", "\u{e0041}"), ...["a", "b", "c"].map((key) => largeContact(key, "x"))];
  const { created, files, warnings } = await directory.importSeed({ contacts });
  expect({ created, files: files.length }).toEqual({ created: 3, files: 2 });
  expect(warnings).toEqual([
    { kind: "contact-skipped", count: 1, texts: ["huge, crd_huge exceeds the maximum size of an entry"] },
  ]);
  await expectValid(directory);
});

/** Returns a contact with 200 links of 9.9 kB, which take 25 kB each if their characters are escaped. */
function largeContact(key: string, character: string) {
  const text = character.repeat(9_900 / Buffer.byteLength(character));
  return {
    id: `crd_${key}`,
    name: key,
    handles: [{ source: "custom", handle: key }],
    custom_fields: {},
    links: Array.from({ length: 200 }, (_, index) => `https://${index}.example/${text}`),
  };
}

test("imported files are valid if there are more lists than one file may declare", async () => {
  const rows = Array.from({ length: 250 }, (_, index) => `p${index}@x.example,List ${index}`);
  const text = `Email,List\n${rows.join("\n")}\n`;
  const ownLists = Array.from({ length: 190 }, (_, index) => `- Own ${index}\n`);
  for (const { split, existing } of [{ split: false }, { split: true }, { existing: `lists:\n${ownLists.join("")}` }]) {
    using directory = new ImportDirectory();
    if (existing !== undefined) directory.write("contacts/imported.yaml", existing);
    const target = { ...(await directory.target({ split: split ?? false })), declareLists: true };
    await importCsv(target, { text, mappings: ["email=Email,list=List"] });
    await expectValid(directory);
  }
});

const cell = fc.oneof(
  edgeCaseText,
  fc.constantFrom("x".repeat(10_001), "a@x.example", "+44 20 7946 0958", "Kelvin@x.example"),
);

test("files imported from a table are valid", () =>
  forAllAsync([fc.array(fc.tuple(cell, cell, cell, cell, cell))], { numRuns: runs(50) }, async (rows) => {
    using directory = new ImportDirectory();
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const lines = rows.map((row, index) => [`r${index}@x.example`, ...row].map(quoted).join(","));
    // The import command passes only UTF-8 text without NUL characters.
    const text = Buffer.from(`E,N,M,L,D,F\n${lines.join("\n")}\n`)
      .toString()
      .replaceAll("\0", "");
    const target = { ...(await directory.target()), declareLists: true };
    const mappings = ["email=E,name=N,email=M,list=L,description=D,custom_fields.Title=F"];
    await importCsv(target, { text, mappings });
    await expectValid(directory);
  }));

const row = fc.tuple(
  fc.oneof(edgeCaseCell, fc.constantFrom("a@x.example", "A@x.example", "b@x.example"), fc.emailAddress()),
  edgeCaseCell,
  edgeCaseCell,
);

test("in every dialect, each row that is not blank becomes an entry, belongs to an existing entry, or is reported", () =>
  forAllAsync([fc.array(row, { maxLength: 8 }), dialects], { numRuns: runs(200) }, async (rows, dialect) => {
    using directory = new ImportDirectory();
    directory.write("contacts/a.yaml", "contacts: { b: { handles: [{ source: email, handle: b@x.example }] } }\n");
    const decoded = decodeTable(writeTable([["Email", "Name", "Notes"], ...rows], dialect));
    if (decoded === undefined) throw new Error("the table cannot be decoded");
    const mappings = ["email=Email,name=Name,description=Notes"];
    const { created, declared, invalidRows } = await importCsv(await directory.target(), {
      text: decoded.text,
      mappings,
    });
    const reported = new Set(invalidRows.map(({ line }) => line)).size;
    const filled = rows.filter((cells) => cells.join("").trim() !== "").length;
    expect(created + declared + reported).toBe(filled);
    await expectValid(directory);
  }));

test("files imported from vCards are valid", () =>
  forAllAsync([fc.array(fc.tuple(cell, cell, cell, cell))], { numRuns: runs(50) }, async (cards) => {
    using directory = new ImportDirectory();
    const escaped = (text: string) => text.replaceAll(/[\\,;]/g, "\\$&").replaceAll(/\r\n|\r|\n/g, "\\n");
    const text = cards
      .map(([name, note, tel, title], index) =>
        [
          ...["BEGIN:VCARD", "VERSION:3.0", `FN:${escaped(name)}`, `EMAIL:v${index}@x.example`],
          ...[`NOTE:${escaped(note)}`, `TEL:${escaped(tel)}`, `TITLE:${escaped(title)}`, "END:VCARD", ""],
        ].join("\r\n"),
      )
      .concat("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Last\r\nEMAIL:last@x.example\r\nEND:VCARD\r\n")
      .join("");
    await importVcards(await directory.target(), {
      text: Buffer.from(text).toString().replaceAll("\0", ""),
      mappings: ["Title=TITLE"],
      categories: true,
    });
    await expectValid(directory);
  }));
