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
    ...{ links: [], customFields: [] },
    handles: handles.map(handle),
    lists: lists.map((name) => ({ name })),
    ...values,
  };
  return { entry, complete: true, isAvatarUnchanged: true, ...updateOptions };
}

/** Updates the contact `ada` of a file. */
async function update(text: string, values: Values, updateOptions: Partial<EntryUpdate> = {}) {
  const { desired, diagnostics } = await loadDesired("contacts", { disk: memoryDisk({ [FILE]: text }) });
  const ada = desired?.contacts.find(({ key }) => key === "ada");
  if (ada === undefined) throw new Error(JSON.stringify(diagnostics));
  return updateFile(FILE, text, new Map<DesiredContact, EntryUpdate>([[ada, updateTo(values, updateOptions)]]));
}

const EMAIL = "handles: [{ source: email, handle: ada@x.example }]";

function entry(...lines: string[]): string {
  return [
    "# mine",
    "contacts:",
    "  ada: # the first",
    ...lines.map((line) => `    ${line}`),
    "  bo: # next",
    `    ${EMAIL.replace("ada", "bo")}`,
    "",
  ].join("\n");
}

const cases: readonly (readonly [name: string, before: readonly string[], values: Values, after: readonly string[]])[] =
  [
    ["a name", [EMAIL, "name: 'Ad'   # hers"], { name: "Ada" }, [EMAIL, "name: Ada   # hers"]],
    ["a name that needs quotes", [EMAIL, "name: Ad"], { name: "yes" }, [EMAIL, 'name: "yes"']],
    ["nothing if only the formatting differs", [EMAIL, 'name: "Ada"'], { name: "Ada " }, [EMAIL, 'name: "Ada"']],
    [
      "nothing that the entry does not manage",
      [EMAIL],
      { name: "Ada", description: "Counts.", links: ["https://a.example"] },
      [EMAIL],
    ],
    ["a name that was removed in Front", ["name: Ad # gone", EMAIL], {}, [EMAIL]],
    [
      "a description in a block",
      ["description: |", "  Old.", "  Text.", EMAIL],
      { description: "New.\nText." },
      ["description: |-", "      New.", "      Text.", EMAIL].map((line) => line.replace(/^ {4}/, "")),
    ],
    [
      "a description beside a comment",
      ["description: Old. # yes", EMAIL],
      { description: "a\nb" },
      ['description: "a\\nb" # yes', EMAIL],
    ],
    [
      "a description whose last line ends with spaces",
      ["description: |-", "  Old.", "  Text.\u00a0 ", EMAIL],
      { description: "New." },
      ["description: New.", EMAIL],
    ],
    [
      "a name that ends with spaces other than U+0020",
      ["name: Ad\u00a0\u3000", EMAIL],
      { name: "Ada" },
      ["name: Ada", EMAIL],
    ],
    ["a description that was empty", ["description:", EMAIL], { description: "New." }, ["description: New.", EMAIL]],
    ["a description that was removed in Front", ["description: Old.", EMAIL], {}, ['description: ""', EMAIL]],
    [
      "handles in a flow sequence",
      [EMAIL],
      { handles: ["ada@x.example", "+44 20 7946 0001"] },
      ['handles: [{ source: email, handle: ada@x.example }, { source: phone, handle: "+44 20 7946 0001" }]'],
    ],
    [
      "handles in a block sequence",
      [
        "handles:",
        "  # work",
        "  - { source: email, handle: ada@x.example } # first",
        "  - source: phone",
        '    handle: "+44 20 7946 0002"',
        EMAIL.replace(/.*/, "name: Ada"),
      ],
      { name: "Ada", handles: ["ada@x.example", "twitter:ada"] },
      [
        "handles:",
        "  # work",
        "  - { source: email, handle: ada@x.example } # first",
        "  - { source: twitter, handle: ada }",
        "name: Ada",
      ],
    ],
    [
      "links, and preserves the comments of the remaining links",
      [EMAIL, "links:", "  - https://a.example # one", "  - https://b.example # two"],
      { links: ["https://b.example", "https://c.example"] },
      [EMAIL, "links:", "  - https://b.example # two", "  - https://c.example"],
    ],
    ["links that are all removed", [EMAIL, "links:", "  - https://a.example"], {}, [EMAIL, "links: []"]],
    [
      "an empty list of links",
      [EMAIL, "links: []"],
      { links: ["https://a.example"] },
      [EMAIL, "links: [https://a.example]"],
    ],
    [
      "lists under the deprecated key `groups`",
      [EMAIL, "groups: [VIP]"],
      { lists: ["VIP", "a, b"] },
      [EMAIL, 'groups: [VIP, "a, b"]'],
    ],
    [
      "managed fields only",
      [EMAIL, "custom_fields:", "  Title: 'Old'  # why", "  Since: 2024-01-01T00:00:00Z", "  Gone: x", "  None: null"],
      {
        customFields: [
          { name: "Title", type: "string", value: "New" },
          { name: "Since", type: "datetime", value: "2024-01-01" },
          { name: "Other", type: "string", value: "y" },
        ],
      },
      [EMAIL, "custom_fields:", "  Title: New  # why", "  Since: 2024-01-01T00:00:00Z", "  Gone: null", "  None: null"],
    ],
    [
      "all fields of an exact entry",
      [EMAIL, "custom_fields: { Title: Old }", "exact: [custom_fields]"],
      { customFields: [{ name: "a, b", type: "string", value: "[x]" }] },
      [EMAIL, 'custom_fields: { Title: null, "a, b": "[x]" }', "exact: [custom_fields]"],
    ],
    [
      "an alias to the entry's own value",
      [EMAIL, "links: *links"],
      { links: ["https://b.example"] },
      [EMAIL, "links: [https://b.example]"],
    ],
  ];

