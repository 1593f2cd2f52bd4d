import { findColumns } from "../config/tables/load-tables.ts";
import { LoadedTable } from "../config/tables/loaded-table.ts";
import { keyOfRow, RowReader, type TableColumns } from "../config/tables/row-reader.ts";
import type { TableSpec } from "../config/tables/table-spec.ts";
import { decodeTable } from "../csv/decode-table.ts";
import { EditableTable } from "../csv/edit-table.ts";
import { forEachRow } from "../csv/read-csv.ts";
import { rowKey } from "../model/address.ts";
import { LIMITS } from "../model/limits.ts";
import type { EntryUpdate, ExistingEntry, ImportWarning } from "./entry.ts";
import { notUpdated } from "./property-edit.ts";
import { type EditedRow, editRow } from "./row-editor.ts";

export interface UpdatedTable {
  readonly bytes: Uint8Array;
  /** Lines end in `\n`. */
  readonly text: string;
  /** Keys of the entries whose rows changed. */
  readonly updated: readonly string[];
  readonly warnings: readonly ImportWarning[];
}

/**
 * Returns the table with updated rows. Changes only the cells whose values differ, and leaves everything else unchanged
 * byte for byte, including quotes and line endings. Returns undefined if the bytes cannot be decoded or lack one of the
 * rows, because the file changed after it was loaded.
 */
export function updateTable(
  spec: TableSpec,
  bytes: Uint8Array,
  updates: ReadonlyMap<ExistingEntry, EntryUpdate>,
): UpdatedTable | undefined {
  const decoded = decodeTable(bytes, spec.encoding);
  if (decoded === undefined) return undefined;
  const table = new EditableTable(decoded, spec.delimiter);
  const rows = readRows(table, spec, updates);
  const edits = new Map<number, ReadonlyMap<number, string>>();
  const updated: string[] = [];
  const warnings: ImportWarning[] = [];
  for (const [existing, update] of updates) {
    const row = rows.get(existing.key);
    if (row === undefined) return undefined;
    const edited = editRow(row, existing, update);
    warnings.push(...edited.warnings);
    if (edited.cells.size === 0) continue;
    edits.set(row.line, edited.cells);
    updated.push(existing.key);
  }
  if (edits.size === 0) return { bytes, text: decoded.text, updated, warnings };
  const edited = table.edit(edits);
  if (edited !== undefined && edited.bytes.length <= LIMITS.tableBytes) return { ...edited, updated, warnings };
  const unsafe = updated.map((key) =>
    notUpdated(key, "row", `could not be edited safely in ${spec.file.text}; edit it manually`),
  );
  return { bytes, text: decoded.text, updated: [], warnings: [...warnings, ...unsafe] };
}

function readRows(
  table: EditableTable,
  spec: TableSpec,
  updates: ReadonlyMap<ExistingEntry, EntryUpdate>,
): ReadonlyMap<string, EditedRow & { readonly line: number }> {
  const keys = new Set([...updates.keys()].map(({ key }) => key));
  const rows = new Map<string, EditedRow & { readonly line: number }>();
  let columns: TableColumns | undefined;
  let isHeader = true;
  forEachRow(table.text, table.delimiter, ({ line, cells }) => {
    if (isHeader) columns = findColumns(spec, cells, new LoadedTable());
    isHeader = false;
    const key = columns && rowKey(spec.name, keyOfRow(cells[columns.key]));
    if (columns === undefined || key === undefined || !keys.has(key)) return;
    const read = createReader(spec, columns);
    const contact = read(cells);
    if (contact === undefined) return;
    rows.set(key, {
      line,
      contact,
      cells,
      columns: columns.mapped,
      read,
      canEncode: (text) => table.canEncode(text),
    });
  });
  return rows;
}

function createReader(spec: TableSpec, columns: TableColumns): EditedRow["read"] {
  const { file, location } = spec;
  const tableLocation = { ...location, file: file.text };
  return (cells) => {
    // Each call needs a new reader, because a reader accepts each key only once.
    const reader = new RowReader(spec, columns, new LoadedTable());
    const row = { line: tableLocation.line, cells: cells.map((cell) => cell.trim()) };
    return reader.selects(row)
      ? reader.read(
          row,
          cells.map(() => tableLocation),
        )
      : undefined;
  };
}
