import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { systemClock } from "../../src/clock/clock.ts";
import { type Fetch, type HttpRequest, NetworkError, sendHttp } from "../../src/front/http.ts";
import { type LocalServer, listen } from "../support/local-server.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { TOKEN } from "./support.ts";

/** Starts a host that responds to each request with `text` and closes the connection. */
function startTextHost(text: string): Promise<LocalServer> {
  const respond = (socket: Socket) => socket.on("error", () => {}).once("data", () => socket.end(text));
  return listen(createServer(respond));
}

function startHttpHost(listener: RequestListener): Promise<LocalServer> {
  return listen(createHttpServer(listener));
}

function send(url: URL, options: Partial<HttpRequest> = {}) {
  return sendHttp({ method: "GET", url, bearer: TOKEN, ...options }, { clock: systemClock });
}

async function expectNetworkError(promise: Promise<unknown>): Promise<NetworkError> {
  const error = await promise.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(NetworkError);
  return error as NetworkError;
}

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const BROKEN_RESPONSES: [string, string, problem: string][] = [
  ["closes the connection without a response", "", " closed the connection (UND_ERR_SOCKET)"],
  ["does not use HTTP", "SSH-2.0-OpenSSH_9.6\r\n", ": the request failed (HPE_INVALID_CONSTANT)"],
  [
    "closes the connection after 103 Early Hints",
    "HTTP/1.1 103 Early Hints\r\n\r\n",
    " closed the connection (UND_ERR_SOCKET)",
  ],
  [
    "sends too many headers",
    `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(20_000)}\r\n`,
    ": the request failed (UND_ERR_HEADERS_OVERFLOW)",
  ],
  [
    "sends less than it declares",
    `${HEAD}content-length: 100\r\n\r\n{"_results":`,
    " closed the connection (UND_ERR_SOCKET)",
  ],
  [
    "leaves a chunked body unfinished",
    `${HEAD}transfer-encoding: chunked\r\n\r\nc\r\n{"_results":\r\n`,
    " closed the connection (UND_ERR_SOCKET)",
  ],
  [
    "sends invalid chunks",
    `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`,
    ": the request failed (HPE_INVALID_CHUNK_SIZE)",
  ],
  [
    "sends a body that is not compressed as declared",
    `${HEAD}content-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope`,
    ": the request failed (Z_DATA_ERROR)",
  ],
];

test.each(BROKEN_RESPONSES)("the outcome is unknown if a host %s", async (_, text, problem) => {
  await using host = await startTextHost(text);
  for (const method of ["GET", "POST"] as const) {
    const error = await expectNetworkError(send(host.url, { method }));
    expect(error).toMatchObject({ outcome: "unknown", transient: true });
    expect(error.message).toBe(`${host.url.host}${problem}`);
  }
});

test("a body without a content-length ends when the connection closes", async () => {
  await using host = await startTextHost(`${HEAD}\r\n{"_results":`);
  expect(new TextDecoder().decode((await send(host.url)).body)).toBe('{"_results":');
});

test("if a reused connection breaks, the outcome of a write is unknown and the write is not retried", async () => {
  const requestsBySocket = new WeakMap<Socket, number>();
  let requestCount = 0;
  await using host = await startHttpHost(({ socket }, response) => {
    requestCount += 1;
    requestsBySocket.set(socket, (requestsBySocket.get(socket) ?? 0) + 1);
    if (requestsBySocket.get(socket) === 2) socket.destroy();
    else response.writeHead(204).end();
  });
  const outcomes: string[] = [];
  const count = 60;
  for (let request = 0; request < count; request += 1) {
    const result = await send(host.url, { method: "POST", json: {} }).catch((error: unknown) => error);
    outcomes.push(result instanceof NetworkError ? result.outcome : "done");
  }
  expect(requestCount).toBe(count);
  expect(new Set(outcomes)).toEqual(new Set(["done", "unknown"]));
  expect(outcomes.filter((outcome) => outcome === "unknown").length).toBeGreaterThan(count / 4);
});

test("a request whose connection is refused has the outcome not-done", async () => {
  const host = await startTextHost("");
  await host[Symbol.asyncDispose]();
  const error = await expectNetworkError(send(host.url, { method: "POST" }));
  expect(error).toMatchObject({ outcome: "not-done", transient: true, isPortClosed: true });
  expect(error.message).toBe(`${host.url.host}: connection refused (ECONNREFUSED)`);
});

