import { expect, test } from "@jest/globals";
import type { HttpRequest } from "../../src/front/http.ts";
import type { Pause } from "../../src/front/rate-limiter.ts";
import { readJson } from "../../src/front/response-errors.ts";
import { RetryingClient, type RetryingClientOptions } from "../../src/front/retrying-client.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { createRequest, DATE, failure } from "./support.ts";

/** The result of a request: a response, or the code of a network error. */
type FetchResult = Response | string;

const ok = (body: unknown = {}, headers = {}) => new Response(JSON.stringify(body), { headers });
const noContent = () => new Response(null, { status: 204 });
const tooManyRequests = (seconds = 17) =>
  new Response("", { status: 429, headers: { "retry-after": String(seconds) } });
const status = (code: number) => () => new Response("", { status: code });
const unavailable = status(503);

const LIMITS = { "x-ratelimit-limit": "100", "x-ratelimit-remaining": "99" };

const READ = createRequest("GET");
const WRITE = createRequest("PATCH", { json: { name: "Dale" } });

/**
 * Returns a client with a virtual clock, and its requests with the times in seconds. `respond` returns the result of the
 * nth request, from 0.
 */
function createClient(
  respond: (nth: number, clock: VirtualClock) => FetchResult | Promise<FetchResult>,
  options: Partial<RetryingClientOptions> = {},
) {
  const clock = new VirtualClock();
  const sent: [method: string, at: number][] = [];
  const fetch = async ({ method }: Request) => {
    sent.push([method, clock.monotonic() / 1000]);
    const result = await respond(sent.length - 1, clock);
    if (typeof result !== "string") return result;
    throw new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: result }) });
  };
  const defaults = { clock, fetch, random: () => 0, reserve: 0.2, parallelism: 4, backoff: 500 };
  const client = new RetryingClient({ ...defaults, ...options });
  return { clock, sent, client };
}

/** Returns a `respond` function that returns the results in order and then repeats the last result. */
function inOrder(...results: (() => FetchResult)[]): (nth: number) => FetchResult {
  return (nth) => (results[Math.min(nth, results.length - 1)] ?? ok)();
}

test.each(["GET", "POST", "PATCH", "DELETE"] as const)(
  "a %s that Front rejects with a 429 is retried after the delay in the response",
  async (method) => {
    const { client, sent } = createClient(inOrder(() => tooManyRequests(17), ok));
    expect((await client.send(createRequest(method))).status).toBe(200);
    expect(sent).toEqual([
      [method, 0],
      [method, 17],
    ]);
    expect(client.requests).toBe(2);
  },
);

test("the delay after a 429 has jitter", async () => {
  const { client, sent } = createClient(
    inOrder(() => tooManyRequests(10), ok),
    { random: () => 0.999 },
  );
  await client.send(READ);
  expect(sent[1]?.[1]).toBeCloseTo(10.999);
});

const truncated = () => new Response('{"id":');

const PAIRS: [description: string, results: (() => FetchResult)[], sent: string][] = [
  ["is sent without a pause", [ok, noContent], "GET 0, PATCH 0"],
  ["reads again after a 429 on reading", [tooManyRequests, ok, noContent], "GET 0, GET 17, PATCH 17"],
  ["reads again after a 429 on writing", [ok, tooManyRequests, ok, noContent], "GET 0, PATCH 0, GET 17, PATCH 17"],
  [
    "reads again after a closed connection on writing",
    [ok, () => "ECONNRESET", ok, noContent],
    "GET 0, PATCH 0, GET 0.25, PATCH 0.25",
  ],
  ["reads again after a 503 on writing", [ok, unavailable, ok, noContent], "GET 0, PATCH 0, GET 0.25, PATCH 0.25"],
  [
    "reads again after truncated JSON on writing",
    [ok, truncated, ok, noContent],
    "GET 0, PATCH 0, GET 0.25, PATCH 0.25",
  ],
];

test.each(PAIRS)("a pair of requests %s", async (_, results, expected) => {
  const { client, sent } = createClient(inOrder(...results));
  await client.readThenWrite(READ, () => WRITE);
  expect(sent.map(([method, at]) => `${method} ${at}`).join(", ")).toBe(expected);
});

