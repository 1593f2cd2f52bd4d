import { FrontError } from "./api.ts";
import type { ListedContact, Page } from "./decode.ts";

/** Maximum of consecutive pages without an item. A listing may have empty pages between others. */
const MAX_EMPTY_PAGES = 50;
/** Five million contacts. A listing that is longer is taken to be endless. */
const MAX_PAGES = 50_000;

/** Notices that a listing does not end: it repeats a page or a token, stays empty, or is longer than is plausible. */
export class PageProgress {
  readonly #tokens = new Set<string>();
  /** The first and the last item of each page, because remembering every item would take too much memory. */
  readonly #ends = new Set<string>();
  #previous: ReadonlySet<string> = new Set();
  #emptyInARow = 0;
  #pages = 0;

  /** Takes a page and what identifies its items. Throws a `FrontError` when another page would not bring anything. */
  take({ items, next }: Page<unknown>, ids: readonly string[]): void {
    if (next === undefined) return;
    this.#pages += 1;
    this.#emptyInARow = items.length === 0 ? this.#emptyInARow + 1 : 0;
    const repeats = ids.length > 0 && (this.#hasSeen(ids) || ids.every((id) => this.#previous.has(id)));
    this.#previous = new Set(ids);
    if (!isFirst(this.#tokens, next)) throw endless("Front returned the same page token twice");
    if (repeats) throw endless("Front returned the same page of contacts twice");
    if (this.#emptyInARow >= MAX_EMPTY_PAGES) throw endless(`Front returned ${MAX_EMPTY_PAGES} empty pages in a row`);
    if (this.#pages >= MAX_PAGES) throw endless(`Front's listing does not end after ${MAX_PAGES} pages`);
  }

  #hasSeen(ids: readonly string[]): boolean {
    return !isFirst(this.#ends, `${ids[0]} ${ids.at(-1)} ${ids.length}`);
  }
}

/** Contacts shift to a neighbouring page when others come or go meanwhile; remembering all would take too much room. */
export function firstOfEach(
  items: readonly ListedContact[],
  seenBefore: ReadonlySet<string>,
): readonly ListedContact[] {
  const seen = new Set(seenBefore);
  return items.filter((item) => !("id" in item) || isFirst(seen, item.id));
}

/** Whether a set lacks a value, which is added to it. */
function isFirst(seen: Set<string>, value: string): boolean {
  const first = !seen.has(value);
  seen.add(value);
  return first;
}

function endless(message: string): FrontError {
  const advice = "Try again later. If it happens again, contact Front's support.";
  return new FrontError("unreadable", message, { advice });
}