test("a request fails permanently if fetch blocks its port", async () => {
  const error = await expectNetworkError(send(new URL("http://127.0.0.1:9/"), { method: "POST" }));
  expect(error).toMatchObject({ outcome: "not-done", transient: false });
  expect(error.message).toBe("127.0.0.1:9: Node.js does not connect to this port");
});

const ERROR_CODES: [code: string, outcome: string, transient: boolean][] = [
  ["ENOTFOUND", "not-done", true],
  ["EAI_AGAIN", "not-done", true],
  ["UND_ERR_CONNECT_TIMEOUT", "not-done", true],
  ["CERT_HAS_EXPIRED", "not-done", false],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "not-done", false],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "not-done", false],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "not-done", false],
  ["ECONNRESET", "unknown", true],
  ["EPIPE", "unknown", true],
  ["UND_ERR_SOCKET", "unknown", true],
  ["HPE_INVALID_CONSTANT", "unknown", true],
  ["E_UNKNOWN", "unknown", true],
];

test.each(ERROR_CODES)("after the error %s, the outcome is %s", async (code, outcome, transient) => {
  const inner = Object.assign(new Error(`failed with Bearer ${TOKEN}`), { code });
  const causes = [inner, new Error("between", { cause: inner }), new AggregateError([inner, new Error("other")])];
  for (const cause of causes) {
    const fetch: Fetch = () => Promise.reject(new TypeError("fetch failed", { cause }));
    const url = new URL("https://api2.frontapp.com/me");
    const error = await expectNetworkError(
      sendHttp({ method: "POST", url, bearer: TOKEN }, { clock: systemClock, fetch }),
    );
    expect(error).toMatchObject({ outcome, transient });
    expect(error.message).toContain(`(${code})`);
    expect(inspect(error, { depth: 9 })).not.toContain(TOKEN);
  }
});

test.each([
  [407, false],
  [403, false],
  [502, true],
])("a request has the outcome not-done if the proxy rejects the connection with %d", async (status, transient) => {
  const message = `Proxy response (${status}) !== 200 when HTTP Tunneling`;
  const cause = new Error("canceled", { cause: Object.assign(new Error(message), { code: "UND_ERR_ABORTED" }) });
  const fetch: Fetch = () => Promise.reject(new TypeError("fetch failed", { cause }));
  const request: HttpRequest = { method: "POST", url: new URL("https://api2.frontapp.com/me"), bearer: TOKEN };
  expect(await expectNetworkError(sendHttp(request, { clock: systemClock, fetch }))).toMatchObject({
    message: `api2.frontapp.com: the proxy rejected the connection (${status})`,
    outcome: "not-done",
    transient,
  });
});

test.each([
  ["an error", async () => Promise.reject(new Error(`no route for Bearer ${TOKEN}`)), "Error: no route for Bearer …"],
  ["a string", async () => Promise.reject("offline"), "offline"],
  [
    "an error synchronously",
    () => {
      throw new TypeError("offline");
    },
    "TypeError: offline",
  ],
  [
    "an error while the body is read",
    async () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) })),
    "Error: reset",
  ],
] satisfies [string, Fetch, string][])(
  "a custom fetch that throws %s causes a network error",
  async (_, fetch, text) => {
    const request: HttpRequest = { method: "GET", url: new URL("https://api2.frontapp.com/me"), bearer: TOKEN };
    const error = await expectNetworkError(sendHttp(request, { clock: systemClock, fetch }));
    expect(error).toMatchObject({ outcome: "unknown", transient: true });
    expect(error.message).toBe(`The request to api2.frontapp.com failed: ${text}`);
  },
);

test.each([
  ["undefined", undefined, "GET", "not-done"],
  ["an object", {}, "GET", "not-done"],
  ["a string", "{}", "POST", "unknown"],
  ["a response without a body", { status: 200, headers: new Headers() }, "PATCH", "unknown"],
] as const)("a custom fetch that returns %s causes an error with advice", async (_, value, method, outcome) => {
  const fetch: Fetch = async () => value as unknown as Response;
  const request: HttpRequest = { method, url: new URL("https://api2.frontapp.com/contacts"), bearer: TOKEN };
  await expect(sendHttp(request, { clock: systemClock, fetch })).rejects.toMatchObject({
    name: "FrontError",
    message: "The custom fetch did not return a Response",
    advice: "Return the Response of the request, for example with `return await fetch(request)`.",
    outcome,
    transient: false,
  });
});

