import type { KyInstance } from "ky";
import type { Clock } from "../clock/clock.ts";
import { groupDigits } from "../model/plural.ts";
import { FrontError, type Outcome } from "./api.ts";
import { INTERRUPT_TIMEOUT, MAX_RESPONSE_BYTES, REQUEST_TIMEOUT } from "./constants.ts";
import { encodeJson } from "./json.ts";
import { redact, type TokenSource } from "./token.ts";
import { isLoopback } from "./urls.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly json?: unknown;
  readonly form?: FormData | URLSearchParams;
  /** Maximum size of the response in bytes (default: `MAX_RESPONSE_BYTES`). */
  readonly maxBytes?: number;
  /** Timeout in milliseconds of the request, including its whole response (default: `REQUEST_TIMEOUT`). */
  readonly timeout?: number;
  /** The token. Omitted for a URL that must not receive it. */
  readonly bearer?: string | TokenSource;
  /** True if a write is based on the read directly before it. A token renewal must not delay such a write. */
  readonly followsRead?: boolean;
  /** Credentials for HTTP Basic (base64 of `id:secret`), instead of `bearer`. */
  readonly basic?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * The error for a request without a complete response. `outcome` is `unknown` if the request may have been processed.
 */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly outcome: Outcome;
  /** False for permanent failures, such as an untrusted certificate. */
  readonly transient: boolean;
  /** True if the URL is on this machine and no program listens on its port. */
  readonly isPortClosed: boolean;

  constructor(message: string, outcome: Outcome, { transient = true, isPortClosed = false } = {}) {
    super(message);
    this.outcome = outcome;
    this.transient = transient;
    this.isPortClosed = isPortClosed;
  }
}

export type Fetch = (request: Request) => Promise<Response>;

interface HttpOptions {
  readonly clock: Clock;
  readonly fetch?: Fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Node.js error codes of requests that did not reach the server. */
const NOT_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "host not found",
  EAI_AGAIN: "temporary failure in name resolution",
  ENETUNREACH: "network unreachable",
  EHOSTUNREACH: "host unreachable",
  UND_ERR_CONNECT_TIMEOUT: "connection timed out",
};

/** Node.js error codes of connections that the server closed. */
const CLOSED: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** Matches the message of the error from Node.js if a proxy rejects a CONNECT request. */
const PROXY_RESPONSE = /^Proxy response \((\d+)\) !== 200/;

const CERTIFICATE = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_(GET|VERIFY)/;

let http: Promise<KyInstance> | undefined;

/**
 * Loads ky at the first request, because loading it would slow down commands that send no requests. Callers handle
 * retries, redirects, timeouts and error statuses.
 */
export function loadHttp(): Promise<KyInstance> {
  http ??= import("ky").then(({ default: ky }) =>
    ky.create({ retry: 0, timeout: false, throwHttpErrors: false, redirect: "manual", stringifyJson: encodeJson }),
  );
  return http;
}

/** Sends a request once. Throws a `NetworkError` if there is no complete response. */
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
      ...(fetch === undefined
        ? {}
        : {
            fetch: (request: unknown) =>
              withFetchErrors(async () => checkedResponse(await fetch(request as Request), method)),
          }),
    });
    const body = await withFetchErrors(() => readBody(response, maxBytes));
    return { status: response.status, headers: response.headers, body };
  } catch (error) {
    throw toNetworkError(error, request, timeout.reason());
  } finally {
    timeout.cancel();
  }
}

/**
 * Sends a request with its token. After a 401, renews the token, if possible, and sends the request once more. If the
 * request follows a read, returns `token-renewed` instead, so that the caller can repeat the read first.
 */
export async function sendAuthorized(
  request: HttpRequest,
  { onRequest, ...options }: HttpOptions & { readonly onRequest: () => void },
): Promise<HttpResponse | "token-renewed"> {
  const { bearer, followsRead } = request;
  const send = (authorized: HttpRequest) => {
    onRequest();
    return sendHttp(authorized, options);
  };
  if (bearer === undefined || typeof bearer === "string") return await send(request);
  const token = await bearer.current({ skipRenewal: followsRead });
  const response = await send({ ...request, bearer: token });
  if (response.status !== 401) return response;
  const renewed = await bearer.renewAfterRejection(token);
  if (renewed === undefined) return response;
  return followsRead ? "token-renewed" : await send({ ...request, bearer: renewed });
}

function authorization({ bearer, basic }: HttpRequest): { authorization?: string } {
  if (basic !== undefined) return { authorization: `Basic ${basic}` };
  return typeof bearer === "string" ? { authorization: `Bearer ${bearer}` } : {};
}

