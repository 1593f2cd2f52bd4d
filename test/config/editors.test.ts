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

const COMPANY_SCHEMA = "front.schema.json";
const GENERAL_SCHEMA = "contacts.schema.json";

function editor(schema: string, lines: string): Editor {
  const text = `# yaml-language-server: $schema=${schema}\n${lines}`;
  return new Editor(join(sandbox.directory, "contacts/open.yaml"), text);
}

async function labelsAfter(schema: string, lines: string): Promise<string[]> {
  return (await editor(schema, lines).completions()).map(({ label }) => label);
}

const NEW_CONTACT = "contacts:\n  dale-cooper:\n    ";
const DALE = `${NEW_CONTACT}handles:\n      - { source: email, handle: dale.cooper@fbi.example }\n    `;
const FIELDS = `${DALE}custom_fields:\n      `;
/** An account with custom fields, whose names come from the company schema. */
const FBI = "accounts:\n  fbi:\n    id: acc_1\n    custom_fields:\n      ";
const CRM =
  "tables:\n  crm:\n    file: crm.csv\n    key: Id\n    columns:\n      email: Email\n      custom_fields:\n        ";
const CLEARANCE = `${CRM}Clearance:\n          `;

test.each([
  ["a key of a contact", GENERAL_SCHEMA, `${DALE}li`, "lists", "if two lists have the same name"],
  ["a destructive key of a contact", GENERAL_SCHEMA, DALE, "merge", "A merge cannot be undone in Front"],
  ["the names of custom fields in Front", COMPANY_SCHEMA, FIELDS, "Job Title", "What the contact does"],
  ["the values of a field with their labels", COMPANY_SCHEMA, `${FIELDS}Clearance: `, "secret", "Blue Rose"],
  ["teammates by email", COMPANY_SCHEMA, `${FIELDS}Supervisor: `, "harry@sheriff.twinpeaks.example", "Harry Truman"],
  ["inboxes by ID", COMPANY_SCHEMA, `${FIELDS}Inbox: `, "inb_1a", "Front desk"],
  ["lists in Front", COMPANY_SCHEMA, `${DALE}lists:\n      - `, "Twin Peaks Characters", "A list in Front"],
  ["the names of account custom fields", COMPANY_SCHEMA, FBI, "Tier", ""],
  ["the values of an account custom field", COMPANY_SCHEMA, `${FBI}Tier: `, "gold", "Our best"],
  ["the names of custom fields in a table", COMPANY_SCHEMA, CRM, "Job Title", "What the contact does"],
  [
    "the values of a field in the value map of a column",
    COMPANY_SCHEMA,
    `${CLEARANCE}column: Level\n          values:\n            "3": `,
    "secret",
    "Blue Rose",
  ],
  [
    "the values of a field in a value map if several columns are mapped",
    COMPANY_SCHEMA,
    `${CLEARANCE}- column: Level\n            values:\n              "3": `,
    "secret",
    "Blue Rose",
  ],
])("an editor offers %s", async (_, schema, lines, label, documentation) => {
  const completionItems = await editor(schema, lines).completions();
  expect(completionItems).toContainEqual({ label, documentation: expect.stringContaining(documentation) });
});

test.each([GENERAL_SCHEMA, COMPANY_SCHEMA])(
  "an editor with %s offers destructive keys last, and does not offer deprecated keys",
  async (schema) => {
    expect(await labelsAfter(schema, DALE)).toEqual([
      ...["account", "avatar", "custom_fields", "description", "id", "links", "lists", "name", "protect"],
      ...["ensure", "exact", "merge"],
    ]);
  },
);

test("an editor does not offer a destructive key that the entry already contains", async () => {
  const labels = await labelsAfter(GENERAL_SCHEMA, `${DALE}merge: true\n    `);
  expect(labels.slice(-3)).toEqual(["protect", "ensure", "exact"]);
});

test("an editor offers handles and other keys for a new contact", async () => {
  const labels = await labelsAfter(GENERAL_SCHEMA, NEW_CONTACT);
  expect(labels).toEqual(expect.arrayContaining(["handles", "name", "custom_fields"]));
});

test.each([
  ["an unknown account custom field", `${FBI}tier: gold\n`, /^6:7 Property tier is not allowed/],
  ["an invalid value of an account custom field", `${FBI}Tier: silver\n`, /^6:13 Value is not accepted/],
  ["a contact custom field in an account", `${FBI}Job Title: x\n`, /^6:7 Property Job Title is not allowed/],
  ["an unknown custom field in a table", `${CRM}Job title: Title\n`, /^9:9 Property Job title is not allowed/],
  [
    "an invalid value in the value map of a column",
    `${CRM}Clearance: { column: Level, values: { "3": secrt } }\n`,
    /^9:52 Value is not accepted/,
  ],
  [
    "an invalid enum value",
    `${FIELDS}Clearance: secrt\n`,
    /^7:18 Value is not accepted. Valid values: "public", "restricted", "secret"/,
  ],
  ["an unknown custom field", `${FIELDS}Job title: x\n`, /^7:7 Property Job title is not allowed/],
  ["a value of another type", `${FIELDS}On Duty: often\n`, /^7:16 Incorrect type/],
  [
    "an invalid date",
    `${FIELDS}Joined: yesterday\n`,
    /^7:15 Write a date such as 2024-02-29, or a date-time with a time zone, such as 2024-02-29T09:30:00Z\.$/,
  ],
  ["an inbox by its name", `${FIELDS}Inbox: Front desk\n`, /^7:14 Value is not accepted. Valid values: "inb_1a"/],
])("an editor marks %s", async (_, lines, mark) => {
  expect(await editor(COMPANY_SCHEMA, lines).diagnostics()).toEqual([expect.stringMatching(mark)]);
});

test.each([
  [
    "a valid value map of a column",
    `${CRM}Clearance: { column: Level, values: { "3": secret, "": null } }\n        Job Title: [Title, Role]\n`,
  ],
  [
    "a field of every type",
    `${DALE}custom_fields: { Job Title: Agent, Badge Number: 7, On Duty: true, Joined: 1989-02-24, Clearance: secret, Supervisor: lucy@sheriff.twinpeaks.example, Inbox: inb_1a }\n`,
  ],
  [
    "a cleared field of any type",
    `${DALE}custom_fields: { Job Title: null, Badge Number: null, On Duty: null, Clearance: null, Supervisor: null, Inbox: null, Joined: null }\n`,
  ],
  ["new lists, and lists by ID", `${DALE}lists: [Anything, { id: grp_1a }]\nlists: [Anything]\n`],
])("an editor accepts %s", async (_, lines) => {
  expect(await editor(COMPANY_SCHEMA, lines).diagnostics()).toEqual([]);
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
  ["exact", "undeclared values are removed"],
  ["avatar", "at most 25 MB"],
])("an editor shows documentation for %s", async (property, documentation) => {
  expect(await editor(GENERAL_SCHEMA, `${DALE}${property}: x\n`).hoverOver(property)).toContain(documentation);
});
