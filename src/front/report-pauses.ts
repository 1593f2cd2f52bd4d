import type { Clock } from "../clock/clock.ts";
import { MIN_REPORTED_PAUSE } from "./constants.ts";
import type { Pause } from "./rate-limiter.ts";

/**
 * Returns a listener that omits repeated reports of the same pause: several requests in flight can get a 429, with
 * delays that differ only by their jitter of up to 10%.
 */
export function withoutRepeatedPauses(onPause: (pause: Pause) => void, clock: Clock): (pause: Pause) => void {
  let reportedUntil = Number.NEGATIVE_INFINITY;
  return (pause) => {
    const { reason, milliseconds } = pause;
    if (reason === "retry-after") {
      const now = clock.monotonic();
      const end = now + milliseconds;
      const isRepeated = now < reportedUntil && end <= reportedUntil + milliseconds / 10 + MIN_REPORTED_PAUSE;
      if (isRepeated) return;
      reportedUntil = end;
    }
    onPause(pause);
  };
}
