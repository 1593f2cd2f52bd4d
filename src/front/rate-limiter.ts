import type { Clock } from "../clock/clock.ts";
import type { RequestRate } from "./api.ts";
import { MIN_REPORTED_PAUSE } from "./constants.ts";
import type { RateLimitStatus } from "./rate-limit-headers.ts";
import { RequestBudget, type RequestBudgetOptions } from "./request-budget.ts";

export interface Pause {
  readonly reason: "rate-limit" | "retry-after" | "backoff";
  readonly milliseconds: number;
}

export interface RateLimiterOptions extends RequestBudgetOptions {
  /** The budget that the clients of one run share (default: a new one). */
  readonly requestBudget?: RequestBudget | undefined;
  readonly clock: Clock;
  /** Maximum number of requests in flight. */
  readonly parallelism: number;
  /** Interrupts the run: pauses end, and `acquire` returns false. */
  readonly signal?: AbortSignal | undefined;
  readonly onPause?: ((pause: Pause) => void) | undefined;
}

/** Milliseconds after which a waiting request checks the budget again. */
const MAX_SLEEP = 60_000;

/** Grants permits in the order of the calls to `acquire`, as fast as the request budget and `parallelism` allow. */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #requestBudget: RequestBudget;
  #inFlight = 0;
  #pausedUntil = 0;
  /** True from the start of a pause until a response shows that Front accepts requests again. */
  #sendsOneAtATime = false;
  /**
   * Only the first caller in the queue waits for permits, so that a call for one permit does not overtake a call for
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
   * Waits until `permits` requests may be sent one after the other without a pause. Returns false if the run is
   * interrupted.
   */
  acquire(permits: number): Promise<boolean> {
    const turn = this.#queue.then(() => this.#waitForPermits(permits));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Releases the permit of a finished request, and records the rate limit in its response, if any. */
  finishRequest(status: RateLimitStatus | undefined): void {
    this.#inFlight -= 1;
    this.#requestBudget.update(status, { now: this.#options.clock.monotonic(), inFlight: this.#inFlight });
    this.#wake();
  }

  release(permits: number): void {
    this.#inFlight -= permits;
    this.#wake();
  }

  /** True during a pause that `pause` started. */
  get isPaused(): boolean {
    return this.#pausedUntil > this.#options.clock.monotonic();
  }

  /**
   * Grants no permits for this time. After the pause, permits only one request at a time until `resume` is called,
   * because Front may still reject requests.
   */
  pause(milliseconds: number): void {
    this.#sendsOneAtATime = true;
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#options.clock.monotonic() + milliseconds);
  }

  resume(): void {
    if (!this.#sendsOneAtATime) return;
    this.#sendsOneAtATime = false;
    this.#wake();
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
    const finished = new AbortController();
    // Without a reason, Node.js would create an error for each pause.
    this.#wake = () => finished.abort("finished");
    if (delay >= MIN_REPORTED_PAUSE && Number.isFinite(delay)) {
      onPause?.({ reason: this.isPaused ? "retry-after" : "rate-limit", milliseconds: delay });
    }
    const wake = signal === undefined ? finished.signal : AbortSignal.any([finished.signal, signal]);
    await clock.sleep(Math.min(delay, MAX_SLEEP), wake);
    this.#wake = () => {};
  }

  /** Returns the milliseconds until the permits can be granted; Infinity if that depends on a request in flight. */
  #delay(permits: number): number {
    const now = this.#options.clock.monotonic();
    if (this.#pausedUntil > now) return this.#pausedUntil - now;
    const parallelism = this.#sendsOneAtATime ? 1 : this.#options.parallelism;
    if (this.#inFlight > 0 && this.#inFlight + permits > parallelism) return Number.POSITIVE_INFINITY;
    return this.#requestBudget.delay(permits, { now, inFlight: this.#inFlight });
  }
}
