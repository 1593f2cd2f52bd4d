/**
 * Chance with a memory: the same seed and concern throw the same numbers. Each concern has dice of its own, so that
 * what one of them draws leaves the others as they were.
 */
export class Dice {
  #state: number;

  constructor(seed: number, concern: string) {
    let hash = 2166136261;
    for (const letter of `${concern} ${seed}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619);
    this.#state = hash;
    this.next();
  }

  /** In [0, 1). The mulberry32 generator. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  chance(likelihood: number): boolean {
    return this.next() < likelihood;
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick<T>(choices: readonly T[]): T {
    const picked = choices[Math.floor(this.next() * choices.length)];
    if (picked === undefined) throw new Error("there is nothing to pick from");
    return picked;
  }

  /** Each of them with this likelihood. */
  some<T>(choices: readonly T[], likelihood = 0.5): T[] {
    return choices.filter(() => this.chance(likelihood));
  }
}
