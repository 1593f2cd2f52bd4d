import type { Clock } from "../clock/clock.ts";
import type { Fetch } from "./http.ts";

/** One request and what came of it. Holds no body and, of the headers, only what tells how Front is doing. */
export interface TracedRequest {
  /** When it was sent, in ISO 8601. */
  readonly at: string;
  readonly method: string;
  /** With the query. Handles of contacts may be part of it. */
  readonly url: string;
  /** Until the headers of the answer were there. */
  readonly milliseconds: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of a status, when there was no answer. */
  readonly error?: string;
}

/** Anything not in this list stays unseen, the bearer first of all. */
const TOLD_HEADERS = [
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

/** Sends as `fetch` does, and tells of every exchange once its answer begins, or once it has failed. */
export function traceRequests(
  fetch: Fetch,
  { clock, tell }: { readonly clock: Clock; readonly tell: (exchange: TracedRequest) => void },
): Fetch {
  return async (request) => {
    const { method } = request;
    const url = shownUrl(request);
    const at = new Date(clock.now()).toISOString();
    const start = clock.monotonic();
    const about = () => ({ at, method, url, milliseconds: Math.round(clock.monotonic() - start) });
    try {
      const response = await fetch(request);
      tell({ ...about(), status: response.status, headers: toldOf(response.headers) });
      return response;
    } catch (error) {
      tell({ ...about(), error: wordsOf(error) });
      throw error;
    }
  };
}

/** An address that is asked without the bearer is a signed one, whose query is as good as a key. */
function shownUrl({ url, headers }: Request): string {
  const { origin, pathname } = new URL(url);
  return headers.has("authorization") ? url : `${origin}${pathname}`;
}

function toldOf(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(
    TOLD_HEADERS.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** Messages of errors may repeat what was sent; codes do not. */
function wordsOf(error: unknown): string {
  const { name, code, cause } = error as { name?: unknown; code?: unknown; cause?: { code?: unknown } };
  const innermost = cause?.code ?? code ?? name;
  return typeof innermost === "string" ? innermost : "failed";
}
