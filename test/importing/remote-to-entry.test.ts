import { expect, test } from "@jest/globals";
import { entryText } from "../../src/importing/entry-yaml.ts";
import { type ConversionContext, convertContact } from "../../src/importing/remote-to-entry.ts";
import type { RemoteContact } from "../../src/model/contact.ts";
import { fieldDefinitions, list, locationAt, remoteContact } from "../support/builders.ts";

const TWO_LINES = list("Two\nlines", "x }, evil: { y");
const LISTS = [...[list("VIP"), list("Same", "grp_1"), list("Same", "grp_2"), list("Two\nlines", "grp_3")], TWO_LINES];
/** 200 characters, each of which is six characters long when it is escaped. */
const LONG = "\u202e".repeat(200);
const CONTEXT: ConversionContext = {
  fields: fieldDefinitions({
    Title: "string",
    Since: "datetime",
    Duty: "boolean",
    Badge: "number",
    Owner: "teammate",
    Level: { type: "enum", values: ["low", "high"] },
    Friends: "teammate_list",
    [LONG]: "string",
  }),
  lists: LISTS,
  declaredFields: new Map(),
  absentLists: new Set(),
};

function entryYaml(contact: RemoteContact, context: ConversionContext = CONTEXT): string | undefined {
  const { entry } = convertContact(contact, context);
  return entry && entryText("ada", entry);
}

function warnings(contact: RemoteContact, context: ConversionContext = CONTEXT): string[] {
  return convertContact(contact, context).warnings.map(({ kind, text }) => `${kind}: ${text}`);
}

test("an entry contains the values of a contact, in the order of the schema and with the types of configuration files", () => {
  const contact = remoteContact(["ada@x.example", "+442079460001"], {
    name: "Ada Lovelace",
    description: "Counts.\nWrites.",
    links: ["https://a.example"],
    lists: ["VIP", list("Same", "grp_2")],
    customFields: {
      Title: "yes",
      Since: 1704067200.75,
      Duty: false,
      Badge: 7,
      Owner: "t@x.example",
      Level: "high",
    },
  });
  expect(entryYaml(contact)).toBe(`  ada:
    name: Ada Lovelace
    description: |-
      Counts.
      Writes.
    handles:
      - { source: email, handle: ada@x.example }
      - { source: phone, handle: "+442079460001" }
    links: [https://a.example]
    lists:
      - VIP
      - { id: grp_2 }
    custom_fields:
      Title: "yes"
      Since: 2024-01-01
      Duty: false
      Badge: 7
      Owner: t@x.example
      Level: high
`);
  expect(warnings(contact)).toEqual([]);
});

test("an entry contains text with tabs", () => {
  const contact = remoteContact("ada@x.example", { description: "Desk\t4", customFields: { Title: "a\tb" } });
  expect(entryYaml(contact)).toContain(String.raw`description: "Desk\t4"`);
  expect(entryYaml(contact)).toContain(String.raw`Title: "a\tb"`);
  expect(warnings(contact)).toEqual([]);
});

const ENTRY_WITH_EMAIL = "  ada:\n    handles:\n      - { source: email, handle: ada@x.example }\n";

test("an entry omits properties without a value", () => {
  const contact = remoteContact("ada@x.example", {
    name: "  ",
    description: "\n",
    customFields: { Title: "", Duty: null },
  });
  expect(entryYaml(contact)).toBe(ENTRY_WITH_EMAIL);
});

