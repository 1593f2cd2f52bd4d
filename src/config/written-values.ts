import type { DesiredField } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { shrinkToFit } from "../model/shrink-to-fit.ts";
import type { LocatedValue } from "../yaml/located-value.ts";

export interface LocatedText {
  readonly text: string;
  readonly location: SourceLocation;
}

/** An entry of a file, used to locate its properties. Reading a property may parse the file again. */
export type WrittenEntry = Pick<LocatedValue, "location" | "get" | "entries">;

/** A custom field with the source text of its value, such as `1e3` for the number 1000. */
export type UncheckedField = DesiredField & { readonly source: string };

/** Returns undefined if the value is not text, which the schema reports. */
export function textOf(written: LocatedValue | undefined): string | undefined {
  return typeof written?.value === "string" ? written.value : undefined;
}

/** Returns an empty array if the value is not text, which the schema reports. */
export function locatedTextOf({ value, location }: LocatedValue): LocatedText[] {
  return typeof value === "string" ? [{ text: value, location }] : [];
}

export function locationOfProperty(
  { written, location }: { readonly written: WrittenEntry; readonly location: SourceLocation },
  property: string,
): SourceLocation {
  return written.get(property)?.location ?? location;
}

export function entriesOf(parent: LocatedValue, key: string): [string, LocatedValue][] {
  return parent.get(key)?.entries() ?? [];
}

export function itemsOf(parent: LocatedValue, key: string): LocatedValue[] {
  return parent.get(key)?.items() ?? [];
}

/** Reads `null` as empty, which clears the description in Front. */
export function readDescription(written: LocatedValue | undefined): string | undefined {
  return written?.value === null ? "" : textOf(written);
}

export function readProtection(written: LocatedValue | undefined): { readonly location: SourceLocation } | undefined {
  return written?.value === true ? { location: written.keyLocation } : undefined;
}

export function readFields(fields: LocatedValue | undefined): UncheckedField[] | undefined {
  return fields && shrinkToFit(fields.entries().flatMap(readField));
}

function readField([name, field]: [string, LocatedValue]): UncheckedField[] {
  const { value, location, keyLocation, text } = field;
  if (typeof value === "object" && value !== null) return [];
  // Reuses the same string, because a second equal string would take more memory.
  const source = text === value ? value : text;
  return [{ name, value: value as UncheckedField["value"], location, nameLocation: keyLocation, source }];
}
