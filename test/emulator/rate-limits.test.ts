import { expect, test } from "@jest/globals";
import type { EmulatorOptions } from "../../src/emulator/index.ts";
import { type CallResult, type TestFront, withFront } from "./support.ts";

function withClock(options: EmulatorOptions, run: (front: TestFront, clock: { now: number }) => Promise<void>) {
  const clock = { now: 1_000_000_250 };
  return withFront({ ...options, now: () => clock.now }, (front) => run(front, clock));
}

const readMe = (front: TestFront) => front.call("GET", "/me");
const limitHeader = ({ headers }: CallResult, name: string) => headers.get(`x-ratelimit-${name}`);

test("the emulator returns the number of remaining requests with every response", () =>
  withClock({}, async (front) => {
    const first = await readMe(front);
    expect(limitHeader(first, "limit")).toBe("200");
    expect(limitHeader(first, "remaining")).toBe("199");
    expect(limitHeader(first, "reset")).toBe("1000060.250");
    expect(limitHeader(first, "burst-limit")).toBe("100");
    expect(limitHeader(first, "burst-remaining")).toBe("100");
    expect(limitHeader(await front.call("GET", "/contacts/crd_x"), "remaining")).toBe("198");
    expect(limitHeader(await front.call("GET", "/me", undefined, { token: undefined }), "remaining")).toBe("198");
  }));

test("the emulator allows the burst after the window's limit is reached, then returns 429 until the window ends", () =>
  withClock({ rate: 2 }, async (front, clock) => {
    await readMe(front);
    await readMe(front);
    const burst = await readMe(front);
    expect([burst.status, limitHeader(burst, "remaining"), limitHeader(burst, "burst-remaining")]).toEqual([
      200,
      "0",
      "0",
    ]);
    clock.now += 100;
    const response = await readMe(front);
    expect(response.status).toBe(429);
    expect(response.body._error).toEqual({ status: 429, title: "Too many requests", message: "Rate limit exceeded" });
    expect(response.headers.get("retry-after")).toBe("60");
    expect(limitHeader(response, "remaining")).toBe("-1");
    clock.now += 59_899;
    expect((await readMe(front)).status).toBe(429);
    clock.now += 1;
    expect((await readMe(front)).status).toBe(200);
  }));

test("the emulator refills the burst pool over ten minutes", () =>
  withClock({ rate: 4, window: 600_000 }, async (front, clock) => {
    for (let count = 0; count < 6; count += 1) await readMe(front);
    expect((await readMe(front)).status).toBe(429);
    clock.now += 299_000;
    expect((await readMe(front)).status).toBe(429);
    clock.now += 1000;
    expect((await readMe(front)).status).toBe(200);
    expect((await readMe(front)).status).toBe(429);
  }));

test("the emulator counts the requests of all tokens of the company together", () =>
  withClock({ rate: 1, window: 1000 }, async (front) => {
    front.emulator.grant("other");
    await front.call("GET", "/me", undefined, { token: "other" });
    expect((await readMe(front)).status).toBe(429);
  }));

test.each([
  ["whole-seconds", "2"],
  ["decimal-seconds", "1.500"],
  ["omitted", null],
] as const)("with retryAfter %s, the retry-after header is %s", (retryAfter, expected) =>
  withClock({ rate: 1, window: 1500, retryAfter }, async (front) => {
    await readMe(front);
    expect((await readMe(front)).headers.get("retry-after")).toBe(expected);
  }),
);

test("the emulator spreads the requests of other integrations over the window", () =>
  withClock({ rate: 100, othersShare: 0.2 }, async (front, clock) => {
    await readMe(front);
    clock.now += 30_000;
    expect(limitHeader(await readMe(front), "remaining")).toBe("88");
  }));

test("the emulator limits the requests of a tier per resource and reports the delay in milliseconds", () =>
  withClock({ tiers: [{ tier: 2, perSecond: 2, path: /^\/contacts\/[^/]+/ }] }, async (front, clock) => {
    const readContact = (id: string) => front.call("GET", `/contacts/${id}`);
    await readContact("crd_1");
    clock.now += 400;
    await readContact("crd_1");
    clock.now += 350;
    const response = await readContact("crd_1");
    expect(response.status).toBe(429);
    expect(response.body._error.message).toBe(
      "Rate limit exceeded for tier-2 route. Please retry in 250 milliseconds.",
    );
    expect(response.headers.get("x-front-tier")).toBe("2");
    expect(response.headers.get("retry-after")).toBe("1");
    expect(Number(limitHeader(response, "remaining"))).toBe(198);
    expect((await readContact("crd_2")).status).toBe(404);
    clock.now += 250;
    expect((await readContact("crd_1")).status).toBe(404);
  }));

test("the emulator has no limit with an infinite rate", () =>
  withClock({ rate: Number.POSITIVE_INFINITY }, async (front) => {
    await readMe(front);
    const response = await readMe(front);
    expect(limitHeader(response, "limit")).toBe("1000000");
    expect(limitHeader(response, "remaining")).toBe("1000000");
    expect(limitHeader(response, "burst-remaining")).toBe("1000000");
  }));

test.each([
  [-1, "tier-only", null],
  [0, "every-refusal", "2"],
] as const)(
  "a 429 for the company's limit reports %d remaining requests; with tierHeader %s, x-front-tier is %s",
  (remaining, tierHeader, tier) =>
    withClock({ rate: 0, behavior: { refusedRemaining: remaining, tierHeader } }, async (front) => {
      const response = await readMe(front);
      expect(response.status).toBe(429);
      expect(limitHeader(response, "remaining")).toBe(String(remaining));
      expect(response.headers.get("x-front-tier")).toBe(tier);
    }),
);

test.each([
  ["weak", /^W\/"[0-9a-f]+-.{27}"$/],
  ["none", /^$/],
] as const)("with etags %s, the etag header matches %s", (etags, expected) =>
  withClock({ behavior: { etags } }, async (front) => {
    expect((await readMe(front)).headers.get("etag") ?? "").toMatch(expected);
  }),
);

test.each([
  ["shown", "100"],
  ["absent", null],
] as const)("with burstHeaders %s, x-ratelimit-burst-remaining is %s", (burstHeaders, expected) =>
  withClock({ behavior: { burstHeaders } }, async (front) => {
    expect((await readMe(front)).headers.get("x-ratelimit-burst-remaining")).toBe(expected);
  }),
);
