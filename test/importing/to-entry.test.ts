import { expect, test } from "@jest/globals";
import { entryText } from "../../src/importing/entry-text.ts";
import { type EntryContext, toEntry } from "../../src/importing/to-entry.ts";
import type { RemoteContact } from "../../src/model/contact.ts";
import { at, fieldDefinitions, list, remote } from "../support/builders.ts";

const LISTS = [
  ...[list("VIP"), list("Same", "grp_1"), list("Same", "grp_2"), list("Two\nlines", "grp_3")],
  list("Two\nlines", "x }, evil: { y"),
];
/** 200 characters, each of which takes six when it is escaped. */
const LONG = "\u202e".repeat(200);
const CONTEXT: EntryContext = {
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
};

function written(contact: RemoteContact, context: EntryContext = CONTEXT): string | undefined {
  const { entry } = toEntry(contact, context);
  return entry && entryText("ada", entry);
}

function remarks(contact: RemoteContact, context: EntryContext = CONTEXT): string[] {
  return toEntry(contact, context).remarks.map(({ kind, text }) => `${kind}: ${text}`);
}

test("says what has a value, in the order of the schema and in the types of the files", () => {
  const contact = remote(["ada@x.example", "+442079460001"], {
    name: "Ada Lovelace",
    description: "Counts.\nWrites.",
    links: ["https://a.example"],
    lists: ["VIP", list("Same", "grp_2")],
    customFields: {
      ...{ Title: "yes", Since: 1704067200.75, Duty: false, Badge: 7, Owner: "t@x.example", Level: "high" },
    },
  });
  expect(written(contact)).toBe(`  ada:
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
  expect(remarks(contact)).toEqual([]);
});

test("invents nothing", () => {
  const contact = remote("ada@x.example", { name: "  ", description: "\n", customFields: { Title: "", Duty: null } });
  expect(written(contact)).toBe("  ada:\n    handles:\n      - { source: email, handle: ada@x.example }\n");
});

const ADA = "crd_ada";
const leftOut: readonly (readonly [what: string, contact: RemoteContact, remark: string])[] = [
  [
    "a private contact",
    remote("ada@x.example", { isPrivate: true }),
    `contact-left-out: ada@x.example, ${ADA} is a teammate's private contact`,
  ],
  [
    "a handle of a kind that nobody may write",
    remote(["ada@x.example", "whatsapp:1"]),
    `handle-left-out: ada@x.example, ${ADA}: whatsapp 1 is of a kind that Front lets nobody write`,
  ],
  [
    "a malformed handle",
    remote(["ada@x.example", "email:not one"]),
    `handle-left-out: ada@x.example, ${ADA}: email not one is not an email address`,
  ],
  [
    "a name of several lines",
    remote("ada@x.example", { name: "A\nB" }),
    `value-left-out: A\nB, ${ADA}: the name is not on one line`,
  ],
  [
    "a text that is too long",
    remote("ada@x.example", { description: "\u00fc".repeat(5001) }),
    `value-left-out: ada@x.example, ${ADA}: the description is longer than 10000 bytes`,
  ],
  [
    "a link that is none",
    remote("ada@x.example", { links: ["nowhere"] }),
    `value-left-out: ada@x.example, ${ADA}: the link nowhere is not the address of a web page`,
  ],
  [
    "a private list",
    remote("ada@x.example", { lists: [{ ...list("VIP"), isPrivate: true }] }),
    `value-left-out: ada@x.example, ${ADA}: the list VIP is private`,
  ],
  [
    "a list that the company does not show",
    remote("ada@x.example", { lists: [list("Gone")] }),
    `value-left-out: ada@x.example, ${ADA}: the list Gone is not among the company's`,
  ],
  [
    "half of a character in a handle",
    {
      ...remote("ada@x.example"),
      handles: [
        { source: "email", handle: "ada@x.example" },
        { source: "custom", handle: "a\ud800" },
      ],
    },
    `handle-left-out: ada@x.example, ${ADA}: custom a\ud800 contains control characters or halves of characters`,
  ],
  [
    "a field whose name is too long once it is escaped",
    remote("ada@x.example", { customFields: { [LONG]: "x" } }),
    `value-left-out: ada@x.example, ${ADA}: the field ${LONG} has a name that is too long for a YAML key`,
  ],
  [
    "a list whose name and id cannot be written",
    remote("ada@x.example", { lists: [list("Two\nlines", "x }, evil: { y")] }),
    `value-left-out: ada@x.example, ${ADA}: the list Two\nlines has an id that cannot be written to a file (x }, evil: { y)`,
  ],
  [
    "a field that is not defined",
    remote("ada@x.example", { customFields: { Shoe: 43 } }),
    `value-left-out: ada@x.example, ${ADA}: the field Shoe is not among the company's`,
  ],
  [
    "a field of a kind that nobody may write",
    remote("ada@x.example", { customFields: { Friends: ["b@x.example"] } }),
    `value-left-out: ada@x.example, ${ADA}: the field Friends is a teammate_list field, which cannot be written`,
  ],
  [
    "a value that its enum no longer has",
    remote("ada@x.example", { customFields: { Level: "middle" } }),
    `value-left-out: ada@x.example, ${ADA}: the field Level "middle" is not one of its values`,
  ],
  [
    "a control character",
    remote("ada@x.example", { customFields: { Title: "a\u001b[2J" } }),
    `value-left-out: ada@x.example, ${ADA}: the field Title contains control characters or halves of characters`,
  ],
];

test.each(leftOut)("leaves out %s, and says so", (_, contact, remark) => {
  expect(remarks(contact)).toEqual([remark]);
});

test("a contact that nobody could find by a handle stays out as a whole", () => {
  const contact = remote("whatsapp:1", { name: "Ada" });
  expect(written(contact)).toBeUndefined();
  expect(remarks(contact).at(-1)).toMatch(/^contact-left-out: Ada, crd_.* has no handle that can be written$/);
});

test("a value that contradicts a declaration of the files stays out", () => {
  const declared = new Map([["Level", { name: "Level", type: "enum" as const, values: ["low"], location: at(1) }]]);
  const contact = remote("ada@x.example", { customFields: { Level: "high" } });
  expect(remarks(contact, { ...CONTEXT, declared })).toEqual([
    `value-left-out: ada@x.example, ${ADA}: the field Level "high" is not one of its values`,
  ]);
});

test("a list whose name no file can say is named by its id, and so is one that shares its name", () => {
  const contact = remote("ada@x.example", { lists: [list("Two\nlines", "grp_3"), list("Same", "grp_1")] });
  expect(written(contact)).toContain("    lists:\n      - { id: grp_3 }\n      - { id: grp_1 }\n");
});

test("two spellings of one handle are one", () => {
  expect(written(remote(["Ada@x.example", "ada@X.example"]))).toBe(
    "  ada:\n    handles:\n      - { source: email, handle: Ada@x.example }\n",
  );
});
