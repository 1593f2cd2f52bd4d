import { escapeText } from "../../src/index.ts";

/** Foreign text in Markdown. In code, and only there, it is nothing but text: no link, no mention, no HTML. */
export function codeSpan(text: string, limit = 200): string {
  const shown = escapeText(text, { limit });
  const ticks = "`".repeat(longestRun(shown) + 1);
  const needsRoom = shown === "" || /^[` ]|[` ]$/.test(shown);
  return needsRoom ? `${ticks} ${shown} ${ticks}` : `${ticks}${shown}${ticks}`;
}

/** The same for a cell of a table, which a `|` ends even within code. */
export function codeCell(text: string, limit = 200): string {
  return codeSpan(text, limit)
    .replace(/\\(?=\\*\|)/g, "\\u{5c}")
    .replaceAll("|", "\\|");
}

/** Lines that were made harmless before, as a block of code. */
export function codeFence(language: string, lines: readonly string[]): string {
  const ticks = "`".repeat(Math.max(3, longestRun(lines.join("\n")) + 1));
  return [`${ticks}${language}`, ...lines, ticks].join("\n");
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
}
