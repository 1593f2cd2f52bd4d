import { CsvError, parse } from "csv-parse/sync";

export const DELIMITERS = [",", ";", "\t", "|"] as const;

export interface CsvRow {
  /** The line on which the row begins, from 1. */
  readonly line: number;
  /** The values of the cells without leading and trailing white space. */
  readonly cells: readonly string[];
}

interface CsvFailure {
  readonly line: number;
  readonly reason: string;
}

export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
  readonly failure?: CsvFailure;
}

/** Parses a table whose first row contains the column names. Detects the delimiter. */
export function parseCsv(text: string): CsvTable {
  const allRows: CsvRow[] = [];
  const lines = text.replace(/^\uFEFF/, "").replaceAll(/\r\n?/g, "\n");
  const failure = forEachRow(lines, delimiterOf(lines), (row) => void allRows.push(row));
  if (failure !== undefined) return { header: [], rows: [], failure };
  const [header, ...rows] = allRows;
  return { header: header?.cells ?? [], rows };
}

/** Matches a first line that specifies the delimiter for Excel. */
const DELIMITER_LINE = /^"?sep=(?<delimiter>[,;\t|])"?(?:\n|$)/i;

/**
 * Matches lines without delimiters above the header, followed by an empty line, as in exports from LinkedIn. Delimiters
 * may occur in quotes, which may contain doubled quotes.
 */
const INTRODUCTION = /^\n*(?:(?:(?:"[^"]*")+|[^",;\t|\n]+)\n){1,10}\n+(?=(?:(?:"[^"]*")+|[^",;\t|\n]*)[,;\t|])/;

/** Returns the offset of the header, after a line such as `sep=;` or an introduction. */
function headerOffset(text: string): number {
  return (DELIMITER_LINE.exec(text) ?? INTRODUCTION.exec(text))?.[0].length ?? 0;
}

/**
 * Calls `onRow` for each row, including the header, without keeping rows in memory. Returns the first syntax error, if
 * any. Lines must end in `\n`. Skips empty lines, a first line such as `sep=;`, and an introduction above the header.
 */
export function forEachRow(text: string, delimiter: string, onRow: (row: CsvRow) => void): CsvFailure | undefined {
  let lastLine = 0;
  const onRecord = ({ record, info }: ParsedRow) => {
    lastLine = info.lines;
    const breaks = record.reduce((sum, cell) => sum + (cell.includes("\n") ? cell.split("\n").length - 1 : 0), 0);
    onRow({ line: info.lines - breaks, cells: record.map((cell) => cell.trim()) });
  };
  try {
    parse(text, {
      delimiter,
      from_line: text.slice(0, headerOffset(text)).split("\n").length,
      record_delimiter: "\n",
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
      // biome-ignore lint/suspicious/noExplicitAny: the types lack the properties that `info` adds to a record.
      on_record: onRecord as any,
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const errorLine = typeof error["lines"] === "number" ? error["lines"] : 1;
    const line = QUOTE_ERRORS.includes(error.code) ? firstLineAfter(lastLine, text) : errorLine;
    return { line, reason: reasonOf(error, errorLine > line ? errorLine : undefined) };
  }
}

/** Errors that may be found many lines below the quote that causes them. They are reported where the row begins. */
const QUOTE_ERRORS: readonly string[] = ["CSV_QUOTE_NOT_CLOSED", "CSV_INVALID_CLOSING_QUOTE"];

/** Returns the number of the first line after `line` that is not empty. */
function firstLineAfter(line: number, text: string): number {
  const index = text.split("\n").findIndex((content, position) => position >= line && content !== "");
  return index + 1;
}

interface ParsedRow {
  readonly record: readonly string[];
  /** `lines` is the line on which the record ends. */
  readonly info: { readonly lines: number };
}

/**
 * Returns the delimiter that a first line such as `sep=;` specifies, or else the most frequent one in the header,
 * outside quotes.
 */
export function delimiterOf(text: string): string {
  const specified = DELIMITER_LINE.exec(text)?.groups?.["delimiter"];
  if (specified !== undefined) return specified;
  const offset = headerOffset(text);
  const start = text.slice(offset).search(/\S/) + offset;
  const end = text.indexOf("\n", Math.max(0, start));
  const header = text.slice(Math.max(0, start), end === -1 ? undefined : end);
  const unquotedHeader = header.replaceAll(/"[^"]*"/g, "");
  const counts = DELIMITERS.map((delimiter) => [delimiter, unquotedHeader.split(delimiter).length] as const);
  return counts.reduce((best, current) => (current[1] > best[1] ? current : best))[0];
}

/** Returns the reason for an error. `errorLine` is the line of the error if the row begins on another line. */
function reasonOf({ code }: CsvError, errorLine: number | undefined): string {
  if (code === "CSV_QUOTE_NOT_CLOSED") return "a quote in the row that begins here is not closed";
  if (code === "CSV_INVALID_CLOSING_QUOTE") {
    return `a closing quote ${errorLine === undefined ? "" : `on line ${errorLine} `}is followed by text`;
  }
  if (code === "INVALID_OPENING_QUOTE")
    return 'a cell contains an unescaped quote; put the cell in quotes, and write "" for each quote in it';
  return "the line is not valid CSV";
}

/** Returns the ranges of the cells of the row at offset `start`. The text must be valid CSV. */
export function cellRanges(text: string, start: number, delimiter: string): [start: number, end: number][] {
  const ranges: [number, number][] = [];
  for (let offset = start; ; offset += 1) {
    const from = offset;
    if (text[offset] === '"') offset = endOfQuotes(text, offset);
    while (offset < text.length && text[offset] !== delimiter && text[offset] !== "\n") offset += 1;
    ranges.push([from, offset]);
    if (text[offset] !== delimiter) return ranges;
  }
}

/** Returns the offset after the closing quote of a cell. A doubled quote is part of the cell. */
function endOfQuotes(text: string, offset: number): number {
  let end = text.indexOf('"', offset + 1);
  while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  return end === -1 ? text.length : end + 1;
}
