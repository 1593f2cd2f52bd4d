import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Diagnostic } from "../diagnostic.ts";
import { draftFile, systemDisk } from "./draft-file.ts";

/**
 * Puts a file in place whole or not at all, with the rights that it had. A link is replaced and not followed. Answers
 * with what kept it from being written.
 */
export function replaceFile(
  named: string,
  content: string | Uint8Array,
  { cwd = "." }: { readonly cwd?: string } = {},
): Diagnostic | undefined {
  const path = resolve(cwd, named);
  try {
    draftFile(path, systemDisk, { rights: rightsOf(path) }).finish(content);
    return undefined;
  } catch (error) {
    return notWritten(named, error);
  }
}

function notWritten(named: string, error: unknown): Diagnostic {
  const { code = "for an unknown reason" } = error as NodeJS.ErrnoException;
  return {
    severity: "error",
    code: "file-not-written",
    summary: `${named} cannot be written (${code})`,
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
