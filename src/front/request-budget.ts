/** What Front says about the budget in the headers of an answer. */
export interface RateLimitStatus {
  /** Requests a window. */
  readonly limit: number;
  readonly remaining: number;
  /** What is left of the pool for bursts. */
  readonly burst: number;
  /** When the window ends, on Front's clock, in epoch milliseconds: what tells windows apart. */
  readonly endsAt: number | undefined;
  /** When Front answered, on its own clock, which counts whole seconds. */
  readonly answeredAt: number | undefined;
}

/** What this run may spend, as far as it was seen. */
export interface RequestRate {
  /** Requests a minute, after the reserve and what others were seen to use. */
  readonly perMinute: number;
}

export interface RequestBudgetOptions {
  /** The share (0 to 1) of the limit that is never spent, for the company's other integrations. */
  readonly reserve: number;
  /** Whether the pool for bursts may be spent as well. */
  readonly burst?: boolean | undefined;
}

/** Two ends nearer than this are the same, for Front may reckon them anew for each answer. */
const SAME_END = 500;
/** Front's limits are by the minute (front-api.md 2); only used where its headers do not say when a window ends. */
const USUAL_WINDOW = 60_000;
/** No window is believed to be longer. */
const LONGEST_WINDOW = 600_000;
/** Half of what is free may go at once, and always so many, so that short runs do not wait. */
const AT_ONCE = { share: 0.5, least: 10 };
/** The rest is spread over this share of the window, so that it is spent before its end. */
const SPREAD = 0.85;
/** After so much of a window without a request, one may be risked to see what others do. */
const LOOK_AGAIN = 0.2;
/** Others' use is only believed when it was watched for so much of a window. */
const WATCHED = 0.1;
/** A jump of a clock, ours or Front's, and not the whole seconds of its header. */
const CLOCK_JUMP = 2000;

/**
 * Keeps the account of one company's budget from Front's own words, and says how much of it is ours to spend, and when.
 * The reserve stays free whatever others use, and what they were seen to use is left to them on top of it. Nothing is
 * assumed of the length of a window. All times are of a monotonic clock, in milliseconds.
 */
export class RequestBudget {
  readonly #options: RequestBudgetOptions;
  /** 0 until Front has said anything. */
  #limit = 0;
  /** Undefined until the first word in a window. */
  #budget: RateLimitStatus | undefined;
  #endsAt = 0;
  /** Since the first word of this window: when it came, what was left then, and how many of ours were answered since. */
  #watch = { since: 0, latest: 0, remaining: 0, own: 0 };
  /** Requests of others, a millisecond: by now, and when this window began. */
  #others: number | undefined;
  #othersBefore: number | undefined;
  /** Front's clock less ours, at the least: each answer shows it late by up to a second, so the most is the nearest. */
  #ahead = Number.NEGATIVE_INFINITY;
  #windowLength: number | undefined;

  constructor(options: RequestBudgetOptions) {
    this.#options = options;
  }

  /**
   * Heard with every answer. Answers overtake each other, so within one window the lowest count is the latest. Without a
   * word, or with one about a window that is over, we count ourselves.
   */
  update(
    budget: RateLimitStatus | undefined,
    { now, inFlight }: { readonly now: number; readonly inFlight: number },
  ): void {
    if (budget !== undefined) this.#setClock(budget, now);
    const before = this.#budget;
    const order = budget === undefined || before === undefined ? 0 : compareEnds(budget, before);
    if (budget === undefined || order < 0) this.#countOne();
    else if (before === undefined || order > 0) this.#begin(budget, now);
    else this.#goOn(budget, before, { now, inFlight });
  }

