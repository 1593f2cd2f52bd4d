import { escapeJson, escapeText } from "../../src/internal.ts";

/** Does not use `Intl`, because loading its number formats takes 30 ms. */
export function groupDigits(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** Returns a text such as `1 list` or `2,000 lists`. */
export function plural(count: number, one: string, several = `${one}s`): string {
  return `${groupDigits(count)} ${count === 1 ? one : several}`;
}

/** Replaces the lines after the limit with a note. */
export function shorten(
  lines: readonly string[],
  limit: number,
  note = (omitted: number) => `and ${groupDigits(omitted)} more`,
): string[] {
  return lines.length <= limit ? [...lines] : [...lines.slice(0, limit), note(lines.length - limit)];
}

/** Returns a text such as `Ann Lee, Bob Ray and 7 more`. */
export function joinFirst<T>(items: readonly T[], limit: number, render: (item: T) => string): string {
  const shown = items.slice(0, limit).map(render).join(", ");
  return items.length > limit ? `${shown} and ${groupDigits(items.length - limit)} more` : shown;
}

/** Maximum length of the reason for a failed operation. Front may name many fields, with their allowed values. */
export const MAX_REASON_LENGTH = 4000;

export interface TextLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Quotes and escapes a text. */
export function quoted(text: string, limit?: number): string {
  return `"${escapeText(text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n"), limit === undefined ? {} : { limit })}"`;
}

const LINE_LIMIT = 400;

export function isMultiline(text: unknown): text is string {
  return typeof text === "string" && /\r\n?|\n/.test(text.trimEnd());
}

/**
 * Compares two texts line by line. Lines between the common start and the common end all count as changed, which is
 * enough for descriptions, because they are usually edited in one place.
 */
export function compareLines(before: string, after: string): TextLine[] {
  const [oldLines, newLines] = [linesOf(before), linesOf(after)];
  const head = commonPrefixLength(oldLines, newLines);
  const tail = commonPrefixLength(oldLines.slice(head).reverse(), newLines.slice(head).reverse());
  return [
    ...oldLines.slice(0, head).map((text) => ({ sign: " " as const, text })),
    ...oldLines.slice(head, oldLines.length - tail).map((text) => ({ sign: "-" as const, text })),
    ...newLines.slice(head, newLines.length - tail).map((text) => ({ sign: "+" as const, text })),
    ...oldLines.slice(oldLines.length - tail).map((text) => ({ sign: " " as const, text })),
  ];
}

function linesOf(text: string): string[] {
  if (text === "") return [];
  return text
    .trimEnd()
    .split(/\r\n?|\n/)
    .map((line) => escapeText(line, { limit: LINE_LIMIT }));
}

export function commonPrefixLength(one: readonly string[], other: readonly string[]): number {
  const firstDifference = one.findIndex((line, index) => line !== other[index]);
  return firstDifference === -1 ? one.length : firstDifference;
}

/** Quotes a text for a shell if it needs quotes. */
export function shellQuote(text: string): string {
  const escapedText = escapeText(text, { limit: Number.POSITIVE_INFINITY });
  return /^[\w./:=,@%+-]+$/.test(escapedText) ? escapedText : `'${escapedText.replaceAll("'", "'\\''")}'`;
}

/** The name of the provider in plans and events, as Terraform would derive it from the resource types. */
export const PROVIDER = "front";

export function renderJson(value: unknown): string {
  return `${escapeJson(value, 2)}\n`;
}

export function renderJsonLine(value: unknown): string {
  return `${escapeJson(value)}\n`;
}
