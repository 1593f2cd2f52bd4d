import { PAGE_SIZE } from "../front/constants.ts";

/** How to read Front: see `Refresh`. */
type Way = "auto" | "scan" | "lookup";

/**
 * Decides whether the next request reads a page or looks up a handle. If the number of pages is unknown, it reads pages
 * until there are as many as the minimum number of lookups left, then looks up handles, and alternates once there are as
 * many lookups as pages. This takes at most twice the requests of the better way. If the number of pages is expected, it
 * starts with the better way and changes only when more requests are needed than expected.
 */
export class ReadStrategy {
  readonly #way: Way;
  readonly #expectedPages: number;
  readonly #pagesAreFewer: boolean;
  #pages = 0;
  #lookUps = 0;

  /** `contacts`: how many Front is thought to have. `lookUps`: how many would do instead, at the least. */
  constructor(way: Way, { contacts, lookUps }: { readonly contacts: number | undefined; readonly lookUps: number }) {
    this.#way = way;
    this.#expectedPages = contacts === undefined ? 0 : pagesOf(contacts);
    this.#pagesAreFewer = this.#expectedPages <= lookUps;
  }

  /** With so many look-ups left, at the least. */
  prefersPage(lookUpsLeft: number): boolean {
    if (this.#way !== "auto") return this.#way === "scan";
    if (this.#trustsExpectation) return this.#pagesAreFewer || this.#lookUps >= this.#expectedPages;
    return this.#pages < lookUpsLeft || this.#lookUps >= this.#pages;
  }

  /** How many look-ups may be made before this is to be asked again. */
  get lookUpsAtOnce(): number {
    if (this.#way !== "auto") return Number.POSITIVE_INFINITY;
    const limit = this.#trustsExpectation ? this.#expectedPages : this.#pages;
    return Math.max(1, limit - this.#lookUps);
  }

  /** Until there are more pages than there should be. */
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

/** How many pages so many contacts take; an empty company takes one as well. */
export function pagesOf(contacts: number): number {
  return Math.max(1, Math.ceil(contacts / PAGE_SIZE));
}
