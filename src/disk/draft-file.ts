import { randomUUID } from "node:crypto";
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
import { basename, dirname, join } from "node:path";
import { createDisk } from "./disk.ts";

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
    if (!lstatSync(path).isDirectory()) throw Object.assign(new Error(`${path} is a link`), { code: "no directory" });
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

/** A file in the making. Its place shows what was there before, or all of the new content, and never a part of it. */
export interface DraftFile {
  /** Throws when the disk will not have it, and leaves nothing behind. */
  finish(content: string | Uint8Array): void;
  /** When there will be nothing; whatever was at the place stays there. */
  abandon(): void;
}

/** For nobody else to read. */
const PRIVATE = 0o600;

/**
 * Begins a file beside its place, which shows that it can be written. It is private unless other rights are given. Throws
 * the system's error when it cannot be written.
 */
export function draftFile(
  path: string,
  disk: WritableDisk = systemDisk,
  { rights }: { readonly rights: number | undefined } = { rights: PRIVATE },
): DraftFile {
  // Hidden, so that whoever loads the files meanwhile leaves it out.
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  const file = disk.create(draft, rights);
  return {
    finish(content) {
      try {
        try {
          disk.write(file, content);
          disk.sync(file);
        } finally {
          disk.close(file);
        }
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
