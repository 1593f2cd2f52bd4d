import type { ResolvedContact } from "../config/resolve-references.ts";
import { type EarlierContacts, findEarlierContacts, isPinnedToOther, startsMerging } from "../matching/base-entries.ts";
import { staysOnOtherContact } from "../matching/handle-moves-in-front.ts";
import { handlesBySource, matchedContacts, movesOf } from "../matching/match-contacts.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress, listAddress } from "../model/address.ts";
import type { Difference } from "../model/change.ts";
import type { BaseState, DesiredContact, DesiredState, RemoteContact } from "../model/contact.ts";
import { type Diagnostic, warningAt } from "../model/diagnostic.ts";
import { declaredKeys, remoteKeys } from "../model/handle.ts";
import type { RemovedEntry } from "../model/plan.ts";
import type { RemoteState } from "../reading/remote-state.ts";
import { warnConflicts } from "./base-conflicts.ts";
import { withOrigins } from "./base-origins.ts";
import { conflictsWithBase, differencesSinceBase, isOtherContact, type OriginContext } from "./contact-differences.ts";
import { withDefaultLocations } from "./default-locations.ts";
import { reduceEntry } from "./omit-drift.ts";
import { reduceMerge } from "./reduce-merge.ts";
import { keepStayingHandles } from "./staying-handles.ts";
import { type BaseMerge, type MergedEntry, type MergeSides, mergeSides, withoutBase } from "./three-way-merge.ts";

/**
 * Merges the entries at the base, the current entries, and the remote contacts. Plans the values that changed only in
 * the configuration, including the removal of values that are no longer in the configuration. Reports values that
 * changed in Front as drift. With `overwrite`, plans these values as well. Without a base, plans all differences.
 */
export function mergeWithBase(desired: DesiredState, remote: RemoteState): BaseMerge<MatchedEntry> {
  const { entries } = remote.matches;
  const { base } = desired;
  if (base === undefined) return withoutBase(entries);
  const { overwrite, unreadAvatars } = base;
  const earlierVersions = findEarlierContacts(base.contacts, desired.contacts);
  const context = {
    ...remote,
    ...findHandleMoves(entries, overwrite),
    overwrite,
    unreadAvatars,
    exactListsAtBase: new Set(base.lists.flatMap(({ name, members }) => (members === "exact" ? [name] : []))),
  };
  const mergedEntries = entries.map((entry) => keepStayingHandles(mergeEntry(entry, context), context.stayingHandles));
  const differencesByAddress = new Map(mergedEntries.map(({ address, differences }) => [address, differences]));
  const drift = mergedEntries.flatMap((entry) => entry.drift ?? []);
  return {
    entries: withReducedSources(entries, mergedEntries),
    drift,
    removedEntries: [...removedLists(desired, base), ...removedContacts(entries, desired, base, earlierVersions)],
    diagnosticsOf: (isReported, isChanged) => [
      ...warnReplaced(desired.contacts, base, earlierVersions, { isReported, isChanged }),
      ...entries.flatMap((matched) =>
        isReported(contactAddress(matched.entry.key)) ? warnOtherContact(matched, base, earlierVersions) : [],
      ),
      ...warnConflicts(drift.filter(({ address }) => isReported(address))),
      ...mergedEntries.flatMap((merged, index) =>
        isReported(merged.address) ? warnUnreadAvatar(merged, entries[index]?.base?.desired.key ?? "", base) : [],
      ),
    ],
    addOrigins: (change) => withOrigins(change, differencesByAddress.get(change.address)),
  };
}

