import { type Stats, statSync } from "node:fs";
import { platform } from "node:os";
import { createDisk } from "../fs/disk.ts";
import { reasonOf } from "../fs/file-error.ts";
import { type NamedFileOptions, readNamedFile, SilentPipeError } from "../fs/named-file.ts";
import { FrontError } from "./api.ts";

/** A token has some hundred characters, a sign-in some thousand. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads a file of our own that holds a secret; undefined when there is no such file. Throws a `FrontError` when others can
 * read it as well, or when it cannot be one.
 */
export function readSecret(path: string): string | undefined {
  const read = createDisk().read(path, { limit: MAX_BYTES });
  if (read.kind === "missing") return undefined;
  if (read.kind === "unreadable") throw unreadable(path, read.reason);
  if (read.kind !== "bytes") throw notOne(path);
  mustBePrivate(path, statSync(path));
  return new TextDecoder().decode(read.bytes);
}

/** Reads a file that a person named, which may be a pipe such as a shell's `<(…)`; the rest is as with `readSecret`. */
export async function readTokenFile(
  path: string,
  { clock, signal }: Pick<NamedFileOptions, "clock" | "signal">,
): Promise<string | undefined> {
  try {
    const check = (status: Stats) => mustBePrivate(path, status);
    const bytes = await readNamedFile(path, { limit: MAX_BYTES, clock, signal, check });
    if (bytes === undefined) throw notOne(path);
    return bytes.toString("utf8");
  } catch (error) {
    if (error instanceof FrontError) throw error;
    if (error instanceof SilentPipeError) throw silent(path);
    const reason = reasonOf(error);
    if (reason === "ENOENT") return undefined;
    throw unreadable(path, reason);
  }
}

function mustBePrivate(path: string, status: Stats): void {
  // A pipe is read once, by whoever comes first.
  if (status.isFIFO() || status.isSocket()) return;
  if (!status.isFile() || status.size > MAX_BYTES) {
    throw notOne(path);
  }
  // Windows has no such mode; a file below a person's own directory is private there.
  if (platform() === "win32" || (status.mode & 0o077) === 0) return;
  const mode = (status.mode & 0o777).toString(8).padStart(4, "0");
  throw new FrontError("unauthorized", `${path} can be read by others (its mode is ${mode})`, {
    advice: "Take it from them: run chmod 600 on it.",
  });
}

function unreadable(path: string, reason: string): FrontError {
  return new FrontError("unauthorized", `${path} cannot be read (${reason})`, {
    advice: "Name a file that exists and that you may read.",
  });
}

function silent(path: string): FrontError {
  return new FrontError("unauthorized", `${path} is a pipe, and nothing was written to it`, {
    advice: "Start the program that writes the token first, or pipe it in: --token-file - reads standard input.",
  });
}

function notOne(path: string): FrontError {
  const advice = "Name a file with nothing but the token in it.";
  return new FrontError("unauthorized", `${path} is not a file with a token`, { advice });
}
