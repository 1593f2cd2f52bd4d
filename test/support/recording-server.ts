import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedRequest {
  readonly method: string;
  /** The decoded path, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

interface ReceivedRequest extends Pick<RecordedRequest, "method" | "headers" | "body"> {
  readonly url: URL;
}

/** The status of a response, or the JSON body of a response with status 200. */
export type ApiResponse = number | object;

/** An error message with a line break, a workflow command and a % sign, which the code under test must escape. */
const ERROR_MESSAGE = "No,\n::warning::thank you 100%";

/**
 * A pattern for `METHOD /path`, and a function that returns the response. `match` is the first group of the pattern.
 */
export type Route = readonly [pattern: RegExp, reply: (request: RecordedRequest, match: string) => ApiResponse];

/** A server that records requests. Subclasses define the routes. */
export abstract class RecordingServer implements AsyncDisposable {
  /** Method and path of each request, in order. Excludes GET requests and requests that `reject` rejects. */
  readonly written: string[] = [];
  readonly #rejections: { readonly pattern: RegExp; readonly status: number; remaining: number }[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
      const { status, text } = this.respond({
        method: request.method ?? "",
        url: new URL(request.url ?? "/", "http://service"),
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      response.writeHead(status, { "content-type": "application/json" });
      response.end(text);
    });
  }

  /** Records a request and returns its response. Tests may call this without a network. */
  respond({ method, url, headers, body }: ReceivedRequest): { readonly status: number; readonly text: string } {
    const path = decodeURIComponent(url.pathname);
    const request = { method, path, query: url.searchParams, headers, body };
    const result = this.#rejectionOf(request) ?? this.#recordAndRespond(request);
    return typeof result === "number"
      ? { status: result, text: JSON.stringify({ message: ERROR_MESSAGE }) }
      : { status: 200, text: JSON.stringify(result) };
  }

  /** Rejects requests whose `METHOD /path` matches `pattern`: the next `times` requests (default: all). */
  reject(pattern: RegExp, status: number, times = Number.POSITIVE_INFINITY): void {
    this.#rejections.push({ pattern, status, remaining: times });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The routes, with paths relative to `prefix`. */
  protected abstract readonly routes: readonly Route[];
  protected abstract readonly prefix: string;

  protected abstract isAuthorized(headers: RecordedRequest["headers"]): boolean;

  #rejectionOf({ method, path }: RecordedRequest): number | undefined {
    const rejection = this.#rejections.find(
      ({ pattern, remaining }) => remaining > 0 && pattern.test(`${method} ${path}`),
    );
    if (rejection === undefined) return undefined;
    rejection.remaining -= 1;
    return rejection.status;
  }

  #recordAndRespond(request: RecordedRequest): ApiResponse {
    if (request.method !== "GET") this.written.push(`${request.method} ${request.path}`);
    if (!this.isAuthorized(request.headers)) return 401;
    if (!request.path.startsWith(this.prefix)) return 404;
    const target = `${request.method} ${request.path.slice(this.prefix.length)}`;
    for (const [pattern, reply] of this.routes) {
      const match = pattern.exec(target);
      if (match !== null) return reply(request, match[1] ?? "");
    }
    return 404;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function pageOf<T>(list: readonly T[], { query }: RecordedRequest): readonly T[] {
  const size = Number(query.get("per_page") ?? 30);
  const start = (Number(query.get("page") ?? 1) - 1) * size;
  return list.slice(start, start + size);
}
