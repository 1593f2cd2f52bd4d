import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Clock } from "../clock/clock.ts";

/** Milliseconds after which a lock is stale: twice as long as the one request that the work usually takes. */
const STALE = 60_000;
/** Milliseconds between attempts. */
const POLL = 50;

interface Held {
  readonly owner: string;
  /** Epoch milliseconds on the owner's clock. */
  readonly since: number;
}

/**
 * Runs `work` while no other process holds the lock file. A stale lock is taken over, even if its owner still works, and
 * two processes may do so simultaneously, so data must be safe without the lock. Throws the system's error if the lock
 * cannot be written.
 */
export async function withLock<T>(path: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const owner = randomUUID();
  const patience = clock.monotonic() + STALE;
  while (!acquire(path, { owner, since: clock.now() })) {
    const held = readLock(path);
    const age = held === undefined ? 0 : Math.abs(clock.now() - held.since);
    if (age > STALE || clock.monotonic() > patience) rmSync(path, { force: true });
    else await clock.sleep(POLL);
  }
  try {
    return await work();
  } finally {
    if (readLock(path)?.owner === owner) rmSync(path, { force: true });
  }
}

function acquire(path: string, held: Held): boolean {
  try {
    writeFileSync(path, JSON.stringify(held), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Returns the lock; undefined if it is missing or still being written. */
function readLock(path: string): Held | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Held;
  } catch {
    return undefined;
  }
}