test("a pair ends without a second write if the second read shows that no write is needed", async () => {
  const { client, sent } = createClient(inOrder(ok, () => "ECONNRESET", ok));
  let readCount = 0;
  await client.readThenWrite(READ, () => (++readCount === 1 ? WRITE : undefined));
  expect(sent.map(([method]) => method)).toEqual(["GET", "PATCH", "GET"]);
});

const PAIR_OUTCOMES: [outcome: string, description: string, results: (() => FetchResult)[], code: string][] = [
  ["not-done", "a rejected read", [status(400)], "refused"],
  ["not-done", "a read that fails permanently", [unavailable], "broken"],
  ["not-done", "an unreadable response to the read", [() => new Response("<html>")], "unreadable"],
  ["not-done", "a rejected write", [ok, status(400)], "refused"],
  ["unknown", "a 503 on writing, then a failed read", [ok, unavailable, status(401)], "unauthorized"],
  ["unknown", "a 503 on writing, then no connection", [ok, unavailable, () => "ECONNREFUSED"], "unreachable"],
  ["unknown", "a 503 on writing, then a delay of a day", [ok, unavailable, () => tooManyRequests(86_400)], "too-busy"],
  ["unknown", "a 503 on writing, then a rejected write", [ok, unavailable, ok, status(400)], "refused"],
  ["unknown", "a write with an HTML page as its response", [ok, () => new Response("<html>")], "unreadable"],
  ["unknown", "a redirected write", [ok, status(307)], "broken"],
];

test.each(PAIR_OUTCOMES)("the outcome is %s if a pair has %s", async (outcome, _, results, code) => {
  const { client } = createClient(inOrder(...results));
  const result = client.readThenWrite(READ, (response) => {
    readJson(READ, response, (json) => json);
    return WRITE;
  });
  expect(await failure(result)).toMatchObject({ code, outcome });
});

test("an error that the caller throws between read and write is rethrown, and the permit is released", async () => {
  const { client } = createClient(inOrder(ok), { parallelism: 1 });
  const callerError = new Error("an error that the caller throws");
  const result = client.readThenWrite(READ, () => {
    throw callerError;
  });
  await expect(result).rejects.toBe(callerError);
  expect((await client.send(READ)).status).toBe(200);
});

test("no request is sent during a pause, not even the write of a pair", async () => {
  const { clock, client, sent } = createClient((nth) => (nth === 3 ? tooManyRequests(17) : ok({}, LIMITS)));
  await client.send(READ);
  const methods = ["POST", "POST", "DELETE", "POST", "GET"] as const;
  const others = methods.map((method) => client.send(createRequest(method)));
  const pair = client.readThenWrite(READ, () => WRITE);
  await Promise.all([...others, pair]);
  expect(sent.filter(([, at]) => at > 0 && at < 17)).toEqual([]);
  expect(sent.filter(([, at]) => at === 0).length).toBeLessThan(sent.length);
  expect(clock.monotonic()).toBe(17_000);
});

test("a pair whose read ends during a pause reads again after the pause", async () => {
  const respond = async (nth: number, clock: VirtualClock) => {
    await clock.sleep(nth === 1 ? 1000 : 500);
    return nth === 2 ? tooManyRequests(10) : ok({}, LIMITS);
  };
  const { client, sent } = createClient(respond, { reserve: 0, backoff: 1 });
  await client.send(READ);
  await Promise.all([client.readThenWrite(READ, () => WRITE), client.send(createRequest("POST"))]);
  const after = sent.slice(3);
  expect(after.filter(([, at]) => at < 11)).toEqual([]);
  expect(after.map(([method]) => method).sort()).toEqual(["GET", "PATCH", "POST"]);
});

test.each([
  ["a single request", false],
  ["a pair", true],
])("%s fails after eleven attempts that are rejected with a 429", async (_, isPair) => {
  const { client, sent } = createClient(inOrder(() => tooManyRequests(1)));
  const error = await failure(isPair ? client.readThenWrite(READ, () => WRITE) : client.send(WRITE));
  expect(error).toMatchObject({ code: "too-busy", outcome: "not-done" });
  expect(error.advice).toContain("completed changes remain in Front");
  expect(sent.length).toBe(11);
});

