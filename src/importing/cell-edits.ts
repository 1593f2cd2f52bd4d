import { formatCellDate } from "../config/tables/cell-date.ts";
import type { FoundColumn } from "../config/tables/cell-reader.ts";
import type { ConfigValue } from "../model/contact.ts";
import type { EntryAccount } from "./entry.ts";

/** A column and the text of its cell in one row. The text may be empty. */
export interface ColumnCell extends FoundColumn {
  readonly cell: string;
}

/** New contents of cells, each with the index of its column. */
export type CellEdit = readonly (readonly [index: number, text: string])[];

/** Yields each edit that removes one part of a cell, or replaces the part with `replacement`. */
export function* cellsWithoutPart(columns: readonly ColumnCell[], replacement?: string): Iterable<CellEdit> {
  for (const { cell, index, separator } of columns) {
    const parts = separator === undefined ? [cell] : cell.split(separator);
    for (const other of partsWithout(parts, replacement)) yield [[index, other.join(separator ?? "").trim()]];
  }
}

function* partsWithout(parts: readonly string[], replacement: string | undefined): Iterable<readonly string[]> {
  for (const [position, part] of parts.entries()) {
    const changed = replacement === undefined ? [] : [part.replace(part.trim(), () => replacement)];
    if (part.trim() !== "") yield parts.toSpliced(position, 1, ...changed);
  }
}

/** Yields each edit that writes a value to an empty cell, or appends it to a cell whose column has a separator. */
export function* cellsWithPart(columns: readonly ColumnCell[], text: string): Iterable<CellEdit> {
  for (const { cell, index } of columns) if (cell === "") yield [[index, text]];
  for (const { cell, index, separator } of columns) {
    if (separator === undefined || cell === "") continue;
    yield [[index, `${cell}${separator}${cell.includes(`${separator} `) ? " " : ""}${text}`]];
  }
}

/**
 * Yields each edit of one cell that sets the value of a property. The value is the text of all its cells, joined with
 * `separator`. If `value` is null, the only edit clears all cells.
 */
export function* joinedCells(
  columns: readonly ColumnCell[],
  value: ConfigValue | null,
  separator: string,
): Iterable<CellEdit> {
  if (value === null) yield columns.map(({ index }) => [index, ""] as const);
  else {
    for (const [position, column] of columns.entries()) {
      const textsOf = (cells: readonly ColumnCell[]) => cells.map(({ cell }) => cell).filter((cell) => cell !== "");
      const head = textsOf(columns.slice(0, position)).map((text) => text + separator);
      const tail = textsOf(columns.slice(position + 1)).map((text) => separator + text);
      const part = partOf(value, head.join(""), tail.join(""));
      const texts = part === undefined ? [] : [...textsOfValue(part, column)];
      yield* texts.map((text) => [[column.index, text] as const]);
    }
  }
}

/** Returns the part of a value between a head and a tail; undefined if there is no such part. */
function partOf(value: ConfigValue, head: string, tail: string): ConfigValue | undefined {
  if (head === "" && tail === "") return value;
  const text = String(value);
  const hasBoth = text.length > head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
  return hasBoth ? text.slice(head.length, text.length - tail.length) : undefined;
}

function* textsOfValue(value: ConfigValue, { values, format, zone }: FoundColumn): Iterable<string> {
  for (const [cell, meaning] of values ?? []) if (meaning === value) yield cell;
  const date = format === undefined ? undefined : formatCellDate(String(value), format, zone?.text);
  if (date !== undefined) yield date;
  if (values === undefined && format === undefined) yield String(value);
}

/**
 * Returns the texts with which a cell can refer to an account. `by` is the property that the column contains. A cell
 * can contain the key only if the configuration already declares the account.
 */
export function textsOfAccount(
  { key, id, identifiers, declaration }: EntryAccount,
  by: FoundColumn["by"],
): readonly string[] {
  if (by === "id") return [id];
  if (by === "key") return declaration === undefined ? [key] : [];
  const prefix = by === "domain" ? "alt:domain:" : "alt:ext_id:";
  return [...identifiers].flatMap((text) => (text.startsWith(prefix) ? [text.slice(prefix.length)] : []));
}

/**
 * Returns whether a spreadsheet may evaluate a text as a formula. Excludes numbers, including phone numbers, and names
 * such as `@ada`.
 */
export function isFormula(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text) && !/^[+-]?[\d\s().,/-]+$/.test(text) && !/^@\w+$/.test(text);
}
