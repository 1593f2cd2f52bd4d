import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { DesiredState } from "../../src/model/contact.ts";
import { frontEdits, performFrontEdit } from "../support/front-edits.ts";
import { accountsOf, Declarations, differingPaths, pathOf, readValues, type Values } from "../support/front-values.ts";
import { twoConfigurations } from "../support/mixed-files.ts";
import {
  accountBehaviors,
  applyWithoutFailure,
  createPropertyTest,
  errorsOf,
  listRemoteContacts,
} from "../support/scenarios.ts";

function withBase(desired: DesiredState, base: DesiredState, overwrite = false): DesiredState {
  const { contacts, lists, accounts } = base;
  const baseState = { revision: "main", tree: `${"0".repeat(40)}:contacts`, overwrite, contacts, lists };
  return { ...desired, base: { ...baseState, ...(accounts && { accounts }) } };
}

const scenarios = fc
  .tuple(twoConfigurations(accountBehaviors), frontEdits)
  .map(([scenario, edits]) => ({ ...scenario, edits }));

const testProperty = createPropertyTest(test, scenarios);

/**
 * Returns false if the contact's account at the base was deleted, and the contact is no longer in any account. Linking
 * the contact to another account then removes nothing. Also returns false if the contact was in a second account, which
 * the base did not manage.
 */
function isAccountManaged(before: string, edited: Values, path: string): boolean {
  const isDeleted = edited.get(path) === "" && !edited.has(pathOf(before, "exists"));
  return !isDeleted && !before.includes(" ");
}

testProperty(
  "a plan whose base is the current configuration changes nothing, whatever Front contains",
  40,
  async ({ environment, desired, policy }) => {
    const plan = await environment.plan(withBase(desired, desired), policy);
    expect([errorsOf(plan), plan.operations, plan.changes]).toEqual([[], [], []]);
  },
);

testProperty(
  "a plan with a base preserves every edit of a managed value, and every value that did not change in the configuration",
  60,
  async ({ environment, desired, policy, scenario }) => {
    const base = await scenario.base();
    await applyWithoutFailure(environment, await environment.plan(base, policy));
    const before = await readValues(environment);
    const contactsBefore = await listRemoteContacts(environment);
    const accountsBefore = await accountsOf(environment);
    for (const edit of scenario.edits) await performFrontEdit(edit, environment);
    const edited = await readValues(environment);
    const contacts = [...contactsBefore, ...(await listRemoteContacts(environment))];
    const accounts = [...accountsBefore, ...(await accountsOf(environment))];
    const plan = await environment.plan(withBase(desired, base), policy);
    await applyWithoutFailure(environment, plan);
    const after = await readValues(environment);
    const atBase = new Declarations(base, contacts, accounts);
    const now = new Declarations(desired, contacts, accounts);
    const isManagedEdit = (path: string) =>
      before.get(path) !== edited.get(path) && atBase.declarationOf(path) !== undefined;
    const isUnchanged = (path: string) => atBase.declarationOf(path) === now.declarationOf(path);
    const isUnmanaged = (path: string) => isUnchanged(path) && now.declarationOf(path) === undefined;
    // A new entry applies all its values.
    const isNew = (id: string) => !isUnchanged(pathOf(id, "exists"));
    const mustStay = (id: string, path: string) =>
      isNew(id) ? isUnmanaged(path) : isManagedEdit(path) || isUnchanged(path);
    const editedIds = new Set(
      differingPaths(before, edited)
        .filter(isManagedEdit)
        .map((path) => path.split(" ")[0]),
    );
    const lost = differingPaths(edited, after).filter((path) => {
      const [id = "", attribute] = path.split(" ");
      if (!edited.has(pathOf(id, "exists"))) return false;
      if (!after.has(pathOf(id, "exists"))) return editedIds.has(id);
      if (attribute === "account" && !isAccountManaged(before.get(path) ?? "", edited, path)) return false;
      return mustStay(id, path);
    });
    expect(lost.map((path) => `${path}: ${before.get(path)} -> ${edited.get(path)} -> ${after.get(path)}`)).toEqual([]);
    const next = await environment.plan(withBase(desired, desired), policy);
    expect([errorsOf(next), next.operations]).toEqual([[], []]);
    // Without `linkMoves`, a contact can also be in an account that the base did not manage. That is a conflict.
    if (scenario.edits.length > 0 || scenario.behavior.linkMoves === false) return;
    const full = await environment.plan(desired, policy);
    expect([errorsOf(full), full.operations, full.changes]).toEqual([[], [], []]);
  },
);

testProperty("with overwrite, a plan with a base applies the whole configuration", 20, async (setup) => {
  const { environment, desired, policy, scenario } = setup;
  const base = await scenario.base();
  await applyWithoutFailure(environment, await environment.plan(base, policy));
  for (const edit of scenario.edits) await performFrontEdit(edit, environment);
  const plan = await environment.plan(withBase(desired, base, true), policy);
  expect(plan.base?.drift).toEqual([]);
  await applyWithoutFailure(environment, plan);
  const full = await environment.plan(desired, policy);
  expect([errorsOf(full), full.operations, full.changes]).toEqual([[], [], []]);
});
