import {
  closeSync,
  fsync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { removeStaleFiles, temporaryPath } from "./atomic-file.ts";

/** A file to be created, and its content. */
export interface NewFile {
  /** Absolute. */
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
 * Creates files with their missing directories, each atomically, and returns the paths that exist already, which are not
 * changed. The contents are synced in parallel: a file system does that in a small part of the time that one file after
 * the other takes. Throws the error of the system, and leaves no temporary file behind.
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

/** Gives the files their names, unless another process has taken one meanwhile. */
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

/** Makes the names of files in a directory durable, where the system can do that for directories. */
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
