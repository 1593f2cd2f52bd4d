import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Clock } from "../../clock/clock.ts";

/**
 * Milliseconds after which a lock is stale: twice the timeout of a request, because the work is usually one request.
 */
const STALE_AFTER = 60_000;
/** Milliseconds between attempts to acquire a lock. */
const POLL_INTERVAL = 50;

interface Lock {
  readonly owner: string;
  /** Epoch milliseconds on the owner's clock. */
  readonly since: number;
}

/**
 * Creates a lock file, calls `work` and removes the lock file. Waits if another process has the lock. Replaces a stale
 * lock, and any lock after a wait of `STALE_AFTER`, even if its owner is still running. Two processes may replace a
 * lock at the same time, so the data must stay consistent even if both run `work`. Throws the system's error if the
 * lock file cannot be written.
 */
export async function withLock<T>(path: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const owner = randomUUID();
  const deadline = clock.monotonic() + STALE_AFTER;
  while (!acquire(path, { owner, since: clock.now() })) {
    const lock = readLock(path);
    const age = lock === undefined ? 0 : Math.abs(clock.now() - lock.since);
    if (age > STALE_AFTER || clock.monotonic() > deadline) rmSync(path, { force: true });
    else await clock.sleep(POLL_INTERVAL);
  }
  try {
    return await work();
  } finally {
    if (readLock(path)?.owner === owner) rmSync(path, { force: true });
  }
}

function acquire(path: string, lock: Lock): boolean {
  try {
    writeFileSync(path, JSON.stringify(lock), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Returns undefined if the file is missing or still being written. */
function readLock(path: string): Lock | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Lock;
  } catch {
    return undefined;
  }
}
