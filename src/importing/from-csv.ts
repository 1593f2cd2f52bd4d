import { CsvError, parse } from "csv-parse/sync";
import { escapeText } from "../escape/escape-text.ts";
import { suggest } from "../model/suggest.ts";
import { entryFromTexts, type MappedText, type Mapping, parseMappings } from "./column-mapping.ts";
import { knownFields } from "./destination.ts";
import { ImportError } from "./entry.ts";
import { type FileImport, type FileImportOptions, type FileRecord, importRecords } from "./import-records.ts";
import type { ImportTarget } from "./import-writer.ts";

/** Imports the rows of a CSV table. Throws an `ImportError`. */
export async function importCsv(target: ImportTarget, options: FileImportOptions): Promise<FileImport> {
  return await importRecords(target, readRecords(target, options), options);
}

function readRecords(target: ImportTarget, { text, mappings }: FileImportOptions): FileRecord[] {
  const declared = knownFields(target.destination);
  const { header, rows, failure } = parseCsv(text);
  if (failure !== undefined) {
    throw new ImportError(
      `Cannot read line ${failure.line}: ${failure.reason}`,
      "Fix the line, or export the table again.",
    );
  }
  const columns = columnsFor(parseMappings(mappings, declared), header);
  return rows.map(({ line, cells }) => {
    if (cells.length !== header.length) {
      return { line, problems: [`the row has ${cells.length} cells, but the table has ${header.length} columns`] };
    }
    const texts = columns.map(
      ({ target: property, index }): MappedText => ({ target: property, text: cells[index] ?? "" }),
    );
    return { line, ...entryFromTexts(texts, declared) };
  });
}

function columnsFor(mappings: readonly Mapping[], header: readonly string[]) {
  const names = namesOf(header);
  if (mappings.length === 0) {
    const advice = `The columns are ${names}. Example: --map 'name=Name,email=Email'.`;
    throw new ImportError("Missing --map: tell front-contacts what each column means", advice);
  }
  return mappings.map(({ target, column }) => {
    const index = header.indexOf(column);
    if (index === -1) {
      const near = suggest(column, header);
      const advice =
        near === undefined ? `The columns are ${names}.` : `Did you mean "${near}"? Names are case-sensitive.`;
      throw new ImportError(`The table has no column "${column}"`, advice);
    }
    if (header.indexOf(column, index + 1) !== -1) {
      throw new ImportError(`The table has more than one column "${column}"`, "Rename one of them in the table.");
    }
    return { target, index };
  });
}

const MAX_COLUMNS_SHOWN = 50;
const MAX_COLUMN_LENGTH = 40;

/** Returns the first names, shortened: the first line of a file that is not a table may be of any length. */
function namesOf(header: readonly string[]): string {
  const shown = header.slice(0, MAX_COLUMNS_SHOWN).map((name) => `"${escapeText(name, { limit: MAX_COLUMN_LENGTH })}"`);
  const rest = header.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}

interface CsvRow {
  /** The line on which the row begins, from 1. */
  readonly line: number;
  /** Trimmed. */
  readonly cells: readonly string[];
}

interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
  /** The line from which on the file cannot be read. */
  readonly failure?: { readonly line: number; readonly reason: string };
}

/** Parses a table whose first line names the columns. The delimiter is detected from that line. */
export function parseCsv(text: string): CsvTable {
  const lines = text.replace(/^\uFEFF/, "").replaceAll(/\r\n?/g, "\n");
  try {
    const [header, ...rows] = readRows(lines);
    return { header: header?.cells ?? [], rows };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error["lines"] === "number" ? error["lines"] : 1;
    return { header: [], rows: [], failure: { line, reason: reasonOf(error) } };
  }
}

interface ParsedRow {
  readonly record: readonly string[];
  /** `lines`: the line on which the record ends. */
  readonly info: { readonly lines: number };
}

function readRows(text: string): CsvRow[] {
  const found = parse(text, {
    delimiter: delimiterOf(text),
    record_delimiter: "\n",
    relax_column_count: true,
    skip_empty_lines: true,
    info: true,
  }) as unknown as ParsedRow[];
  return found.map(({ record, info }) => ({
    line: info.lines - record.reduce((sum, cell) => sum + cell.split("\n").length - 1, 0),
    cells: record.map((cell) => cell.trim()),
  }));
}

/** Returns the delimiter that occurs most often in the first line, outside quotes. */
function delimiterOf(text: string): string {
  const [header = ""] = text.trimStart().split("\n");
  const bare = header.replaceAll(/"[^"]*"/g, "");
  const counts = [",", ";", "\t", "|"].map((sign) => [sign, bare.split(sign).length] as const);
  return counts.reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

function reasonOf({ code }: CsvError): string {
  if (code === "CSV_QUOTE_NOT_CLOSED") return "a quote is opened on this line or above and never closed";
  if (code === "CSV_INVALID_CLOSING_QUOTE") return "a closing quote is followed by text";
  if (code === "INVALID_OPENING_QUOTE") return 'a cell contains an unescaped quote; quote the cell and write ""';
  return "the line is not valid CSV";
}
