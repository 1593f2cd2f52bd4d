import { PAGE_SIZE } from "../front/constants.ts";

/** How to read Front: see `Refresh`. */
type Way = "auto" | "scan" | "lookup";

/**
 * Decides whether the next request is better spent on a page or on a look-up, while nobody knows how many pages there
 * are. Pages first, until as many were read as look-ups are left at the least; then look-ups, which may turn out to be
 * more than that: once they are as many as the pages, both take turns. Neither is ever more than the better way alone
 * would have cost, so together they are at most twice that. Where the number of pages is known, the better way is taken
 * from the start, and left only when it proves to be the worse.
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
