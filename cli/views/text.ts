import { escapeJson, escapeText } from "../../src/internal.ts";

/**
 * Returns a whole number with separators, such as `2,000`. Does not use `Intl`, because loading its number formats
 * takes 30 ms.
 */
export function groupDigits(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** Returns a count with its noun: `1 list`, `2,000 lists`. */
export function plural(count: number, one: string, several = `${one}s`): string {
  return `${groupDigits(count)} ${count === 1 ? one : several}`;
}

/** Returns the first lines, then a note such as `and 3 more` if there are others. */
export function shorten(
  lines: readonly string[],
  limit: number,
  note = (omitted: number) => `and ${omitted} more`,
): string[] {
  return lines.length <= limit ? [...lines] : [...lines.slice(0, limit), note(lines.length - limit)];
}

/** Returns the first items in one line, such as `Ann Lee, Bob Ray and 7 more`. */
export function joinFirst<T>(items: readonly T[], limit: number, render: (item: T) => string): string {
  const shown = items.slice(0, limit).map(render).join(", ");
  return items.length > limit ? `${shown} and ${items.length - limit} more` : shown;
}

/** A line of a text before or after a change: unchanged, removed or added. */
export interface TextLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Returns untrusted text in double quotes. Escapes double quotes and backslashes in it. */
export function quoted(text: string, limit?: number): string {
  return `"${escapeText(text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n"), limit === undefined ? {} : { limit })}"`;
}

/** Maximum number of characters of a line to show. */
const LINE_LIMIT = 400;

/** Returns whether a text has several lines. Ignores line breaks at the end. */
export function isMultiline(text: unknown): text is string {
  return typeof text === "string" && /\r\n?|\n/.test(text.trimEnd());
}

/**
 * Compares two texts line by line. Common lines at the start and at the end are unchanged; all lines between them are
 * removed and added. This is sufficient for descriptions, which are usually edited in one place.
 */
export function compareLines(before: string, after: string): TextLine[] {
  const [oldLines, newLines] = [linesOf(before), linesOf(after)];
  const head = commonStart(oldLines, newLines);
  const tail = commonStart(oldLines.slice(head).reverse(), newLines.slice(head).reverse());
  return [
    ...oldLines.slice(0, head).map((text) => ({ sign: " " as const, text })),
    ...oldLines.slice(head, oldLines.length - tail).map((text) => ({ sign: "-" as const, text })),
    ...newLines.slice(head, newLines.length - tail).map((text) => ({ sign: "+" as const, text })),
    ...oldLines.slice(oldLines.length - tail).map((text) => ({ sign: " " as const, text })),
  ];
}

/** Returns the escaped lines of a text. Treats all kinds of line breaks alike. */
function linesOf(text: string): string[] {
  if (text === "") return [];
  return text
    .trimEnd()
    .split(/\r\n?|\n/)
    .map((line) => escapeText(line, { limit: LINE_LIMIT }));
}

/** Returns the number of equal lines at the start of two texts. */
export function commonStart(one: readonly string[], other: readonly string[]): number {
  const firstDifference = one.findIndex((line, index) => line !== other[index]);
  return firstDifference === -1 ? one.length : firstDifference;
}

/** Quotes a text for a shell if it needs quotes. */
export function shellQuote(text: string): string {
  const escapedText = escapeText(text, { limit: Number.POSITIVE_INFINITY });
  return /^[\w./=,@%+-]+$/.test(escapedText) ? escapedText : `'${escapedText.replaceAll("'", "'\\''")}'`;
}

/** The name of the provider in plans and events, as Terraform would derive it from the resource types. */
export const PROVIDER = "front";

/** Returns indented JSON. */
export function renderJson(value: unknown): string {
  return `${escapeJson(value, 2)}\n`;
}

/** Returns JSON on one line, for streams of objects. */
export function renderJsonLine(value: unknown): string {
  return `${escapeJson(value)}\n`;
}
