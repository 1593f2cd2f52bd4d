import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Editor } from "../support/editor.ts";
import { Sandbox } from "../support/sandbox.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.withFront({
    seed: { account_custom_fields: [{ name: "Tier", type: "enum", values: [{ value: "gold", label: "Our best" }] }] },
  });
  await sandbox.front.asTeammate("POST", "/contact_lists", { name: "Twin Peaks Characters" });
  await sandbox.write("contacts/a.yaml", "").run("schema --from-front");
  copyFileSync("schemas/contacts.schema.json", join(sandbox.directory, "contacts/contacts.schema.json"));
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

function editor(schema: string, lines: string): Editor {
  const text = `# yaml-language-server: $schema=${schema}\n${lines}`;
  return new Editor(join(sandbox.directory, "contacts/open.yaml"), text);
}

function editorOfDale(schema: string, lines: string): Editor {
  const handles = "    handles:\n      - { source: email, handle: dale.cooper@fbi.example }\n";
  return editor(schema, `contacts:\n  dale-cooper:\n${handles}${lines}`);
}

const COMPANY = "front.schema.json";
const GENERAL = "contacts.schema.json";

const completions: readonly (readonly [
  name: string,
  schema: string,
  lines: string,
  after: string,
  label: string,
  documentation: string,
])[] = [
  ["a property of a contact", GENERAL, "    li", "    li", "lists", "exact contains lists"],
  [
    "the properties that change an entry",
    GENERAL,
    "    ",
    "example }\n    ",
    "merge",
    "A merge cannot be undone in Front",
  ],
  [
    "the names of custom fields in Front",
    COMPANY,
    "    custom_fields:\n      ",
    "custom_fields:\n      ",
    "Job Title",
    "What the contact does",
  ],
  [
    "the values of a field with their labels",
    COMPANY,
    "    custom_fields:\n      Clearance: ",
    "Clearance: ",
    "secret",
    "Blue Rose",
  ],
  [
    "teammates by email",
    COMPANY,
    "    custom_fields:\n      Supervisor: ",
    "Supervisor: ",
    "harry@sheriff.twinpeaks.example",
    "Harry Truman",
  ],
  ["inboxes by id", COMPANY, "    custom_fields:\n      Inbox: ", "Inbox: ", "inb_1a", "Front desk"],
  ["lists in Front", COMPANY, "    lists:\n      - ", "lists:\n      - ", "Twin Peaks Characters", "A list in Front"],
];

test.each(completions)("an editor offers %s", async (_, schema, lines, after, label, documentation) => {
  const completionItems = await editorOfDale(schema, lines).completionsAfter(after);
  expect(completionItems).toContainEqual({ label, documentation: expect.stringContaining(documentation) });
});

test.each([GENERAL, COMPANY])(
  "an editor with %s offers destructive keys last, and does not offer deprecated keys",
  async (schema) => {
    const completionItems = (await editorOfDale(schema, "    ").completionsAfter("example }\n    ")).map(
      ({ label }) => label,
    );
    expect(completionItems).toEqual([
      ...["account", "avatar", "custom_fields", "description", "id", "links", "lists", "name", "protect"],
      ...["ensure", "exact", "merge"],
    ]);
  },
);

test("an editor does not offer a destructive key that the entry already contains", async () => {
  const completionItems = await editorOfDale(GENERAL, "    merge: true\n    ").completionsAfter("merge: true\n    ");
  expect(completionItems.map(({ label }) => label).slice(-3)).toEqual(["protect", "ensure", "exact"]);
});

test("an editor offers handles for a new contact", async () => {
  const completionItems = await editor(GENERAL, "contacts:\n  dale-cooper:\n    ").completionsAfter(
    "dale-cooper:\n    ",
  );
  expect(completionItems.map(({ label }) => label)).toEqual(
    expect.arrayContaining(["handles", "name", "custom_fields"]),
  );
});

/** An account with custom fields, whose names come from the company schema. */
const FBI = "accounts:\n  fbi:\n    id: acc_1\n    custom_fields:\n      ";
/** A table with custom fields. */
const CRM =
  "tables:\n  crm:\n    file: crm.csv\n    key: Id\n    columns:\n      email: Email\n      custom_fields:\n        ";

