import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsync,
  fsyncSync,
  lstatSync,
  mkdirSync,
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

/** The steps of writing a file. Injectable, so that tests can simulate a crash at each step. */
export interface WritableDisk {
  /** Returns the text of a file. Throws if it is missing, a link or too large. */
  read(path: string): string;
  /** Creates a directory and its parents unless it exists. Throws if it is a link. */
  makeDirectory(path: string): void;
  /**
   * Creates a file and returns its descriptor. `rights` is its mode; if undefined, the umask applies. Throws if the
   * file exists.
   */
  create(path: string, rights: number | undefined): number;
  write(file: number, content: string | Uint8Array): void;
  /** Flushes the written content to the device. */
  sync(file: number): void;
  close(file: number): void;
  rename(from: string, to: string): void;
  /** Removes a file if it exists. */
  remove(path: string): void;
}

/** Maximum size of a file to read, larger than the cache of a million contacts. */
const MAX_BYTES = 384 * 1024 * 1024;

/** The disk of this machine. */
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
  create(path, rights) {
    const file = openSync(path, "wx", rights);
    if (rights !== undefined) fchmodSync(file, rights);
    return file;
  },
  // `writeSync` may write only part of the content.
  write: (file, content) => writeFileSync(file, content),
  sync: fsyncSync,
  close: closeSync,
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
};

/** A file that is being written. Its path has the previous or the whole new content, never a part. */
export interface AtomicFile {
  /**
   * Writes the file, from pieces if its whole text would take much memory. `mayReplace` is called just before the file is replaced, and may throw to prevent it. Throws the
   * system's error; the temporary file is removed.
   */
  finish(content: string | Uint8Array | Generator<string>, mayReplace?: () => void): void;
  /** Cancels the write. An existing file stays unchanged. Does nothing after `finish` or another `abandon`. */
  abandon(): void;
}

/** Readable only by its owner. */
const PRIVATE = 0o600;

/**
 * Creates a temporary file beside the path, so that an unwritable directory fails before any work is done. The default
 * mode is 0600. Throws the system's error.
 */
export function createAtomicFile(
  path: string,
  disk: WritableDisk = systemDisk,
  { rights }: { readonly rights: number | undefined } = { rights: PRIVATE },
): AtomicFile {
  if (disk === systemDisk) removeStaleFiles(dirname(path));
  const temporary = temporaryPath(path);
  const file = disk.create(temporary, rights);
  let open = true;
  return {
    finish(content, mayReplace) {
      open = false;
      try {
        try {
          const isWhole = typeof content === "string" || content instanceof Uint8Array;
          for (const piece of isWhole ? [content] : content) disk.write(file, piece);
          disk.sync(file);
        } finally {
          disk.close(file);
        }
        mayReplace?.();
        disk.rename(temporary, path);
      } catch (error) {
        disk.remove(temporary);
        throw error;
      }
    },
    abandon() {
      if (!open) return;
      open = false;
      disk.close(file);
      disk.remove(temporary);
    },
  };
}

/** The .gitignore pattern for temporary files. */
export const TEMPORARY_PATTERN = ".*.front-contacts-tmp";

const TEMPORARY = /^\..*\.([0-9a-f]{8})-(\d+)-[0-9a-f-]{36}\.front-contacts-tmp$/s;

/** Milliseconds after which a temporary file is stale, even if its process appears to be running. */
const OLDEST = 24 * 60 * 60 * 1000;

/** Distinguishes machines that share a directory, without revealing their host names. */
const MACHINE = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/**
 * Returns the path of a temporary file: hidden, so that it is not loaded, and with the id of its process in its name.
 */
export function temporaryPath(path: string, processId = pid): string {
  // File names are limited to 255 bytes.
  const name = Buffer.from(basename(path)).subarray(0, 160).toString();
  return join(dirname(path), `.${name}.${MACHINE}-${processId}-${randomUUID()}.front-contacts-tmp`);
}

/** Directories whose stale files this process has removed. */
const swept = new Set<string>();

/** Removes temporary files of killed processes, once per process and directory. */
export function removeStaleFiles(directory: string): void {
  if (swept.has(directory)) return;
  swept.add(directory);
  for (const { name, kind } of entriesIn(directory, createDisk())) {
    const path = join(directory, name);
    if (kind === "file" && isStale(name, path)) rmSync(path, { force: true });
  }
}

function isStale(name: string, path: string): boolean {
  const [, machine, processId] = TEMPORARY.exec(name) ?? [];
  if (machine === undefined) return false;
  if (machine === MACHINE && !isRunning(Number(processId))) return true;
  const written = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? systemClock.now();
  return systemClock.now() - written > OLDEST;
}

/** Returns whether a process with this id exists, of any user. */
function isRunning(processId: number): boolean {
  try {
    kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/**
 * Creates the directory for cache, journal and run history, and makes git ignore it, because they contain personal
 * data.
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

/** A file to be created, and its content. */
export interface NewFile {
  /** The absolute path. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** A temporary file with the content of a new file. */
interface Draft {
  readonly path: string;
  readonly temporary: string;
  readonly descriptor: number;
}

const sync = promisify(fsync);

/**
 * Creates files atomically, with missing directories. Returns the paths that already exist; those files are not
 * changed. The contents are synced in parallel, which is much faster than one after the other. Throws the system's
 * error; temporary files are removed.
 */
export async function createFiles(files: readonly NewFile[]): Promise<readonly string[]> {
  const drafts: Draft[] = [];
  try {
    for (const file of files) writeDraft(file, drafts);
    const synced = await Promise.allSettled(drafts.map(({ descriptor }) => sync(descriptor)));
    const failed = synced.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  } catch (error) {
    for (const { temporary } of drafts) rmSync(temporary, { force: true });
    throw error;
  } finally {
    for (const { descriptor } of drafts) closeSync(descriptor);
  }
  return publish(drafts);
}

function writeDraft({ path, content }: NewFile, drafts: Draft[]): void {
  mkdirSync(dirname(path), { recursive: true });
  removeStaleFiles(dirname(path));
  const temporary = temporaryPath(path);
  const descriptor = openSync(temporary, "wx");
  drafts.push({ path, temporary, descriptor });
  writeFileSync(descriptor, content);
}

/** Renames temporary files to their final names. Returns the paths that already exist. */
function publish(drafts: readonly Draft[]): string[] {
  const taken: string[] = [];
  try {
    for (const { path, temporary } of drafts) {
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) taken.push(path);
      else renameSync(temporary, path);
    }
  } finally {
    for (const { temporary } of drafts) rmSync(temporary, { force: true });
  }
  return taken;
}

/** Syncs a directory, so that the names of new files are durable, where the system supports it. */
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
