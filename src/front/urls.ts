import type { Handle } from "../model/contact.ts";
import { type AccountOrder, FrontError } from "./api.ts";
import { API_URL, OAUTH_URL } from "./constants.ts";

interface PageQuery {
  readonly limit?: number | undefined;
  readonly pageToken?: string | undefined;
}

interface ContactsQuery extends PageQuery {
  /** Epoch seconds with up to three decimals. */
  readonly updatedAfter?: number | undefined;
}

const FRONT_HOST = /^(api2\.frontapp\.com|[a-z0-9-]+\.api\.frontapp\.com)$/;
/**
 * Matches the hosts of Front, and the hosts in the emulator's responses, which are under the reserved domain
 * `.example`.
 */
const FRONT_OR_EMULATOR = /^(api2\.frontapp\.com|[a-z0-9-]+\.api\.front(app\.com|\.example))$/;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}

export type FrontUrls = ReturnType<typeof createFrontUrls>;

/**
 * Returns functions that create the URLs of requests. Only pictures use URLs from responses. Throws a `FrontError` if
 * the base URL is not valid, or if the token must not be sent to it.
 */
export function createFrontUrls(configured: string) {
  const base = parseBaseUrl(configured, API);

  function urlFor(pathAndQuery: string): URL {
    const url = new URL(base.href + pathAndQuery.slice(1));
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) {
      throw new Error(`"${pathAndQuery}" is not a path under ${base.href}`);
    }
    return url;
  }

  /**
   * Returns the URL of an item or its subpath. Throws a `FrontError` if the segment is empty, or if `URL` would change
   * it, like "..".
   */
  function itemUrl(collection: string, segment: string, subpath = ""): URL {
    const expected = `/${collection}/${encodeAlias(segment)}${subpath}`;
    const url = urlFor(expected);
    if (segment === "" || !url.pathname.endsWith(expected)) throw invalidSegmentError(segment);
    return url;
  }

  return {
    urlFor,
    /** Omits `limit`, which Front documents for some listings only. */
    listing: (listingPath: string, query: Pick<PageQuery, "pageToken">) => paged(urlFor(listingPath), query),
    contacts({ updatedAfter, ...query }: ContactsQuery) {
      const url = paged(urlFor("/contacts"), query);
      if (updatedAfter !== undefined) url.searchParams.set("q[updated_after]", updatedAfter.toFixed(3));
      url.searchParams.set("sort_by", "created_at");
      url.searchParams.set("sort_order", "asc");
      return url;
    },
    /** `segment` is an ID or an alias. */
    contact: (segment: string, subresource?: string) =>
      itemUrl("contacts", segment, subresource === undefined ? "" : `/${subresource}`),
    lists: (team: string | undefined, query: Pick<PageQuery, "pageToken">) =>
      paged(team === undefined ? urlFor("/contact_lists") : itemUrl("teams", team, "/contact_lists"), query),
    list: (listId: string) => itemUrl("contact_lists", listId),
    listMembers: (listId: string, query: PageQuery) => paged(itemUrl("contact_lists", listId, "/contacts"), query),
    account: (idOrAlias: string) => itemUrl("accounts", idOrAlias),
    accounts({ order, ...query }: PageQuery & { readonly order: AccountOrder }) {
      const url = paged(urlFor("/accounts"), query);
      url.searchParams.set("sort_by", order === "oldest-first" ? "created_at" : "updated_at");
      url.searchParams.set("sort_order", order === "oldest-first" ? "asc" : "desc");
      return url;
    },
    accountMembers: (accountId: string, query: PageQuery) => paged(itemUrl("accounts", accountId, "/contacts"), query),
    alias: ({ source, handle }: Handle) => `alt:${source}:${handle.trim()}`,
    /**
     * Returns the URL from which to request a picture with the token: the picture's URL if it and the base URL are both
     * Front's, and otherwise its path on the host of the base URL. Returns undefined if the picture's URL is invalid or
     * on a host that `isOnFrontHost` rejects.
     */
    avatar(url: string) {
      const picture = URL.canParse(url, base.href) ? new URL(url, base) : undefined;
      if (picture === undefined || (isFront(picture) && isFront(base))) return picture;
      return isOnFrontHost(picture, base) ? urlFor(picture.pathname) : undefined;
    },
    /**
     * Returns the URL of a redirect, to follow without the token. Returns undefined if the URL is not absolute,
     * contains credentials, or is neither https nor on the loopback origin of the base URL.
     */
    redirectTarget(location: string | undefined) {
      if (location === undefined || !URL.canParse(location)) return undefined;
      const url = new URL(location);
      if (hasCredentials(url)) return undefined;
      if (url.protocol === "https:") return url;
      return url.origin === base.origin && LOOPBACK.test(url.hostname) ? url : undefined;
    },
  };
}

