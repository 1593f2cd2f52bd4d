import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import type { Behavior, Seed } from "../../src/emulator/index.ts";
import type { UndoOptions } from "../../src/history/undo/desired-to-undo.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { declaredAccount, desiredContact, desiredState, handle, locationAt } from "../support/builders.ts";
import { FULL_PAGES } from "../support/emulator.ts";
import { operationsOf } from "../support/scenarios.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";
import { appliedPlan, planUndoIn } from "../support/undo.ts";

const SEED: Seed = {
  account_custom_fields: [
    { name: "Tier", type: "string" },
    { name: "Since", type: "datetime" },
  ],
};
const ACME = { name: "Acme", description: "Rockets", domains: ["acme.example"], externalId: "A-1" };
const IN_ACME = { account: { externalId: "A-1", location: locationAt(9) } };
const ACME_IN_FRONT = { name: "Acme", domains: ["acme.example"], external_id: "A-1" };
const OLD = {
  name: "Old",
  description: "was",
  domains: ["old.example"],
  external_id: "A-1",
  custom_fields: { Tier: "Gold", Since: 1577923200 },
};

function withAccountFields(run: (environment: TestEnvironment) => Promise<void>, behavior: Partial<Behavior> = {}) {
  return withTestEnvironment({ seed: SEED, behavior: { ...FULL_PAGES, ...behavior } }, run);
}

/** Front returns the account of each contact. `undo-unknown-accounts.test.ts` tests the other behavior. */
const ACCOUNTS_SHOWN: Partial<Behavior> = { accountOnContacts: "always" };

/** Applies a plan, calls `edit`, and undoes the apply. Returns the warnings of the undo. */
async function applyAndUndo(
  environment: TestEnvironment,
  desired: DesiredState,
  options: Partial<UndoOptions> = {},
  edit: () => Promise<unknown> = async () => {},
) {
  const plan = await environment.plan(desired);
  const applied = appliedPlan(plan, await environment.apply(plan));
  await edit();
  const { plan: undoPlan } = await planUndoIn(environment, applied, options);
  const { results } = await environment.apply(undoPlan);
  expect(results.filter(({ status }) => status !== "applied")).toEqual([]);
  return undoPlan.diagnostics.map(({ code, summary }) => `${code}: ${summary}`);
}

test("undo restores the values of a changed account", () =>
  withAccountFields(async (environment) => {
    await environment.request("POST", "/accounts", OLD);
    const customFields = { Tier: null, Since: "2024-01-01" };
    const entry = declaredAccount("acme", { ...ACME, customFields, exact: ["domains"] });
    expect(await applyAndUndo(environment, desiredState([], { accounts: [entry] }))).toEqual([]);
    expect(await environment.accounts()).toEqual([OLD]);
  }));

test("values that changed after the apply are reported instead of undone, unless overwriting is allowed", () =>
  withAccountFields(async (environment) => {
    const { id } = await environment.request("POST", "/accounts", OLD);
    const desired = desiredState([], { accounts: [declaredAccount("acme", ACME)] });
    const rename = () => environment.request("PATCH", `/accounts/${id}`, { name: "Theirs" });
    expect(await applyAndUndo(environment, desired, {}, rename)).toEqual([
      "undo-changed: front_account.acme changed after the run and is not undone: name",
    ]);
    expect(await environment.accounts()).toEqual([{ ...OLD, name: "Theirs" }]);
    await environment.request("PATCH", `/accounts/${id}`, { name: OLD.name });
    expect(await applyAndUndo(environment, desired, { overwrite: ["front_account.acme"] }, rename)).toEqual([]);
    expect(await environment.accounts()).toEqual([OLD]);
  }));

/** Returns the paths of the DELETE requests, with `*` for IDs. */
function deletionsIn({ emulator }: TestEnvironment): readonly string[] {
  const deletions = emulator.requests.filter(({ method }) => method === "DELETE");
  return deletions.map(({ path }) => path.replace(/(?:acc|crd)_\w+/, "*"));
}

