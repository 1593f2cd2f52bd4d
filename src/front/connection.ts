import { type Clock, type Random, systemClock } from "../clock/clock.ts";
import { requireNumber } from "../model/require-number.ts";
import { API_URL, DEFAULT_BACKOFF, DEFAULT_PARALLELISM, DEFAULT_RESERVE } from "./constants.ts";
import type { Fetch } from "./http.ts";
import type { Pause } from "./rate-limiter.ts";
import type { RequestBudget } from "./request-budget.ts";
import { RetryingClient } from "./retrying-client.ts";
import { parseToken, type TokenSource } from "./token.ts";
import { createFrontUrls, type FrontUrls } from "./urls.ts";

export interface FrontOptions {
  /**
   * `https://api2.frontapp.com` (default), `https://*.api.frontapp.com` or a loopback address. It receives the token,
   * so it must not come from a configuration file.
   */
  readonly url?: string | undefined;
  /** An API token, or a source of renewable tokens. */
  readonly token: string | TokenSource;
  /** Default: the system clock. */
  readonly clock?: Clock | undefined;
  /** Default: `Math.random`. */
  readonly random?: Random | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Once it is aborted, no new requests are sent; requests in flight have a few seconds to finish. */
  readonly signal?: AbortSignal | undefined;
  /** Share of the rate limit to leave for other integrations, from 0 to 0.99. Default: 0.2. */
  readonly reserve?: number | undefined;
  /** The request budget of another client, to share its rate limit. */
  readonly requestBudget?: RequestBudget | undefined;
  /** Also uses Front's burst pool. Default: false. */
  readonly burst?: boolean | undefined;
  /** Maximum number of requests in flight. Default: 4. */
  readonly parallelism?: number | undefined;
  /** Maximum milliseconds before the first retry. Default: 500. */
  readonly backoff?: number | undefined;
  /** Rejects all requests except GET. Default: false. */
  readonly readOnly?: boolean | undefined;
  /** Called before a pause of at least a second. */
  readonly onPause?: ((pause: Pause) => void) | undefined;
}

export interface Connection {
  readonly client: RetryingClient;
  readonly urls: FrontUrls;
  readonly token: string | TokenSource;
}

export function openConnection(options: FrontOptions): Connection {
  const { clock = systemClock, random = Math.random, fetch, signal, onPause, requestBudget, burst } = options;
  const { reserve = DEFAULT_RESERVE, backoff = DEFAULT_BACKOFF, parallelism = DEFAULT_PARALLELISM } = options;
  requireNumber("reserve", reserve, 0, 0.99);
  requireNumber("backoff", backoff, 0);
  requireNumber("parallelism", parallelism, 1);
  const limits = { reserve, burst, requestBudget, parallelism, backoff };
  return {
    urls: createFrontUrls(options.url ?? API_URL),
    client: new RetryingClient({ clock, random, fetch, signal, onPause, ...limits }),
    token: tokenOf(options),
  };
}

/** In JavaScript, the token may be undefined, for example because an environment variable is not set. */
function tokenOf({ token }: { readonly token?: string | TokenSource | undefined }): string | TokenSource {
  return typeof token === "object" ? token : parseToken(token ?? "");
}
