import { expect, test } from "@jest/globals";
import type { EntryUpdate } from "../../src/importing/entry.ts";
import { ACCOUNT, type DeclaredTable, type FrontValues, loadRow, update, updateRow } from "../support/row-update.ts";

type Options = Partial<EntryUpdate> & Omit<DeclaredTable, "columns">;

/** The columns in YAML, the header and the row without the column ID, the values in Front, and the expected result. */
type Case = readonly [
  name: string,
  columns: string,
  header: string,
  row: string,
  values: FrontValues,
  expected: string,
  options?: Options,
];

/** Adds a column of email addresses. The expected result is a row or a warning. */
function withEmail(cases: readonly Case[], expects: "row" | "warning"): Case[] {
  const email = (row: string) => `ada@x.example,${row}`;
  return cases.map(([name, columns, header, row, values, expected, options = {}]) => {
    const result = expects === "row" ? email(expected) : expected;
    return [name, `email: Email, ${columns}`, `Email,${header}`, email(row), values, result, options];
  });
}

async function updateCase(columns: string, table: string, values: FrontValues, { rest, defaults, ...more }: Options) {
  const declared = { columns: `{ ${columns} }`, ...(rest && { rest }), ...(defaults && { defaults }) };
  const { bytes, warnings, updated } = await update(declared, table, values, more);
  return { table: Buffer.from(bytes).toString(), warnings, updated };
}

const YES_NO = 'custom_fields: { V: { column: V, values: { "Yes": true, "No": false } } }';
const DATE = "custom_fields: { D: { column: D, format: dd.MM.yyyy } }";
const BOOLEAN = { types: { V: "boolean" } } as const;

const changes: readonly Case[] = [
  ...withEmail(
    [
      ["a name", "name: N", "N", "Ad", { name: "Ada" }, "Ada"],
      ["no cell whose value is equal", "name: N", "N", '"Ad"', { name: "Ad " }, '"Ad"'],
      ["no empty cell for a name", "name: N", "N", "", { name: "Ada" }, ""],
      ["the last name, if the first name is the same", "name: [F, L]", "F,L", "Ada,B", { name: "Ada K" }, "Ada,K"],
      ["the first name, if the last name is the same", "name: [F, L]", "F,L", "Ada,K", { name: "A Ada K" }, "A Ada,K"],
      ["a cell that needs quotes", "description: D", "D", "x", { description: 'a, "b"\nc' }, '"a, ""b""\nc"'],
      ["a field with a mapped value", YES_NO, "V", "Yes", { fields: { V: false }, ...BOOLEAN }, "No"],
      ["a date", DATE, "D", "24.12.1815", { fields: { D: "1852-11-27" }, types: { D: "datetime" } }, "27.11.1852"],
      ["a number", "custom_fields: { N: N }", "N", "1", { fields: { N: -2.5 }, types: { N: "number" } }, "-2.5"],
      [
        "no cell with an equal boolean",
        "custom_fields: { V: B }",
        "B",
        "yes",
        { fields: { V: true }, ...BOOLEAN },
        "yes",
      ],
      ["a field that was cleared in Front", "custom_fields: { T: T }", "T", "x", {}, ""],
      ["the lists in a cell", 'lists: { column: L, separator: ";" }', "L", "A; B", { lists: ["B", "C"] }, "C; B"],
      [
        "a link that is written without a scheme",
        "links: L",
        "L",
        "x.example/a",
        { links: ["https://b.x"] },
        "https://b.x",
      ],
      ["an account", "account: { column: A, by: domain }", "A", "x.example", {}, "fbi.example", { account: ACCOUNT }],
      ["an account by its key", "account: { column: A, by: key }", "A", "", {}, "fbi", { account: ACCOUNT }],
      ["an account that was removed", "account: { column: A, by: id }", "A", "acc_1", {}, "", { account: null }],
    ],
    "row",
  ),
  [
    "a description that was cleared in Front",
    "email: Email, description: D",
    "D,Email",
    '"x",ada@x.example',
    {},
    '"",ada@x.example',
    { rest: "empty: clear" },
  ],
  [
    "an email address that was replaced in Front",
    "email: [E, F], phone: P",
    "E,F,P",
    "a@x.example,b@x.example,+447911123456",
    { handles: ["a@x.example", "c@x.example", "phone:+447911123456"] },
    "a@x.example,c@x.example,+447911123456",
  ],
  [
    "a formatted phone number that was removed in Front",
    "email: E, phone: { column: P, country: GB }",
    "E,P",
    "ada@x.example,(07911) 123456",
    {},
    "ada@x.example,",
  ],
  [
    "one of several handles in a cell",
    'email: { column: E, separator: ";" }',
    "E",
    "a@x.example; b@x.example; c@x.example",
    { handles: ["a@x.example", "c@x.example"] },
    "a@x.example; c@x.example",
  ],
  [
    "an empty cell, if Front has a new handle",
    "email: [E, F]",
    "E,F",
    "a@x.example,",
    { handles: ["a@x.example", "b@x.example"] },
    "a@x.example,b@x.example",
  ],
  [
    "a column of a preset",
    "name: name",
    "name,email",
    "Ad,ada@x.example",
    { name: "Ada" },
    "Ada,ada@x.example",
    { rest: "preset: front" },
  ],
];

test.each(changes)("an update of a row changes %s", async (_, columns, header, row, values, expected, options = {}) => {
  const pad = (text: string) => text + ",".repeat(header.split(",").length - 1);
  const table = (text: string) => `ID,${header}\n${pad("2,two@x.example")}\n1,${text}\n${pad("3,three@x.example")}\n`;
  expect(await updateCase(columns, table(row), values, options)).toEqual({
    table: table(expected),
    warnings: [],
    updated: row === expected ? [] : ['t["1"]'],
  });
});

