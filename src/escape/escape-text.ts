const DEFAULT_LIMIT = 200;

/**
 * Matches control and format characters (bidi overrides, zero-width characters), line and paragraph separators, and
 * unpaired surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Matches CI commands. GitHub runs `##[command]` anywhere in a line. Azure Pipelines runs `##vso[command]`. */
export const CI_COMMAND = /##(?=((?:vso)?\[))/gi;
/** Matches a CI command at the start of a line. GitHub runs `::command::` there, even after spaces. */
const LEADING_COMMAND = /^(\s*):(?=:)/;

/** Set on first use, because creating a segmenter is slow and most texts do not need it. */
let segmenter: Intl.Segmenter | undefined;

interface EscapeOptions {
  /** Use `Number.POSITIVE_INFINITY` for no limit. */
  readonly limit?: number;
}

/**
 * Returns untrusted text, shortened to `limit` graphemes (default: 200) and escaped, so that it cannot move the cursor,
 * break the line, change the direction of text or run a CI command. Idempotent.
 */
export function escapeText(text: string, { limit = DEFAULT_LIMIT }: EscapeOptions = {}): string {
  const escaped = text
    .replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(CI_COMMAND, "\\u{23}#")
    .replace(LEADING_COMMAND, "$1\\u{3a}");
  return shorten(escaped, limit);
}

function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let shown = 0;
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { index } of segmenter.segment(text)) {
    if (shown === limit) return `${text.slice(0, index).replace(/…$/u, "")}…`;
    shown += 1;
  }
  return text;
}
