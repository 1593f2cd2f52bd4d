/** The default maximum length of untrusted text, in graphemes. */
const LIMIT = 200;

/**
 * Matches control and format characters (bidi overrides, zero widths), line and paragraph separators, and lone
 * surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const EVERY_UNSAFE = new RegExp(UNSAFE, "gu");
/** GitHub runs `##[command]` anywhere in a line, and Azure Pipelines `##vso[command]`. */
export const RUNNER_COMMAND = /##(?=((?:vso)?\[))/gi;
/** GitHub runs `::command::` at the start of a line, after any spaces. */
const LEADING_COMMAND = /^(\s*):(?=:)/;

let segmenter: Intl.Segmenter | undefined;

/**
 * Returns the graphemes of a text. Creates the segmenter on first use, because creating it is slow and most texts do
 * not need it.
 */
function graphemesIn(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** Options of `escapeText`. */
export interface EscapeOptions {
  /** Maximum length in graphemes. Default: 200. Use `Number.POSITIVE_INFINITY` for no limit. */
  readonly limit?: number;
}

/**
 * Escapes untrusted text for a terminal and a log, so that the text cannot move the cursor, break the line, change the
 * direction of text or run a CI command. Escaping the result again does not change it.
 */
export function escapeText(text: string, { limit = LIMIT }: EscapeOptions = {}): string {
  return shorten(escapeUnsafe(text), limit);
}

function escapeUnsafe(text: string): string {
  return text
    .replace(EVERY_UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(RUNNER_COMMAND, "\\u{23}#")
    .replace(LEADING_COMMAND, "$1\\u{3a}");
}

function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let shown = 0;
  for (const { index } of graphemesIn(text)) {
    if (shown === limit) return `${text.slice(0, index).replace(/…$/u, "")}…`;
    shown += 1;
  }
  return text;
}
