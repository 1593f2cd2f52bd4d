import type { Revalidate, Revalidation } from "../applying/periodic-revalidation.ts";
import type { FrontApi } from "../front/api.ts";
import { RemoteContactIndex } from "../matching/contact-index.ts";
import { DeclaredContacts } from "../matching/declared-contacts.ts";
import { accountAddress, contactAddress, listAddress } from "../model/address.ts";
import type { Difference } from "../model/change.ts";
import type { DesiredContact, DesiredState } from "../model/contact.ts";
import type { Refusal } from "../model/diagnostic.ts";
import { declaredKeys, remoteKeys } from "../model/handle.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type Operation, operationId, operationsByAddress, type Plan, withoutSubjects } from "../model/plan.ts";
import { type PlanPolicy, planChanges } from "../planning/plan-changes.ts";
import { countRequests } from "../planning/request-estimate.ts";
import { declaresStayingHandle } from "../planning/staying-handles.ts";
import type { ReadOptions } from "../reading/read-remote-state.ts";
import { matchReadings, type Readings } from "../reading/remote-state.ts";
import { ChangesSincePlan, type RecentChanges } from "./changes-since-plan.ts";
import { accountsUnreadable, changedSincePlan, dependsOnRefused } from "./messages.ts";
import { refusalsForInvalid } from "./refusals-for-invalid.ts";
import { Review, withAccountAddresses } from "./reviewed-changes.ts";
import { refusalsForChangedMembers, removesMembersOfList, withReviewedMembers } from "./reviewed-members.ts";
import type { SavedPlan } from "./saved-plan-file.ts";
import { refusalsForNewLinks } from "./undo/account-link-undo.ts";
import { withoutRecordLocations } from "./undo/undeclared-contacts.ts";

export interface Revalidated {
  /** Computed from the current remote state. Contains only operations of the saved plan. */
  readonly plan: Plan;
  readonly refusals: readonly Refusal[];
}

/**
 * Plans a saved plan again with the current remote state. The returned `plan` contains only operations of the saved
 * plan. A resource that needs other operations is refused, and so are the resources that depend on it; `refusals`
 * contains the reasons.
 */
export function revalidatePlan({ plan, desired }: Pick<SavedPlan, "plan" | "desired">, state: Readings): Revalidated {
  const contacts = new RemoteContactIndex(state.contacts);
  const entries = withPlannedIds(withoutExactBaseLists(desired), plan, contacts);
  const { plan: replanned, refusals } = planAgain(entries, state, contacts);
  const current = withReviewedMembers(replanned, plan);
  const review = new Review(withAccountAddresses(plan, state.referencedAccounts.all));
  const refused = byAddress([
    ...refusals,
    ...refusalsForUnreadableAccounts(plan, state),
    ...(plan.undoes === undefined ? [] : refusalsForNewLinks(plan, state)),
    ...refusalsForUnreviewed(
      withAccountAddresses(current, state.referencedAccounts.all),
      review,
      idsWithNewHandles(plan, contacts),
    ),
  ]);
  for (const refusal of refusalsForLinks(plan, refused)) refused.set(refusal.address, refusal);
  refuseDependents(current, refused);
  const operations = withoutRefused(current.operations, refused);
  const addresses = new Set(operations.flatMap(({ subjects }) => subjects));
  const revalidated: Plan = {
    ...current,
    ...omitUndefined({ targets: plan.targets, undoes: plan.undoes, redoes: plan.redoes, base: plan.base }),
    declared: plan.declared,
    changes: current.changes.filter(({ address }) => addresses.has(address)),
    operations,
    requests: countRequests(operations, current.basis.sizes),
    diagnostics: current.diagnostics.filter(({ severity }) => severity === "warning"),
  };
  const shown = plan.undoes === undefined ? revalidated : withoutRecordLocations(revalidated, plan.undoes);
  return { plan: shown, refusals: [...refused.values()] };
}

