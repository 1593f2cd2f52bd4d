export interface Clock {
  /** Returns the wall-clock time in epoch milliseconds. It may jump, so use `monotonic` for durations. */
  now(): number;
  /** Returns milliseconds since an arbitrary point in time. Never decreases. */
  monotonic(): number;
  /** Waits. Returns early, without an error, if the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Returns a number in [0, 1), for jitter. */
export type Random = () => number;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // `node:timers/promises` would create an error for each request that ends before its timeout.
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
