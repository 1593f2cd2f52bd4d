import type { KyInstance } from "ky";
import type { Clock } from "../clock/clock.ts";
import { INTERRUPT_TIMEOUT, MAX_RESPONSE_BYTES, REQUEST_TIMEOUT } from "./constants.ts";
import { encodeJson } from "./json.ts";
import type { TokenSource } from "./token.ts";
import { isLoopback } from "./urls.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly json?: unknown;
  readonly form?: FormData | URLSearchParams;
  /** Maximum size of the response in bytes, after decompression. */
  readonly maxBytes?: number;
  /** Milliseconds for the request and its whole response. */
  readonly timeout?: number;
  /** Omitted for a URL that must not receive the token. */
  readonly bearer?: string | TokenSource;
  /** True if the request follows from a response received a moment ago, so it must not wait for a token renewal. */
  readonly skipRenewal?: boolean;
  /** Base64 of `id:secret`, instead of a bearer. */
  readonly basic?: string;
}

/** A response whose body was read to its end. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** A request without a complete response. `outcome` is `unknown` if the server may have processed the request. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly outcome: "not-done" | "unknown";
  /** False for failures that happen again, such as an untrusted certificate. */
  readonly retriable: boolean;

  /** True if no program on this machine listens on the port of the request. */
  readonly nobodyListens: boolean;

  constructor(message: string, outcome: "not-done" | "unknown", { retriable = true, nobodyListens = false } = {}) {
    super(message);
    this.outcome = outcome;
    this.retriable = retriable;
    this.nobodyListens = nobodyListens;
  }
}

export type Fetch = (request: Request) => Promise<Response>;

export interface HttpOptions {
  readonly clock: Clock;
  readonly fetch?: Fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Error codes of Node for requests that never reached the server. Any other request may have been processed. */
const NOT_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "host not found",
  EAI_AGAIN: "temporary failure in name resolution",
  ENETUNREACH: "network unreachable",
  EHOSTUNREACH: "host unreachable",
  UND_ERR_CONNECT_TIMEOUT: "connection timed out",
};

const CERTIFICATE = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_(GET|VERIFY)/;

let http: Promise<KyInstance> | undefined;

/**
 * Loads ky with the first request, because it loads Node's fetch, which takes longer than a command without requests.
 * Retries, redirects and errors for statuses are handled by the callers, so ky's own are off.
 */
export function loadHttp(): Promise<KyInstance> {
  http ??= import("ky").then(({ default: ky }) =>
    ky.create({ retry: 0, timeout: false, throwHttpErrors: false, redirect: "manual", stringifyJson: encodeJson }),
  );
  return http;
}

/** Sends one request once and returns its response, whatever the status. Throws a `NetworkError`. */
export async function sendHttp(request: HttpRequest, { clock, fetch, signal }: HttpOptions): Promise<HttpResponse> {
  const { method, url, json, form, maxBytes = MAX_RESPONSE_BYTES } = request;
  const timeout = startTimeout(request.timeout ?? REQUEST_TIMEOUT, clock, signal);
  try {
    const http = await loadHttp();
    const response = await http(url, {
      method,
      signal: timeout.signal,
      headers: { accept: "application/json", ...authorization(request) },
      ...(json === undefined ? {} : { json }),
      ...(form === undefined ? {} : { body: form }),
      ...(fetch === undefined ? {} : { fetch: (request: unknown) => fetch(request as Request) }),
    });
    return { status: response.status, headers: response.headers, body: await readBody(response, maxBytes) };
  } catch (error) {
    throw toNetworkError(error, url, timeout.reason());
  } finally {
    timeout.cancel();
  }
}

/**
 * Sends a request with its token. If Front refuses the token with a 401, nothing was done, so the request is sent once
 * more with a renewed token. Returns `token-renewed` instead for a request with `skipRenewal`. Calls `onRequest` before
 * each request.
 */
