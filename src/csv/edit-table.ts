import { type DecodedTable, decodeTable, type TableEncoding, WINDOWS_1252 } from "./decode-table.ts";
import { cellRanges, delimiterOf, forEachRow } from "./read-csv.ts";

/** New values of cells. The outer key is the line on which a row begins; the inner key is the index of the column. */
export type CellEdits = ReadonlyMap<number, ReadonlyMap<number, string>>;

/** A CSV table whose cells can be replaced. All other bytes stay unchanged. */
export class EditableTable {
  /** Lines end in `\n`. */
  readonly text: string;
  readonly delimiter: string;
  readonly #encoding: TableEncoding;
  readonly #raw: string;
  readonly #isBigEndian: boolean;

  constructor({ text, raw, encoding, isBigEndian }: DecodedTable, delimiter = delimiterOf(text)) {
    this.text = text;
    this.delimiter = delimiter;
    this.#raw = raw;
    this.#encoding = encoding;
    this.#isBigEndian = isBigEndian;
  }

  /** Returns whether the encoding of the table can represent a text. */
  canContain(text: string): boolean {
    return this.#encoding !== "windows-1252" || [...text].every((character) => byteOf(character) !== undefined);
  }

  /** Returns the bytes and the text of the edited table; undefined if a cell that is not edited would change. */
  edit(edits: CellEdits): { readonly bytes: Uint8Array; readonly text: string } | undefined {
    const bytes = encode(this.#edited(edits), { encoding: this.#encoding, isBigEndian: this.#isBigEndian });
    const decoded = decodeTable(bytes, this.#encoding);
    return decoded !== undefined && this.#differsOnlyBy(edits, decoded.text)
      ? { bytes, text: decoded.text }
      : undefined;
  }

  #edited(edits: CellEdits): string {
    const offsets = new RawOffsets(this.#raw);
    const lineBreak = /\r\n?|\n/.exec(this.#raw)?.[0] ?? "\n";
    let [result, from, line, lineStart] = ["", 0, 1, 0];
    for (const [rowLine, cells] of [...edits].toSorted(([a], [b]) => a - b)) {
      for (; line < rowLine; line += 1) lineStart = this.text.indexOf("\n", lineStart) + 1;
      const ranges = cellRanges(this.text, lineStart, this.delimiter);
      for (const [index, cell] of [...cells].toSorted(([a], [b]) => a - b)) {
        const [start, end] = ranges[index] ?? [lineStart, lineStart];
        const isQuoted = this.text[start] === '"';
        result += this.#raw.slice(from, offsets.of(start));
        result += writeCell(cell, { delimiter: this.delimiter, isQuoted }).replaceAll("\n", lineBreak);
        from = offsets.of(end);
      }
    }
    return result + this.#raw.slice(from);
  }

  /** Returns whether a text has the same rows as this table, apart from the edited cells. */
  #differsOnlyBy(edits: CellEdits, text: string): boolean {
    const expected: string[] = [];
    const actual: string[] = [];
    const collect = (into: string[], edited: CellEdits) => (row: { line: number; cells: readonly string[] }) => {
      const cells = edited.get(row.line);
      into.push(JSON.stringify(row.cells.map((cell, index) => cells?.get(index)?.trim() ?? cell)));
    };
    const failures = [
      forEachRow(this.text, this.delimiter, collect(expected, edits)),
      forEachRow(text, this.delimiter, collect(actual, new Map())),
    ];
    return failures.every((failure) => failure === undefined) && expected.join("\n") === actual.join("\n");
  }
}

/** Converts offsets in a text whose lines end in `\n` to offsets in the text of the file. */
class RawOffsets {
  readonly #raw: string;
  #at = 0;
  #rawAt: number;

  constructor(raw: string) {
    this.#raw = raw;
    this.#rawAt = raw.startsWith("\uFEFF") ? 1 : 0;
  }

  /** Offsets must be requested in ascending order. */
  of(offset: number): number {
    for (; this.#at < offset; this.#at += 1) this.#rawAt += this.#raw.startsWith("\r\n", this.#rawAt) ? 2 : 1;
    return this.#rawAt;
  }
}

/** Returns the text of a cell in a table, with quotes if needed. A cell that was in quotes stays in quotes. */
function writeCell(cell: string, { delimiter, isQuoted }: { delimiter: string; isQuoted: boolean }): string {
  const needsQuotes = cell.includes(delimiter) || /["\n\r]|^\s|\s$/.test(cell);
  return isQuoted || needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function encode(
  text: string,
  { encoding, isBigEndian }: { readonly encoding: TableEncoding; readonly isBigEndian: boolean },
): Uint8Array {
  if (encoding === "utf-8") return Buffer.from(text, "utf8");
  if (encoding === "windows-1252") return Uint8Array.from(text, (character) => byteOf(character) ?? 0x3f);
  const bytes = Buffer.from(text, "utf16le");
  return isBigEndian ? bytes.swap16() : bytes;
}

/** Returns the byte of a character in Windows-1252; undefined if it has none. */
function byteOf(character: string): number | undefined {
  const index = WINDOWS_1252.indexOf(character);
  if (index !== -1) return 0x80 + index;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 || (code >= 0xa0 && code <= 0xff) ? code : undefined;
}
