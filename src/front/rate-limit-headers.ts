import { DEFAULT_WINDOW, MAX_RETRY_DELAY, MIN_RETRY_DELAY } from "./constants.ts";
import { decodeError } from "./decode.ts";
import type { HttpResponse } from "./http.ts";
import { parseBody } from "./json.ts";

export interface RateLimitStatus {
  readonly limit: number;
  /** Requests left in this window. May be negative: Front has sent -1. */
  readonly remaining: number;
  readonly burstRemaining: number;
  /** End of the window on Front's clock, in epoch milliseconds. */
  readonly endsAt: number | undefined;
  /** Time of the response on Front's clock, in epoch milliseconds. */
  readonly respondedAt: number | undefined;
}

/** Returns the rate limit in the headers of a response; undefined if there is none, or if it is 0. */
export function rateLimitStatus({ headers }: HttpResponse): RateLimitStatus | undefined {
  const limit = numberIn(headers, "x-ratelimit-limit");
  const remaining = remainingIn(headers);
  if (limit === undefined || remaining === undefined || limit === 0) return undefined;
  const reset = numberIn(headers, "x-ratelimit-reset");
  return {
    limit,
    remaining,
    burstRemaining: numberIn(headers, "x-ratelimit-burst-remaining") ?? 0,
    endsAt: reset === undefined ? undefined : reset * 1000,
    respondedAt: responseTime(headers),
  };
}

/** Returns the milliseconds to wait after a 429; undefined if they exceed `MAX_RETRY_DELAY`. */
export function retryDelay({ headers, body }: HttpResponse): number | undefined {
  const delay = retryAfter(headers) ?? delayInMessage(body) ?? delayToReset(headers) ?? DEFAULT_WINDOW;
  return delay > MAX_RETRY_DELAY ? undefined : Math.max(delay, MIN_RETRY_DELAY);
}

/** Returns `retry-after` in milliseconds. Front sends seconds (docs/front.md#rate-limits); HTTP also allows a date. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,7}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text)) return undefined;
  const until = timeOf(text);
  const now = responseTime(headers);
  return until === undefined || now === undefined ? undefined : Math.max(until - now, 0);
}

function delayInMessage(body: Uint8Array): number | undefined {
  const [, delay] = /retry in (\d{1,9}) milliseconds/i.exec(decodeError(parseBody(body))) ?? [];
  return delay === undefined ? undefined : Number(delay);
}

function delayToReset(headers: Headers): number | undefined {
  const reset = numberIn(headers, "x-ratelimit-reset");
  const now = responseTime(headers);
  if (reset === undefined || now === undefined) return undefined;
  return Math.max(reset * 1000 - now, 0);
}

/**
 * Returns whether a 429 was caused by the limit of a single resource. Other 429s may also have the tier header, so the
 * company must also have requests left.
 */
export function isTierLimit({ headers }: HttpResponse): boolean {
  return headers.has("x-front-tier") && (remainingIn(headers) ?? 0) > 0;
}

/** Returns the time of a response on Front's clock, in epoch milliseconds with a precision of one second. */
export function responseTime(headers: Headers): number | undefined {
  return timeOf(headers.get("date") ?? "");
}

function timeOf(date: string): number | undefined {
  const time = Date.parse(date);
  return Number.isNaN(time) ? undefined : time;
}

/** Returns the number in a header; undefined unless the value is a plain decimal number. */
export function numberIn(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

export function remainingIn(headers: Headers): number | undefined {
  const text = headers.get("x-ratelimit-remaining");
  return text !== null && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
