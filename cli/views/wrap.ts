import type { Environment } from "../process-io.ts";
import { widthOf } from "./width.ts";

/** Columns that text is wrapped to: narrower terminals break lines themselves, and longer lines are hard to read. */
const NARROWEST = 40;
const WIDEST = 120;

/** Returns the columns to wrap to on a terminal that has this many; some pseudo-terminals report 0. */
export function wrapWidth(columns: number): number {
  return Math.min(Math.max(columns, NARROWEST), WIDEST);
}

/** Returns the columns to wrap to if the stream is a terminal whose width is known. */
export function terminalWidth(
  { terminal }: Pick<Environment, "terminal">,
  stream: "stdout" | "stderr",
): number | undefined {
  return terminal[stream] && terminal.columns !== undefined ? wrapWidth(terminal.columns) : undefined;
}

/** Wraps text for a terminal; text for a file or a pipe stays unchanged. */
export function wrapForTerminal(
  text: string,
  environment: Pick<Environment, "terminal">,
  stream: "stdout" | "stderr",
): string {
  const width = terminalWidth(environment, stream);
  return width === undefined ? text : wrapText(text, width);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a color begins with Escape.
const COLOR = /\u001b\[[\d;]*m/g;
/** Spaces, and a word with the colors in it. A command in quotes is one word, so that it can be copied. */
const WORD = /( *)((?:'front-contacts [^']*'|[^ ])+)/g;
/** Lines that other programs parse. */
const EXACT = /^(?:Plan: \d|Apply complete!)/;
/** The indentation of a line, and the sign of a change, a comment or a list. */
const START = /^( *)([+~-] |# |\* )?/;

/**
 * Breaks lines at spaces to fit the width. Continuation lines have the same indentation, or more after the sign of a
 * change, and a comment stays a comment. A word that is longer than the width is not broken.
 */
export function wrapText(text: string, width: number): string {
  return text
    .split("\n")
    .flatMap((line) => wrapLine(line, width))
    .join("\n");
}

function wrapLine(line: string, width: number): string[] {
  const plain = line.replace(COLOR, "");
  if (widthOf(plain) <= width || EXACT.test(plain)) return [line];
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
  const [start, spaces = "", sign = ""] = START.exec(plain) ?? [""];
  if (sign === "# ") return { start: start.length, continued: start };
  return { start: start.length, continued: sign === "" ? spaces : `${spaces}${" ".repeat(sign.length + 2)}` };
}

function columnsOf(text: string): number {
  return widthOf(text.replace(COLOR, ""));
}
