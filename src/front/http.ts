import ky from "ky";
import type { Clock } from "../clock/clock.ts";
import { encodeJson } from "./json.ts";
import type { TokenSource } from "./token.ts";

/** One request. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly json?: unknown;
  readonly form?: FormData | URLSearchParams;
  /** The most bytes that an answer may have, after decompression. */
  readonly maxBytes?: number;
  /** Milliseconds for the whole exchange, body included. */
  readonly timeout?: number;
  /** Left out for an address that is not to see the token. */
  readonly bearer?: string | TokenSource;
  /** Follows from a reading a moment ago: better not sent than sent after a renewal of the token. */
  readonly skipRenewal?: boolean;
  /** In place of a bearer. */
  readonly basic?: string;
}

/** An answer read to its end. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** No answer, or none that could be read to its end. Says what happened in words, and whether Front may have acted. */
export class NetworkError extends Error {
  override readonly name = "NoAnswer";
  readonly outcome: "not-done" | "unknown";
  /** A request that never left may be tried again; one that a certificate stopped may not. */
  readonly retriable: boolean;

  constructor(message: string, outcome: "not-done" | "unknown", { retriable = true } = {}) {
    super(message);
    this.outcome = outcome;
    this.retriable = retriable;
  }
}

export type Fetch = (request: Request) => Promise<Response>;

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const DEADLINE = 30_000;
/** After an interrupt, what is in flight gets this long: CI systems kill after 7.5 seconds. */
const DRAIN = 6_000;

/** What Node calls a request that never reached the other side; everything else may have been processed. */
const NEVER_ARRIVED: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "no such host is known",
  EAI_AGAIN: "the host's name could not be looked up",
  ENETUNREACH: "the network cannot be reached",
  EHOSTUNREACH: "the host cannot be reached",
  UND_ERR_CONNECT_TIMEOUT: "no connection came about",
};

const CERTIFICATE = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_(GET|VERIFY)/;

/** ky retries, follows redirects and throws on statuses by its own lights; all of that is switched off. */
const http = ky.create({
  retry: 0,
  timeout: false,
  throwHttpErrors: false,
  redirect: "manual",
  stringifyJson: encodeJson,
});

/** Sends one request once. Throws `NoAnswer`; any status at all is an answer. */
export async function sendHttp(
  question: HttpRequest,
  { clock, fetch, signal }: { clock: Clock; fetch?: Fetch | undefined; signal?: AbortSignal | undefined },
): Promise<HttpResponse> {
  const { method, url, json, form, maxBytes = MAX_ANSWER_BYTES } = question;
  const deadline = startDeadline(question.timeout ?? DEADLINE, clock, signal);
  try {
    const response = await http(url, {
      method,
      signal: deadline.signal,
      headers: { accept: "application/json", ...authorization(question) },
      ...(json === undefined ? {} : { json }),
      ...(form === undefined ? {} : { body: form }),
      ...(fetch === undefined ? {} : { fetch: (request: unknown) => fetch(request as Request) }),
    });
    return { status: response.status, headers: response.headers, body: await readCapped(response, maxBytes) };
  } catch (error) {
    throw explain(error, url, deadline.reason());
  } finally {
    deadline.cancel();
  }
}

/** A token that is yet to be asked for is none. */
function authorization({ bearer, basic }: HttpRequest): { authorization?: string } {
  if (basic !== undefined) return { authorization: `Basic ${basic}` };
  return typeof bearer === "string" ? { authorization: `Bearer ${bearer}` } : {};
}

function startDeadline(milliseconds: number, clock: Clock, interrupt: AbortSignal | undefined) {
  const controller = new AbortController();
  const finished = new AbortController();
  let reason: string | undefined;
  async function abortAfter(wait: number, because: string) {
    await clock.sleep(wait, finished.signal);
    if (finished.signal.aborted) return;
    reason = because;
    controller.abort();
  }
  function drain() {
    void abortAfter(DRAIN, "was cut off by the interrupt");
  }
  void abortAfter(milliseconds, `gave no whole answer within ${milliseconds / 1000} s`);
  if (interrupt?.aborted) drain();
  interrupt?.addEventListener("abort", drain, { once: true });
  return {
    signal: controller.signal,
    reason: () => reason,
    cancel() {
      /** Any reason will do; without one, an error is made up for it each time. */
      finished.abort("finished");
      interrupt?.removeEventListener("abort", drain);
    },
  };
}

async function readCapped(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    for await (const chunk of response.body) {
      size += chunk.byteLength;
      if (size > maxBytes)
        throw new NetworkError(`answered with more than ${maxBytes} bytes`, "unknown", { retriable: false });
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks);
}

function explain(error: unknown, url: URL, timedOut: string | undefined): unknown {
  if (error instanceof NetworkError) return new NetworkError(`${url.host} ${error.message}`, error.outcome, error);
  if (timedOut !== undefined) return new NetworkError(`${url.host} ${timedOut}`, "unknown");
  const code = innermostCode(error);
  if (code !== undefined) return explainCode(code, url);
  const failedFetch = /^TypeError: (fetch failed|terminated)/.test(String(error));
  return failedFetch ? new NetworkError(`${url.host} broke off the connection`, "unknown") : error;
}

function explainCode(code: string, url: URL): NetworkError {
  const never = NEVER_ARRIVED[code];
  if (never !== undefined) return new NetworkError(`${url.host}: ${never} (${code})`, "not-done");
  if (CERTIFICATE.test(code)) {
    return new NetworkError(`${url.host} shows a certificate that is not trusted (${code})`, "not-done", {
      retriable: false,
    });
  }
  return new NetworkError(`${url.host} broke off the connection (${code})`, "unknown");
}

/**
 * fetch says only that it failed; the reason sits in a cause, sometimes several deep, sometimes one of many. Looks at
 * properties alone, for errors may come from another realm, where `instanceof` does not know them.
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
