import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that a script sent to a service. */
export interface RecordedRequest {
  readonly method: string;
  /** The decoded path, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A response: a status without a body, or JSON. */
export type Reply = number | object;

/** A local server that records the requests that change something, and replies with `reply`. */
export abstract class RecordingServer implements AsyncDisposable {
  /** Method and path of every request that is not a GET, in order. */
  readonly written: string[] = [];
  readonly #refusals: { readonly pattern: RegExp; readonly status: number; left: number }[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
      const url = new URL(request.url ?? "/", "http://service");
      const recorded = {
        ...{ method: request.method ?? "", path: decodeURIComponent(url.pathname), query: url.searchParams },
        ...{ headers: request.headers, body: Buffer.concat(chunks).toString() },
      };
      const reply = this.#refused(recorded) ?? this.#recordedReply(recorded);
      response.writeHead(typeof reply === "number" ? reply : 200, { "content-type": "application/json" });
      response.end(
        typeof reply === "number"
          ? JSON.stringify({ message: "No,\n::warning::thank you 100%" })
          : JSON.stringify(reply),
      );
    });
  }

  /** Refuses the requests whose method and path match, with a status; `times` of them, or all. */
  refuse(pattern: RegExp, status: number, times = Number.POSITIVE_INFINITY): void {
    this.#refusals.push({ pattern, status, left: times });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Returns the response to a request that is not refused. */
  protected abstract reply(request: RecordedRequest): Reply;

  #refused({ method, path }: RecordedRequest): number | undefined {
    const refusal = this.#refusals.find(({ pattern, left }) => left > 0 && pattern.test(`${method} ${path}`));
    if (refusal === undefined) return undefined;
    refusal.left -= 1;
    return refusal.status;
  }

  #recordedReply(request: RecordedRequest): Reply {
    if (request.method !== "GET") this.written.push(`${request.method} ${request.path}`);
    return this.reply(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Returns the requested page of a list. */
export function pageOf<T>(list: readonly T[], { query }: RecordedRequest): readonly T[] {
  const size = Number(query.get("per_page") ?? 30);
  const start = (Number(query.get("page") ?? 1) - 1) * size;
  return list.slice(start, start + size);
}
