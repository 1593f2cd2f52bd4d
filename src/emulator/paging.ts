import { type Problems, throwIfAny } from "./body.ts";
import { apiOrigin } from "./encode.ts";
import { badRequest } from "./http-messages.ts";
import type { Store } from "./store.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

interface Pageable {
  readonly sequence: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/**
 * The start, order and filter of a page. A page token encodes all of them, so a request with a token needs no other
 * parameter except `limit`.
 */
interface Cursor {
  readonly by: string;
  readonly order: string;
  readonly after: number | undefined;
  readonly before: number | undefined;
  /** The time and `sequence` of the last item on the previous page, if page tokens identify items. */
  readonly last?: readonly [number, number];
  /** The number of items on all previous pages, if page tokens are offsets. */
  readonly skip?: number;
  /** True for the empty page that the behavior `emptyPages` inserts after each page. */
  readonly isEmpty?: true;
}

/** The request for a page, and the parameters that the listing supports. */
export interface PageQuery {
  readonly path: string;
  readonly query: URLSearchParams;
  /** False for listings of members and conversations, which ignore `q`, `sort_by` and `sort_order`. */
  readonly sortable: boolean;
  /** False for accounts, which are sorted but not filtered by `q`. */
  readonly filterable?: false;
}

export function page<Item extends Pageable>(
  store: Store,
  request: PageQuery,
  items: readonly Item[],
  encode: (item: Item) => unknown,
): unknown {
  const limit = limitIn(request.query);
  const cursor = cursorIn(request);
  const { behavior } = store;
  const remaining = itemsAfter(items, cursor);
  const size = behavior.shortPages ? Math.ceil(limit / 2) : limit;
  const pageItems = cursor.isEmpty ? [] : remaining.slice(0, size);
  const next = cursor.isEmpty ? withoutIsEmpty(cursor) : cursorAfter(store, cursor, pageItems);
  const hasNext = remaining.length > pageItems.length || (behavior.emptyPages && pageItems.length > 0);
  return {
    _pagination: { next: hasNext ? nextPageUrl(store, request, next) : null },
    _links: { self: `${apiOrigin(store.settings.company)}${request.path}` },
    _results: pageItems.map(encode),
  };
}

function limitIn(query: URLSearchParams): number {
  const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1) throw badRequest("query.limit: must be a positive integer");
  if (limit > MAX_LIMIT) throw badRequest(`query.limit: must be at most ${MAX_LIMIT}`);
  return limit;
}

function cursorIn({ query, sortable, filterable }: PageQuery): Cursor {
  const token = query.get("page_token");
  if (token !== null && token !== "") return decodeToken(token);
  if (!sortable) return { by: "created_at", order: "asc", after: undefined, before: undefined };
  const problems: Problems = [];
  const filter = (name: string) => (filterable === false ? undefined : secondsIn(query, name, problems));
  const cursor = {
    by: choiceIn(query, "sort_by", ["created_at", "updated_at"], problems),
    order: choiceIn(query, "sort_order", ["desc", "asc"], problems),
    after: filter("q[updated_after]"),
    before: filter("q[updated_before]"),
  };
  if (query.has("q")) problems.push("query.q: must be an object");
  throwIfAny(problems);
  return cursor;
}

function choiceIn(query: URLSearchParams, name: string, choices: readonly string[], problems: Problems): string {
  const choice = query.get(name) ?? choices[0] ?? "";
  if (!choices.includes(choice)) problems.push(`query.${name}: must be one of ${choices.join(", ")}`);
  return choice;
}

function secondsIn(query: URLSearchParams, name: string, problems: Problems): number | undefined {
  const seconds = query.get(name);
  if (seconds === null) return undefined;
  if (!/^\d+(\.\d{1,3})?$/.test(seconds)) problems.push(`query.${name}: must be a timestamp in seconds`);
  return Number(seconds);
}

function itemsAfter<Item extends Pageable>(items: readonly Item[], cursor: Cursor): readonly Item[] {
  const { after = Number.NEGATIVE_INFINITY, before = Number.POSITIVE_INFINITY, last, skip = 0 } = cursor;
  const sorted = sortItems(items, cursor);
  const remaining = last === undefined ? sorted : sorted.slice(firstAfter(sorted, last, cursor));
  const isFiltered = cursor.after !== undefined || cursor.before !== undefined;
  const matches = ({ updatedAt }: Item) => updatedAt / 1000 > after && updatedAt / 1000 < before;
  return (isFiltered ? remaining.filter(matches) : remaining).slice(skip);
}

const SORTED = new WeakMap<object, Map<string, readonly Pageable[]>>();

/** Returns sorted items. Caches the sorted copies of each array, because there may be a million contacts. */
function sortItems<Item extends Pageable>(items: readonly Item[], cursor: Cursor): readonly Item[] {
  const orders = SORTED.get(items) ?? new Map<string, readonly Pageable[]>();
  SORTED.set(items, orders);
  const order = `${cursor.by} ${cursor.order}`;
  const cached = orders.get(order) as readonly Item[] | undefined;
  if (cached !== undefined) return cached;
  const sign = signOf(cursor);
  const sorted = items.toSorted((a, b) => sign * compareRanks(rankOf(a, cursor), rankOf(b, cursor)));
  orders.set(order, sorted);
  return sorted;
}

/** Returns the index of the first item after a rank (binary search). */
function firstAfter(sorted: readonly Pageable[], last: readonly [number, number], cursor: Cursor): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = sorted[middle] as Pageable;
    if (signOf(cursor) * compareRanks(rankOf(item, cursor), last) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

function signOf({ order }: Cursor): 1 | -1 {
  return order === "asc" ? 1 : -1;
}

function rankOf({ sequence, createdAt, updatedAt }: Pageable, { by }: Cursor): readonly [number, number] {
  return [by === "updated_at" ? updatedAt : createdAt, sequence];
}

function compareRanks(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}

function cursorAfter({ behavior }: Store, cursor: Cursor, pageItems: readonly Pageable[]): Cursor {
  const isEmpty = behavior.emptyPages ? ({ isEmpty: true } as const) : {};
  if (behavior.paging === "offset") return { ...cursor, skip: (cursor.skip ?? 0) + pageItems.length, ...isEmpty };
  const lastItem = pageItems.at(-1);
  return { ...cursor, ...(lastItem && { last: rankOf(lastItem, cursor) }), ...isEmpty };
}

function withoutIsEmpty({ isEmpty: _, ...cursor }: Cursor): Cursor {
  return cursor;
}

function nextPageUrl(store: Store, { path, query }: PageQuery, next: Cursor): string {
  const url = new URL(path, apiOrigin(store.settings.company));
  for (const [name, value] of query) url.searchParams.set(name, value);
  url.searchParams.set("page_token", Buffer.from(JSON.stringify(next)).toString("base64url"));
  return url.href;
}

function decodeToken(token: string): Cursor {
  try {
    const cursor: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (typeof cursor === "object" && cursor !== null && "by" in cursor && "order" in cursor) return cursor as Cursor;
  } catch {
    // The error is the same as for any other invalid token.
  }
  throw badRequest("query.page_token: invalid");
}
