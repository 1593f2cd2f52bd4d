import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Clock } from "../clock/clock.ts";

const CHUNK = 1024 * 1024;

/** Milliseconds to wait for a writer to open a pipe. */
const OPEN_TIMEOUT = 10_000;
/** Milliseconds to wait for data from a writer, which may be a password manager that asks the user. */
const DATA_TIMEOUT = 60_000;
/** Milliseconds between attempts to read from a pipe. */
const POLL_INTERVAL = 20;

export interface NamedFileOptions {
  /** Maximum size in bytes. */
  readonly limit: number;
  readonly clock: Clock;
  /** Ends the wait for data from a pipe with a `PipeNotWrittenError`. */
  readonly signal?: AbortSignal | undefined;
  /** Called before the file is read. May throw to prevent reading. */
  readonly check?: (status: Stats) => void;
}

/** Thrown if no data arrives from a pipe before the timeout, or before the wait is interrupted. */
export class PipeNotWrittenError extends Error {}

/**
 * Reads a file that the user specified, which may be a symbolic link, or a pipe such as `<(…)` in a shell. Returns
 * undefined if the file is larger than the limit. Throws a `PipeNotWrittenError` if no data arrives from a pipe, and
 * the system's error if the file cannot be read.
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
    // A pipe reads as empty until a writer opens it.
    const chunk = await nextChunk(file, isPipe && length === 0, options);
    if (chunk.length === 0) return Buffer.concat(chunks);
    chunks.push(chunk);
    length += chunk.length;
  }
  return undefined;
}

/** Waits for data. Returns an empty buffer at the end of the file. */
async function nextChunk(
  file: FileHandle,
  mayBeUnopened: boolean,
  { limit, clock, signal }: NamedFileOptions,
): Promise<Buffer> {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, limit + 1));
  const startedAt = clock.monotonic();
  for (;;) {
    const length = await readAvailable(file, chunk);
    if (length !== undefined && (length > 0 || !mayBeUnopened)) return chunk.subarray(0, length);
    const timeout = length === undefined ? DATA_TIMEOUT : OPEN_TIMEOUT;
    if (clock.monotonic() - startedAt > timeout || signal?.aborted)
      throw new PipeNotWrittenError("nothing was written to the pipe");
    await clock.sleep(POLL_INTERVAL, signal);
  }
}

/** Returns the number of bytes read; undefined if no data is available yet. */
async function readAvailable(file: FileHandle, buffer: Buffer): Promise<number | undefined> {
  try {
    return (await file.read(buffer, 0, buffer.length, null)).bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}
