import type { RequestRate } from "../front/api.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { RequestCount } from "../model/plan.ts";

/** The most that an apply may take. */
export interface ApplyLimits {
  readonly requests?: number;
  readonly seconds?: number;
}

/** Adds how long so many requests take at the pace that was measured; nothing where none was. */
export function withPace(requests: RequestCount, pace: RequestRate | undefined): RequestCount {
  if (pace === undefined) return requests;
  const { perMinute } = pace;
  return { ...requests, perMinute, seconds: Math.ceil((requests.total * 60) / perMinute) };
}

/** Refuses what would take more than somebody allows. */
export function checkBudget({ total, seconds, perMinute }: RequestCount, most: ApplyLimits): Diagnostic[] {
  const found: Diagnostic[] = [];
  if (most.requests !== undefined && total > most.requests) {
    found.push({
      severity: "error",
      code: "too-many-requests",
      summary: `Applying this takes ${total} requests, and --max-requests allows ${most.requests}`,
      advice: `Apply a part of it with --target, or allow --max-requests ${total}.`,
    });
  }
  if (most.seconds === undefined || total === 0) return found;
  if (seconds === undefined) {
    found.push({
      severity: "warning",
      code: "duration-unknown",
      summary: "Front did not say how many requests it allows, so --max-duration cannot be judged",
      advice: "Use --max-requests to bound the apply.",
    });
  } else if (seconds > most.seconds) {
    found.push({
      severity: "error",
      code: "takes-too-long",
      summary: `Applying this takes about ${durationWords(seconds)} at ${perMinute} requests a minute, and --max-duration allows ${durationWords(most.seconds)}`,
      advice: "Apply a part of it with --target, or allow more.",
    });
  }
  return found;
}

/** `45 s`, `6 min`, `1 h 20 min`: enough to decide whether to wait. */
export function durationWords(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  const rest = minutes % 60;
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h${rest === 0 ? "" : ` ${rest} min`}`;
}
