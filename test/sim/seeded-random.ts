/**
 * A seeded random number generator (mulberry32). The same seed and concern yield the same numbers. Each concern has its
 * own generator, so the numbers that are drawn for one concern do not affect the others.
 */
export class SeededRandom {
  #state: number;

  constructor(seed: number, concern: string) {
    let hash = 2166136261;
    for (const letter of `${concern} ${seed}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619);
    this.#state = hash;
    this.next();
  }

  /** Returns a number in [0, 1). */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };

  chance(likelihood: number): boolean {
    return this.next() < likelihood;
  }

  /** Returns a whole number from `minimum` to `maximum`, inclusive. */
  between(minimum: number, maximum: number): number {
    return minimum + Math.floor(this.next() * (maximum - minimum + 1));
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.next() * choices.length)];
    if (choice === undefined) throw new Error("there are no choices");
    return choice;
  }

  /** Returns a random selection that contains each choice with this likelihood. */
  some<T>(choices: readonly T[], likelihood = 0.5): T[] {
    return choices.filter(() => this.chance(likelihood));
  }
}
