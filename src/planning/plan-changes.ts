import { matchedContacts } from "../matching/match-contacts.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { accountAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { Change } from "../model/change.ts";
import type { DesiredState } from "../model/contact.ts";
import { type Diagnostic, generalError, hasBlockingErrors } from "../model/diagnostic.ts";
import { fingerprintsOf } from "../model/fingerprint.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import {
  accountKey,
  existingIds,
  isLinkOperation,
  type Operation,
  type Plan,
  type PlanBase,
  type Targets,
} from "../model/plan.ts";
import { hasFarFewerContacts, type RemoteState } from "../reading/remote-state.ts";
import { type AccountBaseMerge, mergeAccountsWithBase } from "./account-base-merge.ts";
import { planAccountLinks } from "./account-links.ts";
import { accountNamesIn } from "./account-names.ts";
import { warnConflicts } from "./base-conflicts.ts";
import { mergeWithBase } from "./contact-base-merge.ts";
import { type Allowance, checkAccountGuards, checkGuards } from "./guards.ts";
import { moveOperations, planHandleMoves, planSourceContacts } from "./handle-moves.ts";
import { omitListsRemovedAfterMerge, omitLostListsFromCounts } from "./member-changes.ts";
import { orderOperations } from "./operation-order.ts";
import { changeMemberships } from "./operations.ts";
import { type ListUnchanged, planContacts } from "./plan-contacts.ts";
import { planDeclaredAccount } from "./plan-declared-accounts.ts";
import { planListCreation, planListDeletion, warnListNotDeleted } from "./plan-list.ts";
import { planListMembers } from "./plan-list-members.ts";
import { hasEffect, type PlannedResource } from "./planned-resource.ts";
import { checkAccountProtection, checkProtection } from "./protection.ts";
import {
  type ApplyLimits,
  checkApplyLimits,
  countDownloads,
  countRequests,
  withDuration,
  withReads,
} from "./request-estimate.ts";
import { selectTargets, targetFilter } from "./select-targets.ts";

export interface PlanPolicy {
  readonly allowed?: Allowance;
  /** Plans even if Front has far fewer contacts than in the last full read. */
  readonly acceptShrink?: boolean;
  readonly limits?: ApplyLimits;
  /** The number of contacts that percentages in guards refer to. Default: those in Front that entries match. */
  readonly guardedContacts?: number;
  /** Default: all resources. */
  readonly targets?: Targets;
  /** Returns whether the avatar at a URL is downloaded before it is replaced, which takes a request. Default: false. */
  readonly downloadsAvatar?: (url: string) => boolean;
}

/** Returns a plan that makes Front match the configuration. Sends no requests. */
export function planChanges(desired: DesiredState, remote: RemoteState, policy: PlanPolicy = {}): Plan {
  return compareAndPlan(desired, remote, policy).plan;
}

/**
 * `unchanged` yields a change without differences for each targeted contact and account that already matches the
 * configuration. It may skip contacts whose id `includes` rejects. `isUndo` adapts advice to a plan that undoes a run.
 */
