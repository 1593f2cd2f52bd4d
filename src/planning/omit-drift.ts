import { type FieldEntry, remoteLabel } from "../comparing/compare.ts";
import type { ResolvedField } from "../config/resolve-fields.ts";
import type { ResolvedContact } from "../config/resolve-references.ts";
import { movesOf } from "../matching/match-contacts.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import type { Difference } from "../model/change.ts";
import type { DesiredContact, RemoteContact, RemovedValues } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { handleKey } from "../model/handle.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { pathOf } from "./base-origins.ts";
import type { SplitDifferences } from "./three-way-merge.ts";

type IsDrifted = (attribute: Difference["attribute"], key?: string) => boolean;

export function driftCheck(drifted: readonly Difference[]): IsDrifted {
  const paths = new Set(drifted.map(pathOf));
  return (attribute, key) => paths.has(pathOf({ attribute, key }));
}

/**
 * Returns the exact collections without drift. The reduced entry omits drifted values, so an exact collection would
 * remove them.
 */
export function exactWithoutDrift<T extends string>(exact: readonly T[], drifted: readonly Difference[]): readonly T[] {
  const collections = new Set<string>(drifted.map(({ attribute }) => attribute));
  return exact.filter((collection) => !collections.has(collection));
}

function removalsFrom<T extends string>(collection: T, differences: readonly Difference[]) {
  return differences.filter(
    (difference): difference is Extract<Difference, { attribute: T }> =>
      difference.attribute === collection && difference.after === undefined,
  );
}

/** Returns the planned removals from a collection; none if it is exact, because `exact` implies the removals. */
export function plannedRemovals<T extends string>(
  collection: T,
  exact: readonly string[],
  planned: readonly Difference[],
): Extract<Difference, { attribute: T }>[] {
  return exact.includes(collection) ? [] : removalsFrom(collection, planned);
}

export function reduceEntry(
  { entry, resolved, match, ...matched }: MatchedEntry,
  base: ResolvedContact,
  contact: RemoteContact,
  { drifted, planned }: SplitDifferences,
): MatchedEntry {
  const isDrifted = driftCheck(drifted);
  const { account, ...unlinked } = entry;
  const exact = exactWithoutDrift(resolved.desired.exact, drifted);
  const labels = new Set(plannedRemovals("lists", exact, planned).map(({ key }) => key));
  const removedLists = contact.lists.filter((list) => labels.has(remoteLabel(list, resolved.lists ?? [], contact)));
  const without = {
    handles: plannedRemovals("handles", exact, planned).flatMap(({ before }) => before ?? []),
    links: plannedRemovals("links", exact, planned).flatMap(({ before }) => before ?? []),
    lists: removedLists.map(({ id, name }) => ({ id, name })),
  };
  const lists = resolved.lists ?? (removedLists.length > 0 ? [] : undefined);
  const moves = movesOf(match).filter(({ declared }) => !isDrifted("handles", handleKey(declared)));
  return {
    ...matched,
    entry: omitUndefined({ ...unlinked, account: isDrifted("account") ? undefined : account }),
    match: "moves" in match ? { ...match, moves } : match,
    resolved: {
      desired: reduceDesired({ ...resolved.desired, exact }, without, isDrifted),
      lists: lists?.filter(({ label }) => !isDrifted("lists", label)),
      customFields: reduceFields(resolved, base, plannedRemovals("custom_fields", exact, planned), isDrifted),
    },
  };
}

function reduceDesired(
  { name, description, avatar, handles, links, ...desired }: DesiredContact,
  without: Required<Omit<RemovedValues, "accounts">>,
  isDrifted: IsDrifted,
): DesiredContact {
  const managedLinks = links ?? (without.links.length > 0 ? [] : undefined);
  const hasRemovals = Object.values(without).some((values) => values.length > 0);
  return omitUndefined({
    ...desired,
    name: isDrifted("name") ? undefined : name,
    description: isDrifted("description") ? undefined : description,
    avatar: isDrifted("avatar") ? undefined : avatar,
    handles: handles.filter((handle) => !isDrifted("handles", handleKey(handle))),
    links: managedLinks?.filter((link) => !isDrifted("links", normalText(link))),
    without: hasRemovals ? without : undefined,
  });
}

/** Omits the fields that drifted, and clears the fields that were removed from the entry. */
export function reduceFields(
  { customFields }: FieldEntry,
  base: FieldEntry,
  removals: readonly { readonly key: string }[],
  isDrifted: IsDrifted,
): readonly ResolvedField[] | undefined {
  const declared = new Set(customFields?.map(({ name }) => name));
  const types = new Map(base.customFields?.map(({ name, type }) => [name, type]));
  const cleared = removals
    .filter(({ key }) => !declared.has(key))
    .map(({ key }) => ({ name: key, type: types.get(key) ?? "unknown", value: undefined }));
  if (customFields === undefined && cleared.length === 0) return undefined;
  return [...(customFields ?? []).filter(({ name }) => !isDrifted("custom_fields", name)), ...cleared];
}