/**
 * Returns the desired state without the exact members of lists in the base. The base of a saved plan does not contain
 * the removed entries, so their contacts would seem to have been added to the lists in Front. `withReviewedMembers`
 * keeps the contacts that were added in Front.
 */
function withoutExactBaseLists({ base, ...desired }: DesiredState): DesiredState {
  if (base === undefined) return desired;
  return { ...desired, base: { ...base, lists: base.lists.map(({ members: _, ...list }) => list) } };
}

/**
 * With a base, adds the ID of the planned contact to each entry that still shares a handle with it. Other handles of
 * the entry may have moved in Front to the contact of an unchanged entry, which a saved plan omits. Without the ID, the
 * entry could match that contact.
 */
function withPlannedIds(desired: DesiredState, { changes }: Plan, contacts: RemoteContactIndex): DesiredState {
  if (desired.base === undefined) return desired;
  const ids = new Map(changes.map(({ address, action, id }) => [address, action === "update" ? id : undefined]));
  const withId = (entry: DesiredContact): DesiredContact => {
    const id = ids.get(contactAddress(entry.key));
    if (id === undefined || entry.id !== undefined) return entry;
    return contacts.contactsWithAny(entry.handles).some((contact) => contact.id === id) ? { ...entry, id } : entry;
  };
  return { ...desired, contacts: desired.contacts.map(withId) };
}

/**
 * Returns a function that re-validates operations of `plan` while it is applied. Each call lists the contacts that
 * changed in Front since the previous call, and plans only the affected entries again.
 */
export function revalidationOf(
  plan: Plan,
  desired: DesiredState,
  front: FrontApi,
  options: Pick<ReadOptions, "pictures" | "isSamePicture" | "cwd"> = {},
): Revalidate {
  const changes = new ChangesSincePlan(plan, desired, front, { ...options, company: plan.company });
  const review = new Review(plan);
  const declaresHandle = declaresStayingHandle(plan);
  return async (operations) => {
    const addresses = new Set(operations.flatMap(({ subjects }) => subjects));
    const entries = desired.contacts.filter(
      (entry) => addresses.has(contactAddress(entry.key)) || declaresHandle(entry),
    );
    const recent = await changes.read(entries);
    return revalidateOperations(operations, { plan, desired: { ...desired, contacts: entries }, review, recent });
  };
}

interface RevalidationInput {
  readonly plan: Plan;
  readonly desired: DesiredState;
  readonly review: Review;
  readonly recent: RecentChanges;
}

/** Re-validates operations. Operations on contacts that did not change are still valid. */
function revalidateOperations(operations: readonly Operation[], input: RevalidationInput): Revalidation {
  const { plan, review, recent } = input;
  // Accounts are not planned again, because operations read an account before they change it.
  const { accounts: _accounts, base: _base, ...desired } = input.desired;
  const contacts = new RemoteContactIndex(recent.readings.contacts);
  const unlinked = omitUndefined({
    ...desired,
    contacts: recent.entries.map(({ account: _, ...entry }) => entry),
    base: recent.base,
  });
  const entries = withPlannedIds(unlinked, plan, contacts);
  const { plan: current, refusals } = planAgain(entries, recent.readings, contacts);
  const planned = operationsByAddress(plan.operations);
  const mergingAddresses = addressesOf(
    recent.entries.filter((entry) => hasPendingMerge(entry, planned.get(contactAddress(entry.key)) ?? [], contacts)),
  );
  const affectedAddresses = addressesOf(recent.entries);
  const unreviewed = refusalsForUnreviewed(withoutUploadedAvatars(current, operations), review).filter(
    ({ address }) => affectedAddresses.has(address) && !mergingAddresses.has(address),
  );
  const refused = byAddress([
    ...refusals,
    ...unreviewed,
    ...refusalsForUndecodable(plan, desired, recent),
    ...refusalsForChangedMembers(plan, recent.changedMembers),
  ]);
  const currentOperations = new Map<string, readonly Operation[]>();
  const existingIds = new Map<string, string>();
  const replanned = operationsByAddress(current.operations);
  const changes = new Map(current.changes.map((change) => [change.address, change]));
  for (const entry of recent.entries) {
    const address = contactAddress(entry.key);
    if (refused.has(address)) continue;
    // The operations of a pending merge stay, because a merge checks all its contacts before it starts.
    currentOperations.set(address, (mergingAddresses.has(address) ? planned : replanned).get(address) ?? []);
    const id = changes.get(address)?.id ?? contacts.contactsWithAny(entry.handles)[0]?.id;
    if (id !== undefined) existingIds.set(address, id);
  }
  const lists = new Set(recent.readings.lists.map(({ name }) => name));
  return {
    operations: operations.flatMap((operation) => {
      if (operation.kind === "create-list" && lists.has(operation.name)) return [];
      return remainingOperation(operation, currentOperations, refused);
    }),
    existingIds,
    refusals: [...refused.values()],
  };
}

