import {
  type Clock,
  durationWords,
  escapeText,
  type FrontApi,
  type Operation,
  type OperationResult,
} from "../../../src/index.ts";
import type { Progress } from "../progress.ts";

/** Fewer operations than this are told one by one where there is no live line. */
const MANY = 50;
/** Milliseconds between two lines of a long run where there is no live line. */
const EVERY = 10_000;
/** Milliseconds after which a rate says something. */
const SETTLED = 5_000;

export interface ApplyProgressOptions {
  /** Operations in all. */
  readonly total: number;
  /** Requests in all, as foretold. */
  readonly requests: number;
  readonly clock: Clock;
}

/** Says how an apply goes: how much is done, how fast, and how long it may still take. */
export class ApplyProgress {
  readonly #progress: Progress;
  readonly #front: Pick<FrontApi, "requests">;
  readonly #options: ApplyProgressOptions;
  readonly #start: number;
  readonly #sentBefore: number;
  #ended = 0;
  #lastLine: number;

  constructor(progress: Progress, front: Pick<FrontApi, "requests">, options: ApplyProgressOptions) {
    this.#progress = progress;
    this.#front = front;
    this.#options = options;
    this.#start = options.clock.monotonic();
    this.#sentBefore = front.requests;
    this.#lastLine = this.#start;
  }

  ended({ operation, status }: OperationResult): void {
    this.#ended += 1;
    const { total, clock } = this.#options;
    this.#progress.say(this.#state());
    const now = clock.monotonic();
    const single = total <= MANY || status !== "applied";
    if (single) this.#progress.log(`[${this.#ended}/${total}] ${describe(operation)}: ${status}`);
    else if (now - this.#lastLine >= EVERY || this.#ended === total) {
      this.#lastLine = now;
      this.#progress.log(this.#state());
    }
  }

  #state(): string {
    const { total } = this.#options;
    return [`${this.#ended} of ${total} operations`, ...this.#pace()].join(", ");
  }

  #pace(): string[] {
    const elapsed = this.#options.clock.monotonic() - this.#start;
    const sent = this.#front.requests - this.#sentBefore;
    if (elapsed < SETTLED || sent === 0) return [];
    const perMinute = (sent * 60_000) / elapsed;
    const left = Math.max(0, this.#options.requests - sent);
    const time = left === 0 ? [] : [`about ${durationWords(Math.ceil((left * 60) / perMinute))} left`];
    return [`${Math.round(perMinute)} requests a minute`, ...time];
  }
}

function describe({ kind, subjects }: Operation): string {
  return escapeText(`${kind} ${subjects.length === 1 ? subjects[0] : `${subjects.length} contacts`}`);
}
