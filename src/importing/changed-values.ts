import { domainKey } from "../model/account.ts";
import type { Difference } from "../model/change.ts";
import { type DesiredList, handleKey, type List } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { type EntryList, type EntryUpdate, type ExistingEntry, fieldProperty } from "./entry.ts";

/**
 * Returns the update reduced to the values that changed in Front. Everything else in the entry stays unchanged. `lists`
 * contains the lists of the company, because changes identify lists by name, and entries may identify them by id.
 */
export function keepChangedValues(
  update: EntryUpdate,
  existing: ExistingEntry,
  changed: readonly Difference[],
  lists: readonly List[] = [],
): EntryUpdate {
  const { entry, omitted = new Set<string>() } = update;
  const hasChanged = (attribute: Difference["attribute"], key?: string) =>
    changed.some((difference) => difference.attribute === attribute && (key === undefined || difference.key === key));
  const fields = existing.customFields ?? [];
  return {
    ...update,
    entry: {
      ...entry,
      handles: mergeItems(existing.handles, entry.handles, { changed, attribute: "handles", keyOf: handleKey }),
      links: mergeItems(existing.links ?? [], entry.links, { changed, attribute: "links", keyOf: normalText }),
      lists: mergeLists(existing.lists ?? [], entry.lists, { changed, lists }),
      domains: mergeItems(existing.domains?.map(({ domain }) => domain) ?? [], entry.domains ?? [], {
        ...{ changed, attribute: "domains", keyOf: domainKey },
      }),
      customFields: entry.customFields.filter(({ name }) => hasChanged("custom_fields", name)),
    },
    account: hasChanged("account") ? update.account : undefined,
    isAvatarUnchanged: update.isAvatarUnchanged || !hasChanged("avatar"),
    omitted: new Set([
      ...omitted,
      ...(["name", "description"] as const).filter((property) => !hasChanged(property)),
      ...fields.flatMap(({ name }) => (hasChanged("custom_fields", name) ? [] : [fieldProperty(name)])),
    ]),
  };
}

interface MergeOptions<T> {
  readonly changed: readonly Difference[];
  readonly attribute: "handles" | "links" | "lists" | "domains";
  readonly keyOf: (value: T) => string;
}

/**
 * Returns the declared values without the values that were removed in Front and with the values that were added in
 * Front.
 */
function mergeItems<T>(
  declared: readonly T[],
  remoteValues: readonly T[],
  { changed, attribute, keyOf }: MergeOptions<T>,
): T[] {
  const keys = (isRemoved: boolean) =>
    new Set(
      changed.flatMap((difference) =>
        difference.attribute === attribute && (difference.before === undefined) === isRemoved ? difference.key : [],
      ),
    );
  const [removed, added] = [keys(true), keys(false)];
  return [
    ...declared.filter((value) => !removed.has(keyOf(value))),
    ...remoteValues.filter((value) => added.has(keyOf(value))),
  ];
}

function mergeLists(
  declared: readonly DesiredList[],
  remoteLists: readonly EntryList[],
  { changed, lists }: { changed: readonly Difference[]; lists: readonly List[] },
): EntryList[] {
  const declaredLists = declared.map((list): EntryList => {
    if (!("id" in list)) return { name: list.name };
    const name = [...remoteLists, ...lists].find(({ id }) => id === list.id)?.name ?? list.id;
    return { name, id: list.id, byId: true };
  });
  const isNamed = (name: string) => changed.some(({ attribute, key }) => attribute === "lists" && key === name);
  const keyOf = ({ name, id }: EntryList) => (isNamed(`${name} (${id})`) ? `${name} (${id})` : name);
  return mergeItems(declaredLists, remoteLists, { changed, attribute: "lists", keyOf });
}
