import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../src/internal.ts";
import { UsageError } from "../environment.ts";

const DEFAULT_REDIRECT_URI = "http://127.0.0.1:8765/callback";
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

interface WaitLimits {
  readonly clock: Clock;
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

/** The redirect from Front after an admin has authorized the application or denied access. */
export interface AuthorizationRedirect {
  readonly url: URL;
  /** Shows a sentence in the browser. Resolves when the response has been sent. */
  respond(sentence: string): Promise<void>;
}

export type CallbackServer = Awaited<ReturnType<typeof startCallbackServer>>;

/**
 * Starts a local server that receives the redirect from Front's authorization page. Throws a `UsageError` if the
 * redirect URI is not valid, or if the server cannot listen there.
 */
export async function startCallbackServer(redirectUri: string = DEFAULT_REDIRECT_URI) {
  const url = parseRedirectUri(redirectUri);
  const server = createServer();
  await listen(server, url);
  url.port = String((server.address() as AddressInfo).port);
  return {
    /** The redirect URI to send to Front, with the actual port. */
    redirectUri: url.href,
    /** Waits for a redirect with this state. Resolves to undefined after a timeout or an interrupt. */
    wait: (state: string, limits: WaitLimits) => waitFor(server, url, state, limits),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      // Browsers open connections that they may never use, and `close` would wait for them.
      server.closeAllConnections();
      await closed;
    },
  };
}

export function createState(): string {
  return randomBytes(24).toString("base64url");
}

function parseRedirectUri(redirectUri: string): URL {
  if (URL.canParse(redirectUri)) {
    const url = new URL(redirectUri);
    const isPlain = url.protocol === "http:" && url.username + url.password + url.search + url.hash === "";
    if (isPlain && LOOPBACK.test(url.hostname)) return url;
  }
  throw new UsageError(
    `"${redirectUri}" is not a valid redirect URI`,
    `Set --redirect-uri to an HTTP loopback URL without a query, such as ${DEFAULT_REDIRECT_URI}, exactly as it is registered for the application in Front.`,
  );
}

async function listen(server: Server, url: URL): Promise<void> {
  const port = url.port === "" ? 80 : Number(url.port);
  try {
    server.listen(port, url.hostname.replace(/^\[|\]$/g, ""));
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isPortInUse = code === "EADDRINUSE";
    const reason = isPortInUse ? "the port is in use" : (code ?? "unknown error");
    throw new UsageError(
      `Cannot listen on ${url.host} for the redirect from Front (${reason})`,
      `${isPortInUse ? "Stop the program that uses the port, or set" : "Set"} --redirect-uri to another loopback URL and register it for the application in Front.`,
    );
  }
}

async function waitFor(
  server: Server,
  url: URL,
  state: string,
  { clock, milliseconds, signal }: WaitLimits,
): Promise<AuthorizationRedirect | undefined> {
  const waitEnd = new AbortController();
  const redirect = new Promise<AuthorizationRedirect>((resolve) => {
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      const received = redirectFrom(request, response, url, state);
      if (received !== undefined) resolve(received);
    });
  });
  const timeout = clock.sleep(milliseconds, AbortSignal.any([signal, waitEnd.signal]));
  try {
    return await Promise.race([redirect, timeout.then(() => undefined)]);
  } finally {
    waitEnd.abort();
  }
}

/** Returns the redirect of this sign-in. Responds with an error to any other request, and returns undefined. */
function redirectFrom(request: IncomingMessage, response: ServerResponse, redirectUri: URL, state: string) {
  const target = request.url ?? "/";
  const url = URL.canParse(target, redirectUri.href) ? new URL(target, redirectUri) : undefined;
  const isCallbackPath = url?.pathname === redirectUri.pathname && url.origin === redirectUri.origin;
  if (url === undefined || !isCallbackPath || request.method !== "GET") {
    void sendPage(response, 404, "Not found.");
    return undefined;
  }
  if (!isEqualSecret(url.searchParams.get("state") ?? "", state)) {
    void sendPage(
      response,
      400,
      "This page does not belong to the current sign-in. Open the URL that the terminal shows.",
    );
    return undefined;
  }
  return { url, respond: (sentence: string) => sendPage(response, 200, sentence) };
}

function isEqualSecret(a: string, b: string): boolean {
  const [bytesA, bytesB] = [Buffer.from(a), Buffer.from(b)];
  return bytesA.length === bytesB.length && timingSafeEqual(bytesA, bytesB);
}

/** Sends a page without scripts or external resources. `sentence` must not contain text from a request. */
async function sendPage(response: ServerResponse, status: number, sentence: string): Promise<void> {
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
