import type { Clock, Random } from "../clock/clock.ts";
import { systemClock } from "../clock/clock.ts";
import { API_URL, DEFAULT_BACK_OFF, DEFAULT_PARALLELISM, DEFAULT_RESERVE } from "./constants.ts";
import type { Fetch } from "./http.ts";
import type { Pause } from "./rate-limiter.ts";
import type { RequestBudget } from "./request-budget.ts";
import { RetryingClient } from "./retrying-client.ts";
import { parseToken, type TokenSource } from "./token.ts";
import { createFrontUrls, type FrontUrls } from "./urls.ts";

export interface FrontOptions {
  /** `https://api2.frontapp.com` by default, or a loopback address. Must not come from a file of the repository. */
  readonly url?: string | undefined;
  /** An API token, or a source of tokens that may have to be renewed. */
  readonly token: string | TokenSource;
  /** By default the system's clock. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** By default the global one. */
  readonly fetch?: Fetch | undefined;
  /** When aborted, no new requests are sent, pauses end, and requests in flight get a few seconds to finish. */
  readonly signal?: AbortSignal | undefined;
  /** Share (0 to 1) of the rate limit that is left to the company's other integrations (default: 0.2). */
  readonly reserve?: number | undefined;
  /** The budget of an earlier connection of this run, with its measurements. Its own reserve and burst apply. */
  readonly requestBudget?: RequestBudget | undefined;
  /** True to also use the burst allowance (default: false, because other integrations need it in peaks). */
  readonly burst?: boolean | undefined;
  /** Maximum number of requests in flight (default: 4). */
  readonly parallelism?: number | undefined;
  /** Milliseconds before the second attempt of a request (default: 500). */
  readonly backOff?: number | undefined;
  /** True to allow GET requests only; any other request is a programming error. */
  readonly readOnly?: boolean | undefined;
  /** Called before a pause of a second or more. */
  readonly onPause?: ((pause: Pause) => void) | undefined;
}

/** The parts of a connection to Front's API, for the requests of this folder. */
export interface Connection {
  readonly client: RetryingClient;
  readonly urls: FrontUrls;
  readonly bearer: string | TokenSource;
}

/** Throws a `FrontError` if the URL may not receive a token, or if the token is malformed. */
export function openConnection(options: FrontOptions): Connection {
  const { clock = systemClock, random = Math.random, fetch, signal, onPause, requestBudget, burst } = options;
  const { reserve = DEFAULT_RESERVE, backOff = DEFAULT_BACK_OFF, parallelism = DEFAULT_PARALLELISM } = options;
  const limits = { reserve, burst, requestBudget, parallelism, backOff };
  return {
    urls: createFrontUrls(options.url ?? API_URL),
    client: new RetryingClient({ clock, random, fetch, signal, onPause, ...limits }),
    bearer: typeof options.token === "string" ? parseToken(options.token) : options.token,
  };
}
