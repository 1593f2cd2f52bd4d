import { expect, test } from "@jest/globals";
import type { Seed } from "../../src/emulator/index.ts";
import { Sandbox } from "../support/sandbox.ts";
import { SYNC_SOURCES } from "../support/sync-sources.ts";

const FIELDS = [{ name: "Tier", type: "string" }] as const;

const person = (key: string, name: string, properties: object = {}) => ({
  name,
  handles: [{ source: "email", handle: `${key}@x.example` }],
  ...properties,
});

const TOWN: Seed = {
  custom_fields: FIELDS,
  lists: ["VIP"],
  contacts: [
    person("ann", "Ann", { custom_fields: { Tier: "free" }, lists: ["VIP"] }),
    person("bob", "Bob", { links: ["https://bob.example"] }),
    person("eve", "Eve", { lists: ["VIP"] }),
  ],
};

const YAML = `contacts:
  ann:
    name: Ann # ours
    handles: [{ source: email, handle: ann@x.example }]
    custom_fields: { Tier: free }
  bob:
    name: Bob
    handles: [{ source: email, handle: bob@x.example }]
    links: [https://bob.example]
`;

const FILE = "contacts/people.yaml";

async function startInSync(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ seed: TOWN });
  expect(await sandbox.write(FILE, YAML).succeed("plan")).toContain("No changes.");
  return sandbox;
}

function patch(sandbox: Sandbox, key: string, body: object): Promise<unknown> {
  return sandbox.front.asTeammate("PATCH", `/contacts/alt:email:${key}%40x.example`, body);
}

/** Makes a plan without changes, then renames Ann and Bob in Front and adds a handle to Ann. */
async function withRemoteEdits(): Promise<Sandbox> {
  const sandbox = await startInSync();
  await patch(sandbox, "ann", { name: "Anna" });
  await patch(sandbox, "bob", { name: "Bobby" });
  await sandbox.front.asTeammate("POST", "/contacts/alt:email:ann%40x.example/handles", {
    source: "phone",
    handle: "+13605550123",
  });
  return sandbox;
}

const ANNA = ["Ann #", "Anna #"] as const;
const BOBBY = ["name: Bob", "name: Bobby"] as const;

test.each([
  ["without arguments updates every entry and adds no contact", "", [ANNA, BOBBY]],
  ["updates the entry with a key", "bob", [BOBBY]],
  ["updates the entry with an address", "front_contact.bob", [BOBBY]],
  ["updates the entries that match a pattern", "a*", [ANNA]],
  ["updates the entry with a handle", "bob@x.example", [BOBBY]],
  ["updates the entries of a list and adds no other members", "--list VIP", [ANNA]],
])("import --update %s", async (_, args, changes) => {
  await using sandbox = await withRemoteEdits();
  await sandbox.succeed(`import --update ${args}`);
  expect(sandbox.read(FILE)).toBe(changes.reduce((text, [from, to]) => text.replace(from, to), YAML));
});

test("import --update --handles adds handles that an entry does not declare", async () => {
  await using sandbox = await withRemoteEdits();
  await sandbox.run("import --update ann --handles");
  expect(sandbox.read(FILE)).toMatch(/ann@x\.example \}, \{ source: phone, handle: "\+?13605550123" \}\]/);
});

test("import rejects a key that no entry has", async () => {
  await using sandbox = await startInSync();
  expect(await sandbox.fail("import --update front_contact.zoe")).toContain('No entry matches "front_contact.zoe"');
  expect(await sandbox.fail("import --update zoe")).toMatch(
    /the key of an entry\n\n {2}Use the key of an entry, an email/,
  );
});

test("import reports entries without a contact in Front", async () => {
  await using sandbox = await startInSync();
  sandbox.write(FILE, `${YAML}  zoe: { handles: [{ source: email, handle: zoe@x.example }] }\n`);
  const { err, code } = await sandbox.run("import --update");
  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining("zoe: Front has no contact") });
});

test.each(SYNC_SOURCES)(
  "import --changed-in-front writes only changes made in Front, compared with %s",
  async (_, option, prepare) => {
    await using sandbox = await startInSync();
    prepare(sandbox);
    await patch(sandbox, "ann", { name: "Anna", custom_fields: { Tier: "gold" } });
    await patch(sandbox, "bob", { name: "Bobby", links: [] });
    const editedYaml = YAML.replace("Tier: free", "Tier: silver").replace("links: [", "links: [https://new.example, ");
    const { err, code } = await sandbox.write(FILE, editedYaml).run(`import --update --changed-in-front${option}`);
    expect(sandbox.read(FILE)).toBe(
      editedYaml
        .replace(...ANNA)
        .replace(...BOBBY)
        .replace("links: [https://new.example, https://bob.example]", "links: [https://new.example]"),
    );
    expect(err).toContain("ann: its Tier changed in Front and in the configuration");
    expect(code).toBe(0);
  },
);

