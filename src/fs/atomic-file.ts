import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  open,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { kill, pid } from "node:process";
import { promisify } from "node:util";
import { systemClock } from "../clock/clock.ts";
import { createDisk, entriesIn, FileError } from "./disk.ts";

/** File operations for atomic writes. Injectable, so that tests can simulate a crash at each step. */
export interface WritableDisk {
  /** Returns the text of a file. Throws if it cannot be read, is a symbolic link or is too large. */
  read(path: string): string;
  /** Creates a directory and its parents if they do not exist. Throws if the path is a symbolic link. */
  makeDirectory(path: string): void;
  /** Creates a file and returns its descriptor. Without a `mode`, the umask applies. Throws if the file exists. */
  create(path: string, mode: number | undefined): number;
  write(file: number, content: string | Uint8Array): void;
  /** Flushes the written content to the device. */
  sync(file: number): void;
  close(file: number): void;
  rename(from: string, to: string): void;
  /** Removes a file if it exists. */
  remove(path: string): void;
}

/** Maximum size in bytes of a file to read. The cache of a million contacts is smaller. */
const MAX_BYTES = 384 * 1024 * 1024;

export const systemDisk: WritableDisk = {
  read(path) {
    const read = createDisk().read(path, { limit: MAX_BYTES });
    if (read.kind === "bytes") return new TextDecoder().decode(read.bytes);
    throw Object.assign(new Error(`${path} cannot be read`), { code: read.kind });
  },
  makeDirectory(path) {
    mkdirSync(path, { recursive: true });
    if (!lstatSync(path).isDirectory()) throw new FileError("not-a-directory");
  },
  create(path, mode) {
    const file = openSync(path, "wx", mode);
    if (mode !== undefined) fchmodSync(file, mode);
    return file;
  },
  // Unlike `writeSync`, always writes the whole content.
  write: (file, content) => writeFileSync(file, content),
  sync: fsyncSync,
  close: closeSync,
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
};

/** A file that is being written. Until the new content is complete, the previous file remains at the path. */
export interface AtomicFile {
  /**
   * Writes the content and replaces the file. To save memory, the content may be a generator of pieces. `beforeReplace`
   * may throw to prevent the replacement. On failure, removes the temporary file and throws the error.
   */
  finish(content: string | Uint8Array | Generator<string>, beforeReplace?: () => void): void;
  /** Removes the temporary file. Does nothing after `finish` or another `abandon`. */
  abandon(): void;
}

const PRIVATE = 0o600;

/**
 * Creates a temporary file in the directory of `path`. Throws the system's error if the directory is not writable, so
 * that callers fail before they do any work. The default mode is 0600.
 */
export function createAtomicFile(
  path: string,
  disk: WritableDisk = systemDisk,
  { mode }: { readonly mode: number | undefined } = { mode: PRIVATE },
): AtomicFile {
  if (disk === systemDisk) removeStaleFiles(dirname(path));
  const temporary = temporaryPath(path);
  const file = disk.create(temporary, mode);
  let isOpen = true;
  return {
    finish(content, beforeReplace) {
      isOpen = false;
      try {
        try {
          const isWhole = typeof content === "string" || content instanceof Uint8Array;
          for (const piece of isWhole ? [content] : content) disk.write(file, piece);
          disk.sync(file);
        } finally {
          disk.close(file);
        }
        beforeReplace?.();
        disk.rename(temporary, path);
      } catch (error) {
        disk.remove(temporary);
        throw error;
      }
    },
    abandon() {
      if (!isOpen) return;
      isOpen = false;
      disk.close(file);
      disk.remove(temporary);
    },
  };
}

/** The .gitignore pattern for temporary files. */
export const TEMPORARY_PATTERN = ".*.front-contacts-tmp";

const TEMPORARY = /^\..*\.([0-9a-f]{8})-(\d+)-[0-9a-f-]{36}\.front-contacts-tmp$/s;

/** Milliseconds after which a temporary file is stale, even if its process appears to be running. */
const MAX_AGE = 24 * 60 * 60 * 1000;

/** Distinguishes machines that share a directory, without revealing their host names. */
const MACHINE = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/**
 * Returns the path of a new temporary file. The file is hidden, so that it is not loaded as configuration. Its name
 * contains the ID of the process that creates it.
 */
