import { type FrontResponse, json, redirect } from "./http-messages.ts";

/** Selects the requests that a fault is injected into. A request must satisfy every property that is set. */
interface FaultMatch {
  readonly method?: string;
  /** A regular expression, or a whole path without the query. In a path, `*` matches any characters. */
  readonly path?: string | RegExp;
  /** Injects the fault only into the nth matching request, counted from 1 since the fault was set. */
  readonly nth?: number;
  /** Maximum number of injections. */
  readonly times?: number;
  /** Probability of an injection (0 to 1; default: 1). The same `seed` (default: 1) selects the same requests. */
  readonly probability?: number;
  readonly seed?: number;
}

type Headers = Readonly<Record<string, string | null>>;

/** The effect of a fault. The request is processed only where noted. */
export type FaultEffect =
  /**
   * Another response is sent. If `processed` is true, the request is processed first. A header with the value null is
   * removed.
   */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Headers;
      readonly body?: unknown;
      readonly processed?: boolean;
    }
  /** A 429 is sent. `retryAfter` is the value of the header (default: 1); null omits the header. */
  | {
      readonly kind: "429";
      readonly retryAfter?: number | string | null;
      readonly message?: string;
      readonly headers?: Headers;
    }
  /** The connection is closed without processing the request. */
  | { readonly kind: "reset-before" }
  /** The connection is closed after the request is processed. */
  | { readonly kind: "reset-after" }
  /** The connection is closed immediately, and the request is processed later. */
  | { readonly kind: "apply-delay"; readonly ms: number }
  /** The request is processed after a delay, and the response is then sent. */
  | { readonly kind: "delay"; readonly ms: number }
  /**
   * The request is processed, and the response body is sent in parts of `bytes` bytes (default: 16), after a pause of
   * `ms` milliseconds (default: 50) each.
   */
  | { readonly kind: "slow-body"; readonly ms?: number; readonly bytes?: number }
  /**
   * The request is processed, and only half of the response body is sent. With `length` (default), the body is shorter
   * than its content length; with `chunked`, its last chunk is missing; with `close`, it seems complete, because it has
   * no content length.
   */
  | { readonly kind: "truncate"; readonly framing?: "length" | "chunked" | "close" }
  /** An HTML page is sent, such as the page of a proxy. The default status is 200. */
  | { readonly kind: "html"; readonly status?: number; readonly text?: string }
  /** A redirect is sent, by default to another host and with the status 302. */
  | { readonly kind: "redirect"; readonly status?: number; readonly location?: string };

export type Fault = FaultMatch & FaultEffect;

/** The kinds that a fault specification can name. A status, such as 503 or 503-after, is also a kind. */
const FAULT_KINDS: readonly FaultEffect["kind"][] = [
  "429",
  "reset-before",
  "reset-after",
  "apply-delay",
  "delay",
  "slow-body",
  "truncate",
  "html",
  "redirect",
];

type Selector = (method: string, path: string) => Fault | undefined;

export function createFaultSelector(faults: readonly Fault[]): Selector {
  const selectors = faults.map(createSelector);
  return (method, path) => {
    // Every fault counts all of its matching requests, so that `nth` does not depend on the other faults. Only the
    // first selected fault is injected.
    const [first] = selectors.map((select) => select(method, path)).filter((inject) => inject !== undefined);
    return first?.();
  };
}

/**
 * Returns a function that checks whether the fault applies to a request. If so, that function returns another function,
 * which counts an injection and returns the fault; otherwise, it returns undefined.
 */
function createSelector(fault: Fault): (method: string, path: string) => (() => Fault) | undefined {
  const { nth, times = Number.POSITIVE_INFINITY, probability = 1 } = fault;
  const pattern = patternOf(fault.path);
  const random = createRandom(fault.seed ?? 1);
  let matched = 0;
  let injected = 0;
  return (method, path) => {
    const matches = [undefined, method].includes(fault.method?.toUpperCase()) && pattern.test(path);
    if (!matches) return undefined;
    matched += 1;
    const isSelected = (nth === undefined || nth === matched) && injected < times && random() < probability;
    if (!isSelected) return undefined;
    return () => {
      injected += 1;
      return fault;
    };
  };
}

function patternOf(path: string | RegExp | undefined): RegExp {
  if (path === undefined) return /^/;
  // A sticky or global pattern starts to match at its last index, so it would miss some requests.
  if (path instanceof RegExp) return new RegExp(path.source, path.flags.replace(/[gy]/g, ""));
  const parts = path.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}

/** Returns a generator of random numbers from 0 to 1 (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class FaultSpecError extends Error {
  override readonly name = "FaultSpecError";
}

const SPEC = /^(?:([A-Za-z]+) )?([^\s#~=]+)(?:#(\d+))?(?:~(\d*\.?\d+))?=([a-z0-9-]+)(?::(.+))?$/;

/**
 * Parses a fault specification: `[METHOD ]PATH[#NTH][~PROBABILITY]=KIND[:DETAIL]`, where `*` in the path matches any
 * characters. Throws a `FaultSpecError` if it is invalid. For example, `POST /contacts#2=reset-after` closes the
 * connection after the second creation of a contact is processed.
 */
