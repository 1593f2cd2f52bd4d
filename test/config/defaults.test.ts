import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import { createDesiredState } from "../../src/config/create-desired-state.ts";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import type { DesiredContact } from "../../src/model/contact.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { formatYaml } from "../../src/yaml/format.ts";
import { runs } from "../scale.ts";
import { forAllAsync } from "../support/for-all.ts";
import { type Files, memoryDisk, PICTURES } from "../support/memory-disk.ts";

async function load(files: Files) {
  return await loadDesired("contacts", { disk: memoryDisk(files) });
}

/** Returns a file with one entry whose handle equals its key. `properties` are other properties as YAML. */
function entry(key: string, properties = ""): string {
  return `contacts: { ${key}: { handles: [{ source: custom, handle: ${key} }]${properties && `, ${properties}`} } }\n`;
}

function withoutLocations(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, part) => (/location$/i.test(key) ? undefined : part)));
}

/** Returns the only contact, without locations and without properties that a default cannot set. */
async function contactOf(files: Files): Promise<Record<string, unknown>> {
  const { desired, diagnostics } = await load(files);
  expect(diagnostics.filter(({ code }) => code !== "groups-deprecated")).toEqual([]);
  expect(desired?.contacts).toHaveLength(1);
  const contact = Object.entries(withoutLocations(desired?.contacts[0]) as object);
  return Object.fromEntries(
    contact.filter(([property]) => !["key", "handles", "ensure", "merge", "inherited"].includes(property)),
  );
}

const PICTURE_FILES = { "contacts/a/own.png": PICTURES.png, "contacts/shared.png": PICTURES.png };

describe("defaults and the values of an entry are combined", () => {
  test.each([
    ["description: Customer", "", { description: "Customer" }],
    ["description: Customer", 'description: ""', { description: "" }],
    ["description: null", "", { description: "" }],
    ["links: [https://a.example]", "", { links: ["https://a.example"] }],
    ["links: [https://a.example]", "links: [https://b.example]", { links: ["https://b.example", "https://a.example"] }],
    ["links: [https://a.example]", "links: [https://a.example]", { links: ["https://a.example"] }],
    [
      "lists: [VIP, { id: grp_1 }]",
      "lists: [Agents]",
      { lists: [{ name: "Agents" }, { name: "VIP" }, { id: "grp_1" }] },
    ],
    ["lists: [VIP]", "groups: [VIP]", { lists: [{ name: "VIP" }] }],
    [
      "custom_fields: { A: 1, B: x }",
      "custom_fields: { B: y, C: true }",
      {
        customFields: [
          { name: "B", value: "y" },
          { name: "C", value: true },
          { name: "A", value: 1 },
        ],
      },
    ],
    ["custom_fields: { A: 1 }", "custom_fields: { A: null }", { customFields: [{ name: "A", value: null }] }],
    ["custom_fields: { A: null }", "", { customFields: [{ name: "A", value: null }] }],
    ["account: { domain: a.example }", "", { account: { domain: "a.example" } }],
    ["account: { domain: a.example }", "account: { id: acc_1 }", { account: { id: "acc_1" } }],
    ["avatar: shared.png", "", { avatar: { path: "contacts/shared.png" } }],
    ["avatar: shared.png", "avatar: own.png", { avatar: { path: "contacts/a/own.png" } }],
    ["protect: true", "", { protect: {} }],
    ["protect: true", "protect: false", {}],
    ["exact: [lists, handles]", "lists: []", { lists: [], exact: ["lists", "handles"] }],
    ["exact: [lists, handles]", "", { exact: ["handles"] }],
    ["exact: [lists]", "lists: [], exact: []", { lists: [] }],
    ["lists: [VIP]", "exact: [lists]", { lists: [{ name: "VIP" }], exact: ["lists"] }],
    ["{ links: [], exact: [links] }", "", { links: [], exact: ["links"] }],
    ["{}", "links: []", { links: [] }],
  ])("defaults { %s } and entry { %s }", async (defaults, own, expected) => {
    const text = defaults.startsWith("{") ? defaults : `{ ${defaults} }`;
    const files = {
      "contacts/defaults.yaml": `defaults: ${text}\n`,
      "contacts/a/b.yaml": entry("ada", own),
      ...PICTURE_FILES,
    };
    const contact = await contactOf(files);
    expect(contact).toMatchObject({ exact: [], ...expected });
    expect(new Set(Object.keys(contact))).toEqual(new Set(["exact", ...Object.keys(expected)]));
  });
});

