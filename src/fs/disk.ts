import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, realpathSync } from "node:fs";
import { isAbsolute } from "node:path";

/** Reads directories and files. Injectable for tests. */
export interface Disk {
  /** Returns the entries of a directory, in any order. */
  list(directory: string): DirectoryListing;
  /**
   * Reads a regular file of at most `limit` bytes. Returns `not-a-file` for a symbolic link, which is not followed, and
   * for a pipe, without waiting for data.
   */
  read(path: string, options: { readonly limit: number }): ReadFile;
  /** Returns the path with all links resolved, or undefined if it cannot be resolved. */
  realPath(path: string): string | undefined;
}

export interface DiskEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "link" | "other";
}

type DirectoryListing =
  | { readonly kind: "entries"; readonly entries: readonly DiskEntry[] }
  | { readonly kind: "missing" }
  /** `reason` is the system's error code, such as `EACCES`. */
  | { readonly kind: "unreadable"; readonly reason: string };

/** Returns the entries of a directory; none if the directory is missing or unreadable. */
export function entriesIn(directory: string, disk: Disk): readonly DiskEntry[] {
  const listing = disk.list(directory);
  return listing.kind === "entries" ? listing.entries : [];
}

/**
 * The result of reading a file. `reason` is the system's error code, such as `EACCES`, or a phrase. `size` is in bytes.
 */
export type ReadFile =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "missing" | "not-a-file" | "changing" }
  | { readonly kind: "too-large"; readonly size: number }
  | { readonly kind: "unreadable"; readonly reason: string };

/**
 * Returns the disk of this machine. Paths are relative to `cwd`. The methods are synchronous, because synchronous calls
 * are several times faster for many small files, and because nothing else runs while files are loaded.
 */
export function createDisk(cwd = "."): Disk {
  // Faster than `resolve`.
  const inCwd = (path: string) => (isAbsolute(path) ? path : `${cwd}/${path}`);
  return {
    list: (directory) => listDirectory(inCwd(directory)),
    read: (path, { limit }) => readRegularFile(inCwd(path), limit),
    realPath: (path) => resolveLinks(inCwd(path)),
  };
}

function listDirectory(directory: string): DirectoryListing {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return { kind: "entries", entries: entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) })) };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? { kind: "missing" } : { kind: "unreadable", reason: code };
  }
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): DiskEntry["kind"] {
  if (entry.isSymbolicLink()) return "link";
  if (entry.isDirectory()) return "directory";
  return entry.isFile() ? "file" : "other";
}

function resolveLinks(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function readRegularFile(path: string, limit: number): ReadFile {
  let descriptor: number | undefined;
  try {
    descriptor = openFile(path);
    return readDescriptor(descriptor, limit);
  } catch (error) {
    return explainFailure(error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function openFile(path: string): number {
  // Without O_NONBLOCK, opening a named pipe blocks until a writer opens it.
  return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}

/** Returns the first bytes of a regular file as text, or undefined if it cannot be read. */
export function readStart(path: string, length: number): string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openFile(path);
    const bytes = Buffer.alloc(length);
    return bytes.toString("utf8", 0, readSync(descriptor, bytes, 0, length, 0));
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function readDescriptor(descriptor: number, limit: number): ReadFile {
  const bytes = readSmallFile(descriptor);
  if (bytes !== undefined && bytes.length <= limit) return { kind: "bytes", bytes };
  const status = fstatSync(descriptor);
  if (!status.isFile()) return { kind: "not-a-file" };
  if (status.size > limit) return { kind: "too-large", size: status.size };
  return readFileOfSize(descriptor, status.size);
}

const SMALL_FILE = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Reads a file without its status, which takes longer to get than the content of a small file. Returns undefined if the
 * file is too large, or if it is empty and therefore may not be a regular file. For a pipe, reading at a position
 * throws `ESPIPE`.
 */
function readSmallFile(descriptor: number): Uint8Array | undefined {
  const length = readSync(descriptor, SMALL_FILE, 0, SMALL_FILE.length, 0);
  const isComplete = length < SMALL_FILE.length && readSync(descriptor, SMALL_FILE, length, 1, length) === 0;
  return length > 0 && isComplete ? Buffer.from(SMALL_FILE.subarray(0, length)) : undefined;
}

function readFileOfSize(descriptor: number, size: number): ReadFile {
  // The buffer is one byte larger than the file, to detect whether the file grows.
  const bytes = Buffer.allocUnsafe(size + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < Math.max(1, size); length += read) {
    read = readSync(descriptor, bytes, length, bytes.length - length, length);
  }
  return length === size ? { kind: "bytes", bytes: bytes.subarray(0, length) } : { kind: "changing" };
}

/** Errors for a symbolic link (ELOOP), a socket (ENXIO), a directory (EISDIR) and a pipe (ESPIPE). */
const NOT_A_FILE: ReadonlySet<string> = new Set(["ELOOP", "ENXIO", "EISDIR", "ESPIPE"]);

function explainFailure(error: unknown): ReadFile {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return { kind: "missing" };
  if (NOT_A_FILE.has(code)) return { kind: "not-a-file" };
  return { kind: "unreadable", reason: code };
}

const REASONS = {
  "not-a-file": "not a regular file",
  "not-a-directory": "not a directory",
  "in-use": "in use by another process",
  "write-protected": "write-protected",
} as const;

/** Thrown for a file that front-contacts must not use, although the system allows it. */
export class FileError extends Error {
  readonly code: keyof typeof REASONS;

  constructor(code: keyof typeof REASONS) {
    super(REASONS[code]);
    this.code = code;
  }
}

/** Returns the reason why a file could not be used: a short phrase, or the system's error code, such as `EACCES`. */
export function reasonOf(error: unknown): string {
  if (error instanceof FileError) return error.message;
  return (error as NodeJS.ErrnoException).code ?? "unknown reason";
}

export function isDiskFull(reason: string): boolean {
  return reason === "ENOSPC" || reason === "EDQUOT";
}

export function adviseUnwritable(error: unknown): string {
  if (error instanceof FileError && error.code === "not-a-file") return "Specify a regular file or a new file.";
  return isDiskFull(reasonOf(error))
    ? "Free some disk space, or specify a file on another disk."
    : "Specify a file in a directory that exists and is writable.";
}
