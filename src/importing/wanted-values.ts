import type { DesiredList, WrittenValue } from "../model/contact.ts";
import { formatInline } from "../yaml/format.ts";
import { isMap, type PlainMap } from "../yaml/located-value.ts";
import type { EntryField, EntryList } from "./entry.ts";

/** The new value of a property, and its YAML (`text`) on one line or as a block. */
export interface WantedValue {
  readonly text: string;
  readonly value: unknown;
}

/** A value of a collection. Equal values have equal keys. */
export interface WantedItem {
  readonly key: string;
  readonly text: string;
  readonly value: unknown;
}

/** A value of a collection that comes from defaults. */
export interface SharedValue {
  readonly key: string;
  readonly label: string;
}

export function sequenceOf(items: readonly WantedItem[]): WantedValue {
  return { text: `[${items.map(({ text }) => text).join(", ")}]`, value: items.map(({ value }) => value) };
}

export function mapOf(fields: readonly EntryField[]): WantedValue {
  const values = new Map(fields.map(({ name, value }) => [name, value === 0 ? 0 : value]));
  return { text: formatInline(values, { inFlow: true }), value: Object.fromEntries(values) };
}

/** Returns the items of a parsed sequence. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Returns the content of an entry with changed custom fields. */
export function withFields(entry: PlainMap, changed: ReadonlyMap<string, WrittenValue | null>): PlainMap {
  const before = isMap(entry["custom_fields"]) ? entry["custom_fields"] : {};
  // Neither YAML nor Front has a negative zero.
  const after = [...changed].map(([name, value]) => [name, value === 0 ? 0 : value] as const);
  return { ...entry, custom_fields: Object.fromEntries([...Object.entries(before), ...after]) };
}

/** Returns the key of a list: its id if it is known, otherwise its name. */
export function nameOfList(list: DesiredList, wanted: readonly EntryList[]): string {
  if ("id" in list) return list.id;
  const found = wanted.find(({ name, byId }) => name === list.name && !byId);
  return found?.id ?? list.name;
}