/**
 * Returns a plan without the differences of avatars that are already uploaded. If the picture in Front cannot be read,
 * the plan would upload it again, and its new URL would look like a change in Front.
 */
function withoutUploadedAvatars(current: Plan, operations: readonly Operation[]): Plan {
  const uploads = operations.filter(({ kind }) => kind === "upload-avatar");
  const addresses = new Set(uploads.flatMap(({ subjects }) => subjects));
  const isOpen = (address: string, { attribute }: Difference) => attribute !== "avatar" || addresses.has(address);
  return {
    ...current,
    changes: current.changes.map((change) =>
      change.action === "update"
        ? { ...change, differences: change.differences.filter((difference) => isOpen(change.address, difference)) }
        : change,
    ),
  };
}

function addressesOf(entries: readonly DesiredContact[]): ReadonlySet<string> {
  return new Set(entries.map(({ key }) => contactAddress(key)));
}

/**
 * Returns the part of an operation that is still needed; none if it is done or refused. `currentOperations` contains
 * the operations that changed contacts still need, by address.
 */
function remainingOperation(
  operation: Operation,
  currentOperations: ReadonlyMap<string, readonly Operation[]>,
  refused: RefusalsByAddress,
): Operation[] {
  // Repeating a membership change has no effect, so only refused contacts are omitted.
  if ("contacts" in operation) return withoutSubjects(operation, refused);
  if (operation.subjects.some((subject) => refused.has(subject))) return [];
  const address = operation.subjects.find((subject) => currentOperations.has(subject));
  if (address === undefined) return [operation];
  const { id, dependsOn, subjects } = operation;
  const needed = currentOperations.get(address)?.filter((currentOperation) => currentOperation.id === id) ?? [];
  return needed.map((currentOperation) => ({ ...currentOperation, dependsOn, subjects }));
}

/**
 * Returns whether the plan merges contacts for an entry, and the target still lacks a declared handle of one of them.
 */
function hasPendingMerge(
  entry: DesiredContact,
  operations: readonly Operation[],
  contacts: RemoteContactIndex,
): boolean {
  const merge = operations.find((operation) => operation.kind === "merge-contacts");
  if (merge === undefined) return false;
  const { target, others } = merge;
  const targetKeys = new Set(contacts.withId(target.id)?.handles.flatMap(remoteKeys));
  const declared = new Set(entry.handles.flatMap(declaredKeys));
  const merged = [target, ...others].flatMap(({ handles }) => handles.map(remoteKeys));
  return merged.some((keys) => keys.some((key) => declared.has(key)) && !keys.some((key) => targetKeys.has(key)));
}

