/**
 * The part of a `Request` that ky and the simulated network use. The real class, with its streams, clones and dependent
 * signals, takes more time than the emulator and the tool together.
 */
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

  /** Returns the body as bytes. A real request encodes a form, because it chooses the boundary between the parts. */
  async arrayBuffer(): Promise<ArrayBuffer> {
    const body = this.#body ?? null;
    if (typeof body === "string") return new TextEncoder().encode(body).buffer as ArrayBuffer;
    const real = new RealRequest(this.url, { method: this.method, body });
    this.headers.set("content-type", real.headers.get("content-type") ?? "");
    return await real.arrayBuffer();
  }
}

const RealRequest = globalThis.Request;

/** Makes ky create plain requests, or real ones, until the returned object is disposed. */
export function usePlainRequests(plain: boolean): Disposable {
  globalThis.Request = plain ? (PlainRequest as unknown as typeof Request) : RealRequest;
  return { [Symbol.dispose]: () => (globalThis.Request = RealRequest) };
}
