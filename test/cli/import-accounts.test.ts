import { expect, test } from "@jest/globals";
import { type Behavior, type Fault, SCOPES, type Seed } from "../../src/emulator/index.ts";
import { LIMITS } from "../../src/model/limits.ts";
import { FULL_PAGES } from "../support/emulator.ts";
import { lowerLimits } from "../support/lower-limits.ts";
import { Sandbox } from "../support/sandbox.ts";

const FBI_ACCOUNT = {
  id: "acc_2",
  name: "FBI",
  description: "Federal.",
  domains: ["fbi.example"],
  custom_fields: { Tier: "Gold", Since: 0 },
};

const TOWN = {
  account_custom_fields: [
    { name: "Tier", type: "string" },
    { name: "Since", type: "datetime" },
  ],
  contacts: [
    { id: "crd_1", name: "Dale Cooper", handles: ["email:dale@fbi.example"] },
    { id: "crd_2", name: "Laura Palmer", handles: ["email:laura@palmer.example"] },
    { id: "crd_3", name: "Lucy Moran", handles: ["email:lucy@sheriff.example"] },
  ],
  accounts: [
    { id: "acc_1", name: "Omni Corp", external_id: "A-1", contacts: [] },
    { ...FBI_ACCOUNT, contacts: ["crd_1"] },
    { id: "acc_3", name: "Sheriff", contacts: ["crd_3"] },
  ],
} satisfies Seed;

const IMPORTED = "contacts/imported.yaml";

const FBI = `  fbi:
    name: FBI
    description: Federal.
    domains: [fbi.example]
    custom_fields: { Tier: Gold, Since: 1970-01-01 }
`;

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale@fbi.example }
    account: fbi
`;

function withTown(behavior: Partial<Behavior> = {}, options: { readonly faults?: readonly Fault[] } = {}) {
  return Sandbox.withFront({
    seed: TOWN,
    behavior: { listings: "whole", ...FULL_PAGES, ...behavior },
    ...options,
  });
}

function accountRequestsOf(sandbox: Sandbox): string[] {
  return sandbox.front.requests.map(({ path }) => path).filter((path) => path.startsWith("/accounts"));
}

test("import --all --accounts writes every account and the account of each contact, and the next plan has no changes", async () => {
  await using sandbox = await withTown();
  expect(await sandbox.run("import --all --accounts")).toEqual({
    code: 0,
    out: `Wrote 3 contacts and 3 accounts to ${IMPORTED}.\nRun 'front-contacts plan' to check that Front matches the configuration.\n`,
    err: "",
  });
  expect(sandbox.read(IMPORTED)).toBe(`${DALE}
  laura-palmer:
    name: Laura Palmer
    handles:
      - { source: email, handle: laura@palmer.example }

  lucy-moran:
    name: Lucy Moran
    handles:
      - { source: email, handle: lucy@sheriff.example }
    account: sheriff

accounts:
  omni-corp: { name: Omni Corp, external_id: A-1 }
${FBI}  sheriff: { name: Sheriff, id: acc_3 }
`);
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("import does not list the members of accounts if Front returns contacts with their account", async () => {
  await using sandbox = await withTown({ accountOnContacts: "always" });
  await sandbox.run("import --all --accounts");
  expect(accountRequestsOf(sandbox)).toEqual(["/accounts", "/accounts/custom_fields"]);
});

test("a contact is imported with its account, and the members of accounts with the domain of its email address are listed first", async () => {
  await using sandbox = await withTown({ accountOnContacts: "never" });
  expect(await sandbox.succeed("import crd_1 --accounts")).toContain(`Wrote 1 contact and 1 account to ${IMPORTED}.`);
  expect(sandbox.read(IMPORTED)).toBe(`${DALE}\naccounts:\n${FBI}`);
  expect(accountRequestsOf(sandbox)).toEqual(["/accounts", "/accounts/custom_fields", "/accounts/acc_2/contacts"]);
});

test("import does not list the members of accounts for declared contacts", async () => {
  await using sandbox = await withTown({ accountOnContacts: "never" });
  await sandbox.run("import --all --accounts");
  const before = accountRequestsOf(sandbox).length;
  expect(await sandbox.succeed("import --all --accounts")).toContain("No new contacts.");
  expect(accountRequestsOf(sandbox).slice(before)).toEqual(["/accounts", "/accounts/custom_fields"]);
});

test("a declared account is not written again, and contacts refer to it by its key", async () => {
  await using sandbox = await withTown();
  sandbox.write("contacts/accounts.yaml", "accounts:\n  bureau: { domains: [FBI.example] }\n");
  expect(await sandbox.succeed("import crd_1 --accounts")).toContain("Wrote 1 contact to");
  expect(sandbox.read(IMPORTED)).toBe(DALE.replace("account: fbi", "account: bureau"));
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("an account that the configuration deletes is skipped, and contacts do not refer to it", async () => {
  await using sandbox = await withTown();
  sandbox.write("contacts/accounts.yaml", "accounts:\n  bureau: { ensure: absent, domains: [fbi.example] }\n");
  const { code, err } = await sandbox.run("import --all --accounts");
  expect(code).toBe(0);
  expect(err).toBe(`1 account was skipped:
  account FBI (acc_2) has ensure: absent in its entry bureau