/** Returns a refusal for each entry with the ID or a handle of a changed contact that cannot be decoded. */
function refusalsForUndecodable(plan: Plan, desired: DesiredState, { changedUndecodable }: RecentChanges): Refusal[] {
  if (changedUndecodable.length === 0) return [];
  const known = new DeclaredContacts(desired.contacts);
  return changedUndecodable.flatMap((contact) => {
    const planned = new Set(plan.changes.filter(({ id }) => id === contact.id).map(({ address }) => address));
    const matching = new Set(known.entriesFor({ id: contact.id, handles: contact.handles ?? [] }));
    return desired.contacts
      .filter((entry) => planned.has(contactAddress(entry.key)) || matching.has(entry))
      .map(({ key, location }) =>
        changedSincePlan({ address: contactAddress(key), name: key, location }, [{ label: contact.problem }]),
      );
  });
}

/** The limits were checked when the plan was created. */
const UNLIMITED: PlanPolicy = {
  acceptShrink: true,
  allowed: { changes: Number.MAX_SAFE_INTEGER, removals: Number.MAX_SAFE_INTEGER },
};

/**
 * Plans again without the resources that have errors, because an error may block the whole plan. Returns a refusal for
 * each of these resources. If no error belongs to a resource, refuses every account and contact.
 */
function planAgain(
  desired: DesiredState,
  state: Readings,
  index: RemoteContactIndex,
): { readonly plan: Plan; readonly refusals: readonly Refusal[] } {
  // Handle moves were reviewed.
  const remote = matchReadings(desired, state, { allowHandleMoves: true }, index);
  const plan = planChanges(desired, remote, UNLIMITED);
  // The plan has only one error for many uses of the same list or custom field.
  const errors = [...remote.referenceDiagnostics, ...plan.diagnostics].filter(({ severity }) => severity === "error");
  const [error] = errors;
  if (error === undefined) return { plan, refusals: [] };
  const refusals = refusalsForInvalid(desired, errors);
  const { accounts = [], contacts, lists } = desired;
  if (refusals.length === 0) {
    const addresses = [
      ...accounts.map(({ key }) => accountAddress(key)),
      ...contacts.map(({ key }) => contactAddress(key)),
    ];
    return { plan, refusals: addresses.map((address) => ({ address, diagnostic: error })) };
  }
  const refused = new Set(refusals.map(({ address }) => address));
  const valid = {
    ...desired,
    contacts: contacts.filter(({ key }) => !refused.has(contactAddress(key))),
    lists: lists.filter(({ name }) => !refused.has(listAddress(name))),
    ...(accounts.length > 0 && { accounts: accounts.filter(({ key }) => !refused.has(accountAddress(key))) }),
  };
  const replanned = planAgain(valid, state, index);
  return { plan: replanned.plan, refusals: [...refusals, ...replanned.refusals] };
}

/** Returns the IDs of the contacts that already have handles that a plan adds, for example after a killed apply. */
function idsWithNewHandles({ operations }: Plan, contacts: RemoteContactIndex): ReadonlySet<string> {
  const handles = operations.flatMap((operation) => {
    if (operation.kind === "create-contact") return operation.handles;
    return operation.kind === "add-handle" ? [operation.handle] : [];
  });
  return new Set(contacts.contactsWithAny(handles).map(({ id }) => id));
}

function refusalsForUnreviewed(current: Plan, review: Review, changedIds?: ReadonlySet<string>): Refusal[] {
  const unreviewed = review.unreviewed(current, changedIds);
  return [...current.changes, ...(current.base?.drift ?? [])].flatMap((change) => {
    const reasons = unreviewed.get(change.address);
    return reasons === undefined ? [] : [changedSincePlan(change, reasons)];
  });
}

