import type { Environment } from "../environment.ts";

const MIN_WIDTH = 40;
/** Longer lines are hard to read. */
const MAX_WIDTH = 120;

/** Returns the width to wrap text to. */
export function wrapWidth(columns: number): number {
  return Math.min(Math.max(columns, MIN_WIDTH), MAX_WIDTH);
}

/** Returns undefined if the stream is not a terminal or its width is unknown. */
export function terminalWidth(
  { terminal }: Pick<Environment, "terminal">,
  stream: "stdout" | "stderr",
): number | undefined {
  return terminal[stream] && terminal.columns !== undefined ? wrapWidth(terminal.columns) : undefined;
}

/** Leaves text for a file or a pipe unchanged. */
export function wrapForTerminal(
  text: string,
  environment: Pick<Environment, "terminal">,
  stream: "stdout" | "stderr",
): string {
  const width = terminalWidth(environment, stream);
  return width === undefined ? text : wrapText(text, width);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a color sequence begins with the Escape character.
const COLOR = /\u001b\[[\d;]*m/g;
/** Spaces, and a word with its color sequences. A quoted command is one word, so that it can be copied. */
const WORD = /( *)((?:'front-contacts [^']*'|[^ ])+)/g;
/** Lines that other programs parse. */
const PARSED_LINES = /^(?:Plan: \d|Apply complete!)/;
/** The indentation of a line, and the sign of a change, a comment or a list. */
const LINE_PREFIX = /^( *)([+~-] |# |\* )?/;

/**
 * Breaks lines at spaces to fit the width. Continuation lines have the same indentation, or a deeper indentation after
 * the sign of a change or a list item. Continuation lines of a comment start with `#`. A word that is longer than the
 * width is not broken.
 */
export function wrapText(text: string, width: number): string {
  return text
    .split("\n")
    .flatMap((line) => wrapLine(line, width))
    .join("\n");
}

function wrapLine(line: string, width: number): string[] {
  const plain = line.replace(COLOR, "");
  if (widthOf(plain) <= width || PARSED_LINES.test(plain)) return [line];
  const { start, continued } = indentationOf(plain);
  const lines: string[] = [];
  let current = "";
  for (const [, gap = "", word = ""] of line.matchAll(WORD)) {
    const longer = `${current}${gap}${word}`;
    const isStart = columnsOf(current) <= Math.max(start, continued.length);
    if (!isStart && columnsOf(longer) > width) {
      lines.push(current);
      current = `${continued}${word}`;
    } else current = longer;
  }
  return [...lines, current];
}

/** Returns the columns before the text of a line, and the prefix of its continuation lines. */
function indentationOf(plain: string): { readonly start: number; readonly continued: string } {
  const [start, spaces = "", sign = ""] = LINE_PREFIX.exec(plain) ?? [""];
  if (sign === "# ") return { start: start.length, continued: start };
  return { start: start.length, continued: sign === "" ? spaces : `${spaces}${" ".repeat(sign.length + 2)}` };
}

function columnsOf(text: string): number {
  return widthOf(text.replace(COLOR, ""));
}

let segmenter: Intl.Segmenter | undefined;

/** Matches graphemes that take two columns. */
const WIDE =
  /^[\u{1100}-\u{115F}\u{2E80}-\u{303E}\u{3041}-\u{A4CF}\u{A960}-\u{A97F}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE30}-\u{FE6F}\u{FF00}-\u{FF60}\u{FFE0}-\u{FFE6}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\uFE0F/u;

export function graphemesOf(text: string): string[] {
  // Created on first use, because creating a segmenter takes about 20 ms.
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const segment of graphemesOf(text)) width += WIDE.test(segment) ? 2 : Number(!/^\p{M}+$/u.test(segment));
  return width;
}
