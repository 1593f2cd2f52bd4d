import { PAGE_SIZE } from "../front/constants.ts";

/** The method of finding contacts, as in `Refresh`. */
export type ReadMethod = "auto" | "scan" | "lookup";

/**
 * Decides whether the next request reads a page or looks up a handle. If the number of contacts is unknown, reads pages
 * until as many pages were read as lookups are still needed. Then looks up handles until there were as many lookups as
 * pages, and then alternates. This takes at most twice the requests of the cheaper method. If the number of contacts is
 * known, starts with the cheaper method, and changes it only if it takes more requests than expected.
 */
export class ReadStrategy {
  readonly #method: ReadMethod;
  readonly #expectedPages: number;
  readonly #pagesAreCheaper: boolean;
  #pages = 0;
  #lookups = 0;

  /**
   * `contacts` is the expected number of contacts in Front. `lookups` is the minimum number of lookups that find all
   * declared contacts.
   */
  constructor(
    method: ReadMethod,
    { contacts, lookups }: { readonly contacts: number | undefined; readonly lookups: number },
  ) {
    this.#method = method;
    this.#expectedPages = contacts === undefined ? 0 : pagesOf(contacts);
    this.#pagesAreCheaper = this.#expectedPages <= lookups;
  }

  /** Returns whether to read a page next. `remainingLookups` is the minimum number of lookups that are still needed. */
  prefersPage(remainingLookups: number): boolean {
    if (this.#method !== "auto") return this.#method === "scan";
    if (this.#hasExpectedPagesLeft) return this.#pagesAreCheaper || this.#lookups >= this.#expectedPages;
    return this.#pages < remainingLookups || this.#lookups >= this.#pages;
  }

  /** Maximum number of lookups before the next decision. */
  get lookupsAtOnce(): number {
    if (this.#method !== "auto") return Number.POSITIVE_INFINITY;
    const limit = this.#hasExpectedPagesLeft ? this.#expectedPages : this.#pages;
    return Math.max(1, limit - this.#lookups);
  }

  get #hasExpectedPagesLeft(): boolean {
    return this.#pages < this.#expectedPages;
  }

  countPage(): void {
    this.#pages += 1;
  }

  countLookup(): void {
    this.#lookups += 1;
  }
}

/** An empty listing is one page. */
export function pagesOf(contacts: number): number {
  return Math.max(1, Math.ceil(contacts / PAGE_SIZE));
}