/** If the token cannot read accounts, refuses the resources with operations on accounts, which the new plan omits. */
function refusalsForUnreadableAccounts({ changes, operations }: Plan, { missingScopes }: Readings): Refusal[] {
  const reason = missingScopes.get("accounts:read");
  if (reason === undefined) return [];
  const onAccounts = operations.filter(({ kind }) => kind.endsWith("-account"));
  const addresses = new Set(onAccounts.flatMap(({ subjects }) => subjects));
  return changes.filter(({ address }) => addresses.has(address)).map((change) => accountsUnreadable(change, reason));
}

/** If the creation of an account is refused, refuses each contact that the plan links to it. */
function refusalsForLinks({ changes, operations }: Plan, refused: RefusalsByAddress): Refusal[] {
  const changeAt = new Map(changes.map((change) => [change.address, change]));
  return operations.flatMap((operation) => {
    if (operation.kind !== "link-account" || !("createdAs" in operation.account)) return [];
    const { createdAs } = operation.account;
    if (!refused.has(createdAs)) return [];
    return operation.subjects
      .filter((address) => !refused.has(address))
      .flatMap((address) => changeAt.get(address) ?? [])
      .map((change) => dependsOnRefused(change, operationId("create-account", createdAs)));
  });
}

type RefusalsByAddress = Map<string, Refusal>;

function byAddress(refusals: readonly Refusal[]): RefusalsByAddress {
  const first: RefusalsByAddress = new Map();
  for (const refusal of refusals) if (!first.has(refusal.address)) first.set(refusal.address, refusal);
  return first;
}

/** Refuses the resources that depend on a refused operation, and both contacts of a handle move if one is refused. */
function refuseDependents({ changes, operations }: Plan, refused: RefusalsByAddress): void {
  if (refused.size === 0) return;
  const changeAt = new Map(changes.map((change) => [change.address, change]));
  const pairs = [...dependencies(operations)];
  for (let sizeBefore = -1; sizeBefore < refused.size; ) {
    sizeBefore = refused.size;
    const refusedPairs = pairs.filter(({ cause }) => isRefused(cause, refused));
    const refusals = refusedPairs.flatMap(({ cause, dependent }) =>
      dependent.subjects
        .filter((address) => !refused.has(address))
        .map((address) => dependsOnRefused(changeAt.get(address) ?? { address, name: address }, cause.id)),
    );
    for (const refusal of refusals) refused.set(refusal.address, refusal);
  }
}

/** Yields pairs of operations: `dependent` must be refused if `cause` is refused. */
function* dependencies(
  operations: readonly Operation[],
): Generator<{ readonly cause: Operation; readonly dependent: Operation }> {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  for (const operation of operations) {
    for (const dependency of operation.dependsOn.map((id) => byId.get(id)).filter((found) => found !== undefined)) {
      if (isStrictDependency(operation, dependency)) yield { cause: dependency, dependent: operation };
      if (dependency.kind === "remove-handle") yield { cause: operation, dependent: dependency };
    }
  }
}

/**
 * Returns whether an operation must be refused if its dependency is refused. An operation on several contacts has the
 * dependencies of all of them, so it must be refused only in two cases: it needs a list that the dependency creates, or
 * it removes members from a list. If a merge or move before such a removal is refused, one of the members may match an
 * entry that contains the list.
 */
function isStrictDependency(operation: Operation, dependency: Operation): boolean {
  return !("contacts" in operation) || dependency.kind === "create-list" || removesMembersOfList(operation);
}

function isRefused(operation: Operation, refused: RefusalsByAddress): boolean {
  const { subjects } = operation;
  return "contacts" in operation
    ? subjects.every((subject) => refused.has(subject))
    : subjects.some((subject) => refused.has(subject));
}

function withoutRefused(operations: readonly Operation[], refused: RefusalsByAddress): Operation[] {
  const remaining = operations.filter((operation) => !isRefused(operation, refused));
  const ids = new Set(remaining.map(({ id }) => id));
  return remaining.flatMap((operation) =>
    withoutSubjects({ ...operation, dependsOn: operation.dependsOn.filter((id) => ids.has(id)) }, refused),
  );
}
