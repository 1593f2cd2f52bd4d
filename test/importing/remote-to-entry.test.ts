import { expect, test } from "@jest/globals";
import { entryText } from "../../src/importing/entry-yaml.ts";
import { type ConversionContext, convertContact } from "../../src/importing/remote-to-entry.ts";
import type { RemoteContact } from "../../src/model/contact.ts";
import { fieldDefinitions, list, locationAt, remoteContact } from "../support/builders.ts";

const LISTS = [
  ...[list("VIP"), list("Same", "grp_1"), list("Same", "grp_2"), list("Two\nlines", "grp_3")],
  list("Two\nlines", "x }, evil: { y"),
];
/** 200 characters, each of which takes six when it is escaped. */
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
  declared: new Map(),
  absentLists: new Set(),
};

function entryYaml(contact: RemoteContact, context: ConversionContext = CONTEXT): string | undefined {
  const { entry } = convertContact(contact, context);
  return entry && entryText("ada", entry);
}

function warnings(contact: RemoteContact, context: ConversionContext = CONTEXT): string[] {
  return convertContact(contact, context).warnings.map(({ kind, text }) => `${kind}: ${text}`);
}

test("an entry contains every property with a value, in the order of the schema and with the types of configuration files", () => {
  const contact = remoteContact(["ada@x.example", "+442079460001"], {
    name: "Ada Lovelace",
    description: "Counts.\nWrites.",
    links: ["https://a.example"],
    lists: ["VIP", list("Same", "grp_2")],
    customFields: {
      ...{ Title: "yes", Since: 1704067200.75, Duty: false, Badge: 7, Owner: "t@x.example", Level: "high" },
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

test("an entry omits properties without a value", () => {
  const contact = remoteContact("ada@x.example", {
    name: "  ",
    description: "\n",
    customFields: { Title: "", Duty: null },
  });
  expect(entryYaml(contact)).toBe("  ada:\n    handles:\n      - { source: email, handle: ada@x.example }\n");
});

const ADA = "crd_ada";
const skipped: readonly (readonly [name: string, contact: RemoteContact, warning: string])[] = [
  [
    "a private contact",
    remoteContact("ada@x.example", { isPrivate: true }),
    `contact-skipped: ada@x.example, ${ADA} is a private contact of a teammate`,
  ],
  [
    "a handle with an unsupported source",
    remoteContact(["ada@x.example", "whatsapp:1"]),
    `handle-skipped: ada@x.example, ${ADA}: whatsapp "1" has a source that Front's API cannot write`,
  ],
  [
    "a malformed handle",
    remoteContact(["ada@x.example", "email:not one"]),
    `handle-skipped: ada@x.example, ${ADA}: email "not one" is not an email address`,
  ],
  [
    "a name with several lines",
    remoteContact("ada@x.example", { name: "A\nB" }),
    `value-skipped: A\nB, ${ADA}: the name contains a line break or a tab`,
  ],
  [
    "a description that is too long",
    remoteContact("ada@x.example", { description: "\u00fc".repeat(5001) }),
    `value-skipped: ada@x.example, ${ADA}: the description is longer than 10000 bytes`,
  ],
  [
    "an invalid link",
    remoteContact("ada@x.example", { links: ["nowhere"] }),
    `value-skipped: ada@x.example, ${ADA}: the link "nowhere" is not an http or https URL`,
  ],
  [
    "a private list",
    remoteContact("ada@x.example", { lists: [{ ...list("VIP"), isPrivate: true }] }),
    `value-skipped: ada@x.example, ${ADA}: the list "VIP" is private`,
  ],
  [
    "a list that does not belong to the company",
    remoteContact("ada@x.example", { lists: [list("Gone")] }),
    `value-skipped: ada@x.example, ${ADA}: the list "Gone" is not one of the company's lists`,
  ],
  [
    "a handle with an unpaired surrogate",
    {
      ...remoteContact("ada@x.example"),
      handles: [
        { source: "email", handle: "ada@x.example" },
        { source: "custom", handle: "a\ud800" },
      ],
    },
    `handle-skipped: ada@x.example, ${ADA}: custom "a\ud800" contains control characters or unpaired surrogates`,
  ],
  [
    "a field whose name is too long once it is escaped",
    remoteContact("ada@x.example", { customFields: { [LONG]: "x" } }),
    `value-skipped: ada@x.example, ${ADA}: the custom field "${LONG}" has a name that is too long for a YAML key`,
  ],
  [
    "a list whose name and id cannot be written",
    remoteContact("ada@x.example", { lists: [list("Two\nlines", "x }, evil: { y")] }),
    `value-skipped: ada@x.example, ${ADA}: the list "Two\nlines" has an id that cannot be written to a file (x }, evil: { y)`,
  ],
  [
    "a field that is not defined",
    remoteContact("ada@x.example", { customFields: { Shoe: 43 } }),
    `value-skipped: ada@x.example, ${ADA}: the custom field "Shoe" is not one of the company's custom fields`,
  ],
  [
    "a field with an unsupported type",
    remoteContact("ada@x.example", { customFields: { Friends: ["b@x.example"] } }),
    `value-skipped: ada@x.example, ${ADA}: the custom field "Friends" has the type teammate_list, which cannot be written`,
  ],
  [
    "a value that is no longer in its enum",
    remoteContact("ada@x.example", { customFields: { Level: "middle" } }),
    `value-skipped: ada@x.example, ${ADA}: the custom field "Level": "middle" is not one of its values`,
  ],
  [
    "a control character",
    remoteContact("ada@x.example", { customFields: { Title: "a\u001b[2J" } }),
    `value-skipped: ada@x.example, ${ADA}: the custom field "Title" contains control characters or unpaired surrogates`,
  ],
];

test.each(skipped)("%s is skipped with a warning", (_, contact, warning) => {
  expect(warnings(contact)).toEqual([warning]);
});

test("a contact without a handle that can be written is skipped", () => {
  const contact = remoteContact("whatsapp:1", { name: "Ada" });
  expect(entryYaml(contact)).toBeUndefined();
  expect(warnings(contact).at(-1)).toMatch(/^contact-skipped: Ada, crd_.* has no handle that can be written$/);
});

test("a value that does not match the declared field is skipped", () => {
  const declared = new Map([
    ["Level", { name: "Level", type: "enum" as const, values: ["low"], location: locationAt(1) }],
  ]);
  const contact = remoteContact("ada@x.example", { customFields: { Level: "high" } });
  expect(warnings(contact, { ...CONTEXT, declared })).toEqual([
    `value-skipped: ada@x.example, ${ADA}: the custom field "Level": "high" is not one of its values`,
  ]);
});

test("an entry refers to a list by its id if its name is ambiguous or cannot be written", () => {
  const contact = remoteContact("ada@x.example", { lists: [list("Two\nlines", "grp_3"), list("Same", "grp_1")] });
  expect(entryYaml(contact)).toContain("    lists:\n      - { id: grp_3 }\n      - { id: grp_1 }\n");
});

test("a handle is written once if Front has two spellings of it", () => {
  expect(entryYaml(remoteContact(["Ada@x.example", "ada@X.example"]))).toBe(
    "  ada:\n    handles:\n      - { source: email, handle: Ada@x.example }\n",
  );
});
