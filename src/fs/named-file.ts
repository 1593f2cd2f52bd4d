import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Clock } from "../clock/clock.ts";

const CHUNK = 1024 * 1024;

/** How long a pipe may stay without anybody who writes to it, in milliseconds. */
const UNOPENED = 10_000;
/** How long whoever writes to a pipe may stay silent: a password manager may wait for a person. */
const SILENT = 60_000;
const POLL = 20;

export interface NamedFileOptions {
  /** Bytes. */
  readonly limit: number;
  readonly clock: Clock;
  /** Ends the wait for a pipe. */
  readonly signal?: AbortSignal | undefined;
  /** Throws when the file is not to be read. */
  readonly check?: (status: Stats) => void;
}

/** A pipe that nothing was written to. */
export class PipeTimeoutError extends Error {}

/**
 * Reads a file that a person named, which may be a link, or a pipe such as a shell's `<(…)`. Undefined when there are more
 * bytes than the limit, whatever its size is said to be: a device may have no end. Throws the system's error, and a
 * `PipeTimeoutError` instead of waiting forever.
 */
export async function readNamedFile(path: string, options: NamedFileOptions): Promise<Buffer | undefined> {
  // Without O_NONBLOCK, opening a named pipe waits for somebody to write to it.
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
    // Until somebody writes to it, a pipe looks as if it had ended.
    const chunk = await nextChunk(file, isPipe && length === 0, options);
    if (chunk.length === 0) return Buffer.concat(chunks);
    chunks.push(chunk);
    length += chunk.length;
  }
  return undefined;
}

/** Waits for bytes. Empty at the end of the file. */
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

/** Undefined when there is nothing yet. */
async function readSome(file: FileHandle, into: Buffer): Promise<number | undefined> {
  try {
    return (await file.read(into, 0, into.length, null)).bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}
