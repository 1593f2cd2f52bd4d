import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { RateLimitStatus } from "../../src/front/rate-limit-headers.ts";
import { type Pause, RateLimiter, type RateLimiterOptions } from "../../src/front/rate-limiter.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const NEVER: Promise<unknown> = new Promise(() => {});

function createLimiter(options: Partial<RateLimiterOptions> = {}) {
  const clock = new VirtualClock();
  const limiter = new RateLimiter({ clock, reserve: 0.2, parallelism: 4, ...options });
  return { clock, limiter };
}

/** Returns whether a permit is available without waiting. */
async function isReady(permit: Promise<unknown>): Promise<boolean> {
  const timeout = new Promise((resolve) => setImmediate(() => resolve("timeout")));
  return (await Promise.race([permit, timeout])) !== "timeout";
}

interface WindowStatus {
  readonly limit?: number;
  /** Time of the end of the window, in milliseconds. */
  readonly endsAt?: number;
  /** Time of the response, in milliseconds. */
  readonly at?: number;
}

function statusWith(remaining: number, { limit = 50, endsAt = 60_000, at = 0 }: WindowStatus = {}): RateLimitStatus {
  return { limit, remaining, burstRemaining: 0, endsAt, respondedAt: at };
}

test.each([1, 2, 4])("at most %d requests are in flight", async (parallelism) => {
  const { limiter } = createLimiter({ parallelism });
  await limiter.acquire(1);
  limiter.finishRequest(statusWith(49));
  for (let sent = 0; sent < parallelism; sent += 1) expect(await isReady(limiter.acquire(1))).toBe(true);
  expect(await isReady(limiter.acquire(1))).toBe(false);
});

test("a pair of requests acquires both permits or neither, and can release one of them", async () => {
  const { clock, limiter } = createLimiter();
  await limiter.acquire(1);
  limiter.finishRequest(statusWith(13));
  await limiter.acquire(2);
  const waiting = limiter.acquire(2);
  expect(await isReady(waiting)).toBe(false);
  limiter.finishRequest(statusWith(12));
  limiter.release(1);
  expect(await waiting).toBe(true);
  expect(clock.monotonic()).toBe(0);
});

test("single requests do not overtake a waiting pair", async () => {
  const { limiter } = createLimiter({ parallelism: 2 });
  await limiter.acquire(1);
  limiter.finishRequest(statusWith(49));
  await limiter.acquire(1);
  const order: string[] = [];
  const pair = limiter.acquire(2).then(() => order.push("pair"));
  const single = limiter.acquire(1).then(() => order.push("single"));
  expect(await isReady(single)).toBe(false);
  limiter.finishRequest(statusWith(48));
  await pair;
  limiter.release(2);
  await single;
  expect(order).toEqual(["pair", "single"]);
});

test("a pair is sent with a parallelism of one", async () => {
  const { limiter } = createLimiter({ parallelism: 1 });
  expect(await limiter.acquire(2)).toBe(true);
  limiter.finishRequest(statusWith(49));
  limiter.finishRequest(statusWith(48));
  expect(await limiter.acquire(2)).toBe(true);
});

test.each([400, 1000, 10_000, 60_000, 600_000])(
  "a used-up window of %d ms pauses requests until its end",
  async (endsAt) => {
    const pauses: Pause[] = [];
    const { clock, limiter } = createLimiter({ onPause: (pause) => pauses.push(pause) });
    await limiter.acquire(1);
    limiter.finishRequest(statusWith(10, { endsAt }));
    await limiter.acquire(1);
    expect(clock.monotonic()).toBe(endsAt);
    expect(pauses[0]).toEqual(endsAt < 1000 ? undefined : { reason: "rate-limit", milliseconds: endsAt });
  },
);

test("no permit is granted during a pause", async () => {
  const pauses: Pause[] = [];
  const { clock, limiter } = createLimiter({ onPause: (pause) => pauses.push(pause) });
  await limiter.acquire(1);
  limiter.finishRequest(statusWith(49));
  limiter.pause(17_000);
  limiter.pause(3000);
  expect(limiter.isPaused).toBe(true);
  await limiter.acquire(1);
  expect(clock.monotonic()).toBe(17_000);
  expect(limiter.isPaused).toBe(false);
  expect(pauses).toEqual([{ reason: "retry-after", milliseconds: 17_000 }]);
});

test("after a pause, one call at a time is granted permits until the limiter is resumed", async () => {
  const { limiter } = createLimiter();
  await limiter.acquire(1);
  limiter.finishRequest(statusWith(49));
  limiter.pause(1000);
  await limiter.acquire(1);
  let granted = false;
  const waiting = limiter.acquire(2).then(() => {
    granted = true;
  });
  await new Promise(setImmediate);
  expect(granted).toBe(false);
  limiter.resume();
  await waiting;
});

