import type { Handle } from "../model/contact.ts";
import { FrontError, stopsRun } from "./api.ts";
import { DEFAULT_RESERVE, defaultClientOptions, type FrontOptions } from "./client.ts";
import { type ContactSample, describeContacts, isE164 } from "./contact-sample.ts";
import { decodeItems, type Page } from "./decode.ts";
import type { HttpRequest } from "./http.ts";
import { RetryingClient, readJson } from "./retrying-client.ts";
import { parseToken } from "./token.ts";
import { readTokenInfo, type TokenInfo } from "./token-info.ts";
import { createFrontUrls } from "./urls.ts";

/** A listing, as far as it was read. */
export interface InspectedListing {
  readonly what: "contact lists" | "custom fields" | "accounts" | "teammates" | "inboxes";
  /** The scope that Front documents for it. */
  readonly scope: string;
  /** Undefined when the token may not read it. */
  readonly items: number | undefined;
  readonly pages: number;
  /** Whether the last page that was read names another one. */
  readonly more: boolean;
}

/** What became of a lookup by alias: the same contact, another one, nobody (404 or 400), or no access. */
export type LookupResult = "same" | "other" | "not-found" | "refused" | "forbidden";

export interface InspectedLookup {
  readonly what: "phone as stored" | "phone in the other form" | "email in upper case" | "private contact" | "nobody";
  /** Undefined when the sample has nothing to look up. */
  readonly result: LookupResult | undefined;
}

/** What the read-only part of a first live run found out about a company. */
export interface Inspection {
  readonly tokenInfo: TokenInfo;
  /** The share of the rate limit that is left to others. */
  readonly reserve: number;
  readonly oldest: ContactSample;
  readonly newest: ContactSample;
  /** Of a linked contact; undefined when there is none or it cannot be read. */
  readonly accountOnContact: boolean | undefined;
  readonly listings: readonly InspectedListing[];
  readonly lookups: readonly InspectedLookup[];
  /** Undefined when there was no contact to try it with. */
  readonly conversationsReadable: boolean | undefined;
  /** Whether a listing of contacts carries `x-front-tier`. */
  readonly tierHeader: boolean;
  readonly requests: number;
}

const LISTINGS = [
  { what: "contact lists", path: "/contact_lists", scope: "contacts:read" },
  { what: "custom fields", path: "/contacts/custom_fields", scope: "custom_fields:read" },
  { what: "accounts", path: "/accounts", scope: "accounts:read" },
  { what: "teammates", path: "/teammates", scope: "teammates:read" },
  { what: "inboxes", path: "/inboxes", scope: "inboxes:read" },
] as const;

/** Enough to see whether a listing is paged. */
const MAX_PAGES = 3;

/** Reads a sample of a company with GET requests only. Throws a `FrontError` when contacts cannot be read. */
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
    tierHeader: oldest.tierHeader,
    requests: inspector.requests + 1 + tokenInfo.permissions.length,
  };
}

type Json = Readonly<Record<string, unknown>>;

class Inspector {
  readonly #conversation: RetryingClient;
  readonly #addresses: ReturnType<typeof createFrontUrls>;
  readonly #bearer: NonNullable<HttpRequest["bearer"]>;

  constructor(options: FrontOptions) {
    this.#conversation = new RetryingClient(defaultClientOptions(options));
    this.#addresses = createFrontUrls(options.url ?? "https://api2.frontapp.com");
    this.#bearer = typeof options.token === "string" ? parseToken(options.token) : options.token;
  }

  get requests(): number {
    return this.#conversation.requests;
  }

  async sample(order: "asc" | "desc"): Promise<{ readonly items: readonly unknown[]; readonly tierHeader: boolean }> {
    const url = this.#addresses.contacts({ limit: 100 });
    url.searchParams.set("sort_order", order);
    const question = this.#get(url);
    const answer = await this.#conversation.send(question);
    const { items } = readJson(question, answer, decodeItems);
    return { items, tierHeader: answer.headers.has("x-front-tier") };
  }

