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

export function writtenOf(document: SourceDocument): Written {
  return new Entry(document, document.value, { value: document.range });
}

class Entry implements Written {
  readonly value: unknown;
  readonly #document: SourceDocument;
  readonly #spot: Spot;

  constructor(document: SourceDocument, value: unknown, spot: Spot) {
    this.#document = document;
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
    if (!isMap(this.value)) return [];
    return Object.entries(this.value).map(([key, value]) => [key, this.#entry(key, value)]);
  }

  items(): Written[] {
    return Array.isArray(this.value) ? this.value.map((value, index) => this.#entry(index, value)) : [];
  }

  #entry(key: string | number, value: unknown): Entry {
    const spot = this.#document.spots.get(this.value as object)?.get(key) ?? this.#spot;
    const via = this.#spot.via ?? spot.via;
    return new Entry(this.#document, value, via === undefined ? spot : { ...spot, via });
  }
}

export function isEmpty([start, end]: Range): boolean {
  return start === end;
}
