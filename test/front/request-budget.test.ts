import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { completeBehavior } from "../../src/emulator/behavior.ts";
import { type LimitOptions, RateLimits } from "../../src/emulator/rate-limits.ts";
import { type RateLimitStatus, rateLimitStatus } from "../../src/front/rate-limit-headers.ts";
import { RequestBudget, type RequestBudgetOptions } from "../../src/front/request-budget.ts";
import { runs } from "../scale.ts";
import { forAll } from "../support/for-all.ts";

function statusWith(remaining: number, overrides: Partial<RateLimitStatus>): RateLimitStatus {
  return { limit: 50, remaining, burstRemaining: 25, endsAt: 60_000, respondedAt: 0, ...overrides };
}

/** Returns a budget after one response at the start of a window. */
function createBudget(
  remaining: number,
  overrides: Partial<RateLimitStatus> = {},
  options: Partial<RequestBudgetOptions> = {},
): RequestBudget {
  const requestBudget = new RequestBudget({ reserve: 0.2, ...options });
  requestBudget.update(statusWith(remaining, overrides), { now: 0, inFlight: 0 });
  return requestBudget;
}

const idle = { now: 0, inFlight: 0 };

test("a second request waits for the response to the first", () => {
  const requestBudget = new RequestBudget({ reserve: 0.2 });
  expect(requestBudget.delay(1, idle)).toBe(0);
  expect(requestBudget.delay(1, { now: 0, inFlight: 1 })).toBe(Number.POSITIVE_INFINITY);
  expect(requestBudget.rate).toBeUndefined();
});

test.each<[remaining: number, permits: number, delay: number]>([
  [50, 1, 0],
  [11, 1, 0],
  [10, 1, 60_000],
  [0, 1, 60_000],
  [12, 2, 0],
  [11, 2, 60_000],
])(
  "with a limit of 50, a reserve of 10 and %i requests left, %i may be sent after %i ms",
  (remaining, permits, delay) => {
    expect(createBudget(remaining).delay(permits, idle)).toBe(delay);
  },
);

test("requests in flight are treated as used", () => {
  expect(createBudget(13).delay(1, { now: 0, inFlight: 3 })).toBe(60_000);
});

test("half of the available requests are sent immediately and the others are spread over the window", () => {
  const requestBudget = createBudget(50);
  const times = Array.from({ length: 40 }, (_, index) => requestBudget.delay(1, { now: 0, inFlight: index }));
  expect(times.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 0));
  expect(times.slice(20).every((time, index, all) => time > (all[index - 1] ?? 0))).toBe(true);
  expect(times.at(-1)).toBe(60_000 * 0.85);
});

test("ten available requests are all sent immediately", () => {
  const requestBudget = createBudget(20);
  expect(Array.from({ length: 10 }, (_, index) => requestBudget.delay(1, { now: 0, inFlight: index }))).toEqual(
    Array.from({ length: 10 }, () => 0),
  );
});

test("the burst pool is used only with the option burst", () => {
  expect(createBudget(10).delay(1, idle)).toBe(60_000);
  expect(createBudget(10, {}, { burst: true }).delay(1, idle)).toBe(0);
});

test("a window lasts a minute if its end or the time of the response is unknown", () => {
  expect(createBudget(10, { endsAt: undefined }).delay(1, idle)).toBe(60_000);
  expect(createBudget(10, { respondedAt: undefined }).delay(1, idle)).toBe(60_000);
});

test("a window lasts at most ten minutes", () => {
  expect(createBudget(0, { endsAt: 1e13 }).delay(1, idle)).toBe(600_000);
});

test("requests are not delayed if responses have no rate limit", () => {
  const requestBudget = new RequestBudget({ reserve: 0.2 });
  requestBudget.update(undefined, idle);
  expect(requestBudget.delay(1, idle)).toBe(0);
});

test.each([
  ["from an earlier window", statusWith(1, { endsAt: 0 })],
  ["without a rate limit", undefined],
])("a response %s is counted as one request", (_, status) => {
  const requestBudget = createBudget(13);
  requestBudget.update(status, { now: 10, inFlight: 0 });
  expect(requestBudget.delay(2, { now: 10, inFlight: 0 })).toBe(0);
  expect(requestBudget.delay(3, { now: 10, inFlight: 0 })).toBe(59_990);
});

test("a response that arrives out of order does not increase the number of remaining requests", () => {
  const requestBudget = createBudget(13);
  for (const remaining of [11, 12]) requestBudget.update(statusWith(remaining, {}), idle);
  expect([1, 2].map((permits) => requestBudget.delay(permits, idle))).toEqual([0, 60_000]);
});

test("a new window starts with one request", () => {
  const requestBudget = createBudget(30, { endsAt: 5000 });
  expect(requestBudget.delay(1, { now: 20_000, inFlight: 0 })).toBe(0);
  expect(requestBudget.delay(1, { now: 20_000, inFlight: 1 })).toBe(Number.POSITIVE_INFINITY);
  requestBudget.update(statusWith(10, { endsAt: 65_000, respondedAt: 20_000 }), { now: 20_000, inFlight: 0 });
  expect(requestBudget.delay(1, { now: 20_000, inFlight: 0 })).toBe(45_000);
});

