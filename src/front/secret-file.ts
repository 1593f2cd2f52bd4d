import { type Stats, statSync } from "node:fs";
import { platform } from "node:os";
import { createDisk, reasonOf } from "../fs/disk.ts";
import { type NamedFileOptions, PipeNotWrittenError, readNamedFile } from "../fs/named-file.ts";
import { FrontError } from "./api.ts";
import { MAX_SECRET_BYTES } from "./constants.ts";

/**
 * Returns the text of a saved login; undefined if the file does not exist. Throws a `FrontError` if the file cannot be
 * read, if other users can access it, or if it is not a regular file of a plausible size.
 */
export function readSavedLogin(path: string): string | undefined {
  const read = createDisk().read(path, { limit: MAX_SECRET_BYTES });
  if (read.kind === "missing") return undefined;
  if (read.kind === "unreadable") throw unreadableError(path, read.reason);
  if (read.kind !== "bytes") throw notLoginFileError(path);
  requirePrivate(path, statSync(path));
  return new TextDecoder().decode(read.bytes);
}

/**
 * Returns the text of a file or pipe that the user specified, such as `<(…)` in a shell; undefined if it does not exist.
 * Checks a file as `readSavedLogin` does.
 */
export async function readTokenFile(
  path: string,
  { clock, signal }: Pick<NamedFileOptions, "clock" | "signal">,
): Promise<string | undefined> {
  try {
    const check = (status: Stats) => requirePrivate(path, status);
    const bytes = await readNamedFile(path, { limit: MAX_SECRET_BYTES, clock, signal, check });
    if (bytes === undefined) throw notTokenFileError(path);
    return bytes.toString("utf8");
  } catch (error) {
    if (error instanceof FrontError) throw error;
    if (error instanceof PipeNotWrittenError) throw pipeNotWrittenError(path);
    const reason = reasonOf(error);
    if (reason === "ENOENT") return undefined;
    throw unreadableError(path, reason);
  }
}

function requirePrivate(path: string, status: Stats): void {
  // A pipe can be read only once, so its mode does not matter.
  if (status.isFIFO() || status.isSocket()) return;
  if (!status.isFile() || status.size > MAX_SECRET_BYTES) {
    throw notTokenFileError(path);
  }
  // Windows has no file modes, and a file in the user's directory is private there.
  if (platform() === "win32" || (status.mode & 0o077) === 0) return;
  const mode = (status.mode & 0o777).toString(8).padStart(4, "0");
  throw new FrontError("unauthorized", `"${path}" is accessible to other users (mode ${mode})`, {
    advice: "Run 'chmod 600' on the file.",
  });
}

function unreadableError(path: string, reason: string): FrontError {
  return new FrontError("unauthorized", `Cannot read "${path}" (${reason})`, {
    advice: "Check that it is a regular file that you have permission to read.",
  });
}

function pipeNotWrittenError(path: string): FrontError {
  return new FrontError("unauthorized", `No data received from the pipe "${path}"`, {
    advice: "First start the program that writes the token, or pipe the token to standard input.",
    remedy: { kind: "pipe-token" },
  });
}

function notLoginFileError(path: string): FrontError {
  const advice = "Delete it, then run 'front-contacts login'.";
  return new FrontError("unauthorized", `"${path}" is not the file of a saved login`, { advice });
}

function notTokenFileError(path: string): FrontError {
  const advice = "Specify a file that contains only the token.";
  return new FrontError("unauthorized", `"${path}" is not a token file`, { advice });
}
