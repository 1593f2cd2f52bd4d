import { expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { memoryDisk } from "../support/memory-disk.ts";

const ANN = "contacts:\n  ann:\n    handles: [{ source: email, handle: ann@x.example }]\n";
const TABLE = "tables: { crm: { file: a.csv, key: ID, columns: { email: Email }";
const TABLE_VALUE = "under columns. If all rows have the same value, write it to a file named defaults.yaml.";
const TEXT_FIELD = "custom_fields: { Version: { type: string } }\n";

test.each<readonly [yaml: string, advice: string, more?: object]>([
  ["contacts: { b: { handles: [bobby@b.example] } }", "{ source: email, handle: bobby@b.example }"],
  ['contacts: { b: { handles: ["+1 360 555 0100"] } }', '{ source: phone, handle: "+1 360 555 0100" }'],
  ["contacts: { b: { handles: [13605550100] } }", '{ source: phone, handle: "13605550100" }'],
  ['contacts: { b: { handles: ["@bobby"] } }', '{ source: twitter, handle: "@bobby" }'],
  ['contacts: { b: { handles: ["email:bobby@b.example"] } }', "{ source: email, handle: bobby@b.example }"],
  ['contacts: { b: { handles: ["custom: 4711"] } }', '{ source: custom, handle: "4711" }'],
  ["contacts: { b: { handles: bobby@b.example } }", "Write a list of handles: `handles: [{ source: email"],
  ["contacts: { b: { handles: [bobby] } }", "{ source: email, handle: dale.cooper@fbi.example }"],
  [`${ANN}    name: Ann: the boss # ours`, 'Write it as "Ann: the boss".'],
  [`${ANN}    name: "Ann": the boss`, 'Put the whole value in quotes, as in "first: second".'],
  ["contacts:\n  ann:\n    handles:\n      - source: email, handle: a@x.example", "Write them as {"],
  ["contacts:\n  ann:\n    handles:\n      -{ source: email, handle: a }", "Write `- value`."],
  [`${ANN}    custom_fields: {}\n    name:Ann: x`, "Write a space after the colon."],
  [
    `${ANN}    \u00a0\u00a0name: Ann`,
    "Replace the non-breaking spaces (U+00A0) at the start of the line with normal spaces.",
  ],
  [`${ANN}    “name”: Ann`, "Write name."],
  [`${ANN}    phone: +13605550123`, 'Write it as a handle: handles: [{ source: phone, handle: "+13605550123" }].'],
  [
    "contacts: { ann: { handles: [{ email: ann@x.example }] } }",
    "Write the source and the handle as two keys: { source: email, handle: ann@x.example }.",
  ],
  [
    "contacts: { ann: { handles: [{ phone: +13605550123 }] } }",
    'Write the source and the handle as two keys: { source: phone, handle: "+13605550123" }.',
  ],
  [
    "contacts: { ann: { handles: [{ mail: ann@x.example }] } }",
    "Write the source and the handle as two keys: { source: email, handle: ann@x.example }.",
  ],
  [
    "contacts: { ann: { handles: [{ source: email, handle: ann@x.example, other: bob@x.example }] } }",
    "Use one of: source, handle, sha256.",
  ],
  [
    `${ANN}    exact: true`,
    "List the properties that must match exactly: `exact: [custom_fields]`.",
    { code: "wrong-type" },
  ],
  [`${TEXT_FIELD}${ANN}    custom_fields: { Version: 1.0 }`, 'Put it in quotes: "1.0".'],
  [
    `${TEXT_FIELD}${ANN}    custom_fields: { Version: 007 }`,
    'Put it in quotes if it is text: "007". Write 7 if it is a number.',
  ],
  ["contacts", "Begin the file with a top-level key, such as `contacts:`.", { code: "wrong-type" }],
  ["lists: { VIP: { members: all } }", "Write exact."],
  ["lists: { VIP: }", "To declare the list without properties, write {} as its value.", { code: "empty" }],
  [
    "people: {}",
    "Use one of: defaults, contacts, tables, accounts, lists, custom_fields, settings, or begin the key with x-.",
  ],
  ["tables: { crm: { key: ID, columns: { email: Email } } }", "Add the path of a CSV file"],
  ["tables: { crm: { file: a.csv, columns: { email: Email } } }", "Add the name of the column that identifies a row"],
  [
    "tables: { crm: { file: a.csv, key: ID, columns: { email: Email, phone: { country: DE } } } }",
    "Add the name of a column of the table",
  ],
  ["custom_fields: { Tier: string }", "Declare its type, such as { type: string }.", { code: "wrong-type" }],
  [
    'tables: { crm: { file: a.csv, key: ID, columns: { email: Email }, delimiter: "/" } }',
    'Use one of: ",", ";", "\\t", "|".',
  ],
  [
    "tables: { crm: { file: a.csv, key: ID } }",
    "Map at least one column to a handle, such as `columns: { email: Email }`",
  ],
  [
    `${ANN}    ensure: true`,
    "Use one of: present, absent.",
    { code: "not-a-choice", summary: '"true" is not a valid value of ensure' },
  ],
  [
    `${ANN}    lists: [VIP]\n    groups: [VIP]\nlists: [VIP]`,
    "Move its values to lists.",
    { summary: '"groups" cannot be used together with "lists"' },
  ],
  [
    `${ANN}---\nsettings: { company: cmp_1 }\n---\nsettings: { phone_country: US }`,
    "Combine them under one top-level key settings.",
  ],
  ["lists: { VIP: { workspace: tim_1 } }", "Write team.", { summary: 'Unknown key "workspace". Did you mean "team"?' }],
  ["accounts: [{ name: Acme }]", "Give each account a key instead of a dash, such as `my-account:`."],
  ["settings: { phone_country: USA }", "Use a two-letter country code, such as US or DE."],
  ["settings: { phone_country: 49 }", "Use a two-letter country code, such as US or DE.", { code: "quotes-missing" }],
  [
    `contacts: { ${"a".repeat(101)}: { handles: [{ source: email, handle: ann@x.example }] } }`,
    "Shorten the key.",
    { code: "out-of-bounds", summary: `"${"a".repeat(101)}" is longer than 100 characters`, location: { column: 13 } },
  ],
  [
    `settings: { require: [${Array.from({ length: 51 }, () => "name").join(", ")}] }`,
    "Remove items that are not needed.",
    { summary: '"require" has too many items; the maximum is 50' },
  ],
  [
    "settings: { guards: { changes: 2000000 } }",
    "Use a value of at most 1,000,000.",
    { summary: '"changes" is out of range; the maximum is 1,000,000' },
  ],
  ["settings: { reserve: 0.2 }", "Use a whole percentage from 0% to 99%, such as 20%.", { code: "quotes-missing" }],
  [
    "settings: { company: 5 }",
    "Use a company ID such as cmp_k30; `front-contacts whoami` prints yours.",
    { code: "quotes-missing" },
  ],
  [`${TABLE}, account: acme } }`, `Map account ${TABLE_VALUE}`, { summary: 'Unknown key "account"' }],
  [`${TABLE}, lists: [VIP] } }`, `Map lists ${TABLE_VALUE}`, { summary: 'Unknown key "lists"' }],
  [
    `${TABLE}, custom_fields: { A: b } } }`,
    `Map custom_fields ${TABLE_VALUE}`,
    { summary: 'Unknown key "custom_fields"' },
  ],
])("loadDesired gives advice on the only error in %j", async (yaml, advice, more = {}) => {
  const disk = memoryDisk({ "contacts/a.yaml": `${yaml}\n`, "contacts/a.csv": "ID,Email\n1,a@x.example\n" });
  const { diagnostics } = await loadDesired("contacts", { disk });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors).toMatchObject([{ ...more, advice: expect.stringContaining(advice) }]);
});

