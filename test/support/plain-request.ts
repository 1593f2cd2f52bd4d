/**
 * The classes that `usePlainRequests` replaces with minimal versions, which have only the members that ky, the tool and
 * the simulated network use. The real classes, with their streams, events and checks, take more time than the emulator
 * and the tool together.
 */
const REAL = {
  Request: globalThis.Request,
  Headers: globalThis.Headers,
  AbortController: globalThis.AbortController,
  AbortSignal: globalThis.AbortSignal,
};

const ENCODER = new TextEncoder();

class PlainHeaders {
  readonly #values: Map<string, string>;

  constructor(values: PlainHeaders | Iterable<readonly [string, string]> | Readonly<Record<string, string>> = []) {
    if (values instanceof PlainHeaders) {
      this.#values = new Map(values.#values);
      return;
    }
    this.#values = new Map();
    const entries = Symbol.iterator in values ? values : Object.entries(values);
    for (const [name, value] of entries as Iterable<readonly [string, string]>) this.set(name, value);
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), value);
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  entries(): Iterable<[string, string]> {
    return this.#values.entries();
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#values.entries();
  }
}

class PlainSignal {
  aborted = false;
  reason: unknown = undefined;
  readonly #listeners = new Set<() => void>();

  static any(signals: Iterable<PlainSignal>): PlainSignal {
    const allSignals = [...signals];
    const dependent = new PlainSignal();
    const first = allSignals.find(({ aborted }) => aborted);
    if (first !== undefined) dependent.abort(first.reason);
    else for (const signal of allSignals) signal.addEventListener("abort", () => dependent.abort(signal.reason));
    return dependent;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

class PlainController {
  readonly signal = new PlainSignal();

  abort(reason: unknown = new DOMException("This operation was aborted", "AbortError")): void {
    this.signal.abort(reason);
  }
}

class PlainRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly signal: AbortSignal;
  readonly body = null;
  readonly bodyUsed = false;
  readonly #body: RequestInit["body"];

  constructor(input: string | URL, { method = "GET", headers, signal, body }: RequestInit = {}) {
    this.url = String(input);
    this.method = method;
    this.headers = new Headers(headers);
    this.signal = signal ?? new AbortController().signal;
    this.#body = body;
    if (body instanceof FormData) this.headers.set("content-type", "multipart/form-data; boundary=none-yet");
  }

  clone(): this {
    return this;
  }

  /** Encodes a form with a real request, which chooses the boundary between the parts. */
  async arrayBuffer(): Promise<ArrayBuffer> {
    const body = this.#body ?? null;
    if (typeof body === "string") return ENCODER.encode(body).buffer as ArrayBuffer;
    const real = new REAL.Request(this.url, { method: this.method, body });
    this.headers.set("content-type", real.headers.get("content-type") ?? "");
    return await real.arrayBuffer();
  }
}

const PLAIN = {
  Request: PlainRequest,
  Headers: PlainHeaders,
  AbortController: PlainController,
  AbortSignal: PlainSignal,
};

/** Replaces the classes if `isPlain` is true, until the returned object is disposed. */
export function usePlainRequests(isPlain: boolean): Disposable {
  Object.assign(globalThis, isPlain ? PLAIN : REAL);
  return { [Symbol.dispose]: () => Object.assign(globalThis, REAL) };
}

/**
 * Returns a real `Response` while the real classes are used, and otherwise a plain one, because creating a real one takes
 * longer than the emulator takes to respond.
 */
export function createResponse(bytes: Uint8Array | null, status: number, headers: Record<string, string>): Response {
  if (globalThis.Request === REAL.Request) return new Response(bytes && Uint8Array.from(bytes), { status, headers });
  return plainResponse(bytes ?? NO_BYTES, status, headers);
}

/** Returns an object with the parts of a `Response` that the tool reads. The names of the headers are in lower case. */
export function plainResponse(bytes: Uint8Array, status: number, headers: Record<string, string>): Response {
  const plain = { get: (name: string) => headers[name] ?? null, has: (name: string) => name in headers };
  return { status, ok: status < 300, headers: plain, body: [bytes] } as unknown as Response;
}

/** Returns the error of `fetch` for a connection that is reset. */
export function connectionReset(): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });
}

const NO_BYTES = new Uint8Array();