test("other requests wait after a request fails because of repeated 429s", async () => {
  const { client, sent } = createClient((nth) => (nth < 11 ? tooManyRequests(1) : ok()));
  await failure(client.send(WRITE));
  const [, lastAttemptAt = 0] = sent.at(-1) ?? [];
  await client.send(READ);
  expect(sent.at(-1)).toEqual(["GET", lastAttemptAt + 1]);
});

test("repeated 429s end all remaining requests of a run", async () => {
  const { client, sent } = createClient((nth) => (nth < 20 ? ok() : tooManyRequests(1)));
  const all = Array.from({ length: 60 }, () => client.send(READ).catch((error) => error.code));
  expect((await Promise.all(all)).filter((result) => result === "too-busy").length).toBe(40);
  expect(sent.length).toBeLessThanOrEqual(20 + 11);
});

test("a request that starts after repeated 429s, such as the check of a write, is sent once", async () => {
  const { client, sent } = createClient((nth) => (nth < 12 ? tooManyRequests(1) : ok()));
  await Promise.all([client.send(WRITE), client.send(WRITE)].map(failure));
  const { length } = sent;
  expect(await failure(client.send(READ))).toMatchObject({ code: "too-busy", outcome: "not-done" });
  expect([length, sent.length]).toEqual([11, 12]);
});

test("a request fails immediately if the delay is too long", async () => {
  const { clock, client, sent } = createClient(inOrder(() => tooManyRequests(121)));
  const error = await failure(client.send(WRITE));
  expect(error).toMatchObject({ code: "too-busy", outcome: "not-done", status: 429 });
  expect([sent.length, clock.monotonic()]).toEqual([1, 0]);
});

const FAILURES: [name: string, result: () => FetchResult, outcome: string][] = [
  ...[408, 500, 502, 503, 504].map(
    (code) => [`a ${code}`, status(code), "unknown"] as [string, () => FetchResult, string],
  ),
  ["ECONNRESET", () => "ECONNRESET", "unknown"],
  ["UND_ERR_SOCKET", () => "UND_ERR_SOCKET", "unknown"],
  ["ECONNREFUSED", () => "ECONNREFUSED", "not-done"],
  ["ENOTFOUND", () => "ENOTFOUND", "not-done"],
];

test.each(FAILURES)(
  "after %s, a read is sent up to five times, and a write is retried only if it was not done",
  async (_, result, outcome) => {
    const reading = createClient(result);
    expect((await failure(reading.client.send(READ))).outcome).toBe("not-done");
    expect(reading.sent.map(([, at]) => at)).toEqual([0, 0.25, 0.75, 1.75, 3.75]);
    for (const method of ["POST", "PATCH", "DELETE"] as const) {
      const writing = createClient(result);
      const error = await failure(writing.client.send(createRequest(method)));
      expect(error.outcome).toBe(outcome);
      expect(error.advice).not.toBe("");
      expect(writing.sent.length).toBe(outcome === "unknown" ? 1 : 5);
    }
  },
);

test.each([400, 401, 403, 404, 409, 413, 422, 302])(
  "a request is not retried after a response with the status %d",
  async (code) => {
    const { client, sent } = createClient(status(code));
    await failure(client.send(READ));
    expect(sent.length).toBe(1);
  },
);

test.each([
  ["http://127.0.0.1/", { kind: "start-emulator", port: "80" }],
  ["http://127.0.0.1:8080/", { kind: "start-emulator", port: "8080" }],
  ["https://127.0.0.1/", undefined],
])(
  "the error for a closed port of %s advises starting the emulator only if the emulator can serve this URL",
  async (url, remedy) => {
    const { client } = createClient(() => "ECONNREFUSED");
    await expect(client.send({ ...READ, url: new URL(url) })).rejects.toMatchObject({ code: "unreachable", remedy });
  },
);

test("the retry quota of the run limits requests to an unreachable server", async () => {
  const { client, sent } = createClient(inOrder(() => "ECONNREFUSED"));
  for (let request = 0; request < 10; request += 1) await failure(client.send(READ));
  expect(sent.length).toBeLessThanOrEqual(5 + 10);
});

