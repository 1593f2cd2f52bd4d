import { isJsonObject } from "../model/json-object.ts";
import { createSource } from "../yaml/source-text.ts";
import { toJson } from "./check-json-values.ts";
import type { TableConfiguration } from "./configuration.ts";
import type { Path } from "./format-path.ts";

/** The path of a value, and its position in the generated text. Lines and columns start at 1. */
export interface LocatedPath {
  readonly line: number;
  readonly column: number;
  readonly path: Path;
}

type Rows = Extract<TableConfiguration, { readonly rows: unknown }>["rows"];

/** The CSV text of the rows of a table. Every cell is quoted, so that a row with one empty cell is not a blank line. */
class RowsText {
  readonly text: string;
  readonly #columns: readonly string[];
  readonly #lines: readonly (readonly string[])[];

  constructor(rows: Rows) {
    this.#columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const cells = rows.map((row) => this.#columns.map((column) => cellText(row, column)));
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

/** A column may have the name of an inherited property, such as `constructor`. */
function cellText(row: Rows[number], column: string): string {
  return Object.hasOwn(row, column) ? String(toJson(row[column]) ?? "") : "";
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
    // A table that is not an object is reported by the schema.
    if (!isJsonObject(table)) return table;
    const { rows, csv, ...spec } = table as Partial<Record<"csv", string> & Record<"rows", Rows>>;
    if (rows === undefined && csv === undefined) return spec;
    // A name with other characters might be a path. The schema reports such a name.
    const file = `tables.${/^[\w-]+$/.test(name) ? name : index + 1}.csv`;
    if (csv !== undefined) {
      this.#add(file, name, csv);
      return { file, ...spec, ...(rows && { rows }) };
    }
    const text = new RowsText(rows ?? []);
    this.#add(file, name, text.text, text);
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

  /** Yields the paths of the cells in a file that was generated from `rows`; nothing for other files. */
  *locatedPathsIn(file: string): Iterable<LocatedPath> {
    const { name, rows } = this.#tables.get(file) ?? {};
    if (name === undefined || rows === undefined) return;
    for (const { path, ...start } of rows.cells()) yield { ...start, path: ["tables", name, "rows", ...path] };
  }
}
