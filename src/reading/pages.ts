import { type ContactPage, type FrontApi, FrontError } from "../front/api.ts";

/** Maximum of restarts of a listing whose position Front has lost. */
const MAX_RESTARTS = 2;

/** The pages of all contacts. The listing is restarted when Front has lost the position: part of a listing is not one. */
export class AllPages {
  readonly #front: FrontApi;
  #pages: AsyncIterator<ContactPage>;
  #read = 0;
  #restarts = 0;

  constructor(front: FrontApi) {
    this.#front = front;
    this.#pages = front.contacts()[Symbol.asyncIterator]();
  }

  /** Returns the next page. `afresh` is true for the first page, also of a restart. */
  async next(): Promise<ContactPage & { readonly afresh: boolean }> {
    const afresh = this.#read === 0;
    try {
      const { value } = await this.#pages.next();
      this.#read += 1;
      return { ...(value as ContactPage), afresh };
    } catch (error) {
      const lost = error instanceof FrontError && ["refused", "missing"].includes(error.code);
      if (!lost || afresh || this.#restarts >= MAX_RESTARTS) throw error;
      this.#restarts += 1;
      this.#read = 0;
      this.#pages = this.#front.contacts()[Symbol.asyncIterator]();
      return await this.next();
    }
  }
}

/** A company may grow between two readings, but a listing with so many times the contacts is taken to be endless. */
const PLAUSIBLE_GROWTH = { factor: 20, least: 100_000 };

/** Throws when a listing has so many contacts that it must be endless. */
export function mustBePlausible(read: number, expected: number | undefined): void {
  if (expected === undefined || read <= expected * PLAUSIBLE_GROWTH.factor + PLAUSIBLE_GROWTH.least) return;
  const advice = "Try again later. If it happens again, contact Front's support.";
  const message = `Front has listed ${read} contacts, and the last time it had ${expected}`;
  throw new FrontError("unreadable", message, { advice });
}