1 value was skipped:
  Dale Cooper, crd_1: it belongs to the account FBI (acc_2), which the configuration deletes
`);
  await sandbox.succeed("validate");
});

test("entries and accounts are added to an existing file", async () => {
  await using sandbox = await withTown();
  sandbox.write(
    IMPORTED,
    "accounts:\n  other: { name: Other, domains: [other.example] } # ours\ncontacts:\n  ann:\n    handles: [{ source: email, handle: ann@x.example }]\n",
  );
  await sandbox.run("import crd_1 --accounts");
  const text = sandbox.read(IMPORTED);
  expect(text).toContain("# ours\n  fbi:\n");
  expect(text).toContain("\n\n  dale-cooper:\n");
  await sandbox.succeed("validate");
});

test("import --split declares accounts in a separate file", async () => {
  await using sandbox = await withTown();
  await sandbox.run("import --all --accounts --split");
  expect(sandbox.read("contacts/dale-cooper.yaml")).toBe(DALE);
  expect(sandbox.read("contacts/company.yaml")).toBe(
    `accounts:\n  omni-corp: { name: Omni Corp, external_id: A-1 }\n${FBI}  sheriff: { name: Sheriff, id: acc_3 }\n`,
  );
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("with --defaults, an account that all contacts share is written to the defaults", async () => {
  await using sandbox = await Sandbox.withFront({
    seed: { ...TOWN, accounts: [{ ...FBI_ACCOUNT, contacts: ["crd_1", "crd_2", "crd_3"] }] },
  });
  expect(await sandbox.succeed("import --all --accounts --defaults --to contacts/agents/people.yaml")).toContain(
    "Wrote 3 contacts to contacts/agents/people.yaml.\nWrote the shared values and 1 account to contacts/agents/defaults.yaml.\n",
  );
  expect(sandbox.read("contacts/agents/defaults.yaml")).toBe(`defaults:\n  account: fbi\n\naccounts:\n${FBI}`);
  expect(sandbox.read("contacts/agents/people.yaml")).not.toContain("account");
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("import reports a contact that does not belong to the account of the defaults", async () => {
  await using sandbox = await withTown();
  sandbox.write("contacts/defaults.yaml", "defaults: { account: { domain: fbi.example } }\n");
  const { err } = await sandbox.run("import --all --accounts");
  expect(err).toContain("Laura Palmer, crd_2: the account\n");
  expect(err).not.toContain("Dale Cooper");
  expect(sandbox.read(IMPORTED)).toContain("handle: dale@fbi.example }\n\n");
});

test("import --dry-run prints accounts and writes nothing", async () => {
  await using sandbox = await withTown();
  expect(await sandbox.run("import crd_1 --accounts --dry-run")).toMatchObject({
    out: `# ${IMPORTED}\n${DALE}\naccounts:\n${FBI}\n`,
    err: `Would write 1 contact and 1 account to ${IMPORTED}.\n`,
  });
  expect(sandbox.exists(IMPORTED)).toBe(false);
});

test("import reports the missing scope for reading accounts, and writes nothing", async () => {
  const scopes = SCOPES.filter((scope) => scope !== "accounts:read");
  await using sandbox = await Sandbox.withFront({ seed: TOWN, scopes });
  expect(await sandbox.fail("import --all --accounts")).toContain("The token needs the scope accounts:read.");
  expect(sandbox.exists(IMPORTED)).toBe(false);
  await sandbox.succeed("import --all");
});

