import { CI_COMMAND, escapeText } from "../../src/internal.ts";
import { graphemesOf, widthOf } from "./wrap.ts";

/** Number of columns for source text if the width of the terminal is unknown. */
const DEFAULT_WIDTH = 100;

/** Maximum number of characters to read of the span, and on each side of it. A line may be as long as a file. */
const MAX_CONTEXT = 4 * DEFAULT_WIDTH;

/** Returns a line of source, escaped and cut around the span to fit the width, and the line of carets below it. */
export function renderSnippet(
  line: string,
  span: { readonly start: number; readonly length: number },
  width = DEFAULT_WIDTH,
): { readonly code: string; readonly underline: string } {
  const { start, end } = extendAroundCommands(line, span.start, span.start + span.length);
  const spanCode = escapeSource(line.slice(start, Math.min(end, start + MAX_CONTEXT)));
  const precedingCode = escapeSource(line.slice(Math.max(0, start - MAX_CONTEXT), start));
  const followingCode = escapeSource(line.slice(end, end + MAX_CONTEXT));
  const room = width - Math.min(width / 2, widthOf(spanCode));
  const before = fitEnd(precedingCode, Math.max(Math.floor((room * 2) / 3), room - widthOf(followingCode)));
  const within = fitStart(spanCode, width - widthOf(before));
  const after = fitStart(followingCode, width - widthOf(before) - widthOf(within));
  const carets = "^".repeat(Math.max(1, widthOf(within)));
  return { code: `${before}${within}${after}`.trimEnd(), underline: `${" ".repeat(widthOf(before))}${carets}` };
}

/** Extends a span that begins or ends inside a CI command such as `##[`, because only a whole command is escaped. */
function extendAroundCommands(line: string, from: number, to: number) {
  const commands = [...line.matchAll(CI_COMMAND)].map(({ 0: marks, 1: rest = "", index }) => {
    return { start: index, end: index + marks.length + rest.length };
  });
  const extend = (at: number, edge: "start" | "end") =>
    commands.find(({ start, end }) => at > start && at < end)?.[edge] ?? at;
  return { start: extend(from, "start"), end: extend(to, "end") };
}

/** Replaces tabs with spaces first, because tabs would be escaped. */
function escapeSource(text: string): string {
  return escapeText(text.replaceAll("\t", "  "), { limit: Number.POSITIVE_INFINITY });
}

function fitEnd(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return `…${takeWhileFits(graphemesOf(text).reverse(), width - 1)
    .reverse()
    .join("")}`;
}

function fitStart(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return width < 1 ? "" : `${takeWhileFits(graphemesOf(text), width - 1).join("")}…`;
}

function takeWhileFits(segments: readonly string[], width: number): string[] {
  const fitting: string[] = [];
  let room = width;
  for (const segment of segments) {
    room -= widthOf(segment);
    if (room < 0) break;
    fitting.push(segment);
  }
  return fitting;
}
