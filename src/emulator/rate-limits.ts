import type { Behavior } from "./behavior.ts";
import { ErrorResponse } from "./http-messages.ts";

/** Milliseconds in which an empty burst pool refills. */
const BURST_REFILL_MS = 600_000;
/** The limit that headers show if the number of requests is not limited. */
const UNLIMITED = 1_000_000;

/**
 * A limit for certain paths. Requests are counted separately for each string that `path` matches, such as the path of a
 * contact.
 */
export interface Tier {
  readonly tier: number;
  readonly perSecond: number;
  readonly path: RegExp;
}

export interface LimitOptions {
  /** Requests per window (default: 200). Infinity turns every limit off. */
  readonly rate?: number;
  /** Length of the window in milliseconds (default: 60,000). */
  readonly window?: number;
  /** Share (0 to 1) of the limit that other integrations use, spread evenly over each window. */
  readonly othersShare?: number;
  /** The form of `retry-after`. Front sends whole seconds. */
  readonly retryAfter?: "whole-seconds" | "decimal-seconds" | "omitted";
  readonly tiers?: readonly Tier[];
}

const DEFAULTS = { rate: 200, window: 60_000, othersShare: 0, retryAfter: "whole-seconds", tiers: [] } as const;

/**
 * Front's rate limits: a fixed window, a burst pool and tiers. The burst pool contains half as many requests as a
 * window, refills over ten minutes, and is used when the window has no requests left.
 */
export class RateLimits {
  readonly #options: Required<LimitOptions>;
  readonly #behavior: Behavior;
  readonly #now: () => number;
  readonly #tierHits = new Map<string, number[]>();
  #start = Number.NEGATIVE_INFINITY;
  #used = 0;
  #burstUsed = 0;
  #burstRefilledAt: number;

  constructor(options: LimitOptions, behavior: Behavior, now: () => number) {
    this.#options = { ...DEFAULTS, ...options };
    this.#behavior = behavior;
    this.#now = now;
    this.#burstRefilledAt = now();
  }

  /** Throws Front's 429 if a limit is reached. */
  admit(path: string): void {
    if (this.#options.rate === Number.POSITIVE_INFINITY) return;
    this.#admitTiers(path);
    this.#advance();
    if (this.#remaining() >= 1) this.#used += 1;
    else if (this.#burstRemaining() >= 1) this.#burstUsed += 1;
    else throw this.#tooManyRequests(this.#reset() - this.#now(), "Rate limit exceeded", this.#companyHeaders());
  }

  headers(): Record<string, string> {
    this.#advance();
    const burst = {
      "x-ratelimit-burst-limit": formatCount(this.#burstLimit()),
      "x-ratelimit-burst-remaining": formatCount(this.#burstRemaining()),
    };
    return {
      "x-ratelimit-limit": formatCount(this.#options.rate),
      "x-ratelimit-remaining": formatCount(this.#remaining()),
      "x-ratelimit-reset": (this.#reset() / 1000).toFixed(3),
      ...(this.#behavior.burstHeaders === "shown" ? burst : {}),
    };
  }

  #companyHeaders(): Record<string, string> {
    const { refusedRemaining, tierHeader } = this.#behavior;
    const remaining = { "x-ratelimit-remaining": String(refusedRemaining) };
    return tierHeader === "tier-only" ? remaining : { ...remaining, "x-front-tier": "2" };
  }

  #admitTiers(path: string): void {
    const now = this.#now();
    for (const { tier, perSecond, path: pattern } of this.#options.tiers) {
      const resource = pattern.exec(path)?.[0];
      if (resource === undefined) continue;
      const key = `${tier} ${resource}`;
      const recent = (this.#tierHits.get(key) ?? []).filter((time) => time > now - 1000);
      this.#tierHits.set(key, recent);
      const [oldest] = recent;
      if (oldest !== undefined && recent.length >= perSecond) {
        const wait = Math.ceil(oldest + 1000 - now);
        const message = `Rate limit exceeded for tier-${tier} route. Please retry in ${wait} milliseconds.`;
        throw this.#tooManyRequests(wait, message, { "x-front-tier": String(tier) });
      }
      recent.push(now);
    }
  }

  #tooManyRequests(waitMs: number, message: string, headers: Record<string, string>): ErrorResponse {
    const { retryAfter } = this.#options;
    const seconds = Math.max(0, waitMs) / 1000;
    const wait = retryAfter === "decimal-seconds" ? seconds.toFixed(3) : String(Math.max(1, Math.ceil(seconds)));
    const retryHeader = retryAfter === "omitted" ? {} : { "retry-after": wait };
    return new ErrorResponse({
      status: 429,
      title: "Too many requests",
      message,
      headers: { ...retryHeader, ...headers },
    });
  }

  /** Starts a new window at the first request after the last window has ended, and refills the burst pool. */
  #advance(): void {
    const now = this.#now();
    if (now >= this.#reset()) {
      this.#start = now;
      this.#used = 0;
    }
    const refilled = (this.#burstLimit() * (now - this.#burstRefilledAt)) / BURST_REFILL_MS;
    this.#burstUsed = Math.max(0, this.#burstUsed - (refilled || 0));
    this.#burstRefilledAt = now;
  }

  #reset(): number {
    return this.#start + this.#options.window;
  }

  #remaining(): number {
    const { rate, window, othersShare } = this.#options;
    const others = othersShare === 0 ? 0 : Math.ceil(((rate * othersShare) / window) * (this.#now() - this.#start));
    return Math.max(0, rate - this.#used - others);
  }

  #burstLimit(): number {
    return Math.floor(this.#options.rate / 2);
  }

  #burstRemaining(): number {
    return this.#burstLimit() - this.#burstUsed;
  }
}

function formatCount(count: number): string {
  return String(Math.floor(Math.min(count, UNLIMITED)));
}
