let segmenter: Intl.Segmenter | undefined;

/**
 * Splits a text into graphemes. Creates the segmenter on first use, because that takes longer than loading the program
 * and most texts need none.
 */
function graphemesIn(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(text);
}
const WIDE =
  /^[\u{1100}-\u{115F}\u{2E80}-\u{303E}\u{3041}-\u{A4CF}\u{A960}-\u{A97F}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE30}-\u{FE6F}\u{FF00}-\u{FF60}\u{FFE0}-\u{FFE6}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\uFE0F/u;

/** Returns the user-perceived characters of a text. */
export function graphemesOf(text: string): string[] {
  return Array.from(graphemesIn(text), ({ segment }) => segment);
}

/** Returns the number of terminal columns of a text. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const segment of graphemesOf(text)) width += WIDE.test(segment) ? 2 : Number(!/^\p{M}+$/u.test(segment));
  return width;
}
