import { randomUUID } from "node:crypto";
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Diagnostic } from "../diagnostic.ts";

/**
 * Puts a file in place whole or not at all, with the rights that it had. A link is replaced and not followed. Answers
 * with what kept it from being written.
 */
export function replaceFile(
  named: string,
  text: string | Uint8Array,
  { cwd = "." }: { readonly cwd?: string } = {},
): Diagnostic | undefined {
  const path = resolve(cwd, named);
  // Hidden, so that whoever loads the files meanwhile leaves it out.
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    writeDraft(draft, text);
    const mode = modeOf(path);
    if (mode !== undefined) chmodSync(draft, mode);
    renameSync(draft, path);
    return undefined;
  } catch (error) {
    rmSync(draft, { force: true });
    return notWritten(named, error);
  }
}

/** What would keep a file from being written, to be told before any work is done for it. */
export function findObstacle(named: string, { cwd = "." }: { readonly cwd?: string } = {}): Diagnostic | undefined {
  const path = resolve(cwd, named);
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false)
      return notWritten(named, { code: "no plain file" });
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
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

function writeDraft(draft: string, text: string | Uint8Array): void {
  const descriptor = openSync(draft, "wx");
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Of the file that is there, if there is one. */
function modeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mode;
}
