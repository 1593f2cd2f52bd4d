/** The time, injectable for tests and simulations. */
export interface Clock {
  /** Returns the wall time in epoch milliseconds. It may jump, so durations use `monotonic`. */
  now(): number;
  /** Returns milliseconds that never decrease. */
  monotonic(): number;
  /** Waits. Returns early, without an error, if the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Returns a number in [0, 1), for jitter. */
export type Random = () => number;

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // Does not use `node:timers/promises`, whose timers create an error for each request that ends in time.
  sleep(milliseconds, signal) {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      function end() {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      }
      const timer = setTimeout(end, milliseconds);
      signal?.addEventListener("abort", end);
    });
  },
};
