import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { AppliedPlan } from "../../src/history/undo/applied-plan.ts";
import type { Difference } from "../../src/model/change.ts";
import { handleKey } from "../../src/model/contact.ts";
import { normalText } from "../../src/model/field-values.ts";
import type { Plan } from "../../src/model/plan.ts";
import { contactScenarios } from "../support/contact-scenarios.ts";
import { accountsOf } from "../support/front-values.ts";
import { handleConflicts, isPlannable, scenariosOf } from "../support/handle-conflicts.ts";
import { mixedFiles } from "../support/mixed-files.ts";
import {
  accountBehaviors,
  applyWithoutFailure,
  createPropertyTest,
  errorsOf,
  listRemoteContacts,
  type RemoteContactJson,
} from "../support/scenarios.ts";
import type { TestEnvironment } from "../support/test-environment.ts";
import { appliedPlan, planUndoIn } from "../support/undo.ts";

/**
 * Returns a contact with normalized text and sorted collections, because Front may trim strings, and the order of
 * collections depends on earlier writes.
 */
function normalize({ custom_fields: fields, ...contact }: RemoteContactJson): object {
  const filled = Object.entries(fields).filter(([, value]) => value !== null && value !== "");
  return {
    ...contact,
    name: normalText(contact.name ?? ""),
    description: normalText(contact.description ?? ""),
    handles: contact.handles.map(handleKey).sort(),
    links: contact.links.map(normalText).sort(),
    // An undo creates a deleted list again, with a new ID.
    lists: contact.lists.map(({ name }) => name).sort(),
    fields: filled
      .map(([field, value]) => [field, typeof value === "string" ? normalText(value) : value])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  };
}

/** Returns the ID of the contact that joins or leaves a list; undefined for other differences. */
function memberIn(difference: Difference): string | undefined {
  if (difference.attribute !== "members") return undefined;
  return (difference.before ?? difference.after)?.id;
}

/**
 * Returns the contacts, the names of the lists, the accounts and the IDs of the accounts' members in Front. Normalizes
 * contacts that the plan changes, because an undo may trim their values. Omits the modification times of accounts, and
 * the memberships of contacts that may leave an account that the plan does not contain, because an undo cannot restore
 * it.
 */
async function readFront(environment: TestEnvironment, plan: Plan) {
  const changedIds = new Set(plan.changes.flatMap(({ id, differences }) => [id, ...differences.map(memberIn)]));
  const contacts: readonly (RemoteContactJson & { readonly account?: { readonly id: string } | null })[] =
    await listRemoteContacts(environment);
  const accounts = await accountsOf(environment);
  const members = await Promise.all(accounts.map(({ id }) => environment.memberIds(`/accounts/${id}`)));
  const leavingIds = new Set(plan.changes.filter(mayLeaveUnknownAccount).map(({ id }) => id));
  return {
    contacts: contacts.map(({ account, ...contact }) => ({
      ...(changedIds.has(contact.id) ? normalize(contact) : contact),
      id: contact.id,
      account: account?.id,
    })),
    lists: await environment.listNames(),
    accounts: accounts.map(({ domains, updated_at: _, ...rest }) => ({ ...rest, domains: domains.toSorted() })),
    accountMembers: members.map((ids) => ids.filter((id) => !leavingIds.has(id)).sort()),
  };
}

/** Returns whether a contact joins an account, and the plan does not contain the account that it may leave. */
function mayLeaveUnknownAccount({ differences }: Plan["changes"][number]): boolean {
  return differences.some(({ attribute, before }) => attribute === "account" && before === undefined);
}

/**
 * Returns whether an undo can restore everything that a plan changes. An undo cannot reverse a merge, restore a deleted
 * contact completely, or clear a name. A plan with errors is not applied.
 */
function canBeUndone({ operations, changes, diagnostics }: Plan): boolean {
  const isIrreversible = operations.some(({ kind }) => kind === "merge-contacts" || kind === "delete-contact");
  const addsName = changes.some(({ action, differences }) => {
    return action === "update" && differences.some(({ attribute, before }) => attribute === "name" && !before);
  });
  return !isIrreversible && !addsName && errorsOf({ diagnostics }).length === 0;
}

/** Companies and configurations without merges and deletions. Handles may be moved, removed or added. */
const reversible = handleConflicts
  .map(({ entries, ...rest }) => ({
    ...rest,
    allowHandleMoves: true,
    entries: entries.map(({ attributes, ...entry }) => {
      const { ensure: _, merge: _merge, ...remaining } = attributes;
      return { ...entry, attributes: remaining };
    }),
  }))
  .filter(isPlannable);

/** Generated companies and configurations, each with a factor for the number of runs. */
const SCENARIO_KINDS = [
  ["in any company", contactScenarios(), 1],
  [
    "with handles that move and collections that are exact",
    scenariosOf(reversible, fc.record({ linkMoves: fc.boolean() })),
    1,
  ],
  ["with accounts, an exact list, a table and defaults", mixedFiles(accountBehaviors), 2],
] as const;

