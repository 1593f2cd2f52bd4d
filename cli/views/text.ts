import { escapeJson, escapeText, groupDigits, plural } from "../../src/internal.ts";

export { groupDigits, plural };

/** Replaces the lines after the limit with a note. */
export function shorten(
  lines: readonly string[],
  limit: number,
  note = (omitted: number) => `and ${groupDigits(omitted)} more`,
): string[] {
  return lines.length <= limit ? [...lines] : [...lines.slice(0, limit), note(lines.length - limit)];
}

/** Returns text such as `Ann Lee, Bob Ray and 7 more`. */
export function joinFirst<T>(items: readonly T[], limit: number, render: (item: T) => string): string {
  const shown = items.slice(0, limit).map(render).join(", ");
  return items.length > limit ? `${shown} and ${groupDigits(items.length - limit)} more` : shown;
}

/** Maximum number of graphemes in the reason for a failed operation. Front may name many fields, with their allowed values. */
export const MAX_REASON_LENGTH = 4000;

/** Quotes and escapes text. */
export function quoted(text: string, limit?: number): string {
  return `"${escapeText(text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n"), limit === undefined ? {} : { limit })}"`;
}

/** Quotes text for a shell if necessary. */
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