test("a pause also applies to requests that are already waiting", async () => {
  const { clock, limiter } = createLimiter({ parallelism: 1 });
  await limiter.acquire(1);
  const waiting = limiter.acquire(1);
  limiter.pause(5000);
  limiter.finishRequest(statusWith(49));
  await waiting;
  expect(clock.monotonic()).toBe(5000);
});

test("an interrupt ends every wait and grants no permits", async () => {
  const interrupt = new AbortController();
  const { clock, limiter } = createLimiter({ signal: interrupt.signal });
  await limiter.acquire(1);
  const calls = [limiter.acquire(1), limiter.acquire(2), limiter.acquire(1)];
  interrupt.abort();
  expect(await Promise.race([Promise.all(calls), NEVER])).toEqual([false, false, false]);
  limiter.finishRequest(statusWith(49));
  expect(await limiter.acquire(1)).toBe(false);
  expect(clock.monotonic()).toBe(0);
});

/** Counts requests in numbered fixed windows, as Front does. */
class WindowCounter {
  readonly #clock: VirtualClock;
  readonly #limit: number;
  readonly #length: number;
  readonly #used = new Map<number, number>();
  /** The latest window from which a response has arrived. */
  latestInResponse = -1;

  constructor(clock: VirtualClock, { limit, window }: { limit: number; window: number }) {
    this.#clock = clock;
    this.#limit = limit;
    this.#length = window;
  }

  get window(): number {
    return Math.floor(this.#clock.monotonic() / this.#length);
  }

  /** Counts a request. The response date is in whole seconds, so the window can seem up to one second longer. */
  spend(): { remaining: number; window: number; respond: () => RateLimitStatus } {
    const { window } = this;
    const used = (this.#used.get(window) ?? 0) + 1;
    this.#used.set(window, used);
    const remaining = Math.max(this.#limit - used, 0);
    const respondedAt = Math.floor(this.#clock.monotonic() / 1000) * 1000;
    const respond = () => {
      this.latestInResponse = Math.max(this.latestInResponse, window);
      const endsAt = (window + 1) * this.#length;
      return { limit: this.#limit, remaining, burstRemaining: 0, endsAt, respondedAt };
    };
    return { remaining, window, respond };
  }
}

/** The delays of a request and its response in milliseconds, and whether the response has no rate limit. */
interface Transfer {
  readonly requestDelay: number;
  readonly responseDelay: number;
  readonly hasNoLimit: boolean;
}

const schedule = fc.record({
  limit: fc.integer({ min: 1, max: 20 }),
  window: fc.constantFrom(700, 1000, 5000, 60_000),
  reserve: fc.constantFrom(0, 0.1, 0.2, 0.5, 0.99),
  parallelism: fc.integer({ min: 1, max: 6 }),
  requests: fc.array(
    fc.record({
      after: fc.nat({ max: 3000 }),
      requestDelay: fc.nat({ max: 400 }),
      responseDelay: fc.nat({ max: 1500 }),
      isPair: fc.boolean(),
      hasNoLimit: fc.nat({ max: 9 }).map((digit) => digit === 0),
    }),
    { minLength: 1, maxLength: 40 },
  ),
});

test("for any requests and any order of responses, the reserve remains unused and the parallelism is not exceeded", async () => {
  const property = fc.asyncProperty(schedule, async ({ requests, parallelism, reserve, ...front }) => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ clock, reserve, parallelism });
    const counter = new WindowCounter(clock, front);
    const reserved = Math.ceil(front.limit * reserve);
    let violations = 0;
    let inFlight = 0;
    let maxInFlight = 0;
    const send = async ({ requestDelay, responseDelay, hasNoLimit }: Transfer, knownWindow: number) => {
      inFlight += 1;
      maxInFlight = Math.max(maxInFlight, inFlight);
      await clock.sleep(requestDelay);
      const { remaining, window, respond } = counter.spend();
      if (remaining < reserved && window === knownWindow) violations += 1;
      await clock.sleep(responseDelay);
      inFlight -= 1;
      // With several requests in flight, a response without a rate limit could be counted twice, so such a response is
      // simulated only if the parallelism is 1.
      limiter.finishRequest(hasNoLimit && parallelism === 1 ? undefined : respond());
    };
    let start = 0;
    const all = requests.map(async ({ after, isPair, ...transfer }) => {
      start += after;
      await clock.sleep(start);
      await limiter.acquire(isPair ? 2 : 1);
      const knownWindow = counter.latestInResponse === counter.window ? counter.window : -1;
      await send(transfer, knownWindow);
      if (isPair) await send(transfer, knownWindow);
    });
    await Promise.all(all);
    expect(violations).toBe(0);
    expect(maxInFlight).toBeLessThanOrEqual(parallelism);
  });
  await fc.assert(property, { numRuns: 150 });
}, 30_000);
