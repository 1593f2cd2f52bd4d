import type { SourceLocation } from "../model/diagnostic.ts";
import type { LocatedRange, Ranges } from "./ranges.ts";
import type { Range, Source } from "./source-text.ts";

/** One YAML document: plain values, and where each was written. Its maps have own properties only, `__proto__` among them. */
export interface SourceDocument {
  readonly source: Source;
  readonly value: unknown;
  readonly range: Range;
  /** By the identity of the containing map or sequence, which two aliases of one anchor share. */
  readonly spots: ReadonlyMap<object, Ranges>;
}

/** A value that knows where it is written. */
export interface LocatedValue {
  readonly value: unknown;
  /** Of the value; of its key if the value is nothing; of the alias if it came through one. */
  readonly location: SourceLocation;
  readonly keyPlace: SourceLocation;
  /** Exactly as it stands in the file, quotes and all. */
  readonly text: string;
  get(key: string): LocatedValue | undefined;
  /** Of a map, by key. Empty for all else. */
  entries(): [key: string, value: LocatedValue][];
  /** Of a sequence. Empty for all else. */
  items(): LocatedValue[];
}

export type PlainMap = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is PlainMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `aliases: "followed"` gives the places of what aliases stand for, in place of the aliases' own. */
export function locatedValueOf(
  document: SourceDocument,
  { aliases = "shown" }: { aliases?: "shown" | "followed" } = {},
): LocatedValue {
  return new Entry(document, document.value, { value: document.range }, aliases === "shown");
}

class Entry implements LocatedValue {
  readonly value: unknown;
  readonly #document: SourceDocument;
  readonly #spot: LocatedRange;
  readonly #showsAliases: boolean;

  constructor(document: SourceDocument, value: unknown, spot: LocatedRange, showsAliases: boolean) {
    this.#document = document;
    this.#showsAliases = showsAliases;
    this.value = value;
    this.#spot = spot;
  }

  get location(): SourceLocation {
    const { key, value } = this.#spot;
    return this.#placeOf(isEmpty(value) ? (key ?? value) : value);
  }

  get keyPlace(): SourceLocation {
    const { key, value } = this.#spot;
    return this.#placeOf(key ?? value);
  }

  #placeOf(range: Range): SourceLocation {
    const { via } = this.#spot;
    return this.#document.source.placeOf(this.#showsAliases && via !== undefined ? via : range);
  }

  get text(): string {
    const [start, end] = this.#spot.value;
    return this.#document.source.text.slice(start, end);
  }

  get(key: string): LocatedValue | undefined {
    const { value } = this;
    if (!isMap(value) || !Object.hasOwn(value, key)) return undefined;
    return this.#entry(value[key], this.#spots(value)?.find(key));
  }

  entries(): [string, LocatedValue][] {
    const { value } = this;
    if (!isMap(value)) return [];
    const spots = this.#spots(value);
    return (spots?.names ?? []).map((name, index) => [name, this.#entry(value[name], spots?.at(index))]);
  }

  items(): LocatedValue[] {
    const { value } = this;
    if (!Array.isArray(value)) return [];
    return value.map((item, index) => this.#entry(item, this.#spots(value)?.at(index)));
  }

  #spots(container: object): Ranges | undefined {
    return this.#document.spots.get(container);
  }

  #entry(value: unknown, spot: LocatedRange = this.#spot): Entry {
    const via = this.#spot.via ?? spot.via;
    const shown = via === undefined || !this.#showsAliases ? spot : { ...spot, via };
    return new Entry(this.#document, value, shown, this.#showsAliases);
  }
}

function isEmpty([start, end]: Range): boolean {
  return start === end;
}
