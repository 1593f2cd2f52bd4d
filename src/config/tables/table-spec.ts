import { TABLE_ENCODINGS, type TableEncoding } from "../../csv/decode-table.ts";
import { DELIMITERS } from "../../csv/read-csv.ts";
import { type ConfigValue, HANDLE_SOURCES } from "../../model/contact.ts";
import type { SourceLocation } from "../../model/diagnostic.ts";
import { isJsonObject } from "../../model/json-object.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import type { LocatedValue } from "../../yaml/located-value.ts";
import { entriesOf, itemsOf, type LocatedText } from "../written-values.ts";

export type MappedProperty =
  | { readonly kind: "name" | "description" | "links" | "lists" | "account" }
  | { readonly kind: "handle"; readonly source: string }
  | { readonly kind: "field"; readonly name: string };

/** Returns an ID that is equal for columns that are mapped to the same property. */
export function propertyId(target: MappedProperty): string {
  if (target.kind === "handle") return `handle ${target.source}`;
  return target.kind === "field" ? `field ${target.name}` : target.kind;
}

export interface ColumnSpec {
  readonly target: MappedProperty;
  readonly column: LocatedText;
  /** The location of the key under `columns`. */
  readonly keyLocation: SourceLocation;
  readonly separator?: string;
  /** Values by cell text. Text that maps to `null` counts as empty. */
  readonly values?: ReadonlyMap<string, ConfigValue | null>;
  /** The format of dates, in Luxon's tokens. */
  readonly format?: string;
  readonly zone?: LocatedText;
  readonly country?: LocatedText;
  readonly by: "domain" | "external_id" | "id" | "key";
}

/** A table declaration, without the parts that the schema rejects. */
export interface TableSpec {
  readonly name: string;
  /** The location of the name. */
  readonly location: SourceLocation;
  readonly file: LocatedText;
  readonly key: LocatedText;
  readonly where: readonly { readonly column: LocatedText; readonly values: ReadonlySet<string> }[];
  /** The columns that the declaration maps. They replace the preset's columns for the same property. */
  readonly columns: readonly ColumnSpec[];
  readonly preset?: LocatedText;
  /** The default country of phone numbers without a country code. A column can override it. */
  readonly country?: LocatedText;
  readonly clearsEmpty: boolean;
  readonly nullValues: ReadonlySet<string>;
  /** The location of `missing: absent`. */
  readonly absent?: SourceLocation;
  /** The keys of rows that were skipped because they have no handle. Set after the table is read. */
  readonly skippedRows?: readonly string[];
  readonly encoding?: TableEncoding;
  readonly delimiter?: string;
}

/**
 * Reads an entry under `tables`. Returns undefined if `file` or `key` is missing or invalid, which the schema reports.
 */
export function readTableSpec(name: string, table: LocatedValue): TableSpec | undefined {
  const file = writtenText(table.get("file"));
  const key = writtenText(table.get("key"));
  if (file === undefined || key === undefined) return undefined;
  const missing = table.get("missing");
  return omitUndefined({
    name,
    location: table.keyLocation,
    file,
    key,
    where: entriesOf(table, "where").map(([column, allowed]) => ({
      column: { text: column, location: allowed.keyLocation },
      values: new Set(
        (typeof allowed.value === "string" ? [allowed] : allowed.items()).map(({ value }) => String(value)),
      ),
    })),
    columns: entriesOf(table, "columns").flatMap(readProperty),
    clearsEmpty: table.get("empty")?.value === "clear",
    nullValues: new Set(itemsOf(table, "null_values").map(({ value }) => String(value))),
    preset: writtenText(table.get("preset")),
    country: writtenText(table.get("country")),
    absent: missing?.value === "absent" ? missing.location : undefined,
    encoding: TABLE_ENCODINGS.find((encoding) => encoding === table.get("encoding")?.value),
    delimiter: DELIMITERS.find((delimiter) => delimiter === table.get("delimiter")?.value),
  });
}

function readProperty([property, written]: [string, LocatedValue]): ColumnSpec[] {
  if (property !== "custom_fields") return readColumns(targetOf(property), written);
  return written.entries().flatMap(([name, column]) => readColumns({ kind: "field", name }, column));
}

function targetOf(property: string): MappedProperty | undefined {
  if (HANDLE_SOURCES.some((source) => source === property)) return { kind: "handle", source: property };
  const kind = (["name", "description", "links", "lists", "account"] as const).find((known) => known === property);
  return kind && { kind };
}

function readColumns(target: MappedProperty | undefined, written: LocatedValue): ColumnSpec[] {
  if (target === undefined) return [];
  const items = Array.isArray(written.value) ? written.items() : [written];
  return items.flatMap((item) => readColumn(target, item, written.keyLocation));
}

function readColumn(target: MappedProperty, item: LocatedValue, keyLocation: SourceLocation): ColumnSpec[] {
  const column = writtenText(isJsonObject(item.value) ? item.get("column") : item);
  if (column === undefined) return [];
  const by = item.get("by")?.value;
  const identifiedBy: ColumnSpec["by"] =
    (["external_id", "id", "key"] as const).find((known) => known === by) ?? "domain";
  const values = item.get("values")?.entries();
  return [
    omitUndefined({
      target,
      column,
      keyLocation,
      by: identifiedBy,
      separator: writtenText(item.get("separator"))?.text,
      values: values && new Map(values.map(([cell, { value }]) => [cell, value as ConfigValue | null])),
      format: writtenText(item.get("format"))?.text,
      zone: writtenText(item.get("zone")),
      country: writtenText(item.get("country")),
    }),
  ];
}

function writtenText(written: LocatedValue | undefined): LocatedText | undefined {
  return typeof written?.value === "string" && written.value !== ""
    ? { text: written.value, location: written.location }
    : undefined;
}
