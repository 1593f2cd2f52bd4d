import type { RequestRate } from "./api.ts";
import { DEFAULT_WINDOW, MAX_WINDOW } from "./constants.ts";
import type { RateLimitStatus } from "./rate-limit-headers.ts";

export interface RequestBudgetOptions {
  readonly reserve: number;
  readonly burst?: boolean | undefined;
}

interface Moment {
  readonly now: number;
  readonly inFlight: number;
}

/**
 * Maximum difference in milliseconds between two reported ends of the same window. Front may compute the end for each
 * response.
 */
const SAME_WINDOW = 500;
/**
 * The share of the available requests, but at least `minimum`, that is sent without delay, so that short runs do not
 * wait.
 */
const INITIAL = { share: 0.5, minimum: 10 };
/**
 * Share of the window over which the remaining requests are spread, so that all of them are sent before the window
 * ends.
 */
const SPREAD = 0.85;
/**
 * Share of the window after which one request is sent although the budget is used up, to measure the use of other
 * integrations again.
 */
const REMEASURE = 0.2;
/** Share of the window that must have passed before the measured use of other integrations is taken into account. */
const MIN_MEASURED = 0.1;
/**
 * Minimum difference in milliseconds that indicates that a clock was set. Smaller differences result from the precision
 * of the `date` header.
 */
const CLOCK_JUMP = 2000;

/**
 * Computes from rate limit headers how many requests this run may send, and when. Subtracts the reserve and the
 * measured use of other integrations. Times are milliseconds on a monotonic clock, except in `RateLimitStatus`.
 */
export class RequestBudget {
  readonly #options: RequestBudgetOptions;
  #limit = 0;
  /** The rate limit in the current window; undefined before the first response in the window. */
  #status: RateLimitStatus | undefined;
  #endsAt = 0;
  /**
   * The times of the first and the latest response in this window, the requests that were left at the first response,
   * and the number of responses that this run has received since then.
   */
  #measured = { since: 0, latest: 0, remaining: 0, responses: 0 };
  /** Measured requests of other integrations per millisecond. */
  #othersRate: number | undefined;
  #previousOthersRate: number | undefined;
  /**
   * Front's clock minus the local clock. The `date` header has whole seconds, so the largest measured difference is the
   * most accurate one.
   */
  #clockOffset = Number.NEGATIVE_INFINITY;
  #windowLength: number | undefined;

  constructor(options: RequestBudgetOptions) {
    this.#options = options;
  }

  /**
   * Records the rate limit of a response. Responses may arrive in any order, so the lowest number of remaining requests
   * in a window is used. A response without a rate limit, or from an earlier window, is counted as one request.
   */
  update(status: RateLimitStatus | undefined, moment: Moment): void {
    if (status !== undefined) this.#setClock(status, moment.now);
    const previous = this.#status;
    const order = status === undefined || previous === undefined ? 0 : compareEnds(status, previous);
    if (status === undefined || order < 0) this.#countRequest();
    else if (previous === undefined || order > 0) this.#startWindow(status, moment.now);
    else this.#continueWindow(status, previous, moment);
  }

