import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ErrorResponse, type FrontRequest, type FrontResponse, json, tooLarge } from "./http-messages.ts";

/** Maximum size of a request body in bytes. A form with the largest avatar is smaller. */
const MAX_BODY_BYTES = 30 * 1024 * 1024;

export type Delivery =
  | { readonly kind: "whole"; readonly response: FrontResponse }
  | { readonly kind: "slow"; readonly response: FrontResponse; readonly ms: number; readonly bytes: number }
  | { readonly kind: "half"; readonly response: FrontResponse; readonly framing: "length" | "chunked" | "close" }
  | { readonly kind: "cut" };

/**
 * Serves HTTP on the loopback interface (port 0: any free port). `now` returns the time for the date header in epoch
 * milliseconds.
 */
export async function listen(port: number, respond: (request: FrontRequest) => Promise<Delivery>, now: () => number) {
  const server = createServer((incoming, outgoing) => {
    outgoing.sendDate = false;
    outgoing.setHeader("date", new Date(now()).toUTCString());
    serve(incoming, outgoing, respond).catch((error: unknown) => {
      process.emitWarning(error instanceof Error ? error : String(error), "front-contacts emulator");
      if (!outgoing.headersSent)
        sendWhole(outgoing, json(500, { _error: { status: 500, title: "Internal server error" } }));
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, close };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  respond: (request: FrontRequest) => Promise<Delivery>,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === undefined) return;
  if ("status" in body) {
    outgoing.setHeader("connection", "close");
    sendWhole(outgoing, json(body.status, body.envelope("all")));
    return;
  }
  const { pathname, searchParams } = splitTarget(incoming.url ?? "/");
  const method = incoming.method ?? "GET";
  const headers = incoming.headers as Record<string, string>;
  await deliver(outgoing, await respond({ method, path: pathname, query: searchParams, headers, body }));
}

/**
 * Returns the path and query of a request target. Does not use `URL`, which would resolve dot segments and treat a
 * leading double slash as the start of a host.
 */
function splitTarget(target: string): { pathname: string; searchParams: URLSearchParams } {
  const mark = target.indexOf("?");
  if (mark === -1) return { pathname: target, searchParams: new URLSearchParams() };
  return { pathname: target.slice(0, mark), searchParams: new URLSearchParams(target.slice(mark)) };
}

/** Returns undefined if the client disconnected. */
async function readBody(incoming: IncomingMessage): Promise<Uint8Array | ErrorResponse | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming) {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return size > MAX_BODY_BYTES ? tooLarge("The body is larger than 30 MB.") : Buffer.concat(chunks);
}

async function deliver(outgoing: ServerResponse, delivery: Delivery): Promise<void> {
  switch (delivery.kind) {
    case "whole":
      return sendWhole(outgoing, delivery.response);
    case "slow":
      return await sendSlowly(outgoing, delivery.response, delivery);
    case "half":
      return sendHalf(outgoing, delivery.response, delivery.framing);
    case "cut":
      outgoing.socket?.destroy();
      return;
  }
}

function bytesOf({ body = "" }: FrontResponse): Buffer {
  return typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function sendWhole(outgoing: ServerResponse, response: FrontResponse): void {
  const bytes = bytesOf(response);
  const length = response.status === 204 ? {} : { "content-length": String(bytes.length) };
  outgoing.writeHead(response.status, { ...response.headers, ...length });
  outgoing.end(response.status === 204 ? undefined : bytes);
}

async function sendSlowly(
  outgoing: ServerResponse,
  response: FrontResponse,
  { ms, bytes: step }: { readonly ms: number; readonly bytes: number },
): Promise<void> {
  const bytes = bytesOf(response);
  outgoing.writeHead(response.status, response.headers);
  outgoing.flushHeaders();
  for (let sent = 0; sent < bytes.length && !outgoing.destroyed; sent += step) {
    await new Promise((resolve) => setTimeout(resolve, ms).unref());
    outgoing.write(bytes.subarray(sent, sent + step));
  }
  outgoing.end();
}

function sendHalf(outgoing: ServerResponse, response: FrontResponse, framing: "length" | "chunked" | "close"): void {
  const bytes = bytesOf(response);
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  if (framing === "close") {
    outgoing.useChunkedEncodingByDefault = false;
    outgoing.shouldKeepAlive = false;
  }
  const length = framing === "length" ? { "content-length": String(bytes.length) } : {};
  outgoing.writeHead(response.status, { ...response.headers, ...length });
  if (framing === "close") outgoing.end(half);
  else outgoing.write(half, () => outgoing.socket?.destroy());
}