const DESIRED = desiredState([desiredContact("ada@x.example", IN_ACME)], { accounts: [declaredAccount("acme", ACME)] });

test("undo deletes a created account after it unlinks the contacts", () =>
  withAccountFields(async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    expect(await applyAndUndo(environment, DESIRED)).toEqual([]);
    expect(deletionsIn(environment)).toEqual(["/accounts/*/contacts", "/accounts/*"]);
    expect(await environment.accounts()).toEqual([]);
    expect(await environment.contacts()).toHaveLength(1);
  }, ACCOUNTS_SHOWN));

test("undo deletes the created contacts of a created account, and then the account", () =>
  withAccountFields(async (environment) => {
    const desired = { ...DESIRED, contacts: [desiredContact("bob@acme.example", IN_ACME)] };
    expect(await applyAndUndo(environment, desired)).toEqual([]);
    expect(deletionsIn(environment)).toEqual(["/contacts/*", "/accounts/*"]);
    expect([await environment.accounts(), await environment.contacts()]).toEqual([[], []]);
  }));

test("undo deletes a created account even if its domain matches contacts of the run", () =>
  withAccountFields(async (environment) => {
    await environment.createContact([handle("ada@acme.example")]);
    const desired = { ...DESIRED, contacts: [desiredContact("ada@acme.example", IN_ACME)] };
    expect(await applyAndUndo(environment, desired)).toEqual([]);
    expect(await environment.accounts()).toEqual([]);
    expect(await environment.contacts()).toHaveLength(1);
  }, ACCOUNTS_SHOWN));

test("undo does not delete a created account that has other contacts, nor any created account if removals are not allowed", () =>
  withAccountFields(async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    const join = () => environment.createContact([handle("eve@acme.example")]);
    const warning = /^undo-impossible: front_account.acme is not deleted: the account Acme \(acc_\w+\) has 1 contact,/;
    expect(await applyAndUndo(environment, DESIRED, {}, join)).toEqual([expect.stringMatching(warning)]);
    const other = desiredState([], { accounts: [declaredAccount("b", { domains: ["b.example"] })] });
    expect(await applyAndUndo(environment, other, { allowRemovals: false })).toEqual([
      "undo-keeps-created: 1 account created by the run is not deleted",
    ]);
    expect(await environment.accounts()).toHaveLength(2);
  }, ACCOUNTS_SHOWN));

