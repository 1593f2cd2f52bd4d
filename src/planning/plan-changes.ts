import { matchedContacts } from "../matching/match-contacts.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import type { Change } from "../model/change.ts";
import type { DesiredState } from "../model/contact.ts";
import { type Diagnostic, generalError, hasBlockingErrors } from "../model/diagnostic.ts";
import { fingerprintsOf } from "../model/fingerprint.ts";
import { accountKey, isLinkOperation, type Operation, type Plan, type PlanBase, type Targets } from "../model/plan.ts";
import { groupDigits, plural } from "../model/plural.ts";
import { hasFarFewerContacts, type RemoteState } from "../reading/remote-state.ts";
import { mergeAccountsWithBase } from "./account-base-merge.ts";
import { planAccountLinks } from "./account-links.ts";
import { accountNamesIn } from "./account-names.ts";
import { mergeWithBase } from "./contact-base-merge.ts";
import { type Allowance, checkAccountGuards, checkGuards } from "./guards.ts";
import { moveOperations, planHandleMoves, planSourceContacts } from "./handle-moves.ts";
import { omitListsRemovedAfterMerge, omitLostListsFromCounts } from "./member-changes.ts";
import { orderOperations } from "./operation-order.ts";
import { changeMemberships } from "./operations.ts";
import { type ListUnchanged, planContacts } from "./plan-contacts.ts";
import { addAccountContacts, deleteAfterUnlinking, planDeclaredAccount } from "./plan-declared-accounts.ts";
import { planCreatedLists, planDeletedLists } from "./plan-list.ts";
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
  /** The numbers of `changes` and `removals` to allow even if the limits of the guards are lower. Default: none. */
  readonly allowed?: Allowance;
  /** True to plan even if Front has far fewer contacts than in the last full read. Default: false. */
  readonly acceptShrink?: boolean;
  /** The maximum number of `requests` and the maximum duration in `seconds` of the apply. Default: no limits. */
  readonly limits?: ApplyLimits;
  /** The number of contacts that percentages in guards refer to. Default: the number that entries match. */
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
 * Returns a plan, and the resources that it does not change: `unchanged` yields a change without differences for each
 * targeted contact and account that already matches the configuration. It may skip contacts whose ID `includes` rejects.
 * `isUndo` adapts advice to a plan that undoes a run.
 */
export function compareAndPlan(
  desired: DesiredState,
  remote: RemoteState,
  policy: PlanPolicy & { readonly isUndo?: boolean },
): { readonly plan: Plan; readonly unchanged: ListUnchanged } {
  const { acceptShrink = false, targets, isUndo = false } = policy;
  const fullPlan = planAll(desired, remote);
  const { changes, operations, problems } =
    targets === undefined ? fullPlan : selectTargets(fullPlan, desired, { targets, isUndo });
  const isTargeted = targetFilter(targets);
  const changedAddresses = new Set(changes.map(({ address }) => address));
  const isChanged = (address: string) => changedAddresses.has(address);
  // A partial plan also changes the dependencies of its targets.
  const isReported = (address: string) => isTargeted(address) || isChanged(address);
  const isRelevant = ({ excludedAddress }: Diagnostic) => excludedAddress === undefined || isTargeted(excludedAddress);
  const diagnostics = [
    ...(acceptShrink ? [] : checkContactCount(remote)),
    ...remote.diagnostics.filter(isRelevant),
    ...remote.matches.warningsOf(isReported),
    ...fullPlan.baseDiagnosticsOf(isReported, isChanged),
    ...problems,
    ...checkProtection(remote.matches.entries, operations, isUndo),
    ...checkAccountProtection(remote.accountMatches.entries, operations),
  ];
  const isBlocked = hasBlockingErrors(diagnostics);
  const ordered = isBlocked ? [] : orderOperations(operations);
  const sizes = sizesOf(ordered, remote);
  const downloads = countDownloads({ changes, operations: ordered }, policy.downloadsAvatar);
  const requests = withDuration(withReads(countRequests(ordered, sizes), downloads), remote.requestRate);
  const limitErrors = isBlocked ? [] : checkLimits({ changes, operations, requests }, desired, remote, policy);
  const changedIds = new Set(changes.map(({ id }) => id));
  const fingerprints = fingerprintsOf(remote.contacts.filter(({ id }) => changedIds.has(id)));
  const reported = {
    ...reportedBase(fullPlan.base, isReported),
    changes: isBlocked ? [] : addAccountContacts(omitLostListsFromCounts(changes, operations), operations),
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

function checkLimits(
  { changes, operations, requests }: Pick<Plan, "changes" | "operations" | "requests">,
  { settings }: DesiredState,
  { matches, accountMatches }: RemoteState,
  { limits = {}, allowed = {}, guardedContacts = countMatched(matches.entries) }: PlanPolicy,
): Diagnostic[] {
  const matchedAccounts = accountMatches.entries.filter(({ match }) => "account" in match).length;
  return [
    ...checkGuards(changes, guardedContacts, settings, allowed),
    ...checkAccountGuards({ changes, operations }, matchedAccounts, settings, allowed),
    ...checkApplyLimits(requests, limits),
  ];
}

type AddressFilter = (address: string) => boolean;

function* targetedChanges(changes: Iterable<Change>, isTargeted: AddressFilter): Iterable<Change> {
  for (const change of changes) if (isTargeted(change.address)) yield change;
}

/** Plans all resources, before targets are selected and operations are ordered. */
function planAll(desired: DesiredState, remote: RemoteState) {
  const mergedContacts = mergeWithBase(desired, remote);
  const { entries, addOrigins } = mergedContacts;
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
  const operations = deleteAfterUnlinking(unordered, desired, remote);
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
    base: desired.base && {
      revision: desired.base.revision,
      tree: desired.base.tree,
      drift: [...mergedAccounts.drift, ...mergedContacts.drift, ...members.drift],
      removedEntries: [...mergedAccounts.removedEntries, ...mergedContacts.removedEntries],
    },
    baseDiagnosticsOf: (isReported: AddressFilter, isChanged: AddressFilter) => [
      ...mergedContacts.diagnosticsOf(isReported, isChanged),
      ...mergedAccounts.diagnosticsOf(isReported, isChanged),
    ],
    problems: [...moves.diagnostics, ...accountLinks.diagnostics, ...members.diagnostics, ...deletedLists.diagnostics],
  };
}

function reportedBase(base: PlanBase | undefined, isReported: AddressFilter): Pick<Plan, "base"> {
  if (base === undefined) return {};
  const drift = base.drift.filter(({ address }) => isReported(address));
  const removedEntries = base.removedEntries.filter(({ address }) => isReported(address));
  return { base: { ...base, drift, removedEntries } };
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

/** If contacts are missing because the token lost access, the plan would create them again. */
function checkContactCount(remote: RemoteState): Diagnostic[] {
  if (!hasFarFewerContacts(remote)) return [];
  const {
    coverage: { read },
    expected = 0,
  } = remote;
  const emulatorAdvice = read === 0 ? " If this is a local Front emulator, start it with its saved data." : "";
  const summary = `Front returned ${plural(read, "contact")}; the last full read found ${groupDigits(expected)}`;
  const advice = `In Front, check under Settings, Developers whether the token lost access to a workspace.${emulatorAdvice} If the contacts were deleted on purpose, accept the lower number.`;
  return [generalError("company-shrank", summary, advice, { kind: "accept-fewer-contacts" })];
}
