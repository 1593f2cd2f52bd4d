import type { Handle } from "../model/contact.ts";

/**
 * Maximum length of a slug in characters. A key consists of a slug and, if needed, a handle source and a number. The
 * maximum length of a key is 100.
 */
const MAX_LENGTH = 60;

/** Letters that Unicode normalization does not decompose. */
const LETTERS: Record<string, string> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };

export class EntryKeys {
  readonly #usedKeys: Set<string>;
  /** The next number to try for each name, because many contacts may share a name. */
  readonly #nextNumbers = new Map<string, number>();

  constructor(usedKeys: Iterable<string> = []) {
    this.#usedKeys = new Set(usedKeys);
  }

  /** Returns a key derived from the name, or else from the first suitable handle. */
  nextForContact(contact: { readonly name?: string | undefined; readonly handles: readonly Handle[] }): string {
    const { name = "", handles } = contact;
    return this.#makeUnique([slug(name), ...handles.map(slugOfHandle)], "contact");
  }

  nextForTexts(texts: readonly string[], fallback: string): string {
    return this.#makeUnique(texts.map(slug), fallback);
  }

  #makeUnique(slugs: readonly string[], fallback: string): string {
    const base = slugs.find((text) => text !== "") ?? fallback;
    let key = base;
    let number = this.#nextNumbers.get(base) ?? 2;
    while (this.#usedKeys.has(key)) {
      key = `${base}-${number}`;
      number += 1;
    }
    this.#nextNumbers.set(base, number);
    this.#usedKeys.add(key);
    return key;
  }
}

function slugOfHandle({ source, handle }: Handle): string {
  const text = slug(source === "email" ? handle.slice(0, handle.lastIndexOf("@")) : handle);
  return text !== "" && /^[\d-]+$/.test(text) ? `${slug(source)}-${text}` : text;
}

function slug(text: string): string {
  return text
    .slice(0, 4 * MAX_LENGTH)
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/[^\u0020-\u007e\p{M}]/gu, (letter) => LETTERS[letter] ?? " ")
    .replaceAll(/\p{M}|['’]/gu, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_LENGTH)
    .replaceAll(/^-+|-+$/g, "");
}
