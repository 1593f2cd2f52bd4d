import type { Clock } from "../clock/clock.ts";
import type { RequestRate } from "./api.ts";
import { ANNOUNCED_PAUSE } from "./constants.ts";
import type { RateLimitStatus } from "./rate-limit-headers.ts";
import { RequestBudget, type RequestBudgetOptions } from "./request-budget.ts";

/** A pause in sending. */
export interface Pause {
  readonly reason: "rate-limit" | "retry-after" | "back-off";
  readonly milliseconds: number;
}

export interface RateLimiterOptions extends RequestBudgetOptions {
  /** Shared by the clients of one run. By default a new one. */
  readonly requestBudget?: RequestBudget | undefined;
  readonly clock: Clock;
  /** Maximum number of requests in flight. */
  readonly parallelism: number;
  /** Ends every pause: `acquire` then returns false. */
  readonly signal?: AbortSignal | undefined;
  readonly onPause?: ((pause: Pause) => void) | undefined;
}

/** Milliseconds after which a waiting request checks the budget again. */
const MAX_SLEEP = 60_000;

/** Hands out permits to send requests, in the order of the calls, as fast as the request budget allows. */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #requestBudget: RequestBudget;
  #inFlight = 0;
  #pausedUntil = 0;
  /**
   * The queue of callers. Only the first waits for permits, so that requests for one permit do not starve those for
   * two.
   */
  #queue: Promise<unknown> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(options: RateLimiterOptions) {
    this.#options = options;
    this.#requestBudget = options.requestBudget ?? new RequestBudget(options);
  }

  get requestRate(): RequestRate | undefined {
    return this.#requestBudget.rate;
  }

  /**
   * Waits until `permits` requests may be sent one after the other without a pause. Returns false if the run was
   * interrupted.
   */
  acquire(permits: number): Promise<boolean> {
    const turn = this.#queue.then(() => this.#waitForPermits(permits));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Returns the permit of a request that has ended, with the rate limit in its response, if any. */
  settle(status: RateLimitStatus | undefined): void {
    this.#inFlight -= 1;
    this.#requestBudget.update(status, { now: this.#options.clock.monotonic(), inFlight: this.#inFlight });
    this.#wake();
  }

  /** Returns permits that were not used. */
  release(permits: number): void {
    this.#inFlight -= permits;
    this.#wake();
  }

  get paused(): boolean {
    return this.#pausedUntil > this.#options.clock.monotonic();
  }

  /** Hands out no permits for this many milliseconds. */
  pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#options.clock.monotonic() + milliseconds);
  }

  async #waitForPermits(permits: number): Promise<boolean> {
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
    if (delay >= ANNOUNCED_PAUSE && Number.isFinite(delay)) {
      onPause?.({ reason: this.paused ? "retry-after" : "rate-limit", milliseconds: delay });
    }
    const wake = signal === undefined ? settled.signal : AbortSignal.any([settled.signal, signal]);
    await clock.sleep(Math.min(delay, MAX_SLEEP), wake);
  }

  /** Returns the milliseconds until the permits are free; infinity if that depends on a request in flight. */
  #delay(permits: number): number {
    const now = this.#options.clock.monotonic();
    if (this.#pausedUntil > now) return this.#pausedUntil - now;
    if (this.#inFlight > 0 && this.#inFlight + permits > this.#options.parallelism) return Number.POSITIVE_INFINITY;
    return this.#requestBudget.delay(permits, { now, inFlight: this.#inFlight });
  }
}
