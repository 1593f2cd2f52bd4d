import { setTimeout as wait } from "node:timers/promises";

/** Time, as the engine sees it. Passed in, so that tests and simulations own it. */
export interface Clock {
  /** Wall time in epoch milliseconds. It may jump; use it to talk about time, not to measure it. */
  now(): number;
  /** Milliseconds that only ever grow. */
  monotonic(): number;
  /** Ends early, without an error, when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** A number in [0, 1), for jitter. */
export type Random = () => number;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(milliseconds, signal) {
    if (signal?.aborted) return;
    await wait(milliseconds, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    });
  },
};