export function compareAndPlan(
  desired: DesiredState,
  remote: RemoteState,
  policy: PlanPolicy & { readonly isUndo?: boolean },
): { readonly plan: Plan; readonly unchanged: ListUnchanged } {
  const { acceptShrink = false, limits = {}, allowed = {}, targets, guardedContacts, isUndo = false } = policy;
  const fullPlan = planAll(desired, remote);
  const { changes, operations, problems } =
    targets === undefined ? fullPlan : selectTargets(fullPlan, desired, { targets, isUndo });
  const isTargeted = targetFilter(targets);
  const dependencies = new Set(changes.map(({ address }) => address));
  const isReported = (address: string) => isTargeted(address) || dependencies.has(address);
  const isRelevant = ({ excludedAddress }: Diagnostic) => excludedAddress === undefined || isTargeted(excludedAddress);
  const diagnostics = [
    ...(acceptShrink ? [] : checkContactCount(remote)),
    ...remote.diagnostics.filter(isRelevant),
    ...fullPlan.baseDiagnosticsOf(isReported),
    ...problems,
    ...checkProtection(remote.matches.entries, operations, isUndo),
    ...checkAccountProtection(remote.accountMatches.entries, operations),
  ];
  const isBlocked = hasBlockingErrors(diagnostics);
  const ordered = isBlocked ? [] : orderOperations(operations);
  const sizes = sizesOf(ordered, remote);
  const downloads = countDownloads({ changes, operations: ordered }, policy.downloadsAvatar);
  const requests = withDuration(withReads(countRequests(ordered, sizes), downloads), remote.requestRate);
  const limitErrors = isBlocked
    ? []
    : [
        ...checkGuards(changes, guardedContacts ?? countMatched(remote.matches.entries), desired.settings, allowed),
        ...checkAccountGuards(
          { changes, operations: ordered },
          remote.accountMatches.entries.filter(({ match }) => "account" in match).length,
          desired.settings,
          allowed,
        ),
        ...checkApplyLimits(requests, limits),
      ];
  const changedIds = new Set(changes.map(({ id }) => id));
  const fingerprints = fingerprintsOf(remote.contacts.filter(({ id }) => changedIds.has(id)));
  const reported = {
    ...reportedBase(fullPlan.base, isReported),
    changes: isBlocked ? [] : omitLostListsFromCounts(changes, operations),
  };
  const plan: Plan = {
    company: remote.company,
    coverage: remote.coverage,
    basis: { readAt: remote.readAt, fingerprints, ...(Object.keys(sizes).length === 0 ? {} : { sizes }) },
    declared: desired.contacts.length,
    ...(targets === undefined ? {} : { targets }),
    ...reported,
    ...accountNamesIn(reported, remote),
    operations: hasBlockingErrors(limitErrors) ? [] : ordered,
    requests,
    diagnostics: [...diagnostics, ...limitErrors],
  };
  const unchanged: ListUnchanged = (includes) => targetedChanges(fullPlan.unchanged(includes), isTargeted);
  return { plan, unchanged: isBlocked ? () => [] : unchanged };
}

type AddressFilter = (address: string) => boolean;

function* targetedChanges(changes: Iterable<Change>, isTargeted: AddressFilter): Iterable<Change> {
  for (const change of changes) if (isTargeted(change.address)) yield change;
}

/** Plans all resources, before targets are selected and operations are ordered. */
function planAll(desired: DesiredState, remote: RemoteState) {
  const { entries, base, diagnosticsOf, addOrigins } = mergeWithBase(desired, remote);
  const moves = planHandleMoves(entries);
  const mergedAccounts = mergeAccountsWithBase(desired, remote.accountMatches.entries);
  const declaredAccounts = mergedAccounts.entries
    .flatMap((account) => planDeclaredAccount(account, remote))
    .map((account) => ({ ...account, change: mergedAccounts.addOrigins(account.change) }));
  const newAccounts = declaredAccounts.filter(({ change }) => change.action === "create");
  const newAddresses = new Set(newAccounts.map(({ change }) => change.address));
  const accountLinks = planAccountLinks(entries, remote.referencedAccounts, newAddresses);
  const { contacts, unchanged } = planContacts(entries, { ...remote, moves }, { accountLinks, addOrigins });
  const members = planListMembers({ desired, remote, moves, contacts });
  const planned: PlannedResource[] = [
    ...planCreatedLists(desired, remote, entries),
    ...members.planned,
    ...declaredAccounts,
    ...contacts,
    ...planSourceContacts(moves).map((change) => ({ change, operations: [] })),
  ];
  const unordered: Operation[] = [
    ...planned.flatMap((resource) => resource.operations),
    ...moveOperations(moves),
    ...changeMemberships(planned),
    ...accountLinks.operations,
  ];
  const operations = afterUnlinking(unordered, desired, remote);
  const deletedLists = planDeletedLists(desired, remote, operations);
  const withoutLists = omitListsRemovedAfterMerge(
    [...members.planned, ...deletedLists.planned].map(({ change }) => change),
  );
  return {
    changes: [
      ...planned.filter(hasEffect).map(({ change }) => withoutLists(withPictureNote(change, remote))),
      ...deletedLists.planned.map(({ change }) => change),
    ],
    *unchanged(includes: (contactId: string) => boolean): Iterable<Change> {
      for (const account of declaredAccounts) if (!hasEffect(account)) yield account.change;
      yield* unchanged(includes);
    },
    operations: [...operations, ...deletedLists.planned.flatMap((list) => list.operations)],
    base: base && combineBases(base, mergedAccounts, members.drift),
    baseDiagnosticsOf: (isReported: AddressFilter) => [
      ...diagnosticsOf(isReported),
      ...warnConflicts(
        mergedAccounts.drift.filter(({ address }) => isReported(address)),
        "account",
      ),
    ],
    problems: [...moves.diagnostics, ...accountLinks.diagnostics, ...members.diagnostics, ...deletedLists.diagnostics],
  };
}

