import type { Clock } from "../clock/clock.ts";

export interface WaitOptions {
  readonly clock: Clock;
  /** Milliseconds. Waits are multiples of this value. */
  readonly backoff: number;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds for which the listing after one creation is also used as the listing before the next creation. */
const LISTING_REUSE = 10_000;

/** Waits before a listing is repeated, as multiples of the backoff. Listings may omit a new object at first. */
export const LISTING_WAITS = [2, 6];

/** Returns the first complete listing; the last listing if none is complete after a few attempts. */
export async function listUntil<Listing>(
  list: () => Promise<Listing>,
  isComplete: (listing: Listing) => boolean,
  { clock, backoff, signal }: WaitOptions,
): Promise<Listing> {
  let listing = await list();
  for (const wait of LISTING_WAITS) {
    if (isComplete(listing)) break;
    await clock.sleep(wait * backoff, signal);
    listing = await list();
  }
  return listing;
}

/** Runs creations one after another, because each checks the result of the previous creation. */
export class CreationQueue<Listing extends { readonly requestedAt: number }> {
  readonly #clock: Clock;
  #lastCreation: Promise<unknown> = Promise.resolve();
  /** Undefined if the next creation needs a new listing, for example because the previous creation failed. */
  listingAfterCreation: Listing | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async add<T>(create: () => Promise<T>): Promise<T> {
    const created = this.#lastCreation.then(create);
    this.#lastCreation = created.catch(() => undefined);
    return await created;
  }

  /** Returns the listing after the previous creation, or a new listing if the previous one is too old. */
  async listingBefore(list: () => Promise<Listing>): Promise<Listing> {
    const recent = this.listingAfterCreation;
    return recent !== undefined && this.#clock.monotonic() - recent.requestedAt < LISTING_REUSE ? recent : await list();
  }
}
