import { expect, test } from "@jest/globals";
import type { Seed } from "../../src/emulator/index.ts";
import { revalidatePlan } from "../../src/history/revalidate.ts";
import { decodePlan, encodePlan } from "../../src/history/saved-plan-file.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { declaredAccount, desiredContact, desiredState, handle, locationAt } from "../support/builders.ts";
import { FULL_PAGES } from "../support/emulator.ts";
import { operationsOf } from "../support/scenarios.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";
import { appliedPlan, planUndoIn } from "../support/undo.ts";

const SEED: Seed = {
  contacts: [{ id: "crd_ada", handles: [handle("ada@x.example")] }],
  accounts: [
    { id: "acc_old", name: "Old", external_id: "A-1", contacts: ["crd_ada"] },
    { id: "acc_other", name: "Other" },
  ],
};
const UNKNOWN = "undo-account-unknown: The undo deletes or links 1 contact whose current account is unknown";
const BOB_CHANGED =
  /^undo-changed: front_contact.bob changed after the run and is not undone: the creation of a contact without a name \(crd_/;
const ACCOUNT_CREATED_AGAIN = "undo-created-again: front_account.old is created again without its logo and its ID";

const BOB = desiredContact("bob@x.example");
const ADA_DELETION = desiredContact("ada@x.example", { ensure: "absent" });
const OLD_DELETION = declaredAccount("old", { ensure: "absent", externalId: "A-1" });

/** Runs a test in which Front does not return the accounts of contacts. */
function inEnvironment(run: (environment: TestEnvironment) => Promise<void>) {
  return withTestEnvironment(
    { seed: SEED, behavior: { ...FULL_PAGES, accountOnContacts: "never", linkMoves: true } },
    run,
  );
}

/** Applies a plan, calls `edit`, and undoes the apply. Returns the warnings of the undo. */
async function applyAndUndo(
  environment: TestEnvironment,
  desired: DesiredState,
  edit: () => Promise<unknown> = async () => {},
): Promise<readonly string[]> {
  const plan = await environment.plan(desired);
  const applied = appliedPlan(plan, await environment.apply(plan));
  await edit();
  const { plan: undo } = await planUndoIn(environment, applied);
  const { results } = await environment.apply(undo);
  expect(results.filter(({ status }) => status !== "applied")).toEqual([]);
  return undo.diagnostics.map(({ code, summary }) => `${code}: ${summary}`);
}

async function idOfAccount(environment: TestEnvironment, name: string): Promise<string> {
  const { _results: accounts } = await environment.request("GET", "/accounts");
  return accounts.find((account: { readonly name: string }) => account.name === name).id;
}

async function link(environment: TestEnvironment, email: string, account: string): Promise<void> {
  const { id } = await environment.request("GET", `/contacts/alt:email:${encodeURIComponent(email)}`);
  const accountId = await idOfAccount(environment, account);
  await environment.request("POST", `/accounts/${accountId}/contacts`, { contact_ids: [id] });
}

async function membersOf(environment: TestEnvironment, account: string): Promise<readonly string[]> {
  return await environment.memberIds(`/accounts/${await idOfAccount(environment, account)}`);
}

test("an undo creates a deleted contact again without its account, with a warning", () =>
  inEnvironment(async (environment) => {
    expect(await applyAndUndo(environment, desiredState([ADA_DELETION]))).toEqual([
      "undo-created-again: front_contact.ada is created again without its account, its conversations, its notes and its ID",
    ]);
    expect(await environment.contacts()).toHaveLength(1);
    expect(await membersOf(environment, "Old")).toEqual([]);
  }));

test("an undo creates a deleted contact again and links it to an account that the run also deleted", () =>
  inEnvironment(async (environment) => {
    expect(await applyAndUndo(environment, desiredState([ADA_DELETION], { accounts: [OLD_DELETION] }))).toEqual([
      "undo-created-again: front_contact.ada is created again without its conversations, its notes and its ID",
      ACCOUNT_CREATED_AGAIN,
    ]);
    const [ada] = await environment.contacts();
    expect(await membersOf(environment, "Old")).toEqual([ada?.["id"]]);
  }));

test("the undo warns that a created contact, which it deletes, may have been linked to an account", () =>
  inEnvironment(async (environment) => {
    expect(await applyAndUndo(environment, desiredState([BOB]))).toEqual([UNKNOWN]);
    expect(await environment.contacts()).toHaveLength(1);
  }));

test("the undo warns that the contacts of an account that is created again may have been linked to another account", () =>
  inEnvironment(async (environment) => {
    const desired = desiredState([], { accounts: [OLD_DELETION] });
    expect(await applyAndUndo(environment, desired)).toEqual([ACCOUNT_CREATED_AGAIN, UNKNOWN]);
    expect(await membersOf(environment, "Old")).toEqual(["crd_ada"]);
  }));

test("the undo does not warn about a created contact that is still in the account to which the run linked it", () =>
  inEnvironment(async (environment) => {
    const bob = desiredContact("bob@x.example", { account: { externalId: "A-1", location: locationAt(9) } });
    expect(await applyAndUndo(environment, desiredState([bob]))).toEqual([]);
    expect(await environment.contacts()).toHaveLength(1);
  }));

test("the undo warns that a contact may have had another account before the run linked it", () =>
  inEnvironment(async (environment) => {
    const ada = desiredContact("ada@x.example", { account: { id: "acc_other", location: locationAt(9) } });
    expect(await applyAndUndo(environment, desiredState([ada]))).toEqual([
      "undo-account-unknown: The account of 1 contact before the run is unknown and is not restored",
    ]);
    expect([await membersOf(environment, "Old"), await membersOf(environment, "Other")]).toEqual([[], []]);
  }));

test("an undo does not delete a created contact that left the account to which the run linked it", () =>
  inEnvironment(async (environment) => {
    const bob = desiredContact("bob@x.example", { account: { externalId: "A-1", location: locationAt(9) } });
    const move = () => link(environment, "bob@x.example", "Other");
    expect(await applyAndUndo(environment, desiredState([bob]), move)).toEqual([expect.stringMatching(BOB_CHANGED)]);
    expect(await membersOf(environment, "Other")).toHaveLength(1);
  }));

test("an undo does not delete a created contact that someone linked to an account that the run created", () =>
  inEnvironment(async (environment) => {
    const desired = desiredState([BOB], { accounts: [declaredAccount("new", { name: "New", externalId: "N-1" })] });
    expect(await applyAndUndo(environment, desired, () => link(environment, "bob@x.example", "New"))).toEqual([
      expect.stringMatching(BOB_CHANGED),
      expect.stringMatching(/^undo-impossible: front_account.new is not deleted: .* has 1 contact,/),
    ]);
    expect(await membersOf(environment, "New")).toHaveLength(1);
  }));

test("a saved undo does not delete a created contact that left its account after the plan was created", () =>
  inEnvironment(async (environment) => {
    const bob = desiredContact("bob@x.example", { account: { externalId: "A-1", location: locationAt(9) } });
    const planned = await environment.plan(desiredState([bob]));
    const { plan, desired } = await planUndoIn(environment, appliedPlan(planned, await environment.apply(planned)));
    const { saved } = decodePlan(encodePlan(plan, desired, { version: "1.2.3", now: 0 }), "plan.json");
    if (saved === undefined) throw new Error("the plan cannot be read");
    await link(environment, "bob@x.example", "Other");
    const { plan: remaining, refusals } = revalidatePlan(saved, await environment.read(saved.desired));
    expect(refusals.map(({ address }) => address)).toEqual(["front_contact.bob"]);
    expect(operationsOf(remaining)).toEqual([]);
  }));
