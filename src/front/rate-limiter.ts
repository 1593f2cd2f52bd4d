import type { Clock } from "../clock/clock.ts";
import { type RateLimitStatus, RequestBudget, type RequestBudgetOptions, type RequestRate } from "./request-budget.ts";

/** Why nothing is sent for a while. */
export interface Pause {
  readonly reason: "rate-limit" | "retry-after" | "back-off";
  readonly milliseconds: number;
}

export interface RateLimiterOptions extends RequestBudgetOptions {
  /** In place of one that knows nothing yet. */
  readonly requestBudget?: RequestBudget | undefined;
  readonly clock: Clock;
  /** How many requests may be under way at once: enough to hide their latency, for the pace is Front's anyway. */
  readonly parallelism: number;
  /** Ends every wait at once: what was waiting is told with `false`. */
  readonly signal?: AbortSignal | undefined;
  readonly onPause?: ((wait: Pause) => void) | undefined;
}

/** Lets requests go as the ration has it, a few at a time, in the order in which they asked. */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #requestBudget: RequestBudget;
  #inFlight = 0;
  #pausedUntil = 0;
  /** One waits for room, the others wait in line behind it, so that pairs are not starved by singles. */
  #line: Promise<unknown> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(options: RateLimiterOptions) {
    this.#options = options;
    this.#requestBudget = options.requestBudget ?? new RequestBudget(options);
  }

  /** What was measured so far. */
  get requestRate(): RequestRate | undefined {
    return this.#requestBudget.rate;
  }

  /**
   * Waits until `permits` requests may be sent one after the other without another wait in between.
   * False when the run was interrupted meanwhile.
   */
  acquire(permits: number): Promise<boolean> {
    const turn = this.#line.then(() => this.#untilRoom(permits));
    this.#line = turn.catch(() => undefined);
    return turn;
  }

  /** Every answered or failed request gives its permit back, with what Front said about the budget, if anything. */
  settle(latest: RateLimitStatus | undefined): void {
    this.#inFlight -= 1;
    this.#requestBudget.update(latest, { now: this.#options.clock.monotonic(), inFlight: this.#inFlight });
    this.#wake();
  }

  /** Permits that turned out not to be needed. */
  release(permits: number): void {
    this.#inFlight -= permits;
    this.#wake();
  }

  get paused(): boolean {
    return this.#pausedUntil > this.#options.clock.monotonic();
  }

  /** Nothing is sent to Front for so long. */
  pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#options.clock.monotonic() + milliseconds);
  }

  async #untilRoom(permits: number): Promise<boolean> {
    const { signal } = this.#options;
    for (let delay = this.#delay(permits); delay > 0 && !signal?.aborted; delay = this.#delay(permits)) {
      await this.#sleep(delay);
    }
    if (signal?.aborted) return false;
    this.#inFlight += permits;
    return true;
  }

  async #sleep(delay: number): Promise<void> {
    const { clock, signal, onPause } = this.#options;
    const settled = new AbortController();
    this.#wake = () => settled.abort();
    if (delay >= 1000 && Number.isFinite(delay)) {
      const reason = this.paused ? "retry-after" : "rate-limit";
      onPause?.({ reason, milliseconds: delay });
    }
    const early = signal === undefined ? settled.signal : AbortSignal.any([settled.signal, signal]);
    await clock.sleep(Math.min(delay, 60_000), early);
  }

  #delay(permits: number): number {
    const now = this.#options.clock.monotonic();
    if (this.#pausedUntil > now) return this.#pausedUntil - now;
    if (this.#inFlight > 0 && this.#inFlight + permits > this.#options.parallelism) return Number.POSITIVE_INFINITY;
    return this.#requestBudget.delay(permits, { now, inFlight: this.#inFlight });
  }
}
