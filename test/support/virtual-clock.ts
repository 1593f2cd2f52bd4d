import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../src/clock/clock.ts";
import { loadHttp } from "../../src/front/http.ts";

// Loads ky before the tests, because virtual time would advance while a module loads in real time.
await loadHttp();

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Number of turns of the event loop without activity after which all tasks are treated as asleep. */
const QUIET_TURNS = 4;

/** Milliseconds of virtual time after which the clock stops, because a task hangs or the test did not end the task. */
const MAX_ELAPSED = 86_400_000;

/**
 * Time that advances only while all tasks sleep, directly to the time when the first task wakes. The time stops during
 * requests that `fetch` sends over real sockets. A run that waits for minutes takes milliseconds and is deterministic.
 */
export class VirtualClock implements Clock {
  #elapsed = 0;
  readonly #startedAt: number;
  readonly #sleepers = new Set<Sleeper>();
  #busy = 0;
  #activity = 0;
  #isRunning = false;

  constructor(epochMilliseconds = Date.UTC(2026, 0, 1)) {
    this.#startedAt = epochMilliseconds;
  }

  now(): number {
    return this.#startedAt + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        this.#noteActivity();
        resolve();
      };
      const sleeper: Sleeper = { until: this.#elapsed + Math.max(milliseconds, 0), wake };
      signal?.addEventListener("abort", wake);
      this.#sleepers.add(sleeper);
      this.#noteActivity();
    });
  }

  /** The global fetch. Time stops until the complete response has arrived. */
  readonly fetch = async (request: Request): Promise<Response> => {
    this.#busy += 1;
    try {
      const response = await fetch(request);
      const body = response.status === 204 ? null : await response.arrayBuffer();
      const { status, headers } = response;
      return new Response(body, { status, headers });
    } finally {
      this.#busy -= 1;
      this.#noteActivity();
    }
  };

  #noteActivity(): void {
    this.#activity += 1;
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#sleepers.size > 0 && this.#busy === 0 && this.monotonic() < MAX_ELAPSED) {
      await this.#waitUntilQuiet();
      if (this.#busy === 0) this.#advance();
    }
    this.#isRunning = false;
  }

  async #waitUntilQuiet(): Promise<void> {
    for (let turns = 0, seen = this.#activity; turns < QUIET_TURNS; turns += 1) {
      await turn();
      if (seen !== this.#activity) turns = -1;
      seen = this.#activity;
    }
  }

  #advance(): void {
    const [first] = [...this.#sleepers].sort((one, other) => one.until - other.until);
    if (first === undefined) return;
    this.#elapsed = Math.max(this.#elapsed, first.until);
    first.wake();
  }
}
