import type { Clock } from "../../src/internal.ts";

/** Time constant of the moving average in milliseconds. */
const TIME_CONSTANT = 30_000;
/** Milliseconds before a pace is measured, if no limit is known. */
const MEASURE_DELAY = 5_000;

/**
 * Measures how fast a count grows, as a moving average. The average starts at the rate limit, if the limit is known.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #startedAt: number;
  #seenAt: number;
  #count = 0;
  #perMinute: number | undefined;

  constructor(clock: Clock, limitPerMinute?: number) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.#seenAt = this.#startedAt;
    this.#perMinute = limitPerMinute;
  }

  get perMinute(): number | undefined {
    return this.#perMinute;
  }

  /** Updates the average with the current count. The limit is used only if the pace is not known yet. */
  update(count: number, limitPerMinute?: number): void {
    const now = this.#clock.monotonic();
    this.#perMinute ??= limitPerMinute;
    if (this.#perMinute === undefined) {
      const elapsed = now - this.#startedAt;
      if (elapsed < MEASURE_DELAY || count === 0) return;
      this.#perMinute = (count * 60_000) / elapsed;
    } else if (now > this.#seenAt) {
      const elapsed = now - this.#seenAt;
      const measured = ((count - this.#count) * 60_000) / elapsed;
      this.#perMinute += (1 - Math.exp(-elapsed / TIME_CONSTANT)) * (measured - this.#perMinute);
    }
    this.#seenAt = now;
    this.#count = count;
  }

  /** Returns undefined if the pace is unknown or not positive. */
  secondsFor(remaining: number): number | undefined {
    return this.#perMinute === undefined || this.#perMinute <= 0
      ? undefined
      : Math.ceil((remaining * 60) / this.#perMinute);
  }
}
