import { setImmediate as turn } from "node:timers/promises";
import { loadHttp } from "../../src/front/http.ts";

// Load ky before the simulation, because modules load in real time, and ky checks the real `Request` class while it
// loads.
await loadHttp();

interface Sleeper {
  readonly until: number;
  /** Sleepers with the same wake time wake in this order. */
  readonly order: number;
  readonly owner: string;
  readonly wake: () => void;
}

/** Thrown if all tasks wait forever, or if a simulation takes too long. */
class Stuck extends Error {
  override readonly name = "Stuck";
}

/** Simulated time. It advances only while all tasks sleep, directly to the time when the next task wakes. */
export class SimTime {
  readonly #startedAt: number;
  #elapsed = 0;
  #order = 0;
  #busy = 0;
  #sleepers: Sleeper[] = [];

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  /** Returns the milliseconds since the start of the simulation. */
  get elapsed(): number {
    return this.#elapsed;
  }

  /** Returns whole milliseconds since the epoch. */
  now(): number {
    return this.#startedAt + Math.floor(this.#elapsed);
  }

  waitsOf(owner: string): number {
    return this.#sleepers.filter((sleeper) => sleeper.owner === owner).length;
  }

  /** Waits in simulated time, or until the signal is aborted. `owner` identifies the wait in `waitsOf`. */
  sleep(milliseconds: number, owner: string, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        until: this.#elapsed + Math.max(milliseconds, 0),
        order: this.#order,
        owner,
        wake: () => {
          this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
          signal?.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      this.#order += 1;
      signal?.addEventListener("abort", sleeper.wake);
      this.#sleepers.push(sleeper);
    });
  }

  /** Stops the simulated time until work that takes real time is done, for example reading a form. */
  async pauseDuring<T>(work: Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work;
    } finally {
      this.#busy -= 1;
    }
  }

  /** Returns the result of `work`. Throws `Stuck` if it takes more than `maximum` milliseconds of simulated time. */
  async until<T>(work: Promise<T>, maximum: number): Promise<T> {
    const end = this.#elapsed + maximum;
    let isSettled = false;
    const markSettled = () => {
      isSettled = true;
    };
    work.then(markSettled, markSettled);
    for (;;) {
      await (this.#busy === 0 ? microtasks() : turn());
      if (isSettled) break;
      if (this.#busy === 0) this.advance(end);
    }
    await turn();
    return await work;
  }

  /** Advances to the time when the next task wakes. Throws `Stuck` if there is none before `end`. */
  advance(end = Number.POSITIVE_INFINITY): void {
    const next = this.#sleepers.reduce<Sleeper | undefined>((first, other) => earlierOf(first, other), undefined);
    if (next === undefined) throw new Stuck("all tasks wait forever");
    if (next.until > end) throw new Stuck(`the simulation did not end after ${this.#elapsed} ms`);
    this.#elapsed = Math.max(this.#elapsed, next.until);
    next.wake();
  }
}

/** Waits until all tasks sleep or wait for real work. This takes less time than a turn of the event loop. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function earlierOf(first: Sleeper | undefined, other: Sleeper): Sleeper {
  if (first === undefined || other.until < first.until) return other;
  return other.until === first.until && other.order < first.order ? other : first;
}
