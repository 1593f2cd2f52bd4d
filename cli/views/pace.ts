import type { Clock } from "../../src/internal.ts";

/** Time constant of the moving average in milliseconds. */
const DAMPING = 30_000;
/** Milliseconds before a pace is measured, if no limit was reported. */
const MEASURE_DELAY = 5_000;

/** Measures how fast a count grows, as a moving average that starts from a reported limit, so that it does not jump. */
export class Pace {
  readonly #clock: Clock;
  readonly #startedAt: number;
  #seenAt: number;
  #count = 0;
  #perMinute: number | undefined;

  constructor(clock: Clock, announced?: number) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.#seenAt = this.#startedAt;
    this.#perMinute = announced;
  }

  /** The current pace; undefined until it is known. */
  get perMinute(): number | undefined {
    return this.#perMinute;
  }

  /** Records the count so far. `announced` is used if no limit was reported or measured before. */
  update(count: number, announced?: number): void {
    const now = this.#clock.monotonic();
    this.#perMinute ??= announced;
    if (this.#perMinute === undefined) {
      const elapsed = now - this.#startedAt;
      if (elapsed < MEASURE_DELAY || count === 0) return;
      this.#perMinute = (count * 60_000) / elapsed;
    } else if (now > this.#seenAt) {
      const elapsed = now - this.#seenAt;
      const measured = ((count - this.#count) * 60_000) / elapsed;
      this.#perMinute += (1 - Math.exp(-elapsed / DAMPING)) * (measured - this.#perMinute);
    }
    this.#seenAt = now;
    this.#count = count;
  }

  /** Returns the seconds until the count has grown by `left`; undefined if the pace is unknown. */
  secondsFor(left: number): number | undefined {
    return this.#perMinute === undefined || this.#perMinute <= 0 ? undefined : Math.ceil((left * 60) / this.#perMinute);
  }
}
