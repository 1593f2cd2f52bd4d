import type { Place } from "../diagnostic.ts";
import type { Range, Source } from "./source.ts";
import type { Spot, Spots } from "./spots.ts";

/** One YAML document: plain values, and where each was written. Its maps have own properties only, `__proto__` among them. */
export interface SourceDocument {
  readonly source: Source;
  readonly value: unknown;
  readonly range: Range;
  /** By the identity of the containing map or sequence, which two aliases of one anchor share. */
  readonly spots: ReadonlyMap<object, Spots>;
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
    const { key, value } = this.#spot;
    return this.#placeOf(isEmpty(value) ? (key ?? value) : value);
  }

  get keyPlace(): Place {
    const { key, value } = this.#spot;
    return this.#placeOf(key ?? value);
  }

  #placeOf(range: Range): Place {
    const { via } = this.#spot;
    return this.#document.source.placeOf(this.#showsAliases && via !== undefined ? via : range);
  }

  get text(): string {
    const [start, end] = this.#spot.value;
    return this.#document.source.text.slice(start, end);
  }

  get(key: string): Written | undefined {
    const { value } = this;
    if (!isMap(value) || !Object.hasOwn(value, key)) return undefined;
    return this.#entry(value[key], this.#spots(value)?.find(key));
  }

  entries(): [string, Written][] {
    const { value } = this;
    if (!isMap(value)) return [];
    const spots = this.#spots(value);
    return (spots?.names ?? []).map((name, index) => [name, this.#entry(value[name], spots?.at(index))]);
  }

  items(): Written[] {
    const { value } = this;
    if (!Array.isArray(value)) return [];
    return value.map((item, index) => this.#entry(item, this.#spots(value)?.at(index)));
  }

  #spots(container: object): Spots | undefined {
    return this.#document.spots.get(container);
  }

  #entry(value: unknown, spot: Spot = this.#spot): Entry {
    const via = this.#spot.via ?? spot.via;
    const shown = via === undefined || !this.#showsAliases ? spot : { ...spot, via };
    return new Entry(this.#document, value, shown, this.#showsAliases);
  }
}

function isEmpty([start, end]: Range): boolean {
  return start === end;
}