export function parseFault(spec: string): Fault {
  const [, method, path = "", nth, probability, kind = "", detail] = SPEC.exec(spec) ?? [];
  if (path === "") {
    throw new FaultSpecError(`"${spec}" is not a valid fault; write one like "POST /contacts#2=reset-after"`);
  }
  if (Number(nth ?? 1) < 1) throw new FaultSpecError(`"${spec}" has the position ${nth}; the first request is #1`);
  if (Number(probability ?? 1) > 1) {
    throw new FaultSpecError(`"${spec}" has the probability ${probability}; use a number from 0 to 1`);
  }
  return {
    ...(method === undefined ? {} : { method }),
    path,
    ...(nth === undefined ? {} : { nth: Number(nth) }),
    ...(probability === undefined ? {} : { probability: Number(probability) }),
    ...parseEffect(spec, kind, detail),
  };
}

function parseEffect(spec: string, kind: string, detail: string | undefined): FaultEffect {
  const [, status, afterSuffix] = /^([1-5]\d\d)(-after)?$/.exec(kind) ?? [];
  if (kind === "429") return { kind, ...(detail === undefined ? {} : { retryAfter: detail }) };
  if (status !== undefined) return { kind: "status", status: Number(status), processed: afterSuffix !== undefined };
  const knownKind = FAULT_KINDS.find((candidate) => candidate === kind);
  if (knownKind === undefined) {
    throw new FaultSpecError(
      `"${spec}" has the unknown kind "${kind}"; use a status such as 503 or 503-after, or one of: ${FAULT_KINDS.join(", ")}`,
    );
  }
  return createEffect(spec, knownKind, detail);
}

function createEffect(spec: string, kind: FaultEffect["kind"], detail: string | undefined): FaultEffect {
  switch (kind) {
    case "delay":
    case "apply-delay":
      return { kind, ms: parseInteger(spec, detail ?? "1000", MILLISECONDS) };
    case "slow-body":
      return { kind, ...(detail === undefined ? {} : { ms: parseInteger(spec, detail, MILLISECONDS) }) };
    case "html":
    case "redirect":
      return {
        kind,
        ...(detail === undefined ? {} : { status: parseInteger(spec, detail, "a three-digit HTTP status") }),
      };
    case "truncate":
      if (detail === undefined || detail === "length" || detail === "chunked" || detail === "close") {
        return { kind, framing: detail ?? "length" };
      }
      throw new FaultSpecError(`"${spec}" has the unknown truncation "${detail}"; use length, chunked or close`);
    default:
      return { kind } as FaultEffect;
  }
}

const MILLISECONDS = "a whole number of milliseconds";

function parseInteger(spec: string, detail: string, expected: string): number {
  if (/^\d+$/.test(detail)) return Number(detail);
  throw new FaultSpecError(`"${spec}" contains "${detail}"; use ${expected}`);
}

const TITLES: Readonly<Record<number, string>> = {
  401: "Unauthenticated",
  403: "Forbidden",
  404: "Not found",
  409: "Conflict",
  429: "Too many requests",
  500: "Internal server error",
  502: "Bad gateway",
  503: "Service unavailable",
  504: "Gateway timeout",
};

/** Returns the response that a fault sends in place of the handler's; undefined if the fault does not replace it. */
export function faultResponse(fault: Fault, headers: Readonly<Record<string, string>>): FrontResponse | undefined {
  switch (fault.kind) {
    case "status":
      return withHeaders(withBody(fault.status, fault.body), headers, fault.headers);
    case "429": {
      const { retryAfter = 1, message = "Rate limit exceeded" } = fault;
      const retryHeader = { "retry-after": retryAfter === null ? null : String(retryAfter) };
      return withHeaders(json(429, envelope(429, message)), headers, { ...retryHeader, ...fault.headers });
    }
    case "html": {
      const { status = 200, text = "<!DOCTYPE html><title>Just a moment...</title><h1>Checking your browser</h1>" } =
        fault;
      return { status, headers: { "content-type": "text/html; charset=utf-8" }, body: text };
    }
    case "redirect":
      return redirect(fault.status ?? 302, fault.location ?? "https://elsewhere.front.example/");
    default:
      return undefined;
  }
}

function withBody(status: number, body: unknown): FrontResponse {
  if (body === undefined) return json(status, envelope(status, "The emulator was configured to send this error."));
  if (typeof body !== "string") return json(status, body);
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function envelope(status: number, message: string): unknown {
  return { _error: { status, title: TITLES[status] ?? "Error", message } };
}

function withHeaders(
  response: FrontResponse,
  defaults: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>> = {},
): FrontResponse {
  const lowerCaseChanges = Object.entries(changes).map(([name, value]) => [name.toLowerCase(), value] as const);
  const entries = [...Object.entries({ ...defaults, ...response.headers }), ...lowerCaseChanges];
  const headers: Record<string, string> = {};
  for (const [name, value] of entries) {
    if (value === null) delete headers[name];
    else headers[name] = value;
  }
  return { ...response, headers };
}
