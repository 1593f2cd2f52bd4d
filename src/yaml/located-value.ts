import type { SourceLocation } from "../model/diagnostic.ts";
import { isJsonObject as isMap, type JsonObject as PlainMap } from "../model/json-object.ts";
import type { Range, Source } from "./source-text.ts";

export { isMap, type PlainMap };

/** The ranges of an entry of a map or a sequence. */
export interface LocatedRange {
  /** Undefined in a sequence. */
  readonly key?: Range;
  readonly value: Range;
  /** The range of the alias that the entry came through. */
  readonly via?: Range;
}

/** The ranges of the entries of one map or sequence. They are stored as four numbers per entry, to save memory. */
export class Ranges {
  /** Keys of a map in order. An object would reorder keys that look like numbers. */
  readonly names: string[] = [];
  readonly #offsets: number[] = [];
  #vias: Map<number, Range> | undefined;

  get size(): number {
    return this.#offsets.length / 4;
  }

  add({ key, value, via }: LocatedRange, name?: string): void {
    if (via !== undefined) this.#vias = (this.#vias ?? new Map()).set(this.size, via);
    if (name !== undefined) this.names.push(name);
    const [start, end] = key ?? value;
    this.#offsets.push(start, end, value[0], value[1]);
  }

  at(index: number): LocatedRange {
    const range = { key: this.#range(index * 4), value: this.#range(index * 4 + 2) };
    const via = this.#vias?.get(index);
    return via === undefined ? range : { ...range, via };
  }

  find(name: string): LocatedRange {
    return this.at(this.names.indexOf(name));
  }

  #range(from: number): Range {
    return [this.#offsets[from] ?? 0, this.#offsets[from + 1] ?? 0];
  }
}

/** One YAML document: plain values and their ranges. Maps have only own properties, including `__proto__`. */
export interface SourceDocument {
  readonly source: Source;
  readonly value: unknown;
  readonly range: Range;
  /** Ranges by map or sequence; two aliases of one anchor share the object. */
  readonly ranges: ReadonlyMap<object, Ranges>;
}

/** A value with its location. */
export interface LocatedValue {
  readonly value: unknown;
  /** The location of the value; of its key if the value is empty; of the alias if it came through one. */
  readonly location: SourceLocation;
  readonly keyLocation: SourceLocation;
  /** The source text, including quotes. */
  readonly text: string;
  get(key: string): LocatedValue | undefined;
  /** The entries of a map; empty for other values. */
  entries(): [key: string, value: LocatedValue][];
  /** The items of a sequence; empty for other values. */
  items(): LocatedValue[];
}

/**
 * Returns the value of a document. With `aliases: "followed"`, locations are those of anchored values instead of their
 * aliases.
 */
export function locatedValueOf(
  document: SourceDocument,
  { aliases = "shown" }: { aliases?: "shown" | "followed" } = {},
): LocatedValue {
  return new Entry(document, document.value, { value: document.range }, aliases === "shown");
}

class Entry implements LocatedValue {
  readonly value: unknown;
  readonly #document: SourceDocument;
  readonly #range: LocatedRange;
  readonly #showsAliases: boolean;

  constructor(document: SourceDocument, value: unknown, range: LocatedRange, showsAliases: boolean) {
    this.#document = document;
    this.#showsAliases = showsAliases;
    this.value = value;
    this.#range = range;
  }

  get location(): SourceLocation {
    const { key, value } = this.#range;
    return this.#locationOf(isEmpty(value) ? (key ?? value) : value);
  }

  get keyLocation(): SourceLocation {
    const { key, value } = this.#range;
    return this.#locationOf(key ?? value);
  }

  #locationOf(range: Range): SourceLocation {
    const { via } = this.#range;
    return this.#document.source.locationOf(this.#showsAliases && via !== undefined ? via : range);
  }

  get text(): string {
    const [start, end] = this.#range.value;
    return this.#document.source.text.slice(start, end);
  }

  get(key: string): LocatedValue | undefined {
    const { value } = this;
    if (!isMap(value) || !Object.hasOwn(value, key)) return undefined;
    return this.#entry(value[key], this.#ranges(value)?.find(key));
  }

  entries(): [string, LocatedValue][] {
    const { value } = this;
    if (!isMap(value)) return [];
    const ranges = this.#ranges(value);
    return (ranges?.names ?? []).map((name, index) => [name, this.#entry(value[name], ranges?.at(index))]);
  }

  items(): LocatedValue[] {
    const { value } = this;
    if (!Array.isArray(value)) return [];
    return value.map((item, index) => this.#entry(item, this.#ranges(value)?.at(index)));
  }

  #ranges(container: object): Ranges | undefined {
    return this.#document.ranges.get(container);
  }

  #entry(value: unknown, range: LocatedRange = this.#range): Entry {
    const via = this.#range.via ?? range.via;
    const shown = via === undefined || !this.#showsAliases ? range : { ...range, via };
    return new Entry(this.#document, value, shown, this.#showsAliases);
  }
}

function isEmpty([start, end]: Range): boolean {
  return start === end;
}
