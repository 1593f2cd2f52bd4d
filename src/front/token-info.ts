import { systemClock } from "../clock/system-clock.ts";
import { type Company, FrontError, stopsRun } from "./api.ts";
import { defaultClientOptions, type FrontOptions } from "./client.ts";
import { decodeCompany } from "./decode.ts";
import type { HttpRequest } from "./http.ts";
import { remainingIn, responseTime } from "./response.ts";
import { RetryingClient, readJson } from "./retrying-client.ts";
import { parseToken } from "./token.ts";
import { createFrontUrls } from "./urls.ts";

/** What can be read of Front. */
export type Readable = "contacts" | "custom-fields" | "contact-lists" | "accounts";

export interface ReadPermission {
  readonly what: Readable;
  /** The scope that Front documents for it. */
  readonly scope: string;
  /** Undefined when Front answered neither yes nor no. */
  readonly permitted: boolean | undefined;
  /** What Front said, unless it was yes. */
  readonly reason?: string;
}

/** What Front says of the budget: requests a window, and a burst beyond it. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly secondsToReset?: number;
  readonly burstLimit?: number;
  readonly burstRemaining?: number;
}

/** Who asks, as Front sees it. What may be written cannot be found out without writing. */
export interface TokenInfo {
  readonly company: Company;
  readonly rateLimit: RateLimit | undefined;
  readonly permissions: readonly ReadPermission[];
}

const PROBES: readonly { readonly what: Readable; readonly path: string; readonly scope: string }[] = [
  { what: "contacts", path: "/contacts?limit=1", scope: "contacts:read" },
  { what: "custom-fields", path: "/contacts/custom_fields", scope: "custom_fields:read" },
  { what: "contact-lists", path: "/contact_lists", scope: "contacts:read" },
  { what: "accounts", path: "/accounts?limit=1", scope: "accounts:read" },
];

/** Finds out by five GETs who asks and what may be read. Throws a `FrontError` when Front does not know the token. */
export async function readTokenInfo(options: FrontOptions): Promise<TokenInfo> {
  const { url = "https://api2.frontapp.com", token } = options;
  const addresses = createFrontUrls(url);
  const bearer = typeof token === "string" ? parseToken(token) : token;
  let headers = new Headers();
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const conversation = new RetryingClient({
    ...defaultClientOptions(options),
    // Refusals are counted too, and tell what is left.
    async fetch(request) {
      const response = await send(request);
      headers = response.headers;
      return response;
    },
  });
  const ask = (path: string) => ({ method: "GET", url: addresses.path(path), bearer }) as const satisfies HttpRequest;
  const me = ask("/me");
  const company = readJson(me, await conversation.send(me), decodeCompany);
  const permissions: ReadPermission[] = [];
  for (const { what, path, scope } of PROBES) {
    permissions.push({ what, scope, ...(await permission(conversation, ask(path))) });
  }
  return { company, rateLimit: rateLimitIn(headers, (options.clock ?? systemClock).now()), permissions };
}

async function permission(
  conversation: RetryingClient,
  question: HttpRequest,
): Promise<Pick<ReadPermission, "permitted" | "reason">> {
  try {
    readJson(question, await conversation.send(question), (json) => json);
    return { permitted: true };
  } catch (error) {
    if (!(error instanceof FrontError) || stopsRun(error)) throw error;
    return { permitted: error.code === "forbidden" ? false : undefined, reason: error.message };
  }
}

function rateLimitIn(headers: Headers, now: number): RateLimit | undefined {
  const number = (name: string) => {
    const text = headers.get(`x-ratelimit-${name}`);
    return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  };
  const [limit, remaining, reset] = [number("limit"), remainingIn(headers), number("reset")];
  const [burstLimit, burstRemaining] = [number("burst-limit"), number("burst-remaining")];
  if (limit === undefined || remaining === undefined) return undefined;
  const secondsToReset =
    reset === undefined ? undefined : Math.max(0, Math.floor(reset - (responseTime(headers) ?? now) / 1000));
  return {
    ...{ limit, remaining },
    ...(secondsToReset === undefined ? {} : { secondsToReset }),
    ...(burstLimit === undefined ? {} : { burstLimit }),
    ...(burstRemaining === undefined ? {} : { burstRemaining }),
  };
}
