import { posix } from "node:path";
import { decodeTable, invalidLineOfUtf8, type TableEncoding } from "../../csv/decode-table.ts";
import { type CsvRow, delimiterOf, forEachRow } from "../../csv/read-csv.ts";
import type { Disk } from "../../fs/disk.ts";
import type { SourceLocation } from "../../model/diagnostic.ts";
import { LIMITS } from "../../model/limits.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import { isPhoneCountry } from "../../model/phone.ts";
import { suggest } from "../../model/suggest.ts";
import { containedPath, isNotRelative, similarName } from "../contained-path.ts";
import { READ_PROBLEMS } from "../find-files.ts";
import { topOf } from "../messages.ts";
import { isTimeZone } from "./cell-date.ts";
import { type FoundColumn, listNames } from "./cell-reader.ts";
import { LoadedTable } from "./loaded-table.ts";
import { presetOf, recognizePreset } from "./presets.ts";
import { RowReader, type TableColumns } from "./row-reader.ts";
import { type ColumnSpec, propertyId, type TableSpec } from "./table-spec.ts";
import { TableText } from "./table-text.ts";

/** Names that other addresses use, such as `front_contact.undeclared["crd_1"]`. */
const RESERVED: readonly string[] = ["this", "undeclared"];

const PROGRESS_INTERVAL = 1000;

export class Tables {
  /** The tables that could be read, by path. */
  readonly texts = new Map<string, TableText>();
  readonly loaded: LoadedTable[] = [];
  readonly #root: string;
  readonly #disk: Disk;
  readonly #onRows: (rows: number) => void;
  readonly #locations = new Map<string, SourceLocation>();

  /** `onRows` is called with 1,000 after every 1,000 rows of a table. */
  constructor(root: string, disk: Disk, onRows: (rows: number) => void = () => {}) {
    this.#root = root;
    this.#disk = disk;
    this.#onRows = onRows;
  }

  load(spec: TableSpec): LoadedTable {
    const loaded = new LoadedTable();
    this.loaded.push(loaded);
    const { name, location } = spec;
    const first = this.#locations.get(name);
    if (RESERVED.includes(name)) loaded.report("table-name", { name }, location);
    if (first !== undefined) {
      loaded.report("table-twice", { name }, location, [{ location: first, note: "first declared" }]);
      return loaded;
    }
    this.#locations.set(name, location);
    const text = this.#read(spec, loaded);
    if (text !== undefined) this.#loadRows(spec, text, loaded);
    return loaded;
  }

  #read({ file, encoding, delimiter }: TableSpec, loaded: LoadedTable): TableText | undefined {
    const { text: written, location } = file;
    const outside = () => loaded.report("table-outside", { path: written, root: this.#root }, location);
    if (isNotRelative(written)) return outside();
    const path = posix.join(posix.dirname(location.file), written);
    const contained = containedPath(path, this.#root, this.#disk);
    if (!("real" in contained)) return contained.problem === "outside" ? outside() : this.#missing(path, file, loaded);
    const read = this.#disk.read(contained.real, { limit: LIMITS.tableBytes });
    if (read.kind === "too-large") return loaded.report("table-too-large", { path: written }, location);
    if (read.kind !== "bytes") {
      const reason = read.kind === "unreadable" ? read.reason : READ_PROBLEMS[read.kind];
      return loaded.report("table-unreadable", { path: written, reason }, location);
    }
    const text = decodeBytes(path, read.bytes, { encoding, delimiter }, loaded);
    if (text !== undefined) this.texts.set(path, text);
    return text;
  }

  #loadRows(spec: TableSpec, table: TableText, loaded: LoadedTable): void {
    const loader = new RowLoader(spec, table, loaded, this.#onRows);
    try {
      const failure = forEachRow(table.text, table.delimiter, (row) => loader.load(row));
      if (failure !== undefined) {
        loaded.report("table-syntax", { reason: failure.reason }, { ...topOf(table.file), line: failure.line });
      } else if (loader.count === 0) {
        loaded.report("table-empty", { path: spec.file.text }, spec.file.location);
      }
    } catch (error) {
      if (error !== TOO_MANY_ROWS) throw error;
      loaded.report("table-too-large", { path: spec.file.text }, spec.file.location);
    }
  }

  #missing(path: string, { text, location }: TableSpec["file"], loaded: LoadedTable): undefined {
    const name = similarName(path, this.#disk);
    const parameters = { path: text, suggestion: name && posix.join(posix.dirname(text), name) };
    return loaded.report("table-missing", parameters, location);
  }
}

function decodeBytes(
  path: string,
  bytes: Uint8Array,
  { encoding, delimiter }: { encoding: TableEncoding | undefined; delimiter: string | undefined },
  loaded: LoadedTable,
): TableText | undefined {
  const decoded = decodeTable(bytes, encoding);
  if (decoded === undefined) return reportInvalidBytes(path, bytes, encoding, loaded);
  // The beginning of a workbook contains zero bytes.
  if (/^[^\n]*\0/.test(decoded.text)) return loaded.report("table-unreadable", { path, isText: false }, topOf(path));
  if (decoded.isGuessed) loaded.report("table-encoding", { kind: "guessed", encoding: decoded.encoding }, topOf(path));
  return new TableText(path, decoded.text, delimiter ?? delimiterOf(decoded.text));
}

function reportInvalidBytes(
  path: string,
  bytes: Uint8Array,
  encoding: TableEncoding | undefined,
  loaded: LoadedTable,
): undefined {
  const line = encoding === undefined || encoding === "utf-8" ? invalidLineOfUtf8(bytes) : undefined;
  if (line !== undefined) return loaded.report("table-encoding", { kind: "damaged-utf8" }, { ...topOf(path), line });
  const problem = encoding === undefined ? { kind: "undetected" as const } : { kind: "invalid" as const, encoding };
  return loaded.report("table-encoding", problem, topOf(path));
}

/** Thrown to stop reading a table with more rows than the limit. */
const TOO_MANY_ROWS = Symbol("too many rows");

class RowLoader {
  count = 0;
  readonly #spec: TableSpec;
  readonly #table: TableText;
  readonly #loaded: LoadedTable;
  readonly #onRows: (rows: number) => void;
  readonly #startOf: (line: number) => number;
  #reader: RowReader | undefined;

  constructor(spec: TableSpec, table: TableText, loaded: LoadedTable, onRows: (rows: number) => void) {
    this.#spec = spec;
    this.#table = table;
    this.#loaded = loaded;
    this.#onRows = onRows;
    this.#startOf = table.lineOffsets();
  }

  load(row: CsvRow): void {
    const isHeader = this.#table.rowLines.length === 0;
    this.#table.rowLines.push(row.line);
    if (isHeader) this.#readHeader(row.cells);
    else if (!isBlank(row.cells)) this.#readRow(row);
  }

  #readHeader(header: readonly string[]): void {
    this.#table.header = header;
    const columns = findColumns(this.#spec, header, this.#loaded);
    if (columns === undefined) return;
    this.#reader = new RowReader(this.#spec, columns, this.#loaded);
    this.#table.countries = new Map(
      columns.mapped.flatMap(({ column, country }) => (country === undefined ? [] : [[column.text, country.text]])),
    );
  }

  #readRow(row: CsvRow): void {
    this.count += 1;
    if (this.count > LIMITS.tableRows) throw TOO_MANY_ROWS;
    if (this.count % PROGRESS_INTERVAL === 0) this.#onRows(PROGRESS_INTERVAL);
    const offset = this.#startOf(row.line);
    const columns = this.#table.header.length;
    if (row.cells.length < columns || !isBlank(row.cells.slice(columns))) {
      const location = this.#table.locationOf([offset, this.#table.endOfLine(offset)], row.line);
      this.#loaded.report("row-length", { cells: row.cells.length, columns }, location);
    } else if (this.#reader?.selects(row)) {
      const contact = this.#reader.read(row, this.#table.cellLocations(offset, row.line));
      if (contact !== undefined) this.#loaded.contacts.push(contact);
    }
  }
}

