import type { SourceLocation } from "../model/diagnostic.ts";
import { isJsonObject } from "../model/json-object.ts";
import type { Range, Source } from "./source-text.ts";

export interface LocatedRange {
  /** In a sequence, omitted or equal to `value`. */
  readonly key?: Range;
  readonly value: Range;
  /** The range of the alias, if the value comes from an alias. */
  readonly aliasRange?: Range;
}

/** The ranges of the entries of one map or sequence. Stored as four numbers per entry, to save memory. */
export class Ranges {
  /**
   * The keys of a map in source order. The value does not preserve this order, because objects reorder keys that look
   * like numbers.
   */
  readonly names: string[] = [];
  readonly #offsets: number[] = [];
  #aliasRanges: Map<number, Range> | undefined;

  get size(): number {
    return this.#offsets.length / 4;
  }

  /** Adds the next entry. `name` is the key; undefined in a sequence. */
  add({ key, value, aliasRange }: LocatedRange, name?: string): void {
    if (aliasRange !== undefined) this.#aliasRanges = (this.#aliasRanges ?? new Map()).set(this.size, aliasRange);
    if (name !== undefined) this.names.push(name);
    const [start, end] = key ?? value;
    this.#offsets.push(start, end, value[0], value[1]);
  }

  at(index: number): LocatedRange {
    const range = { key: this.#range(index * 4), value: this.#range(index * 4 + 2) };
    const aliasRange = this.#aliasRanges?.get(index);
    return aliasRange === undefined ? range : { ...range, aliasRange };
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

export interface LocatedValue {
  readonly value: unknown;
  /** For an empty value, the location of its key; for an aliased value, by default, the location of the alias. */
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
 * Returns the value of a document. With `aliasLocation: "anchor"`, an aliased value has the location of the anchored
 * value, not of the alias.
 */
export function locatedValueOf(
  document: SourceDocument,
  { aliasLocation = "alias" }: { aliasLocation?: "alias" | "anchor" } = {},
): LocatedValue {
  return new LocatedNode(document, document.value, { value: document.range }, aliasLocation === "alias");
}

class LocatedNode implements LocatedValue {
  readonly value: unknown;
  readonly #document: SourceDocument;
  readonly #range: LocatedRange;
  readonly #usesAliasRanges: boolean;

  constructor(document: SourceDocument, value: unknown, range: LocatedRange, usesAliasRanges: boolean) {
    this.#document = document;
    this.#usesAliasRanges = usesAliasRanges;
    this.value = value;
    this.#range = range;
  }

  get location(): SourceLocation {
    const { key, value } = this.#range;
    const isEmpty = value[0] === value[1];
    return this.#locationOf(isEmpty ? (key ?? value) : value);
  }

  get keyLocation(): SourceLocation {
    const { key, value } = this.#range;
    return this.#locationOf(key ?? value);
  }

  #locationOf(range: Range): SourceLocation {
    const { aliasRange } = this.#range;
    return this.#document.source.locationOf(this.#usesAliasRanges && aliasRange !== undefined ? aliasRange : range);
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

  #entry(value: unknown, range: LocatedRange = this.#range): LocatedNode {
    const aliasRange = this.#range.aliasRange ?? range.aliasRange;
    const located = aliasRange === undefined || !this.#usesAliasRanges ? range : { ...range, aliasRange };
    return new LocatedNode(this.#document, value, located, this.#usesAliasRanges);
  }
}
