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

/** The start and order of a page. It is encoded in the page token, so that the token is sufficient. */
interface Cursor {
  readonly by: string;
  readonly order: string;
  readonly after: number | undefined;
  readonly before: number | undefined;
  /** The rank of the last item, if a page token identifies an item. */
  readonly last?: readonly [number, number];
  /** The number of items before the page, if a page token is an offset. */
  readonly skip?: number;
  /** True for an additional empty page. */
  readonly blank?: true;
}

export interface PageQuery {
  readonly path: string;
  readonly query: URLSearchParams;
  /** False for members, which are listed without `q`, `sort_by` and `sort_order`. */
  readonly sortable: boolean;
  /** False for accounts, which can be sorted but not filtered by `q`. */
  readonly filterable?: false;
}

/** Encodes one page of a listing. Only a null in `_pagination.next` marks the last one. */
export function page<Item extends Pageable>(
  store: Store,
  request: PageQuery,
  items: readonly Item[],
  view: (item: Item) => unknown,
): unknown {
  const limit = limitIn(request.query);
  const cursor = cursorIn(request);
  const { behavior } = store;
  const rest = restOf(items, cursor);
  const size = behavior.shortPages ? Math.ceil(limit / 2) : limit;
  const shown = cursor.blank ? [] : rest.slice(0, size);
  const next = cursor.blank ? withoutBlank(cursor) : cursorAfter(store, cursor, shown);
  const more = rest.length > shown.length || (behavior.emptyPages && shown.length > 0);
  return {
    _pagination: { next: more ? addressOf(store, request, next) : null },
    _links: { self: `${apiOrigin(store.settings.company)}${request.path}` },
    _results: shown.map(view),
  };
}

function limitIn(query: URLSearchParams): number {
  const sent = query.get("limit");
  if (sent === null) return DEFAULT_LIMIT;
  const limit = Number(sent);
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
    by: oneOf(query, "sort_by", ["created_at", "updated_at"], problems),
    order: oneOf(query, "sort_order", ["desc", "asc"], problems),
    after: filter("q[updated_after]"),
    before: filter("q[updated_before]"),
  };
  if (query.has("q")) problems.push("query.q: must be an object");
  throwIfAny(problems);
  return cursor;
}

function oneOf(query: URLSearchParams, name: string, choices: readonly string[], problems: Problems): string {
  const sent = query.get(name) ?? choices[0] ?? "";
  if (!choices.includes(sent)) problems.push(`query.${name}: must be one of ${choices.join(", ")}`);
  return sent;
}

function secondsIn(query: URLSearchParams, name: string, problems: Problems): number | undefined {
  const sent = query.get(name);
  if (sent === null) return undefined;
  if (!/^\d+(\.\d{1,3})?$/.test(sent)) problems.push(`query.${name}: must be a timestamp in seconds`);
  return Number(sent);
}

/** Returns the items after the cursor that match its filter, in order. */
function restOf<Item extends Pageable>(items: readonly Item[], cursor: Cursor): readonly Item[] {
  const { after = Number.NEGATIVE_INFINITY, before = Number.POSITIVE_INFINITY, last, skip = 0 } = cursor;
  const ordered = inOrder(items, cursor);
  const unseen = last === undefined ? ordered : ordered.slice(firstAfter(ordered, last, cursor));
  const isFiltered = cursor.after !== undefined || cursor.before !== undefined;
  const wanted = ({ updatedAt }: Item) => updatedAt / 1000 > after && updatedAt / 1000 < before;
  return (isFiltered ? unseen.filter(wanted) : unseen).slice(skip);
}

const ORDERED = new WeakMap<object, Map<string, readonly Pageable[]>>();

/** Returns the sorted items. Caches them while the company is unchanged, because it may have a million contacts. */
function inOrder<Item extends Pageable>(items: readonly Item[], cursor: Cursor): readonly Item[] {
  const orders = ORDERED.get(items) ?? new Map<string, readonly Pageable[]>();
  ORDERED.set(items, orders);
  const order = `${cursor.by} ${cursor.order}`;
  const known = orders.get(order) as readonly Item[] | undefined;
  if (known !== undefined) return known;
  const sign = signOf(cursor);
  const sorted = items.toSorted((one, other) => sign * compare(rank(one, cursor), rank(other, cursor)));
  orders.set(order, sorted);
  return sorted;
}

/** Returns the index of the first item after a rank. */
function firstAfter(ordered: readonly Pageable[], last: readonly [number, number], cursor: Cursor): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = ordered[middle] as Pageable;
    if (signOf(cursor) * compare(rank(item, cursor), last) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

function signOf({ order }: Cursor): 1 | -1 {
  return order === "asc" ? 1 : -1;
}

function rank({ sequence, createdAt, updatedAt }: Pageable, { by }: Cursor): readonly [number, number] {
  return [by === "updated_at" ? updatedAt : createdAt, sequence];
}

function compare(one: readonly [number, number], other: readonly [number, number]): number {
  return one[0] - other[0] || one[1] - other[1];
}

function cursorAfter({ behavior }: Store, cursor: Cursor, shown: readonly Pageable[]): Cursor {
  const blank = behavior.emptyPages ? ({ blank: true } as const) : {};
  if (behavior.paging === "offset") return { ...cursor, skip: (cursor.skip ?? 0) + shown.length, ...blank };
  const final = shown.at(-1);
  return { ...cursor, ...(final && { last: rank(final, cursor) }), ...blank };
}

function withoutBlank({ blank: _, ...cursor }: Cursor): Cursor {
  return cursor;
}

function addressOf(store: Store, { path, query }: PageQuery, next: Cursor): string {
  const address = new URL(path, apiOrigin(store.settings.company));
  for (const [name, value] of query) address.searchParams.set(name, value);
  address.searchParams.set("page_token", Buffer.from(JSON.stringify(next)).toString("base64url"));
  return address.href;
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
