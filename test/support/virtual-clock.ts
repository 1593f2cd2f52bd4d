import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../src/clock/clock.ts";
import { SimTime } from "../sim/sim-time.ts";

/** Number of turns of the event loop without activity after which all tasks are treated as asleep. */
const QUIET_TURNS = 4;

/** Milliseconds of virtual time after which the clock stops, in case a task hangs or a test does not end a task. */
const MAX_ELAPSED = 86_400_000;

const OWNER = "clock";

/**
 * Time that advances only while all tasks sleep, directly to the time when the first task wakes. The time stops during
 * requests that `fetch` sends over real sockets. A run that waits for minutes takes milliseconds and is deterministic.
 */
export class VirtualClock implements Clock {
  readonly #time = new SimTime(Date.UTC(2026, 0, 1));
  #busy = 0;
  #activity = 0;
  #isRunning = false;

  now(): number {
    return this.#time.now();
  }

  monotonic(): number {
    return this.#time.elapsed;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const sleeping = this.#time.sleep(milliseconds, OWNER, signal);
    this.#noteActivity();
    await sleeping;
    this.#noteActivity();
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
    while (this.#hasSleepers && this.#busy === 0 && this.monotonic() < MAX_ELAPSED) {
      await this.#waitUntilQuiet();
      if (this.#busy === 0 && this.#hasSleepers) this.#time.advance();
    }
    this.#isRunning = false;
  }

  get #hasSleepers(): boolean {
    return this.#time.waitsOf(OWNER) > 0;
  }

  async #waitUntilQuiet(): Promise<void> {
    for (let turns = 0, seen = this.#activity; turns < QUIET_TURNS; turns += 1) {
      await turn();
      if (seen !== this.#activity) turns = -1;
      seen = this.#activity;
    }
  }
}