const ANCHORED = "  zoe: { handles: [{ source: email, handle: z@x.example }], links: &links [https://a.example] }\n";

test.each(cases)("an update changes %s", async (_, before, values, after) => {
  const anchored = (text: string) =>
    before.some((line) => line.includes("*links")) ? text.replace("contacts:\n", `contacts:\n${ANCHORED}`) : text;
  const { text, warnings } = await update(anchored(entry(...before)), values);
  expect(text).toBe(anchored(entry(...after)));
  expect(warnings).toEqual([]);
});

test("an update uses the line endings of the surrounding lines, even in a file with both", async () => {
  const lines = (...added: string[]) => [
    EMAIL,
    "description: |-",
    "  Old.",
    "links:",
    "  - https://a.example",
    ...added,
  ];
  const before = entry(...lines())
    .replaceAll("\n", "\r\n")
    .replace("# mine\r\n", "# mine\n");
  const values = { description: "a\nb", links: ["https://a.example", "https://b.example"] };
  const { text } = await update(before, values);
  const after = entry(...lines("  - https://b.example")).replace("      Old.", "      a\n      b");
  expect(text).toBe(after.replaceAll("\n", "\r\n").replace("# mine\r\n", "# mine\n"));
});

test("an incomplete source adds and changes values and removes nothing", async () => {
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
    "a value that other entries share",
    `contacts:\n  ada:\n    name: &n Ad\n    handles: [{ source: email, handle: ada@x.example }]\n${BO}`,
    /^ada: its name comes from a YAML anchor/,
  ],
  [
    "a value from a merge key",
    "contacts:\n  bo: &b { name: Ad, handles: [{ source: email, handle: b@x.example }] }\n  ada: { <<: *b, handles: [{ source: email, handle: ada@x.example }] }\n",
    /^ada: its name comes from a YAML anchor, alias or merge/,
  ],
  [
    "a value that another entry merges in",
    "contacts:\n  ada: &a { name: Ad, handles: [{ source: email, handle: ada@x.example }] }\n  bo: { <<: *a, handles: [{ source: email, handle: b@x.example }] }\n",
    /^ada: its name could not be edited safely in contacts\/a.yaml/,
  ],
  [
    "links in a flow sequence with comments between them",
    "contacts:\n  ada:\n    handles: [{ source: email, handle: ada@x.example }]\n    links: [\n      https://a.example, # one\n    ]\n",
    /^ada: its links cannot be changed without changing/,
  ],
])("an update leaves %s unchanged and warns", async (_, before, warning) => {
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
])("%s does not prevent a change", async (_, key, name, keyAfter, nameAfter) => {
  const file = (head: string, line: string) => `contacts:\n${head}\n    ${EMAIL}\n    ${line}\n`;
  const { text, warnings } = await update(file(key, name), { name: "Ada" });
  expect({ text, warnings }).toEqual({ text: file(keyAfter, nameAfter), warnings: [] });
});