test.each(SYNC_SOURCES)(
  "import --changed-in-front removes lists to which an entry refers by ID, compared with %s",
  async (_, option, prepare) => {
    const names = [
      ["grp_1", "VIP"],
      ["grp_2", "VIP"],
      ["grp_3", "News"],
    ] as const;
    const lists = names.map(([id]) => id);
    const contacts = [person("bob", "Bob", { id: "crd_1", lists })];
    await using sandbox = await Sandbox.withFront({
      seed: { lists: names.map(([id, name]) => ({ id, name })), contacts },
    });
    const yaml = (ids: readonly string[]) => `contacts:
  bob:
    handles: [{ source: email, handle: bob@x.example }]
    lists: [${ids.map((id) => `{ id: ${id} }`).join(", ")}]
`;
    expect(await sandbox.write(FILE, yaml(lists)).succeed("plan")).toContain("No changes.");
    prepare(sandbox);
    for (const id of ["grp_2", "grp_3"]) {
      await sandbox.front.asTeammate("DELETE", `/contact_lists/${id}/contacts`, { contact_ids: ["crd_1"] });
    }
    await sandbox.succeed(`import --update --changed-in-front${option}`);
    expect(sandbox.read(FILE)).toBe(yaml(["grp_1"]));
  },
);

test.each([
  ["is not reported if the entry omits the attribute", "", []],
  ["is not reported if the entry declares other fields", "    custom_fields: { Tier: free }\n", []],
  [
    "is reported if the entry declares it",
    '    custom_fields: { Note: "" }\n    description: Old.\n',
    ["description", "Note"],
  ],
  ["is reported if custom fields are exact", "    custom_fields: {}\n    exact: [custom_fields]\n", ["Note"]],
])("a value that a file cannot contain %s", async (_, properties, reported) => {
  const ann = person("ann", "Ann", { description: "a\u0001b", custom_fields: { Note: "a\u0001b" } });
  const fields = [...FIELDS, { name: "Note", type: "string" } as const];
  await using sandbox = await Sandbox.withFront({ seed: { custom_fields: fields, contacts: [ann] } });
  sandbox.write(FILE, `contacts:\n  ann:\n    handles: [{ source: email, handle: ann@x.example }]\n${properties}`);
  const { err } = await sandbox.run("import --update");
  expect(err.match(/(?<=^ {2}Ann, .*)\w+(?="? contains control characters)/gm) ?? []).toEqual(reported);
});

test("import does not add a list to an entry if the configuration deletes the list", async () => {
  const contacts = ["ann", "eve"].map((key) => person(key, key, { lists: ["VIP", "Old"] }));
  await using sandbox = await Sandbox.withFront({ seed: { ...TOWN, lists: ["VIP", "Old"], contacts } });
  const yamlWithLists = YAML.replace("Tier: free }", "Tier: free }\n    lists: []");
  sandbox.write(FILE, `${yamlWithLists}lists:\n  VIP: {}\n  Old: { ensure: absent }\n`);
  const { err } = await sandbox.run("import --all --update");
  expect(err).toMatch(/eve, crd_\w+: the list "Old" has ensure: absent in the configuration/);
  expect(sandbox.read(FILE)).toContain("lists: [VIP]");
  expect(await sandbox.succeed("validate")).toContain("Success! 3 contacts are valid.");
});

test("import rejects a row with a list that the configuration deletes", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  sandbox.write(FILE, "lists:\n  Old: { ensure: absent }\n").write("crm.csv", "Email,Group\nzed@x.example,Old\n");
  const err = await sandbox.fail("import --from-csv crm.csv --map email=Email,list=Group");
  expect(err).toContain('crm.csv:2: the list "Old" has ensure: absent in the configuration');
});

test.each([
  ["a handle", "", "its handles belong to a private contact or to the contact of another entry; run "],
  ["the ID", "id: crd_1, ", "its ID crd_1 belongs to a teammate's private contact; correct or remove id"],
])("import --update explains that an entry has %s of a private contact", async (_, id, reason) => {
  const seed = { contacts: [{ id: "crd_1", handles: ["email:ann@x.example"], is_private: true }] };
  await using sandbox = await Sandbox.withFront({ seed });
  sandbox.write(FILE, `contacts: { ann: { ${id}handles: [{ source: email, handle: ann@x.example }] } }\n`);
  const { err } = await sandbox.run("import --all --update");
  expect(err).toContain(`ann: ${reason}`);
});

test("import --update advises running plan for an entry without a contact in Front", async () => {
  await using sandbox = await startInSync();
  sandbox.write("contacts/zed.yaml", "contacts: { zed: { handles: [{ source: email, handle: zed@x.example }] } }\n");
  const { err } = await sandbox.run("import --update");
  expect(err).toContain("zed: Front has no contact with a handle of this entry; run plan for details");
});
