import { type Revalidate, type Revalidation, withoutSubjects } from "../applying/periodic-revalidation.ts";
import type { FrontApi } from "../front/api.ts";
import { RemoteContactIndex } from "../matching/contact-index.ts";
import { DeclaredContacts } from "../matching/declared-contacts.ts";
import type { DeclaredAccount } from "../model/account.ts";
import { accountAddress, contactAddress, listAddress } from "../model/address.ts";
import type { DesiredContact, DesiredState, RemoteContact } from "../model/contact.ts";
import type { Refusal, SourceLocation } from "../model/diagnostic.ts";
import { declaredKeys, remoteKeys } from "../model/handle.ts";
import { type Operation, operationId, type Plan } from "../model/plan.ts";
import { type PlanPolicy, planChanges } from "../planning/plan-changes.ts";
import { countRequests } from "../planning/request-estimate.ts";
import type { ReadOptions } from "../reading/read-remote-state.ts";
import { matchReadings, type Readings } from "../reading/remote-state.ts";
import { ChangesSincePlan, type RecentChanges } from "./changes-since-plan.ts";
import { accountsUnreadable, changedSincePlan, dependsOnRefused } from "./messages.ts";
import { Review, withAccountAddresses } from "./review.ts";
import { isListRemoval, refuseChangedMembers, withReviewedMembers } from "./reviewed-members.ts";
import type { SavedPlan } from "./saved-plan-file.ts";

/** The part of a saved plan that can be applied now. */
export interface Revalidated {
  /** Computed from the current remote state. Performs all or part of the saved plan, and nothing else. */
  readonly plan: Plan;
  readonly refusals: readonly Refusal[];
}

/**
 * Runs the planner on the desired state in a saved plan and on the current remote state. An operation of the result is
 * kept if the saved plan contains it and if a reviewed change explains it. A resource that needs any other operation is
 * refused as a whole, together with everything that depends on it.
 */
export function revalidatePlan({ plan, desired }: Pick<SavedPlan, "plan" | "desired">, state: Readings): Revalidated {
  const again = planAgain(desired, state);
  const { refusals } = again;
  const now = withReviewedMembers(again.now, plan);
  const review = new Review(withAccountAddresses(plan, state.accounts));
  const refused = byAddress([
    ...refusals,
    ...refuseUnreadableAccounts(plan, state),
    ...refuseUnreviewed(withAccountAddresses(now, state.accounts), review),
  ]);
  for (const refusal of refuseLinks(plan, refused)) refused.set(refusal.address, refusal);
  refuseDependents(now, refused);
  const operations = withoutRefused(now.operations, refused);
  const touched = new Set(operations.flatMap(({ subjects }) => subjects));
  const left: Plan = {
    ...now,
    ...(plan.targets === undefined ? {} : { targets: plan.targets }),
    ...(plan.undoes === undefined ? {} : { undoes: plan.undoes }),
    ...(plan.base === undefined ? {} : { base: plan.base }),
    declared: plan.declared,
    changes: now.changes.filter(({ address }) => touched.has(address)),
    operations,
    requests: countRequests(operations, now.basis.sizes),
    diagnostics: now.diagnostics.filter(({ severity }) => severity === "warning"),
  };
  return { plan: left, refusals: [...refused.values()] };
}

/**
 * Returns a function that re-validates operations of `plan` while it is applied. It lists the contacts that changed in
 * Front since the plan was read, or since the previous call, and plans only these again.
 */
export function revalidationOf(
  plan: Plan,
  desired: DesiredState,
  front: FrontApi,
  options: Pick<ReadOptions, "pictures" | "samePicture" | "cwd"> = {},
): Revalidate {
  const changes = new ChangesSincePlan(plan, desired, front, { ...options, company: plan.company });
  const review = new Review(plan);
  return async (operations) => {
    const addresses = new Set(operations.flatMap(({ subjects }) => subjects));
    const entries = desired.contacts.filter(({ key }) => addresses.has(contactAddress(key)));
    const recent = await changes.read(entries);
    return revalidateOperations(operations, { plan, desired: { ...desired, contacts: entries }, review, recent });
  };
}

