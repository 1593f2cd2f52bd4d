import { expect, test } from "@jest/globals";
import type { Seed } from "../../src/emulator/index.ts";
import type { UndoOptions } from "../../src/history/undo/desired-to-undo.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { declaredAccount, desiredContact, desiredState, handle, locationAt } from "../support/builders.ts";
import { FULL_PAGES } from "../support/emulator.ts";
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

function withAccountFields(run: (environment: TestEnvironment) => Promise<void>) {
  return withTestEnvironment(run, { seed: SEED, behavior: FULL_PAGES });
}

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

const DESIRED = desiredState([desiredContact("ada@x.example", IN_ACME)], { accounts: [declaredAccount("acme", ACME)] });

test("a created account is deleted after its contacts are unlinked", () =>
  withAccountFields(async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    expect(await applyAndUndo(environment, DESIRED)).toEqual([]);
    expect(await environment.accounts()).toEqual([]);
    expect(await environment.contacts()).toHaveLength(1);
  }));

test("a created account is deleted after its contacts, if the run created them", () =>
  withAccountFields(async (environment) => {
    const desired = { ...DESIRED, contacts: [desiredContact("bob@acme.example", IN_ACME)] };
    expect(await applyAndUndo(environment, desired)).toEqual([]);
    expect([await environment.accounts(), await environment.contacts()]).toEqual([[], []]);
  }));

test("a created account is deleted even if its domain matches contacts of the run", () =>
  withAccountFields(async (environment) => {
    await environment.createContact([handle("ada@acme.example")]);
    const desired = { ...DESIRED, contacts: [desiredContact("ada@acme.example", IN_ACME)] };
    expect(await applyAndUndo(environment, desired)).toEqual([]);
    expect(await environment.accounts()).toEqual([]);
    expect(await environment.contacts()).toHaveLength(1);
  }));

test("a created account is not deleted if it has other contacts, or if removals are not allowed", () =>
  withAccountFields(async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    const join = () => environment.createContact([handle("eve@acme.example")]);
    const warning =
      /^undo-impossible: front_account.acme is not restored completely: the account Acme \(acc_\w+\) has 1 contact,/;
    expect(await applyAndUndo(environment, DESIRED, {}, join)).toEqual([expect.stringMatching(warning)]);
    const other = desiredState([], { accounts: [declaredAccount("b", { domains: ["b.example"] })] });
    expect(await applyAndUndo(environment, other, { allowRemovals: false })).toEqual([
      "undo-keeps-created: 1 account created by the run is not deleted",
    ]);
    expect(await environment.accounts()).toHaveLength(2);
  }));

test.each([
  ["is not deleted if someone linked it to an account after the apply", "bob@x.example", 1],
  ["is deleted if Front linked it to an account because of its domain", "bob@acme.example", 0],
  ["is deleted although the apply linked it to an account", "ada@x.example", 0],
] as const)("a created contact %s", (_, email, remaining) =>
  withAccountFields(async (environment) => {
    const { id } = await environment.request("POST", "/accounts", ACME_IN_FRONT);
    const desired = desiredState([desiredContact(email, email === "ada@x.example" ? IN_ACME : {})]);
    const link = async () => {
      const [bob] = await environment.contacts();
      await environment.request("POST", `/accounts/${id}/contacts`, { contact_ids: [bob?.["id"]] });
    };
    const warnings = await applyAndUndo(environment, desired, {}, email === "bob@x.example" ? link : undefined);
    const warning = /^undo-changed: front_contact.bob changed after the run and is not undone: the contact .*crd_/;
    expect(warnings).toEqual(remaining === 0 ? [] : [expect.stringMatching(warning)]);
    expect(await environment.contacts()).toHaveLength(remaining);
  }),
);

test("a created account that the configuration protects is not deleted", () =>
  withAccountFields(async (environment) => {
    const entry = declaredAccount("acme", ACME);
    const plan = await environment.plan(desiredState([], { accounts: [entry] }));
    const applied = appliedPlan(plan, await environment.apply(plan));
    const protectedAccounts = [{ ...entry, protect: { location: locationAt(3) } }];
    const { plan: undoPlan } = await planUndoIn(environment, applied, { protectedAccounts });
    expect(undoPlan.diagnostics).toMatchObject([{ code: "account-protected", location: locationAt(3) }]);
    expect(undoPlan.operations).toEqual([]);
  }));

test("a deleted account is created again, with a warning about lost values", () =>
  withAccountFields(async (environment) => {
    const { id } = await environment.request("POST", "/accounts", OLD);
    const ada = await environment.createContact([handle("ada@x.example")]);
    await environment.request("POST", `/accounts/${id}/contacts`, { contact_ids: [ada] });
    const deletion = desiredState([], { accounts: [declaredAccount("acme", { ensure: "absent", externalId: "A-1" })] });
    expect(await applyAndUndo(environment, deletion)).toEqual([
      "undo-created-again: front_account.acme is created again without its contacts, its logo and its ID",
    ]);
    expect(await environment.accounts()).toEqual([OLD]);
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
