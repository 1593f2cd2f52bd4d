import type { TableConfiguration } from "./configuration.ts";

/** The keys and indexes that lead to a value of a configuration. */
export type Path = readonly (string | number)[];

/** Where a value begins in a text, and where it is in the configuration. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly path: Path;
}

type GivenRows = Extract<TableConfiguration, { readonly rows: unknown }>["rows"];

/** The rows of a table as CSV. Every cell is quoted, so that no cell is mistaken for an empty line. */
class RowsText {
  readonly text: string;
  readonly #columns: readonly string[];
  readonly #lines: readonly (readonly string[])[];

  constructor(rows: GivenRows) {
    this.#columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const cells = rows.map((row) => this.#columns.map((column) => String(row[column] ?? "")));
    this.#lines = [this.#columns, ...cells].map((line) => line.map(quoted));
    this.text = this.#columns.length === 0 ? "" : this.#lines.map((line) => `${line.join(",")}\n`).join("");
  }

  /** Yields where each cell begins, with its row and column. */
  *cells(): Iterable<Place> {
    let line = 1;
    for (const [index, cells] of this.#lines.entries()) {
      let column = 1;
      for (const [place, cell] of cells.entries()) {
        yield { line, column, path: this.#pathOf(index - 1, place) };
        const lines = cell.split("\n");
        column = (lines.length === 1 ? column : 1) + (lines.at(-1)?.length ?? 0) + 1;
        line += lines.length - 1;
      }
      line += 1;
    }
  }

  /** The header is no row. */
  #pathOf(row: number, place: number): Path {
    return row === -1 ? [] : [row, this.#columns[place] ?? ""];
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll(/\r\n?/g, "\n").replaceAll('"', '""')}"`;
}

/** Tables of a configuration that is given as an object, as tables in files. */
export class ConfigurationTables {
  /** The tables as a file declares them. */
  readonly declared: Readonly<Record<string, object>>;
  /** CSV texts by the name of their file. */
  readonly texts = new Map<string, string>();
  readonly #given = new Map<string, { readonly name: string; readonly rows: RowsText | undefined }>();

  constructor(tables: Readonly<Record<string, TableConfiguration>>) {
    this.declared = Object.fromEntries(
      Object.entries(tables).map(([name, table], index) => [name, this.#declare(name, table, index)]),
    );
  }

  #declare(name: string, table: TableConfiguration, index: number): object {
    if (!("rows" in table || "csv" in table)) return table;
    // The schema reports a name with other characters.
    const file = `tables.${/^[\w-]+$/.test(name) ? name : index + 1}.csv`;
    if ("csv" in table) {
      const { csv, ...spec } = table;
      this.#add(file, name, csv);
      return { file, ...spec };
    }
    const { rows: given, ...spec } = table;
    const rows = new RowsText(given);
    this.#add(file, name, rows.text, rows);
    return { file, delimiter: ",", ...spec };
  }

  #add(file: string, name: string, text: string, rows?: RowsText): void {
    this.texts.set(file, text);
    this.#given.set(file, { name, rows });
  }

  /** Returns the file that the rows or the CSV of a table are written to. */
  fileOf(name: string): string | undefined {
    return [...this.#given].find(([, given]) => given.name === name)?.[0];
  }

  /** Returns where the text of a table was given: its rows or its CSV. */
  pathOfText(file: string): readonly string[] | undefined {
    const given = this.#given.get(file);
    return given && ["tables", given.name, given.rows === undefined ? "csv" : "rows"];
  }

  /** Yields where each cell of the text of a table begins, with the path to it. */
  *placesIn(file: string): Iterable<Place> {
    const { name, rows } = this.#given.get(file) ?? {};
    if (name === undefined || rows === undefined) return;
    for (const { path, ...place } of rows.cells()) yield { ...place, path: ["tables", name, "rows", ...path] };
  }
}
