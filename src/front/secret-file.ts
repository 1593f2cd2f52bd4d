import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";
import { platform } from "node:os";
import { readDescriptor } from "../disk/named-file.ts";
import { FrontError } from "./api.ts";

/** A token has some hundred characters, a sign-in some thousand. */
const MAX_BYTES = 64 * 1024;

/**
 * The text of a file that holds a secret; undefined when there is no such file. Throws a `FrontError` when others can
 * read it as well, or when it cannot be one. A pipe, such as a shell's `<(…)`, has no others.
 */
export function readSecret(path: string): string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY);
    mustBePrivate(path, fstatSync(descriptor));
    const bytes = readDescriptor(descriptor, MAX_BYTES);
    if (bytes === undefined) throw notOne(path);
    return bytes.toString("utf8");
  } catch (error) {
    if (error instanceof FrontError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new FrontError("unauthorized", `${path} cannot be read (${code})`, {
      advice: "Name a file that is there and yours to read.",
    });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function mustBePrivate(path: string, status: Stats): void {
  if (status.isFIFO() || status.isSocket()) return;
  if (!status.isFile() || status.size > MAX_BYTES) {
    throw notOne(path);
  }
  // Windows knows no such mode; a file below a person's own directory is private there.
  if (platform() === "win32" || (status.mode & 0o077) === 0) return;
  const mode = (status.mode & 0o777).toString(8).padStart(4, "0");
  throw new FrontError("unauthorized", `${path} can be read by others (its mode is ${mode})`, {
    advice: "Take it from them: run chmod 600 on it.",
  });
}

function notOne(path: string): FrontError {
  const advice = "Name a file with nothing but the token in it.";
  return new FrontError("unauthorized", `${path} is not a file with a token`, { advice });
}
