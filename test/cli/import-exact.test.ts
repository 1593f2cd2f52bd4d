import { describe, expect, test } from "@jest/globals";
import type { Seed } from "../../src/emulator/index.ts";
import { Sandbox } from "../support/sandbox.ts";
import { SYNC_SOURCES } from "../support/sync-sources.ts";

const ANN = { source: "email", handle: "ann@x.example" };
const SEED: Seed = {
  custom_fields: ["Tier", "Size"].map((name) => ({ name, type: "string" })),
  lists: ["VIP", "News"],
  contacts: [
    {
      name: "Ann",
      handles: [ANN, { source: "twitter", handle: "ann" }],
      links: ["https://ann.example"],
      lists: ["VIP"],
      custom_fields: { Tier: "free" },
    },
  ],
};

const YAML = `contacts:
  ann:
    name: Ann # ours
    handles:
      - { source: email, handle: ann@x.example }
      - { source: twitter, handle: ann }
    links: [https://ann.example]
    lists: [VIP]
    custom_fields:
      Tier: free
    exact: [handles, links, lists, custom_fields]
`;

const FILE = "contacts/people.yaml";
const CONTACT = "/contacts/alt:email:ann%40x.example";

async function createSyncedSandbox(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ seed: SEED });
  expect(await sandbox.write(FILE, YAML).succeed("plan")).toContain("No changes.");
  return sandbox;
}

const ADDED = YAML.replace("handle: ann }", 'handle: ann }\n      - { source: phone, handle: "+13605550123" }')
  .replace("[https://ann.example]", "[https://ann.example, https://new.example]")
  .replace("[VIP]", "[VIP, News]")
  .replace("Tier: free", "Tier: free\n      Size: big");

const REMOVED = YAML.replace("      - { source: twitter, handle: ann }\n", "")
  .replace("[https://ann.example]", "[]")
  .replace("[VIP]", "[]")
  .replace("Tier: free", "Tier: null");

async function changeLists(sandbox: Sandbox, method: string, list: string, contact = CONTACT): Promise<void> {
  const ids = { contact_ids: [(await sandbox.get(contact)).id] };
  await sandbox.front.asTeammate(method, `/contact_lists/${list}/contacts`, ids);
}

describe.each(SYNC_SOURCES)(
  "import --changed-in-front with exact collections, compared with %s:",
  (_, option, prepare) => {
    const runImport = async (sandbox: Sandbox) => {
      await sandbox.succeed(`import --update --changed-in-front${option}`);
      return sandbox.read(FILE);
    };

    test("writes values that were added in Front", async () => {
      await using sandbox = await createSyncedSandbox();
      prepare(sandbox);
      const { front } = sandbox;
      await front.asTeammate("POST", `${CONTACT}/handles`, { source: "phone", handle: "+13605550123" });
      await front.asTeammate("PATCH", CONTACT, {
        links: ["https://ann.example", "https://new.example"],
        custom_fields: { Tier: "free", Size: "big" },
      });
      await changeLists(sandbox, "POST", "grp_1002");
      // phone_country is not set, so a number that Front returns without '+' is written without '+'.
      expect((await runImport(sandbox)).replace('"13605550123"', '"+13605550123"')).toBe(ADDED);
      expect(await sandbox.succeed("plan")).toContain("No changes.");
    });

    test("removes values that were removed in Front", async () => {
      await using sandbox = await createSyncedSandbox();
      prepare(sandbox);
      const { front } = sandbox;
      await front.asTeammate("DELETE", `${CONTACT}/handles`, { source: "twitter", handle: "ann" });
      await front.asTeammate("PATCH", CONTACT, { links: [], custom_fields: {} });
      await changeLists(sandbox, "DELETE", "grp_1001");
      expect(await runImport(sandbox)).toBe(REMOVED);
      expect(await sandbox.succeed("plan")).toContain("No changes.");
    });

    test("does not overwrite changes made in the configuration", async () => {
      await using sandbox = await createSyncedSandbox();
      prepare(sandbox);
      await sandbox.front.asTeammate("PATCH", CONTACT, { custom_fields: { Tier: "free", Size: "big" } });
      await changeLists(sandbox, "POST", "grp_1002");
      sandbox.write(FILE, REMOVED);
      expect(await runImport(sandbox)).toBe(
        REMOVED.replace("lists: []", "lists: [News]").replace("Tier: null", "Tier: null\n      Size: big"),
      );
    });
  },
);

