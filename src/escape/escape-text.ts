/** As much of a foreign text as is shown where nothing else is said. */
const LIMIT = 200;

/** Controls, formats (bidi overrides, zero widths), line and paragraph separators, halves of surrogate pairs. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const EVERY_UNSAFE = new RegExp(UNSAFE, "gu");
/** GitHub's runner obeys `##[command]` anywhere in a line. */
const RUNNER_COMMAND = /##\[/g;
/** And `::command::` where a line starts, blanks before it or not. */
const LEADING_COMMAND = /^(\s*):(?=:)/;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

export interface EscapeOptions {
  /** In graphemes; `Number.POSITIVE_INFINITY` for all of it. */
  readonly limit?: number;
}

/**
 * Makes text that others wrote safe for a terminal and a log: nothing in it moves the cursor, breaks the line,
 * changes the reading direction or speaks to a CI runner. Showing it twice changes nothing more.
 */
export function escapeText(text: string, { limit = LIMIT }: EscapeOptions = {}): string {
  return shorten(escapeForeign(text), limit);
}

function escapeForeign(text: string): string {
  return text
    .replace(EVERY_UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(RUNNER_COMMAND, "\\u{23}#[")
    .replace(LEADING_COMMAND, "$1\\u{3a}");
}

function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let shown = 0;
  for (const { index } of graphemes.segment(text)) {
    if (shown === limit) return `${text.slice(0, index).replace(/…$/u, "")}…`;
    shown += 1;
  }
  return text;
}
