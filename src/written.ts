import type { Place } from "./diagnostic.ts";
import type { Range, Source } from "./source.ts";

/** Where an entry of a map or a sequence is written. */
export interface Spot {
  /** Sequences have none. */
  readonly key?: Range;
  readonly value: Range;
  /** The alias through which the entry came, if it is not written out here. */
  readonly via?: Range;
}

/** One YAML document: plain values, and where each was written. Maps have no prototype, so `__proto__` is a name like any other. */
export interface SourceDocument {
  readonly source: Source;
  readonly value: unknown;
  readonly range: Range;
  /** By the identity of the containing map or sequence, which two aliases of one anchor share. */
  readonly spots: ReadonlyMap<object, ReadonlyMap<string | number, Spot>>;
}

/** A value that knows where it is written. */
export interface Written {
  readonly value: unknown;
  /** Of the value; of its key if the value is nothing; of the alias if it came through one. */
  readonly place: Place;
  readonly keyPlace: Place;
  /** Exactly as it stands in the file, quotes and all. */
  readonly text: string;
  get(key: string): Written | undefined;
  /** Of a map, by key. Empty for all else. */
  entries(): [key: string, value: Written][];
  /** Of a sequence. Empty for all else. */
  items(): Written[];
}

export type PlainMap = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is PlainMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `aliases: "followed"` gives the places of what aliases stand for, in place of the aliases' own. */
export function writtenOf(
  document: SourceDocument,
  { aliases = "shown" }: { aliases?: "shown" | "followed" } = {},
): Written {
  return new Entry(document, document.value, { value: document.range }, aliases === "shown");
}

class Entry implements Written {
  readonly value: unknown;
  readonly #document: SourceDocument;
  readonly #spot: Spot;
  readonly #showsAliases: boolean;

  constructor(document: SourceDocument, value: unknown, spot: Spot, showsAliases: boolean) {
    this.#document = document;
    this.#showsAliases = showsAliases;
    this.value = value;
    this.#spot = spot;
  }

  get place(): Place {
    const { key, value, via } = this.#spot;
    return this.#document.source.placeOf(via ?? (isEmpty(value) ? (key ?? value) : value));
  }

  get keyPlace(): Place {
    const { key, value, via } = this.#spot;
    return this.#document.source.placeOf(via ?? key ?? value);
  }

  get text(): string {
    const [start, end] = this.#spot.value;
    return this.#document.source.text.slice(start, end);
  }

  get(key: string): Written | undefined {
    return isMap(this.value) && Object.hasOwn(this.value, key) ? this.#entry(key, this.value[key]) : undefined;
  }

  entries(): [string, Written][] {
    const { value } = this;
    if (!isMap(value)) return [];
    // JavaScript puts keys that look like numbers first. The spots keep the order of the file.
    const keys = this.#document.spots.get(value)?.keys() ?? [];
    return Array.from(keys, (key) => [String(key), this.#entry(key, value[key])]);
  }

  items(): Written[] {
    return Array.isArray(this.value) ? this.value.map((value, index) => this.#entry(index, value)) : [];
  }

  #entry(key: string | number, value: unknown): Entry {
    const spot = this.#document.spots.get(this.value as object)?.get(key) ?? this.#spot;
    const { via: _, ...followed } = spot;
    const via = this.#showsAliases ? (this.#spot.via ?? spot.via) : undefined;
    return new Entry(this.#document, value, via === undefined ? followed : { ...followed, via }, this.#showsAliases);
  }
}

function isEmpty([start, end]: Range): boolean {
  return start === end;
}
