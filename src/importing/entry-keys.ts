import type { Handle } from "../model/contact.ts";

/** Room for a number behind it: a key has at most 100 characters. */
const LONGEST = 60;

/** Letters that Unicode does not take apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
};

/** Gives contacts readable keys that nobody has yet. */
export class Keys {
  readonly #taken: Set<string>;
  /** The number to try next, by what comes before it: many may share a name. */
  readonly #next = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** From the name, or else from the first handle. The same contacts in the same order get the same keys. */
  next(contact: { readonly name?: string | undefined; readonly handles: readonly Handle[] }): string {
    const base = baseOf(contact);
    let key = base;
    let number = this.#next.get(base) ?? 2;
    while (this.#taken.has(key)) {
      key = `${base}-${number}`;
      number += 1;
    }
    this.#next.set(base, number);
    this.#taken.add(key);
    return key;
  }
}

function baseOf({ name = "", handles }: { readonly name?: string | undefined; readonly handles: readonly Handle[] }) {
  const named = slug(name);
  if (named !== "") return named;
  const said = handles.map(slugOfHandle).find((text) => text !== "");
  return said ?? "contact";
}

function slugOfHandle({ source, handle }: Handle): string {
  const text = slug(source === "email" ? handle.slice(0, handle.lastIndexOf("@")) : handle);
  return text !== "" && /^[\d-]+$/.test(text) ? `${slug(source)}-${text}` : text;
}

function slug(text: string): string {
  return text
    .slice(0, 4 * LONGEST)
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/[^\u0020-\u007e\p{M}]/gu, (letter) => LETTERS[letter] ?? " ")
    .replaceAll(/\p{M}|['’]/gu, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, LONGEST)
    .replaceAll(/^-+|-+$/g, "");
}