const skippedValues: readonly (readonly [
  name: string,
  values: Parameters<typeof remoteContact>[1],
  warning: string,
])[] = [
  [
    "a description that is too long",
    { description: "\u00fc".repeat(5001) },
    "the description is longer than 10,000 bytes",
  ],
  ["an invalid link", { links: ["nowhere"] }, 'the link "nowhere" is not an http or https URL'],
  ["a private list", { lists: [{ ...list("VIP"), isPrivate: true }] }, 'the list "VIP" is private'],
  [
    "a list that does not belong to the company",
    { lists: [list("Gone")] },
    `the list "Gone" is not one of the company's lists`,
  ],
  [
    "a list whose name and ID cannot be written to a file",
    { lists: [TWO_LINES] },
    'the list "Two\nlines" has an ID that cannot be written to a file (x }, evil: { y)',
  ],
  [
    "a field whose name is too long once it is escaped",
    { customFields: { [LONG]: "x" } },
    `the custom field "${LONG}" has a name that is too long for a YAML key`,
  ],
  [
    "a field that is not defined",
    { customFields: { Shoe: 43 } },
    `the custom field "Shoe" is not one of the company's custom fields`,
  ],
  [
    "a field with an unsupported type",
    { customFields: { Friends: ["b@x.example"] } },
    'the custom field "Friends" has the type teammate_list, which cannot be written to a file',
  ],
  [
    "a value that is no longer in its enum",
    { customFields: { Level: "middle" } },
    'the custom field "Level": "middle" is not one of its values',
  ],
  [
    "a value with a control character",
    { customFields: { Title: "a\u001b[2J" } },
    'the custom field "Title" contains control characters or unpaired surrogates',
  ],
];

test.each(skippedValues)("%s is skipped with a warning", (_, values, warning) => {
  const contact = remoteContact("ada@x.example", values);
  expect(entryYaml(contact)).toBe(ENTRY_WITH_EMAIL);
  expect(warnings(contact)).toEqual([`value-skipped: ada@x.example, crd_ada: ${warning}`]);
});

test("a name with several lines is skipped with a warning", () => {
  const contact = remoteContact("ada@x.example", { name: "A\nB" });
  expect(entryYaml(contact)).toBe(ENTRY_WITH_EMAIL);
  expect(warnings(contact)).toEqual(["value-skipped: A\nB, crd_ada: the name contains a line break or a tab"]);
});

test.each([
  ["with an unsupported source", "whatsapp", "1", "has a source that Front's API cannot write"],
  ["that is malformed", "email", "not one", "is not an email address"],
  ["with an unpaired surrogate", "custom", "a\ud800", "contains control characters or unpaired surrogates"],
])("a handle %s is skipped with a warning", (_, source, handle, reason) => {
  const ada = remoteContact("ada@x.example");
  const contact = { ...ada, handles: [...ada.handles, { source, handle }] };
  expect(entryYaml(contact)).toBe(ENTRY_WITH_EMAIL);
  expect(warnings(contact)).toEqual([`handle-skipped: ada@x.example, crd_ada: ${source} "${handle}" ${reason}`]);
});

test("a private contact is skipped with a warning", () => {
  const contact = remoteContact("ada@x.example", { isPrivate: true });
  expect(entryYaml(contact)).toBeUndefined();
  expect(warnings(contact)).toEqual(["contact-skipped: ada@x.example, crd_ada is a private contact of a teammate"]);
});

test("a contact without a handle that can be written to a file is skipped with a warning", () => {
  const contact = remoteContact("whatsapp:1", { name: "Ada" });
  expect(entryYaml(contact)).toBeUndefined();
  expect(warnings(contact).at(-1)).toMatch(
    /^contact-skipped: Ada, crd_.* has no handle that can be written to a file$/,
  );
});

test("a value that does not match the declared field is skipped with a warning", () => {
  const declared = new Map([
    ["Level", { name: "Level", type: "enum" as const, values: ["low"], location: locationAt(1) }],
  ]);
  const contact = remoteContact("ada@x.example", { customFields: { Level: "high" } });
  expect(entryYaml(contact, { ...CONTEXT, declaredFields: declared })).toBe(ENTRY_WITH_EMAIL);
  expect(warnings(contact, { ...CONTEXT, declaredFields: declared })).toEqual([
    `value-skipped: ada@x.example, crd_ada: the custom field "Level": "high" is not one of its values`,
  ]);
});

test("an entry refers to a list by its ID if its name is ambiguous or cannot be written to a file", () => {
  const contact = remoteContact("ada@x.example", { lists: [list("Two\nlines", "grp_3"), list("Same", "grp_1")] });
  expect(entryYaml(contact)).toContain("    lists:\n      - { id: grp_3 }\n      - { id: grp_1 }\n");
});

test("a handle is written once if Front has two spellings of it", () => {
  expect(entryYaml(remoteContact(["Ada@x.example", "ada@X.example"]))).toBe(
    "  ada:\n    handles:\n      - { source: email, handle: Ada@x.example }\n",
  );
});