export async function sendAuthorized(
  request: HttpRequest,
  { onRequest, ...options }: HttpOptions & { readonly onRequest: () => void },
): Promise<HttpResponse | "token-renewed"> {
  const { bearer, skipRenewal } = request;
  const send = (authorized: HttpRequest) => {
    onRequest();
    return sendHttp(authorized, options);
  };
  if (bearer === undefined || typeof bearer === "string") return await send(request);
  const token = await bearer.current({ skipRenewal });
  const response = await send({ ...request, bearer: token });
  if (response.status !== 401) return response;
  const renewed = await bearer.renewAfterRefusal(token);
  if (renewed === undefined) return response;
  return skipRenewal === true ? "token-renewed" : await send({ ...request, bearer: renewed });
}

function authorization({ bearer, basic }: HttpRequest): { authorization?: string } {
  if (basic !== undefined) return { authorization: `Basic ${basic}` };
  return typeof bearer === "string" ? { authorization: `Bearer ${bearer}` } : {};
}

function startTimeout(milliseconds: number, clock: Clock, interrupt: AbortSignal | undefined) {
  const controller = new AbortController();
  const finished = new AbortController();
  let reason: string | undefined;
  async function abortAfter(wait: number, because: string) {
    await clock.sleep(wait, finished.signal);
    if (finished.signal.aborted) return;
    reason = because;
    controller.abort();
  }
  function onInterrupt() {
    void abortAfter(INTERRUPT_TIMEOUT, "did not respond in time after the interrupt");
  }
  void abortAfter(milliseconds, `did not send a complete response within ${milliseconds / 1000} s`);
  if (interrupt?.aborted) onInterrupt();
  interrupt?.addEventListener("abort", onInterrupt, { once: true });
  return {
    signal: controller.signal,
    reason: () => reason,
    cancel() {
      // Without a reason, Node.js would create an error for each request.
      finished.abort("finished");
      interrupt?.removeEventListener("abort", onInterrupt);
    },
  };
}

async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    for await (const chunk of response.body) {
      size += chunk.byteLength;
      if (size > maxBytes)
        throw new NetworkError(`sent a response of more than ${maxBytes} bytes`, "unknown", { retriable: false });
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks);
}

function toNetworkError(error: unknown, url: URL, timedOut: string | undefined): unknown {
  if (error instanceof NetworkError) return new NetworkError(`${url.host} ${error.message}`, error.outcome, error);
  if (timedOut !== undefined) return new NetworkError(`${url.host} ${timedOut}`, "unknown");
  const code = innermostCode(error);
  if (code !== undefined) return errorForCode(code, url);
  if (/bad port/.test(String((error as { cause?: unknown } | null)?.cause))) {
    return new NetworkError(`${url.host}: Node.js does not connect to this port`, "not-done", { retriable: false });
  }
  const failedFetch = /^TypeError: (fetch failed|terminated)/.test(String(error));
  return failedFetch ? new NetworkError(`${url.host} closed the connection`, "unknown") : error;
}

function errorForCode(code: string, url: URL): NetworkError {
  const notSent = NOT_SENT[code];
  if (notSent !== undefined) {
    const nobodyListens = code === "ECONNREFUSED" && isLoopback(url);
    return new NetworkError(`${url.host}: ${notSent} (${code})`, "not-done", { nobodyListens });
  }
  if (CERTIFICATE.test(code)) {
    return new NetworkError(`${url.host} has a certificate that is not trusted (${code})`, "not-done", {
      retriable: false,
    });
  }
  return new NetworkError(`${url.host} closed the connection (${code})`, "unknown");
}

/**
 * Returns the code of the innermost cause: fetch reports only that it failed, and the causes may be nested or several.
 * Reads properties only, because an error of another realm is not an `instanceof` this realm's `Error`.
 */
function innermostCode(error: unknown): string | undefined {
  let found: string | undefined;
  let current = error;
  for (let depth = 0; depth < 8 && typeof current === "object" && current !== null; depth += 1) {
    const { code, cause, errors } = current as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof code === "string") found = code;
    current = Array.isArray(errors) ? errors[0] : cause;
  }
  return found;
}
