import { describe, expect, test } from "@jest/globals";
import type { Seed } from "../../src/emulator/index.ts";
import type { FrontImportOptions } from "../../src/importing/from-front.ts";
import { ImportDirectory } from "../support/import-directory.ts";
import { PICTURES } from "../support/memory-disk.ts";
import { withTestEnvironment } from "../support/test-environment.ts";

const FIELDS = ["Owner", "Tier"].map((name) => ({ name, type: "string" as const }));
const LISTS = ["Team", "VIP"].map((name) => ({ name }));

type Contact = NonNullable<Seed["contacts"]>[number];

function contact(name: string, more: Partial<Contact> = {}): Contact {
  return { name, handles: [{ source: "email", handle: `${name.toLowerCase()}@x.example` }], ...more };
}

function seedOf(...contacts: Contact[]): Seed {
  return { custom_fields: FIELDS, lists: LISTS, contacts };
}

const DEFAULTS = `defaults:
  description: Of the team
  links: [https://team.example]
  lists: [Team]
  custom_fields: { Owner: ann }
`;
const ALL_DEFAULTS: Partial<Contact> = {
  description: "Of the team",
  links: ["https://team.example"],
  lists: ["Team"],
  custom_fields: { Owner: "ann" },
};

const TEAM = "contacts/team/people.yaml";

async function importWithDefaults(defaults: string, contacts: readonly Contact[], options: FrontImportOptions = {}) {
  using directory = new ImportDirectory();
  directory.write("contacts/team/defaults.yaml", defaults);
  return await withTestEnvironment({ seed: seedOf(...contacts) }, async (environment) => {
    const { warnings } = await directory.import(environment, { to: TEAM, ...options });
    const { changes } = await directory.plan(environment);
    const texts = warnings.filter(({ kind }) => kind === "default-differs").flatMap((group) => group.texts);
    return { text: directory.read(TEAM), warnings: texts, changes };
  });
}

const ADA = `contacts:
  ada:
    name: Ada
    handles:
      - { source: email, handle: ada@x.example }
`;

describe("an import into a directory with defaults", () => {
  test("does not repeat the values of the defaults", async () => {
    const { text, changes, warnings } = await importWithDefaults(DEFAULTS, [contact("Ada", ALL_DEFAULTS)]);
    expect(text).toBe(ADA);
    expect({ changes, warnings }).toEqual({ changes: [], warnings: [] });
  });

  test("writes the values that differ, and clears defaults that the contact does not have", async () => {
    const { text, changes, warnings } = await importWithDefaults(DEFAULTS, [
      contact("Ada", { ...ALL_DEFAULTS, description: "", lists: ["VIP", "Team"], custom_fields: { Tier: "pro" } }),
      contact("Bob", { ...ALL_DEFAULTS, description: "Else", links: ["https://b.example", "https://team.example"] }),
    ]);
    expect(text).toBe(`${ADA.replace("    handles", '    description: ""\n    handles')}    lists: [VIP]
    custom_fields:
      Tier: pro
      Owner: null

  bob:
    name: Bob
    description: Else
    handles:
      - { source: email, handle: bob@x.example }
    links: [https://b.example]
`);
    expect({ changes, warnings }).toEqual({ changes: [], warnings: [] });
  });

  test("warns about default links and lists that the contact does not have", async () => {
    const { changes, warnings } = await importWithDefaults(DEFAULTS, [contact("Ada")]);
    expect(warnings).toEqual([
      expect.stringMatching(/^Ada, crd_\w+: the link "https:\/\/team\.example", the list "Team"$/),
    ]);
    expect(changes.flatMap(({ differences }) => differences.map(({ attribute, key }) => [attribute, key]))).toEqual([
      ["links", "https://team.example"],
      ["lists", "Team"],
    ]);
  });

  test("does not make a collection exact if one of its values cannot be written to a file", async () => {
    const { text, changes } = await importWithDefaults("defaults: { exact: [links, handles] }\n", [
      contact("Ada", { links: ["https://a.example", "no link"] }),
    ]);
    expect(text).toBe(`${ADA}    links: [https://a.example]\n    exact: [handles]\n`);
    expect(changes).toEqual([]);
  });

  test("keeps a collection exact if all its values are defaults, even if a value of another collection cannot be written to a file", async () => {
    const { text, changes } = await importWithDefaults(
      "defaults: { exact: [links, custom_fields], links: [https://team.example] }\n",
      [contact("Ada", { links: ["https://team.example"], custom_fields: { Owner: "nul\u0000" } })],
    );
    expect(text).toBe(`${ADA}    exact: [links]\n`);
    expect(changes).toEqual([]);
  });

  test("does not make a collection without values exact", async () => {
    const { text, changes } = await importWithDefaults("defaults: { exact: [handles, links, custom_fields] }\n", [
      contact("Ada", { custom_fields: { Owner: "nul\u0000" } }),
    ]);
    expect(text).toBe(`${ADA}    exact: [handles]\n`);
    expect(changes).toEqual([]);
  });

  test("warns about a default avatar that the contact does not have", async () => {
    using directory = new ImportDirectory();
    directory.write("contacts/team/defaults.yaml", "defaults: { avatar: team.png }\n");
    directory.write("contacts/team/team.png", PICTURES.png);
    await withTestEnvironment({ seed: seedOf(contact("Ada")) }, async (environment) => {
      const { warnings } = await directory.import(environment, { to: TEAM });
      expect(warnings.map(({ kind, texts }) => [kind, texts])).toEqual([
        ["default-differs", [expect.stringMatching(/^Ada, crd_\w+: the avatar$/)]],
      ]);
    });
  });
});

