import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../src/internal.ts";
import { UsageError } from "../process-io.ts";

const USUAL = "http://127.0.0.1:8765/callback";
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Where a browser is led back to after Front's authorize page: a listener on this machine, for this one path. */
export interface CallbackServer extends AsyncDisposable {
  /** As Front is told, with the real port. */
  readonly address: string;
  /** Undefined when nobody came back in time, or the run was interrupted. */
  wait(
    state: string,
    limits: { clock: Clock; milliseconds: number; signal: AbortSignal },
  ): Promise<Arrival | undefined>;
}

export interface Arrival {
  readonly url: URL;
  /** Shows the person in the browser how it ended. Resolves when that is on its way. */
  answer(sentence: string): Promise<void>;
}

/** Listens on the address, or throws a `UsageError` that says why it cannot. */
export async function startCallbackServer(named: string = USUAL): Promise<CallbackServer> {
  const url = checked(named);
  const server = createServer();
  await listen(server, url);
  url.port = String((server.address() as AddressInfo).port);
  return {
    address: url.href,
    wait: (state, limits) => waitFor(server, url, state, limits),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      // Browsers open connections that they may never use.
      server.closeAllConnections();
      await closed;
    },
  };
}

export function newState(): string {
  return randomBytes(24).toString("base64url");
}

function checked(named: string): URL {
  const url = URL.canParse(named) ? new URL(named) : undefined;
  const plain =
    url !== undefined && url.protocol === "http:" && url.username + url.password + url.search + url.hash === "";
  if (url !== undefined && plain && LOOPBACK.test(url.hostname)) return url;
  throw new UsageError(
    "--redirect-uri is not an address on this machine",
    `Write it like ${USUAL}, just as it stands with the application in Front.`,
  );
}

async function listen(server: Server, url: URL): Promise<void> {
  const port = url.port === "" ? 80 : Number(url.port);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, url.hostname.replace(/^\[|\]$/g, ""), () => resolve());
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "EADDRINUSE" ? "something else listens there" : (code ?? "for an unknown reason");
    throw new UsageError(
      `Nothing can wait at ${url.host} for Front's answer (${why})`,
      "End what uses the port, or give --redirect-uri another one; it has to stand with the application in Front too.",
    );
  }
}

async function waitFor(
  server: Server,
  url: URL,
  state: string,
  { clock, milliseconds, signal }: { clock: Clock; milliseconds: number; signal: AbortSignal },
): Promise<Arrival | undefined> {
  const over = new AbortController();
  const arrived = new Promise<Arrival>((resolve) => {
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      const arrival = arrivalOf(request, response, url, state);
      if (arrival !== undefined) resolve(arrival);
    });
  });
  const late = clock.sleep(milliseconds, AbortSignal.any([signal, over.signal]));
  try {
    return await Promise.race([arrived, late.then(() => undefined)]);
  } finally {
    over.abort();
  }
}

/** A request without the state does not come from Front's page, and does not end the wait. */
function arrivalOf(request: IncomingMessage, response: ServerResponse, address: URL, state: string) {
  const target = request.url ?? "/";
  const url = URL.canParse(target, address.href) ? new URL(target, address) : undefined;
  const known = url?.pathname === address.pathname && url.origin === address.origin;
  if (url === undefined || !known || request.method !== "GET") {
    void show(response, 404, "There is nothing here.");
    return undefined;
  }
  if (!isSame(url.searchParams.get("state") ?? "", state)) {
    void show(response, 400, "This is not the sign-in that is waited for. Open the address from the terminal again.");
    return undefined;
  }
  return { url, answer: (sentence: string) => show(response, 200, sentence) };
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** A page without anything that could be fetched or run, and nothing in it that came from outside. */
async function show(response: ServerResponse, status: number, sentence: string): Promise<void> {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    connection: "close",
  });
  const page = `<!doctype html><title>front-contacts</title><p>${sentence}</p>\n`;
  await new Promise<void>((resolve) => {
    response.once("close", () => resolve());
    response.end(page, () => resolve());
  });
}