  /** Milliseconds until so many may be sent, if nothing new is heard until then; Infinity: not before it is. */
  delay(permits: number, { now, inFlight }: { readonly now: number; readonly inFlight: number }): number {
    if (this.#budget !== undefined && this.#endsAt <= now) this.#budget = undefined;
    /** Nothing is known of a new window until one request has sounded it. */
    if (this.#budget === undefined) return inFlight === 0 ? 0 : Number.POSITIVE_INFINITY;
    const free = this.#free() - inFlight;
    if (free < permits) return Math.min(this.#endsAt, this.#nextLook(permits + inFlight)) - now;
    const sent = this.#watch.own + inFlight;
    return Math.max(0, this.#whenFree(sent + permits, free + sent) - now);
  }

  /** Undefined until Front has said something of its limits. */
  get rate(): RequestRate | undefined {
    if (this.#limit === 0) return undefined;
    const window = this.#windowLength ?? USUAL_WINDOW;
    const ours = this.#limit * (1 - this.#options.reserve) - (this.#others ?? 0) * window;
    return { perMinute: Math.max(1, Math.floor((ours * 60_000) / window)) };
  }

  #countOne(): void {
    if (this.#budget === undefined) return;
    this.#budget = { ...this.#budget, remaining: this.#budget.remaining - 1 };
    this.#watch.own += 1;
  }

  #goOn(
    budget: RateLimitStatus,
    before: RateLimitStatus,
    { now, inFlight }: { readonly now: number; readonly inFlight: number },
  ): void {
    this.#budget = { ...budget, remaining: Math.min(before.remaining, budget.remaining) };
    this.#endsAt = Math.min(this.#endsAt, this.#endOf(budget, now));
    this.#watch.own += 1;
    this.#watch.latest = now;
    this.#others = this.#othersBy(now, inFlight);
  }

  #begin(budget: RateLimitStatus, now: number): void {
    const isFirst = this.#limit === 0;
    this.#budget = budget;
    this.#limit = budget.limit;
    this.#endsAt = this.#endOf(budget, now);
    this.#watch = { since: now, latest: now, remaining: budget.remaining, own: 0 };
    this.#othersBefore = this.#others;
    /** The first window may have begun long before; those after it begin with us. */
    if (!isFirst && budget.endsAt !== undefined) this.#windowLength = Math.max(1, this.#endsAt - now);
  }

  #endOf({ endsAt }: RateLimitStatus, now: number): number {
    if (endsAt === undefined) return this.#endsAt > now ? this.#endsAt : now + USUAL_WINDOW;
    const end = Number.isFinite(this.#ahead) ? endsAt - this.#ahead : now + USUAL_WINDOW;
    return Math.min(Math.max(end, now), now + LONGEST_WINDOW);
  }

  #setClock({ answeredAt }: RateLimitStatus, now: number): void {
    if (answeredAt === undefined) return;
    const ahead = answeredAt - now;
    const jumped = Math.abs(ahead - this.#ahead) > CLOCK_JUMP;
    this.#ahead = jumped ? ahead : Math.max(this.#ahead, ahead);
  }

  /** What was left when last heard of, less the reserve, and less what others will have wanted when the window ends. */
  #free(): number {
    return Math.round(this.#spendable() - (this.#others ?? 0) * (this.#endsAt - this.#watch.latest));
  }

  #spendable(): number {
    if (this.#budget === undefined) return 0;
    const { remaining, burst, limit } = this.#budget;
    return remaining + (this.#options.burst ? burst : 0) - Math.ceil(limit * this.#options.reserve);
  }

  /** What others will want is a guess: where it alone stands in the way, one request now and then puts it right. */
  #nextLook(permits: number): number {
    if (this.#spendable() < permits) return Number.POSITIVE_INFINITY;
    return this.#watch.latest + (this.#endsAt - this.#watch.since) * LOOK_AGAIN;
  }

  /** When the nth request of a window may go, if there will be `total` in it. */
  #whenFree(nth: number, total: number): number {
    const atOnce = Math.max(total * AT_ONCE.share, AT_ONCE.least);
    if (nth <= atOnce) return 0;
    const { since } = this.#watch;
    return since + ((nth - atOnce) / (total - atOnce)) * (this.#endsAt - since) * SPREAD;
  }

  /** Whatever the count fell by that was not us. Requests on their way may be counted already. */
  #othersBy(now: number, inFlight: number): number | undefined {
    const { since, remaining, own } = this.#watch;
    const watched = now - since;
    const window = this.#endsAt - since;
    if (this.#budget === undefined || watched < window * WATCHED) return this.#others;
    const fell = Math.max(0, remaining - this.#budget.remaining - own - inFlight);
    if (this.#othersBefore === undefined) return fell / watched;
    /** What was seen in the last window counts as half a window of watching, so that a lull does not mislead. */
    return (fell + (this.#othersBefore * window) / 2) / (watched + window / 2);
  }
}

/** Negative when the first window is over before the second, 0 when they are one. */
function compareEnds(one: RateLimitStatus, other: RateLimitStatus): number {
  const difference = (one.endsAt ?? 0) - (other.endsAt ?? 0);
  return Math.abs(difference) < SAME_END ? 0 : difference;
}
