import { randomUUID } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";

/** Where files are written to. A test or a dry run may be the disk. Paths are relative to where the tool was started. */
export interface DiskWriter {
  /** Whether anything is there, even a link that leads nowhere. */
  exists(path: string): boolean;
  /** Whole or not at all. Directories that are missing are made. */
  write(path: string, content: string | Uint8Array): void;
}

/** A file that cannot be written. */
export class WriteError extends Error {
  override readonly name = "WriteError";
  readonly advice: string;

  constructor(path: string, cause: unknown, advice = "Make room, or name another place with --to.") {
    super(`${path} cannot be written (${reasonOf(cause)})`);
    this.advice = advice;
  }
}

export function createDiskWriter(cwd = "."): DiskWriter {
  return {
    exists: (path) => isThere(resolve(cwd, path)),
    write(path, content) {
      const real = resolve(cwd, path);
      const draft = `${real}.${randomUUID()}.tmp`;
      try {
        mkdirSync(dirname(real), { recursive: true });
        writeSynced(draft, content);
        renameSync(draft, real);
      } catch (error) {
        rmSync(draft, { force: true });
        throw new WriteError(path, error);
      }
    },
  };
}

function writeSynced(path: string, content: string | Uint8Array): void {
  const descriptor = openSync(path, "wx", 0o644);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Throws a `WriteError` when a file could not be put there: the nearest directory that exists has to allow it. */
export function mustBeWritable(path: string, cwd = "."): void {
  const advice = "Name a file in a directory that is there and may be written.";
  try {
    let directory = dirname(resolve(cwd, path));
    while (!isThere(directory)) directory = dirname(directory);
    if (!statSync(directory).isDirectory()) throw Object.assign(new Error("no directory"), { code: "ENOTDIR" });
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new WriteError(path, error, advice);
  }
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function reasonOf(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  return code ?? "for an unknown reason";
}
