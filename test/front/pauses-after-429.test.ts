import { expect, test } from "@jest/globals";
import { type TestFront, withFront } from "./support.ts";

const IDS = Array.from({ length: 16 }, (_, index) => `crd_z${index}`);

/** Requests per window, and the number of requests in the burst pool of the emulator. */
const LIMIT = 40;
const BURST = LIMIT / 2;

/** Reads contacts that do not exist, in parallel, after another client has used up the limit and the burst pool. */
async function readAfterOtherClient({ front, connect }: TestFront): Promise<void> {
  const otherClient = connect({ parallelism: 1, reserve: 0, burst: true });
  await front.me();
  for (let count = 1; count < LIMIT + BURST; count += 1) await otherClient.me();
  await Promise.all(IDS.map((id) => front.contact(id)));
}

/** Adds the burst pool to the headers, so that the other client can use it up. */
const BURST_HEADERS = { burstHeaders: "shown" } as const;

test("a 429 for the company limit pauses all requests, even with the tier header", () =>
  withFront(
    {
      emulator: { rate: LIMIT, window: 10_000, behavior: { ...BURST_HEADERS, tierHeader: "every-refusal" } },
      client: { parallelism: 1, reserve: 0 },
    },
    async (testFront) => {
      await readAfterOtherClient(testFront);
      expect(testFront.emulator.requests.filter(({ status }) => status === 429)).toHaveLength(1);
    },
  ));

test("16 parallel requests are completed, although several of them receive a 429", () =>
  withFront(
    { emulator: { rate: LIMIT, window: 10_000, behavior: BURST_HEADERS }, client: { parallelism: 16, reserve: 0 } },
    async (testFront) => {
      await readAfterOtherClient(testFront);
      const { requests } = testFront.emulator;
      const rejectedCount = requests.filter(({ status }) => status === 429).length;
      expect(rejectedCount).toBeGreaterThan(1);
      expect(requests.filter(({ path, status }) => path.startsWith("/contacts/") && status === 404)).toHaveLength(16);
    },
  ));

test("after a pause, one request at a time is sent until Front accepts one", () =>
  withFront({ client: { parallelism: 4, reserve: 0 } }, async ({ front, emulator }) => {
    await front.me();
    emulator.faults = [{ kind: "429", retryAfter: 1, path: "/contacts/*", times: 10 }];
    await Promise.all(IDS.map((id) => front.contact(id)));
    const rejected = emulator.requests.filter(({ status }) => status === 429);
    // Four requests in flight, then one after each pause.
    expect(new Set(rejected.map(({ at }) => at)).size).toBe(1 + 6);
  }));

test("a 429 for a tier limit pauses only requests for that resource", () =>
  withFront(
    {
      emulator: { tiers: [{ tier: 2, perSecond: 1, path: /^\/contacts\/crd_z0/ }] },
      client: { parallelism: 4, reserve: 0 },
    },
    async ({ front, clock, emulator: { requests } }) => {
      await front.contact("crd_z0");
      await Promise.all([front.contact("crd_z0"), front.contact("crd_z1"), front.contact("crd_z2")]);
      const otherResource = requests.find(({ path, status }) => path === "/contacts/crd_z2" && status === 404);
      const retry = requests.findLast(({ path }) => path === "/contacts/crd_z0");
      expect(otherResource?.at).toBeLessThan(retry?.at ?? 0);
      expect(clock.monotonic()).toBeGreaterThanOrEqual(1000);
    },
  ));
