import { expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import type { Entry, EntryUpdate } from "../../src/importing/entry.ts";
import { updateFile } from "../../src/importing/update-file.ts";
import type { DesiredContact } from "../../src/model/contact.ts";
import { handle } from "../support/builders.ts";
import { memoryDisk } from "../support/memory-disk.ts";

const FILE = "contacts/a.yaml";

type Values = Omit<Partial<Entry>, "handles" | "lists"> & {
  readonly handles?: readonly string[];
  readonly lists?: readonly string[];
};

function updateTo(
  { handles = ["ada@x.example"], lists = [], ...values }: Values,
  updateOptions: Partial<EntryUpdate>,
): EntryUpdate {
  const entry: Entry = {
    links: [],
    customFields: [],
    handles: handles.map(handle),
    lists: lists.map((name) => ({ name })),
    ...values,
  };
  return { entry, complete: true, isAvatarUnchanged: true, ...updateOptions };
}

/** Updates the entry `ada` in the text of a file. */
async function update(text: string, values: Values, updateOptions: Partial<EntryUpdate> = {}) {
  const { desired, diagnostics } = await loadDesired("contacts", { disk: memoryDisk({ [FILE]: text }) });
  const ada = desired?.contacts.find(({ key }) => key === "ada");
  if (ada === undefined) throw new Error(JSON.stringify(diagnostics));
  const updates = new Map<DesiredContact, EntryUpdate>([[ada, updateTo(values, updateOptions)]]);
  return updateFile(FILE, text, updates, { section: "contacts" });
}

const LOCATION_AND_TITLE = [
  { name: "Location", type: "string", value: "Lodge" },
  { name: "Job Title", type: "string", value: "FBI" },
] as const;

const EMAIL = "handles: [{ source: email, handle: ada@x.example }]";

/** Returns a file with an entry that has these properties, followed by another entry. */
function entry(...properties: readonly string[]): string {
  const lines = properties.join("\n").split("\n");
  return [
    ...["# mine", "contacts:", "  ada: # the first", ...lines.map((line) => `    ${line}`)],
    ...["  bo: # next", `    ${EMAIL.replace("ada", "bo")}`, ""],
  ].join("\n");
}

/** Properties before and after an update. Each case is tested with the email address above and below the properties. */
const changes: readonly (readonly [name: string, before: string, values: Values, after: string])[] = [
  ["a name", "name: 'Ad'   # hers", { name: "Ada" }, "name: Ada   # hers"],
  ["a name that needs quotes", "name: Ad", { name: "yes" }, 'name: "yes"'],
  ["nothing if the value differs only in spaces", 'name: "Ada"', { name: "Ada " }, 'name: "Ada"'],
  [
    "nothing that the entry does not manage",
    "",
    { name: "Ada", description: "Counts.", links: ["https://a.example"] },
    "",
  ],
  ["a name that was removed in Front", "name: Ad # gone", {}, ""],
  [
    "a description in a block",
    "description: |\n  Old.\n  Text.",
    { description: "New.\nText." },
    "description: |-\n  New.\n  Text.",
  ],
  ["a description beside a comment", "description: Old. # yes", { description: "a\nb" }, 'description: "a\\nb" # yes'],
  [
    "a description whose last line ends with spaces",
    "description: |-\n  Old.\n  Text.\u00a0 ",
    { description: "New." },
    "description: New.",
  ],
  ["a name that ends with spaces other than U+0020", "name: Ad\u00a0\u3000", { name: "Ada" }, "name: Ada"],
  ["a description that was empty", "description:", { description: "New." }, "description: New."],
  ["a description that was removed in Front", "description: Old.", {}, 'description: ""'],
  [
    "links with comments",
    "links:\n  - https://a.example # one\n  - https://b.example # two",
    { links: ["https://b.example", "https://c.example"] },
    "links:\n  - https://b.example # two\n  - https://c.example",
  ],
  ["links that are all removed", "links:\n  - https://a.example", {}, "links: []"],
  ["an empty list of links", "links: []", { links: ["https://a.example"] }, "links: [https://a.example]"],
  ["lists under the deprecated key `groups`", "groups: [VIP]", { lists: ["VIP", "a, b"] }, 'groups: [VIP, "a, b"]'],
  [
    "managed fields only",
    "custom_fields:\n  Title: 'Old'  # why\n  Since: 2024-01-01T00:00:00Z\n  Gone: x\n  None: null",
    {
      customFields: [
        { name: "Title", type: "string", value: "New" },
        { name: "Since", type: "datetime", value: "2024-01-01" },
        { name: "Other", type: "string", value: "y" },
      ],
    },
    "custom_fields:\n  Title: New  # why\n  Since: 2024-01-01T00:00:00Z\n  Gone: null\n  None: null",
  ],
  [
    "all fields of an exact entry",
    "custom_fields: { Title: Old }\nexact: [custom_fields]",
    { customFields: [{ name: "a, b", type: "string", value: "[x]" }] },
    'custom_fields: { Title: null, "a, b": "[x]" }\nexact: [custom_fields]',
  ],
  [
    "a field without a colon in a flow map",
    "custom_fields: { Location, Job Title: FBI }",
    { customFields: LOCATION_AND_TITLE },
    "custom_fields: { Location: Lodge, Job Title: FBI }",
  ],
  [
    "a field after a question mark, without a colon",
    "custom_fields:\n  ? Location # where\n  Job Title: FBI",
    { customFields: LOCATION_AND_TITLE },
    "custom_fields:\n  ? Location # where\n  : Lodge\n  Job Title: FBI",
  ],
  [
    "an empty description beside a comment",
    "description: # none yet",
    { description: "a\nb" },
    'description: "a\\nb" # none yet',
  ],
  [
    "a block scalar whose header has a comment, to one line",
    "description: |+ # keep\n  Old.\n\n",
    { description: "New." },
    "description: New. # keep",
  ],
  [
    "a block scalar whose header has a comment, to a different block style",
    "description: > # keep\n  Old.",
    { description: "a\nb" },
    "description: |- # keep\n  a\n  b",
  ],
  [
    "links whose first item is removed, with a comment below it",
    "links:\n  - https://a.example\n  # below a\n  - https://b.example",
    { links: ["https://b.example"] },
    "links:\n  # below a\n  - https://b.example",
  ],
  [
    "links whose last item has comments below it",
    "links:\n  - https://a.example\n    # of a\n  # of none",
    { links: ["https://a.example", "https://b.example"] },
    "links:\n  - https://a.example\n    # of a\n  - https://b.example\n  # of none",
  ],
];

test.each(changes)(
  "an update changes %s, and preserves the comments of other values",
  async (_, before, values, after) => {
    const withEmail = (properties: string) => {
      const lines = properties === "" ? [] : [properties];
      return [entry(EMAIL, ...lines), entry(...lines, EMAIL)];
    };
    for (const [index, text] of withEmail(before).entries()) {
      expect(await update(text, values)).toMatchObject({ text: withEmail(after)[index], warnings: [] });
    }
  },
);

const handleChanges: readonly (readonly [name: string, before: string, values: Values, after: string])[] = [
  [
    "in a flow sequence",
    EMAIL,
    { handles: ["ada@x.example", "+44 20 7946 0001"] },
    'handles: [{ source: email, handle: ada@x.example }, { source: phone, handle: "+44 20 7946 0001" }]',
  ],
  [
    "in a block sequence",
    `handles:
  # work
  - { source: email, handle: ada@x.example } # first
  - source: phone
    handle: "+44 20 7946 0002"
name: Ada`,
    { name: "Ada", handles: ["ada@x.example", "twitter:ada"] },
    `handles:
  # work
  - { source: email, handle: ada@x.example } # first
  - { source: twitter, handle: ada }
name: Ada`,
  ],
  [
    "on several lines with comments between them",
    `handles:
  - source: email
    handle: ada@x.example
  - # first
    source: phone
    # why
    handle: "+44 20 7946 0002"
    # below`,
    {},
    `handles:
  - source: email
    handle: ada@x.example
    # why
    # below`,
  ],
];

test.each(handleChanges)("an update changes handles %s", async (_, before, values, after) => {
  expect(await update(entry(before), values)).toMatchObject({ text: entry(after), warnings: [] });
});

test("an update replaces an alias with the entry's own values", async () => {
  const anchored = "  zoe: { handles: [{ source: email, handle: z@x.example }], links: &links [https://a.example] }\n";
  const file = (links: string) => entry(EMAIL, links).replace("contacts:\n", `contacts:\n${anchored}`);
  const { text, warnings } = await update(file("links: *links"), { links: ["https://b.example"] });
  expect({ text, warnings }).toEqual({ text: file("links: [https://b.example]"), warnings: [] });
});

test("an update uses the line endings of the surrounding lines, even in a file with mixed line endings", async () => {
  const mixed = (text: string) => text.replaceAll("\n", "\r\n").replace("# mine\r\n", "# mine\n");
  const before = entry(EMAIL, "description: |-\n  Old.\nlinks:\n  - https://a.example");
  const after = entry(EMAIL, "description: |-\n  a\n  b\nlinks:\n  - https://a.example\n  - https://b.example");
  const values = { description: "a\nb", links: ["https://a.example", "https://b.example"] };
  expect((await update(mixed(before), values)).text).toBe(mixed(after));
});

test("an update that removes the last property adds lists without a blank line", async () => {
  const values = { lists: ["VIP"] };
  const { text } = await update(entry(EMAIL, "name: Ad"), values, { exactLists: new Set(values.lists) });
  expect(text).toBe(entry(EMAIL, "lists: [VIP]"));
});

test("an incomplete update adds and changes values and removes nothing", async () => {
  const before = entry(
    EMAIL,
    "name: Ad",
    "description: Old.",
    "links: [https://a.example]",
    "custom_fields: { A: x, B: y }",
  );
  const customFields = [{ name: "B", type: undefined, value: "z" }];
  const { text } = await update(before, { handles: ["ada@y.example"], name: "Ada", customFields }, { complete: false });
  expect(text).toBe(
    entry(
      "handles: [{ source: email, handle: ada@x.example }, { source: email, handle: ada@y.example }]",
      ...["name: Ada", "description: Old.", "links: [https://a.example]", "custom_fields: { A: x, B: z }"],
    ),
  );
});

test("properties with values that a file cannot contain are unchanged", async () => {
  const before = entry(EMAIL, "name: Ada", "description: Old.", "custom_fields: { A: x }", "exact: [custom_fields]");
  const omitted = new Set(["name", "description", "custom_fields.A"]);
  const { text } = await update(before, {}, { omitted });
  expect(text).toBe(before);
});

const BO = "  bo: { handles: [{ source: email, handle: b@x.example }], description: *n }\n";

test.each([
  [
    "a value that another entry shares",
    `contacts:\n  ada:\n    name: &n Ad\n    handles: [{ source: email, handle: ada@x.example }]\n${BO}`,
    /^ada: its name cannot be edited, because the value comes from a YAML anchor.*; edit it manually$/,
  ],
  [
    "a value from a merge key",
    "contacts:\n  bo: &b { name: Ad, handles: [{ source: email, handle: b@x.example }] }\n  ada: { <<: *b, handles: [{ source: email, handle: ada@x.example }] }\n",
    /^ada: its name cannot be edited, because the value comes from a YAML anchor, alias or merge/,
  ],
  [
    "a value that another entry takes from a YAML merge key",
    "contacts:\n  ada: &a { name: Ad, handles: [{ source: email, handle: ada@x.example }] }\n  bo: { <<: *a, handles: [{ source: email, handle: b@x.example }] }\n",
    /^ada: its name could not be edited safely in contacts\/a.yaml; edit it manually$/,
  ],
  [
    "links in a flow sequence with a comment between its lines",
    "contacts:\n  ada:\n    handles: [{ source: email, handle: ada@x.example }]\n    links: [\n      https://a.example, # one\n    ]\n",
    /^ada: its links cannot be changed without changing/,
  ],
])("an update leaves %s unchanged and returns a warning", async (_, before, warning) => {
  const { text, warnings, updated } = await update(before, { name: "Ada", links: [] });
  expect({ text, updated }).toEqual({ text: before, updated: [] });
  expect(warnings).toEqual([{ kind: "not-updated", text: expect.stringMatching(warning) }]);
});

test.each([
  ["an anchor that no alias refers to", "  ada: &a", "name: &n Ad", "  ada: &a", "name: &n Ada"],
  [
    "a comment beside an anchor",
    "  ada: &a # hers",
    "name: &n # first\n      Ad",
    "  ada: &a # hers",
    "name: &n # first\n      Ada",
  ],
])("%s does not prevent an update", async (_, key, name, keyAfter, nameAfter) => {
  const file = (head: string, line: string) => `contacts:\n${head}\n    ${EMAIL}\n    ${line}\n`;
  const { text, warnings } = await update(file(key, name), { name: "Ada" });
  expect({ text, warnings }).toEqual({ text: file(keyAfter, nameAfter), warnings: [] });
});

test("a value that another entry takes from a YAML merge key but overrides is changed", async () => {
  const file = (name: string) =>
    `contacts:\n  ada: &a { name: ${name}, handles: [{ source: email, handle: ada@x.example }] }\n  bo: { <<: *a, name: Bo, handles: [{ source: email, handle: b@x.example }] }\n`;
  const { text, warnings } = await update(file("Ad"), { name: "Ada" });
  expect({ text, warnings }).toEqual({ text: file("Ada"), warnings: [] });
});

test("the other properties of an entry with a shared value are changed", async () => {
  const file = (links: string) => `contacts:\n  ada:\n    name: &n Ad\n    ${EMAIL}\n    links: ${links}\n${BO}`;
  const { text, warnings, updated } = await update(file("[https://a.example]"), {
    links: ["https://b.example"],
    name: "Ada",
  });
  expect({ text, updated }).toEqual({ text: file("[https://b.example]"), updated: ["ada"] });
  expect(warnings).toEqual([
    {
      kind: "not-updated",
      text: expect.stringMatching(/^ada: its name cannot be edited, because the value comes from/),
    },
  ]);
});

test.each([
  ["links", "links: [https://a.example]", "links"],
  ["lists", "lists: [VIP]", "lists"],
  ["handles", "name: Old", "handles"],
  ["custom_fields", "custom_fields: { A: x }", "custom_fields.B"],
])(
  "exact %s are unchanged if Front has values that a file cannot contain, and other properties are changed",
  async (collection, line, omittedProperty) => {
    const fields = { customFields: [{ name: "A", type: undefined, value: "x" }] };
    const before = entry(EMAIL, "description: Old.", line, `exact: [${collection}]`);
    const values = { name: "Old", description: "New.", ...(collection === "custom_fields" ? fields : {}) };
    const { text, warnings } = await update(before, values, { omitted: new Set([omittedProperty]) });
    expect(text).toBe(before.replace("description: Old.", "description: New."));
    expect(warnings).toEqual([
      {
        kind: "not-updated",
        text: expect.stringContaining(`ada: its ${collection} are exact, and Front has values that cannot`),
      },
    ]);
  },
);
