import type { Handle } from "../model/contact.ts";
import { isJsonObject, type JsonObject } from "../model/json-object.ts";
import { FrontError, stopsRun } from "./api.ts";
import { type Connection, type FrontOptions, openConnection } from "./connection.ts";
import { DEFAULT_RESERVE, PAGE_SIZE } from "./constants.ts";
import { type ContactSample, describeContacts, isE164 } from "./contact-sample.ts";
import { decodeItems, type Page } from "./decode.ts";
import type { HttpRequest } from "./http.ts";
import { readJson } from "./response-errors.ts";
import { permissionAfter, readTokenInfo, type TokenInfo } from "./token-info.ts";

export interface InspectedListing {
  readonly collection: "contact lists" | "custom fields" | "accounts" | "teammates" | "inboxes";
  readonly scope: string;
  /**
   * Number of items on the pages that were read. Undefined if the token cannot read the listing, or if the listing does
   * not exist.
   */
  readonly items: number | undefined;
  /** Undefined if the listing cannot be read for a reason other than a missing scope. */
  readonly isPermitted: boolean | undefined;
  /** The reason why `items` is undefined. */
  readonly reason?: string;
  readonly pages: number;
  /** True if the last page that was read has a next page. */
  readonly hasMore: boolean;
}

/**
 * The result of a lookup by alias: the expected contact, another contact, no contact (404), a rejected request (such as
 * 400), no permission (403), or another error.
 */
export type LookupResult = "same" | "other" | "not-found" | "refused" | "forbidden" | "failed";

const LOOKUP_ERRORS: Readonly<Record<string, LookupResult>> = {
  missing: "not-found",
  refused: "refused",
  forbidden: "forbidden",
};

export interface InspectedLookup {
  readonly kind:
    | "phone as stored"
    | "phone in the other form"
    | "email in upper case"
    | "private contact"
    | "unknown handle";
  /** Undefined if the sample contains no such handle. */
  readonly result: LookupResult | undefined;
}

/** Facts about a company's data and about Front's responses, collected with GET requests only. */
export interface Inspection {
  readonly tokenInfo: TokenInfo;
  readonly reserve: number;
  readonly oldest: ContactSample;
  readonly newest: ContactSample;
  /** True if the first contact listed for an account has an object `account`; undefined if no contact was listed. */
  readonly accountOnContact: boolean | undefined;
  readonly listings: readonly InspectedListing[];
  readonly lookups: readonly InspectedLookup[];
  /**
   * Undefined if the company has no contacts, or if the conversations cannot be read for a reason other than a missing
   * scope.
   */
  readonly conversationsReadable: boolean | undefined;
  /** True if the response to a listing of contacts has the header `x-front-tier`. */
  readonly hasTierHeader: boolean;
  readonly requests: number;
}

const LISTINGS = [
  { collection: "contact lists", path: "/contact_lists", scope: "contacts:read" },
  { collection: "custom fields", path: "/contacts/custom_fields", scope: "custom_fields:read" },
  { collection: "accounts", path: "/accounts", scope: "accounts:read" },
  { collection: "teammates", path: "/teammates", scope: "teammates:read" },
  { collection: "inboxes", path: "/inboxes", scope: "inboxes:read" },
] as const;

/** Maximum number of pages to read of each listing: enough to detect whether Front pages it. */
const MAX_PAGES = 3;
const MAX_ACCOUNTS = 3;

/**
 * Returns facts about a company and Front's responses. Throws a `FrontError`, for example if the token cannot read
 * contacts.
 */
export async function inspectFront(options: FrontOptions): Promise<Inspection> {
  const tokenInfo = await readTokenInfo({ ...options, reserve: 0 });
  const inspector = new Inspector(options);
  const oldest = await inspector.sample("asc");
  const newest = await inspector.sample("desc");
  const items = [...oldest.items, ...newest.items];
  const listings: InspectedListing[] = [];
  for (const listing of LISTINGS) listings.push(await inspector.listing(listing));
  return {
    tokenInfo,
    reserve: options.reserve ?? DEFAULT_RESERVE,
    oldest: inspector.describe(oldest.items),
    newest: inspector.describe(newest.items),
    accountOnContact: await inspector.accountOnContact(),
    listings,
    lookups: await inspector.lookups(items),
    conversationsReadable: await inspector.conversationsReadable(items),
    hasTierHeader: oldest.hasTierHeader,
    requests: inspector.requests + 1 + tokenInfo.permissions.length,
  };
}

class Inspector {
  readonly #connection: Connection;

  constructor(options: FrontOptions) {
    this.#connection = openConnection(options);
  }

  get requests(): number {
    return this.#connection.client.requests;
  }

  async sample(
    order: "asc" | "desc",
  ): Promise<{ readonly items: readonly unknown[]; readonly hasTierHeader: boolean }> {
    const url = this.#connection.urls.contacts({ limit: PAGE_SIZE });
    url.searchParams.set("sort_order", order);
    const request = this.#get(url);
    const response = await this.#connection.client.send(request);
    const { items } = readJson(request, response, decodeItems);
    return { items, hasTierHeader: response.headers.has("x-front-tier") };
  }

