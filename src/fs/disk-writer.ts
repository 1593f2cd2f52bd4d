import { accessSync, constants, lstatSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
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
export class WriteError extends Error {
  override readonly name: string = "WriteError";
  readonly advice: string;

  constructor(path: string, reason: string, advice: string) {
    super(`${path} cannot be written (${reason})`);
    this.advice = advice;
  }
}

/** A file that somebody else wrote meanwhile. */
export class FileChangedError extends WriteError {
  override readonly name = "FileChangedError";
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
  if (problem.code === "file-changed") {
    const reason = options.before === null ? "it already exists" : "it changed while front-contacts was running";
    throw new FileChangedError(path, reason, problem.advice);
  }
  const [, reason = "for an unknown reason"] = /\(([^)]*)\)$/.exec(problem.summary) ?? [];
  throw new WriteError(path, reason, problem.advice);
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
