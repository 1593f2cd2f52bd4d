import type { TableSpec } from "../config/tables/table-spec.ts";
import { createDisk } from "../fs/disk.ts";
import { type DiskWriter, writeIfUnchanged } from "../fs/disk-writer.ts";
import { LIMITS } from "../model/limits.ts";
import type { ImportDestination } from "./destination.ts";
import type { EntryUpdate, ExistingEntry } from "./entry.ts";
import { changedDuringImport } from "./property-edit.ts";
import { type UpdatedTable, updateTable } from "./update-table.ts";

interface TableUpdate extends Pick<UpdatedTable, "updated" | "warnings"> {
  /** The new text; undefined if the file is unchanged. Lines end in `\n`. */
  readonly text?: string;
}

export class TableWriter {
  readonly #cwd: string;
  readonly #writer: DiskWriter;
  readonly #specs: ReadonlyMap<string, TableSpec>;
  /** The current contents of changed files. A dry run does not write them to disk. */
  readonly #latest = new Map<string, Uint8Array>();

  constructor({ cwd, tables }: Pick<ImportDestination, "cwd" | "tables">, writer: DiskWriter) {
    this.#cwd = cwd;
    this.#writer = writer;
    this.#specs = tables;
  }

  /**
   * Updates the rows of a table. If a row is no longer in the file, or if the file cannot be read or changes during the
   * update, returns a warning and leaves the file unchanged.
   */
  update(table: string, file: string, updates: ReadonlyMap<ExistingEntry, EntryUpdate>): TableUpdate {
    const spec = this.#specs.get(table);
    const before = this.#latest.get(file) ?? this.#read(file);
    const result = spec && before && updateTable(spec, before, updates);
    if (before === undefined || result === undefined) return unchangedTable(file, updates);
    const { bytes, text, updated, warnings } = result;
    if (updated.length === 0) return { updated, warnings };
    if (!writeIfUnchanged(() => this.#writer.replaceBytes(file, before, bytes))) return unchangedTable(file, updates);
    this.#latest.set(file, bytes);
    return { text, updated, warnings };
  }

  #read(file: string): Uint8Array | undefined {
    const read = createDisk(this.#cwd).read(file, { limit: LIMITS.tableBytes });
    return read.kind === "bytes" ? read.bytes : undefined;
  }
}

function unchangedTable(file: string, updates: ReadonlyMap<ExistingEntry, EntryUpdate>): TableUpdate {
  const keys = [...updates.keys()].map(({ key }) => key);
  return { updated: [], warnings: [changedDuringImport(file, keys)] };
}
