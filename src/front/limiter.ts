import type { Clock } from "../ports.ts";

/** What Front says about the budget in the headers of an answer. */
export interface Budget {
  /** Requests a window. */
  readonly limit: number;
  readonly remaining: number;
  /** When the window ends, on Front's clock: what tells windows apart. The same for all when Front does not say. */
  readonly window: number;
  /** When the window ends, on our monotonic clock. */
  readonly resetAt: number;
}

/** Why nothing is sent for a while. */
export interface Wait {
  readonly reason: "budget" | "asked-to-wait" | "back-off";
  readonly milliseconds: number;
}

export interface LimiterOptions {
  readonly clock: Clock;
  /** The share (0 to 1) of the limit that is never spent, for the company's other integrations. */
  readonly reserve: number;
  /** How many requests may be under way at once: enough to hide their latency, for the pace is Front's anyway. */
  readonly parallelism: number;
  /** Ends every wait at once: what was waiting is told with `false`. */
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((wait: Wait) => void) | undefined;
}

/**
 * Paces requests by Front's own counting. Until the first answer of a window one request at a time is let through,
 * because nothing is known about its budget; after that the budget is what the headers say, less what is in flight.
 */
export class Limiter {
  readonly #options: LimiterOptions;
  #budget: Budget | undefined;
  #inFlight = 0;
  #pausedUntil = 0;
  /** One waits for room, the others wait in line behind it, so that pairs are not starved by singles. */
  #line: Promise<unknown> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(options: LimiterOptions) {
    this.#options = options;
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
  settle(latest: Budget | undefined): void {
    this.#inFlight -= 1;
    this.#budget = known(this.#budget, latest);
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
    const { clock, signal, onWait } = this.#options;
    const settled = new AbortController();
    this.#wake = () => settled.abort();
    if (delay >= 1000 && Number.isFinite(delay)) {
      const reason = this.paused ? "asked-to-wait" : "budget";
      onWait?.({ reason, milliseconds: delay });
    }
    const early = signal === undefined ? settled.signal : AbortSignal.any([settled.signal, signal]);
    await clock.sleep(Math.min(delay, 60_000), early);
  }

  #delay(permits: number): number {
    const now = this.#options.clock.monotonic();
    if (this.#pausedUntil > now) return this.#pausedUntil - now;
    if (this.#inFlight > 0 && this.#inFlight + permits > this.#options.parallelism) return Number.POSITIVE_INFINITY;
    if (this.#budget !== undefined && this.#budget.resetAt <= now) this.#budget = undefined;
    if (this.#budget === undefined) return this.#inFlight === 0 ? 0 : Number.POSITIVE_INFINITY;
    const { limit, remaining, resetAt } = this.#budget;
    const free = remaining - this.#inFlight - Math.ceil(limit * this.#options.reserve);
    return free >= permits ? 0 : resetAt - now;
  }
}

/** Two ends nearer than this are the same, for Front may reckon them anew for each answer. */
const SAME_END = 500;

/**
 * Answers overtake each other, so within one window the lowest count is the latest, and the earliest end the likeliest:
 * both err on the slow side. Without a word, or with one about a window that is over, we count ourselves.
 */
function known(before: Budget | undefined, latest: Budget | undefined): Budget | undefined {
  if (before === undefined) return latest;
  if (latest === undefined || latest.window <= before.window - SAME_END) {
    return { ...before, remaining: before.remaining - 1 };
  }
  if (latest.window >= before.window + SAME_END) return latest;
  const remaining = Math.min(before.remaining, latest.remaining);
  return { ...latest, remaining, resetAt: Math.min(before.resetAt, latest.resetAt) };
}
