import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Clock } from "../clock/clock.ts";

const CHUNK = 1024 * 1024;

/** Milliseconds to wait for a writer to open a pipe. */
const UNOPENED = 10_000;
/** Milliseconds to wait for data from a writer: a password manager may wait for user input. */
const SILENT = 60_000;
const POLL = 20;

export interface NamedFileOptions {
  /** Bytes. */
  readonly limit: number;
  readonly clock: Clock;
  /** Ends the wait for data from a pipe. */
  readonly signal?: AbortSignal | undefined;
  /** Throws if the file must not be read. */
  readonly check?: (status: Stats) => void;
}

/** Thrown if nothing was written to a pipe in time. */
export class PipeTimeoutError extends Error {}

/**
 * Reads a file that the user named, which may be a link, or a pipe such as a shell's `<(…)`. Returns undefined if it is
 * larger than the limit. Throws the system's error, or a `PipeTimeoutError`.
 */
export async function readNamedFile(path: string, options: NamedFileOptions): Promise<Buffer | undefined> {
  // Without O_NONBLOCK, opening a named pipe blocks until a writer opens it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    options.check?.(status);
    return await readAll(file, status.isFIFO(), options);
  } finally {
    await file.close();
  }
}

async function readAll(file: FileHandle, isPipe: boolean, options: NamedFileOptions): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  for (let length = 0; length <= options.limit; ) {
    // Until a writer opens it, a pipe reads as empty.
    const chunk = await nextChunk(file, isPipe && length === 0, options);
    if (chunk.length === 0) return Buffer.concat(chunks);
    chunks.push(chunk);
    length += chunk.length;
  }
  return undefined;
}

/** Waits for data and returns it; empty at the end of the file. */
async function nextChunk(
  file: FileHandle,
  mayBeUnopened: boolean,
  { limit, clock, signal }: NamedFileOptions,
): Promise<Buffer> {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, limit + 1));
  const begun = clock.monotonic();
  for (;;) {
    const read = await readSome(file, chunk);
    if (read !== undefined && (read > 0 || !mayBeUnopened)) return chunk.subarray(0, read);
    const patience = read === undefined ? SILENT : UNOPENED;
    if (clock.monotonic() - begun > patience || signal?.aborted)
      throw new PipeTimeoutError("nothing was written to it");
    await clock.sleep(POLL, signal);
  }
}

/** Returns the number of bytes read; undefined if none are available yet. */
async function readSome(file: FileHandle, into: Buffer): Promise<number | undefined> {
  try {
    return (await file.read(into, 0, into.length, null)).bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}
