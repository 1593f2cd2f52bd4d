import { PAGE_SIZE } from "../front/constants.ts";

/** The method of reading Front, as in `Refresh`. */
type Way = "auto" | "scan" | "lookup";

/**
 * Decides whether the next request reads a page or looks up a handle. If the number of pages is unknown, it reads pages
 * until there are as many as the minimum number of lookups left, then looks up handles, and alternates once there are
 * as many lookups as pages. This takes at most twice the requests of the cheaper method. If the expected number of
 * pages is known, it starts with the cheaper method and changes only if more requests are needed than expected.
 */
export class ReadStrategy {
  readonly #way: Way;
  readonly #expectedPages: number;
  readonly #pagesAreFewer: boolean;
  #pages = 0;
  #lookUps = 0;

  /**
   * `contacts`: the expected number in Front. `lookUps`: the minimum number of lookups that would be enough instead.
   */
  constructor(way: Way, { contacts, lookUps }: { readonly contacts: number | undefined; readonly lookUps: number }) {
    this.#way = way;
    this.#expectedPages = contacts === undefined ? 0 : pagesOf(contacts);
    this.#pagesAreFewer = this.#expectedPages <= lookUps;
  }

  /** Returns whether to read a page next. `lookUpsLeft` is the minimum number of lookups left. */
  prefersPage(lookUpsLeft: number): boolean {
    if (this.#way !== "auto") return this.#way === "scan";
    if (this.#trustsExpectation) return this.#pagesAreFewer || this.#lookUps >= this.#expectedPages;
    return this.#pages < lookUpsLeft || this.#lookUps >= this.#pages;
  }

  /** The number of lookups to make before the next decision. */
  get lookUpsAtOnce(): number {
    if (this.#way !== "auto") return Number.POSITIVE_INFINITY;
    const limit = this.#trustsExpectation ? this.#expectedPages : this.#pages;
    return Math.max(1, limit - this.#lookUps);
  }

  /** True until as many pages as expected were read. */
  get #trustsExpectation(): boolean {
    return this.#pages < this.#expectedPages;
  }

  pageRead(): void {
    this.#pages += 1;
  }

  lookedUp(): void {
    this.#lookUps += 1;
  }
}

/** Returns the number of pages for a number of contacts. An empty listing is one page. */
export function pagesOf(contacts: number): number {
  return Math.max(1, Math.ceil(contacts / PAGE_SIZE));
}
