import type { Clock } from "../clock/clock.ts";
import type { Fetch } from "./http.ts";

/** A request and its result, without bodies and with selected headers. */
export interface TracedRequest {
  /** Time of sending, in ISO 8601. */
  readonly at: string;
  readonly method: string;
  /** The path may contain the handle of a contact. The query of a signed URL is omitted. */
  readonly url: string;
  /** Milliseconds until the headers of the response arrived, or until the request failed. */
  readonly milliseconds: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The code or name of the error; undefined if there was a response. */
  readonly error?: string;
}

/** The response headers to trace. Other headers may contain secrets. */
const TRACED_HEADERS = [
  "date",
  "content-type",
  "content-length",
  "retry-after",
  "x-front-tier",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-ratelimit-burst-limit",
  "x-ratelimit-burst-remaining",
];

/** Returns a `fetch` that calls `onRequest` when the headers of a response arrive and when a request fails. */
export function traceRequests(
  fetch: Fetch,
  { clock, onRequest }: { readonly clock: Clock; readonly onRequest: (request: TracedRequest) => void },
): Fetch {
  return async (request) => {
    const { method } = request;
    const url = tracedUrl(request);
    const at = new Date(clock.now()).toISOString();
    const start = clock.monotonic();
    const traced = () => ({ at, method, url, milliseconds: Math.round(clock.monotonic() - start) });
    try {
      const response = await fetch(request);
      onRequest({ ...traced(), status: response.status, headers: tracedHeaders(response.headers) });
      return response;
    } catch (error) {
      onRequest({ ...traced(), error: errorCode(error) });
      throw error;
    }
  };
}

/** Omits the query of a URL that is requested without the token: it may be the signature of a signed URL. */
function tracedUrl({ url, headers }: Request): string {
  const { origin, pathname } = new URL(url);
  return headers.has("authorization") ? url : `${origin}${pathname}`;
}

function tracedHeaders(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(
    TRACED_HEADERS.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** Returns the code or name of an error. Omits the message, because it may contain the request. */
function errorCode(error: unknown): string {
  const { name, code, cause } = error as { name?: unknown; code?: unknown; cause?: { code?: unknown } };
  const innermost = cause?.code ?? code ?? name;
  return typeof innermost === "string" ? innermost : "failed";
}
