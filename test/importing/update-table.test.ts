import { expect, test } from "@jest/globals";
import type { EntryUpdate } from "../../src/importing/entry.ts";
import {
  ACCOUNT,
  type DeclaredTable,
  EMAIL,
  type FrontValues,
  loadRow,
  update,
  updateRow,
} from "../support/row-update.ts";

const cases: readonly (readonly [
  name: string,
  declared: DeclaredTable,
  header: string,
  before: string,
  values: FrontValues,
  after: string,
  updateOptions?: Partial<EntryUpdate>,
])[] = [
  [
    "a name",
    { columns: `{ ${EMAIL}, name: N }` },
    "ID,Email,N",
    "1,ada@x.example,Ad",
    { name: "Ada" },
    "1,ada@x.example,Ada",
  ],
  [
    "no cell whose value is equal",
    { columns: `{ ${EMAIL}, name: N }` },
    "ID,Email,N",
    '1,ada@x.example,"Ad"',
    { name: "Ad " },
    '1,ada@x.example,"Ad"',
  ],
  [
    "no empty cell",
    { columns: `{ ${EMAIL}, name: N }` },
    "ID,Email,N",
    "1,ada@x.example,",
    { name: "Ada" },
    "1,ada@x.example,",
  ],
  [
    "the last name, if the first name is the same",
    { columns: `{ ${EMAIL}, name: [F, L] }` },
    "ID,Email,F,L",
    "1,ada@x.example,Ada,Byron",
    { name: "Ada King" },
    "1,ada@x.example,Ada,King",
  ],
  [
    "the first name, if the last name is the same",
    { columns: `{ ${EMAIL}, name: [F, L] }` },
    "ID,Email,F,L",
    "1,ada@x.example,Ada,King",
    { name: "Augusta Ada King" },
    "1,ada@x.example,Augusta Ada,King",
  ],
  [
    "a cell that needs quotes",
    { columns: `{ ${EMAIL}, description: D }` },
    "ID,Email,D",
    "1,ada@x.example,x",
    { description: 'a, "b"\nc' },
    '1,ada@x.example,"a, ""b""\nc"',
  ],
  [
    "a description that was cleared in Front",
    { columns: `{ ${EMAIL}, description: D }`, rest: "empty: clear" },
    "ID,D,Email",
    '1,"x",ada@x.example',
    {},
    '1,"",ada@x.example',
  ],
  [
    "a field with a mapped value",
    { columns: `{ ${EMAIL}, custom_fields: { V: { column: V, values: { "Yes": true, "No": false } } } }` },
    "ID,Email,V",
    "1,ada@x.example,Yes",
    { fields: { V: false }, types: { V: "boolean" } },
    "1,ada@x.example,No",
  ],
  [
    "a field with a date",
    { columns: `{ ${EMAIL}, custom_fields: { D: { column: D, format: dd.MM.yyyy } } }` },
    "ID,Email,D",
    "1,ada@x.example,24.12.1815",
    { fields: { D: "1852-11-27" }, types: { D: "datetime" } },
    "1,ada@x.example,27.11.1852",
  ],
  [
    "a number",
    { columns: `{ ${EMAIL}, custom_fields: { N: N } }` },
    "ID,Email,N",
    "1,ada@x.example,1",
    { fields: { N: -2.5 }, types: { N: "number" } },
    "1,ada@x.example,-2.5",
  ],
  [
    "no cell with an equal boolean",
    { columns: `{ ${EMAIL}, custom_fields: { B: B } }` },
    "ID,Email,B",
    "1,ada@x.example,yes",
    { fields: { B: true }, types: { B: "boolean" } },
    "1,ada@x.example,yes",
  ],
  [
    "a field that was cleared in Front",
    { columns: `{ ${EMAIL}, custom_fields: { T: T } }` },
    "ID,Email,T",
    "1,ada@x.example,x",
    {},
    "1,ada@x.example,",
  ],
  [
    "an email address that replaces another",
    { columns: "{ email: [E, F], phone: P }" },
    "ID,E,F,P",
    "1,a@x.example,b@x.example,+447911123456",
    { handles: ["a@x.example", "c@x.example", "phone:+447911123456"] },
    "1,a@x.example,c@x.example,+447911123456",
  ],
  [
    "a formatted phone number",
    { columns: "{ email: E, phone: { column: P, country: GB } }" },
    "ID,E,P",
    "1,a@x.example,(07911) 123456",
    { handles: ["a@x.example"] },
    "1,a@x.example,",
  ],
  [
    "one of several handles in a cell",
    { columns: '{ email: { column: E, separator: ";" } }' },
    "ID,E",
    "1,a@x.example; b@x.example; c@x.example",
    { handles: ["a@x.example", "c@x.example"] },
    "1,a@x.example; c@x.example",
  ],
  [
    "an empty cell for a new handle",
    { columns: "{ email: [E, F] }" },
    "ID,E,F",
    "1,a@x.example,",
    { handles: ["a@x.example", "b@x.example"] },
    "1,a@x.example,b@x.example",
  ],
  [
    "the lists in a cell",
    { columns: '{ email: E, lists: { column: L, separator: ";" } }' },
    "ID,E,L",
    "1,a@x.example,A; B",
    { handles: ["a@x.example"], lists: ["B", "C"] },
    "1,a@x.example,C; B",
  ],
  [
    "a link in a cell without a scheme",
    { columns: "{ email: E, links: L }" },
    "ID,E,L",
    "1,a@x.example,x.example/a",
    { handles: ["a@x.example"], links: ["https://x.example/b"] },
    "1,a@x.example,https://x.example/b",
  ],
  [
    "an account by its domain",
    { columns: "{ email: E, account: { column: A, by: domain } }" },
    "ID,E,A",
    "1,a@x.example,x.example",
    { handles: ["a@x.example"] },
    "1,a@x.example,fbi.example",
    { account: ACCOUNT },
  ],
  [
    "an account by its key",
    { columns: "{ email: E, account: { column: A, by: key } }" },
    "ID,E,A",
    "1,a@x.example,",
    { handles: ["a@x.example"] },
    "1,a@x.example,fbi",
    { account: ACCOUNT },
  ],
  [
    "the account of a contact that no longer has one",
    { columns: "{ email: E, account: { column: A, by: id } }" },
    "ID,E,A",
    "1,a@x.example,acc_1",
    { handles: ["a@x.example"] },
    "1,a@x.example,",
    { account: null },
  ],
  [
    "a column of a preset",
    { columns: "{ name: name }", rest: "preset: front" },
    "ID,name,email",
    "1,Ad,ada@x.example",
    { name: "Ada" },
    "1,Ada,ada@x.example",
  ],
];

