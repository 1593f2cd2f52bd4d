import type { ResolvedContact } from "../config/resolve-references.ts";
import { BaseEntries } from "../matching/base-entries.ts";
import type { HandleMove } from "../matching/match.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress, listAddress } from "../model/address.ts";
import type { Change, Difference } from "../model/change.ts";
import type { BaseState, DesiredContact, DesiredState, RemoteContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { canonicalJson, isNotLocation } from "../model/fingerprint.ts";
import { type Handle, type HandleKey, handleKey } from "../model/handle.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Drift, PlanBase, Released } from "../model/plan.ts";
import type { RemoteState } from "../reading/remote-state.ts";
import { attributeToBase, differencesFromBase, type OriginContext, pathOf, withOrigin } from "./base-origins.ts";
import { reduceEntry } from "./base-reduction.ts";
import { withDefaultLocations } from "./default-locations.ts";

/** The result of merging the changes in the files and those in Front since a base. */
export interface BaseMerge {
  /** The entries, reduced to the planned differences. */
  readonly entries: readonly MatchedEntry[];
  /** Undefined without a base. */
  readonly base: PlanBase | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Adds their origin to the differences of a change. */
  attribute(change: Change): Change;
}

type MergeInput = Pick<RemoteState, "matches" | "accounts" | "samePictures" | "baseSamePictures">;

/**
 * Merges three ways: the entries at the base, the entries now, and Front. Values that changed only in the files are
 * planned, and so are values that were removed from the files and that Front still has. Values that changed in Front
 * are reported and not changed, unless the base says to overwrite them. Without a base, everything is planned.
 */
export function mergeWithBase(desired: DesiredState, remote: MergeInput): BaseMerge {
  const { entries } = remote.matches;
  const { base } = desired;
  if (base === undefined) return { entries, base, diagnostics: [], attribute: (change) => change };
  const { overwrite, unreadAvatars } = base;
  const leaving = leavingHandles(entries, overwrite);
  const merged = entries.map((entry) => mergeEntry(entry, { ...remote, leaving, overwrite, unreadAvatars }));
  const found = new Map(merged.map(({ address, differences }) => [address, differences]));
  const drift = merged.flatMap((each) => each.drift ?? []);
  return {
    entries: withReducedSources(entries, merged),
    base: { revision: base.revision, tree: base.tree, drift, released: releasedEntriesOf(desired, base) },
    diagnostics: [
      ...warnReplaced(desired.contacts, base),
      ...warnConflicts(drift),
      ...merged.flatMap((each, index) => warnUnreadAvatar(each, entries[index]?.base?.desired.key ?? "", base)),
    ],
    attribute: (change) => withOrigins(change, found.get(change.address) ?? []),
  };
}

interface MergeContext extends OriginContext {
  readonly overwrite: boolean;
}

interface MergedEntry {
  readonly address: string;
  /** Undefined if the entry has no planned differences. */
  readonly entry: MatchedEntry | undefined;
  readonly differences: readonly Difference[];
  readonly drift?: Drift | undefined;
}

function mergeEntry(each: MatchedEntry, context: MergeContext): MergedEntry {
  const { match, base } = each;
  const unmerged: MergedEntry = { address: contactAddress(each.entry.key), entry: each, differences: [] };
  if (base === undefined) return unmerged;
  switch (match.kind) {
    case "no-match":
      return context.overwrite || wasAbsent(base) ? unmerged : mergeMissing(each, base);
    case "match":
      return wasAbsent(base) || beginsToMerge(each, base) ? unmerged : mergeMatch(each, base, match.contact, context);
    case "deletion":
      return context.overwrite ? unmerged : mergeDeletion(each, base, match.contact, context);
    default:
      return unmerged;
  }
}

function wasAbsent({ desired }: ResolvedContact): boolean {
  return desired.ensure === "absent";
}

/**
 * Returns whether an entry has `merge: true` only since the base. It is planned as a whole, because a merge may change
 * any value.
 */
function beginsToMerge({ entry }: MatchedEntry, { desired }: ResolvedContact): boolean {
  return entry.merge && !desired.merge;
}

function mergeMissing(each: MatchedEntry, base: ResolvedContact): MergedEntry {
  const drift = driftOf(each, base, { action: "delete", differences: [] });
  return { address: contactAddress(each.entry.key), entry: undefined, differences: [], drift };
}

/** Merges the deletion of a contact, which is deleted only if it did not change since the base. */
function mergeDeletion(
  each: MatchedEntry,
  base: ResolvedContact,
  contact: RemoteContact,
  context: MergeContext,
): MergedEntry {
  const unmerged: MergedEntry = { address: contactAddress(each.entry.key), entry: each, differences: [] };
  const held = (action: "create" | "update", differences: readonly Difference[]): MergedEntry => ({
    ...unmerged,
    entry: undefined,
    drift: { ...driftOf(each, base, { action, differences, id: contact.id }), deletes: true },
  });
  if (wasAbsent(base)) return held("create", []);
  const changed = differencesFromBase(base, contact, context);
  return changed.length === 0 ? unmerged : held("update", changed);
}

function mergeMatch(
  each: MatchedEntry,
  base: ResolvedContact,
  contact: RemoteContact,
  context: MergeContext,
): MergedEntry {
  const differences = attributeToBase(each, base, contact, context);
  const held = context.overwrite ? [] : differences.filter(({ origin }) => origin !== "files");
  const isHeld = new Set(held);
  const planned = differences.filter((difference) => !isHeld.has(difference));
  return {
    address: contactAddress(each.entry.key),
    entry: reduceEntry(each, base, contact, { held, planned }),
    differences,
    drift: held.length === 0 ? undefined : driftOf(each, base, { action: "update", differences: held, id: contact.id }),
  };
}

function driftOf(
  { entry: { key, location }, resolved }: MatchedEntry,
  base: ResolvedContact,
  { action, differences, id }: Pick<Drift, "action" | "differences"> & { readonly id?: string },
): Drift {
  const isConflict =
    action === "update"
      ? differences.some(({ origin }) => origin === "both")
      : !isSameEntry(base.desired, resolved.desired);
  const origin = isConflict ? ("both" as const) : ("front" as const);
  const located = withDefaultLocations(differences, resolved);
  return omitUndefined({ address: contactAddress(key), name: key, location, id, action, origin, differences: located });
}

function isSameEntry(one: DesiredContact, other: DesiredContact): boolean {
  const text = (entry: DesiredContact) => canonicalJson({ ...entry, key: "" }, isNotLocation);
  return text(one) === text(other);
}

/** Returns the handles that move from each contact to other entries, by its id. */
function leavingHandles(
  entries: readonly MatchedEntry[],
  overwrite: boolean,
): ReadonlyMap<string, ReadonlySet<HandleKey>> {
  const leaving = new Map<string, Set<HandleKey>>();
  const moves = entries.flatMap((each) =>
    movesOf(each).filter(({ declared }) => overwrite || !isLeftInFront(declared, each)),
  );
  for (const { source, handle } of moves) {
    leaving.set(source.id, (leaving.get(source.id) ?? new Set()).add(handleKey(handle)));
  }
  return leaving;
}

function movesOf({ match }: MatchedEntry): readonly HandleMove[] {
  return "moves" in match ? match.moves : [];
}

/** Returns whether a handle of an entry moved to another contact in Front since the base, so that it stays there. */
function isLeftInFront(declared: Handle, each: MatchedEntry): boolean {
  const { base, match } = each;
  if (base === undefined || wasAbsent(base) || match.kind === "merge" || beginsToMerge(each, base)) return false;
  const key = handleKey(declared);
  return match.kind === "no-match" || base.desired.handles.some((handle) => handleKey(handle) === key);
}

/** Replaces the source entries of moved handles by the reduced entries, which contain the handles that they gain. */
function withReducedSources(entries: readonly MatchedEntry[], merged: readonly MergedEntry[]): MatchedEntry[] {
  const reduced = new Map(entries.map((each, index) => [each.entry, merged[index]?.entry?.resolved.desired]));
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

function releasedEntriesOf({ contacts, lists }: DesiredState, base: BaseState): Released[] {
  const declared = new Set(lists.map(({ name }) => name));
  const gone = base.lists.filter(({ name, ensure }) => ensure !== "absent" && !declared.has(name));
  return [
    ...gone.map(({ name, location }) => ({ address: listAddress(name), name, location })),
    ...releasedEntries(contacts, base),
  ];
}

function releasedEntries(contacts: readonly DesiredContact[], base: BaseState): Released[] {
  const entries = new BaseEntries(base.contacts);
  const continued = new Map(contacts.map((entry) => [entry.key, entries.continuedBy(entry)]));
  const present = new Set(continued.values());
  // An entry that continues none has a warning of its own.
  const isReplaced = (key: string) => continued.has(key) && continued.get(key) === undefined;
  return base.contacts
    .filter((entry) => entry.ensure === "present" && !present.has(entry) && !isReplaced(entry.key))
    .map(({ key, location }) => ({ address: contactAddress(key), name: key, location }));
}

/**
 * Warns about entries that share no handle with the base: each is planned as another contact, and the old one stays.
 */
function warnReplaced(contacts: readonly DesiredContact[], base: BaseState): Diagnostic[] {
  const entries = new BaseEntries(base.contacts);
  return contacts
    .filter(({ key, ensure }) => ensure === "present" && entries.withKey(key)?.ensure === "present")
    .filter((entry) => entries.continuedBy(entry) === undefined)
    .map(({ key, location }) => ({
      severity: "warning",
      code: "base-handles-replaced",
      summary: `${key} shares no handle with ${key} at ${base.revision}, so it is planned as a different contact`,
      advice: "If it is the same contact, keep one of its earlier handles until the new ones are applied.",
      location,
    }));
}

/** Warns if the picture at the base is unknown, because then it is unknown whether the files or Front changed it. */
function warnUnreadAvatar(
  { drift }: MergedEntry,
  baseKey: string,
  { revision, unreadAvatars = {} }: BaseState,
): Diagnostic[] {
  const problem = Object.hasOwn(unreadAvatars, baseKey) ? unreadAvatars[baseKey] : undefined;
  if (problem === undefined || !drift?.differences.some(({ attribute }) => attribute === "avatar")) return [];
  return [
    {
      severity: "warning",
      code: "base-avatar-unread",
      summary: `The avatar of ${drift.name} in Front is kept, because the one at ${revision} is unknown: ${problem}`,
      advice: "Fetch the file of that revision, such as with git lfs fetch, or overwrite the changes in Front.",
      remedy: { kind: "resolve-conflicts" },
      location: drift.location,
    },
  ];
}

export function warnConflicts(drift: readonly Drift[], noun = "contact"): Diagnostic[] {
  const conflicts = drift.filter(({ origin }) => origin === "both");
  const [first] = conflicts;
  if (first === undefined) return [];
  const count = conflicts.length === 1 ? `1 ${noun}` : `${conflicts.length} ${noun}s`;
  return [
    {
      severity: "warning",
      code: "base-conflict",
      summary: `${count} changed both in the files and in Front; the values in Front are kept`,
      advice: "Accept the values in Front by writing them into the files, or overwrite them.",
      remedy: { kind: "resolve-conflicts" },
      location: first.location,
    },
  ];
}

/** Returns a change with the origin of its differences. Those without another origin were made in the files. */
function withOrigins(change: Change, found: readonly Difference[]): Change {
  if (change.type !== "front_contact" || change.action !== "update") return change;
  const known = new Map(found.map((each) => [pathOf(each), each]));
  const differences = change.differences.map((each) => {
    const { origin = "files", base } = known.get(pathOf(each)) ?? {};
    return withOrigin(each, origin, base);
  });
  return { ...change, differences };
}
