import { escapeText } from "../../src/internal.ts";

/**
 * Returns untrusted text as a Markdown code span, shortened to `limit` characters. Links, mentions and HTML have no
 * effect in code.
 */
export function codeSpan(text: string, limit = 200): string {
  const escapedText = escapeText(text, { limit });
  const ticks = "`".repeat(longestBacktickRun(escapedText) + 1);
  const needsSpaces = escapedText === "" || /^[` ]|[` ]$/.test(escapedText);
  return needsSpaces ? `${ticks} ${escapedText} ${ticks}` : `${ticks}${escapedText}${ticks}`;
}

/** Returns untrusted text as a code span for a table cell. Escapes `|`, which would end the cell even in code. */
export function codeCell(text: string, limit = 200): string {
  return codeSpan(text, limit)
    .replace(/\\(?=\\*\|)/g, "\\u{5c}")
    .replaceAll("|", "\\|");
}

/** Returns lines as a code block. The lines must already be escaped. */
export function codeFence(language: string, lines: readonly string[]): string {
  const ticks = "`".repeat(Math.max(3, longestBacktickRun(lines.join("\n")) + 1));
  return [`${ticks}${language}`, ...lines, ticks].join("\n");
}

function longestBacktickRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
}