const SLOW_HOSTS: [string, RequestListener][] = [
  ["never responds", () => {}],
  ["sends headers and then nothing", (_, response) => response.writeHead(200).flushHeaders()],
  [
    "sends one byte at a time and never finishes",
    (_, response) => {
      const timer = setInterval(() => response.write(" "), 5);
      response.on("close", () => clearInterval(timer));
    },
  ],
];

test.each(SLOW_HOSTS)("a request to a host that %s times out", async (_, listener) => {
  await using host = await startHttpHost(listener);
  const error = await expectNetworkError(send(host.url, { method: "PATCH", timeout: 60 }));
  expect(error).toMatchObject({ outcome: "unknown", transient: true });
  expect(error.message).toBe(`${host.url.host} did not send a complete response within 0.06 s`);
});

const hangingFetch: Fetch = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test.each([
  ["immediately", 0],
  ["after ten seconds", 10_000],
])("a request that is interrupted %s times out six seconds later", async (_, after) => {
  const clock = new VirtualClock();
  const interrupt = new AbortController();
  const url = new URL("https://api2.frontapp.com/me");
  const interrupted = clock.sleep(after).then(() => interrupt.abort());
  const request = sendHttp({ method: "POST", url }, { clock, fetch: hangingFetch, signal: interrupt.signal });
  const error = await expectNetworkError(request);
  await interrupted;
  expect(error.message).toBe("api2.frontapp.com did not respond in time after the interrupt");
  expect(clock.monotonic()).toBe(after + 6000);
});

test("no timer remains after a response", async () => {
  const clock = new VirtualClock();
  const fetch: Fetch = async () => new Response("{}");
  await sendHttp({ method: "GET", url: new URL("https://api2.frontapp.com/me") }, { clock, fetch });
  await clock.sleep(1);
  expect(clock.monotonic()).toBe(1);
});

test("a response that exceeds the maximum size is rejected", async () => {
  await using host = await startHttpHost((_, response) => response.end("x".repeat(1000)));
  expect((await send(host.url, { maxBytes: 1000 })).body.byteLength).toBe(1000);
  const error = await expectNetworkError(send(host.url, { maxBytes: 999 }));
  expect(error).toMatchObject({ outcome: "unknown", transient: false });
  expect(error.message).toBe(`${host.url.host} sent a response of more than 999 bytes`);
});

test("the maximum size applies after decompression", async () => {
  const bomb = gzipSync(Buffer.alloc(1_000_000));
  expect(bomb.byteLength).toBeLessThan(10_000);
  await using host = await startHttpHost((_, response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
  );
  const error = await expectNetworkError(send(host.url, { maxBytes: 999_999 }));
  expect(error.message).toMatch(/sent a response of more than 999,999 bytes$/);
});

test("by default, the maximum size is 32 MB", async () => {
  const chunk = new Uint8Array(11 * 1024 * 1024);
  const fetch: Fetch = async () => new Response(ReadableStream.from([chunk, chunk, chunk]));
  const error = await expectNetworkError(
    sendHttp({ method: "GET", url: new URL("https://api2.frontapp.com/me") }, { clock: systemClock, fetch }),
  );
  expect(error.message).toMatch(/sent a response of more than 33,554,432 bytes$/);
});

test("a request has an authorization header only if it has a token", async () => {
  const received: (string | undefined)[] = [];
  await using host = await startHttpHost(({ headers, method, url }, response) => {
    received.push(`${method} ${url}`, headers.authorization, headers["content-type"]);
    response.end("{}");
  });
  await send(host.url, { method: "PATCH", json: { name: "Dale" } });
  await sendHttp({ method: "GET", url: host.url }, { clock: systemClock });
  expect(received).toEqual([...["PATCH /", `Bearer ${TOKEN}`, "application/json"], ...["GET /", undefined, undefined]]);
});

test.each([200, 204, 400, 401, 404, 429, 500, 503])(
  "a response with the status %d is returned after one request",
  async (status) => {
    let count = 0;
    await using host = await startHttpHost((_, response) => {
      count += 1;
      response.writeHead(status, { "retry-after": "1" }).end();
    });
    expect((await send(host.url)).status).toBe(status);
    expect(count).toBe(1);
  },
);