const UNDECODABLE_ACCOUNTS: Fault = {
  kind: "status",
  status: 200,
  path: "/accounts",
  body: {
    _pagination: { next: null },
    _results: [
      { id: "acc_9", domains: "none" },
      { id: "../me" },
      { id: "acc_2", name: "FBI", description: "Federal.", domains: ["fbi.example"], custom_fields: {} },
    ],
  },
};

test("import reports and skips accounts that cannot be decoded, and plan ignores them", async () => {
  await using sandbox = await withTown({}, { faults: [UNDECODABLE_ACCOUNTS] });
  const { code, err } = await sandbox.run("import --all --accounts");
  expect(code).toBe(0);
  expect(err).toContain(`2 accounts were skipped:
  account acc_9 cannot be decoded: domains is not an array
  an account without an ID cannot be decoded: id is not of the form acc_…
`);
  expect(sandbox.read(IMPORTED)).toContain(
    "accounts:\n  fbi: { name: FBI, description: Federal., domains: [fbi.example] }\n",
  );
  sandbox.write("contacts/more.yaml", "accounts: { sheriff: { id: acc_3, name: Sheriff } }\n");
  expect(await sandbox.run("plan")).toMatchObject({ out: expect.stringContaining("No changes."), err: "" });
});

test("accounts with a shared domain or external ID are identified by their ID", async () => {
  const twins = ["acc_1", "acc_2"].map((id) => ({ id, name: "FBI", external_id: "A-1", domains: ["fbi.example"] }));
  await using sandbox = await Sandbox.withFront({ seed: { accounts: twins } });
  const { out, err } = await sandbox.run("import --all --accounts");
  expect(out).toContain(`Wrote 2 accounts to ${IMPORTED}.`);
  expect(err).toContain("account FBI (acc_1): the external ID also belongs to another account\n");
  expect(err).toContain("account FBI (acc_2): the domain fbi.example also belongs to another account\n");
  expect(sandbox.read(IMPORTED)).toBe(
    "accounts:\n  fbi: { name: FBI, id: acc_1 }\n  fbi-2: { name: FBI, id: acc_2 }\n",
  );
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("the entry of a contact that belongs to several accounts has no account", async () => {
  const accounts = ["acc_1", "acc_2"].map((id) => ({ id, name: id, contacts: ["crd_1"] }));
  await using sandbox = await Sandbox.withFront({
    seed: { ...TOWN, accounts },
    behavior: { accountOnContacts: "never" },
  });
  const { err } = await sandbox.run("import --all --accounts");
  expect(err).toContain("Dale Cooper, crd_1: it belongs to several accounts (acc_1, acc_2)\n");
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test.each(["", " --split"])(
  "import --all --accounts%s writes accounts that exceed the maximum number per file to a second file",
  async (option) => {
    using _lower = lowerLimits({ contacts: 500 });
    const accounts = Array.from({ length: LIMITS.contacts + 1 }, (_, index) => ({
      name: `A ${index}`,
      domains: [`a${index}.example`],
    }));
    await using sandbox = await Sandbox.withFront({ seed: { accounts }, behavior: FULL_PAGES });
    const count = accounts.length.toLocaleString("en-US");
    expect(await sandbox.succeed(`import --all --accounts${option}`)).toContain(`Wrote ${count} accounts to 2 files.`);
    await sandbox.succeed("validate");
  },
);

test.each(["", " --split", " --defaults --to contacts/all/people.yaml"])(
  "if import --all --accounts%s cannot read the members of an account, the files are valid, and a second import adds the rest",
  async (option) => {
    const fault: Fault = { kind: "status", status: 403, path: "/accounts/acc_3/contacts", times: 1 };
    await using sandbox = await withTown({ accountOnContacts: "never" }, { faults: [fault] });
    await sandbox.fail(`import --all --accounts${option}`);
    expect((await sandbox.run("validate")).err).not.toContain("rror");
    await sandbox.succeed("import --all --accounts");
    expect(await sandbox.succeed("plan")).toContain("No changes.");
    expect(await sandbox.succeed("validate")).toContain("3 contacts are valid");
  },
);
