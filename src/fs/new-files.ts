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