test.each([
  [1, 0.2],
  [1, 1],
  [2, 0.9],
  [5, 1],
])("with a limit of %d and a reserve of %d, one request per window is sent", (limit, reserve) => {
  const requestBudget = createBudget(limit - 1, { limit }, { reserve });
  for (const start of [60_000, 120_000]) {
    expect(requestBudget.delay(1, { now: start - 60_000, inFlight: 0 })).toBe(60_000);
    expect(requestBudget.delay(1, { now: start, inFlight: 0 })).toBe(0);
    const status = statusWith(limit - 1, { limit, endsAt: start + 60_000, respondedAt: start });
    requestBudget.update(status, { now: start, inFlight: 0 });
  }
});

test("the rate is the limit without the reserve", () => {
  expect(createBudget(50).rate).toEqual({ perMinute: 40 });
});

interface SentRequest {
  readonly arrivesAt: number;
  readonly returnsAt: number;
}

interface RunResult {
  readonly sent: number;
  readonly rejected: number;
  readonly othersRejected: number;
  readonly milliseconds: number;
}

interface Conditions extends Required<Pick<LimitOptions, "rate" | "window" | "othersShare">> {
  readonly latency: number;
  /** The difference between Front's clock and the local clock, in milliseconds. */
  readonly skew: number;
  readonly reserve: number;
  readonly windows: number;
}

const PARALLELISM = 4;

/** Sends as many requests as the budget allows during `windows` windows of virtual time. */
function simulate({ rate, window, othersShare, latency, skew, reserve, windows }: Conditions): RunResult {
  let now = 0;
  const limits = new RateLimits({ rate, window, othersShare }, completeBehavior({}), () => now + skew);
  const requestBudget = new RequestBudget({ reserve });
  const inFlight: SentRequest[] = [];
  const counts = { sent: 0, rejected: 0, othersRejected: 0 };
  const respond = ({ arrivesAt, returnsAt }: SentRequest) => {
    now = arrivesAt;
    try {
      limits.admit("/me");
    } catch {
      counts.rejected += 1;
    }
    const headers = limits.headers();
    // The budget measures the use by other integrations in the first window, which starts when the first request
    // arrives, so only later windows are checked.
    const isFirstWindow = arrivesAt < window + latency / 2;
    if (!isFirstWindow && Number(headers["x-ratelimit-remaining"]) < 1) counts.othersRejected += 1;
    const date = new Date(Math.floor((now + skew) / 1000) * 1000).toUTCString();
    now = returnsAt;
    const status = rateLimitStatus({
      status: 200,
      headers: new Headers({ ...headers, date }),
      body: new Uint8Array(),
    });
    requestBudget.update(status, { now, inFlight: inFlight.length });
  };
  while (now < window * windows) {
    const isFull = inFlight.length >= PARALLELISM;
    const delay = isFull ? Number.POSITIVE_INFINITY : requestBudget.delay(1, { now, inFlight: inFlight.length });
    const [next] = inFlight;
    if (next !== undefined && next.returnsAt <= now + delay) respond(inFlight.shift() ?? next);
    else {
      now += delay;
      inFlight.push({ arrivesAt: now + latency / 2, returnsAt: now + latency });
      counts.sent += 1;
    }
  }
  return { ...counts, milliseconds: now };
}

const conditions = fc.record({
  rate: fc.constantFrom(50, 100, 120, 200, 600),
  window: fc.constantFrom(4_000, 6_000, 10_000, 60_000, 90_000),
  othersShare: fc.constantFrom(0, 0.1, 1 / 3, 0.5),
  latency: fc.integer({ min: 1, max: 40 }),
  skew: fc.integer({ min: -3_600_000, max: 3_600_000 }).map((skew) => 1.7e12 + skew),
  reserve: fc.constantFrom(0.1, 0.2, 0.3),
  windows: fc.constant(12),
});

/** The first window of this run ends without requests left, shortly after `window` milliseconds. */
const LAST_REQUESTS_IN_FIRST_WINDOW: Conditions = {
  rate: 600,
  window: 4000,
  othersShare: 0.5,
  latency: 4,
  skew: 1_699_997_732_409,
  reserve: 0.1,
  windows: 12,
};

test("at least 95% of the available requests are used, this client receives no 429, and other clients receive none after the first window", () => {
  forAll([conditions], { numRuns: runs(500), examples: [[LAST_REQUESTS_IN_FIRST_WINDOW]] }, (sample) => {
    const { rate, othersShare, reserve, window, latency } = sample;
    const { sent, milliseconds, ...rejections } = simulate(sample);
    expect(rejections).toEqual({ rejected: 0, othersRejected: 0 });
    // If the network is the bottleneck, the rate limit is never reached.
    fc.pre((rate * latency) / PARALLELISM < window * 0.3);
    const available = Math.floor(rate * (1 - othersShare) - Math.ceil(rate * reserve)) * (milliseconds / window);
    expect(sent / available).toBeGreaterThanOrEqual(0.95);
  });
});