function startTimeout(milliseconds: number, clock: Clock, interrupt: AbortSignal | undefined) {
  const controller = new AbortController();
  const finished = new AbortController();
  let reason: string | undefined;
  async function abortAfter(delay: number, abortReason: string) {
    await clock.sleep(delay, finished.signal);
    if (finished.signal.aborted) return;
    reason = abortReason;
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
      // Without a reason, Node.js would create an error object for each request.
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
        throw new NetworkError(`sent a response of more than ${groupDigits(maxBytes)} bytes`, "unknown", {
          transient: false,
        });
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks);
}

/** Contains an error that a custom `fetch` threw or that occurred while a response was read. Others may be bugs. */
class FetchError extends Error {
  override readonly name = "FetchError";
}

async function withFetchErrors<T>(promiseOf: () => Promise<T>): Promise<T> {
  try {
    return await promiseOf();
  } catch (cause) {
    throw cause instanceof NetworkError || cause instanceof FrontError ? cause : new FetchError("", { cause });
  }
}

/** Does not use `instanceof`, because packages such as undici have their own class for responses. */
function checkedResponse(response: unknown, method: HttpRequest["method"]): Response {
  const { status, headers, body } = (response ?? {}) as { [Key in "status" | "headers" | "body"]?: unknown };
  const hasHeaders = typeof (headers as { get?: unknown } | undefined)?.get === "function";
  if (typeof status === "number" && hasHeaders && body !== undefined) return response as Response;
  throw new FrontError("unreadable", "The custom fetch did not return a Response", {
    outcome: method === "GET" ? "not-done" : "unknown",
    advice: "Return the Response of the request, for example with `return await fetch(request)`.",
  });
}

function toNetworkError(error: unknown, request: HttpRequest, timeoutReason: string | undefined): unknown {
  const { url, bearer, basic } = request;
  if (error instanceof FrontError) return error;
  if (error instanceof FetchError) {
    const known = toNetworkError(error.cause, request, timeoutReason);
    if (known instanceof NetworkError) return known;
    const secrets = [bearer, basic].filter((secret) => typeof secret === "string");
    return new NetworkError(`The request to ${url.host} failed: ${redact(String(error.cause), secrets)}`, "unknown");
  }
  if (error instanceof NetworkError) return new NetworkError(`${url.host} ${error.message}`, error.outcome, error);
  if (timeoutReason !== undefined) return new NetworkError(`${url.host} ${timeoutReason}`, "unknown");
  const innermost = innermostError(error);
  const proxyStatus = Number(PROXY_RESPONSE.exec(String(innermost?.message))?.[1]);
  if (proxyStatus > 0) {
    const message = `${url.host}: the proxy rejected the connection (${proxyStatus})`;
    return new NetworkError(message, "not-done", { transient: proxyStatus >= 500 });
  }
  if (innermost !== undefined) return errorForCode(innermost.code, url);
  if (/bad port/.test(String((error as { cause?: unknown } | null)?.cause))) {
    return new NetworkError(`${url.host}: Node.js does not connect to this port`, "not-done", { transient: false });
  }
  const isFailedFetch = /^TypeError: (fetch failed|terminated)/.test(String(error));
  return isFailedFetch ? new NetworkError(`${url.host} closed the connection`, "unknown") : error;
}

function errorForCode(code: string, url: URL): NetworkError {
  const notSent = NOT_SENT[code];
  if (notSent !== undefined) {
    const isPortClosed = code === "ECONNREFUSED" && isLoopback(url);
    return new NetworkError(`${url.host}: ${notSent} (${code})`, "not-done", { isPortClosed });
  }
  if (CERTIFICATE.test(code)) {
    return new NetworkError(`${url.host} has a certificate that is not trusted (${code})`, "not-done", {
      transient: false,
    });
  }
  const problem = CLOSED.has(code) ? " closed the connection" : ": the request failed";
  return new NetworkError(`${url.host}${problem} (${code})`, "unknown");
}

/** Returns the innermost error with a code. Does not use `instanceof`, because errors may come from another realm. */
function innermostError(error: unknown): { readonly code: string; readonly message: unknown } | undefined {
  let innermost: { readonly code: string; readonly message: unknown } | undefined;
  let current = error;
  for (let depth = 0; depth < 8 && typeof current === "object" && current !== null; depth += 1) {
    const { code, message, cause, errors } = current as { [Key in "code" | "message" | "cause" | "errors"]?: unknown };
    if (typeof code === "string") innermost = { code, message };
    current = Array.isArray(errors) ? errors[0] : cause;
  }
  return innermost;
}