function testUndo(
  name: string,
  numRuns: number,
  check: (environment: TestEnvironment, plan: Plan, randomNumber: number) => Promise<void>,
): void {
  for (const [kind, scenarios, factor] of SCENARIO_KINDS) {
    const registerTest = createPropertyTest(test, scenarios, { endOnFailure: true });
    registerTest(`${name}, ${kind}`, factor * numRuns, async ({ environment, desired, policy, randomNumber }) => {
      const plan = await environment.plan(desired, policy);
      if (canBeUndone(plan)) await check(environment, plan, randomNumber);
    });
  }
}

/**
 * Undoes a run completely. This may take two undos, because a handle that moved to a created contact can move back only
 * after that contact is deleted.
 */
async function undo(
  environment: TestEnvironment,
  applied: AppliedPlan,
  earlierUndos: readonly AppliedPlan[] = [],
): Promise<void> {
  for (let round = 1; ; round += 1) {
    const { plan } = await planUndoIn(environment, applied, { earlierUndos });
    // A contact must have a handle at every step, so some swaps of handles cannot be undone. Such an undo is rejected.
    fc.pre(!plan.diagnostics.some(({ code }) => code === "handle-move-stuck"));
    expect(errorsOf(plan)).toEqual([]);
    if (plan.operations.length === 0) break;
    expect(round).toBeLessThan(3);
    await applyWithoutFailure(environment, plan);
  }
}

testUndo("an undo restores every managed value and changes nothing else", 15, async (environment, plan) => {
  const before = await readFront(environment, plan);
  const { report } = await environment.applyAndVerify(plan);
  await undo(environment, appliedPlan(plan, report));
  expect(await readFront(environment, plan)).toEqual(before);
});

const EDIT = { description: "Edited", link: "https://edited.example", field: "Job Title", value: "Edited" };

/**
 * Edits about half of these contacts, except private ones, and about half of all accounts, as a teammate. Returns the
 * IDs of the edited contacts and accounts.
 */
async function editSome(
  environment: TestEnvironment,
  ids: readonly string[],
  randomNumber: number,
): Promise<ReadonlySet<string>> {
  const contacts = (await listRemoteContacts(environment)).filter(({ is_private: isPrivate }) => !isPrivate);
  const edited = contacts.filter(({ id }, index) => ids.includes(id) && ((randomNumber >> index) & 1) === 1);
  for (const { id, links, custom_fields: fields } of edited) {
    const { description, link, field, value } = EDIT;
    const patch = { description, links: [...links, link], custom_fields: { ...fields, [field]: value } };
    await environment.request("PATCH", `/contacts/${id}`, patch);
  }
  const accounts = (await accountsOf(environment)).filter((_, index) => ((randomNumber >> (index + 5)) & 1) === 1);
  for (const { id } of accounts)
    await environment.request("PATCH", `/accounts/${id}`, { description: EDIT.description });
  return new Set([...edited, ...accounts].map(({ id }) => id));
}

testUndo(
  "an undo preserves edits that teammates made after the apply, and restores all other contacts",
  15,
  async (environment, plan, randomNumber) => {
    const before = await readFront(environment, plan);
    const { report } = await environment.applyAndVerify(plan);
    const edited = await editSome(
      environment,
      before.contacts.map(({ id }) => id),
      randomNumber,
    );
    await undo(environment, appliedPlan(plan, report));
    const after = await listRemoteContacts(environment);
    const editedContacts = after.filter(({ id }) => edited.has(id));
    const editedAccounts = (await accountsOf(environment)).filter(({ id }) => edited.has(id));
    expect(editedContacts.length + editedAccounts.length).toBe(edited.size);
    for (const { description } of editedAccounts) expect(description).toBe(EDIT.description);
    for (const { description, links, custom_fields: fields } of editedContacts) {
      expect(description).toBe(EDIT.description);
      expect(links).toContain(EDIT.link);
      expect(fields[EDIT.field]).toBe(EDIT.value);
    }
    const isUnedited = ({ id }: { readonly id: string }) => !edited.has(id);
    const uneditedContacts = ({ contacts }: Awaited<ReturnType<typeof readFront>>) => contacts.filter(isUnedited);
    expect(uneditedContacts(await readFront(environment, plan))).toEqual(uneditedContacts(before));
  },
);

testUndo(
  "an undo that is interrupted at any request is completed when it is repeated",
  15,
  async (environment, plan, randomNumber) => {
    const before = await readFront(environment, plan);
    const { report } = await environment.applyAndVerify(plan);
    const applied = appliedPlan(plan, report);
    const first = await planUndoIn(environment, applied);
    const interrupted = await environment.applyWithLostConnection(first.plan, randomNumber);
    await undo(environment, applied, [appliedPlan(first.plan, interrupted)]);
    expect(await readFront(environment, plan)).toEqual(before);
  },
);

testUndo("undoing an undo restores the state after an apply that created nothing", 12, async (environment, plan) => {
  const { report } = await environment.applyAndVerify(plan);
  if (plan.changes.some(({ action }) => action === "create")) return;
  const applied = await readFront(environment, plan);
  const back = await planUndoIn(environment, appliedPlan(plan, report));
  const undone = await environment.applyAndVerify(back.plan);
  await undo(environment, appliedPlan(back.plan, undone.report));
  expect(await readFront(environment, plan)).toEqual(applied);
});
