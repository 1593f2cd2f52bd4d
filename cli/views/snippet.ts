import { showForeign } from "../../src/index.ts";

/** Columns of source that fit beside the margin on a narrow terminal. */
const WIDTH = 100;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const WIDE =
  /^[\u{1100}-\u{115F}\u{2E80}-\u{303E}\u{3041}-\u{A4CF}\u{A960}-\u{A97F}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE30}-\u{FE6F}\u{FF00}-\u{FF60}\u{FFE0}-\u{FFE6}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\uFE0F/u;

export interface Snippet {
  readonly code: string;
  /** Blanks and carets, to be set right below. */
  readonly underline: string;
}

/** A line of source made safe to show, cut around a span of it, with the span underlined as wide as it appears. */
export function renderSnippet(line: string, span: { readonly start: number; readonly length: number }): Snippet {
  const shown = showSpan(line, span.start, span.start + span.length);
  const before = fitEnd(shown.before, WIDTH - Math.min(WIDTH / 2, widthOf(shown.within)));
  const within = fitStart(shown.within, WIDTH - widthOf(before));
  const after = fitStart(shown.after, WIDTH - widthOf(before) - widthOf(within));
  const carets = "^".repeat(Math.max(1, widthOf(within)));
  return { code: `${before}${within}${after}`.trimEnd(), underline: `${" ".repeat(widthOf(before))}${carets}` };
}

function showSpan(line: string, start: number, end: number): { before: string; within: string; after: string } {
  return { before: show(line.slice(0, start)), within: show(line.slice(start, end)), after: show(line.slice(end)) };
}

/** Tabs are widened first, since showing them would turn them into escapes. */
function show(text: string): string {
  return showForeign(text.replaceAll("\t", "  "), { limit: Number.POSITIVE_INFINITY });
}

/** The end of a text, as much as fits. */
function fitEnd(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const kept: string[] = [];
  let room = width - 1;
  for (const grapheme of [...graphemes.segment(text.slice(-4 * width))].reverse()) {
    room -= widthOf(grapheme.segment);
    if (room < 0) break;
    kept.unshift(grapheme.segment);
  }
  return `…${kept.join("")}`;
}

function fitStart(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let room = width - 1;
  for (const { segment } of graphemes.segment(text.slice(0, 4 * Math.max(0, width)))) {
    room -= widthOf(segment);
    if (room < 0) break;
    kept += segment;
  }
  return width > 0 ? `${kept}…` : "";
}

/** Columns that a terminal gives to a text. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text))
    width += WIDE.test(segment) ? 2 : Number(!/^\p{M}+$/u.test(segment));
  return width;
}