/** Plans the creation of lists that a contact needs, and of deleted lists to restore. */
function planCreatedLists(
  { lists }: DesiredState,
  { references }: RemoteState,
  entries: readonly MatchedEntry[],
): readonly PlannedResource[] {
  const needed = new Set([
    ...entries.flatMap(({ resolved }) => (resolved.lists ?? []).map(({ name }) => name)),
    ...lists.filter(({ isRestored }) => isRestored).map(({ name }) => name),
  ]);
  const declared = new Map(lists.map((list) => [list.name, list]));
  const missingLists = references.missingLists.filter((name) => needed.has(name));
  return missingLists.map((name) => planListCreation(name, declared.get(name) ?? {}));
}

/** Does not delete a list with a contact that cannot be decoded, because the plan could not show this contact. */
function planDeletedLists(
  { absentLists = [] }: DesiredState,
  { lists, listMembers, references }: RemoteState,
  operations: readonly Operation[],
): { readonly planned: readonly PlannedResource[]; readonly diagnostics: readonly Diagnostic[] } {
  const listsToDelete = references.managedLists.filter(({ declared: { ensure } }) => ensure === "absent");
  const hasUndecodable = ({ list }: (typeof listsToDelete)[number]) =>
    (listMembers.get(list.id)?.undecodable.length ?? 0) > 0;
  const deletable = listsToDelete.filter((list) => !hasUndecodable(list));
  const deletions = deletable.map(({ list: { id, name }, declared: { location, team } }) =>
    planListDeletion(omitUndefined({ id, name, location, team }), operations, listMembers.get(id)),
  );
  const existingIds = new Set(lists.map(({ id }) => id));
  const existingAbsentLists = absentLists.filter(({ id }) => existingIds.has(id));
  return {
    planned: [...deletions, ...existingAbsentLists.map((list) => planListDeletion(list, operations))],
    diagnostics: listsToDelete
      .filter(hasUndecodable)
      .map(({ list, declared: { location } }) => warnListNotDeleted(list, location)),
  };
}

function combineBases(base: PlanBase, accounts: AccountBaseMerge, listDrift: PlanBase["drift"]): PlanBase {
  return {
    ...base,
    drift: [...accounts.drift, ...base.drift, ...listDrift],
    released: [...accounts.removedEntries, ...base.released],
  };
}

function reportedBase(base: PlanBase | undefined, isReported: AddressFilter): Pick<Plan, "base"> {
  if (base === undefined) return {};
  const drift = base.drift.filter(({ address }) => isReported(address));
  const released = base.released.filter(({ address }) => isReported(address));
  return { base: { ...base, drift, released } };
}