test.each([
  ["a 503", unavailable],
  ["an HTML page", () => new Response("<html>")],
] as const)(
  "a write that ends with %s counts toward the retry quota, because its caller may repeat it",
  async (_, result) => {
    const { client, sent } = createClient(inOrder(result));
    const errors: unknown[] = [];
    for (let request = 0; request < 11; request += 1) errors.push(await failure(client.send(WRITE)));
    expect(sent.length).toBe(11);
    expect(errors.slice(0, 10)).not.toContainEqual(expect.objectContaining({ code: "too-busy" }));
    expect(errors[10]).toMatchObject({ code: "too-busy", outcome: "unknown" });
  },
);

test("only pauses of at least a second are reported", async () => {
  const pauses: Pause[] = [];
  const { client } = createClient(
    inOrder(unavailable, unavailable, unavailable, () => tooManyRequests(5), ok),
    { onPause: (pause) => pauses.push(pause) },
  );
  await client.send(READ);
  expect(pauses).toEqual([
    { reason: "backoff", milliseconds: 1000 },
    { reason: "retry-after", milliseconds: 5000 },
  ]);
});

test.each([
  ["the rate limit", {}],
  ["the limit of a resource", { "x-front-tier": "2", "x-ratelimit-remaining": "9" }],
])("the pause after several 429s for %s is reported once", async (_, headers) => {
  const pauses: Pause[] = [];
  const tooMany = () => new Response("{}", { status: 429, headers: { "retry-after": "30", ...headers } });
  const { client, sent } = createClient(
    inOrder(() => ok({}, LIMITS), tooMany, tooMany, tooMany, tooMany, ok),
    {
      parallelism: 4,
      onPause: (pause) => pauses.push(pause),
    },
  );
  await client.send(READ);
  await Promise.all([READ, READ, READ, READ].map((request) => client.send(request)));
  expect(sent.map(([, at]) => at).slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
  expect(pauses).toEqual([{ reason: "retry-after", milliseconds: expect.any(Number) }]);
});

test("no request, no write of a pair and no retry is sent after an interrupt", async () => {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const { client, sent } = createClient(
    () => {
      interrupt.abort();
      return ok();
    },
    { signal },
  );
  const pair = failure(client.readThenWrite(READ, () => WRITE));
  expect(await pair).toMatchObject({ code: "interrupted", outcome: "not-done" });
  expect(await failure(client.send(WRITE))).toMatchObject({ code: "interrupted", outcome: "not-done" });
  const secondInterrupt = new AbortController();
  const failing = createClient(
    () => {
      secondInterrupt.abort();
      return unavailable();
    },
    { signal: secondInterrupt.signal },
  );
  expect((await failure(failing.client.send(READ))).code).toBe("broken");
  expect([sent.length, failing.sent.length]).toEqual([1, 1]);
});

test.each<[string, () => FetchResult]>([
  ["a pause", () => tooManyRequests(60)],
  ["a backoff", unavailable],
])("an interrupt ends %s", async (_, result) => {
  const interrupt = new AbortController();
  const { clock, client, sent } = createClient(inOrder(result), { signal: interrupt.signal, backoff: 60_000 });
  void clock.sleep(100).then(() => interrupt.abort());
  expect((await failure(client.send(READ))).code).toBe("interrupted");
  expect([clock.monotonic(), sent.length]).toEqual([100, 1]);
});

test("the rate limit of a host that does not receive the token is ignored", async () => {
  const usedUpLimit = {
    "x-ratelimit-limit": "100",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": "9e9",
    date: DATE,
  };
  const { clock, client } = createClient(inOrder(() => ok({}, usedUpLimit)));
  await client.send({ method: "GET", url: new URL("https://bucket.s3.example/x") } satisfies HttpRequest);
  await client.send(READ);
  expect(clock.monotonic()).toBe(0);
});

test.each(["<html>", "nope", '{"id":'])("a write with the response %j has an unknown outcome", async (body) => {
  const { client, sent } = createClient(inOrder(() => new Response(body)));
  expect(await failure(client.send(WRITE))).toMatchObject({ code: "unreadable", outcome: "unknown" });
  expect(sent.length).toBe(1);
});
