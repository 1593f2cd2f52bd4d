import type { Handle } from "../model/contact.ts";
import { formatEntry, formatInline, type YamlValue } from "../yaml/format.ts";
import type { Entry, EntryField, EntryList } from "./entry.ts";

/** Returns an entry as text below `contacts:`, indented by `indent` and ended with a line break. */
export function entryText(key: string, entry: Entry, indent = "  "): string {
  return formatEntry(["contacts", key], plainEntry(entry), indent.length);
}

function plainEntry({ name, description, handles, links, lists, customFields, avatar, exact }: Entry): YamlValue {
  return {
    name,
    description,
    handles: nonEmpty(handles.map(plainHandle)),
    links: nonEmpty(links),
    lists: nonEmpty(lists.map(plainList)),
    custom_fields:
      customFields.length === 0 ? undefined : new Map(customFields.map((field) => [field.name, field.value])),
    avatar,
    exact,
  };
}

/** Returns `defaults:` with these values at the top of a file. */
export function defaultsText(values: Pick<Entry, "description" | "links" | "lists" | "customFields">): string {
  return formatEntry(["defaults"], plainEntry({ ...values, handles: [] }));
}

function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

/** Returns the declaration of a custom field below `custom_fields:` at the top of a file. */
export function declarationText(name: string, type: string, indent: string): string {
  return formatEntry(["custom_fields", name], { type }, indent.length);
}

function plainHandle({ source, handle }: Handle): YamlValue {
  return { source, handle };
}

function plainList({ name, id, byId = false }: EntryList): YamlValue {
  return byId ? { id } : name;
}

export function handleText(handle: Handle): string {
  return formatInline(plainHandle(handle), { inFlow: true });
}

export function listText(list: EntryList): string {
  return formatInline(plainList(list), { inFlow: true });
}

export function fieldText({ name, value }: EntryField, options: { readonly inFlow: boolean }): string {
  return `${formatInline(name, options)}: ${formatInline(value, options)}`;
}