test.each([
  "exact: [handles]",
  "avatar: shared.png",
  "account: { id: acc_1 }",
  "description: x",
  "protect: true",
  "links: [https://a.example]",
  "lists: [VIP]",
  "custom_fields: { A: 1 }",
])("a tombstone does not inherit %s", async (property) => {
  const contact = await contactOf({
    "contacts/defaults.yaml": `defaults: { ${property} }\n`,
    "contacts/a.yaml": entry("laura", "ensure: absent"),
    ...PICTURE_FILES,
  });
  expect(contact).toEqual({ exact: [] });
});

test("defaults apply to their directory and its subdirectories, and defaults of a subdirectory take precedence", async () => {
  const { desired } = await load({
    "contacts/defaults.yaml":
      "defaults: { description: outer, lists: [Outer], custom_fields: { A: outer, B: outer } }\n",
    "contacts/team/defaults.yml": "defaults: { description: inner, lists: [Inner], custom_fields: { A: inner } }\n",
    "contacts/a.yaml": entry("a"),
    "contacts/team/b.yaml": entry("b"),
    "contacts/team/deep/er/c.yaml": entry("c"),
    "contacts/team-2/d.yaml": entry("d"),
  });
  const summaries = (desired?.contacts ?? []).map(({ key, description, lists = [], customFields = [] }) => [
    key,
    description,
    lists.map((list) => ("name" in list ? list.name : list.id)).join(),
    customFields.map(({ name, value }) => `${name} ${value}`).join(),
  ]);
  const outer = ["outer", "Outer", "A outer,B outer"];
  const inner = ["inner", "Inner,Outer", "A inner,B outer"];
  expect(summaries).toEqual([
    ["a", ...outer],
    ["d", ...outer],
    ["b", ...inner],
    ["c", ...inner],
  ]);
});

test("rows inherit the defaults of the directory that contains the table declaration, even for empty cells", async () => {
  const { desired, diagnostics } = await load({
    "contacts/defaults.yaml": "defaults: { lists: [Customers], description: none, custom_fields: { Tier: free } }\n",
    "contacts/crm/defaults.yaml": "defaults: { lists: [Never] }\n",
    "contacts/tables.yaml": `tables:
  t: { file: crm/t.csv, key: ID, columns: { email: Email, lists: Group, description: Note, custom_fields: { Tier: Tier } } }
`,
    "contacts/crm/t.csv": "ID,Email,Group,Note,Tier\n1,a@x.example,VIP,hello,pro\n2,b@x.example,,,\n",
  });
  expect(diagnostics).toEqual([]);
  expect(withoutLocations(desired?.contacts)).toMatchObject([
    { lists: [{ name: "VIP" }, { name: "Customers" }], description: "hello", customFields: [{ value: "pro" }] },
    { lists: [{ name: "Customers" }], description: "none", customFields: [{ value: "free" }] },
  ]);
});

test("a default satisfies settings.require, unless the entry clears the value", async () => {
  const files = {
    "contacts/defaults.yaml":
      "defaults: { custom_fields: { Owner: ann } }\nsettings: { require: [custom_fields.Owner] }\n",
    "contacts/tables.yaml": "tables: { t: { file: t.csv, key: ID, columns: { email: Email } } }\n",
    "contacts/t.csv": "ID,Email\n1,a@x.example\n",
    "contacts/a.yaml": entry("ada"),
  };
  expect((await load(files)).diagnostics).toEqual([]);
  const cleared = { ...files, "contacts/a.yaml": entry("ada", "custom_fields: { Owner: null }") };
  expect((await load(cleared)).diagnostics.map(({ code }) => code)).toEqual(["value-required"]);
});

function describeProblem({ location, code }: Diagnostic): string {
  return `${location?.file}:${location?.line}:${location?.column} ${code}`;
}

