import { closeSync, openSync, readSync } from "node:fs";

const CHUNK = 1024 * 1024;

/**
 * All of a file that a person named, which may be a link, or a pipe such as a shell's `<(…)`. Undefined when there are
 * more bytes than the limit, whatever its size is said to be: a device may have no end. Throws the system's error.
 */
export function readNamedFile(path: string, limit: number): Buffer | undefined {
  const descriptor = openSync(path, "r");
  try {
    return readDescriptor(descriptor, limit);
  } finally {
    closeSync(descriptor);
  }
}

/** The same of what is open already, from where it stands. */
export function readDescriptor(descriptor: number, limit: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let length = 0; length <= limit; ) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, limit + 1));
    const read = readSync(descriptor, chunk, 0, chunk.length, null);
    if (read === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return undefined;
}
