import { escapeText, plural } from "../../src/internal.ts";

export interface TextLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

const LINE_LIMIT = 400;

export function isMultiline(text: unknown): text is string {
  return typeof text === "string" && /\r\n?|\n/.test(text.trimEnd());
}

/**
 * Compares two texts line by line. Lines between the common start and the common end all count as changed, which is
 * enough for descriptions, because they are usually edited in one place.
 */
export function compareLines(before: string, after: string, limit = LINE_LIMIT): TextLine[] {
  const [oldLines, newLines] = [linesOf(before), linesOf(after)];
  const head = commonPrefixLength(oldLines, newLines);
  const tail = commonPrefixLength(oldLines.slice(head).reverse(), newLines.slice(head).reverse());
  const removed = oldLines.slice(head, oldLines.length - tail);
  const added = newLines.slice(head, newLines.length - tail);
  const pairs =
    removed.length === added.length ? removed.map((line, index) => [line, added[index] ?? ""] as const) : [];
  const excerpts = pairs.map(([one, other]) => omitCommonStart(one, other, limit));
  const lineOf = (sign: TextLine["sign"], text: string) => ({ sign, text: escapeText(text, { limit }) });
  return [
    ...oldLines.slice(0, head).map((text) => lineOf(" ", text)),
    ...removed.map((text, index) => lineOf("-", excerpts[index]?.[0] ?? text)),
    ...added.map((text, index) => lineOf("+", excerpts[index]?.[1] ?? text)),
    ...oldLines.slice(oldLines.length - tail).map((text) => lineOf(" ", text)),
  ];
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.trimEnd().split(/\r\n?|\n/);
}

/** Number of unchanged lines to show before and after changed lines. */
const CONTEXT_LINES = 3;

/** A line of a comparison, or a note (`#`) about omitted lines. */
export type ShownLine = TextLine | { readonly sign: "#"; readonly text: string };

/** Replaces unchanged lines that are not near a changed line with notes. */
export function omitUnchanged(lines: readonly TextLine[]): readonly ShownLine[] {
  const first = lines.findIndex(({ sign }) => sign !== " ");
  if (first === -1) return lines;
  const start = Math.max(0, first - CONTEXT_LINES);
  const end = lines.findLastIndex(({ sign }) => sign !== " ") + 1 + CONTEXT_LINES;
  const note = (count: number): ShownLine[] =>
    count <= 0 ? [] : [{ sign: "#", text: plural(count, "unchanged line") }];
  return [...note(start), ...lines.slice(start, end), ...note(lines.length - end)];
}

/** Number of characters to show before the first difference of two long texts. */
const CONTEXT_CHARACTERS = 40;

/**
 * Returns two texts. If one of them is longer than `limit`, omits most of their common start, because shortened texts
 * with the same start could look equal.
 */
export function omitCommonStart(before: string, after: string, limit: number): readonly [string, string] {
  const isShort = (text: string) => escapeText(text, { limit: Number.POSITIVE_INFINITY }).length <= limit;
  if (isShort(before) && isShort(after)) return [before, after];
  let common = 0;
  while (common < before.length && before[common] === after[common]) common += 1;
  const start = common - CONTEXT_CHARACTERS;
  if (start <= 1) return [before, after];
  const isInPair = /^[\uDC00-\uDFFF]/.test(before.slice(start));
  const from = isInPair ? start - 1 : start;
  return [`…${before.slice(from)}`, `…${after.slice(from)}`];
}

export function commonPrefixLength(one: readonly string[], other: readonly string[]): number {
  const firstDifference = one.findIndex((line, index) => line !== other[index]);
  return firstDifference === -1 ? one.length : firstDifference;
}