describe("loadDesired reports", () => {
  const entries = entry("ada");
  test.each([
    ["defaults: [a]\n", "defaults.yaml:1:11 wrong-type"],
    ["defaults: { handles: [{ source: custom, handle: x }] }\n", "defaults.yaml:1:13 unknown-property"],
    ["defaults: { name: Ada }\n", "defaults.yaml:1:13 unknown-property"],
    ["defaults: { ensure: absent }\n", "defaults.yaml:1:13 unknown-property"],
    ["defaults: { links: [nowhere] }\n", "defaults.yaml:1:21 link-malformed"],
    ["defaults: { links: [https://a.example, https://a.example] }\n", "defaults.yaml:1:40 link-twice"],
    ["defaults: { lists: [VIP, VIP] }\n", "defaults.yaml:1:26 list-twice"],
    [
      "defaults: { custom_fields: { B: 1 } }\ncustom_fields: { A: { type: string } }\n",
      "defaults.yaml:1:30 field-not-declared",
    ],
    [
      "defaults: { custom_fields: { A: x } }\ncustom_fields: { A: { type: number } }\n",
      "defaults.yaml:1:33 field-type",
    ],
    ["defaults: { custom_fields: { A: 0123 } }\n", "defaults.yaml:1:33 field-number"],
    ["defaults: { description: '\u0024{TEAM}' }\n", "defaults.yaml:1:26 placeholder"],
    ["defaults: { avatar: no.png }\n", "defaults.yaml:1:21 avatar-missing"],
    ["defaults: { lists: [A] }\n---\ndefaults: { lists: [B] }\n", "defaults.yaml:3:1 defaults-twice"],
  ])("the problem in %j as %s", async (text, expected) => {
    for (const otherFiles of [{}, { "contacts/b.yaml": entry("bob"), "contacts/c/c.yaml": entry("cyd") }]) {
      const { diagnostics } = await load({ "contacts/defaults.yaml": text, "contacts/a.yaml": entries, ...otherFiles });
      expect(diagnostics.map(describeProblem)).toEqual([`contacts/${expected}`]);
    }
    const { diagnostics } = await load({ "contacts/defaults.yaml": text, "contacts/x.yaml": "lists: []\n" });
    expect(diagnostics.map(describeProblem)).toContain(`contacts/${expected}`);
  });

  test.each(["contacts/team/people.yaml", "contacts/team/my-defaults.yaml", "contacts/team/Defaults.yaml"])(
    "defaults in %s, which is not a defaults file",
    async (path) => {
      const { diagnostics } = await load({
        [path]: `lists: []\ndefaults: { lists: [A] }\n`,
        "contacts/a.yaml": entries,
      });
      expect(diagnostics.map(describeProblem)).toEqual([`${path}:2:1 defaults-misplaced`]);
      expect(diagnostics[0]?.advice).toContain("contacts/team/defaults.yaml");
    },
  );

  test("a second defaults file in a directory", async () => {
    const text = "defaults: { lists: [A] }\n";
    const { diagnostics } = await load({
      "contacts/defaults.yaml": text,
      "contacts/defaults.yml": text,
      "contacts/deeper/defaults.yml": text,
      "contacts/a.yaml": entries,
    });
    expect(diagnostics.map(describeProblem)).toEqual(["contacts/defaults.yml:1:1 defaults-twice"]);
    expect(diagnostics[0]?.related).toMatchObject([{ location: { file: "contacts/defaults.yaml", line: 1 } }]);
  });

  test("an entry that exceeds a limit only with its defaults", async () => {
    const lists = (from: number, to: number) =>
      `[${Array.from({ length: to - from }, (_, index) => `L${from + index}`).join(", ")}]`;
    const { diagnostics } = await load({
      "contacts/defaults.yaml": `defaults: { lists: ${lists(0, 30)} }\n`,
      "contacts/a.yaml": entry("ada", `lists: ${lists(30, 51)}`),
      "contacts/b.yaml": entry("bob", `lists: ${lists(10, 50)}`),
    });
    expect(diagnostics.map(describeProblem)).toEqual(["contacts/a.yaml:1:13 defaults-too-many"]);
  });
});

test("inherited values have the location of the default", async () => {
  const { desired } = await load({
    "contacts/defaults.yaml": "defaults:\n  description: d\n  exact: [lists]\n  protect: true\n",
    "contacts/a/defaults.yaml": "defaults:\n  lists:\n    - A\n    - B\n  links: [https://a.example ]\n",
    "contacts/a/a.yaml": entry("ada", "lists: [A], links: []"),
  });
  expect(
    desired?.contacts[0]?.inherited?.map(({ attribute, key, location }) => [
      attribute,
      key,
      `${location.file}:${location.line}:${location.column}`,
    ]),
  ).toEqual([
    ["description", undefined, "contacts/defaults.yaml:2:16"],
    ["links", "https://a.example", "contacts/a/defaults.yaml:5:11"],
    ["lists", "B", "contacts/a/defaults.yaml:4:7"],
    ["protect", undefined, "contacts/defaults.yaml:4:3"],
    ["exact", "lists", "contacts/defaults.yaml:3:11"],
  ]);
});

test("the defaults of a subdirectory inherit exact: [links] even if no defaults set links", async () => {
  const { defaults } = await load({
    "contacts/defaults.yaml": "defaults: { exact: [links] }\n",
    "contacts/a/defaults.yaml": "defaults: { description: d }\n",
  });
  expect(defaults?.get("contacts/a")).toMatchObject({ description: "d", exact: ["links"] });
});

test("a configuration object can have defaults", async () => {
  const contacts = { ada: { handles: [{ source: "custom", handle: "ada" }] } };
  const { desired, diagnostics } = await createDesiredState({ contacts, defaults: { lists: ["VIP"] } });
  expect(diagnostics).toEqual([]);
  expect(desired?.contacts).toMatchObject([{ lists: [{ name: "VIP", location: { file: "defaults.yaml" } }] }]);
});