const ACCOUNT_WITHOUT_DOMAIN = { account: { ...ACCOUNT, identifiers: new Set(["acc_1"]) } };
const UNDECLARED = { account: { ...ACCOUNT, declaration: { entry: { domains: [], customFields: [] }, warnings: [] } } };

const problems = withEmail(
  [
    [
      "a name that cannot be split among its cells",
      "name: [F, L]",
      "F,L",
      "Ada,Byron",
      { name: "Lovelace" },
      "its name cannot be expressed by the mapped cells",
    ],
    [
      "a value that the table declares as empty",
      "name: N",
      "N",
      "Ada",
      { name: "none" },
      "its name cannot be expressed",
      { rest: "null_values: [none]" },
    ],
    [
      "a value that is missing in `values`",
      'custom_fields: { V: { column: V, values: { "Yes": true } } }',
      "V",
      "Yes",
      { fields: { V: false }, ...BOOLEAN },
      "its custom field V cannot be expressed",
    ],
    [
      "a column that is also mapped to another property",
      "name: N, description: N",
      "N",
      "Ada",
      { name: "Ada King", description: "Ada" },
      "its name cannot be expressed",
    ],
    [
      "a name in the column that identifies the row",
      "name: ID",
      "N",
      "",
      { name: "Ada" },
      "its name cannot be expressed",
    ],
    [
      "a value that `where` would exclude",
      "name: N",
      "N",
      "Ada",
      { name: "Bo" },
      "its name cannot be expressed",
      { rest: "where: { N: Ada }" },
    ],
    [
      "a formula",
      "name: N",
      "N",
      "Ada",
      { name: '=HYPERLINK("https://x.example")' },
      "its name could be evaluated as a formula by a spreadsheet",
    ],
    [
      "a new handle without a free cell",
      "description: D",
      "D",
      "",
      { handles: ["ada@x.example", "b@x.example"] },
      'its handles have no free cell for "b@x.example"',
    ],
    [
      "a separator in a list's name",
      'lists: { column: L, separator: ";" }',
      "L",
      "A",
      { lists: ["A", "B;C"] },
      'its lists have no free cell for "B;C"',
    ],
    [
      "a default description that the contact does not have in Front",
      "description: D",
      "D",
      "",
      {},
      "its description has the default (contacts/defaults.yaml:1), which the contact does not have in Front; change or remove the default",
      { defaults: "{ description: Same }" },
    ],
    [
      "a default list that the contact does not have in Front",
      "lists: L",
      "L",
      "A",
      { lists: ["A"] },
      'its lists include the default "All" (contacts/defaults.yaml:1), which the contact does not have in Front; change or remove the default',
      { defaults: "{ lists: [All] }" },
    ],
    [
      "an account without a domain",
      "account: { column: A, by: domain }",
      "A",
      "x.example",
      {},
      "its account cannot be expressed",
      ACCOUNT_WITHOUT_DOMAIN,
    ],
    [
      "an account that is not declared",
      "account: { column: A, by: key }",
      "A",
      "",
      {},
      "its account cannot be expressed",
      UNDECLARED,
    ],
    [
      "exact handles if Front has values that a file cannot contain",
      "name: N",
      "N",
      "",
      { handles: ["b@x.example"] },
      "its handles are exact, and Front has values that cannot be written to a file",
      { omitted: new Set(["handles"]), defaults: "{ exact: [handles] }" },
    ],
    [
      "exact custom fields without a column",
      "custom_fields: { T: T }",
      "T",
      "x",
      { fields: { T: "x", U: "y" } },
      "its custom_fields are exact, and Front has values for fields without a mapped column",
      { defaults: "{ exact: [custom_fields] }" },
    ],
  ],
  "warning",
);

test.each(problems)(
  "an update of a row leaves the table unchanged, warns about %s, and names the next step",
  async (_, columns, header, row, values, warning, options = {}) => {
    const table = `ID,${header}\n1,${row}\n`;
    const { warnings, ...result } = await updateCase(columns, table, values, options);
    expect(result).toEqual({ table, updated: [] });
    expect(warnings).toEqual([expect.stringContaining(`t["1"]: ${warning}`)]);
    expect(warnings[0]).toMatch(/; (?:change|edit|if|map|to) /);
  },
);

test("an update of a row warns about a character that Windows-1252 lacks, and writes other values in that encoding", async () => {
  const declared = { columns: "{ email: Email, name: N, description: D }", rest: "encoding: windows-1252" };
  const table = Buffer.from("ID,Email,N,D\r\n1,ada@x.example,Zo\xeb,x\r\n", "latin1");
  const { bytes, warnings } = await update(declared, table, { name: "李", description: "5 €" });
  expect(warnings).toEqual([
    't["1"]: its name cannot be written in the encoding of the table; save the table as UTF-8, and remove encoding from its declaration if it is set',
  ]);
  expect(Buffer.from(bytes).toString("latin1")).toBe("ID,Email,N,D\r\n1,ada@x.example,Zo\xeb,5 \x80\r\n");
});

test("updateTable returns undefined if the row is no longer in the table", async () => {
  const found = await loadRow({ columns: "{ email: Email }" }, "ID,Email\n1,ada@x.example\n");
  if ("problems" in found) throw new Error(found.problems);
  expect(updateRow(found, "ID,Email\n2,bo@x.example\n", {})).toBeUndefined();
});
