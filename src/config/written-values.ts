import type { DesiredField } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { fitted } from "../model/fitted.ts";
import type { LocatedValue } from "../yaml/located-value.ts";

/** A text with its location. */
export interface LocatedText {
  readonly text: string;
  readonly location: SourceLocation;
}

/** A custom field with the source text of its value, such as `1e3` for the number 1000. */
export type UncheckedField = DesiredField & { readonly source: string };

export function textOf(written: LocatedValue | undefined): string | undefined {
  return typeof written?.value === "string" ? written.value : undefined;
}

/** Returns the text of a value; nothing for other types, which the schema reports. */
export function texts({ value, location }: LocatedValue): LocatedText[] {
  return typeof value === "string" ? [{ text: value, location }] : [];
}

export function entriesOf(parent: LocatedValue, key: string): [string, LocatedValue][] {
  return parent.get(key)?.entries() ?? [];
}

export function itemsOf(parent: LocatedValue, key: string): LocatedValue[] {
  return parent.get(key)?.items() ?? [];
}

export function readDescription(written: LocatedValue | undefined): string | undefined {
  return written?.value === null ? "" : textOf(written);
}

export function readProtection(written: LocatedValue | undefined): { readonly location: SourceLocation } | undefined {
  return written?.value === true ? { location: written.keyLocation } : undefined;
}

/** Returns the custom fields below a contact or an account; undefined if it declares none. */
export function readFields(owner: LocatedValue): UncheckedField[] | undefined {
  return owner.get("custom_fields") && fitted(entriesOf(owner, "custom_fields").flatMap(readField));
}

function readField([name, field]: [string, LocatedValue]): UncheckedField[] {
  const { value, location, keyLocation, text } = field;
  if (typeof value === "object" && value !== null) return [];
  // Sharing the string saves memory.
  const source = text === value ? value : text;
  return [{ name, value: value as UncheckedField["value"], location, nameLocation: keyLocation, source }];
}
