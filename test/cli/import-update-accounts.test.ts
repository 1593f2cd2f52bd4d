import { expect, test } from "@jest/globals";
import { SCOPES, type Seed } from "../../src/emulator/index.ts";
import { FULL_PAGES } from "../support/emulator.ts";
import { Sandbox } from "../support/sandbox.ts";
import { SYNC_SOURCES } from "../support/sync-sources.ts";

const TOWN: Seed = {
  account_custom_fields: ["Tier", "Region", "Size"].map((name) => ({ name, type: "string" })),
  contacts: [{ id: "crd_1", name: "Fay", handles: ["email:fay@x.example"] }],
  accounts: [
    {
      id: "acc_1",
      name: "FBI",
      description: "Federal.",
      external_id: "A-1",
      domains: ["fbi.example", "old.example"],
      custom_fields: { Tier: "Gold", Region: "West", Size: "L" },
    },
    { id: "acc_2", name: "CIA", description: "Central.", domains: ["cia.example"] },
  ],
};

const FILE = "contacts/people.yaml";

const YAML = `accounts:
  fbi: # ours
    name: FBI # on paper
    description: Federal.
    external_id: A-1
    domains:
      - fbi.example # the first
      - old.example
    custom_fields: { Tier: Gold, Region: West }
  cia: { name: CIA, domains: [cia.example] }
contacts:
  fbi: { name: Fay, handles: [{ source: email, handle: fay@x.example }] }
`;

const UPDATED = YAML.replace("name: FBI #", "name: Bureau #")
  .replace("Federal.", '""')
  .replace("      - old.example", "      - new.example")
  .replace("Gold, Region: West", "Silver, Region: null");

async function startInSync(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ seed: TOWN, behavior: FULL_PAGES });
  expect(await sandbox.write(FILE, YAML).succeed("plan")).toContain("No changes.");
  return sandbox;
}

async function withRemoteEdits(): Promise<Sandbox> {
  const sandbox = await startInSync();
  await sandbox.front.asTeammate("PATCH", "/accounts/acc_1", {
    name: "Bureau",
    description: "",
    domains: ["fbi.example", "new.example"],
    custom_fields: { Tier: "Silver", Size: "XL" },
  });
  await sandbox.front.asTeammate("PATCH", "/accounts/acc_2", { name: "Agency", description: "Other." });
  await sandbox.front.asTeammate("PATCH", "/contacts/crd_1", { name: "Faye" });
  return sandbox;
}