test.each([
  ["the names of account custom fields", FBI, "custom_fields:\n      ", "Tier", ""],
  ["the values of an account custom field", `${FBI}Tier: `, "Tier: ", "gold", "Our best"],
  ["the names of custom fields in a table", CRM, "custom_fields:\n        ", "Job Title", "What the contact does"],
  [
    "the values of a field in the value map of a column",
    `${CRM}Clearance:\n          column: Level\n          values:\n            "3": `,
    '"3": ',
    "secret",
    "Blue Rose",
  ],
  [
    "the values of a field in the value map of its second column",
    `${CRM}Clearance:\n          - column: Level\n            values:\n              "3": `,
    '"3": ',
    "secret",
    "Blue Rose",
  ],
])("an editor offers %s", async (_, lines, after, label, documentation) => {
  const completionItems = await editor(COMPANY, lines).completionsAfter(after);
  expect(completionItems).toContainEqual({ label, documentation: expect.stringContaining(documentation) });
});

test.each([
  ["an unknown account custom field", `${FBI}tier: gold\n`, [/^6:7 Property tier is not allowed/]],
  ["an invalid value of an account custom field", `${FBI}Tier: silver\n`, [/^6:13 Value is not accepted/]],
  ["a contact custom field in an account", `${FBI}Job Title: x\n`, [/^6:7 Property Job Title is not allowed/]],
  ["an unknown custom field in a table", `${CRM}Job title: Title\n`, [/^9:9 Property Job title is not allowed/]],
  [
    "an invalid value in the value map of a column",
    `${CRM}Clearance: { column: Level, values: { "3": secrt } }\n`,
    [/^9:52 Value is not accepted/],
  ],
  [
    "nothing in a valid value map of a column",
    `${CRM}Clearance: { column: Level, values: { "3": secret, "": null } }\n        Job Title: [Title, Role]\n`,
    [],
  ],
] as const)("an editor marks %s", async (_, lines, marks) => {
  expect(await editor(COMPANY, lines).diagnostics()).toEqual(marks.map((mark) => expect.stringMatching(mark)));
});

const invalidFields: readonly (readonly [name: string, lines: string, mark: RegExp])[] = [
  [
    "an invalid enum value",
    "    custom_fields:\n      Clearance: secrt\n",
    /^7:18 Value is not accepted. Valid values: "public", "restricted", "secret"/,
  ],
  ["an unknown custom field", "    custom_fields:\n      Job title: x\n", /^7:7 Property Job title is not allowed/],
  ["a value of another type", "    custom_fields:\n      On Duty: often\n", /^7:16 Incorrect type/],
  [
    "an invalid date",
    "    custom_fields:\n      Joined: yesterday\n",
    /^7:15 Write a date such as 2024-02-29, or a date-time with its zone such as 2024-02-29T09:30:00Z\.$/,
  ],
  [
    "an inbox by its name",
    "    custom_fields:\n      Inbox: Front desk\n",
    /^7:14 Value is not accepted. Valid values: "inb_1a"/,
  ],
];

test.each(invalidFields)("an editor marks %s", async (_, lines, mark) => {
  expect(await editorOfDale(COMPANY, lines).diagnostics()).toEqual([expect.stringMatching(mark)]);
});

const valid: readonly (readonly [name: string, lines: string])[] = [
  [
    "a field of every type",
    "    custom_fields:\n      Job Title: Agent\n      Badge Number: 7\n      On Duty: true\n      Joined: 1989-02-24\n      Clearance: secret\n      Supervisor: lucy@sheriff.twinpeaks.example\n      Inbox: inb_1a\n",
  ],
  [
    "a cleared field of any type",
    "    custom_fields: { Job Title: null, Clearance: null, Supervisor: null, Inbox: null, Joined: null }\n",
  ],
  ["new lists, and lists by id", "    lists: [Anything, { id: grp_1a }]\nlists: [Anything]\n"],
];

test.each(valid)("an editor accepts %s", async (_, lines) => {
  expect(await editorOfDale(COMPANY, lines).diagnostics()).toEqual([]);
});

test.each(["company", "dale-cooper", "sheriff/department", "town"])(
  "an editor finds no error in the example %s",
  async (name) => {
    const path = `contacts/${name}.yaml`;
    expect(await new Editor(path, readFileSync(path, "utf8")).diagnostics()).toEqual([]);
  },
);

test.each([
  ["ensure", "absent deletes the contact"],
  ["exact", "entries that are not listed here are removed"],
  ["avatar", "at most 25 MB"],
])("an editor shows documentation for %s", async (property, documentation) => {
  expect(await editorOfDale(GENERAL, `    ${property}: x\n`).hoverOver(property)).toContain(documentation);
});
