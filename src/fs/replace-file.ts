import { accessSync, constants, lstatSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import { createAtomicFile, systemDisk } from "./atomic-file.ts";
import { createDisk, type Disk } from "./disk.ts";
import { reasonOf } from "./file-error.ts";

export interface ReplaceOptions {
  readonly cwd?: string;
  /** The text that the file must still have, byte order mark included; null when there must be no file. */
  readonly before?: string | null;
}

/**
 * Replaces a file, whole or not at all, and keeps its permissions. A symbolic link is replaced, not followed. Returns what
 * kept it from being written: with the code `file-changed` when it is not, or no longer, as `before` says.
 */
export function replaceFile(
  named: string,
  content: string | Uint8Array,
  { cwd = ".", before }: ReplaceOptions = {},
): Diagnostic | undefined {
  const path = resolve(cwd, named);
  const mustBeUnchanged = () => {
    if (before !== undefined && !isAs(path, before)) throw new ChangedError();
  };
  try {
    mustBeUnchanged();
    createAtomicFile(path, systemDisk, { rights: rightsOf(path) }).finish(content, mustBeUnchanged);
    return undefined;
  } catch (error) {
    return error instanceof ChangedError ? changed(named, before ?? null) : notWritten(named, error);
  }
}

class ChangedError extends Error {}

function isAs(path: string, before: string | null): boolean {
  if (before === null) return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  return readText(path, { limit: Buffer.byteLength(before) }) === before;
}

/** Returns the text of a regular file with its byte order mark; undefined when it cannot be read or is larger than `limit`. */
export function readText(
  path: string,
  { limit, disk = createDisk() }: { readonly limit: number; readonly disk?: Disk },
): string | undefined {
  const read = disk.read(path, { limit });
  if (read.kind !== "bytes") return undefined;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(read.bytes);
}

function changed(named: string, before: string | null): Diagnostic {
  return {
    severity: "error",
    code: "file-changed",
    summary: before === null ? `${named} already exists` : `${named} changed while front-contacts was running`,
    advice: "The file was left as it is. Run the command again.",
  };
}

function notWritten(named: string, error: unknown): Diagnostic {
  return {
    severity: "error",
    code: "file-not-written",
    summary: `${named} cannot be written (${reasonOf(error)})`,
    advice:
      "Check that its directory is there and may be written, and that the disk has room. What was there is untouched.",
  };
}

/** Of the file that is there, if there is one. Throws when it is protected, which its directory does not know. */
function rightsOf(path: string): number | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) return undefined;
  accessSync(path, constants.W_OK);
  return mode & 0o7777;
}
