import type { Handle } from "../model/contact.ts";
import { formatEntry, formatInline, type YamlValue } from "../yaml/format.ts";
import type { AccountEntry, Entry, EntryField, EntryList } from "./entry.ts";
import type { SharedValues } from "./shared-values.ts";

/** Returns the YAML of an entry below `contacts:`, indented by `indent` and ending with a line break. */
export function entryText(key: string, entry: Entry, indent = "  "): string {
  return formatEntry(["contacts", key], plainEntry(entry), indent.length);
}

/** Returns the YAML of an account below `accounts:`. */
export function accountText(key: string, { id, name, description, domains, ...entry }: AccountEntry): string {
  const { externalId, customFields } = entry;
  const plain = { name, description, domains: nonEmpty(domains), external_id: externalId, id };
  return formatEntry(["accounts", key], { ...plain, custom_fields: plainFields(customFields) });
}

function plainEntry(entry: Entry): YamlValue {
  const { name, description, handles, links, lists, customFields, avatar, account, exact } = entry;
  return {
    name,
    description,
    handles: nonEmpty(handles.map(plainHandle)),
    links: nonEmpty(links),
    lists: nonEmpty(lists.map(plainList)),
    custom_fields: plainFields(customFields),
    avatar,
    account: account?.key,
    exact,
  };
}

function plainFields(fields: readonly EntryField[]): YamlValue | undefined {
  return fields.length === 0 ? undefined : new Map(fields.map(({ name, value }) => [name, value]));
}

/** Returns the YAML of a top-level `defaults:` with these values. */
export function defaultsText(values: SharedValues): string {
  return formatEntry(["defaults"], plainEntry({ ...values, handles: [] }));
}

function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

/** Returns the YAML of a declaration below the top-level `custom_fields:`. */
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