interface RevalidationInput {
  readonly plan: Plan;
  /** The desired state with only the entries that the operations concern. */
  readonly desired: DesiredState;
  readonly review: Review;
  readonly recent: RecentChanges;
}

/** Re-validates operations. Contacts that did not change are as in the plan, so their operations are still valid. */
function revalidateOperations(operations: readonly Operation[], input: RevalidationInput): Revalidation {
  const { plan, review, recent } = input;
  // Operations on accounts read the account themselves before they change it.
  const { accounts: _accounts, ...desired } = input.desired;
  const { now, refusals } = planAgain(
    { ...desired, contacts: recent.entries.map(({ account: _, ...entry }) => entry) },
    { ...recent, accounts: [], conversations: new Map(), coverage: plan.coverage, readAt: plan.basis.readAt },
  );
  const merging = addressesOf(recent.entries.filter((entry) => hasPendingMerge(entry, plan, recent.contacts)));
  const checked = addressesOf(recent.entries);
  const unreviewed = refuseUnreviewed(now, review).filter(
    ({ address }) => checked.has(address) && !merging.has(address),
  );
  const refused = byAddress([
    ...refusals,
    ...unreviewed,
    ...refuseUndecodable(plan, desired, recent),
    ...refuseChangedMembers(plan, recent.members),
  ]);
  const fresh = new Map<string, readonly Operation[]>();
  const known = new Map<string, string>();
  const contacts = new RemoteContactIndex(recent.contacts);
  for (const entry of recent.entries) {
    const address = contactAddress(entry.key);
    if (refused.has(address)) continue;
    // A merge checks all its contacts itself before it starts.
    fresh.set(address, (merging.has(address) ? plan : now).operations.filter(isOn(address)));
    const id =
      now.changes.find((change) => change.address === address)?.id ?? contacts.contactsWithAny(entry.handles)[0]?.id;
    if (id !== undefined) known.set(address, id);
  }
  const lists = new Set(recent.lists.map(({ name }) => name));
  return {
    operations: operations.flatMap((operation) => {
      if (operation.kind === "create-list" && lists.has(operation.name)) return [];
      return currentOperation(operation, fresh, refused);
    }),
    known,
    refusals: [...refused.values()],
  };
}

function addressesOf(entries: readonly DesiredContact[]): ReadonlySet<string> {
  return new Set(entries.map(({ key }) => contactAddress(key)));
}

function isOn(address: string): (operation: Operation) => boolean {
  return ({ subjects }) => subjects.includes(address);
}

/** Returns the operation to perform now: undefined if it is done or refused, and reduced if it is partly done. */
function currentOperation(
  operation: Operation,
  fresh: ReadonlyMap<string, readonly Operation[]>,
  refused: Refused,
): Operation[] {
  // Adding a member again has no effect, so an operation on several contacts only leaves out those refused.
  if ("contacts" in operation) return withoutSubjects(operation, refused);
  if (operation.subjects.some((subject) => refused.has(subject))) return [];
  const planned = operation.subjects.map((subject) => fresh.get(subject)).find((found) => found !== undefined);
  if (planned === undefined) return [operation];
  const { id, dependsOn, subjects } = operation;
  return planned.filter((each) => each.id === id).map((each) => ({ ...each, dependsOn, subjects }));
}

/** Returns whether a merge is still needed: the target does not have every handle that the entry declares. */
function hasPendingMerge(entry: DesiredContact, { operations }: Plan, contacts: readonly RemoteContact[]): boolean {
  const merge = operations.filter(isOn(contactAddress(entry.key))).find(({ kind }) => kind === "merge-contacts");
  if (merge?.kind !== "merge-contacts") return false;
  const { target, others } = merge;
  const held = new Set(contacts.find(({ id }) => id === target.id)?.handles.flatMap(remoteKeys));
  const declared = new Set(entry.handles.flatMap(declaredKeys));
  const merged = [target, ...others].flatMap(({ handles }) => handles.map(remoteKeys));
  return merged.some((keys) => keys.some((key) => declared.has(key)) && !keys.some((key) => held.has(key)));
}