  describe(items: readonly unknown[]): ContactSample {
    return describeContacts(items, (url) => this.#connection.urls.avatar(url) === undefined);
  }

  async listing({ collection, path, scope }: (typeof LISTINGS)[number]): Promise<InspectedListing> {
    let [items, pages] = [0, 0];
    let pageToken: string | undefined;
    do {
      const page: Page<unknown> | FrontError = await this.#page(this.#connection.urls.listing(path, { pageToken }));
      if (page instanceof FrontError)
        return {
          collection,
          scope,
          items: undefined,
          isPermitted: permissionAfter(page),
          reason: page.message,
          pages,
          hasMore: false,
        };
      items += page.items.length;
      pages += 1;
      pageToken = page.next;
    } while (pageToken !== undefined && pages < MAX_PAGES);
    return { collection, scope, items, isPermitted: true, pages, hasMore: pageToken !== undefined };
  }

  async accountOnContact(): Promise<boolean | undefined> {
    const accounts = await this.#page(this.#connection.urls.listing("/accounts", {}));
    for (const account of objectsOn(accounts).slice(0, MAX_ACCOUNTS)) {
      const { id } = account;
      if (typeof id !== "string" || !/^acc_\w+$/.test(id)) continue;
      const members = await this.#page(this.#connection.urls.accountMembers(id, { limit: 1 }));
      const [member] = objectsOn(members);
      if (member !== undefined) return isJsonObject(member["account"]);
    }
    return undefined;
  }

  async conversationsReadable(items: readonly unknown[]): Promise<boolean | undefined> {
    const [id] = idsOf(items);
    if (id === undefined) return undefined;
    const page = await this.#page(this.#connection.urls.contact(id, "conversations"));
    return page instanceof FrontError ? permissionAfter(page) : true;
  }

  async lookups(items: readonly unknown[]): Promise<InspectedLookup[]> {
    const contacts = items.filter(isJsonObject);
    const shared = contacts.filter((contact) => contact["is_private"] !== true);
    const phone = findHandle(shared, "phone", (phone) => isE164(phone) || isE164(`+${phone}`));
    const email = findHandle(shared, "email", (handle) => handle !== handle.toUpperCase());
    const privateContacts = contacts.filter((contact) => contact["is_private"] === true);
    const privateHandle = findHandle(privateContacts, undefined, () => true);
    const unknown = { id: "", handle: { source: "email", handle: "nobody@front-contacts.invalid" } };
    return [
      { kind: "phone as stored", result: await this.#lookup(phone) },
      { kind: "phone in the other form", result: await this.#lookup(respell(phone, togglePlus)) },
      { kind: "email in upper case", result: await this.#lookup(respell(email, (text) => text.toUpperCase())) },
      { kind: "private contact", result: await this.#lookup(privateHandle) },
      { kind: "unknown handle", result: await this.#lookup(unknown) },
    ];
  }

  async #lookup(target: OwnedHandle | undefined): Promise<LookupResult | undefined> {
    if (target === undefined) return undefined;
    const request = this.#get(this.#connection.urls.contact(this.#connection.urls.alias(target.handle)));
    try {
      const contact = await this.#connection.client.read(request, (json) => json);
      return isJsonObject(contact) && contact["id"] === target.id ? "same" : "other";
    } catch (error) {
      if (!(error instanceof FrontError) || stopsRun(error)) throw error;
      return LOOKUP_ERRORS[error.code] ?? "failed";
    }
  }

  /** Returns the page, or the error if the token cannot read the page or Front does not have it. */
  async #page(url: URL): Promise<Page<unknown> | FrontError> {
    try {
      return await this.#connection.client.read(this.#get(url), decodeItems);
    } catch (error) {
      if (!(error instanceof FrontError) || !["forbidden", "missing", "wrong-address"].includes(error.code))
        throw error;
      return error;
    }
  }

  #get(url: URL): HttpRequest {
    return { method: "GET", url, bearer: this.#connection.token };
  }
}

function objectsOn(page: Page<unknown> | FrontError): JsonObject[] {
  return page instanceof FrontError ? [] : page.items.filter(isJsonObject);
}

interface OwnedHandle {
  readonly id: string;
  readonly handle: Handle;
}

function findHandle(
  contacts: readonly JsonObject[],
  source: string | undefined,
  isSuitable: (handle: string) => boolean,
) {
  for (const contact of contacts) {
    const { id, handles } = contact;
    if (typeof id !== "string" || !Array.isArray(handles)) continue;
    const match = handles.find(
      (item: unknown): item is Handle =>
        isHandle(item) && (source === undefined || item.source === source) && isSuitable(item.handle),
    );
    if (match !== undefined) return { id, handle: { source: match.source, handle: match.handle } };
  }
  return undefined;
}

function respell(owned: OwnedHandle | undefined, spell: (handle: string) => string): OwnedHandle | undefined {
  return owned && { id: owned.id, handle: { ...owned.handle, handle: spell(owned.handle.handle) } };
}

function togglePlus(phone: string): string {
  return phone.startsWith("+") ? phone.slice(1) : `+${phone}`;
}

function idsOf(items: readonly unknown[]): string[] {
  return items.filter(isJsonObject).flatMap(({ id }) => (typeof id === "string" && /^crd_\w+$/.test(id) ? [id] : []));
}

function isHandle(value: unknown): value is Handle {
  return isJsonObject(value) && typeof value["source"] === "string" && typeof value["handle"] === "string";
}