test.each([
  ["does not delete a created contact that someone linked to an account after the apply", "bob@x.example", 1],
  ["deletes a created contact that Front linked to an account because of its domain", "bob@acme.example", 0],
  ["deletes a created contact that the apply linked to an account", "ada@x.example", 0],
] as const)("undo %s", (_, email, remaining) =>
  withAccountFields(async (environment) => {
    const { id } = await environment.request("POST", "/accounts", ACME_IN_FRONT);
    const desired = desiredState([desiredContact(email, email === "ada@x.example" ? IN_ACME : {})]);
    const link = async () => {
      const [bob] = await environment.contacts();
      await environment.request("POST", `/accounts/${id}/contacts`, { contact_ids: [bob?.["id"]] });
    };
    const warnings = await applyAndUndo(environment, desired, {}, email === "bob@x.example" ? link : undefined);
    const warning =
      /^undo-changed: front_contact.bob changed after the run and is not undone: the creation of a contact without a name \(crd_/;
    expect(warnings).toEqual(remaining === 0 ? [] : [expect.stringMatching(warning)]);
    expect(await environment.contacts()).toHaveLength(remaining);
  }, ACCOUNTS_SHOWN),
);

test("undo does not delete a created account that the configuration protects", () =>
  withAccountFields(async (environment) => {
    const entry = declaredAccount("acme", ACME);
    const plan = await environment.plan(desiredState([], { accounts: [entry] }));
    const applied = appliedPlan(plan, await environment.apply(plan));
    const protectedAccounts = [{ ...entry, protect: { location: locationAt(3) } }];
    const { plan: undoPlan } = await planUndoIn(environment, applied, { protectedAccounts });
    expect(undoPlan.diagnostics).toMatchObject([{ code: "account-protected", location: locationAt(3) }]);
    expect(undoPlan.operations).toEqual([]);
  }));

const DELETION = desiredState([], { accounts: [declaredAccount("acme", { ensure: "absent", externalId: "A-1" })] });
const ADA_DELETION = desiredContact("ada@x.example", { ensure: "absent" });
const CREATED_AGAIN = "undo-created-again: front_account.acme is created again without its logo and its ID";

/** Creates an account with contacts. Returns the IDs of the account and of the contacts. */
async function createMembers(environment: TestEnvironment, emails: readonly string[]) {
  const { id } = await environment.request("POST", "/accounts", OLD);
  const contacts: string[] = [];
  for (const email of emails) contacts.push(await environment.createContact([handle(email)]));
  await environment.request("POST", `/accounts/${id}/contacts`, { contact_ids: contacts });
  return { id, contacts };
}

async function memberIdsOf(environment: TestEnvironment, name: string): Promise<readonly string[]> {
  const { _results: accounts } = await environment.request("GET", "/accounts");
  const account = accounts.find((candidate: { readonly name: string }) => candidate.name === name);
  return account === undefined ? [] : (await environment.memberIds(`/accounts/${account.id}`)).toSorted();
}

test("undo creates a deleted account again and links its contacts, with a warning about lost values", () =>
  withAccountFields(async (environment) => {
    const { contacts } = await createMembers(environment, ["ada@x.example", "eve@old.example", "bob@x.example"]);
    const plan = await environment.plan(DELETION);
    const applied = appliedPlan(plan, await environment.apply(plan));
    const { plan: undoPlan } = await planUndoIn(environment, applied);
    expect(undoPlan.diagnostics.map(({ code, summary }) => `${code}: ${summary}`)).toEqual([CREATED_AGAIN]);
    expect(undoPlan.changes.map(({ address, notes }) => [address, notes.at(-1)])).toEqual([
      ["front_account.acme", undefined],
      [`front_contact.undeclared["${contacts[0]}"]`, "undeclared contact: without a name, email ada@x.example"],
      [`front_contact.undeclared["${contacts[2]}"]`, "undeclared contact: without a name, email bob@x.example"],
    ]);
    const { report, verification } = await environment.applyAndVerify(undoPlan);
    expect([report.results.every(({ status }) => status === "applied"), verification.diagnostics]).toEqual([true, []]);
    expect(await environment.accounts()).toEqual([OLD]);
    expect(await memberIdsOf(environment, "Old")).toEqual(contacts.toSorted());
    expect(operationsOf((await planUndoIn(environment, applied)).plan)).toEqual([]);
  }, ACCOUNTS_SHOWN));

test("a merge target is not linked to its account when the undo creates the account again, as the warning states", () =>
  withAccountFields(async (environment) => {
    await createMembers(environment, ["ada@x.example"]);
    await environment.createContact([handle("bob@x.example")]);
    const merged = desiredContact(["ada@x.example", "bob@x.example"], { merge: true });
    const plan = await environment.plan({ ...DELETION, contacts: [merged] });
    const applied = appliedPlan(plan, await environment.apply(plan));
    const { plan: undoPlan } = await planUndoIn(environment, applied);
    expect(undoPlan.diagnostics.find(({ code }) => code === "undo-created-again")?.advice).toContain(
      "The undo links the other contacts, unless they now have another account or were part of a merge.",
    );
    await environment.apply(undoPlan);
    expect(await environment.accounts()).toEqual([OLD]);
    expect(await memberIdsOf(environment, "Old")).toEqual([]);
  }));

test("a second undo of an account deletion links the contacts that the first undo failed to link", () =>
  withAccountFields(async (environment) => {
    const { contacts } = await createMembers(environment, ["ada@x.example"]);
    const plan = await environment.plan(DELETION);
    const applied = appliedPlan(plan, await environment.apply(plan));
    environment.emulator.faults = [{ kind: "status", status: 400, method: "POST", path: "/accounts/*/contacts" }];
    await environment.apply((await planUndoIn(environment, applied)).plan);
    environment.emulator.faults = [];
    expect(await memberIdsOf(environment, "Old")).toEqual([]);
    await environment.apply((await planUndoIn(environment, applied)).plan);
    expect(await memberIdsOf(environment, "Old")).toEqual(contacts);
  }));

test("undo leaves a contact in another account to which someone linked it after its account was deleted", () =>
  withAccountFields(async (environment) => {
    const { contacts } = await createMembers(environment, ["ada@x.example"]);
    const link = async () => {
      const { id } = await environment.request("POST", "/accounts", { name: "Other" });
      await environment.request("POST", `/accounts/${id}/contacts`, { contact_ids: contacts });
    };
    expect(await applyAndUndo(environment, DELETION, {}, link)).toEqual([
      expect.stringMatching(
        /^undo-changed: front_contact.undeclared.* changed after the run and is not undone: account$/,
      ),
      CREATED_AGAIN,
    ]);
    expect(await memberIdsOf(environment, "Other")).toEqual(contacts);
  }, ACCOUNTS_SHOWN));

test("undo moves a contact back that the run moved from a deleted account to a new account", () =>
  withAccountFields(async (environment) => {
    const { contacts } = await createMembers(environment, ["ada@x.example"]);
    const account = { externalId: "N-1", location: locationAt(9) };
    const created = declaredAccount("new", { name: "New", externalId: "N-1" });
    const deleted = declaredAccount("acme", { ensure: "absent", externalId: "A-1" });
    const desired = desiredState([desiredContact("ada@x.example", { account })], { accounts: [created, deleted] });
    expect(await applyAndUndo(environment, desired)).toEqual([CREATED_AGAIN]);
    expect(await environment.accounts()).toEqual([OLD]);
    expect(await memberIdsOf(environment, "Old")).toEqual(contacts);
  }));

test("undo leaves contacts in their current accounts if their previous account cannot be created again", () =>
  withAccountFields(async (environment) => {
    await createMembers(environment, ["ada@x.example", "bob@x.example"]);
    const account = { externalId: "N-1", location: locationAt(9) };
    const created = declaredAccount("new", { name: "New", externalId: "N-1" });
    const deleted = declaredAccount("acme", { ensure: "absent", externalId: "A-1" });
    const desired = desiredState([desiredContact("ada@x.example", { account })], { accounts: [created, deleted] });
    const takeDomain = () => environment.request("POST", "/accounts", { name: "Other", domains: OLD.domains });
    expect(await applyAndUndo(environment, desired, {}, takeDomain)).toEqual([
      expect.stringMatching(/front_contact.ada is not restored completely: its account acc_\w+ cannot be read/),
      expect.stringMatching(/front_account.new is not deleted: the account New .* has 1 contact/),
      expect.stringMatching(/front_account.acme is not created again: its external ID or a domain now belongs/),
    ]);
    expect(await memberIdsOf(environment, "New")).toHaveLength(1);
  }));

test.each([
  ["still exists", []],
  ["the run also deleted", DELETION.accounts],
])("undo creates a deleted contact again and links it to an account that %s", (_, accounts = []) =>
  withAccountFields(async (environment) => {
    await createMembers(environment, ["ada@x.example"]);
    const warnings = await applyAndUndo(environment, desiredState([ADA_DELETION], { accounts }));
    const losses = "without its conversations, its notes and its ID";
    expect(warnings[0]).toBe(`undo-created-again: front_contact.ada is created again ${losses}`);
    const [ada] = await environment.contacts();
    expect(await memberIdsOf(environment, "Old")).toEqual([ada?.["id"]]);
  }, ACCOUNTS_SHOWN),
);

test("a second undo links a contact that the first undo created again but failed to link", () =>
  withAccountFields(async (environment) => {
    await createMembers(environment, ["ada@x.example"]);
    const plan = await environment.plan(desiredState([ADA_DELETION]));
    const applied = appliedPlan(plan, await environment.apply(plan));
    environment.emulator.faults = [{ kind: "status", status: 400, method: "POST", path: "/accounts/*/contacts" }];
    await environment.apply((await planUndoIn(environment, applied)).plan);
    environment.emulator.faults = [];
    await environment.apply((await planUndoIn(environment, applied)).plan);
    expect(await memberIdsOf(environment, "Old")).toHaveLength(1);
    expect(operationsOf((await planUndoIn(environment, applied)).plan)).toEqual([]);
  }, ACCOUNTS_SHOWN));

test("undo creates an account that an earlier version of front-contacts deleted, but does not link its contacts", () =>
  withAccountFields(async (environment) => {
    await createMembers(environment, ["ada@x.example"]);
    const plan = await environment.plan(DELETION);
    const operations = plan.operations.map((operation) => {
      if (operation.kind !== "delete-account") return operation;
      const { members: _members, manualMembers: _manual, ...account } = operation.account;
      return { ...operation, account };
    });
    const applied = appliedPlan({ ...plan, operations }, await environment.apply({ operations }));
    expect((await planUndoIn(environment, applied)).plan.diagnostics.map(({ summary }) => summary)).toEqual([
      "front_account.acme is created again without its contacts, its logo and its ID",
    ]);
  }));

test("a second undo of a run has no changes", () =>
  withAccountFields(async (environment) => {
    await environment.request("POST", "/accounts", OLD);
    const plan = await environment.plan(desiredState([], { accounts: [declaredAccount("acme", ACME)] }));
    const applied = appliedPlan(plan, await environment.apply(plan));
    await environment.apply((await planUndoIn(environment, applied)).plan);
    const { plan: second } = await planUndoIn(environment, applied);
    expect(second).toMatchObject({ operations: [], changes: [], diagnostics: [] });
  }));

test.each([
  ["creates the account again", { ensure: "absent" }],
  ["adds the domain to the account again", { domains: ["new.example"], exact: ["domains"] }],
] as const)("a contact is not linked by a domain if the undo removes its handle and %s", (_, attributes) =>
  withAccountFields(async (environment) => {
    await environment.request("POST", "/accounts", OLD);
    const id = await environment.createContact([handle("ada@x.example")]);
    const ada = desiredContact("ada@x.example", {
      id,
      handles: [
        { ...handle("ada@x.example"), location: locationAt(2) },
        { ...handle("ada@old.example"), location: locationAt(3) },
      ],
    });
    const desired = desiredState([ada], { accounts: [declaredAccount("acme", { externalId: "A-1", ...attributes })] });
    const plan = await environment.plan(desired);
    const applied = appliedPlan(plan, await environment.apply(plan));
    await environment.apply((await planUndoIn(environment, applied)).plan, { parallelism: 1 });
    expect(await environment.accounts()).toEqual([OLD]);
    expect(await memberIdsOf(environment, "Old")).toEqual([]);
  }),
);

test("a contact is not linked by a domain if the undo removes the domain and adds a handle", () =>
  withAccountFields(async (environment) => {
    await environment.request("POST", "/accounts", OLD);
    const id = await environment.createContact(["ada@x.example", "ada@new.example"].map((email) => handle(email)));
    const ada = desiredContact("ada@x.example", { id, exact: ["handles"] });
    const account = declaredAccount("acme", { externalId: "A-1", domains: ["new.example"] });
    const delayUpdate = async () => environment.beforeNext("PATCH /accounts", () => setTimeout(200));
    expect(await applyAndUndo(environment, desiredState([ada], { accounts: [account] }), {}, delayUpdate)).toEqual([]);
    expect(await environment.accounts()).toEqual([OLD]);
    expect(await memberIdsOf(environment, "Old")).toEqual([]);
  }));
