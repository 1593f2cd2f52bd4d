import { expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import type { Entry } from "../../src/importing/entry-text.ts";
import type { EntryUpdate } from "../../src/importing/update-entry.ts";
import { updateFile } from "../../src/importing/update-files.ts";
import type { DesiredContact } from "../../src/model/contact.ts";
import { handle } from "../support/builders.ts";
import { memoryDisk } from "../support/memory-disk.ts";

const FILE = "contacts/a.yaml";

type Wishes = Omit<Partial<Entry>, "handles" | "lists"> & {
  readonly handles?: readonly string[];
  readonly lists?: readonly string[];
};

function revision(
  { handles = ["ada@x.example"], lists = [], ...wishes }: Wishes,
  more: Partial<EntryUpdate>,
): EntryUpdate {
  const entry: Entry = {
    ...{ links: [], customFields: [] },
    handles: handles.map(handle),
    lists: lists.map((name) => ({ name })),
    ...wishes,
  };
  return { entry, complete: true, samePicture: true, ...more };
}

/** Brings the contact `ada` of a file up to date. */
async function revise(text: string, wishes: Wishes, more: Partial<EntryUpdate> = {}) {
  const { desired, diagnostics } = await loadDesired("contacts", { disk: memoryDisk({ [FILE]: text }) });
  const ada = desired?.contacts.find(({ key }) => key === "ada");
  if (ada === undefined) throw new Error(JSON.stringify(diagnostics));
  return updateFile(FILE, text, new Map<DesiredContact, EntryUpdate>([[ada, revision(wishes, more)]]));
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

const cases: readonly (readonly [name: string, before: readonly string[], wishes: Wishes, after: readonly string[]])[] =
  [
    ["a name", [EMAIL, "name: 'Ad'   # hers"], { name: "Ada" }, [EMAIL, "name: Ada   # hers"]],
    ["a name that needs quotes", [EMAIL, "name: Ad"], { name: "yes" }, [EMAIL, 'name: "yes"']],
    ["nothing when only the form differs", [EMAIL, 'name: "Ada"'], { name: "Ada " }, [EMAIL, 'name: "Ada"']],
    [
      "nothing that the file does not manage",
      [EMAIL],
      { name: "Ada", description: "Counts.", links: ["https://a.example"] },
      [EMAIL],
    ],
    ["a name that Front has lost", ["name: Ad # gone", EMAIL], {}, [EMAIL]],
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
      "a description whose last line ends in blanks, all of it",
      ["description: |-", "  Old.", "  Text.\u00a0 ", EMAIL],
      { description: "New." },
      ["description: New.", EMAIL],
    ],
    [
      "a name that ends in what is no blank to YAML, all of it",
      ["name: Ad\u00a0\u3000", EMAIL],
      { name: "Ada" },
      ["name: Ada", EMAIL],
    ],
    ["a description that was empty", ["description:", EMAIL], { description: "New." }, ["description: New.", EMAIL]],
    ["a description that is gone", ["description: Old.", EMAIL], {}, ['description: ""', EMAIL]],
    [
      "handles in brackets",
      [EMAIL],
      { handles: ["ada@x.example", "+44 20 7946 0001"] },
      ['handles: [{ source: email, handle: ada@x.example }, { source: phone, handle: "+44 20 7946 0001" }]'],
    ],
    [
      "handles line by line",
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
      "every link, and the comments of those that stay",
      [EMAIL, "links:", "  - https://a.example # one", "  - https://b.example # two"],
      { links: ["https://b.example", "https://c.example"] },
      [EMAIL, "links:", "  - https://b.example # two", "  - https://c.example"],
    ],
    ["links of which none is left", [EMAIL, "links:", "  - https://a.example"], {}, [EMAIL, "links: []"]],
    [
      "links of which none was there",
      [EMAIL, "links: []"],
      { links: ["https://a.example"] },
      [EMAIL, "links: [https://a.example]"],
    ],
    [
      "lists under their old name",
      [EMAIL, "groups: [VIP]"],
      { lists: ["VIP", "a, b"] },
      [EMAIL, 'groups: [VIP, "a, b"]'],
    ],
    [
      "fields that are managed, and no others",
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
      "fields of an exact entry, all of them",
      [EMAIL, "custom_fields: { Title: Old }", "exact: [custom_fields]"],
      { customFields: [{ name: "a, b", type: "string", value: "[x]" }] },
      [EMAIL, 'custom_fields: { Title: null, "a, b": "[x]" }', "exact: [custom_fields]"],
    ],
    [
      "an alias, by what this one says from now on",
      [EMAIL, "links: *links"],
      { links: ["https://b.example"] },
      [EMAIL, "links: [https://b.example]"],
    ],
  ];

const ANCHORED = "  zoe: { handles: [{ source: email, handle: z@x.example }], links: &links [https://a.example] }\n";

test.each(cases)("changes %s", async (_, before, wishes, after) => {
  const anchored = (text: string) =>
    before.some((line) => line.includes("*links")) ? text.replace("contacts:\n", `contacts:\n${ANCHORED}`) : text;
  const { text, remarks } = await revise(anchored(entry(...before)), wishes);
  expect(text).toBe(anchored(entry(...after)));
  expect(remarks).toEqual([]);
});

test("line breaks are those of the lines around, also in a file that has both", async () => {
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
  const wishes = { description: "a\nb", links: ["https://a.example", "https://b.example"] };
  const { text } = await revise(before, wishes);
  const after = entry(...lines("  - https://b.example")).replace("      Old.", "      a\n      b");
  expect(text).toBe(after.replaceAll("\n", "\r\n").replace("# mine\r\n", "# mine\n"));
});

test("a source that is not complete adds and changes, and takes nothing away", async () => {
  const before = entry(
    EMAIL,
    "name: Ad",
    "description: Old.",
    "links: [https://a.example]",
    "custom_fields: { A: x, B: y }",
  );
  const customFields = [{ name: "B", type: undefined, value: "z" }];
  const { text } = await revise(before, { handles: ["ada@y.example"], name: "Ada", customFields }, { complete: false });
  expect(text).toBe(
    entry(
      "handles: [{ source: email, handle: ada@x.example }, { source: email, handle: ada@y.example }]",
      ...["name: Ada", "description: Old.", "links: [https://a.example]", "custom_fields: { A: x, B: z }"],
    ),
  );
});

test("what cannot be said stays as it is", async () => {
  const before = entry(EMAIL, "name: Ada", "description: Old.", "custom_fields: { A: x }", "exact: [custom_fields]");
  const unsayable = new Set(["name", "description", "custom_fields.A"]);
  const { text } = await revise(before, {}, { unsayable });
  expect(text).toBe(before);
});

const BO = "  bo: { handles: [{ source: email, handle: b@x.example }], description: *n }\n";

test.each([
  [
    "a value that others share",
    `contacts:\n  ada:\n    name: &n Ad\n    handles: [{ source: email, handle: ada@x.example }]\n${BO}`,
    /^ada: its name comes from a YAML anchor/,
  ],
  [
    "a value that is merged in",
    "contacts:\n  bo: &b { name: Ad, handles: [{ source: email, handle: b@x.example }] }\n  ada: { <<: *b, handles: [{ source: email, handle: ada@x.example }] }\n",
    /^ada: its name comes from a YAML anchor, alias or merge/,
  ],
  [
    "a value that another entry merges in",
    "contacts:\n  ada: &a { name: Ad, handles: [{ source: email, handle: ada@x.example }] }\n  bo: { <<: *a, handles: [{ source: email, handle: b@x.example }] }\n",
    /^ada: its name could not be edited safely in contacts\/a.yaml/,
  ],
  [
    "links in brackets with comments between them",
    "contacts:\n  ada:\n    handles: [{ source: email, handle: ada@x.example }]\n    links: [\n      https://a.example, # one\n    ]\n",
    /^ada: its links cannot be changed without touching/,
  ],
])("leaves %s alone, and names it", async (_, before, says) => {
  const { text, remarks, revised } = await revise(before, { name: "Ada", links: [] });
  expect({ text, revised }).toEqual({ text: before, revised: [] });
  expect(remarks).toEqual([{ kind: "not-updated", text: expect.stringMatching(says) }]);
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
])("%s keeps nothing from being changed", async (_, key, name, keyAfter, nameAfter) => {
  const file = (head: string, line: string) => `contacts:\n${head}\n    ${EMAIL}\n    ${line}\n`;
  const { text, remarks } = await revise(file(key, name), { name: "Ada" });
  expect({ text, remarks }).toEqual({ text: file(keyAfter, nameAfter), remarks: [] });
});

test("an entry that another one merges is changed where the other one has its own value", async () => {
  const file = (name: string) =>
    `contacts:\n  ada: &a { name: ${name}, handles: [{ source: email, handle: ada@x.example }] }\n  bo: { <<: *a, name: Bo, handles: [{ source: email, handle: b@x.example }] }\n`;
  const { text, remarks } = await revise(file("Ad"), { name: "Ada" });
  expect({ text, remarks }).toEqual({ text: file("Ada"), remarks: [] });
});

test("a property that is shared does not keep the others from being changed", async () => {
  const file = (links: string) => `contacts:\n  ada:\n    name: &n Ad\n    ${EMAIL}\n    links: ${links}\n${BO}`;
  const { text, remarks, revised } = await revise(file("[https://a.example]"), {
    links: ["https://b.example"],
    name: "Ada",
  });
  expect({ text, revised }).toEqual({ text: file("[https://b.example]"), revised: ["ada"] });
  expect(remarks).toEqual([{ kind: "not-updated", text: expect.stringMatching(/^ada: its name comes from/) }]);
});

/** Each of these once wrote into another key, or lost a comment. */
const TITLE = [
  { name: "Location", type: "string", value: "Lodge" },
  { name: "Job Title", type: "string", value: "FBI" },
] as const;

test.each<readonly [string, readonly string[], Wishes, readonly string[]]>([
  [
    "a field without a colon between braces",
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
    "a block whose header has a comment",
    ["description: |+ # keep", "  Old.", "", "", EMAIL],
    { description: "New." },
    ["description: New. # keep", EMAIL],
  ],
  [
    "a block by another block, below the comment of its header",
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
    "a handle of several lines with comments in it",
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
    "what is added below the comments of the last item",
    [EMAIL, "links:", "  - https://a.example", "    # of a", "  # of none"],
    { links: ["https://a.example", "https://b.example"] },
    [EMAIL, "links:", "  - https://a.example", "    # of a", "  - https://b.example", "  # of none"],
  ],
])("changes %s, and keeps every comment", async (_, before, wishes, after) => {
  const { text, remarks } = await revise(entry(...before), wishes);
  expect({ text, remarks }).toEqual({ text: entry(...after), remarks: [] });
});

test.each([
  ["links", "links: [https://a.example]", "links"],
  ["lists", "lists: [VIP]", "lists"],
  ["handles", "name: Old", "handles"],
  ["custom_fields", "custom_fields: { A: x }", "custom_fields.B"],
])(
  "leaves %s alone that are all there may be, when Front has some that cannot be written, and changes the rest",
  async (what, line, unsaid) => {
    const fields = { customFields: [{ name: "A", type: undefined, value: "x" }] };
    const before = entry(EMAIL, "description: Old.", line, `exact: [${what}]`);
    const wishes = { name: "Old", description: "New.", ...(what === "custom_fields" ? fields : {}) };
    const { text, remarks } = await revise(before, wishes, { unsayable: new Set([unsaid]) });
    expect(text).toBe(before.replace("description: Old.", "description: New."));
    expect(remarks).toEqual([
      {
        kind: "not-updated",
        text: expect.stringContaining(`ada: its ${what} are exact, and Front has some that cannot`),
      },
    ]);
  },
);
