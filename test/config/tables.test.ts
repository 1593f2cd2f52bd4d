import { expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { byLocation, type Diagnostic } from "../../src/model/diagnostic.ts";
import { handle } from "../support/builders.ts";
import { type Files, memoryDisk } from "../support/memory-disk.ts";

/** Declares a table with three columns. `options` and `columns` are additional lines of YAML. */
function declaration({ options = "", columns = "" } = {}): string {
  const lines = (text: string, indent: string) =>
    text
      .split("\n")
      .map((line) => (line === "" ? "" : `${indent}${line}\n`))
      .join("");
  return `custom_fields:
  Tier: { type: enum, values: [free, pro] }
  Seats: { type: number }
  VIP: { type: boolean }
  Renewal: { type: datetime }
tables:
  customers:
    file: crm/customers.csv
    key: ID
${lines(options, "    ")}    columns:
      name: Name
      email: Email
${lines(columns, "      ")}`;
}

async function load(csv: string | Uint8Array, yaml = declaration(), otherFiles: Files = {}) {
  const disk = memoryDisk({ "contacts/tables.yaml": yaml, "contacts/crm/customers.csv": csv, ...otherFiles });
  const loaded = await loadDesired("contacts", { disk });
  return { ...loaded, contacts: loaded.desired?.contacts ?? [] };
}

function describeProblem({ location, code }: Diagnostic): string {
  const file = location?.file.replace("contacts/", "").replace("crm/", "");
  return `${file}:${location?.line}:${location?.column}+${location?.length} ${code}`;
}

/** Returns the contact from a table with one row, without locations. */
async function contactOf(header: string, row: string, columns: string, options: string) {
  const { contacts, diagnostics } = await load(
    `ID,Name,Email,${header}\n1,Ada,ada@x.example,${row}\n`,
    declaration({ columns, options }),
  );
  expect(diagnostics).toEqual([]);
  const [contact] = contacts;
  expect(contact).toBeDefined();
  return JSON.parse(JSON.stringify(contact, (key, value) => (/location$/i.test(key) ? undefined : value)));
}

test("a row becomes a contact whose address consists of the table and the key", async () => {
  const { contacts, diagnostics } = await load('ID,Name,Email\nC-1,Ada,ada@x.example\n"C ""2""",Bob,bob@x.example\n');
  expect(diagnostics).toEqual([]);
  expect(contacts).toMatchObject([
    {
      key: 'customers["C-1"]',
      ensure: "present",
      name: "Ada",
      handles: [{ source: "email", handle: "ada@x.example", location: { line: 2, column: 9, length: 13 } }],
      location: { file: "contacts/crm/customers.csv", line: 2, column: 1, length: 3 },
    },
    { key: 'customers["C \\"2\\""]', location: { line: 3, column: 1, length: 9 } },
  ]);
});

type Mapped = [title: string, header: string, row: string, columns: string, expected: object, options?: string];

test.each<Mapped>([
  ["ignores columns that are not mapped", "Last", "King", "", { name: "Ada", description: undefined }],
  ["joins columns of a description with a line break", "A,B", "x,y", "description: [A, B]", { description: "x\ny" }],
  [
    "collects handles from several columns without duplicates",
    "A,B,C",
    "ada-1,ada-2,ada-1",
    "custom: [A, B, C]",
    { handles: ["email:ada@x.example", "custom:ada-1", "custom:ada-2"].map(handle) },
  ],
  [
    "splits cells at a separator",
    "Groups",
    "VIP; Friends ;;VIP",
    'lists: { column: Groups, separator: ";" }',
    { lists: [{ name: "VIP" }, { name: "Friends" }] },
  ],
  [
    "parses phone numbers with the country of their column",
    "DE,AT",
    "0171 1234567,0664 1234567",
    "phone: [{ column: DE, country: DE }, { column: AT, country: AT }]",
    {
      handles: [
        { source: "email", handle: "ada@x.example" },
        { source: "phone", handle: "+491711234567", written: "0171 1234567" },
        { source: "phone", handle: "+436641234567", written: "0664 1234567" },
      ],
    },
  ],
  [
    "adds a missing scheme to a link",
    "Web",
    "x.example/ada http://y.example",
    'links: { column: Web, separator: " " }',
    { links: ["https://x.example/ada", "http://y.example"] },
  ],
  ["refers to an account by domain", "Site", "x.example", "account: Site", { account: { domain: "x.example" } }],
  [
    "refers to an account by another property",
    "Acc",
    "A-1",
    "account: { column: Acc, by: external_id }",
    { account: { externalId: "A-1" } },
  ],
  [
    "maps cells to values",
    "V",
    "Ja",
    "custom_fields:\n  VIP: { column: V, values: { Ja: true, Nein: false } }",
    { customFields: [{ name: "VIP", value: true }] },
  ],
  [
    "omits cells that are mapped to null",
    "G",
    "none",
    "lists: { column: G, values: { none: null } }",
    { lists: undefined },
  ],
  [
    "leaves the cell of a custom field as text",
    "S",
    "12",
    "custom_fields: { Seats: S }",
    { customFields: [{ name: "Seats", value: "12", isCell: true }] },
  ],
  [
    "parses dates with the format of the column",
    "D",
    "29.02.2024",
    "custom_fields:\n  Renewal: { column: D, format: dd.MM.yyyy }",
    { customFields: [{ name: "Renewal", value: "2024-02-29" }] },
  ],
  [
    "parses times in the time zone of the column",
    "D",
    "2/29/24 9:30 PM",
    "custom_fields:\n  Renewal: { column: D, format: M/d/yy h:mm a, zone: America/New_York }",
    { customFields: [{ name: "Renewal", value: "2024-03-01T02:30:00Z" }] },
  ],
  [
    "uses the earlier time if a clock time occurs twice",
    "D",
    "2026-10-25 02:30",
    "custom_fields:\n  Renewal: { column: D, format: yyyy-MM-dd HH:mm, zone: Europe/Berlin }",
    { customFields: [{ name: "Renewal", value: "2026-10-25T00:30:00Z" }] },
  ],
  [
    "prefers the offset in a cell to the time zone of the column",
    "D",
    "2026-03-29 02:30 +01:00",
    "custom_fields:\n  Renewal: { column: D, format: yyyy-MM-dd HH:mm ZZ, zone: Europe/Berlin }",
    { customFields: [{ name: "Renewal", value: "2026-03-29T01:30:00Z" }] },
  ],
  [
    "does not manage the property of an empty cell",
    "D,S",
    "n/a,",
    "description: D\ncustom_fields: { Seats: S }",
    { description: undefined, customFields: undefined },
    "null_values: [n/a]",
  ],
  [
    "clears the property of an empty cell with empty: clear",
    "D,S",
    "n/a,",
    "description: D\ncustom_fields: { Seats: S }",
    { description: "", customFields: [{ name: "Seats", value: null }] },
    "null_values: [n/a]\nempty: clear",
  ],
  ["reads a formula as text", "D", "=1+1", "description: D", { description: "=1+1" }],
])("loadDesired %s", async (_, header, row, columns, expected, options = "") => {
  const contact = await contactOf(header, row, columns, options);
  for (const [property, value] of Object.entries(expected)) expect(contact[property]).toEqual(value);
});

test("where selects rows, and excluded rows are not validated", async () => {
  const csv = "ID,Name,Email,Status\n1,Ada,ada@x.example,active\n,Bob,bob,gone\n3,Cy,cy@x.example,trial\n";
  const { contacts, diagnostics } = await load(csv, declaration({ options: "where: { Status: [active, trial] }" }));
  expect(diagnostics).toEqual([]);
  expect(contacts.map(({ key }) => key)).toEqual(['customers["1"]', 'customers["3"]']);
});

type Invalid = [title: string, csv: string, expected: readonly string[], parts?: Parameters<typeof declaration>[0]];

test.each<Invalid>([
  ["a missing column", "ID,Name,Mail\n1,Ada,a@x.example\n", ["tables.yaml:12:14+5 table-column"]],
  ["a duplicate column", "ID,Name,Email,Email\n1,A,a@x.example,\n", ["tables.yaml:12:14+5 table-column"]],
  ["an empty key", "ID,Name,Email\n ,Ada,a@x.example\n", ["customers.csv:2:1+1 row-key-empty"]],
  ["a duplicate key", "ID,Name,Email\n1,A,a@x.example\n1,B,b@x.example\n", ["customers.csv:3:1+1 row-key-twice"]],
  ["a formula error as a key", "ID,Name,Email\n#REF!,A,a@x.example\n", ["customers.csv:2:1+5 cell-damaged"]],
  ["a German formula error", "ID,Name,Email\n1,#NV,a@x.example\n", ["customers.csv:2:3+3 cell-damaged"]],
  ["a Spanish formula error", "ID,Name,Email\n1,#¡REF!,a@x.example\n", ["customers.csv:2:3+6 cell-damaged"]],
  ["no formula error in other texts", "ID,Name,Email\n1,#nv,a@x.example\n2,#NV 7,b@x.example\n", []],
  ["a rounded number as a key", 'ID,Name,Email\n"4,2E+11",A,a@x.example\n', ["customers.csv:2:1+9 cell-damaged"]],
  ["a row with one cell too many", "ID,Name,Email\n1,A,a@x.example,x\n", ["customers.csv:2:1+17 row-length"]],
  ["a row without a handle", "ID,Name,Email\n1,A,\n2,B,b@x.example\n", ["customers.csv:2:1+1 row-without-handle"]],
  ["an invalid handle", "ID,Name,Email\n1,A,a\n", ["customers.csv:2:5+1 handle-malformed"]],
  [
    "an invalid handle in two rows, but not as a duplicate",
    "ID,Name,Email\n1,A,n/a\n2,B,n/a\n",
    ["customers.csv:2:5+3 handle-malformed", "customers.csv:3:5+3 handle-malformed"],
  ],
  ["a duplicate handle", "ID,Name,Email\n1,A,a@x.example\n2,B,A@x.example\n", ["customers.csv:3:5+11 handle-twice"]],
  ["a quote that is not closed", 'ID,Name,Email\n1,A,"a@x\n', ["customers.csv:2:1+1 table-syntax"]],
  ["a control character", "ID,Name,Email\n1,A\u0001,a@x.example\n", ["customers.csv:2:3+2 control-character"]],
  ["a table without rows", "ID,Name,Email\n,,\n", ["tables.yaml:8:11+17 table-empty"]],
  ["an empty file", "", ["tables.yaml:8:11+17 table-empty"]],
  [
    "a cell that is not in the value map",
    "ID,Name,Email,V\n1,A,a@x.example,?\n",
    ["customers.csv:2:17+1 cell-value"],
    { columns: "custom_fields:\n  VIP: { column: V, values: { Yes: true } }" },
  ],
  [
    "a date in another format, after a cell with a line break",
    'ID,Name,Email,D\n1,"A\nB",a@x.example,2024-02-29\n',
    ["customers.csv:3:16+10 cell-date"],
    { columns: "custom_fields:\n  Renewal: { column: D, format: dd.MM.yyyy }" },
  ],
  [
    "a clock time that does not exist",
    "ID,Name,Email,D\n1,A,a@x.example,2026-03-29 02:30\n2,B,b@x.example,2026-03-29 03:00\n",
    ["customers.csv:2:17+16 cell-date"],
    { columns: "custom_fields:\n  Renewal: { column: D, format: yyyy-MM-dd HH:mm, zone: Europe/Berlin }" },
  ],
  [
    "a date without a format",
    "ID,Name,Email,D\n1,A,a@x.example,29.02.2024\n",
    ["customers.csv:2:17+10 field-type"],
    { columns: "custom_fields: { Renewal: D }" },
  ],
  [
    "an undeclared custom field, once for all rows",
    "ID,Name,Email,D\n1,A,a@x.example,x\n2,B,b@x.example,y\n",
    ["tables.yaml:13:24+6 field-not-declared"],
    { columns: "custom_fields: { Renown: D }" },
  ],
  [
    "an invalid domain",
    "ID,Name,Email,D\n1,A,a@x.example,a@b\n",
    ["customers.csv:2:17+3 cell-account"],
    { columns: "account: D" },
  ],
  [
    "a phone number with an extension",
    "ID,Name,Email,P\n1,A,a@x.example,+1 555 123 4567 ext. 890\n",
    ["customers.csv:2:17+24 phone-extension"],
    { columns: "phone: P" },
  ],
  [
    "environment placeholders",
    "ID,Name,Email,D\n1,\u0024{NAME},a@x.example,\u0024{NOTE}\n",
    ["customers.csv:2:3+7 placeholder", "customers.csv:2:23+7 placeholder"],
    { columns: "description: D" },
  ],
  [
    "an unknown country and an unknown time zone",
    "ID,Name,Email,P\n1,A,a@x.example,\n",
    ["tables.yaml:13:36+2 phone-country-unknown", "tables.yaml:15:63+4 table-zone"],
    {
      columns:
        "phone: { column: P, country: XX }\ncustom_fields:\n  Renewal: { column: P, format: dd.MM.yyyy HH:mm, zone: Mars }",
    },
  ],
])("loadDesired reports %s", async (_, csv, expected, parts = {}) => {
  const { diagnostics } = await load(csv, declaration(parts));
  expect(diagnostics.filter(({ code }) => code !== "no-contacts").map(describeProblem)).toEqual(expected);
  for (const { summary, advice } of diagnostics) {
    expect(summary).toMatch(/[^.]$/);
    expect(advice).toMatch(/[.?]$/);
  }
});

function tableAt(file: string, name = "t"): string {
  return `tables: { ${name}: { file: ${file}, key: ID, columns: { email: Email } } }`;
}

function tableWith(columns: string): string {
  return `tables: { t: { file: a.csv, key: ID, columns: { ${columns} } } }`;
}

test.each([
  ["a reserved name", tableAt("a.csv", "undeclared"), "table-name"],
  ["a file outside the directory", tableAt("../a.csv"), "table-outside"],
  ["an absolute path", tableAt("/a.csv"), "table-outside"],
  ["a link to a file outside the directory", tableAt("link.csv"), "table-outside"],
  ["a missing file", tableAt("b.csv"), "table-missing"],
  ["a directory", tableAt("crm"), "table-unreadable"],
  ["a file that is too large", tableAt("large.csv"), "table-too-large"],
  ["a key that is not in the schema", "tables: { t: { file: a.csv, keys: ID, columns: {} } }", "unknown-property"],
  [
    "a format that is not a date format",
    tableWith("email: Email, custom_fields: { A: { column: B, format: HH } }"),
    "malformed",
  ],
  ["a country name instead of a country code", tableWith("phone: [{ column: Email, country: Germany }]"), "malformed"],
  ["a number as a column", tableWith("email: 1"), "quotes-missing"],
])("loadDesired reports %s", async (_, yaml, expected) => {
  const { diagnostics } = await load("", "contacts: {}", {
    "contacts/tables.yaml": `${yaml}\n`,
    "contacts/a.csv": "ID,Email\n1,a@x.example\n",
    "contacts/large.csv": { size: 65 * 1024 * 1024 },
    "contacts/link.csv": { link: "secret.csv" },
    "secret.csv": "ID,E\n",
  });
  const codes = diagnostics.map(({ code }) => code);
  expect(codes).toContain(expected);
  expect(codes).not.toContain("out-of-bounds");
});

test("loadDesired reports two tables with the same name", async () => {
  const { diagnostics } = await load("ID,Name,Email\n1,A,a@x.example\n", declaration(), {
    "contacts/more.yaml": tableAt("crm/customers.csv", "customers"),
  });
  expect(diagnostics.map(({ code }) => code)).toEqual(["table-twice"]);
});

test("loadDesired suggests table options for invalid cells", async () => {
  const { diagnostics } = await load(
    "ID,Name,Email,Plan\n1,A,a@x.example;b@x.example,Free\n",
    declaration({ columns: "custom_fields: { Tier: Plan }" }),
  );
  expect(diagnostics.map(({ code, advice }) => [code, advice])).toEqual([
    ["handle-malformed", expect.stringMatching(/null_values.*separator/)],
    ["field-type", expect.stringContaining('values: { "Free": … }')],
  ]);
});

test("loadDesired combines equal problems in a column into one diagnostic, with the first locations and advice", async () => {
  const rows = Array.from({ length: 97 }, (_, index) => `${index},N,n${index}@x.example,0171 12345${index + 10}`);
  const { diagnostics, sources } = await load(
    `ID,Name,Email,Mobile\n${rows.join("\n")}\n`,
    declaration({ columns: "phone: Mobile" }),
  );
  expect(diagnostics).toMatchObject([
    {
      severity: "warning",
      code: "phone-without-country",
      summary: expect.stringMatching(
        /^Column "Mobile" has 97 numbers without a country code\. The first is: "0171 1234510" has no/,
      ),
      advice: expect.stringContaining('`phone: { column: "Mobile", country: … }`'),
      location: { file: "contacts/crm/customers.csv", line: 2, column: 18 },
      related: [{ location: { line: 3 } }, { location: { line: 4 } }, { location: { line: 5 }, note: "also" }],
    },
  ]);
  expect(diagnostics).toEqual(diagnostics.toSorted(byLocation));
  expect(sources.get("contacts/crm/customers.csv")?.split("\n")[1]).toContain("0171 1234510");
});

test("messages about a row contain its address without additional quotation marks", async () => {
  const yaml = `${declaration()}settings: { require: [description] }\n`;
  const { diagnostics } = await load("ID,Name,Email\nC-1,Ada,ada@x.example\n", yaml);
  expect(diagnostics.map(({ summary }) => summary)).toEqual([
    'customers["C-1"] has no description, but settings.require requires it',
  ]);
});

test("a declared delimiter takes precedence over the detected delimiter", async () => {
  const { contacts } = await load(
    "ID\tName\tEmail\t,,,,\n1\tA\ta@x.example\t\n",
    declaration({ options: 'delimiter: "\\t"' }),
  );
  expect(contacts).toHaveLength(1);
});

test("a cell with the name of an inherited JavaScript property is not a boolean", async () => {
  const csv = "ID,Name,Email,V\n1,Ada,ada@x.example,constructor\n";
  const { diagnostics } = await load(csv, declaration({ columns: "custom_fields: { VIP: V }" }));
  expect(diagnostics).toMatchObject([{ summary: 'Custom field "VIP": "constructor" is not true or false' }]);
});