export function temporaryPath(path: string, processId = pid): string {
  // File names are limited to 255 bytes.
  const name = Buffer.from(basename(path)).subarray(0, 160).toString();
  return join(dirname(path), `.${name}.${MACHINE}-${processId}-${randomUUID()}.front-contacts-tmp`);
}

const cleanedDirectories = new Set<string>();

/** Removes temporary files that killed processes left behind. Only the first call for a directory has an effect. */
export function removeStaleFiles(directory: string): void {
  if (cleanedDirectories.has(directory)) return;
  cleanedDirectories.add(directory);
  for (const { name, kind } of entriesIn(directory, createDisk())) {
    const path = join(directory, name);
    if (kind === "file" && isStale(name, path)) rmSync(path, { force: true });
  }
}

function isStale(name: string, path: string): boolean {
  const [, machine, processId] = TEMPORARY.exec(name) ?? [];
  if (machine === undefined) return false;
  if (machine === MACHINE && !isRunning(Number(processId))) return true;
  const modifiedAt = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? systemClock.now();
  return systemClock.now() - modifiedAt > MAX_AGE;
}

/** Returns whether a process is running, including a process of another user. */
function isRunning(processId: number): boolean {
  try {
    kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/**
 * Creates the directory for the cache, the journal and the run history, and returns its path. Adds a .gitignore file,
 * because the directory contains personal data.
 */
export function makePrivateDirectory(contactsDirectory: string, disk: WritableDisk = systemDisk): string {
  const directory = join(contactsDirectory, ".front-contacts");
  const ignoreFile = join(directory, ".gitignore");
  disk.makeDirectory(directory);
  if (!isReadable(ignoreFile, disk)) createAtomicFile(ignoreFile, disk).finish("*\n");
  return directory;
}

function isReadable(path: string, disk: WritableDisk): boolean {
  try {
    disk.read(path);
    return true;
  } catch {
    return false;
  }
}

interface NewFile {
  /** The absolute path. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** A temporary file that will be renamed to `path`. */
interface TemporaryFile {
  readonly path: string;
  readonly temporary: string;
  readonly descriptor: number;
}

const create = promisify(open);
const sync = promisify(fsync);

/**
 * Creates files and missing directories. Does not change existing files, and returns their paths. Syncs in parallel,
 * which is much faster. On failure, throws the system's error.
 */
export async function createFiles(files: readonly NewFile[]): Promise<readonly string[]> {
  const remaining = new Set<TemporaryFile>();
  try {
    await writeTemporaryFiles(files, remaining);
    for (const file of remaining) if (renameIfFree(file)) remaining.delete(file);
    return [...remaining].map(({ path }) => path);
  } finally {
    for (const { temporary } of remaining) rmSync(temporary, { force: true });
  }
}

/** Adds the files to `created`, even if a later file cannot be written. */
async function writeTemporaryFiles(files: readonly NewFile[], created: Set<TemporaryFile>): Promise<void> {
  try {
    for (const directory of new Set(files.map(({ path }) => dirname(path)))) {
      mkdirSync(directory, { recursive: true });
      removeStaleFiles(directory);
    }
    const written = await Promise.allSettled(files.map((file) => writeTemporaryFile(file, created)));
    const failed = written.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  } finally {
    for (const { descriptor } of created) closeSync(descriptor);
  }
}

/** Creates and syncs the file asynchronously, because both can wait for the disk. */
async function writeTemporaryFile({ path, content }: NewFile, created: Set<TemporaryFile>): Promise<void> {
  const temporary = temporaryPath(path);
  const descriptor = await create(temporary, "wx");
  created.add({ path, temporary, descriptor });
  writeFileSync(descriptor, content);
  await sync(descriptor);
}

/** Renames the temporary file, unless the path already exists. Returns whether it was renamed. */
function renameIfFree({ path, temporary }: TemporaryFile): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return false;
  renameSync(temporary, path);
  return true;
}

/** Syncs a directory to make the names of new files durable, if the system supports it. */
export function syncDirectory(directory: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(directory, "r");
    fsyncSync(descriptor);
  } catch {
    // Windows cannot open a directory, and some network file systems cannot sync one.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
