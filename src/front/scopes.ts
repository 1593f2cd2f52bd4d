import type { HttpRequest } from "./http.ts";

type Method = HttpRequest["method"] | "any";

/**
 * The scopes that Front documents for each endpoint (docs/front.md#authentication-and-scopes). The first match counts.
 */
const SCOPES: readonly (readonly [path: RegExp, method: Method, scope: string])[] = [
  [/\/custom_fields$/, "any", "custom_fields:read"],
  [/\/teammates$/, "any", "teammates:read"],
  [/\/inboxes$/, "any", "inboxes:read"],
  [/\/contacts\/[^/]+\/conversations$/, "any", "conversations:read"],
  [/\/accounts\/[^/]+\/contacts$/, "GET", "contacts:read"],
  [/\/accounts\/[^/]+\/contacts$/, "any", "accounts:write"],
  [/\/accounts(\/[^/]+)?$/, "GET", "accounts:read"],
  [/\/accounts\/[^/]+$/, "DELETE", "accounts:delete"],
  [/\/accounts(\/[^/]+)?$/, "any", "accounts:write"],
  [/\/(contacts|contact_lists)\/[^/]+$/, "DELETE", "contacts:delete"],
  [/\/(contacts|contact_lists)(\/|$)/, "GET", "contacts:read"],
  [/\/(contacts|contact_lists)(\/|$)/, "any", "contacts:write"],
];

/** Returns the scope that a request needs; undefined where Front documents none. */
export function scopeOf({ method, url }: Pick<HttpRequest, "method" | "url">): string | undefined {
  return SCOPES.find(([path, allowed]) => path.test(url.pathname) && ["any", method].includes(allowed))?.[2];
}
