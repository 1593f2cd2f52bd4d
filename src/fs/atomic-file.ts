import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  fchmodSync,
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
import { systemClock } from "../clock/clock.ts";
import { createDisk, entriesIn } from "./disk.ts";
import { FileError } from "./file-error.ts";

/** The steps that it takes to write a file. The machine may stop before, in and after each, so a test can be the disk. */
export interface WritableDisk {
  /** The whole file. Throws when there is none, or when it is a link, or too large to be one of ours. */
  read(path: string): string;
  /** With its parents; one that is there is fine. Throws when it is a link, which may lead anywhere. */
  makeDirectory(path: string): void;
  /**
   * A new file, by the number that the other steps know it by. With just these rights; without any, with those that a
   * person's new files have. Throws when it is there.
   */
  create(path: string, rights: number | undefined): number;
  write(file: number, content: string | Uint8Array): void;
  /** When it returns, what was written outlasts a power failure. */
  sync(file: number): void;
  close(file: number): void;
  rename(from: string, to: string): void;
  /** One that is not there is fine. */
  remove(path: string): void;
}

/** What is remembered of a million contacts is less. */
const MAX_BYTES = 384 * 1024 * 1024;

/** The machine's own. */
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
  // Not writeSync, which is content with a part when the disk is full.
  write: (file, content) => writeFileSync(file, content),
  sync: fsyncSync,
  close: closeSync,
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
};

/** A file that is being written. Its place shows the previous content or all of the new content, never a part of it. */
export interface AtomicFile {
  /**
   * Puts the file in its place, unless `mayReplace` throws, which is called at the last moment. Throws the system's error
   * when it cannot be written. Leaves nothing behind when it throws.
   */
  finish(content: string | Uint8Array, mayReplace?: () => void): void;
  /** When there will be nothing; whatever was at the place stays there. */
  abandon(): void;
}

/** For nobody else to read. */
const PRIVATE = 0o600;

/**
 * Begins a file beside its place, which shows that it can be written. It is private unless other rights are given. Throws
 * the system's error when it cannot be written.
 */
export function createAtomicFile(
  path: string,
  disk: WritableDisk = systemDisk,
  { rights }: { readonly rights: number | undefined } = { rights: PRIVATE },
): AtomicFile {
  if (disk === systemDisk) removeStaleDrafts(dirname(path));
  const draft = draftPath(path);
  const file = disk.create(draft, rights);
  return {
    finish(content, mayReplace) {
      try {
        try {
          disk.write(file, content);
          disk.sync(file);
        } finally {
          disk.close(file);
        }
        mayReplace?.();
        disk.rename(draft, path);
      } catch (error) {
        disk.remove(draft);
        throw error;
      }
    },
    abandon() {
      disk.close(file);
      disk.remove(draft);
    },
  };
}

/** What git ignores of drafts. */
export const DRAFT_PATTERN = ".*.front-contacts-tmp";

const DRAFT = /^\..*\.([0-9a-f]{8})-(\d+)-[0-9a-f-]{36}\.front-contacts-tmp$/s;

/** A process that still writes after a day is on another machine, or its id has been given to another one. */
const OLDEST = 24 * 60 * 60 * 1000;

/** Tells machines that share a directory apart, without telling who they are. */
const MACHINE = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/** Hidden, so that loading files does not read it, and named after the process that writes it. */
export function draftPath(path: string, processId = pid): string {
  // A name may have 255 bytes.
  const name = Buffer.from(basename(path)).subarray(0, 160).toString();
  return join(dirname(path), `.${name}.${MACHINE}-${processId}-${randomUUID()}.front-contacts-tmp`);
}

/** The directories in which this process has looked for drafts. */
const swept = new Set<string>();

/** Removes the drafts of processes that were killed, once per process and directory. */
export function removeStaleDrafts(directory: string): void {
  if (swept.has(directory)) return;
  swept.add(directory);
  for (const { name, kind } of entriesIn(directory, createDisk())) {
    const path = join(directory, name);
    if (kind === "file" && isStale(name, path)) rmSync(path, { force: true });
  }
}

function isStale(name: string, path: string): boolean {
  const [, machine, processId] = DRAFT.exec(name) ?? [];
  if (machine === undefined) return false;
  if (machine === MACHINE && !isRunning(Number(processId))) return true;
  const written = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? systemClock.now();
  return systemClock.now() - written > OLDEST;
}

/** Whether a process with this id exists, also one of somebody else. */
function isRunning(processId: number): boolean {
  try {
    kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
