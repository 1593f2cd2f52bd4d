import { describe, expect, test } from "@jest/globals";
import type { Seed } from "../../src/emulator/index.ts";
import type { FrontImportOptions } from "../../src/importing/from-front.ts";
import { ImportDirectory } from "../support/import-directory.ts";
import { PICTURES } from "../support/memory-disk.ts";
import { withWorld } from "../support/world.ts";

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
const EVERYTHING: Partial<Contact> = {
  description: "Of the team",
  links: ["https://team.example"],
  lists: ["Team"],
  custom_fields: { Owner: "ann" },
};

const TEAM = "contacts/team/people.yaml";

/** Imports contacts into a directory with defaults, and returns the file and the warnings. */
async function imported(defaults: string, contacts: readonly Contact[], options: FrontImportOptions = {}) {
  using directory = new ImportDirectory();
  directory.write("contacts/team/defaults.yaml", defaults);
  return await withWorld(
    async (world) => {
      const { warnings } = await directory.import(world, { to: TEAM, ...options });
      const { changes } = await directory.plan(world);
      const texts = warnings.filter(({ kind }) => kind === "default-differs").flatMap((group) => group.texts);
      return { text: directory.read(TEAM), warnings: texts, changes };
    },
    { seed: seedOf(...contacts) },
  );
}

const ADA = `contacts:
  ada:
    name: Ada
    handles:
      - { source: email, handle: ada@x.example }
`;

