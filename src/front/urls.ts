import type { Handle } from "../model/contact.ts";
import { FrontError } from "./api.ts";

interface PageQuery {
  readonly limit?: number;
  readonly pageToken?: string | undefined;
}

interface ContactsQuery extends PageQuery {
  /** Epoch seconds, to the millisecond. */
  readonly updatedAfter?: number | undefined;
}

/** Builds every address that is ever asked. No address that Front sends is used, but for the way to a picture. */
export interface FrontUrls {
  path(path: string): URL;
  /** One page of a listing. Without a limit, which Front documents for some listings only. */
  listing(path: string, query: Pick<PageQuery, "pageToken">): URL;
  /** One page of a listing, or the collection itself without a limit. */
  contacts(query: ContactsQuery): URL;
  contact(segment: string, below?: string): URL;
  list(listId: string): URL;
  listMembers(listId: string, query: PageQuery): URL;
  account(name: string): URL;
  accountMembers(accountId: string, query: PageQuery): URL;
  /** The path segment by which Front finds whoever holds a handle. */
  alias(handle: Handle): string;
  /** Where a contact's `avatar_url` may be fetched with the token; undefined when it is on a host that is not Front's. */
  avatar(url: string): URL | undefined;
  /** Where a picture may be fetched without the token; undefined for anything but another https host. */
  signed(location: string | undefined): URL | undefined;
}

const FRONT_HOST = /^(api2\.frontapp\.com|[a-z0-9-]+\.api\.frontapp\.com)$/;
/** The emulator names a host under `.example`, which cannot exist. */
const FRONT_OR_ITS_EMULATOR = /^(api2\.frontapp\.com|[a-z0-9-]+\.api\.front(app\.com|\.example))$/;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** Throws a `FrontError` when the address is not one that may see the token. */
export function createFrontUrls(configured: string): FrontUrls {
  const base = parseBase(configured, API);

  function path(written: string): URL {
    const url = new URL(base.href + written.slice(1));
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) {
      throw new Error(`an address left ${base.href}`);
    }
    return url;
  }

  /** URLs fold "." and "..", encoded or not, so a segment is only sent if it arrives as it is written. */
  function below(collection: string, segment: string, rest = ""): URL {
    const written = `/${collection}/${encoded(segment)}${rest}`;
    const url = path(written);
    if (segment === "" || !url.pathname.endsWith(written)) throw unaddressable(segment);
    return url;
  }

  return {
    path,
    listing: (written, query) => paged(path(written), query),
    contacts({ limit, pageToken, updatedAfter }) {
      const url = paged(path("/contacts"), { limit, pageToken });
      if (limit === undefined) return url;
      if (updatedAfter !== undefined) url.searchParams.set("q[updated_after]", updatedAfter.toFixed(3));
      url.searchParams.set("sort_by", "created_at");
      url.searchParams.set("sort_order", "asc");
      return url;
    },
    contact: (segment, rest) => below("contacts", segment, rest === undefined ? "" : `/${rest}`),
    list: (listId) => below("contact_lists", listId),
    listMembers: (listId, query) => paged(below("contact_lists", listId, "/contacts"), query),
    account: (name) => below("accounts", name),
    accountMembers: (accountId, query) => paged(below("accounts", accountId, "/contacts"), query),
    alias: ({ source, handle }) => `alt:${source}:${handle.trim()}`,
    avatar(url) {
      const named = URL.canParse(url, base.href) ? new URL(url, base) : undefined;
      if (named === undefined || (isFront(named) && isFront(base))) return named;
      return isPictureHost(named, base) ? path(named.pathname) : undefined;
    },
    signed(location) {
      if (location === undefined || !URL.canParse(location)) return undefined;
      const url = new URL(location);
      if (hasPassword(url)) return undefined;
      if (url.protocol === "https:") return url;
      return url.origin === base.origin && LOOPBACK.test(url.hostname) ? url : undefined;
    },
  };
}

function isPictureHost({ host }: URL, base: URL): boolean {
  return host === base.host || (isFront(base) ? FRONT_HOST : FRONT_OR_ITS_EMULATOR).test(host);
}

function paged(url: URL, { limit, pageToken }: { limit?: number | undefined; pageToken?: string | undefined }): URL {
  if (limit !== undefined) url.searchParams.set("limit", String(limit));
  if (pageToken !== undefined) url.searchParams.set("page_token", pageToken);
  return url;
}

/** Where tokens may be sent to be made and renewed, under the same rule. Ends with a slash. */
export function oauthBase(configured: string): URL {
  return parseBase(configured, OAUTH);
}

interface Service {
  readonly variable: string;
  readonly usually: string;
  readonly what: string;
  readonly sent: string;
  readonly isFront: (url: URL) => boolean;
}

const API: Service = {
  ...{ variable: "FRONT_API_URL", usually: "https://api2.frontapp.com", what: "an API", sent: "The token is" },
  isFront,
};

const OAUTH: Service = {
  ...{ variable: "FRONT_OAUTH_URL", usually: "https://app.frontapp.com/oauth", what: "a sign-in" },
  sent: "The application's secret is",
  isFront: (url) => url.protocol === "https:" && url.host === "app.frontapp.com",
};

/** An address is not repeated where it may hold a secret: a password, or a token that was mistaken for an address. */
function parseBase(configured: string, { variable, usually, what, sent, isFront }: Service): URL {
  const advice = `Set ${variable} to ${usually}, or leave it out.`;
  const base = URL.canParse(configured) ? new URL(configured.endsWith("/") ? configured : `${configured}/`) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol) || hasPassword(base) || base.search + base.hash !== "") {
    throw new FrontError("wrong-address", `${variable} is not the address of ${what}`, { advice });
  }
  if (isFront(base) || LOOPBACK.test(base.hostname)) return base;
  const only = "it goes to Front's own hosts over https, or to this machine, only";
  throw new FrontError("wrong-address", `${sent} not sent to ${base.origin}: ${only}`, { advice });
}

function isFront(url: URL): boolean {
  return url.protocol === "https:" && FRONT_HOST.test(url.host) && !hasPassword(url);
}

/** fetch refuses such an address with an error that repeats it. */
function hasPassword({ username, password }: URL): boolean {
  return username !== "" || password !== "";
}

/** As in front-api.md 11: the two colons of an alias stay, everything that belongs to the handle is encoded. */
function encoded(segment: string): string {
  if (/\p{Surrogate}/u.test(segment)) throw unaddressable(JSON.stringify(segment));
  return encodeURIComponent(segment).replace(/^alt%3A(\w+)%3A/, "alt:$1:");
}

function unaddressable(segment: string): FrontError {
  const advice = "Write the handle in another way, or leave it out.";
  return new FrontError("refused", `${segment} cannot be part of an address`, { advice });
}
