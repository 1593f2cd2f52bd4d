import type { SourceLocation } from "./diagnostic.ts";

/** The types of custom fields in Front (docs/front.md#custom-fields). */
export const FIELD_TYPES = ["string", "boolean", "number", "datetime", "teammate", "inbox", "enum"] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** A value as written in a file. A datetime is ISO 8601 text in files and epoch seconds in Front. */
export type WrittenValue = string | number | boolean;

/**
 * A value that cannot be written in a file: an object, a list of anything but text, or a number that a double cannot
 * hold. It is kept as the JSON text that Front sent, and sent back unchanged.
 */
export interface OpaqueValue {
  readonly json: string;
}

/** A value in Front. Lists of teammates are read and kept, but never written. */
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
  /** A value that Front had before, sent unchanged instead of `value`, whatever its type. */
  readonly restored?: FieldValue;
  /** True if the value is the text of a table's cell, to be read as the type of the field. */
  readonly cell?: true;
  /** The location of the value. */
  readonly location: SourceLocation;
  /** The location of the name. */
  readonly nameLocation: SourceLocation;
}