  /** Returns the milliseconds until `permits` requests may be sent; Infinity if that depends on a response. */
  delay(permits: number, { now, inFlight }: Moment): number {
    if (this.#status !== undefined && this.#endsAt <= now) this.#status = undefined;
    // In a new window, the first response shows how many requests are left.
    if (this.#status === undefined) return inFlight === 0 ? 0 : Number.POSITIVE_INFINITY;
    const free = this.#free() - inFlight;
    if (free < permits) return Math.min(this.#endsAt, this.#nextMeasurement(permits + inFlight)) - now;
    const sent = this.#measured.responses + inFlight;
    return Math.max(0, this.#earliest(sent + permits, free + sent) - now);
  }

  get rate(): RequestRate | undefined {
    if (this.#limit === 0) return undefined;
    const window = this.#windowLength ?? DEFAULT_WINDOW;
    const available = this.#limit * (1 - this.#options.reserve) - (this.#othersRate ?? 0) * window;
    return { perMinute: Math.max(1, Math.floor((available * 60_000) / window)) };
  }

  #countRequest(): void {
    if (this.#status === undefined) return;
    this.#status = { ...this.#status, remaining: this.#status.remaining - 1 };
    this.#measured.responses += 1;
  }

  #continueWindow(status: RateLimitStatus, previous: RateLimitStatus, { now, inFlight }: Moment): void {
    this.#status = { ...status, remaining: Math.min(previous.remaining, status.remaining) };
    this.#endsAt = Math.min(this.#endsAt, this.#endOf(status, now));
    this.#measured.responses += 1;
    this.#measured.latest = now;
    this.#othersRate = this.#measureOthersRate(now, inFlight);
  }

  #startWindow(status: RateLimitStatus, now: number): void {
    const isFirst = this.#limit === 0;
    this.#status = status;
    this.#limit = status.limit;
    this.#endsAt = this.#endOf(status, now);
    this.#measured = { since: now, latest: now, remaining: status.remaining, responses: 0 };
    this.#previousOthersRate = this.#othersRate;
    // The first window may have started long before the first response.
    if (!isFirst && status.endsAt !== undefined) this.#windowLength = Math.max(1, this.#endsAt - now);
  }

  #endOf({ endsAt }: RateLimitStatus, now: number): number {
    if (endsAt === undefined) return this.#endsAt > now ? this.#endsAt : now + DEFAULT_WINDOW;
    const end = Number.isFinite(this.#clockOffset) ? endsAt - this.#clockOffset : now + DEFAULT_WINDOW;
    return Math.min(Math.max(end, now), now + MAX_WINDOW);
  }

  #setClock({ respondedAt }: RateLimitStatus, now: number): void {
    if (respondedAt === undefined) return;
    const offset = respondedAt - now;
    const jumped = Math.abs(offset - this.#clockOffset) > CLOCK_JUMP;
    this.#clockOffset = jumped ? offset : Math.max(this.#clockOffset, offset);
  }

  /**
   * Returns the number of requests left for this run, excluding the reserve and the expected requests of other
   * integrations.
   */
  #free(): number {
    return Math.round(this.#spendable() - (this.#othersRate ?? 0) * (this.#endsAt - this.#measured.latest));
  }

  #spendable(): number {
    if (this.#status === undefined) return 0;
    const { remaining, burstRemaining, limit } = this.#status;
    return remaining + (this.#options.burst ? burstRemaining : 0) - Math.ceil(limit * this.#options.reserve);
  }

  /**
   * Returns when to send one request although the budget is used up, to correct the estimated use by other
   * integrations; Infinity if the reserve does not allow it.
   */
  #nextMeasurement(permits: number): number {
    if (this.#spendable() < permits) return Number.POSITIVE_INFINITY;
    return this.#measured.latest + (this.#endsAt - this.#measured.since) * REMEASURE;
  }

  /** Returns when the nth of `total` requests of a window may be sent. */
  #earliest(nth: number, total: number): number {
    const initial = Math.max(total * INITIAL.share, INITIAL.minimum);
    if (nth <= initial) return 0;
    const { since } = this.#measured;
    return since + ((nth - initial) / (total - initial)) * (this.#endsAt - since) * SPREAD;
  }

  /**
   * Returns the requests of other integrations per millisecond. These are the requests that Front counted and this run
   * did not send. Front may already have counted the requests in flight.
   */
  #measureOthersRate(now: number, inFlight: number): number | undefined {
    const { since, remaining, responses } = this.#measured;
    const elapsed = now - since;
    const window = this.#endsAt - since;
    if (this.#status === undefined || elapsed < window * MIN_MEASURED) return this.#othersRate;
    const used = Math.max(0, remaining - this.#status.remaining - responses - inFlight);
    if (this.#previousOthersRate === undefined) return used / elapsed;
    // The previous rate has the weight of half a window, so that a short lull does not reduce the estimate too much.
    return (used + (this.#previousOthersRate * window) / 2) / (elapsed + window / 2);
  }
}

/** Returns a negative number if the first window ends before the second, and 0 if they are the same. */
function compareEnds(a: RateLimitStatus, b: RateLimitStatus): number {
  const difference = (a.endsAt ?? 0) - (b.endsAt ?? 0);
  return Math.abs(difference) < SAME_WINDOW ? 0 : difference;
}