const ENTRY = `contacts:
  ada:
    name: Ada
    handles: [{ source: email, handle: ada@x.example }]
`;

/** Returns the YAML below the handles of the entry, the warnings and the planned differences. */
async function updateWithDefaults(own: string, remote: Partial<Contact>, defaults = DEFAULTS) {
  using directory = new ImportDirectory();
  directory.write("contacts/team/defaults.yaml", defaults).write(TEAM, ENTRY + own);
  return await withTestEnvironment({ seed: seedOf(contact("Ada", remote)) }, async (environment) => {
    const { warnings } = await directory.import(environment, { update: true });
    expect(directory.read("contacts/team/defaults.yaml")).toBe(defaults);
    const { changes } = await directory.plan(environment);
    const texts = warnings.flatMap((group) => group.texts);
    return {
      own: directory.read(TEAM).slice(ENTRY.length),
      texts,
      changes: changes.flatMap(({ differences }) => differences),
    };
  });
}

describe("an update of an entry with defaults", () => {
  test.each<readonly [name: string, own: string, remote: Partial<Contact>, after: string]>([
    ["an unchanged contact", "", ALL_DEFAULTS, ""],
    ["a different description", "", { ...ALL_DEFAULTS, description: "New" }, "    description: New\n"],
    ["a cleared description", "", { ...ALL_DEFAULTS, description: "" }, '    description: ""\n'],
    [
      "a different field value",
      "",
      { ...ALL_DEFAULTS, custom_fields: { Owner: "bea" } },
      "    custom_fields: { Owner: bea }\n",
    ],
    ["a cleared field", "", { ...ALL_DEFAULTS, custom_fields: {} }, "    custom_fields: { Owner: null }\n"],
    [
      "a changed default field next to a field of the entry",
      "    custom_fields:\n      Tier: pro # x\n",
      { ...ALL_DEFAULTS, custom_fields: { Owner: "bea", Tier: "free" } },
      "    custom_fields:\n      Tier: free # x\n      Owner: bea\n",
    ],
    ["an added list", "", { ...ALL_DEFAULTS, lists: ["Team", "VIP"] }, ""],
    [
      "an added list next to the lists of the entry",
      "    lists: []\n",
      { ...ALL_DEFAULTS, lists: ["Team", "VIP"] },
      "    lists: [VIP]\n",
    ],
    ["a removed list of the entry", "    lists: [VIP]\n", ALL_DEFAULTS, "    lists: []\n"],
    [
      "a field and a description",
      "",
      { ...ALL_DEFAULTS, description: "New: text", custom_fields: { Owner: "bea" } },
      '    description: "New: text"\n    custom_fields: { Owner: bea }\n',
    ],
  ])("has no warnings and leaves no planned changes for %s", async (_, own, remote, after) => {
    expect(await updateWithDefaults(own, remote)).toEqual({ own: after, texts: [], changes: [] });
  });

  test("writes values that apply would remove because the defaults are exact", async () => {
    const remote = { ...ALL_DEFAULTS, lists: ["Team", "VIP"], custom_fields: { Owner: "ann", Tier: "pro" } };
    const defaults = `${DEFAULTS}  exact: [lists, custom_fields]\n`;
    expect(await updateWithDefaults("", remote, defaults)).toEqual({
      own: "    lists: [VIP]\n    custom_fields: { Tier: pro }\n",
      texts: [],
      changes: [],
    });
  });

  test("warns about a list and a link that can only be removed from the defaults", async () => {
    const { own, texts, changes } = await updateWithDefaults("", { ...ALL_DEFAULTS, lists: [], links: [] });
    expect(own).toBe("");
    expect(texts).toEqual([
      "ada: its links still include https://team.example (contacts/team/defaults.yaml:3), which the contact does not have in Front; remove the default, or move the entry to another directory",
      "ada: its lists still include Team (contacts/team/defaults.yaml:4), which the contact does not have in Front; remove the default, or move the entry to another directory",
    ]);
    expect(changes).toHaveLength(2);
  });
});