/** Returns whether all cells are empty. Spreadsheets export cleared rows as lines of delimiters. */
function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell === "");
}

/**
 * Returns the columns of a table that the configuration uses, and reports problems to `loaded`. Returns undefined if a
 * column is missing or ambiguous, or if the table is not an export from the program of the preset.
 */
export function findColumns(spec: TableSpec, header: readonly string[], loaded: LoadedTable): TableColumns | undefined {
  let complete = true;
  const indexOf = ({ text, location }: ColumnSpec["column"]) => {
    const count = header.filter((name) => name === text).length;
    if (count !== 1) {
      complete = false;
      const suggestion = suggest(text, header);
      loaded.report("table-column", { column: text, count, suggestion, columns: listColumns(header) }, location);
    }
    return header.indexOf(text);
  };
  for (const { country, zone } of [...spec.columns, { country: spec.country, zone: undefined }]) {
    if (country !== undefined && !isPhoneCountry(country.text)) {
      loaded.report("phone-country-unknown", { country: country.text }, country.location);
    }
    if (zone !== undefined && !isTimeZone(zone.text)) loaded.report("table-zone", { zone: zone.text }, zone.location);
  }
  const columns = {
    key: indexOf(spec.key),
    where: spec.where.map(({ column, values }) => ({ index: indexOf(column), values })),
    mapped: spec.columns.map((column) => ({ ...column, index: indexOf(column.column) })),
  };
  const preset = columnsOfPreset(spec, header, loaded);
  if (!complete || preset === undefined) return undefined;
  const mapped = [...columns.mapped, ...withoutMapped(preset, columns)];
  return { ...columns, mapped: mapped.map((column) => omitUndefined({ country: spec.country, ...column })) };
}

function columnsOfPreset(
  { preset }: TableSpec,
  header: readonly string[],
  loaded: LoadedTable,
): FoundColumn[] | undefined {
  const definition = presetOf(preset?.text);
  if (preset === undefined || definition === undefined) return [];
  const { location } = preset;
  const columns = definition.columnsOf(header);
  if (!columns.some(({ target }) => target.kind === "handle")) {
    const suggestion = recognizePreset(header)?.name;
    return loaded.report(
      "table-preset",
      { title: definition.title, suggestion, columns: listColumns(header) },
      location,
    );
  }
  return columns.map((column) => ({
    ...column,
    column: { text: header[column.index] ?? "", location },
    keyLocation: location,
    by: "domain",
  }));
}

/**
 * Returns the columns of a preset without columns for properties that the configuration maps explicitly, and without
 * custom fields from columns that the configuration maps or uses as the key.
 */
function withoutMapped(preset: readonly FoundColumn[], { key, mapped }: TableColumns): FoundColumn[] {
  const properties = new Set(mapped.map(({ target }) => propertyId(target)));
  const usedIndexes = new Set([key, ...mapped.map(({ index }) => index)]);
  return preset.filter(
    ({ target, index }) => !properties.has(propertyId(target)) && !(target.kind === "field" && usedIndexes.has(index)),
  );
}

const MAX_COLUMNS_SHOWN = 50;
const MAX_COLUMN_LENGTH = 40;

/** Shortens the names, because the first line of a file that is not a table can have any length. */
export function listColumns(header: readonly string[]): string {
  return listNames(
    header.map((name) => name.slice(0, MAX_COLUMN_LENGTH)),
    MAX_COLUMNS_SHOWN,
  );
}
