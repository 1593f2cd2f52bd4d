import { formatInline } from "../yaml/format.ts";
import type { EntryField } from "./entry.ts";

/** The new value of a property, and its YAML on one line or as a block. */
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