test("a value that another entry merges in and overrides is changed", async () => {
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
  expect(warnings).toEqual([{ kind: "not-updated", text: expect.stringMatching(/^ada: its name comes from/) }]);
});

const TITLE = [
  { name: "Location", type: "string", value: "Lodge" },
  { name: "Job Title", type: "string", value: "FBI" },
] as const;

// These edits could easily change another key or lose a comment.
test.each<readonly [string, readonly string[], Values, readonly string[]]>([
  [
    "a field without a colon in a flow map",
    [EMAIL, "custom_fields: { Location, Job Title: FBI }"],
    { customFields: TITLE },
    [EMAIL, "custom_fields: { Location: Lodge, Job Title: FBI }"],
  ],
  [
    "a field after a question mark, without a colon",
    [EMAIL, "custom_fields:", "  ? Location # where", "  Job Title: FBI"],
    { customFields: TITLE },
    [EMAIL, "custom_fields:", "  ? Location # where", "  : Lodge", "  Job Title: FBI"],
  ],
  [
    "an empty description beside a comment",
    [EMAIL, "description: # none yet"],
    { description: "a\nb" },
    [EMAIL, 'description: "a\\nb" # none yet'],
  ],
  [
    "a block scalar whose header has a comment, to one line",
    ["description: |+ # keep", "  Old.", "", "", EMAIL],
    { description: "New." },
    ["description: New. # keep", EMAIL],
  ],
  [
    "a block scalar whose header has a comment, to a different block style",
    ["description: > # keep", "  Old.", EMAIL],
    { description: "a\nb" },
    ["description: |- # keep", "      a", "      b", EMAIL].map((line) => line.replace(/^ {4}/, "")),
  ],
  [
    "items with comments below them and between their lines",
    ["links:", "  - https://a.example", "  # below a", "  - https://b.example", EMAIL],
    { links: ["https://b.example"] },
    ["links:", "  # below a", "  - https://b.example", EMAIL],
  ],
  [
    "a handle on several lines with comments between them",
    [
      "handles:",
      "  - source: email",
      "    handle: ada@x.example",
      "  - # first",
      "    source: phone",
      "    # why",
      '    handle: "+44 20 7946 0002"',
      "    # below",
    ],
    {},
    ["handles:", "  - source: email", "    handle: ada@x.example", "    # why", "    # below"],
  ],
  [
    "items added below the comments of the last item",
    [EMAIL, "links:", "  - https://a.example", "    # of a", "  # of none"],
    { links: ["https://a.example", "https://b.example"] },
    [EMAIL, "links:", "  - https://a.example", "    # of a", "  - https://b.example", "  # of none"],
  ],
])("an update changes %s and preserves every comment", async (_, before, values, after) => {
  const { text, warnings } = await update(entry(...before), values);
  expect({ text, warnings }).toEqual({ text: entry(...after), warnings: [] });
});

test.each([
  ["links", "links: [https://a.example]", "links"],
  ["lists", "lists: [VIP]", "lists"],
  ["handles", "name: Old", "handles"],
  ["custom_fields", "custom_fields: { A: x }", "custom_fields.B"],
])(
  "exact %s are unchanged if Front has values that cannot be written, and other properties are changed",
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
