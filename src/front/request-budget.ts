import type { RequestRate } from "./api.ts";
import { DEFAULT_WINDOW, MAX_WINDOW } from "./constants.ts";
import type { RateLimitStatus } from "./rate-limit-headers.ts";

export interface RequestBudgetOptions {
  /** Share (0 to 1) of the rate limit that is left to the company's other integrations. */
  readonly reserve: number;
  /** True to use the burst pool as well. */
  readonly burst?: boolean | undefined;
}

/** The current time on the monotonic clock, in milliseconds, and the number of requests in flight. */
interface Now {
  readonly now: number;
  readonly inFlight: number;
}

/**
 * Milliseconds: windows whose ends differ by less are the same, because Front may compute the end for each response.
 */
const SAME_WINDOW = 500;
/** Part of the free requests that may be sent without spreading them, and a minimum so that short runs do not wait. */
const INITIAL = { share: 0.5, minimum: 10 };
/** Share of the window over which the other requests are spread, so that they are sent before its end. */
const SPREAD = 0.85;
/** Share of the window after which one request is sent to measure the use of others again. */
const REMEASURE = 0.2;
/** Share of the window for which the use of others is measured before it counts. */
const MEASURED = 0.1;
/** Milliseconds: a larger difference is a jump of one of the clocks, and not the whole seconds of the `date` header. */
const CLOCK_JUMP = 2000;

/**
 * Computes from the headers of Front's responses how many requests this run may send, and when. The reserve stays free
 * whatever others use, and their measured use is left to them in addition. The length of a window is measured, not
 * assumed. All times are milliseconds on a monotonic clock.
 */
export class RequestBudget {
  readonly #options: RequestBudgetOptions;
  /** 0 before the first response. */
  #limit = 0;
  /** The rate limit in the current window; undefined before its first response. */
  #status: RateLimitStatus | undefined;
  #endsAt = 0;
  /**
   * The times of the first and the latest response in this window, the requests left at the first one, and the number
   * of own responses since.
   */
  #measured = { since: 0, latest: 0, remaining: 0, own: 0 };
  /** Requests of others per millisecond, as measured so far. */
  #others: number | undefined;
  /** The same at the start of this window. */
  #othersBefore: number | undefined;
  /**
   * Front's clock minus the local one. The `date` header is up to a second late, so the largest difference seen is the
   * best one.
   */
  #clockOffset = Number.NEGATIVE_INFINITY;
  #windowLength: number | undefined;

  constructor(options: RequestBudgetOptions) {
    this.#options = options;
  }

  /**
   * Takes the rate limit of a response. Responses overtake each other, so the lowest count of a window is the latest.
   * A response without a rate limit, or from an earlier window, counts as one request.
   */
  update(status: RateLimitStatus | undefined, at: Now): void {
    if (status !== undefined) this.#setClock(status, at.now);
    const before = this.#status;
    const order = status === undefined || before === undefined ? 0 : compareEnds(status, before);
    if (status === undefined || order < 0) this.#countRequest();
    else if (before === undefined || order > 0) this.#startWindow(status, at.now);
    else this.#continueWindow(status, before, at);
  }

  /** Returns the milliseconds until `permits` requests may be sent; infinity if that depends on a response. */
  delay(permits: number, { now, inFlight }: Now): number {
    if (this.#status !== undefined && this.#endsAt <= now) this.#status = undefined;
    // In a new window, a single request reads how many are left.
    if (this.#status === undefined) return inFlight === 0 ? 0 : Number.POSITIVE_INFINITY;
    const free = this.#free() - inFlight;
    if (free < permits) return Math.min(this.#endsAt, this.#nextMeasurement(permits + inFlight)) - now;
    const sent = this.#measured.own + inFlight;
    return Math.max(0, this.#earliest(sent + permits, free + sent) - now);
  }

  /** The rate at which this run may send requests; undefined before the first response with a rate limit. */
  get rate(): RequestRate | undefined {
    if (this.#limit === 0) return undefined;
    const window = this.#windowLength ?? DEFAULT_WINDOW;
    const available = this.#limit * (1 - this.#options.reserve) - (this.#others ?? 0) * window;
    return { perMinute: Math.max(1, Math.floor((available * 60_000) / window)) };
  }

  #countRequest(): void {
    if (this.#status === undefined) return;
    this.#status = { ...this.#status, remaining: this.#status.remaining - 1 };
    this.#measured.own += 1;
  }

  #continueWindow(status: RateLimitStatus, before: RateLimitStatus, { now, inFlight }: Now): void {
    this.#status = { ...status, remaining: Math.min(before.remaining, status.remaining) };
    this.#endsAt = Math.min(this.#endsAt, this.#endOf(status, now));
    this.#measured.own += 1;
    this.#measured.latest = now;
    this.#others = this.#useOfOthers(now, inFlight);
  }

  #startWindow(status: RateLimitStatus, now: number): void {
    const isFirst = this.#limit === 0;
    this.#status = status;
    this.#limit = status.limit;
    this.#endsAt = this.#endOf(status, now);
    this.#measured = { since: now, latest: now, remaining: status.remaining, own: 0 };
    this.#othersBefore = this.#others;
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

  /** Returns the requests left, without the reserve and without those that others will need in this window. */
  #free(): number {
    return Math.round(this.#spendable() - (this.#others ?? 0) * (this.#endsAt - this.#measured.latest));
  }

  #spendable(): number {
    if (this.#status === undefined) return 0;
    const { remaining, burst, limit } = this.#status;
    return remaining + (this.#options.burst ? burst : 0) - Math.ceil(limit * this.#options.reserve);
  }

  /**
   * Returns when to send one request although the budget is used up: the need of others is an estimate, and a response
   * corrects it.
   */
  #nextMeasurement(permits: number): number {
    if (this.#spendable() < permits) return Number.POSITIVE_INFINITY;
    return this.#measured.latest + (this.#endsAt - this.#measured.since) * REMEASURE;
  }

  /** Returns when the nth request of a window may be sent, of `total` requests in it. */
  #earliest(nth: number, total: number): number {
    const initial = Math.max(total * INITIAL.share, INITIAL.minimum);
    if (nth <= initial) return 0;
    const { since } = this.#measured;
    return since + ((nth - initial) / (total - initial)) * (this.#endsAt - since) * SPREAD;
  }

  /**
   * Returns the requests of others per millisecond: the decrease of the count that own requests do not explain.
   * Requests in flight may be part of the count already.
   */
  #useOfOthers(now: number, inFlight: number): number | undefined {
    const { since, remaining, own } = this.#measured;
    const elapsed = now - since;
    const window = this.#endsAt - since;
    if (this.#status === undefined || elapsed < window * MEASURED) return this.#others;
    const used = Math.max(0, remaining - this.#status.remaining - own - inFlight);
    if (this.#othersBefore === undefined) return used / elapsed;
    // The last window's rate has the weight of half a window, so that a short lull does not count too much.
    return (used + (this.#othersBefore * window) / 2) / (elapsed + window / 2);
  }
}

/** Returns a negative number if the first window ends before the second, and 0 if they are the same. */
function compareEnds(one: RateLimitStatus, other: RateLimitStatus): number {
  const difference = (one.endsAt ?? 0) - (other.endsAt ?? 0);
  return Math.abs(difference) < SAME_WINDOW ? 0 : difference;
}
