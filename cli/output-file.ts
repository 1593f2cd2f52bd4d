import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { adviseUnwritable, createAtomicFile, reasonOf } from "../src/internal.ts";
import { assertOutputFileName, type Environment, UsageError } from "./environment.ts";
import { shellQuote } from "./views/text.ts";

export type OutputFile = ReturnType<typeof openOutputFile>;

/**
 * Opens a file for output, without changing it. Throws a `UsageError` if the file cannot be written. Call this before
 * the work begins, to report the error early.
 */
export function openOutputFile(file: string, environment: Environment) {
  assertOutputFileName(file);
  const path = replaceablePath(resolve(environment.cwd, file), file);
  const output = explainWriteErrors(file, () => createAtomicFile(path, environment.disk));
  return {
    /** Writes the file atomically. Only its owner can read it. */
    write: (text: string) => explainWriteErrors(file, () => output.finish(text)),
    /** Leaves the file unchanged unless `write` was called. */
    abandon: () => output.abandon(),
  };
}

/** Opens the file of `--html` for `work`. The file stays unchanged unless `work` writes it. */
export async function withHtmlFile<T>(
  file: string | undefined,
  { environment }: { readonly environment: Environment },
  work: (htmlFile: OutputFile | undefined) => Promise<T>,
): Promise<T> {
  const htmlFile = file === undefined ? undefined : openOutputFile(file, environment);
  try {
    return await work(htmlFile);
  } finally {
    htmlFile?.abandon();
  }
}

function explainWriteErrors<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new UsageError(`"${file}" cannot be written (${reasonOf(error)})`, adviseUnwritable(error));
  }
}

/** Returns the path with links resolved. Throws a `UsageError` for a device, a directory or a write-protected file. */
function replaceablePath(path: string, file: string): string {
  if (!existsSync(path)) return path;
  const status = statSync(path);
  if (!status.isFile()) {
    throw new UsageError(`"${file}" is not a regular file`, "Specify a regular file or a new file.");
  }
  if (isWriteProtected(path, status.mode)) {
    const advice = `Specify another file, or make this file writable: chmod u+w ${shellQuote(file)}`;
    throw new UsageError(`"${file}" is write-protected`, advice);
  }
  return realpathSync(path);
}

/**
 * Replacing a file does not require write permission, so the permission is checked explicitly. The mode is checked too,
 * because root may write to every file.
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
