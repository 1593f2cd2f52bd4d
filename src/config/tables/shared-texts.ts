/** Maximum number of different texts to remember. Texts that most rows have are among the first. */
const MAX_TEXTS = 1000;

/** Texts that the rows of a table share, to save memory: each cell is a string of its own. */
export class SharedTexts {
  readonly #texts = new Map<string, string>();

  /** Returns an equal text, which earlier rows have too if they are many. */
  share(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined && this.#texts.size < MAX_TEXTS) this.#texts.set(text, text);
    return known ?? text;
  }
}
