import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Clock } from "../clock/clock.ts";

/** Whoever holds a lock for longer has died, for what is done under it has a deadline of half as long. */
const LONGEST = 60_000;
const POLL = 50;

interface Held {
  readonly owner: string;
  /** By the wall clock of whoever holds it. */
  readonly since: number;
}

/**
 * Does something while no other process does it that uses the same path. A lock that was left behind is taken over; in
 * the moment of taking over two might come in, so this saves work and waits but must not be all that keeps data safe.
 * Throws what the disk says when the lock can not be written.
 */
export async function withLock<T>(path: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const owner = randomUUID();
  const patience = clock.monotonic() + LONGEST;
  while (!acquire(path, { owner, since: clock.now() })) {
    const held = readLock(path);
    const age = held === undefined ? 0 : Math.abs(clock.now() - held.since);
    if (age > LONGEST || clock.monotonic() > patience) rmSync(path, { force: true });
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

/** Undefined when it is gone, or not written to its end yet. */
function readLock(path: string): Held | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Held;
  } catch {
    return undefined;
  }
}