/**
 * Returns whether a URL is on one of Front's hosts, on the host of `base` or, if `base` is not Front, on one of the
 * hosts in the emulator's responses.
 */
export function isOnFrontHost({ host }: URL, base: URL): boolean {
  return host === base.host || (isFront(base) ? FRONT_HOST : FRONT_OR_EMULATOR).test(host);
}

function paged(url: URL, { limit, pageToken }: PageQuery): URL {
  if (limit !== undefined) url.searchParams.set("limit", String(limit));
  if (pageToken !== undefined) url.searchParams.set("page_token", pageToken);
  return url;
}

/** Returns the base URL for OAuth. Throws a `FrontError` if it is not valid or must not receive the client secret. */
export function oauthBase(configured: string): URL {
  return parseBaseUrl(configured, OAUTH);
}

interface Service {
  readonly variable: string;
  readonly defaultUrl: string;
  readonly kind: string;
  readonly secret: string;
  readonly isFront: (url: URL) => boolean;
}

const API: Service = {
  variable: "FRONT_API_URL",
  defaultUrl: API_URL,
  kind: "API",
  secret: "token",
  isFront,
};

const OAUTH: Service = {
  variable: "FRONT_OAUTH_URL",
  defaultUrl: OAUTH_URL,
  kind: "OAuth",
  secret: "client secret",
  isFront: (url) => url.protocol === "https:" && url.host === "app.frontapp.com",
};

/**
 * Returns the base URL with a trailing slash. Errors show at most the origin, because the URL may contain a secret by
 * mistake.
 */
function parseBaseUrl(configured: string, { variable, defaultUrl, kind, secret, isFront }: Service): URL {
  const advice = `Set the base URL (${variable}) to ${defaultUrl}, or omit it.`;
  const base = URL.canParse(configured) ? new URL(configured.endsWith("/") ? configured : `${configured}/`) : undefined;
  if (
    base === undefined ||
    !/^https?:$/.test(base.protocol) ||
    hasCredentials(base) ||
    base.search + base.hash !== ""
  ) {
    throw new FrontError("wrong-address", `The ${kind} base URL (${variable}) is not valid`, { advice });
  }
  if (isFront(base) || LOOPBACK.test(base.hostname)) return base;
  const message = `The ${secret} must not be sent to ${base.origin}: only Front's hosts over https and this machine are allowed`;
  throw new FrontError("wrong-address", message, { advice });
}

function isFront(url: URL): boolean {
  return url.protocol === "https:" && FRONT_HOST.test(url.host) && !hasCredentials(url);
}

/** A URL with credentials is rejected, because errors from fetch would contain them. */
function hasCredentials({ username, password }: URL): boolean {
  return username !== "" || password !== "";
}

/** Percent-encodes a segment, except the two colons of an alias (docs/front.md#aliases). */
function encodeAlias(segment: string): string {
  if (/\p{Surrogate}/u.test(segment)) throw invalidSegmentError(segment);
  return encodeURIComponent(segment).replace(/^alt%3A(\w+)%3A/, "alt:$1:");
}

function invalidSegmentError(segment: string): FrontError {
  const advice = "Correct the handle or external ID in the configuration, or remove it.";
  return new FrontError("refused", `${JSON.stringify(segment)} cannot be part of a URL`, { advice });
}