type Values = {
  readonly description?: string | null;
  readonly links?: readonly string[];
  readonly lists?: readonly string[];
  readonly custom_fields?: Readonly<Record<string, string | null>>;
  readonly account?: { readonly domain: string };
  readonly protect?: boolean;
  readonly exact?: readonly string[];
};

const upToThree = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), { maxLength: 3 });
const someValues: fc.Arbitrary<Values> = fc.record(
  {
    description: fc.constantFrom("a", "b", "", null),
    links: upToThree("https://a.example", "https://b.example", "https://c.example"),
    lists: upToThree("A", "B", "C", "D"),
    custom_fields: fc.dictionary(fc.constantFrom("F", "G", "H"), fc.constantFrom("x", "y", null), { maxKeys: 3 }),
    account: fc.constantFrom({ domain: "a.example" }, { domain: "b.example" }),
    protect: fc.boolean(),
    exact: upToThree("handles", "links", "lists", "custom_fields"),
  },
  { requiredKeys: [] },
);
const DIRECTORIES = ["contacts", "contacts/a", "contacts/a/b", "contacts/c"] as const;
const trees = fc.record({
  defaults: fc.dictionary(
    fc.constantFrom(...DIRECTORIES),
    someValues.filter((directoryDefaults) => Object.keys(directoryDefaults).length > 0),
  ),
  entries: fc.array(fc.tuple(fc.constantFrom(...DIRECTORIES), someValues, fc.boolean()), {
    minLength: 1,
    maxLength: 4,
  }),
});

/** Returns the values of an entry with defaults, computed independently of the tested code. */
function mergeValues(own: Values, outer: Values): Values {
  const united = (a: readonly string[] = [], b: readonly string[] = []) => [...new Set([...a, ...b])];
  return {
    ...outer,
    ...own,
    ...(own.links || outer.links ? { links: united(own.links, outer.links) } : {}),
    ...(own.lists || outer.lists ? { lists: united(own.lists, outer.lists) } : {}),
    ...(own.custom_fields || outer.custom_fields
      ? { custom_fields: { ...own.custom_fields, ...withoutKeys(outer.custom_fields, own.custom_fields) } }
      : {}),
  };
}

function withoutKeys(fields: Values["custom_fields"] = {}, others: Values["custom_fields"] = {}) {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !(key in others)));
}

/** Returns values whose `exact` contains only `handles` and collections that are set. */
function withValidExact({ exact = [], ...others }: Values): Values {
  return { ...others, exact: exact.filter((collection) => collection === "handles" || collection in others) };
}

test("entries that inherit defaults equal entries that contain the same values, even after formatting", () =>
  forAllAsync([trees], { numRuns: runs(300) }, async ({ defaults, entries }) => {
    const inheriting: Record<string, string> = {};
    const explicit: Record<string, string> = {};
    for (const [directory, directoryDefaults] of Object.entries(defaults)) {
      inheriting[`${directory}/defaults.yaml`] = stringify({ defaults: directoryDefaults });
    }
    for (const [index, [directory, own, isTombstone]] of entries.entries()) {
      const handles = [{ source: "custom", handle: `c${index}` }];
      const path = `${directory}/c${index}.yaml`;
      const isIn = (other: string) => directory === other || directory.startsWith(`${other}/`);
      const inherited = DIRECTORIES.toReversed()
        .filter(isIn)
        .reduce<Values>((values, outer) => mergeValues(values, defaults[outer] ?? {}), {});
      const entryOf = (content: Values) =>
        stringify({
          contacts: { [`c${index}`]: isTombstone ? { ensure: "absent", handles } : { handles, ...content } },
        });
      const values = own.exact === undefined ? own : withValidExact(own);
      inheriting[path] = entryOf(values);
      const combined = mergeValues(values, inherited);
      explicit[path] = entryOf(values.exact === undefined ? withValidExact(combined) : combined);
    }
    const [actual, expected] = [await load(inheriting), await load(explicit)];
    expect(actual.diagnostics).toEqual([]);
    const withoutOrigin = (contacts: readonly DesiredContact[] = []) =>
      withoutLocations(contacts.map(({ inherited: _, ...contact }) => contact));
    expect(withoutOrigin(actual.desired?.contacts)).toEqual(withoutOrigin(expected.desired?.contacts));
    const formatted = await load(mapValues(inheriting, (text) => formatYaml(text) ?? ""));
    expect(withoutLocations(formatted.desired?.contacts)).toEqual(withoutLocations(actual.desired?.contacts));
  }));

function mapValues(texts: Readonly<Record<string, string>>, convert: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, convert(text)]));
}
