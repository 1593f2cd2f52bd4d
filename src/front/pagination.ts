import { groupDigits } from "../model/plural.ts";
import { type ContactPage, FrontError } from "./api.ts";
import { MAX_EMPTY_PAGES, MAX_PAGES } from "./constants.ts";
import type { ListedContact, Page } from "./decode.ts";

type ReadPage<T> = (pageToken: string | undefined) => Promise<Page<T>>;

/**
 * Yields the pages of a listing. Throws a `FrontError` if the listing appears endless. `idsOf` returns the strings by
 * which repeated pages are detected.
 */
export async function* readListingPages<T extends object>(
  readPage: ReadPage<T>,
  idsOf = (items: readonly T[]) => items.map((item) => JSON.stringify(item)),
): AsyncGenerator<Page<T>> {
  const detector = new EndlessListingDetector();
  let pageToken: string | undefined;
  do {
    const page: Page<T> = await readPage(pageToken);
    yield page;
    detector.check(page, idsOf(page.items));
    pageToken = page.next;
  } while (pageToken !== undefined);
}

/** Returns the items on all pages. Front may page even listings that it does not document as paged. */
export async function readListing<T extends object>(readPage: ReadPage<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const { items } of readListingPages(readPage)) all.push(...items);
  return all;
}

/** Yields the pages of a listing of contacts. `complete` reads the contacts that a page contains only in part. */
export async function* readContactPages(
  readPage: ReadPage<ListedContact>,
  complete: (items: readonly ListedContact[]) => Promise<Pick<ContactPage, "contacts" | "undecodable">>,
): AsyncGenerator<ContactPage> {
  let previous: ReadonlySet<string> = new Set();
  for await (const { items, next } of readListingPages(readPage, contactIdsOf)) {
    const { contacts, undecodable } = await complete(omitRepeated(items, previous));
    previous = new Set(contactIdsOf(items));
    yield { contacts, undecodable, last: next === undefined };
  }
}

function contactIdsOf(items: readonly ListedContact[]): string[] {
  return items.flatMap((item) => ("id" in item ? [item.id] : []));
}

/**
 * Omits contacts that are on the previous page, and repeated contacts on the same page. Contacts may move to the next
 * page while the listing is read. IDs of earlier pages are not checked, because they would take too much memory.
 */
function omitRepeated(items: readonly ListedContact[], previous: ReadonlySet<string>): readonly ListedContact[] {
  const seen = new Set(previous);
  return items.filter((item) => !("id" in item) || addNew(seen, item.id));
}

/** Detects a listing that repeats a page or page token, has many empty pages in a row, or is implausibly long. */
export class EndlessListingDetector {
  readonly #tokens = new Set<string>();
  /** The first ID, last ID and length of each page, because all IDs would take too much memory. */
  readonly #pageKeys = new Set<string>();
  #previous: ReadonlySet<string> = new Set();
  #consecutiveEmpty = 0;
  #pages = 0;

  /** Throws a `FrontError` if the listing appears endless. `ids` identify the items of the page. */
  check({ items, next }: Page<unknown>, ids: readonly string[]): void {
    if (next === undefined) return;
    this.#pages += 1;
    this.#consecutiveEmpty = items.length === 0 ? this.#consecutiveEmpty + 1 : 0;
    const isKnown = !addNew(this.#pageKeys, `${ids[0]} ${ids.at(-1)} ${ids.length}`);
    const repeats = ids.length > 0 && (isKnown || ids.every((id) => this.#previous.has(id)));
    this.#previous = new Set(ids);
    if (!addNew(this.#tokens, next)) throw endlessListingError("Front returned the same page token twice");
    if (repeats) throw endlessListingError("Front returned the same page twice");
    if (this.#consecutiveEmpty >= MAX_EMPTY_PAGES)
      throw endlessListingError(`Front returned ${MAX_EMPTY_PAGES} empty pages in a row`);
    if (this.#pages >= MAX_PAGES)
      throw endlessListingError(`Front's listing does not end after ${groupDigits(MAX_PAGES)} pages`);
  }
}

/** Returns whether the value is new. */
function addNew(seen: Set<string>, value: string): boolean {
  const isNew = !seen.has(value);
  seen.add(value);
  return isNew;
}

function endlessListingError(message: string): FrontError {
  const advice = "Try again later. If it happens again, contact Front support.";
  return new FrontError("unreadable", message, { advice });
}
