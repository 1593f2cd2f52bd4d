import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { createAtomicFile, reasonOf } from "../src/internal.ts";
import { type Environment, mustNotBeContacts, UsageError } from "./process-io.ts";

export type OutputFile = ReturnType<typeof openOutputFile>;

/** Opens a file for a result, before any other work. Throws a `UsageError` if it cannot be written. */
export function openOutputFile(named: string, environment: Environment) {
  mustNotBeContacts(named);
  const path = replaceablePath(resolve(environment.cwd, named), named);
  const file = attempt(named, () => createAtomicFile(path, environment.disk));
  return {
    /** Writes all or nothing, readable for its owner only. Throws a `UsageError` if the file cannot be written. */
    write: (text: string) => attempt(named, () => file.finish(text)),
    /** Leaves the file unchanged. */
    abandon: () => file.abandon(),
  };
}

/**
 * Opens the file given by `--html`, if any, and passes it to a function. Leaves the file unchanged if the function does
 * not write it.
 */
export async function withPageFile<T>(
  named: string | undefined,
  { environment }: { readonly environment: Environment },
  work: (page: OutputFile | undefined) => Promise<T>,
): Promise<T> {
  const page = openPageFile(named, environment);
  try {
    return await work(page);
  } finally {
    // Does nothing once the page is written.
    page?.abandon();
  }
}

export function openPageFile(named: string | undefined, environment: Environment): OutputFile | undefined {
  return named === undefined ? undefined : openOutputFile(named, environment);
}

function attempt<T>(named: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new UsageError(
      `${named} cannot be written (${reasonOf(error)})`,
      "Name a file in a directory that exists and is writable.",
    );
  }
}

/**
 * Returns the path to write, links resolved. Throws a `UsageError` for a device, a directory or a write-protected file.
 */
function replaceablePath(path: string, named: string): string {
  if (!existsSync(path)) return path;
  const status = statSync(path);
  if (!status.isFile()) {
    throw new UsageError(`${named} is not a regular file`, "Name a regular file, or one that does not exist yet.");
  }
  if (isWriteProtected(path, status.mode)) {
    const advice = `Name another file, or make this one writable: chmod u+w ${named}`;
    throw new UsageError(`${named} is write-protected`, advice);
  }
  return realpathSync(path);
}

/**
 * Returns whether a file is write-protected. Checks the mode as well: a file can be replaced without write permission,
 * and root may write to every file.
 */
function isWriteProtected(path: string, mode: number): boolean {
  if ((mode & 0o222) === 0) return true;
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}
