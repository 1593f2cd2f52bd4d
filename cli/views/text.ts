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

/** A line of a changed text: unchanged, removed, or added. */
export interface TextLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Returns untrusted text in double quotes. Escapes double quotes and backslashes in it. */
export function quoted(text: string, limit?: number): string {
  return `"${escapeText(text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n"), limit === undefined ? {} : { limit })}"`;
}

/** Maximum length of a line; only the displayed text is cut. */
const LINE_LIMIT = 400;

export function hasLines(text: unknown): text is string {
  return typeof text === "string" && /\r\n?|\n/.test(text.trimEnd());
}

/**
 * Compares two texts line by line. Common lines at the start and at the end are unchanged, and all lines between are
 * removed and added: enough for descriptions, which people change in one place.
 */
export function compareLines(before: string, after: string): TextLine[] {
  const [was, becomes] = [linesOf(before), linesOf(after)];
  const head = commonLength(was, becomes);
  const tail = commonLength(was.slice(head).reverse(), becomes.slice(head).reverse());
  return [
    ...was.slice(0, head).map((text) => ({ sign: " " as const, text })),
    ...was.slice(head, was.length - tail).map((text) => ({ sign: "-" as const, text })),
    ...becomes.slice(head, becomes.length - tail).map((text) => ({ sign: "+" as const, text })),
    ...was.slice(was.length - tail).map((text) => ({ sign: " " as const, text })),
  ];
}

/** Returns escaped lines. Line endings count as equal. */
function linesOf(text: string): string[] {
  if (text === "") return [];
  return text
    .trimEnd()
    .split(/\r\n?|\n/)
    .map((line) => escapeText(line, { limit: LINE_LIMIT }));
}

function commonLength(one: readonly string[], other: readonly string[]): number {
  const different = one.findIndex((line, index) => line !== other[index]);
  return different === -1 ? Math.min(one.length, other.length) : different;
}

/** Quotes a text for a shell, unless it needs no quotes. */
export function shellWord(text: string): string {
  const shown = escapeText(text, { limit: Number.POSITIVE_INFINITY });
  return /^[\w./=,@%+-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
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
