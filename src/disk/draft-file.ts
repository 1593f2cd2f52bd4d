import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** The steps that it takes to write a file. The machine may stop before, in and after each, so a test can be the disk. */
export interface WritableDisk {
  /** The whole file. Throws when there is none. */
  read(path: string): string;
  /** With its parents; one that is there is fine. */
  makeDirectory(path: string): void;
  /** A new file for nobody else to read, by the number that the other steps know it by. Throws when it is there. */
  create(path: string): number;
  write(file: number, text: string): void;
  /** When it returns, what was written outlasts a power failure. */
  sync(file: number): void;
  close(file: number): void;
  rename(from: string, to: string): void;
  /** One that is not there is fine. */
  remove(path: string): void;
}

/** The machine's own. */
export const systemDisk: WritableDisk = {
  read: (path) => readFileSync(path, "utf8"),
  makeDirectory: (path) => void mkdirSync(path, { recursive: true }),
  create: (path) => openSync(path, "wx", 0o600),
  // Not writeSync, which is content with a part when the disk is full.
  write: (file, text) => writeFileSync(file, text),
  sync: fsyncSync,
  close: closeSync,
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
};

/** A file in the making. Its place shows what was there before, or all of the new text, and never a part of it. */
export interface DraftFile {
  /** Throws when the disk will not have it, and leaves nothing behind. */
  finish(text: string): void;
  /** When there will be no text; whatever was at the place stays there. */
  abandon(): void;
}

/** Begins a file beside its place, which shows that it can be written. Throws the system's error when it cannot. */
export function draftFile(path: string, disk: WritableDisk = systemDisk): DraftFile {
  const draft = `${path}.${randomUUID()}.tmp`;
  const file = disk.create(draft);
  return {
    finish(text) {
      try {
        try {
          disk.write(file, text);
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
