import { accessSync, constants, lstatSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { replaceFile } from "./replace-file.ts";

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

  constructor(path: string, reason: string, advice: string) {
    super(`${path} cannot be written (${reason})`);
    this.advice = advice;
  }
}

export function createDiskWriter(cwd = "."): DiskWriter {
  return {
    exists: (path) => isThere(resolve(cwd, path)),
    write(path, content) {
      attempt(path, () => mkdirSync(dirname(resolve(cwd, path)), { recursive: true }));
      const problem = replaceFile(path, content, { cwd });
      if (problem === undefined) return;
      const [, reason = "for an unknown reason"] = /\(([^)]*)\)$/.exec(problem.summary) ?? [];
      throw new WriteError(path, reason, problem.advice);
    },
  };
}

/**
 * Throws a `WriteError` when a file could not be put there, to be told before any work is done for it: only a plain file
 * is replaced, and the nearest directory that exists has to allow it.
 */
export function mustBeWritable(path: string, cwd = "."): void {
  attempt(path, () => {
    const there = statSync(resolve(cwd, path), { throwIfNoEntry: false });
    if (there?.isFile() === false) throw Object.assign(new Error("no plain file"), { code: "no plain file" });
    let directory = dirname(resolve(cwd, path));
    while (!isThere(directory)) directory = dirname(directory);
    if (!statSync(directory).isDirectory()) throw Object.assign(new Error("no directory"), { code: "ENOTDIR" });
    accessSync(directory, constants.W_OK | constants.X_OK);
  });
}

function attempt(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const { code = "for an unknown reason" } = error as NodeJS.ErrnoException;
    throw new WriteError(path, code, "Name a file in a directory that is there and may be written.");
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
