import type { DeclaredAccount } from "../model/account.ts";
import type { Change, Difference } from "../model/change.ts";
import type { DesiredContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { canonicalJson, isContentKey } from "../model/fingerprint.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Drift, RemovedEntry } from "../model/plan.ts";

type DeclaredEntry = DesiredContact | DeclaredAccount;

/** The differences of a resource. Drifted values changed in Front since the base, so they are not planned. */
export interface SplitDifferences {
  readonly drifted: readonly Difference[];
  readonly planned: readonly Difference[];
}

/** An entry, its earlier version at the base, and the resource in Front. */
export interface MergeSides<Matched, Remote> {
  readonly address: string;
  readonly matched: Matched;
  readonly kind: string;
  readonly entry: DeclaredEntry;
  readonly base: DeclaredEntry;
  /** Set only if the entry matches a single resource. */
  readonly remote: Remote | undefined;
  differencesSinceBase(remote: Remote): readonly Difference[];
  conflictsWithBase(remote: Remote): readonly Difference[];
  /** Returns whether a difference since the base is planned, rather than reported as drift. */
  isPlanned(difference: Difference): boolean;
  /** Returns an entry that results in exactly the planned differences. */
  reduce(split: SplitDifferences, remote: Remote): Matched;
}

export interface MergedEntry<Matched> {
  readonly address: string;
  /** Undefined if a change in Front prevents the creation or deletion of the resource. */
  readonly entry: Matched | undefined;
  readonly differences: readonly Difference[];
  readonly drift?: Drift;
}

/** The three-way merge of all contacts or of all accounts. */
export interface BaseMerge<Matched> {
  /** The entries to plan. Comparing them with Front results in exactly the planned differences. */
  readonly entries: readonly Matched[];
  readonly drift: readonly Drift[];
  readonly removedEntries: readonly RemovedEntry[];
  /**
   * Returns the warnings about the resources whose addresses `isReported` accepts. `isChanged` returns whether the plan
   * changes a resource.
   */
  diagnosticsOf(
    isReported: (address: string) => boolean,
    isChanged: (address: string) => boolean,
  ): readonly Diagnostic[];
  /** Adds the origin of each difference to a change. */
  addOrigins(change: Change): Change;
}

/** Plans all differences of the entries. */
export function withoutBase<Matched>(entries: readonly Matched[]): BaseMerge<Matched> {
  return { entries, drift: [], removedEntries: [], diagnosticsOf: () => [], addOrigins: (change) => change };
}

/**
 * Returns the planned part of an entry, and the drift in Front. With `overwrite`, resources are created and deleted
 * regardless of changes in Front.
 */
export function mergeSides<Matched, Remote extends { readonly id: string }>(
  sides: MergeSides<Matched, Remote>,
  overwrite: boolean,
): MergedEntry<Matched> {
  const { address, matched, kind, base, remote } = sides;
  const unmerged: MergedEntry<Matched> = { address, entry: matched, differences: [] };
  const wasAbsent = base.ensure === "absent";
  if (kind === "no-match" && !overwrite && !wasAbsent) {
    return { ...unmerged, entry: undefined, drift: driftOf(sides, { action: "delete", differences: [] }) };
  }
  if (remote === undefined) return unmerged;
  if (kind === "match" && !wasAbsent) return { ...unmerged, ...mergeMatch(sides, remote) };
  return kind === "deletion" && !overwrite ? { ...unmerged, ...mergeDeletion(sides, remote) } : unmerged;
}

function mergeMatch<Matched, Remote extends { readonly id: string }>(
  sides: MergeSides<Matched, Remote>,
  remote: Remote,
): Partial<MergedEntry<Matched>> {
  const differences = sides.differencesSinceBase(remote);
  const split = {
    drifted: differences.filter((difference) => !sides.isPlanned(difference)),
    planned: differences.filter((difference) => sides.isPlanned(difference)),
  };
  const merged = { entry: sides.reduce(split, remote), differences };
  if (split.drifted.length === 0) return merged;
  return { ...merged, drift: driftOf(sides, { action: "update", differences: split.drifted, id: remote.id }) };
}

/** Returns drift instead of a deletion if the resource changed or was created in Front since the base. */
function mergeDeletion<Matched, Remote extends { readonly id: string }>(
  sides: MergeSides<Matched, Remote>,
  remote: Remote,
): Partial<MergedEntry<Matched>> {
  const wasAbsent = sides.base.ensure === "absent";
  const differences = wasAbsent ? [] : sides.conflictsWithBase(remote);
  if (!wasAbsent && differences.length === 0) return {};
  const drift = driftOf(sides, { action: wasAbsent ? "create" : "update", differences, id: remote.id });
  return { entry: undefined, drift: { ...drift, deletes: true } };
}

/**
 * Returns the drift of a resource. An update is a conflict if one of its values also changed in the configuration. A
 * creation or deletion is a conflict if the entry changed since the base.
 */
function driftOf(
  { address, entry, base }: { readonly address: string; readonly entry: DeclaredEntry; readonly base: DeclaredEntry },
  { action, differences, id }: Pick<Drift, "action" | "differences"> & { readonly id?: string },
): Drift {
  const { key, location } = entry;
  const isConflict =
    action === "update" ? differences.some(({ origin }) => origin === "both") : !isSameEntry(base, entry);
  const origin = isConflict ? ("both" as const) : ("front" as const);
  return omitUndefined({ address, name: key, location, id, action, origin, differences });
}

function isSameEntry(a: DeclaredEntry, b: DeclaredEntry): boolean {
  const textOf = (entry: DeclaredEntry) => canonicalJson({ ...entry, key: "" }, isContentKey);
  return textOf(a) === textOf(b);
}
