import { createSource } from "../yaml/source-text.ts";
import type { TableConfiguration } from "./configuration.ts";

/** The keys and indexes that lead to a value in a configuration object. */
export type Path = readonly (string | number)[];

/** The path of a value, and its position in the generated text. Lines and columns start at 1. */
export interface LocatedPath {
  readonly line: number;
  readonly column: number;
  readonly path: Path;
}

type Rows = Extract<TableConfiguration, { readonly rows: unknown }>["rows"];

/** Every cell is quoted, so that a row with a single empty cell is not a blank line. */
class RowsText {
  readonly text: string;
  readonly #columns: readonly string[];
  readonly #lines: readonly (readonly string[])[];

  constructor(rows: Rows) {
    this.#columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const cells = rows.map((row) => this.#columns.map((column) => String(row[column] ?? "")));
    this.#lines = [this.#columns, ...cells].map((line) => line.map(quoteCell));
    this.text = this.#columns.length === 0 ? "" : this.#lines.map((line) => `${line.join(",")}\n`).join("");
  }

  /** Yields the cells. A path consists of the row index and the column name; it is empty in the header. */
  *cells(): Iterable<LocatedPath> {
    const source = createSource("", this.text);
    let offset = 0;
    for (const [index, cells] of this.#lines.entries()) {
      for (const [position, cell] of cells.entries()) {
        const { line, column } = source.locationOf([offset, offset]);
        yield { line, column, path: index === 0 ? [] : [index - 1, this.#columns[position] ?? ""] };
        // A comma or a line break follows each cell.
        offset += cell.length + 1;
      }
    }
  }
}

function quoteCell(text: string): string {
  return `"${text.replaceAll(/\r\n?/g, "\n").replaceAll('"', '""')}"`;
}

/** Converts the tables of a configuration object to declarations in a file, and their `rows` and `csv` to CSV files. */
export class ConfigurationTables {
  /** The declarations, as under `tables` in a file. */
  readonly declared: Readonly<Record<string, object>>;
  /** CSV texts by file name. */
  readonly texts = new Map<string, string>();
  /** By file name. */
  readonly #tables = new Map<string, { readonly name: string; readonly rows: RowsText | undefined }>();

  constructor(tables: Readonly<Record<string, TableConfiguration>>) {
    this.declared = Object.fromEntries(
      Object.entries(tables).map(([name, table], index) => [name, this.#declare(name, table, index)]),
    );
  }

  #declare(name: string, table: TableConfiguration, index: number): object {
    if (!("rows" in table || "csv" in table)) return table;
    // A name with other characters might be a path. The schema reports such a name.
    const file = `tables.${/^[\w-]+$/.test(name) ? name : index + 1}.csv`;
    if ("csv" in table) {
      const { csv, ...spec } = table;
      this.#add(file, name, csv);
      return { file, ...spec };
    }
    const { rows, ...spec } = table;
    const csv = new RowsText(rows);
    this.#add(file, name, csv.text, csv);
    return { file, delimiter: ",", ...spec };
  }

  #add(file: string, name: string, text: string, rows?: RowsText): void {
    this.texts.set(file, text);
    this.#tables.set(file, { name, rows });
  }

  /** Returns the name of the CSV file of a table; undefined if the table has neither `rows` nor `csv`. */
  fileOf(name: string): string | undefined {
    return [...this.#tables].find(([, table]) => table.name === name)?.[0];
  }

  /** Returns the path of the `rows` or `csv` from which a CSV file was generated; undefined for other files. */
  pathOfText(file: string): readonly string[] | undefined {
    const table = this.#tables.get(file);
    return table && ["tables", table.name, table.rows === undefined ? "csv" : "rows"];
  }

  /** Yields nothing for a file that was not generated from `rows`. */
  *locatedPathsIn(file: string): Iterable<LocatedPath> {
    const { name, rows } = this.#tables.get(file) ?? {};
    if (name === undefined || rows === undefined) return;
    for (const { path, ...start } of rows.cells()) yield { ...start, path: ["tables", name, "rows", ...path] };
  }
}