function mergeEntry(matched: MatchedEntry, context: OriginContext): MergedEntry<MatchedEntry> {
  const { match, base, resolved } = matched;
  const address = contactAddress(matched.entry.key);
  if (base === undefined) return { address, entry: matched, differences: [] };
  const compareWithBase = (contact: RemoteContact) =>
    withDefaultLocations(differencesSinceBase(matched, base, contact, context), resolved);
  const isPlanned = plannedDifferences(matched, base, context);
  if (match.kind === "merge" && base.desired.ensure === "present") {
    const entry = reduceMerge(matched, match, base, context, isPlanned);
    // If the target was not the contact of the entry at the base, its differences do not show what changed in Front.
    return { address, entry, differences: isOtherContact(base, match.target) ? [] : compareWithBase(match.target) };
  }
  const sides: MergeSides<MatchedEntry, RemoteContact> = {
    address,
    matched,
    kind: match.kind,
    entry: resolved.desired,
    base: base.desired,
    remote: "contact" in match ? match.contact : undefined,
    differencesSinceBase: compareWithBase,
    conflictsWithBase: (contact) => withDefaultLocations(conflictsWithBase(base, contact, context), resolved),
    isPlanned,
    reduce: (split, contact) => reduceEntry(matched, base, contact, split),
  };
  return mergeSides(sides, context.overwrite);
}

/**
 * Returns a function that returns whether a difference is planned. If the entry merges contacts, changes in Front are
 * planned as well, because a merge may change any declared value.
 */
function plannedDifferences(
  { entry, match, resolved }: MatchedEntry,
  { desired: base }: ResolvedContact,
  { overwrite }: Pick<OriginContext, "overwrite">,
): (difference: Difference) => boolean {
  const merges = match.kind === "merge" || startsMerging(entry, base);
  return (difference) => {
    if (overwrite || difference.origin === "files") return true;
    return merges && !isUnmanagedField(difference, resolved);
  };
}

/**
 * Returns whether a difference is in a custom field that the entry does not manage. After a merge, its value may come
 * from another contact.
 */
function isUnmanagedField({ attribute, key }: Difference, { desired, customFields = [] }: ResolvedContact): boolean {
  if (attribute !== "custom_fields" || desired.exact.includes("custom_fields")) return false;
  return customFields.every(({ name }) => name !== key);
}

function findHandleMoves(
  entries: readonly MatchedEntry[],
  overwrite: boolean,
): Pick<OriginContext, "movingHandles" | "stayingHandles"> {
  const moves = entries.flatMap(({ entry, match, base }) =>
    movesOf(match).map((move) => ({
      ...move,
      stays: !overwrite && staysOnOtherContact(move.declared, entry, base?.desired, match.kind),
    })),
  );
  return {
    movingHandles: handlesBySource(moves.filter(({ stays }) => !stays)),
    stayingHandles: handlesBySource(moves.filter(({ stays }) => stays)),
  };
}

/** Replaces each source entry in the handle moves with its reduced entry. */
function withReducedSources(
  entries: readonly MatchedEntry[],
  merged: readonly MergedEntry<MatchedEntry>[],
): MatchedEntry[] {
  const reduced = new Map(entries.map((matched, index) => [matched.entry, merged[index]?.entry?.resolved.desired]));
  return merged.flatMap(({ entry }) => {
    if (entry === undefined) return [];
    const { match } = entry;
    if (!("moves" in match) || match.moves.length === 0) return [entry];
    const moves = match.moves.map((move) => ({
      ...move,
      sourceEntry: move.sourceEntry && (reduced.get(move.sourceEntry) ?? move.sourceEntry),
    }));
    return [{ ...entry, match: { ...match, moves } }];
  });
}

function removedLists({ lists }: DesiredState, base: BaseState): RemovedEntry[] {
  const declaredNames = new Set(lists.map(({ name }) => name));
  return base.lists
    .filter(({ name, ensure }) => ensure !== "absent" && !declaredNames.has(name))
    .map(({ name, location }) => ({ address: listAddress(name), name, location }));
}

function removedContacts(
  entries: readonly MatchedEntry[],
  { contacts }: DesiredState,
  base: BaseState,
  earlierVersions: EarlierContacts,
): RemovedEntry[] {
  const remaining = new Set(earlierVersions.values());
  // `warnReplaced` reports these entries.
  const replacedKeys = new Set(contacts.filter((entry) => !earlierVersions.has(entry)).map(({ key }) => key));
  const removed = base.contacts.filter(
    (entry) => entry.ensure === "present" && !remaining.has(entry) && !replacedKeys.has(entry.key),
  );
  if (removed.length === 0) return [];
  const describesMatched = describesMatchedContacts(entries);
  return removed
    .filter((entry) => !describesMatched(entry))
    .map(({ key, location }) => ({ address: contactAddress(key), name: key, location }));
}

