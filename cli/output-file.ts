import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { createAtomicFile, reasonOf } from "../src/internal.ts";
import { assertNotConfigurationFile, type Environment, UsageError } from "./process-io.ts";

export type OutputFile = ReturnType<typeof openOutputFile>;

/** Opens a file for a result, before any other work. Throws a `UsageError` if it cannot be written. */
export function openOutputFile(file: string, environment: Environment) {
  assertNotConfigurationFile(file);
  const path = replaceablePath(resolve(environment.cwd, file), file);
  const output = explainWriteErrors(file, () => createAtomicFile(path, environment.disk));
  return {
    /** Writes all or nothing, readable for its owner only. Throws a `UsageError` if the file cannot be written. */
    write: (text: string) => explainWriteErrors(file, () => output.finish(text)),
    /** Leaves the file unchanged, unless it was written. */
    abandon: () => output.abandon(),
  };
}

/** Opens the file of `--html`, if specified, and passes it to `work`. Leaves the file unchanged if `work` fails. */
export async function withPageFile<T>(
  file: string | undefined,
  { environment }: { readonly environment: Environment },
  work: (page: OutputFile | undefined) => Promise<T>,
): Promise<T> {
  const page = file === undefined ? undefined : openOutputFile(file, environment);
  try {
    return await work(page);
  } finally {
    page?.abandon();
  }
}

function explainWriteErrors<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new UsageError(
      `"${file}" cannot be written (${reasonOf(error)})`,
      "Name a file in a directory that exists and is writable.",
    );
  }
}

/**
 * Returns the path to write, with links resolved. Throws a `UsageError` for a device, a directory or a write-protected
 * file.
 */
function replaceablePath(path: string, file: string): string {
  if (!existsSync(path)) return path;
  const status = statSync(path);
  if (!status.isFile()) {
    throw new UsageError(`"${file}" is not a regular file`, "Name a regular file, or one that does not exist yet.");
  }
  if (isWriteProtected(path, status.mode)) {
    const advice = `Name another file, or make this one writable: chmod u+w ${file}`;
    throw new UsageError(`"${file}" is write-protected`, advice);
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
