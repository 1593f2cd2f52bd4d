import { cellRanges } from "../../csv/read-csv.ts";
import type { SourceLocation } from "../../model/diagnostic.ts";
import { lastIndexAtMost, lineStarts } from "../../yaml/source-text.ts";

/** The text of a table, with methods that locate its cells. Lines must end with `\n`. */
export class TableText {
  readonly file: string;
  readonly text: string;
  readonly delimiter: string;
  header: readonly string[] = [];
  /** The countries of phone numbers without a country code, by column name. */
  countries: ReadonlyMap<string, string> = new Map();
  /** The lines on which rows begin, in order. */
  readonly rowLines: number[] = [];
  #lineStarts: Uint32Array | undefined;

  constructor(file: string, text: string, delimiter: string) {
    this.file = file;
    this.text = text;
    this.delimiter = delimiter;
  }

  /** Returns a function that returns the offset of a line. Lines must be requested in ascending order. */
  lineOffsets(): (line: number) => number {
    let [line, offset] = [1, 0];
    return (requestedLine) => {
      for (; line < requestedLine; line += 1) offset = this.endOfLine(offset) + 1;
      return offset;
    };
  }

  endOfLine(offset: number): number {
    const end = this.text.indexOf("\n", offset);
    return end === -1 ? this.text.length : end;
  }

  /** Returns the locations of the cells of the row that starts at `offset`, on line `line`. */
  cellLocations(offset: number, line: number): SourceLocation[] {
    let [currentLine, lineStart] = [line, offset];
    return cellRanges(this.text, offset, this.delimiter).map(([start, end]) => {
      for (let next = this.endOfLine(lineStart); next < start; next = this.endOfLine(lineStart)) {
        currentLine += 1;
        lineStart = next + 1;
      }
      return { ...this.locationOf([start, end], currentLine), column: start - lineStart + 1 };
    });
  }

  /** Returns the location of a range that starts in the first column of a line. */
  locationOf([start, end]: readonly [number, number], line: number): SourceLocation {
    return { file: this.file, line, column: 1, length: Math.max(1, Math.min(end, this.endOfLine(start)) - start) };
  }

  /** Returns the name of the column whose cell begins at a location; undefined if no cell begins there. */
  columnAt({ line, column }: SourceLocation): string | undefined {
    this.#lineStarts ??= lineStarts(this.text);
    const start = this.#lineStarts[line - 1] ?? 0;
    const row = this.rowLines[lastIndexAtMost(this.rowLines, line)] ?? 1;
    const ranges = cellRanges(this.text, this.#lineStarts[row - 1] ?? 0, this.delimiter);
    return this.header[ranges.findIndex(([from]) => from === start + column - 1)];
  }
}