test.each(cases)(
  "an update of a row changes %s",
  async (_name, declared, header, before, values, after, updateOptions = {}) => {
    const others = "2,two@x.example\n";
    const pad = (row: string) => row + ",".repeat(header.split(",").length - 2);
    const table = (row: string) => `${header}\n${pad(others.trim())}\n${row}\n${pad("3,three@x.example")}\n`;
    const result = await update(declared, table(before), values, updateOptions);
    expect(result.warnings).toEqual([]);
    expect(Buffer.from(result.bytes).toString()).toBe(table(after));
    expect(result.updated).toEqual(before === after ? [] : ['t["1"]']);
  },
);

test("warns about a character that Windows-1252 lacks, and writes other values in that encoding", async () => {
  const declared = { columns: `{ ${EMAIL}, name: N, description: D }`, rest: "encoding: windows-1252" };
  const table = Buffer.from("ID,Email,N,D\r\n1,ada@x.example,Zo\xeb,x\r\n", "latin1");
  const { bytes, warnings } = await update(declared, table, { name: "李", description: "5 €" });
  expect(warnings).toEqual(['t["1"]: its name has characters that the encoding of the table lacks']);
  expect(Buffer.from(bytes).toString("latin1")).toBe("ID,Email,N,D\r\n1,ada@x.example,Zo\xeb,5 \x80\r\n");
});

test("nothing is updated if the row is no longer in the table", async () => {
  const found = await loadRow({ columns: `{ ${EMAIL} }` }, "ID,Email\n1,ada@x.example\n");
  if ("problems" in found) throw new Error(found.problems);
  expect(updateRow(found, "ID,Email\n2,bo@x.example\n", {})).toBeUndefined();
});
