import { expect, test } from "@jest/globals";
import type { EntryUpdate } from "../../src/importing/entry.ts";
import { ACCOUNT, type DeclaredTable, EMAIL, type FrontValues, update } from "../support/row-update.ts";

const cases: readonly (readonly [
  name: string,
  declared: DeclaredTable,
  table: string,
  values: FrontValues,
  warning: string,
  updateOptions?: Partial<EntryUpdate>,
])[] = [
  [
    "a name that cannot be split among its cells",
    { columns: `{ ${EMAIL}, name: [F, L] }` },
    "ID,Email,F,L\n1,ada@x.example,Ada,Byron\n",
    { name: "Lovelace" },
    "its name cannot be expressed by the cells that are mapped to it",
  ],
  [
    "a value that the table reads as empty",
    { columns: `{ ${EMAIL}, name: N }`, rest: "null_values: [none]" },
    "ID,Email,N\n1,ada@x.example,Ada\n",
    { name: "none" },
    "its name cannot be expressed",
  ],
  [
    "a value that is missing in `values`",
    { columns: `{ ${EMAIL}, custom_fields: { V: { column: V, values: { "Yes": true } } } }` },
    "ID,Email,V\n1,ada@x.example,Yes\n",
    { fields: { V: false }, types: { V: "boolean" } },
    "its custom field V cannot be expressed",
  ],
  [
    "a column that is also mapped to another property",
    { columns: `{ ${EMAIL}, name: N, description: N }` },
    "ID,Email,N\n1,ada@x.example,Ada\n",
    { name: "Ada King", description: "Ada" },
    "its name cannot be expressed",
  ],
  [
    "the column that identifies the row",
    { columns: `{ ${EMAIL}, name: ID }` },
    "ID,Email\n1,ada@x.example\n",
    { name: "Ada" },
    "its name cannot be expressed",
  ],
  [
    "a value with which `where` would not select the row",
    { columns: `{ ${EMAIL}, name: N }`, rest: "where: { N: Ada }" },
    "ID,Email,N\n1,ada@x.example,Ada\n",
    { name: "Bo" },
    "its name cannot be expressed",
  ],
  [
    "a formula",
    { columns: `{ ${EMAIL}, name: N }` },
    "ID,Email,N\n1,ada@x.example,Ada\n",
    { name: '=HYPERLINK("https://x.example")' },
    "its name begins like a formula, which a spreadsheet would evaluate",
  ],
  [
    "a new handle without a free cell",
    { columns: "{ email: E }" },
    "ID,E\n1,ada@x.example\n",
    { handles: ["ada@x.example", "b@x.example"] },
    'its handles have no free cell for "b@x.example"',
  ],
  [
    "a separator in a list's name",
    { columns: '{ email: E, lists: { column: L, separator: ";" } }' },
    "ID,E,L\n1,ada@x.example,A\n",
    { lists: ["A", "B;C"] },
    'its lists have no free cell for "B;C"',
  ],
  [
    "a cleared cell with a default",
    { columns: `{ ${EMAIL}, description: D }`, defaults: "{ description: Same }" },
    "ID,Email,D\n1,ada@x.example,\n",
    {},
    "its description has the default (contacts/defaults.yaml:1), which the contact does not have in Front",
  ],
  [
    "a list from the defaults",
    { columns: `{ ${EMAIL}, lists: L }`, defaults: "{ lists: [All] }" },
    "ID,Email,L\n1,ada@x.example,A\n",
    { lists: ["A"] },
    'its lists include the default "All" (contacts/defaults.yaml:1), which the contact does not have in Front',
  ],
  [
    "an account without a domain",
    { columns: "{ email: E, account: { column: A, by: domain } }" },
    "ID,E,A\n1,ada@x.example,x.example\n",
    {},
    "its account cannot be expressed",
    { account: { ...ACCOUNT, identifiers: new Set(["acc_1"]) } },
  ],
  [
    "an account that is not declared",
    { columns: "{ email: E, account: { column: A, by: key } }" },
    "ID,E,A\n1,ada@x.example,\n",
    {},
    "its account cannot be expressed",
    { account: { ...ACCOUNT, declaration: { entry: { domains: [], customFields: [] }, warnings: [] } } },
  ],
  [
    "exact handles if Front has values that a file cannot contain",
    { columns: "{ email: E }", defaults: "{ exact: [handles] }" },
    "ID,E\n1,ada@x.example\n",
    { handles: ["b@x.example"] },
    "its handles are exact, and Front has values that cannot be written to a file",
    { omitted: new Set(["handles"]) },
  ],
  [
    "exact custom fields without a column",
    { columns: `{ ${EMAIL}, custom_fields: { T: T } }`, defaults: "{ exact: [custom_fields] }" },
    "ID,Email,T\n1,ada@x.example,x\n",
    { fields: { T: "x", U: "y" } },
    "its custom_fields are exact, and Front has values for fields without a mapped column",
  ],
];

test.each(cases)(
  "an update of a row warns about %s and does not change the table",
  async (_name, declared, table, values, warning, updateOptions = {}) => {
    const { bytes, warnings, updated } = await update(declared, table, values, updateOptions);
    expect(warnings).toEqual([expect.stringContaining(`t["1"]: ${warning}`)]);
    expect(Buffer.from(bytes).toString()).toBe(table);
    expect(updated).toEqual([]);
  },
);
