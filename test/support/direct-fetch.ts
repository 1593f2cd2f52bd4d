import type { FrontRequest, FrontResponse } from "../../src/emulator/index.ts";
import type { Delivery } from "../../src/emulator/server.ts";
import type { Fetch } from "../../src/front/http.ts";
import { connectionReset, plainResponse } from "./plain-request.ts";

/**
 * Returns a `fetch` that passes requests directly to the emulator. HTTP would take longer than the program and the
 * emulator together. `now` returns the time for the date header in epoch milliseconds.
 */
export function createDirectFetch(
  process: (request: FrontRequest) => Promise<Delivery>,
  now: () => number = Date.now,
): Fetch {
  return async (request) => {
    const { method, headers, signal } = request;
    const { pathname, searchParams, host } = new URL(request.url);
    const body = method === "GET" ? NO_BYTES : new Uint8Array(await request.arrayBuffer());
    const incoming = { ...Object.fromEntries(headers), host };
    signal.throwIfAborted();
    const delivery = await untilAborted(
      process({ method, path: pathname, query: searchParams, headers: incoming, body }),
      signal,
    );
    // Only a fault that was set after the request was sent causes another kind of delivery.
    if (delivery.kind !== "whole") throw connectionReset();
    return responseOf(delivery.response, now());
  };
}

const NO_BYTES = new Uint8Array();

async function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
  });
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function responseOf({ status, headers, body = "" }: FrontResponse, now: number): Response {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const length = status === 204 ? {} : { "content-length": String(bytes.length) };
  return plainResponse(bytes, status, { date: new Date(now).toUTCString(), ...headers, ...length });
}
