import { escapeText } from "../../src/internal.ts";

/** Quotes a text for a shell, unless it needs no quotes. */
export function shellWord(text: string): string {
  const shown = escapeText(text, { limit: Number.POSITIVE_INFINITY });
  return /^[\w./=,@%+-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}