const LOOKALIKES: Readonly<Record<string, string>> = {
  "a picture": `${ANN}    avatar: Caf\u00e9.png`,
  "a table": "tables: { crm: { file: Caf\u00e9.csv, key: ID, columns: { email: Email } } }",
  "a column": "tables: { crm: { file: a.csv, key: ID, columns: { email: Email, name: Caf\u00e9 } } }",
  "a value of a column":
    "tables: { crm: { file: a.csv, key: ID, columns: { email: Email, description: { column: Type, values: { Caf\u00e9: a } } } } }",
};

test.each(Object.entries(LOOKALIKES))(
  "the advice for an unknown name of %s explains that it only looks the same as the suggested name",
  async (_, yaml) => {
    const disk = memoryDisk({
      "contacts/a.yaml": `${yaml}\n`,
      "contacts/a.csv": "ID,Email,Cafe\u0301,Type\n1,ann@x.example,Ann,Cafe\u0301\n",
      "contacts/Cafe\u0301.png": "",
      "contacts/Cafe\u0301.csv": "",
    });
    const { diagnostics } = await loadDesired("contacts", { disk });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([
      expect.objectContaining({
        advice: expect.stringMatching(
          /^Did you mean "Caf.*"\? ".*" and ".*" look the same, but their accented letters/,
        ),
      }),
    ]);
    expect(diagnostics[0]?.advice).not.toContain("case-sensitive");
  },
);

test.each([
  ["version", 'Names are case-sensitive. Use "Version", or declare "version" under the top-level key custom_fields.'],
  ["Verson", 'Use "Version", or declare "Verson" under the top-level key custom_fields.'],
])("the advice on the field %s mentions letter case only if it is the difference", async (name, advice) => {
  const disk = memoryDisk({ "contacts/a.yaml": `${TEXT_FIELD}${ANN}    custom_fields: { ${name}: a }\n` });
  const { diagnostics } = await loadDesired("contacts", { disk });
  expect(diagnostics).toMatchObject([{ code: "field-not-declared", advice }]);
});
