import type { SourceLocation } from "./diagnostic.ts";

/** The types of custom fields in Front (docs/front.md#custom-fields). */
export const FIELD_TYPES = ["string", "boolean", "number", "datetime", "teammate", "inbox", "enum"] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/**
 * A value in the form that configuration files use. A datetime is an ISO 8601 string in configuration files and epoch
 * seconds in Front.
 */
export type ConfigValue = string | number | boolean;

/**
 * A value that configuration files cannot represent: an object, an array with values other than strings, or a number
 * whose value would change in a double. `json` is the JSON from Front's response, which is sent back unchanged.
 */
export interface OpaqueValue {
  readonly json: string;
}

/** A value in Front. An array of strings contains teammates; configuration files cannot declare such a value. */
export type FieldValue = string | number | boolean | null | readonly string[] | OpaqueValue;

export function isOpaque(value: unknown): value is OpaqueValue {
  return typeof value === "object" && value !== null && "json" in value && typeof value.json === "string";
}

/** Values by field name, in Front's order. A map, because a name can be any string, even `__proto__`. */
export type CustomFields = ReadonlyMap<string, FieldValue>;

/** A custom field to manage. The value `null` clears the field. */
export interface DesiredField {
  readonly name: string;
  readonly value: ConfigValue | null;
  /** An earlier value to restore. It is sent unchanged instead of `value`. */
  readonly valueToRestore?: FieldValue;
  /** True if the value is the text of a table cell, which must be converted to the type of the field. */
  readonly isCell?: true;
  /** The location of the value. */
  readonly location: SourceLocation;
  readonly nameLocation: SourceLocation;
}
