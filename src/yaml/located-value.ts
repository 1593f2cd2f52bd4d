import type { SourceLocation } from "../model/diagnostic.ts";
import { isJsonObject } from "../model/json-object.ts";
import type { Range, Source } from "./source-text.ts";

/** The ranges of an entry of a map or a sequence. */
export interface LocatedRange {
  /** Undefined in a sequence. */
  readonly key?: Range;
  readonly value: Range;
  /** The range of the alias, if the value was inserted by one. */
  readonly via?: Range;
}

/** The ranges of the entries of one map or sequence. They are stored as four numbers per entry, to save memory. */
export class Ranges {
  /** The keys of a map in order, because the value is an object, which reorders keys that look like numbers. */
  readonly names: string[] = [];
  readonly #offsets: number[] = [];
  #aliasRanges: Map<number, Range> | undefined;

  get size(): number {
    return this.#offsets.length / 4;
  }

  /** Adds the next entry. `name`: its key; undefined in a sequence. */
  add({ key, value, via }: LocatedRange, name?: string): void {
    if (via !== undefined) this.#aliasRanges = (this.#aliasRanges ?? new Map()).set(this.size, via);
    if (name !== undefined) this.names.push(name);
    const [start, end] = key ?? value;
    this.#offsets.push(start, end, value[0], value[1]);
  }

  at(index: number): LocatedRange {
    const range = { key: this.#range(index * 4), value: this.#range(index * 4 + 2) };
    const via = this.#aliasRanges?.get(index);
    return via === undefined ? range : { ...range, via };
  }

  find(name: string): LocatedRange {
    return this.at(this.names.indexOf(name));
  }

  #range(from: number): Range {
    return [this.#offsets[from] ?? 0, this.#offsets[from + 1] ?? 0];
  }
}

/** A YAML document: plain values and their ranges. All keys of maps are own properties, including `__proto__`. */
export interface SourceDocument {
  readonly source: Source;
  readonly value: unknown;
  readonly range: Range;
  /** The ranges of each map and sequence. Aliases of the same anchor share one object. */
  readonly ranges: ReadonlyMap<object, Ranges>;
}

/** A value with its location. */
export interface LocatedValue {
  readonly value: unknown;
  /** The location of the value. An empty value has the location of its key, and an aliased value that of the alias. */
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
 * Returns the value of a document. With `aliases: "followed"`, an aliased value has the location of the anchored value
 * instead of that of the alias.
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
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    return this.#entry(value[key], this.#ranges(value)?.find(key));
  }

  entries(): [string, LocatedValue][] {
    const { value } = this;
    if (!isJsonObject(value)) return [];
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
