import { YAML_NAME } from "../config/find-files.ts";
import type { TableSpec } from "../config/tables/table-spec.ts";
import { readUncheckedConfig } from "../config/unchecked-config.ts";
import { createDisk } from "../fs/disk.ts";
import { type DiskWriter, FileChangedError } from "../fs/disk-writer.ts";
import { LIMITS } from "../model/limits.ts";
import { parseYaml } from "../yaml/parse.ts";
import { createSource } from "../yaml/source-text.ts";
import type { ImportDestination } from "./destination.ts";
import type { EntryUpdate, UpdatedEntry } from "./entry.ts";
import { type UpdatedTable, updateTable } from "./update-table.ts";

interface WrittenTable extends Pick<UpdatedTable, "updated" | "warnings"> {
  /** The new text; undefined if the file is unchanged. Lines end in `\n`. */
  readonly text?: string;
}

/** Updates the files of tables. */
export class TableWriter {
  readonly #cwd: string;
  readonly #writer: DiskWriter;
  readonly #specs: ReadonlyMap<string, TableSpec>;
  /** The contents of files that were changed, because a dry run does not write them. */
  readonly #latest = new Map<string, Uint8Array>();

  constructor({ cwd, sources }: Pick<ImportDestination, "cwd" | "sources">, writer: DiskWriter) {
    this.#cwd = cwd;
    this.#writer = writer;
    this.#specs = declaredTables(sources);
  }

  /** Updates rows of a table. A file that is no longer as it was loaded is left unchanged, with a warning. */
  update(table: string, file: string, updates: ReadonlyMap<UpdatedEntry, EntryUpdate>): WrittenTable {
    const spec = this.#specs.get(table);
    const before = this.#latest.get(file) ?? this.#read(file);
    const done = spec && before && updateTable(spec, before, updates);
    if (before === undefined || done === undefined) return changedMeanwhile(file, updates);
    const { bytes, text, updated, warnings } = done;
    if (updated.length === 0) return { updated, warnings };
    try {
      this.#writer.replaceBytes(file, before, bytes);
    } catch (error) {
      if (!(error instanceof FileChangedError)) throw error;
      return changedMeanwhile(file, updates);
    }
    this.#latest.set(file, bytes);
    return { text, updated, warnings };
  }

  #read(file: string): Uint8Array | undefined {
    const read = createDisk(this.#cwd).read(file, { limit: LIMITS.tableBytes });
    return read.kind === "bytes" ? read.bytes : undefined;
  }
}

function changedMeanwhile(file: string, updates: ReadonlyMap<UpdatedEntry, EntryUpdate>): WrittenTable {
  const keys = [...updates.keys()].map(({ key }) => key).join(", ");
  const text = `${keys}: ${file} changed during the import and was left unchanged`;
  return { updated: [], warnings: [{ kind: "not-updated", text }] };
}

/** Returns the tables that valid files declare, by name. */
function declaredTables(sources: ReadonlyMap<string, string>): ReadonlyMap<string, TableSpec> {
  const files = [...sources].filter(([file, text]) => YAML_NAME.test(file) && text.includes("tables"));
  const specs = files.flatMap(([file, text]) =>
    parseYaml(createSource(file, text)).documents.flatMap((document) => readUncheckedConfig(document).tables),
  );
  return new Map(specs.map((spec) => [spec.name, spec]));
}
