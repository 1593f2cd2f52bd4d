import type { Range } from "./source-text.ts";

/** Where an entry of a map or a sequence is written. */
export interface LocatedRange {
  /** Sequences have none. */
  readonly key?: Range;
  readonly value: Range;
  /** The alias through which the entry came, if it is not written out here. */
  readonly via?: Range;
}

/**
 * Where the entries of one map or sequence are written, in their order. There are as many as words in the files, so they
 * are kept as numbers in a row: four an entry.
 */
export class Ranges {
  /** Of maps. Unlike those of a JavaScript object, they keep their order even if they look like numbers. */
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
    const spot = { key: this.#range(index * 4), value: this.#range(index * 4 + 2) };
    const via = this.#vias?.get(index);
    return via === undefined ? spot : { ...spot, via };
  }

  find(name: string): LocatedRange {
    return this.at(this.names.indexOf(name));
  }

  #range(from: number): Range {
    return [this.#offsets[from] ?? 0, this.#offsets[from + 1] ?? 0];
  }
}
