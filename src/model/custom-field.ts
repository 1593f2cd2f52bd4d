import type { SourceLocation } from "./diagnostic.ts";

/** The types of custom fields in Front (docs/front.md#custom-fields). */
export const FIELD_TYPES = ["string", "boolean", "number", "datetime", "teammate", "inbox", "enum"] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** A value as files represent it. A datetime is ISO 8601 text in files and epoch seconds in Front. */
export type WrittenValue = string | number | boolean;

/**
 * A value that files cannot contain: an object, a list with values other than text, or a number that a double cannot
 * represent. `json` is the text that Front sent, which is sent back unchanged.
 */
export interface OpaqueValue {
  readonly json: string;
}

/** A value in Front. A list of texts is a list of teammates, which files cannot declare. */
export type FieldValue = string | number | boolean | null | readonly string[] | OpaqueValue;

export function isOpaque(value: unknown): value is OpaqueValue {
  return typeof value === "object" && value !== null && "json" in value && typeof value.json === "string";
}

/** Values by field name, in Front's order. A map, because any text can be a name, even `__proto__`. */
export type CustomFields = ReadonlyMap<string, FieldValue>;

/** A custom field that a file manages. `null` clears it. */
export interface DesiredField {
  readonly name: string;
  readonly value: WrittenValue | null;
  /** An earlier value in Front to restore. It is sent unchanged instead of `value`. */
  readonly restored?: FieldValue;
  /** True if the value is the text of a table cell, which must be converted to the type of the field. */
  readonly cell?: true;
  /** The location of the value. */
  readonly location: SourceLocation;
  /** The location of the name. */
  readonly nameLocation: SourceLocation;
}
