import type { ResolvedField } from "../config/resolve-fields.ts";
import type { ResolvedContact } from "../config/resolve-references.ts";
import type { Match } from "../matching/match.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import type { Difference } from "../model/change.ts";
import type { Collection, DesiredContact, RemoteContact, RemovedValues } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { handleKey } from "../model/handle.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { pathOf } from "./base-origins.ts";
import { remoteLabel } from "./compare.ts";

/** The differences of a contact: those that stay in Front, and those that are planned. */
export interface SplitDifferences {
  readonly held: readonly Difference[];
  readonly planned: readonly Difference[];
}

type IsHeld = (attribute: Difference["attribute"], key?: string) => boolean;

/**
 * Returns an entry that results in exactly the planned differences: without those that are held back, and with the
 * values to remove.
 */
export function reduceEntry(
  { entry, resolved, match, ...rest }: MatchedEntry,
  base: ResolvedContact,
  contact: RemoteContact,
  { held, planned }: SplitDifferences,
): MatchedEntry {
  const paths = new Set(held.map(pathOf));
  const isHeld: IsHeld = (attribute, key) => paths.has(pathOf({ attribute, key } as Difference));
  const { account, ...others } = entry;
  const exact = resolved.desired.exact.filter((each) => !held.some((difference) => isRemovalFrom(each, difference)));
  const removed = (collection: Collection) =>
    exact.includes(collection) ? [] : planned.filter((difference) => isRemovalFrom(collection, difference));
  const labels = new Set(removed("lists").map(({ key }) => key));
  const lists = contact.lists.filter((list) => labels.has(remoteLabel(list, resolved.lists ?? [], contact)));
  const without = {
    handles: removed("handles").flatMap(({ attribute, before }) => (attribute === "handles" && before) || []),
    links: removed("links").flatMap(({ attribute, before }) => (attribute === "links" && before) || []),
    lists: lists.map(({ id, name }) => ({ id, name })),
  };
  const keptLists = resolved.lists ?? (lists.length > 0 ? [] : undefined);
  return {
    ...rest,
    entry: omitUndefined({ ...others, account: isHeld("account") ? undefined : account }),
    match: withoutHeldMoves(match, isHeld),
    resolved: {
      desired: reduceDesired({ ...resolved.desired, exact }, without, isHeld),
      lists: keptLists?.filter(({ label }) => !isHeld("lists", label)),
      customFields: reduceFields(resolved, base, removed("custom_fields"), isHeld),
    },
  };
}

function isRemovalFrom(collection: Collection, { attribute, after }: Difference): boolean {
  return attribute === collection && after === undefined;
}

function reduceDesired(
  { name, description, avatar, handles, links, ...rest }: DesiredContact,
  without: Required<Omit<RemovedValues, "accounts">>,
  isHeld: IsHeld,
): DesiredContact {
  const keptLinks = links ?? (without.links.length > 0 ? [] : undefined);
  const removesSome = Object.values(without).some((values) => values.length > 0);
  return omitUndefined({
    ...rest,
    name: isHeld("name") ? undefined : name,
    description: isHeld("description") ? undefined : description,
    avatar: isHeld("avatar") ? undefined : avatar,
    handles: handles.filter((handle) => !isHeld("handles", handleKey(handle))),
    links: keptLinks?.filter((link) => !isHeld("links", normalText(link))),
    without: removesSome ? without : undefined,
  });
}

function reduceFields(
  { customFields }: ResolvedContact,
  base: ResolvedContact,
  removed: readonly Difference[],
  isHeld: IsHeld,
): readonly ResolvedField[] | undefined {
  const declared = new Set(customFields?.map(({ name }) => name));
  const types = new Map(base.customFields?.map(({ name, type }) => [name, type]));
  const cleared = removed
    .flatMap(({ key }) => key ?? [])
    .filter((name) => !declared.has(name))
    .map((name) => ({ name, type: types.get(name) ?? "unknown", value: undefined }));
  if (customFields === undefined && cleared.length === 0) return undefined;
  return [...(customFields ?? []).filter(({ name }) => !isHeld("custom_fields", name)), ...cleared];
}

/** Leaves out moves that are held back: a handle that moved away from its entry in Front stays where it is. */
function withoutHeldMoves(match: Match, isHeld: IsHeld): Match {
  if (!("moves" in match)) return match;
  return { ...match, moves: match.moves.filter(({ declared }) => !isHeld("handles", handleKey(declared))) };
}
