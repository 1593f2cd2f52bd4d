import { type Stats, statSync } from "node:fs";
import { platform } from "node:os";
import { createDisk, reasonOf } from "../fs/disk.ts";
import { type NamedFileOptions, PipeTimeoutError, readNamedFile } from "../fs/named-file.ts";
import { FrontError } from "./api.ts";
import { MAX_SECRET_BYTES } from "./constants.ts";

/**
 * Reads a file of this program that holds a secret; undefined if it does not exist. Throws a `FrontError` if other
 * users can read the file, or if it is not a regular file of a plausible size.
 */
export function readSecret(path: string): string | undefined {
  const read = createDisk().read(path, { limit: MAX_SECRET_BYTES });
  if (read.kind === "missing") return undefined;
  if (read.kind === "unreadable") throw unreadableError(path, read.reason);
  if (read.kind !== "bytes") throw notATokenFile(path);
  mustBePrivate(path, statSync(path));
  return new TextDecoder().decode(read.bytes);
}

/** Like `readSecret`, for a file that the user named. The file may be a pipe, such as a shell's `<(…)`. */
export async function readTokenFile(
  path: string,
  { clock, signal }: Pick<NamedFileOptions, "clock" | "signal">,
): Promise<string | undefined> {
  try {
    const check = (status: Stats) => mustBePrivate(path, status);
    const bytes = await readNamedFile(path, { limit: MAX_SECRET_BYTES, clock, signal, check });
    if (bytes === undefined) throw notATokenFile(path);
    return bytes.toString("utf8");
  } catch (error) {
    if (error instanceof FrontError) throw error;
    if (error instanceof PipeTimeoutError) throw silentPipeError(path);
    const reason = reasonOf(error);
    if (reason === "ENOENT") return undefined;
    throw unreadableError(path, reason);
  }
}

function mustBePrivate(path: string, status: Stats): void {
  // A pipe can be read once only, so its mode does not matter.
  if (status.isFIFO() || status.isSocket()) return;
  if (!status.isFile() || status.size > MAX_SECRET_BYTES) {
    throw notATokenFile(path);
  }
  // Windows has no such mode; a file in the user's own directory is private there.
  if (platform() === "win32" || (status.mode & 0o077) === 0) return;
  const mode = (status.mode & 0o777).toString(8).padStart(4, "0");
  throw new FrontError("unauthorized", `${path} is readable by other users (mode ${mode})`, {
    advice: `Run chmod 600 on it.`,
  });
}

function unreadableError(path: string, reason: string): FrontError {
  return new FrontError("unauthorized", `Cannot read ${path} (${reason})`, {
    advice: "Specify a file that exists and that you have permission to read.",
  });
}

function silentPipeError(path: string): FrontError {
  return new FrontError("unauthorized", `No data received from the pipe ${path}`, {
    advice: "Start the program that writes the token first, or pipe the token to standard input.",
    remedy: { kind: "pipe-token" },
  });
}

function notATokenFile(path: string): FrontError {
  const advice = "Specify a file that contains the token only.";
  return new FrontError("unauthorized", `${path} is not a token file`, { advice });
}