describe("an import with shared defaults", () => {
  const team = (count: number, more: (index: number) => Partial<Contact> = () => ({})) =>
    Array.from({ length: count }, (_, index) => contact(`P${index}`, { ...ALL_DEFAULTS, ...more(index) }));

  /** Returns the defaults, the descriptions and custom fields that entries do not inherit, and the planned changes. */
  async function importShared(contacts: readonly Contact[], options: { readonly split?: boolean } = {}) {
    using directory = new ImportDirectory();
    return await withTestEnvironment({ seed: seedOf(...contacts) }, async (environment) => {
      const { defaults } = await directory.import(environment, { sharesDefaults: true, ...options });
      const { changes } = await directory.plan(environment);
      const own = ((await directory.load()).desired?.contacts ?? []).flatMap(({ key, inherited = [], ...entry }) => {
        const isOwn = (attribute: string, name?: string) =>
          !inherited.some((value) => value.attribute === attribute && value.key === name);
        const fields = (entry.customFields ?? []).filter(({ name }) => isOwn("custom_fields", name));
        return [
          ...(entry.description !== undefined && isOwn("description") ? [`${key} ${entry.description}`] : []),
          ...fields.map(({ name, value }) => `${key} ${name}: ${value}`),
        ];
      });
      return { text: defaults && directory.read(defaults), own, changes };
    });
  }

  test("writes the values that all contacts share to the defaults", async () => {
    expect(await importShared(team(3))).toEqual({
      text: `defaults:
  description: Of the team
  links: [https://team.example]
  lists: [Team]
  custom_fields: { Owner: ann }

custom_fields:
  Owner: { type: string }
`,
      own: [],
      changes: [],
    });
  });

  test("adds a field and a description to the defaults if 90% of the contacts share them, and writes other values to the entries", async () => {
    const { text, own, changes } = await importShared(
      team(20, (index) => {
        if (index === 3) return { description: "", custom_fields: {} };
        return index === 7 ? { description: "Else", custom_fields: { Owner: "bea", Tier: "pro" } } : {};
      }),
    );
    expect(text).toContain("  description: Of the team\n");
    expect(text).toContain("  custom_fields: { Owner: ann }\n");
    expect(own).toEqual(["p3 ", "p3 Owner: null", "p7 Else", "p7 Owner: bea", "p7 Tier: pro"]);
    expect(changes).toEqual([]);
  });

  test("does not add a list or a link to the defaults if one contact lacks it", async () => {
    const { text, changes } = await importShared(team(30, (index) => (index === 9 ? { lists: [], links: [] } : {})));
    expect(text).not.toMatch(/links|lists/);
    expect(changes).toEqual([]);
  });

  test("does not add a value to the defaults if fewer than 90% of the contacts have it", async () => {
    const { text } = await importShared(team(10, (index) => (index < 2 ? { description: "Else" } : {})));
    expect(text).not.toContain("description");
  });

  test("does not add a field to the defaults if one of its values cannot be written to a file", async () => {
    const { text, changes } = await importShared(
      team(20, (index) => (index === 5 ? { custom_fields: { Owner: "nul\u0000" } } : {})),
    );
    expect(text).not.toContain("Owner");
    expect(changes).toEqual([]);
  });

  test("does not write defaults for a single contact, or for contacts without shared values", async () => {
    expect((await importShared(team(1))).text).toBeUndefined();
    const own = (index: number) => ({ description: `${index}`, links: [], lists: [], custom_fields: {} });
    expect((await importShared(team(5, own))).text).toBeUndefined();
  });

  test("writes the defaults to a separate file if each contact has its own file", async () => {
    const { text, own, changes } = await importShared(team(4), { split: true });
    expect(text).toContain("lists: [Team]");
    expect({ own, changes }).toEqual({ own: [], changes: [] });
  });
});
