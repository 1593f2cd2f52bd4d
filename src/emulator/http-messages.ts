import { stringifyExactly } from "./json.ts";

/** A request from the HTTP server, or directly from a test. */
export interface FrontRequest {
  readonly method: string;
  /** The percent-encoded path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface FrontResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

export function json(status: number, value: unknown): FrontResponse {
  return { status, headers: { "content-type": "application/json; charset=utf-8" }, body: stringifyExactly(value) };
}

export function noContent(): FrontResponse {
  return { status: 204, headers: {}, body: undefined };
}

export function redirect(status: number, location: string): FrontResponse {
  return { status, headers: { location }, body: undefined };
}

interface ErrorParts {
  readonly status: number;
  readonly title?: string;
  readonly message?: string;
  readonly details?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** True if the error contains only a message, as Front's error for invalid JSON does. */
  readonly messageOnly?: true;
}

/** A response with an error status, thrown by the handlers and encoded like Front's errors. */
export class ErrorResponse extends Error {
  override readonly name = "ErrorResponse";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #parts: ErrorParts;

  constructor(parts: ErrorParts) {
    super(parts.message ?? parts.title);
    this.status = parts.status;
    this.headers = parts.headers ?? {};
    this.#parts = parts;
  }

  envelope(parts: "all" | "message" | "status"): unknown {
    const { status, title, message, details, messageOnly } = this.#parts;
    if (messageOnly) return { _error: { message } };
    if (parts === "status") return { _error: { status } };
    return { _error: parts === "message" ? { message: message ?? title } : { status, title, message, details } };
  }
}

/** A detail is formatted like `body.handles: missing`. */
export function badRequest(...details: readonly string[]): ErrorResponse {
  return new ErrorResponse({
    status: 400,
    title: "Bad request",
    message: "Your request did not match our specifications.",
    details,
  });
}

/** Like Front's message, the message contains the ID. */
export function unknownId(kind: string, id: string): ErrorResponse {
  return new ErrorResponse({ status: 404, title: "Not found", message: `Unknown ${kind} ID ${id}` });
}

export function noSuchRoute(): ErrorResponse {
  return new ErrorResponse({ status: 404, title: "Not found", message: "No such route." });
}

export function conflict(message: string): ErrorResponse {
  return new ErrorResponse({ status: 409, title: "Conflict", message });
}

export function tooLarge(message: string): ErrorResponse {
  return new ErrorResponse({ status: 413, title: "Payload too large", message });
}
