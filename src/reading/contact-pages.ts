import { type ContactPage, type FrontApi, FrontError, withAdvice } from "../front/api.ts";
import type { RemoteContact, UndecodableContact } from "../model/contact.ts";
import { groupDigits } from "../model/plural.ts";

const MAX_RESTARTS = 2;

/** Reads the pages of all contacts. Restarts at the first page if Front no longer accepts a page token. */
export class ContactPages {
  readonly #front: FrontApi;
  #pages: AsyncIterator<ContactPage>;
  #pagesRead = 0;
  #restarts = 0;

  constructor(front: FrontApi) {
    this.#front = front;
    this.#pages = front.contacts()[Symbol.asyncIterator]();
  }

  /** Reads the next page. `isFirst` is true for the first page, including after a restart. */
  async next(): Promise<ContactPage & { readonly isFirst: boolean }> {
    const isFirst = this.#pagesRead === 0;
    try {
      const { value } = await this.#pages.next();
      this.#pagesRead += 1;
      return { ...(value as ContactPage), isFirst };
    } catch (error) {
      const isTokenExpired = error instanceof FrontError && ["refused", "missing"].includes(error.code);
      if (!isTokenExpired || isFirst) throw error;
      if (this.#restarts >= MAX_RESTARTS)
        throw withAdvice(error, "Front rejects the token of the next page. Try again later.");
      this.#restarts += 1;
      this.#pagesRead = 0;
      this.#pages = this.#front.contacts()[Symbol.asyncIterator]();
      return await this.next();
    }
  }
}

/** Maximum number of contacts in a listing: `factor` times the expected number, plus `offset`. */
const MAX_LISTING = { factor: 20, offset: 100_000 };

/** Throws a `FrontError` if a listing has so many contacts that it is probably endless. */
export function assertListingLength(read: number, expected: number | undefined): void {
  if (expected === undefined || read <= expected * MAX_LISTING.factor + MAX_LISTING.offset) return;
  const summary = `Front listed ${groupDigits(read)} contacts, but the last full read found ${groupDigits(expected)}`;
  const advice = "Try again later. If it happens again, contact Front support.";
  throw new FrontError("unreadable", summary, { advice });
}

export interface ChangedContacts {
  readonly contacts: ReadonlyMap<string, RemoteContact>;
  readonly undecodable: ReadonlyMap<string, UndecodableContact>;
}

/**
 * Returns the contacts that changed since `updatedAfter` (epoch seconds); undefined if there are more than `maxPages`
 * pages.
 */
export async function readChangedContacts(
  front: FrontApi,
  { updatedAfter, maxPages }: { readonly updatedAfter: number; readonly maxPages: number },
  onPage: (page: ContactPage) => void,
): Promise<ChangedContacts | undefined> {
  const contacts = new Map<string, RemoteContact>();
  const undecodable = new Map<string, UndecodableContact>();
  let pages = 0;
  for await (const page of front.contacts({ updatedAfter })) {
    pages += 1;
    for (const contact of page.contacts) contacts.set(contact.id, contact);
    for (const contact of page.undecodable) undecodable.set(contact.id ?? "", contact);
    onPage(page);
    if (!page.last && pages >= maxPages) return undefined;
  }
  return { contacts, undecodable };
}