/** Refuses entries whose contact can no longer be decoded, or whose handle such a contact has. */
function refuseUndecodable(plan: Plan, desired: DesiredState, { changedUndecodable }: RecentChanges): Refusal[] {
  if (changedUndecodable.length === 0) return [];
  const known = new DeclaredContacts(desired.contacts);
  return changedUndecodable.flatMap((contact) => {
    const own = new Set(plan.changes.filter(({ id }) => id === contact.id).map(({ address }) => address));
    const named = new Set(known.entriesFor({ id: contact.id, handles: contact.handles ?? [] }));
    return desired.contacts
      .filter((entry) => own.has(contactAddress(entry.key)) || named.has(entry))
      .map(({ key, location }) =>
        changedSincePlan({ address: contactAddress(key), name: key, location }, [contact.problem]),
      );
  });
}

/** Guards were checked when the plan was made, and every moved handle was reviewed. */
const POLICY: PlanPolicy = {
  acceptShrink: true,
  allowed: { changes: Number.MAX_SAFE_INTEGER, removals: Number.MAX_SAFE_INTEGER },
};

/** Plans again. Leaves out entries with errors, because one error leaves a plan without operations. */
function planAgain(
  desired: DesiredState,
  state: Readings,
): { readonly now: Plan; readonly refusals: readonly Refusal[] } {
  const now = planChanges(desired, matchReadings(desired, state, { allowHandleMoves: true }), POLICY);
  const errors = now.diagnostics.filter(({ severity }) => severity === "error");
  const [error] = errors;
  if (error === undefined) return { now, refusals: [] };
  const { accounts = [] } = desired;
  const lists = desired.lists.flatMap((list) => {
    const diagnostic = errors.find(({ location }) => isAmong(location, [list.location]));
    return diagnostic === undefined ? [] : [{ list, diagnostic }];
  });
  const refusals = [
    ...lists.map(({ list, diagnostic }) => ({ address: listAddress(list.name), diagnostic })),
    ...accounts.flatMap((entry) => {
      const diagnostic = errors.find(({ location }) => isAmong(location, locationsOf(entry)));
      return diagnostic === undefined ? [] : [{ address: accountAddress(entry.key), diagnostic }];
    }),
    ...desired.contacts.flatMap((entry) => {
      const address = contactAddress(entry.key);
      const ofList = lists.find(({ list }) => entry.lists?.some((each) => "name" in each && each.name === list.name));
      const diagnostic =
        ofList?.diagnostic ??
        errors.find(({ location, leavesOut }) => leavesOut === address || isAmong(location, locationsOf(entry)));
      return diagnostic === undefined ? [] : [{ address, diagnostic }];
    }),
  ];
  const addresses = [
    ...accounts.map(({ key }) => accountAddress(key)),
    ...desired.contacts.map(({ key }) => contactAddress(key)),
  ];
  if (refusals.length === 0) {
    return { now, refusals: addresses.map((address) => ({ address, diagnostic: error })) };
  }
  const refused = new Set(refusals.map(({ address }) => address));
  const contacts = desired.contacts.filter(({ key }) => !refused.has(contactAddress(key)));
  const remaining = desired.lists.filter(({ name }) => !refused.has(listAddress(name)));
  const left = accounts.filter(({ key }) => !refused.has(accountAddress(key)));
  const ofAccounts = accounts.length === 0 ? {} : { accounts: left };
  const rest = planAgain({ ...desired, contacts, lists: remaining, ...ofAccounts }, state);
  return { now: rest.now, refusals: [...refusals, ...rest.refusals] };
}

type Location = SourceLocation | undefined;

function isAmong(location: Location, others: readonly Location[]): boolean {
  if (location === undefined) return false;
  const { file, line, column } = location;
  return others.some((other) => other?.file === file && other.line === line && other.column === column);
}

/** Returns the locations of an entry and of its values. */
function locationsOf(entry: DesiredContact | DeclaredAccount): Location[] {
  const { customFields = [], protect } = entry;
  const others =
    "handles" in entry
      ? [...entry.handles, ...(entry.lists ?? []), entry.account, entry.avatar]
      : [...(entry.domains ?? []), entry.externalId];
  const parts = [entry, ...others, ...customFields, protect];
  return [...parts.map((part) => part?.location), ...customFields.map(({ nameLocation }) => nameLocation)];
}

