import { systemClock } from "../clock/clock.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type Company, FrontError, stopsRun } from "./api.ts";
import { type Connection, type FrontOptions, openConnection } from "./connection.ts";
import { decodeCompany } from "./decode.ts";
import type { HttpRequest } from "./http.ts";
import { numberIn, remainingIn, responseTime } from "./rate-limit-headers.ts";
import { NOT_IN_SUBSCRIPTION, readJson } from "./response-errors.ts";

export type CheckedCollection = "contacts" | "custom-fields" | "contact-lists" | "accounts";

interface ReadPermission {
  readonly collection: CheckedCollection;
  readonly scope: string;
  /** Undefined if the check failed for a reason other than a missing permission. */
  readonly isPermitted: boolean | undefined;
  readonly reason?: string;
}

export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly secondsToReset?: number;
  readonly burstLimit?: number;
  readonly burstRemaining?: number;
}

/** The company, rate limit and read permissions of a token. Write permissions cannot be checked without writing. */
export interface TokenInfo {
  readonly company: Company;
  readonly rateLimit: RateLimit | undefined;
  readonly permissions: readonly ReadPermission[];
}

const CHECKS: readonly { readonly collection: CheckedCollection; readonly path: string; readonly scope: string }[] = [
  { collection: "contacts", path: "/contacts?limit=1", scope: "contacts:read" },
  { collection: "custom-fields", path: "/contacts/custom_fields", scope: "custom_fields:read" },
  { collection: "contact-lists", path: "/contact_lists", scope: "contacts:read" },
  { collection: "accounts", path: "/accounts?limit=1", scope: "accounts:read" },
];

/**
 * Reads the company and checks read permissions with five GET requests. Throws a `FrontError` if the company cannot be
 * read, or if a check fails with an error that affects all requests.
 */
export async function readTokenInfo(options: FrontOptions): Promise<TokenInfo> {
  let headers = new Headers();
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const connection = openConnection({
    ...options,
    // A rejected request also counts against the rate limit, so the headers of the last response are current.
    async fetch(request) {
      const response = await send(request);
      headers = response.headers;
      return response;
    },
  });
  const request = getRequest(connection, "/me");
  const company = readJson(request, await connection.client.send(request), decodeCompany);
  const permissions: ReadPermission[] = [];
  for (const { collection, path, scope } of CHECKS) {
    permissions.push({ collection, scope, ...(await checkPermission(connection, path)) });
  }
  return { company, rateLimit: rateLimitIn(headers, (options.clock ?? systemClock).now()), permissions };
}

function getRequest({ urls, token }: Connection, path: string): HttpRequest {
  return { method: "GET", url: urls.urlFor(path), bearer: token };
}

async function checkPermission(
  connection: Connection,
  path: string,
): Promise<Pick<ReadPermission, "isPermitted" | "reason">> {
  const request = getRequest(connection, path);
  try {
    readJson(request, await connection.client.send(request), (json) => json);
    return { isPermitted: true };
  } catch (error) {
    if (!(error instanceof FrontError) || stopsRun(error)) throw error;
    return { isPermitted: permissionAfter(error), reason: error.message };
  }
}

/** Returns false if an error shows that the token lacks the scope; undefined if it has another reason. */
export function permissionAfter({ code, message }: FrontError): false | undefined {
  return code === "forbidden" && !NOT_IN_SUBSCRIPTION.test(message) ? false : undefined;
}

function rateLimitIn(headers: Headers, now: number): RateLimit | undefined {
  const number = (name: string) => numberIn(headers, `x-ratelimit-${name}`);
  const [limit, remaining, reset] = [number("limit"), remainingIn(headers), number("reset")];
  const [burstLimit, burstRemaining] = [number("burst-limit"), number("burst-remaining")];
  if (limit === undefined || remaining === undefined) return undefined;
  const secondsToReset =
    reset === undefined ? undefined : Math.max(0, Math.floor(reset - (responseTime(headers) ?? now) / 1000));
  return omitUndefined({ limit, remaining, secondsToReset, burstLimit, burstRemaining });
}