test("import --update writes the remote values of the declared properties of accounts and contacts", async () => {
  await using sandbox = await withRemoteEdits();
  expect(await sandbox.run("import --update")).toEqual({
    code: 0,
    out: "Updated 1 of 1 declared contact.\nUpdated 2 of 2 declared accounts.\n",
    err: "",
  });
  expect(sandbox.read(FILE)).toBe(UPDATED.replace("name: CIA", "name: Agency").replace("Fay,", "Faye,"));
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test.each(["front_account.fbi", "front_account.f*"])(
  "import --update %s updates only the matching entries",
  async (args) => {
    await using sandbox = await withRemoteEdits();
    expect(await sandbox.succeed(`import --update ${args}`)).toBe("Updated 1 of 1 declared account.\n");
    expect(sandbox.read(FILE)).toBe(UPDATED);
  },
);

test("import --update of a contact does not change the account with the same key", async () => {
  await using sandbox = await withRemoteEdits();
  const before = sandbox.front.requests.length;
  await sandbox.run("import --update fbi");
  expect(sandbox.read(FILE)).toBe(YAML.replace("Fay,", "Faye,"));
  expect(sandbox.front.requests.slice(before).filter(({ path }) => path.startsWith("/accounts"))).toEqual([]);
});

test("import rejects an address without an entry", async () => {
  await using sandbox = await startInSync();
  expect(await sandbox.fail("import --update front_account.nsa")).toContain('No entry matches "front_account.nsa"');
});

test("import --update --dry-run shows changes to accounts", async () => {
  await using sandbox = await withRemoteEdits();
  const { out, err } = await sandbox.run("import --update front_account.cia --dry-run=full");
  expect(out).toContain(
    "-  cia: { name: CIA, domains: [cia.example] }\n+  cia: { name: Agency, domains: [cia.example] }\n",
  );
  expect(err).toContain("Would update 1 of 1 declared account.");
  expect(sandbox.read(FILE)).toBe(YAML);
});

test.each(SYNC_SOURCES)(
  "import --changed-in-front writes only changes made in Front, compared with %s",
  async (_, option, prepare) => {
    await using sandbox = await startInSync();
    prepare(sandbox);
    await sandbox.front.asTeammate("PATCH", "/accounts/acc_1", {
      name: "Bureau",
      description: "Theirs.",
      domains: ["fbi.example", "new.example"],
      custom_fields: { Tier: "Silver", Region: "West" },
    });
    const editedYaml = YAML.replace("Federal.", "Ours.").replace("Region: West", "Region: East");
    const { out, err } = await sandbox.write(FILE, editedYaml).run(`import --update --changed-in-front${option}`);
    expect(sandbox.read(FILE)).toBe(
      editedYaml
        .replace("name: FBI #", "name: Bureau #")
        .replace("      - old.example\n", "")
        .replace("Tier: Gold", "Tier: Silver"),
    );
    expect(err).toContain(
      "account fbi: its description changed in Front and in the configuration; to accept the values in Front, run 'front-contacts import --update front_account.fbi'\n",
    );
    expect(out).toContain("Updated 1 declared account.");
    await sandbox.succeed("import --update front_account.fbi");
    expect(sandbox.read(FILE)).toContain("description: Theirs.\n");
  },
);

test("import --changed-in-front names the command that accepts a contact's account in Front if the account also changed in the configuration", async () => {
  await using sandbox = await startInSync();
  const withAccount = (key: string) => YAML.replace("{ name: Fay,", `{ account: ${key}, name: Fay,`);
  await sandbox.write(FILE, withAccount("fbi")).succeed("apply --auto-approve");
  sandbox.createRepository(FILE);
  await sandbox.front.asTeammate("DELETE", "/accounts/acc_1/contacts", { contact_ids: ["crd_1"] });
  sandbox.write(FILE, withAccount("cia"));
  expect((await sandbox.run("plan --base HEAD")).err).toContain(
    "Run 'front-contacts import --update --accounts ADDRESS', ",
  );
  const { err } = await sandbox.run("import --update --accounts --changed-in-front --base HEAD");
  expect(err).toContain("run 'front-contacts import --update --accounts front_contact.fbi'\n");
  await sandbox.succeed("import --update --accounts front_contact.fbi");
  expect(sandbox.read(FILE)).not.toContain("account:");
});

test("without the scope accounts:read, import --update updates contacts but not accounts", async () => {
  await using sandbox = await withRemoteEdits();
  sandbox.front.grant(
    sandbox.front.token,
    SCOPES.filter((scope) => scope !== "accounts:read"),
  );
  const { code, out, err } = await sandbox.run("import --update");
  expect({ code, out }).toEqual({ code: 0, out: "Updated 1 of 1 declared contact.\n" });
  expect(err).toMatch(/accounts: Front responded.*\. The token needs the scope accounts:read\./);
  expect(sandbox.read(FILE)).toBe(YAML.replace("Fay,", "Faye,"));
});

test.each([
  ["without an account in Front", "nsa: { name: NSA, domains: [nsa.example] }", "Front has no account"],
  ["with ensure: absent", "nsa: { ensure: absent, domains: [cia.example] }", "the entry has ensure: absent"],
  [
    "that matches two accounts",
    "nsa: { name: NSA, domains: [fbi.example, cia.example] }",
    "it does not match exactly one account",
  ],
])("import reports an account entry %s and does not change it", async (_, entry, message) => {
  await using sandbox = (await Sandbox.withFront({ seed: TOWN })).write(FILE, `accounts:\n  ${entry}\n`);
  const { code, err } = await sandbox.run("import --update");
  expect(code).toBe(0);
  expect(err).toContain(`account nsa: ${message}`);
  expect(sandbox.read(FILE)).toBe(`accounts:\n  ${entry}\n`);
});

test("an entry is not updated with a value that a file cannot contain", async () => {
  await using sandbox = await startInSync();
  await sandbox.front.asTeammate("PATCH", "/accounts/acc_1", { name: "B\u0007", domains: ["fbi.example", "a b"] });
  const { err } = await sandbox.run("import --update front_account.fbi");
  expect(err).toContain("account fbi: the name contains control characters");
  expect(sandbox.read(FILE)).toBe(YAML.replace("      - old.example\n", ""));
});

test("a value that a file cannot contain is not reported if the entry does not manage it", async () => {
  await using sandbox = await startInSync();
  await sandbox.front.asTeammate("PATCH", "/accounts/acc_2", { description: "B\u0007" });
  expect((await sandbox.run("import --update front_account.cia")).err).not.toContain("control characters");
});

test("import --all --update --accounts adds undeclared accounts and updates declared accounts", async () => {
  await using sandbox = await withRemoteEdits();
  sandbox.write(FILE, "accounts:\n  cia: { name: CIA, domains: [cia.example] }\n");
  const out = await sandbox.succeed("import --all --update --accounts");
  expect(out).toContain("Wrote 1 contact and 1 account to contacts/imported.yaml.");
  expect(out).toContain("Updated 1 of 1 declared account.");
  expect(sandbox.read(FILE)).toContain("name: Agency");
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

/** Contacts before an import updates their accounts. */
const CONTACTS = `contacts:
  new: # is linked
    handles: [{ source: email, handle: new@x.example }]
  moved: { handles: [{ source: email, handle: moved@x.example }], account: nsa }
  left:
    handles: [{ source: email, handle: left@x.example }]
    account: nsa # was
  stays:
    handles: [{ source: email, handle: stays@x.example }]
    account: { domain: nsa.example }
accounts:
  nsa: { domains: [nsa.example] }
`;

const LINKED = CONTACTS.replace("new@x.example }]", "new@x.example }]\n    account: fbi")
  .replace("account: nsa }", "account: fbi }")
  .replace("    account: nsa # was\n", "");

function startWithMembers(accountOnContacts: "always" | "members" | "never"): Promise<Sandbox> {
  const names = ["new", "moved", "left", "stays"];
  return Sandbox.withFront({
    seed: {
      contacts: names.map((name) => ({ id: `crd_${name}`, handles: [`email:${name}@x.example`] })),
      accounts: [
        { id: "acc_1", name: "FBI", external_id: "A-1", contacts: ["crd_new", "crd_moved"] },
        { id: "acc_2", name: "NSA", domains: ["nsa.example"], contacts: ["crd_stays"] },
      ],
    },
    behavior: { ...FULL_PAGES, accountOnContacts },
  });
}

test.each(["always", "members", "never"] as const)(
  "import --update --accounts writes the accounts of contacts (accountOnContacts: %s)",
  async (accountOnContacts) => {
    await using sandbox = await startWithMembers(accountOnContacts);
    const { code, out, err } = await sandbox.write(FILE, CONTACTS).run("import --update --accounts");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("Wrote 1 account to contacts/imported.yaml.");
    expect(out).toContain("Updated 3 of 4 declared contacts.");
    expect(sandbox.read(FILE)).toBe(LINKED);
    expect(sandbox.read("contacts/imported.yaml")).toBe("accounts:\n  fbi: { name: FBI, external_id: A-1 }\n");
    expect(await sandbox.succeed("plan")).toContain("No changes.");
    expect(await sandbox.succeed("import --update --accounts")).toContain("Updated 0 of 4 declared contacts.");
  },
);

test("import --update without --accounts does not change the account of a contact", async () => {
  await using sandbox = await startWithMembers("always");
  await sandbox.write(FILE, CONTACTS).run("import --update");
  expect(sandbox.read(FILE)).toBe(CONTACTS);
});

test("import writes an account that differs from the default to the entry", async () => {
  await using sandbox = await startWithMembers("always");
  const text = "contacts:\n  moved:\n    handles: [{ source: email, handle: moved@x.example }]\n";
  sandbox.write("contacts/defaults.yaml", "defaults: { account: { domain: nsa.example } }\n").write(FILE, text);
  await sandbox.run("import --update moved --accounts");
  expect(sandbox.read(FILE)).toBe(`${text}    account: fbi\n`);
});

test.each(SYNC_SOURCES)(
  "import --changed-in-front --accounts writes a move to another account in Front, compared with %s",
  async (_, option, prepare) => {
    await using sandbox = await Sandbox.withFront({
      seed: {
        contacts: [
          { id: "crd_1", handles: ["email:new@x.example"] },
          { id: "crd_2", handles: ["email:moved@x.example"] },
        ],
        accounts: [
          { id: "acc_1", name: "FBI", external_id: "A-1", contacts: ["crd_1"] },
          { id: "acc_2", name: "NSA", domains: ["nsa.example"], contacts: ["crd_2"] },
        ],
      },
      behavior: { ...FULL_PAGES, linkMoves: true },
    });
    const text = `contacts:
  new: { handles: [{ source: email, handle: new@x.example }] }
  moved: { handles: [{ source: email, handle: moved@x.example }], account: nsa }
accounts:
  nsa: { domains: [nsa.example] }
  fbi: { external_id: A-1 }
`;
    expect(await sandbox.write(FILE, text).succeed("plan")).toContain("No changes.");
    prepare(sandbox);
    await sandbox.front.asTeammate("POST", "/accounts/acc_1/contacts", { contact_ids: ["crd_2"] });
    expect(await sandbox.succeed(`plan${option}`)).toMatch(
      /# changed in Front|import --update --accounts --changed-in-front --base HEAD'/,
    );
    const { err } = await sandbox.run(`import --update --changed-in-front${option}`);
    expect(err).toContain("moved: its account changed in Front; use --accounts to accept the change\n");
    expect(sandbox.read(FILE)).toBe(text);
    await sandbox.run(`import --update --changed-in-front${option} --accounts`);
    expect(sandbox.read(FILE)).toBe(text.replace("account: nsa", "account: fbi"));
  },
);

test("import --changed-in-front detects a move from an account that an apply created", async () => {
  await using sandbox = await Sandbox.withFront({
    seed: {
      contacts: [{ id: "crd_1", handles: ["email:fay@x.example"] }],
      accounts: [{ id: "acc_1", name: "FBI", external_id: "A-1" }],
    },
    behavior: { ...FULL_PAGES, linkMoves: true },
  });
  const text = `contacts:
  fay: { handles: [{ source: email, handle: fay@x.example }], account: nsa }
accounts:
  nsa: { name: NSA, external_id: N-1 }
  fbi: { external_id: A-1 }
`;
  await sandbox.write(FILE, text).succeed("apply --auto-approve");
  await sandbox.front.asTeammate("POST", "/accounts/acc_1/contacts", { contact_ids: ["crd_1"] });
  await sandbox.run("import --update --changed-in-front --accounts");
  expect(sandbox.read(FILE)).toBe(text.replace("account: nsa", "account: fbi"));
});
