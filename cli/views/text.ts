import { escapeText } from "../../src/index.ts";

/** One line of a text that changes: kept as it is, gone, or new. */
export interface TextLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Longer than this, a line is cut for display; what is sent is whole. */
const LINE_LIMIT = 400;

export function hasLines(text: unknown): text is string {
  return typeof text === "string" && /\r\n?|\n/.test(text.trimEnd());
}

/**
 * What changes between two texts, line by line. Lines that both begin or end with are kept, and what is between them is
 * shown as gone and new: enough for descriptions, which people change in one place.
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

/** Line ends are told apart nowhere, so `\r\n` is one too. The lines are foreign text and come back harmless. */
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