function refuseUnreviewed(now: Plan, review: Review): Refusal[] {
  const unreviewed = review.unreviewed(now);
  return [...now.changes, ...(now.base?.drift ?? [])].flatMap((change) => {
    const labels = unreviewed.get(change.address);
    return labels === undefined ? [] : [changedSincePlan(change, labels)];
  });
}

/** Refuses changes of accounts that cannot be read. The planner would leave them alone, but here they were reviewed. */
function refuseUnreadableAccounts({ changes, operations }: Plan, { missingScopes }: Readings): Refusal[] {
  if (!missingScopes?.has("accounts:read")) return [];
  const linked = operations.filter(({ kind }) => kind.endsWith("-account"));
  const addresses = new Set(linked.flatMap(({ subjects }) => subjects));
  return changes.filter(({ address }) => addresses.has(address)).map(accountsUnreadable);
}

/** Refuses contacts that the plan links to an account that is not created. */
function refuseLinks({ changes, operations }: Plan, refused: Refused): Refusal[] {
  return operations.flatMap((operation) => {
    if (operation.kind !== "link-account" || !("createdAs" in operation.account)) return [];
    const { createdAs } = operation.account;
    if (!refused.has(createdAs)) return [];
    return changes
      .filter(({ address }) => operation.subjects.includes(address) && !refused.has(address))
      .map((change) => dependsOnRefused(change, operationId("create-account", createdAs)));
  });
}

/** Refusals by address. */
type Refused = Map<string, Refusal>;

/** Returns the first refusal of each address. */
function byAddress(refusals: readonly Refusal[]): Refused {
  const found: Refused = new Map();
  for (const refusal of refusals) if (!found.has(refusal.address)) found.set(refusal.address, refusal);
  return found;
}

/** Refuses operations that depend on refused ones, and both sides of a handle move if one of them is refused. */
function refuseDependents({ changes, operations }: Plan, refused: Refused): void {
  if (refused.size === 0) return;
  const changeAt = new Map(changes.map((change) => [change.address, change]));
  const pairs = [...dependencies(operations)];
  for (let before = -1; before < refused.size; ) {
    before = refused.size;
    const dropped = pairs.filter(({ cause }) => isDropped(cause, refused));
    const found = dropped.flatMap(({ cause, dependent }) =>
      dependent.subjects
        .filter((address) => !refused.has(address))
        .map((address) => dependsOnRefused(changeAt.get(address) ?? { address, name: address }, cause.id)),
    );
    for (const each of found) refused.set(each.address, each);
  }
}

/** Yields each operation that is dropped together with another one. */
function* dependencies(
  operations: readonly Operation[],
): Generator<{ readonly cause: Operation; readonly dependent: Operation }> {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  for (const operation of operations) {
    for (const needed of operation.dependsOn.map((id) => byId.get(id)).filter((other) => other !== undefined)) {
      if (needs(operation, needed)) yield { cause: needed, dependent: operation };
      if (needed.kind === "remove-handle") yield { cause: operation, dependent: needed };
    }
  }
}

/**
 * Returns whether an operation is dropped together with one that it depends on. A request for many contacts has the
 * dependencies of all of them, but only a list that is not created drops the whole request. A removal from a list is
 * dropped too: without the preceding merge or move, the contact may match an entry that names the list.
 */
function needs(operation: Operation, needed: Operation): boolean {
  return !("contacts" in operation) || needed.kind === "create-list" || isListRemoval(operation);
}

function isDropped(operation: Operation, refused: Refused): boolean {
  const { subjects } = operation;
  return "contacts" in operation
    ? subjects.every((subject) => refused.has(subject))
    : subjects.some((subject) => refused.has(subject));
}

function withoutRefused(operations: readonly Operation[], refused: Refused): Operation[] {
  const remaining = operations.filter((operation) => !isDropped(operation, refused));
  const ids = new Set(remaining.map(({ id }) => id));
  return remaining.flatMap((each) => {
    const operation = { ...each, dependsOn: each.dependsOn.filter((id) => ids.has(id)) };
    return withoutSubjects(operation, refused);
  });
}
