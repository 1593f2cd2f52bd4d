import type { ApplyLimits } from "../../src/index.ts";
import { type Given, UsageError } from "../process-io.ts";

/** What `--max-requests` and `--max-duration` allow. */
export function applyLimitsOf(given: Given): ApplyLimits {
  const requests = given["max-requests"];
  const duration = given["max-duration"];
  return {
    ...(typeof requests === "number" ? { requests: wholeNumber(requests) } : {}),
    ...(typeof duration === "string" ? { seconds: secondsOf(duration) } : {}),
  };
}

function wholeNumber(requests: number): number {
  if (Number.isInteger(requests) && requests >= 0) return requests;
  throw new UsageError("--max-requests needs a whole number of requests", "Write it as --max-requests 200.");
}

const DURATION = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s)?$/;

function secondsOf(duration: string): number {
  const [, hours = 0, minutes = 0, seconds = 0] = DURATION.exec(duration) ?? [];
  if (duration !== "" && DURATION.test(duration)) return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  throw new UsageError(`--max-duration ${duration} is not a duration`, "Write it as 90s, 10m or 1h30m.");
}
