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
   * The base URL: `https://api2.frontapp.com` (default), `https://*.api.frontapp.com` or a loopback address. Must not
   * come from a configuration file, because it receives the token.
   */
  readonly url?: string | undefined;
  /** An API token, or a source of tokens that are read later or renewed. */
  readonly token: string | TokenSource;
  /** The clock (default: the system's). */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** The function that sends requests (default: the global `fetch`). */
  readonly fetch?: Fetch | undefined;
  /** Interrupts the run: no new requests are sent, pauses end, and requests in flight have a few seconds to finish. */
  readonly signal?: AbortSignal | undefined;
  /** Share (0 to 0.99) of the rate limit to leave for the company's other integrations (default: 0.2). */
  readonly reserve?: number | undefined;
  /** The budget of another connection in the same run, to share its measurements, reserve and burst pool. */
  readonly requestBudget?: RequestBudget | undefined;
  /** True to also use the burst pool (default: false, because other integrations need it for peaks). */
  readonly burst?: boolean | undefined;
  /** Maximum number of requests in flight (default: 4). */
  readonly parallelism?: number | undefined;
  /** Maximum backoff in milliseconds before the second attempt of a request (default: 500). */
  readonly backoff?: number | undefined;
  /** True to reject all requests except GET as a programming error (default: false). */
  readonly readOnly?: boolean | undefined;
  /** Called before a pause of a second or more. */
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