function withPictureNote(change: Change, { pictureReadErrors }: RemoteState): Change {
  const reason = pictureReadErrors.get(change.id ?? "");
  const changesAvatar = change.differences.some(({ attribute }) => attribute === "avatar");
  if (reason === undefined || !changesAvatar) return change;
  return { ...change, notes: [...change.notes, `the avatar in Front cannot be compared: ${reason}`] };
}

function sizesOf(operations: readonly Operation[], remote: RemoteState): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const operation of operations) {
    const listId = "list" in operation ? operation.list.id : undefined;
    if (listId !== undefined) Object.assign(sizes, sizeOfList(listId, remote));
    if (!isLinkOperation(operation)) continue;
    const key = accountKey(operation.account);
    sizes[key] = remote.referencedAccounts.byId.get(key)?.members.size ?? 0;
  }
  return sizes;
}

/** Returns an empty object if neither the members of the list nor all contacts were read. */
function sizeOfList(id: string, { listMembers, listSizes }: RemoteState): Record<string, number> {
  const members = listMembers.get(id);
  if (members !== undefined) return { [id]: members.contacts.length + members.undecodable.length };
  return listSizes === undefined ? {} : { [id]: listSizes.get(id) ?? 0 };
}

function countMatched(entries: readonly MatchedEntry[]): number {
  return entries.reduce(
    (count, { match }) => count + (match.kind === "deletion" ? 1 : matchedContacts(match).length),
    0,
  );
}

/**
 * Makes the deletion of an account by an undo depend on the operations that may unlink its contacts. A contact with an
 * email address in a domain of the account is not unlinked, so it stays until the account is deleted.
 */
function afterUnlinking(
  operations: readonly Operation[],
  { accounts = [] }: DesiredState,
  { accountMembers }: RemoteState,
): readonly Operation[] {
  const undone = new Set(accounts.filter(({ onlyIfEmpty }) => onlyIfEmpty).map(({ key }) => accountAddress(key)));
  if (undone.size === 0) return operations;
  const unlinking = new Map<string, Operation[]>();
  for (const operation of operations)
    for (const contactId of unlinkedContacts(operation)) append(unlinking, contactId, operation);
  return operations.map((operation) => {
    if (operation.kind !== "delete-account" || !undone.has(operation.subjects[0] ?? "")) return operation;
    const { account } = operation;
    const current = [...(accountMembers.get(account.id)?.all ?? [])];
    const unlinkingOf = (id: string) => unlinking.get(id) ?? [];
    const members = current.filter((id) => !unlinkingOf(id).some((other) => certainlyUnlinks(account.id, other)));
    const dependsOn = [...new Set(current.flatMap((id) => unlinkingOf(id).map((other) => other.id)))];
    return { ...operation, account: { ...account, contacts: members.length, members }, dependsOn };
  });
}

function certainlyUnlinks(accountId: string, operation: Operation): boolean {
  return (
    operation.kind === "delete-contact" || (operation.kind === "unlink-account" && operation.account.id === accountId)
  );
}

/** Returns the ids of the contacts that an operation may unlink from an account. */
function unlinkedContacts(operation: Operation): readonly string[] {
  if (operation.kind === "delete-contact") return [operation.contact.id];
  return isLinkOperation(operation) ? existingIds(operation.contacts) : [];
}

/** If contacts are missing because the token lost access, the plan would create them again. */
function checkContactCount(remote: RemoteState): Diagnostic[] {
  if (!hasFarFewerContacts(remote)) return [];
  const { read } = remote.coverage;
  const emulatorAdvice = read === 0 ? " If this is a local Front emulator, start it with its saved data." : "";
  const summary = `Front returned ${read} contacts; the last full read found ${remote.expected}`;
  const advice = `In Front, check under Settings, Developers whether the token lost access to a workspace.${emulatorAdvice} If the contacts were deleted on purpose, accept the lower number.`;
  return [generalError("company-shrank", summary, advice, { kind: "accept-fewer-contacts" })];
}
