import { type ContactPage, FrontError } from "./api.ts";
import { MAX_EMPTY_PAGES, MAX_PAGES } from "./constants.ts";
import type { ListedContact, Page } from "./decode.ts";

type ReadPage<T> = (pageToken: string | undefined) => Promise<Page<T>>;

export async function* readListingPages<T extends object>(readPage: ReadPage<T>): AsyncGenerator<Page<T>> {
  const detector = new EndlessListingDetector();
  let pageToken: string | undefined;
  do {
    const page: Page<T> = await readPage(pageToken);
    yield page;
    detector.check(
      page,
      page.items.map((item) => JSON.stringify(item)),
    );
    pageToken = page.next;
  } while (pageToken !== undefined);
}

/** Reads all pages of a listing. Follows `next` also where Front does not document that it pages the listing. */
export async function readListing<T extends object>(readPage: ReadPage<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const { items } of readListingPages(readPage)) found.push(...items);
  return found;
}

/** Reads a listing of contacts page by page. `complete` reads the contacts that a page shows in part only. */
export async function* readContactPages(
  readPage: ReadPage<ListedContact>,
  complete: (items: readonly ListedContact[]) => Promise<Pick<ContactPage, "contacts" | "undecodable">>,
): AsyncGenerator<ContactPage> {
  let previous: ReadonlySet<string> = new Set();
  const detector = new EndlessListingDetector();
  let pageToken: string | undefined;
  do {
    const page: Page<ListedContact> = await readPage(pageToken);
    const ids = page.items.flatMap((item) => ("id" in item ? [item.id] : []));
    const { contacts, undecodable } = await complete(withoutRepeated(page.items, previous));
    previous = new Set(ids);
    pageToken = page.next;
    yield { contacts, undecodable, last: pageToken === undefined };
    detector.check(page, ids);
  } while (pageToken !== undefined);
}

/**
 * Omits contacts that were on the previous page. Contacts move to the next page when others are added in the meantime;
 * remembering all ids would take too much memory.
 */
function withoutRepeated(items: readonly ListedContact[], previous: ReadonlySet<string>): readonly ListedContact[] {
  const seen = new Set(previous);
  return items.filter((item) => !("id" in item) || addNew(seen, item.id));
}

/** Detects a listing that does not end: it repeats a page or a token, stays empty, or is longer than is plausible. */
export class EndlessListingDetector {
  readonly #tokens = new Set<string>();
  /** The first and the last id of each page, because all ids would take too much memory. */
  readonly #ends = new Set<string>();
  #previous: ReadonlySet<string> = new Set();
  #emptyInARow = 0;
  #pages = 0;

  /** Checks a page with the ids of its items. Throws a `FrontError` if another page would not bring anything new. */
  check({ items, next }: Page<unknown>, ids: readonly string[]): void {
    if (next === undefined) return;
    this.#pages += 1;
    this.#emptyInARow = items.length === 0 ? this.#emptyInARow + 1 : 0;
    const repeats = ids.length > 0 && (this.#hasSeen(ids) || ids.every((id) => this.#previous.has(id)));
    this.#previous = new Set(ids);
    if (!addNew(this.#tokens, next)) throw endlessListingError("Front returned the same page token twice");
    if (repeats) throw endlessListingError("Front returned the same page of contacts twice");
    if (this.#emptyInARow >= MAX_EMPTY_PAGES)
      throw endlessListingError(`Front returned ${MAX_EMPTY_PAGES} empty pages in a row`);
    if (this.#pages >= MAX_PAGES) throw endlessListingError(`Front's listing does not end after ${MAX_PAGES} pages`);
  }

  #hasSeen(ids: readonly string[]): boolean {
    return !addNew(this.#ends, `${ids[0]} ${ids.at(-1)} ${ids.length}`);
  }
}

/** Adds a value to a set. Returns false if the set had it already. */
function addNew(seen: Set<string>, value: string): boolean {
  const isNew = !seen.has(value);
  seen.add(value);
  return isNew;
}

function endlessListingError(message: string): FrontError {
  const advice = "Try again later. If it happens again, contact Front's support.";
  return new FrontError("unreadable", message, { advice });
}
