import { accessSync, constants, lstatSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import { UserError } from "../model/user-error.ts";
import { FileError, reasonOf } from "./file-error.ts";
import { type ReplaceOptions, readText, replaceFile } from "./replace-file.ts";

/** Where files are written. A test or a dry run may be the disk. Paths are relative to where the tool was started. */
export interface DiskWriter {
  /** Whether anything is there, even a broken symbolic link. */
  exists(path: string): boolean;
  /** Writes a new file, whole or not at all, and missing directories. Throws a `FileChangedError` when something is there. */
  create(path: string, content: string | Uint8Array): void;
  /** Replaces a text, whole or not at all. Throws a `FileChangedError` when the file no longer says `before`. */
  replace(path: string, before: string, after: string): void;
}

/** A file that cannot be written. */
export class WriteError extends UserError {
  constructor(summary: string, advice: string, code = "file-not-written") {
    super(code, summary, { advice });
  }
}

/** A file that changed, or appeared, while the tool was running. */
export class FileChangedError extends WriteError {
  constructor({ summary, advice, code }: Diagnostic) {
    super(summary, advice, code);
  }
}

const BOM = "\uFEFF";

export function createDiskWriter(cwd = "."): DiskWriter {
  return {
    exists: (path) => isThere(resolve(cwd, path)),
    create: (path, content) => write(path, content, { cwd, before: null }),
    replace(path, before, after) {
      // Texts are compared without the byte order mark, which the file keeps.
      const limit = Buffer.byteLength(before) + Buffer.byteLength(BOM);
      const mark = readText(resolve(cwd, path), { limit })?.startsWith(BOM) ? BOM : "";
      write(path, mark + after, { cwd, before: mark + before });
    },
  };
}

/** Writes a file, whole or not at all, and missing directories. Replaces what is there. Throws a `WriteError`. */
export function writeFile(path: string, content: string, cwd = "."): void {
  write(path, content, { cwd });
}

function write(path: string, content: string | Uint8Array, options: ReplaceOptions & { readonly cwd: string }): void {
  attempt(path, () => mkdirSync(dirname(resolve(options.cwd, path)), { recursive: true }));
  const problem = replaceFile(path, content, options);
  if (problem === undefined) return;
  if (problem.code === "file-changed") throw new FileChangedError(problem);
  throw new WriteError(problem.summary, problem.advice, problem.code);
}

/**
 * Throws a `WriteError` when a file could not be put there, to be told before any work is done for it: only a plain file
 * is replaced, and the nearest directory that exists has to allow it.
 */
export function assertWritable(path: string, cwd = "."): void {
  attempt(path, () => {
    const there = statSync(resolve(cwd, path), { throwIfNoEntry: false });
    if (there?.isFile() === false) throw new FileError("not-a-file");
    let directory = dirname(resolve(cwd, path));
    while (!isThere(directory)) directory = dirname(directory);
    if (!statSync(directory).isDirectory()) throw new FileError("not-a-directory");
    accessSync(directory, constants.W_OK | constants.X_OK);
  });
}

function attempt(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const advice = "Name a file in a directory that exists and is writable.";
    throw new WriteError(`${path} cannot be written (${reasonOf(error)})`, advice);
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
