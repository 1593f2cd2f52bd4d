interface RefusalParts {
  readonly status: number;
  readonly title?: string;
  readonly message?: string;
  readonly details?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The envelope has nothing but the message, as Front's has for a JSON syntax error. */
  readonly messageOnly?: true;
}

/** An answer other than success. It is thrown by the rules and worded as Front's error envelope. */
export class ErrorResponse extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #parts: RefusalParts;

  constructor(parts: RefusalParts) {
    super(parts.message ?? parts.title);
    this.status = parts.status;
    this.headers = parts.headers ?? {};
    this.#parts = parts;
  }

  /** Front's envelope. What was not given is left out, as Front does. */
  toJSON(): unknown {
    return this.envelope("all");
  }

  /** The same with some of its parts alone. */
  envelope(parts: "all" | "message" | "status"): unknown {
    const { status, title, message, details, messageOnly } = this.#parts;
    if (messageOnly) return { _error: { message } };
    if (parts === "status") return { _error: { status } };
    return { _error: parts === "message" ? { message: message ?? title } : { status, title, message, details } };
  }
}

/** The body or the query is wrong. Each detail reads like `body.handles: missing`. */
export function badRequest(...details: readonly string[]): ErrorResponse {
  return new ErrorResponse({
    status: 400,
    title: "Bad request",
    message: "Your request did not match our specifications.",
    details,
  });
}

/** Front repeats what it was sent, so that an alias can be told from an id. */
export function unknownId(kind: string, sent: string): ErrorResponse {
  return new ErrorResponse({ status: 404, title: "Not found", message: `Unknown ${kind} ID ${sent}` });
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
