import { expect, test } from "@jest/globals";
import type { DesiredContact } from "../../src/contact.ts";
import { loadDesired } from "../../src/desired/desired.ts";
import type { Entry } from "../../src/importing/entry.ts";
import type { Revision } from "../../src/importing/revise.ts";
import { reviseFile } from "../../src/importing/revise-files.ts";
import { handle } from "../support/builders.ts";
import { memoryDisk } from "../support/memory-disk.ts";

const FILE = "contacts/a.yaml";

type Wishes = Omit<Partial<Entry>, "handles" | "lists"> & {
  readonly handles?: readonly string[];
  readonly lists?: readonly string[];
};

function revision({ handles = ["ada@x.example"], lists = [], ...wishes }: Wishes, more: Partial<Revision>): Revision {
  const entry: Entry = {
    ...{ links: [], customFields: [] },
    handles: handles.map(handle),
    lists: lists.map((name) => ({ name })),
    ...wishes,
  };
  return { entry, complete: true, samePicture: true, ...more };
}

/** Brings the contact `ada` of a file up to date. */
async function revise(text: string, wishes: Wishes, more: Partial<Revision> = {}) {
  const { desired, diagnostics } = await loadDesired("contacts", { disk: memoryDisk({ [FILE]: text }) });
  const ada = desired?.contacts.find(({ key }) => key === "ada");
  if (ada === undefined) throw new Error(JSON.stringify(diagnostics));
  return reviseFile(FILE, text, new Map<DesiredContact, Revision>([[ada, revision(wishes, more)]]));
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
      { handles: ["ada@x.example", "+44 1"] },
      ['handles: [{ source: email, handle: ada@x.example }, { source: phone, handle: "+44 1" }]'],
    ],
    [
      "handles line by line",
      [
        "handles:",
        "  # work",
        "  - { source: email, handle: ada@x.example } # first",
        "  - source: phone",
        '    handle: "+44 2"',
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

test("keeps the line ends of Windows around it", async () => {
  const { text } = await revise(entry(EMAIL, "name: Ad", "links:", "  - https://a.example").replaceAll("\n", "\r\n"), {
    name: "Ada",
    links: ["https://a.example", "https://b.example"],
  });
  expect(text.replaceAll("\r\n", "\n")).toBe(
    entry(EMAIL, "name: Ada", "links:", "  - https://a.example", "  - https://b.example"),
  );
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

test.each([
  [
    "a value that others share",
    "contacts:\n  ada:\n    name: &n Ad\n    handles: [{ source: email, handle: ada@x.example }]\n",
    /its name stands at an anchor/,
  ],
  [
    "an entry that others share",
    "contacts:\n  ada: &a\n    name: Ad\n    handles: [{ source: email, handle: ada@x.example }]\n",
    /it stands at an anchor/,
  ],
  [
    "a value that is merged in",
    "contacts:\n  bo: &b { name: Ad, handles: [{ source: email, handle: b@x.example }] }\n  ada: { <<: *b, handles: [{ source: email, handle: ada@x.example }] }\n",
    /its name stands at an anchor/,
  ],
  [
    "links in brackets with comments between them",
    "contacts:\n  ada:\n    handles: [{ source: email, handle: ada@x.example }]\n    links: [\n      https://a.example, # one\n    ]\n",
    /cannot be changed without touching/,
  ],
])("leaves %s alone, and says so", async (_, before, says) => {
  const { text, remarks, revised } = await revise(before, { name: "Ada", links: [] });
  expect({ text, revised }).toEqual({ text: before, revised: [] });
  expect(remarks).toEqual([{ kind: "not-updated", text: expect.stringMatching(says) }]);
});

test.each([
  ["links", "links: [https://a.example]", "links"],
  ["lists", "lists: [VIP]", "lists"],
  ["handles", "description: Old.", "handles"],
  ["custom_fields", "custom_fields: { A: x }", "custom_fields.B"],
])(
  "leaves an entry alone whose %s are all there may be, when Front has some that no file can say",
  async (what, line, unsaid) => {
    const before = entry(EMAIL, line, `exact: [${what}]`);
    const { text, remarks } = await revise(before, { name: "Ada" }, { unsayable: new Set([unsaid]) });
    expect(text).toBe(before);
    expect(remarks).toEqual([
      {
        kind: "not-updated",
        text: expect.stringContaining(`its ${what} are exact, and Front has some that no file can say`),
      },
    ]);
  },
);
