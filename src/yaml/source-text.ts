import { type Diagnostic, errorAt, type SourceLocation, warningAt } from "../model/diagnostic.ts";
import { decodeUtf8 } from "../model/utf8.ts";
import { lineEndOf } from "./nodes.ts";

/** Offsets in UTF-16 code units from the start of a text. The end is exclusive; further numbers are ignored. */
export type Range = readonly [start: number, end: number, ...more: number[]];

export interface Source {
  readonly file: string;
  readonly text: string;
  /** Returns the location of a range, or of the first line of a multiline range. */
  locationOf(range: Range): SourceLocation;
}

export function createSource(file: string, text: string): Source {
  let starts: Uint32Array | undefined;
  return {
    file,
    text,
    locationOf([start, end]) {
      starts ??= lineStarts(text);
      const line = lastIndexAtMost(starts, start);
      const lineStart = starts[line] ?? 0;
      const lineEnd = lineEndOf(text, lineStart);
      const length = Math.max(1, Math.min(end, lineEnd) - start);
      return { file, line: line + 1, column: start - lineStart + 1, length };
    },
  };
}

export function lineStarts(text: string): Uint32Array {
  const starts = [0];
  for (let newline = text.indexOf("\n"); newline !== -1; newline = text.indexOf("\n", newline + 1))
    starts.push(newline + 1);
  return Uint32Array.from(starts);
}

/**
 * Returns the index of the last number that is not greater than the limit; 0 if there is none. The numbers must be
 * sorted.
 */
export function lastIndexAtMost(numbers: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((numbers[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Matches characters that a file must not contain: controls other than tabs, line feeds and carriage returns before
 * line feeds.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters.
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)/;

const BOM = "\uFEFF";

/**
 * Decodes a file as UTF-8. If that fails, omits the source, and a diagnostic contains the reason. Also reports the first
 * control character or replacement character.
 */
export function decodeSource(file: string, bytes: Uint8Array): { source?: Source; diagnostics: Diagnostic[] } {
  const text = decodeUtf8(bytes);
  if (text === undefined) return { diagnostics: [notUtf8(file, bytes)] };
  const source = createSource(file, text.startsWith(BOM) ? text.slice(1) : text);
  const control = CONTROL.exec(source.text);
  if (control !== null) return { source, diagnostics: [controlCharacter(source, control.index)] };
  return { source, diagnostics: [...replacementCharacter(source)] };
}

function notUtf8(file: string, bytes: Uint8Array): Diagnostic {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const summary = `The file is not UTF-8 text${isUtf16 ? ": it looks like UTF-16" : ""}`;
  return errorAt({ file, line: 1, column: 1, length: 1 }, "not-utf8", summary, "Save the file as UTF-8.");
}

function controlCharacter(source: Source, index: number): Diagnostic {
  const code = source.text.charCodeAt(index).toString(16).padStart(4, "0").toUpperCase();
  const summary = `The file contains a control character (U+${code})`;
  const advice =
    source.text[index] === "\r"
      ? "Save the file with LF or CRLF line breaks."
      : "Delete it. Most editors do not show it.";
  return errorAt(source.locationOf([index, index + 1]), "control-character", summary, advice);
}

function* replacementCharacter(source: Source): Iterable<Diagnostic> {
  const index = source.text.indexOf("\uFFFD");
  if (index === -1) return;
  const summary = "The file contains a replacement character (U+FFFD)";
  const advice = "Replace it with the intended character, which was lost in a conversion.";
  yield warningAt(source.locationOf([index, index + 1]), "replacement-character", summary, advice);
}