describe("an import into a directory with defaults", () => {
  test("does not repeat the values of the defaults", async () => {
    const { text, changes, warnings } = await imported(DEFAULTS, [contact("Ada", EVERYTHING)]);
    expect(text).toBe(ADA);
    expect({ changes, warnings }).toEqual({ changes: [], warnings: [] });
  });

  test("writes the values that differ, and clears what the contact does not have", async () => {
    const { text, changes, warnings } = await imported(DEFAULTS, [
      contact("Ada", { ...EVERYTHING, description: "", lists: ["VIP", "Team"], custom_fields: { Tier: "pro" } }),
      contact("Bob", { ...EVERYTHING, description: "Else", links: ["https://b.example", "https://team.example"] }),
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
    const { changes, warnings } = await imported(DEFAULTS, [contact("Ada")]);
    expect(warnings).toEqual([
      expect.stringMatching(/^Ada, crd_\w+: the link "https:\/\/team\.example", the list "Team"$/),
    ]);
    expect(changes.flatMap(({ differences }) => differences.map(({ attribute, key }) => [attribute, key]))).toEqual([
      ["links", "https://team.example"],
      ["lists", "Team"],
    ]);
  });

  test("does not make a collection exact if one of its values cannot be written", async () => {
    const { text, changes } = await imported("defaults: { exact: [links, handles] }\n", [
      contact("Ada", { links: ["https://a.example", "no link"] }),
    ]);
    expect(text).toBe(`${ADA}    links: [https://a.example]\n    exact: [handles]\n`);
    expect(changes).toEqual([]);
  });

  test("writes avatars that are not the default", async () => {
    using directory = new ImportDirectory();
    directory.write("contacts/team/defaults.yaml", "defaults: { avatar: team.png }\n");
    directory.write("contacts/team/team.png", PICTURES.png);
    await withWorld(
      async (world) => {
        const { warnings } = await directory.import(world, { to: TEAM });
        expect(warnings.map(({ kind, texts }) => [kind, texts])).toEqual([
          ["default-differs", [expect.stringMatching(/^Ada, crd_\w+: the avatar$/)]],
        ]);
      },
      { seed: seedOf(contact("Ada")) },
    );
  });
});

const OWN = `contacts:
  ada:
    name: Ada
    handles: [{ source: email, handle: ada@x.example }]
`;

/** Updates an entry in a directory with defaults. Returns its YAML, the warnings and the planned differences. */
async function updated(own: string, remote: Partial<Contact>, defaults = DEFAULTS) {
  using directory = new ImportDirectory();
  directory.write("contacts/team/defaults.yaml", defaults).write(TEAM, OWN + own);
  return await withWorld(
    async (world) => {
      const { warnings } = await directory.import(world, { update: true });
      expect(directory.read("contacts/team/defaults.yaml")).toBe(defaults);
      const { changes } = await directory.plan(world);
      const texts = warnings.flatMap((group) => group.texts);
      return {
        own: directory.read(TEAM).slice(OWN.length),
        texts,
        changes: changes.flatMap((each) => each.differences),
      };
    },
    { seed: seedOf(contact("Ada", remote)) },
  );
}

describe("an update of an entry with defaults", () => {
  test.each<readonly [name: string, own: string, remote: Partial<Contact>, after: string]>([
    ["nothing", "", EVERYTHING, ""],
    ["another description", "", { ...EVERYTHING, description: "New" }, "    description: New\n"],
    ["no description", "", { ...EVERYTHING, description: "" }, '    description: ""\n'],
    ["another field", "", { ...EVERYTHING, custom_fields: { Owner: "bea" } }, "    custom_fields: { Owner: bea }\n"],
    ["no field", "", { ...EVERYTHING, custom_fields: {} }, "    custom_fields: { Owner: null }\n"],
    [
      "an added field beside one of the entry",
      "    custom_fields:\n      Tier: pro # x\n",
      { ...EVERYTHING, custom_fields: { Owner: "bea", Tier: "free" } },
      "    custom_fields:\n      Tier: free # x\n      Owner: bea\n",
    ],
    ["an added list", "", { ...EVERYTHING, lists: ["Team", "VIP"] }, ""],
    [
      "an added list beside those of the entry",
      "    lists: []\n",
      { ...EVERYTHING, lists: ["Team", "VIP"] },
      "    lists: [VIP]\n",
    ],
    ["a list removed from the entry", "    lists: [VIP]\n", EVERYTHING, "    lists: []\n"],
    [
      "a field and a description",
      "",
      { ...EVERYTHING, description: "New: text", custom_fields: { Owner: "bea" } },
      '    description: "New: text"\n    custom_fields: { Owner: bea }\n',
    ],
  ])("accepts %s", async (_, own, remote, after) => {
    expect(await updated(own, remote)).toEqual({ own: after, texts: [], changes: [] });
  });

  test("writes values that an exact default would remove", async () => {
    const remote = { ...EVERYTHING, lists: ["Team", "VIP"], custom_fields: { Owner: "ann", Tier: "pro" } };
    const defaults = `${DEFAULTS}  exact: [lists, custom_fields]\n`;
    expect(await updated("", remote, defaults)).toEqual({
      own: "    lists: [VIP]\n    custom_fields: { Tier: pro }\n",
      texts: [],
      changes: [],
    });
  });

  test("warns about a list and a link that can only be removed from the defaults", async () => {
    const { own, texts, changes } = await updated("", { ...EVERYTHING, lists: [], links: [] });
    expect(own).toBe("");
    expect(texts).toEqual([
      "ada: its links still include https://team.example (contacts/team/defaults.yaml:3), which Front does not have; remove the default, or move the entry to another directory",
      "ada: its lists still include Team (contacts/team/defaults.yaml:4), which Front does not have; remove the default, or move the entry to another directory",
    ]);
    expect(changes).toHaveLength(2);
  });
});

describe("an import with shared defaults", () => {
  const team = (count: number, more: (index: number) => Partial<Contact> = () => ({})) =>
    Array.from({ length: count }, (_, index) => contact(`P${index}`, { ...EVERYTHING, ...more(index) }));

  /** Imports contacts. Returns the defaults, the values in entries besides names and handles, and the planned changes. */
  async function shared(contacts: readonly Contact[], options: { readonly split?: boolean } = {}) {
    using directory = new ImportDirectory();
    return await withWorld(
      async (world) => {
        const { defaults } = await directory.import(world, { sharesDefaults: true, ...options });
        const { changes } = await directory.plan(world);
        const own = ((await directory.load()).desired?.contacts ?? []).flatMap(({ key, inherited = [], ...entry }) => {
          const isOwn = (attribute: string, name?: string) =>
            !inherited.some((each) => each.attribute === attribute && each.key === name);
          const fields = (entry.customFields ?? []).filter(({ name }) => isOwn("custom_fields", name));
          return [
            ...(entry.description !== undefined && isOwn("description") ? [`${key} ${entry.description}`] : []),
            ...fields.map(({ name, value }) => `${key} ${name}: ${value}`),
          ];
        });
        return { text: defaults && directory.read(defaults), own, changes };
      },
      { seed: seedOf(...contacts) },
    );
  }

  test("writes values that all contacts share to the defaults", async () => {
    expect(await shared(team(3))).toEqual({
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

  test("writes a field and a description that 90% of the contacts share to the defaults, and the other values to entries", async () => {
    const { text, own, changes } = await shared(
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

  test("writes no list or link to the defaults that one of many contacts lacks", async () => {
    const { text, changes } = await shared(team(30, (index) => (index === 9 ? { lists: [], links: [] } : {})));
    expect(text).not.toMatch(/links|lists/);
    expect(changes).toEqual([]);
  });

  test("writes no values to the defaults that fewer than 90% of the contacts have", async () => {
    const { text } = await shared(team(10, (index) => (index < 2 ? { description: "Else" } : {})));
    expect(text).not.toContain("description");
  });

  test("writes no field to the defaults that has a value that cannot be written", async () => {
    const { text, changes } = await shared(
      team(20, (index) => (index === 5 ? { custom_fields: { Owner: "nul\u0000" } } : {})),
    );
    expect(text).not.toContain("Owner");
    expect(changes).toEqual([]);
  });

  test("writes no defaults for one contact, or for contacts that share nothing", async () => {
    expect((await shared(team(1))).text).toBeUndefined();
    const own = (index: number) => ({ description: `${index}`, links: [], lists: [], custom_fields: {} });
    expect((await shared(team(5, own))).text).toBeUndefined();
  });

  test("writes the defaults to a separate file if each contact has its own file", async () => {
    const { text, own, changes } = await shared(team(4), { split: true });
    expect(text).toContain("lists: [Team]");
    expect({ own, changes }).toEqual({ own: [], changes: [] });
  });
});
