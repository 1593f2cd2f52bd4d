import { CsvError, parse } from "csv-parse/sync";

interface CsvRow {
  /** Of its beginning, from 1. */
  readonly line: number;
  /** Without blanks around them. */
  readonly cells: readonly string[];
}

export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
  /** Why the file cannot be read from some line on. */
  readonly failure?: { readonly line: number; readonly reason: string };
}

/** Reads a table whose first line names its columns. Commas, semicolons, tabs and bars are told apart by that line. */
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

interface Found {
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
  }) as unknown as Found[];
  return found.map(({ record, info }) => ({
    line: info.lines - record.reduce((sum, cell) => sum + cell.split("\n").length - 1, 0),
    cells: record.map((cell) => cell.trim()),
  }));
}

/** The one that the first line has most of, outside of quotes. */
function delimiterOf(text: string): string {
  const [header = ""] = text.trimStart().split("\n");
  const bare = header.replaceAll(/"[^"]*"/g, "");
  const counts = [",", ";", "\t", "|"].map((sign) => [sign, bare.split(sign).length] as const);
  return counts.reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

function reasonOf({ code }: CsvError): string {
  if (code === "CSV_QUOTE_NOT_CLOSED") return "a quote is opened here or above, and never closed";
  if (code === "CSV_INVALID_CLOSING_QUOTE") return "there is text behind a closing quote";
  if (code === "INVALID_OPENING_QUOTE")
    return 'there is a quote inside of a cell; write it as "" in a cell that is quoted';
  return "this line is no CSV";
}