/**
 * Returns a function that returns whether all handles of an entry belong to contacts that match other entries. This is
 * the case if the entry was joined with another entry.
 */
function describesMatchedContacts(entries: readonly MatchedEntry[]): (entry: DesiredContact) => boolean {
  const contacts = entries.flatMap(({ match }) => matchedContacts(match));
  const ids = new Set(contacts.map(({ id }) => id));
  const keys = new Set(contacts.flatMap(({ handles }) => handles.flatMap(remoteKeys)));
  return ({ id, handles }) =>
    (id === undefined || ids.has(id)) && handles.every((handle) => declaredKeys(handle).some((key) => keys.has(key)));
}

/**
 * Returns a warning for each entry that has the key of an entry at the base, but describes a different contact. The
 * plan does not change the contact of the entry at the base.
 */
function warnReplaced(
  contacts: readonly DesiredContact[],
  base: BaseState,
  earlierVersions: EarlierContacts,
  { isReported, isChanged }: Record<"isReported" | "isChanged", (address: string) => boolean>,
): Diagnostic[] {
  const present = base.contacts.filter(({ ensure }) => ensure === "present");
  const byKey = new Map(present.map((entry) => [entry.key, entry]));
  return contacts.flatMap((entry) => {
    const replaced = byKey.get(entry.key);
    if (entry.ensure === "absent" || replaced === undefined || earlierVersions.has(entry)) return [];
    // After an apply, new handles need no warning. A new ID still does, because removed values stay in Front.
    const isRelevant = isPinnedToOther(replaced, entry) ? isReported : isChanged;
    return isRelevant(contactAddress(entry.key)) ? [warnReplacement(entry, replaced, base)] : [];
  });
}

function warnReplacement(entry: DesiredContact, replaced: DesiredContact, { revision }: BaseState): Diagnostic {
  const { key, location, idLocation = location } = entry;
  const atRevision = `${key} at revision "${revision}", so it is planned as a different contact`;
  if (isPinnedToOther(replaced, entry)) {
    const advice = `Values that were removed from the entry stay in Front. If ${replaced.id} was merged into ${entry.id} in Front, remove these values in Front.`;
    return warningAt(idLocation, "base-id-changed", `${key} has a different ID than ${atRevision}`, advice);
  }
  const advice = "If it is the same contact, keep an earlier handle in the entry until the new handles are applied.";
  return warningAt(location, "base-handles-replaced", `${key} shares no handle with ${atRevision}`, advice);
}

/**
 * Returns a warning if the new ID of an entry belongs to a contact without the handles that the entry had at the base,
 * although another contact has one of them.
 */
function warnOtherContact(
  { entry, base: compared }: MatchedEntry,
  { revision }: BaseState,
  earlierVersions: EarlierContacts,
): Diagnostic[] {
  if (compared !== undefined || !earlierVersions.has(entry)) return [];
  const { key, id, location, idLocation = location } = entry;
  const summary = `${key} has the ID ${id}, but another contact has the handles of ${key} at revision "${revision}", so it is planned as a different contact`;
  const advice =
    "Check the ID. If it is correct, remove in Front the values that you removed from the entry; the plan does not remove them.";
  return [warningAt(idLocation, "base-id-changed", summary, advice)];
}

/** If the avatar at the base cannot be read, it is unknown which side changed the avatar. */
function warnUnreadAvatar(
  { drift }: MergedEntry<MatchedEntry>,
  baseKey: string,
  { revision, unreadAvatars = {} }: BaseState,
): Diagnostic[] {
  const problem = Object.hasOwn(unreadAvatars, baseKey) ? unreadAvatars[baseKey] : undefined;
  if (problem === undefined || !drift?.differences.some(({ attribute }) => attribute === "avatar")) return [];
  const summary = `The avatar of ${drift.name} is not changed, because the avatar at revision "${revision}" is unknown: ${problem}`;
  const advice =
    "If the file is not in this clone, fetch it, for example with 'git lfs fetch'. Otherwise, import the avatar from Front or overwrite it.";
  return [
    warningAt(drift.location, "base-avatar-unread", summary, advice, { kind: "resolve-conflicts", accounts: false }),
  ];
}
