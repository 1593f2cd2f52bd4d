/** Maximum number of strings to store. Strings that are common in a table usually occur in its first rows. */
const MAX_TEXTS = 1000;

/** Strings that the rows of a table share to save memory, because the CSV parser creates a new string for each cell. */
export class SharedTexts {
  readonly #texts = new Map<string, string>();

  /** Returns the stored string that equals `text`. Stores `text` if there is none. */
  share(text: string): string {
    const stored = this.#texts.get(text);
    if (stored === undefined && this.#texts.size < MAX_TEXTS) this.#texts.set(text, text);
    return stored ?? text;
  }
}
