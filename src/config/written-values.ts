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

/** Reads the properties that contacts and accounts have in common. */
export function readEntry(key: string, entry: LocatedValue) {
  const description = entry.get("description");
  const fields = entry.get("custom_fields");
  const protect = entry.get("protect");
  return {
    key,
    location: entry.keyLocation,
    id: textOf(entry.get("id")),
    ensure: entry.get("ensure")?.value === "absent" ? ("absent" as const) : ("present" as const),
    protect: protect?.value === true ? { location: protect.keyLocation } : undefined,
    name: textOf(entry.get("name")),
    // `null` clears the description in Front.
    description: description?.value === null ? "" : textOf(description),
    customFields: fields && shrinkToFit(fields.entries().flatMap(readField)),
  };
}

function readField([name, field]: [string, LocatedValue]): UncheckedField[] {
  const { value, location, keyLocation, text } = field;
  if (typeof value === "object" && value !== null) return [];
  // Reuses the same string, because a second equal string would take more memory.
  const source = text === value ? value : text;
  return [{ name, value: value as UncheckedField["value"], location, nameLocation: keyLocation, source }];
}
