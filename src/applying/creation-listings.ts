import type { Clock } from "../clock/clock.ts";

/** Options for creating lists and accounts. */
export interface CreationOptions {
  readonly clock: Clock;
  /** Milliseconds. Waits are multiples of this value. */
  readonly backoff: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * Sends a write. If its outcome is unknown, calls `findEffect` to check Front, and sends the write again only if
   * `findEffect` returns undefined.
   */
  readonly sendSafely: <T>(send: () => Promise<T>, findEffect: () => Promise<T | true | undefined>) => Promise<T>;
}

/** Milliseconds for which the listing after one creation is also the listing before the next creation. */
export const LISTING_REUSE = 10_000;

/** Waits before a listing is repeated, as multiples of the backoff. Listings may omit a new object at first. */
export const LISTING_WAITS = [2, 6];

/** Repeats a listing until it is complete, but only a few times. Returns the last listing. */
export async function listUntil<Listing>(
  list: () => Promise<Listing>,
  isComplete: (listing: Listing) => boolean,
  { clock, backoff, signal }: CreationOptions,
): Promise<Listing> {
  let listing = await list();
  for (const wait of LISTING_WAITS) {
    if (isComplete(listing)) break;
    await clock.sleep(wait * backoff, signal);
    listing = await list();
  }
  return listing;
}