const EXACT_LIST_YAML = `contacts:
  ann:
    handles: [{ source: email, handle: ann@x.example }]
    lists: [VIP]
  bob:
    handles: [{ source: email, handle: bob@x.example }]
  # the last one
lists:
  VIP: { members: exact }
  News: {}
`;

const createPerson = (name: string, lists: readonly string[]) => ({
  name,
  lists,
  handles: [{ source: "email", handle: `${name.toLowerCase()}@x.example` }],
});

async function createExactListSandbox(files = EXACT_LIST_YAML): Promise<Sandbox> {
  const seed = {
    lists: ["VIP", "News"],
    contacts: [createPerson("Ann", ["VIP"]), createPerson("Bob", ["News"]), createPerson("Eve", [])],
  };
  const sandbox = await Sandbox.withFront({ seed });
  expect(await sandbox.write(FILE, files).succeed("plan")).toContain("No changes.");
  return sandbox;
}

const commitBase = SYNC_SOURCES[1][2];
const BOB = "handle: bob@x.example }]";

describe("with a list that has exact members,", () => {
  test("import adds the list to the entries of contacts that were added to the list in Front", async () => {
    await using sandbox = await createExactListSandbox();
    commitBase(sandbox);
    await changeLists(sandbox, "POST", "grp_1001", "/contacts/alt:email:bob%40x.example");
    await changeLists(sandbox, "POST", "grp_1001", "/contacts/alt:email:eve%40x.example");
    const { err } = await sandbox.run("import --update --changed-in-front --base HEAD");
    expect(sandbox.read(FILE)).toBe(EXACT_LIST_YAML.replace(BOB, `${BOB}\n    lists: [VIP]`));
    expect(err).toContain(
      'Eve was added to the list "VIP" in Front, but no entry declares this contact; import the contact, or an apply removes it from the list\n',
    );
    expect(await sandbox.succeed("plan")).toContain('- "Eve" (');
    expect(await sandbox.succeed("plan")).not.toContain('- "Bob" (');
  });

  test("import adds the list to an entry that declares other lists", async () => {
    const files = EXACT_LIST_YAML.replace(BOB, `${BOB}\n    lists: [News]`);
    await using sandbox = await createExactListSandbox(files);
    commitBase(sandbox);
    await changeLists(sandbox, "POST", "grp_1001", "/contacts/alt:email:bob%40x.example");
    await sandbox.run("import --update --changed-in-front --base HEAD");
    expect(sandbox.read(FILE)).toBe(files.replace("[News]", "[News, VIP]"));
  });

  test("import without a base reports new list members, but does not write them", async () => {
    await using sandbox = await createExactListSandbox();
    await changeLists(sandbox, "POST", "grp_1001", "/contacts/alt:email:bob%40x.example");
    const { err } = await sandbox.run("import --update --changed-in-front");
    expect(sandbox.read(FILE)).toBe(EXACT_LIST_YAML);
    expect(err).toContain(
      'Bob is on the list "VIP", but no entry declares this membership; use --base to detect whether the contact was added in Front',
    );
  });

  test("import --update adds the list, and no other list, to the entries of its members", async () => {
    await using sandbox = await createExactListSandbox();
    await changeLists(sandbox, "POST", "grp_1001", "/contacts/alt:email:bob%40x.example");
    await sandbox.run("import --update");
    expect(sandbox.read(FILE)).toBe(EXACT_LIST_YAML.replace(BOB, `${BOB}\n    lists: [VIP]`));
    expect(await sandbox.succeed("plan")).toContain("No changes.");
  });
});

test("import updates an account and a contact that have the same key and both changed in Front", async () => {
  const seed = { contacts: [createPerson("Ann", [])], accounts: [{ name: "Ann", domains: ["ann.example"] }] };
  const files = `contacts:
  ann: { name: Ann, handles: [{ source: email, handle: ann@x.example }] }
accounts:
  ann: { name: Ann, domains: [ann.example] }
`;
  await using sandbox = await Sandbox.withFront({ seed });
  expect(await sandbox.write(FILE, files).succeed("plan")).toContain("No changes.");
  commitBase(sandbox);
  const [account] = await sandbox.list("/accounts");
  await sandbox.front.asTeammate("PATCH", `/accounts/${account.id}`, { name: "Anna Ltd" });
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Anna" });
  const { err } = await sandbox.run("import --update --changed-in-front --base HEAD");
  const updated = files.replace("ann: { name: Ann,", "ann: { name: Anna,");
  expect(sandbox.read(FILE)).toBe(updated.replace("ann: { name: Ann,", "ann: { name: Anna Ltd,"));
  expect(err).toBe("");
});