  describe(items: readonly unknown[]): ContactSample {
    return describeContacts(items, (url) => this.#addresses.avatar(url) === undefined);
  }

  async listing({ what, path, scope }: (typeof LISTINGS)[number]): Promise<InspectedListing> {
    let [items, pages] = [0, 0];
    let pageToken: string | undefined;
    do {
      const page: Page<unknown> | undefined = await this.#page(this.#addresses.listing(path, { pageToken }));
      if (page === undefined) return { what, scope, items: undefined, pages, more: false };
      items += page.items.length;
      pages += 1;
      pageToken = page.next;
    } while (pageToken !== undefined && pages < MAX_PAGES);
    return { what, scope, items, pages, more: pageToken !== undefined };
  }

  /** Looks for an account with a contact, and whether that contact shows its account. */
  async accountOnContact(): Promise<boolean | undefined> {
    const accounts = await this.#page(this.#addresses.listing("/accounts", {}));
    for (const account of (accounts?.items ?? []).filter(isObject).slice(0, MAX_PAGES)) {
      const { id } = account;
      if (typeof id !== "string" || !/^acc_\w+$/.test(id)) continue;
      const members = await this.#page(this.#addresses.accountMembers(id, { limit: 1 }));
      const [member] = (members?.items ?? []).filter(isObject);
      if (member !== undefined) return isObject(member["account"]);
    }
    return undefined;
  }

  async conversationsReadable(items: readonly unknown[]): Promise<boolean | undefined> {
    const [id] = idsOf(items);
    if (id === undefined) return undefined;
    return (await this.#page(this.#addresses.contact(id, "conversations"))) !== undefined;
  }

  async lookups(items: readonly unknown[]): Promise<InspectedLookup[]> {
    const shared = items.filter(isObject).filter((contact) => contact["is_private"] !== true);
    const phone = held(shared, "phone", isPlainPhone);
    const email = held(shared, "email", (handle) => handle !== handle.toUpperCase());
    const own = held(
      items.filter(isObject).filter((contact) => contact["is_private"] === true),
      undefined,
      () => true,
    );
    const nobody = { id: "", handle: { source: "email", handle: "nobody@front-contacts.invalid" } };
    return [
      { what: "phone as stored", result: await this.#lookup(phone) },
      { what: "phone in the other form", result: await this.#lookup(respelled(phone, otherForm)) },
      { what: "email in upper case", result: await this.#lookup(respelled(email, (text) => text.toUpperCase())) },
      { what: "private contact", result: await this.#lookup(own) },
      { what: "nobody", result: await this.#lookup(nobody) },
    ];
  }

  async #lookup(sought: Held | undefined): Promise<LookupResult | undefined> {
    if (sought === undefined) return undefined;
    const question = this.#get(this.#addresses.contact(this.#addresses.alias(sought.handle)));
    try {
      const found = await this.#conversation.read(question, (json) => json);
      return isObject(found) && found["id"] === sought.id ? "same" : "other";
    } catch (error) {
      if (!(error instanceof FrontError) || stopsRun(error)) throw error;
      const results: Readonly<Record<string, LookupResult>> = { missing: "not-found", forbidden: "forbidden" };
      return results[error.code] ?? "refused";
    }
  }

  /** Undefined when the token may not read it. */
  async #page(url: URL): Promise<Page<unknown> | undefined> {
    try {
      return await this.#conversation.read(this.#get(url), decodeItems);
    } catch (error) {
      if (!(error instanceof FrontError) || !["forbidden", "missing", "wrong-address"].includes(error.code))
        throw error;
      return undefined;
    }
  }

  #get(url: URL): HttpRequest {
    return { method: "GET", url, bearer: this.#bearer };
  }
}

/** A handle and the contact that holds it. */
interface Held {
  readonly id: string;
  readonly handle: Handle;
}

function held(contacts: readonly Json[], source: string | undefined, fits: (handle: string) => boolean) {
  for (const contact of contacts) {
    const { id, handles } = contact;
    if (typeof id !== "string" || !Array.isArray(handles)) continue;
    const found = handles.find(
      (each: unknown): each is Handle =>
        isHandle(each) && [each.source, undefined].includes(source) && fits(each.handle),
    );
    if (found !== undefined) return { id, handle: { source: found.source, handle: found.handle } };
  }
  return undefined;
}

function respelled(found: Held | undefined, spell: (handle: string) => string): Held | undefined {
  return found && { id: found.id, handle: { ...found.handle, handle: spell(found.handle.handle) } };
}

function isPlainPhone(phone: string): boolean {
  return isE164(phone) || isE164(`+${phone}`);
}

/** With the plus sign where it is missing, and without it where it is there. */
function otherForm(phone: string): string {
  return phone.startsWith("+") ? phone.slice(1) : `+${phone}`;
}

function idsOf(items: readonly unknown[]): string[] {
  return items.filter(isObject).flatMap(({ id }) => (typeof id === "string" && /^crd_\w+$/.test(id) ? [id] : []));
}

function isHandle(value: unknown): value is Handle {
  return isObject(value) && typeof value["source"] === "string" && typeof value["handle"] === "string";
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
