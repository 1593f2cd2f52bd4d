import { domainKey } from "../model/account.ts";
import type { Difference } from "../model/change.ts";
import { type DesiredList, type Handle, handleKey, type List } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { type EntryList, type EntryUpdate, type ExistingEntry, fieldProperty } from "./entry.ts";

/**
 * Returns the update with only the values that changed in Front. `lists` contains the lists of the company, because
 * changes identify lists by name, but entries may identify them by ID.
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
  /** Returns the declared values without those that were removed in Front, and with those that were added in Front. */
  const merge = <T>(
    attribute: "handles" | "links" | "lists" | "domains",
    declared: readonly T[],
    remote: readonly T[],
    keyOf: (value: T) => string,
  ): T[] => {
    const found = changed.filter((difference) => difference.attribute === attribute);
    const removedKeys = new Set(found.flatMap(({ key, before }) => (before === undefined ? [key] : [])));
    const addedKeys = new Set(found.flatMap(({ key, before }) => (before === undefined ? [] : [key])));
    return [
      ...declared.filter((value) => !removedKeys.has(keyOf(value))),
      ...remote.filter((value) => addedKeys.has(keyOf(value))),
    ];
  };
  const listKeyOf = ({ name, id }: EntryList) => (hasChanged("lists", `${name} (${id})`) ? `${name} (${id})` : name);
  const { customFields: fields = [], links = [], domains = [] } = existing;
  return {
    ...update,
    entry: {
      ...entry,
      handles: merge<Handle>("handles", existing.handles, entry.handles, handleKey),
      links: merge("links", links, entry.links, normalText),
      lists: merge("lists", toEntryLists(existing.lists ?? [], [...entry.lists, ...lists]), entry.lists, listKeyOf),
      domains: merge(
        "domains",
        domains.map(({ domain }) => domain),
        entry.domains ?? [],
        domainKey,
      ),
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

/** Converts declared lists to entry lists. `known` provides the names of lists that are declared by ID. */
function toEntryLists(declared: readonly DesiredList[], known: readonly EntryList[]): EntryList[] {
  return declared.map((list) => {
    if (!("id" in list)) return { name: list.name };
    return { name: known.find(({ id }) => id === list.id)?.name ?? list.id, id: list.id, byId: true };
  });
}
