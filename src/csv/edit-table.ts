import { type DecodedTable, decodeTable, WINDOWS_1252 } from "./decode-table.ts";
import { cellRanges, delimiterOf, forEachRow } from "./read-csv.ts";

/** New values of cells, by the line on which a row begins and the index of the column. */
type CellEdits = ReadonlyMap<number, ReadonlyMap<number, string>>;

/** A CSV table whose cells can be replaced. All other bytes stay unchanged. */
export class EditableTable {
  /** Lines end in `\n`. */
  readonly text: string;
  readonly delimiter: string;
  readonly #decoded: DecodedTable;

  constructor(decoded: DecodedTable, delimiter = delimiterOf(decoded.text)) {
    this.text = decoded.text;
    this.delimiter = delimiter;
    this.#decoded = decoded;
  }

  canEncode(text: string): boolean {
    return this.#decoded.encoding !== "windows-1252" || [...text].every((character) => byteOf(character) !== undefined);
  }

  /** Returns the edited table; undefined if any of its cells would not have the intended value. */
  edit(edits: CellEdits): { readonly bytes: Uint8Array; readonly text: string } | undefined {
    const bytes = encode(this.#edited(edits), this.#decoded);
    const text = decodeTable(bytes, this.#decoded.encoding)?.text;
    return text !== undefined && this.#differsOnlyBy(edits, text) ? { bytes, text } : undefined;
  }

  #edited(edits: CellEdits): string {
    const { raw } = this.#decoded;
    const offsets = new RawOffsets(raw);
    const lineBreak = /\r\n?|\n/.exec(raw)?.[0] ?? "\n";
    let [result, from, line, lineStart] = ["", 0, 1, 0];
    for (const [rowLine, cells] of [...edits].toSorted(([a], [b]) => a - b)) {
      for (; line < rowLine; line += 1) lineStart = this.text.indexOf("\n", lineStart) + 1;
      const ranges = cellRanges(this.text, lineStart, this.delimiter);
      for (const [index, cell] of [...cells].toSorted(([a], [b]) => a - b)) {
        const [start, end] = ranges[index] ?? [lineStart, lineStart];
        const isQuoted = this.text[start] === '"';
        result += raw.slice(from, offsets.of(start));
        result += writeCell(cell, { delimiter: this.delimiter, isQuoted }).replaceAll("\n", lineBreak);
        from = offsets.of(end);
      }
    }
    return result + raw.slice(from);
  }

  #differsOnlyBy(edits: CellEdits, text: string): boolean {
    const expected = this.#rowsOf(this.text, edits);
    return expected !== undefined && expected === this.#rowsOf(text, new Map());
  }

  /** Returns the edited rows of a text as lines of JSON; undefined if the text is not valid CSV. */
  #rowsOf(text: string, edits: CellEdits): string | undefined {
    const rows: string[] = [];
    const failure = forEachRow(text, this.delimiter, ({ line, cells }) => {
      const edited = edits.get(line);
      rows.push(JSON.stringify(cells.map((cell, index) => edited?.get(index)?.trim() ?? cell)));
    });
    return failure === undefined ? rows.join("\n") : undefined;
  }
}

/** Converts offsets in a text whose lines end in `\n` to offsets in the text of the file. */
class RawOffsets {
  readonly #raw: string;
  #offset = 0;
  #rawOffset: number;

  constructor(raw: string) {
    this.#raw = raw;
    this.#rawOffset = raw.startsWith("\uFEFF") ? 1 : 0;
  }

  /** Successive calls must have ascending offsets. */
  of(offset: number): number {
    for (; this.#offset < offset; this.#offset += 1)
      this.#rawOffset += this.#raw.startsWith("\r\n", this.#rawOffset) ? 2 : 1;
    return this.#rawOffset;
  }
}

/** A cell that was in quotes stays in quotes. */
function writeCell(cell: string, { delimiter, isQuoted }: { delimiter: string; isQuoted: boolean }): string {
  const needsQuotes = cell.includes(delimiter) || /["\n\r]|^\s|\s$/.test(cell);
  return isQuoted || needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function encode(text: string, { encoding, isBigEndian }: DecodedTable): Uint8Array {
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
