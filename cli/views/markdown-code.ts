import { escapeText } from "../../src/internal.ts";

/** Returns untrusted text as a Markdown code span, in which links, mentions and HTML have no effect. */
export function codeSpan(text: string, limit = 200): string {
  const shown = escapeText(text, { limit });
  const ticks = "`".repeat(longestRun(shown) + 1);
  const needsRoom = shown === "" || /^[` ]|[` ]$/.test(shown);
  return needsRoom ? `${ticks} ${shown} ${ticks}` : `${ticks}${shown}${ticks}`;
}

/** Returns a code span for a table cell, where `|` is escaped because it ends a cell even in code. */
export function codeCell(text: string, limit = 200): string {
  return codeSpan(text, limit)
    .replace(/\\(?=\\*\|)/g, "\\u{5c}")
    .replaceAll("|", "\\|");
}

/** Returns escaped lines as a code block. */
export function codeFence(language: string, lines: readonly string[]): string {
  const ticks = "`".repeat(Math.max(3, longestRun(lines.join("\n")) + 1));
  return [`${ticks}${language}`, ...lines, ticks].join("\n");
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
}
