import { resolve } from "node:path";
import {
  type Cache,
  type Diagnostic,
  type Loaded,
  type LoadOptions,
  loadDesired,
  openCache,
  type Plan,
} from "../src/index.ts";
import { isMasked, maskOf } from "./format.ts";
import type { Given, Io } from "./io.ts";
import { paintFor } from "./paint.ts";
import { renderDiagnostics } from "./views/diagnostics.ts";

/** The directory with the files, as people named it. */
export function contactsDirectory(given: Given): string {
  const named = given["contacts"];
  return typeof named === "string" ? named : "contacts";
}

export function loadFiles(io: Io, given: Given, options: LoadOptions = {}): Promise<Loaded> {
  return loadDesired(contactsDirectory(given), { ...options, cwd: io.cwd });
}

/** Shows diagnostics with the lines they speak of. */
export function tellDiagnostics(
  diagnostics: readonly Diagnostic[],
  { desired, plan, sources }: Pick<Loaded, "desired" | "sources"> & { readonly plan?: Plan | undefined },
  io: Io,
  given: Given,
): void {
  if (diagnostics.length === 0) return;
  const mask = maskOf(isMasked(given), { desired, plan, sources });
  io.err(renderDiagnostics(diagnostics, sources, paintFor(io, given, "stderr"), mask));
}

/** Whether Front is a copy of the company. The real company must not be remembered as the copy is. */
export function isRehearsal({ env }: Io): boolean {
  return env["FRONT_CONTACTS_REHEARSAL"] === "1";
}

/** Opens the cache beside the files. A rehearsal uses what is remembered of the real company, and adds nothing to it. */
export function openCacheOf(io: Io, given: Given): Promise<Cache> {
  return openCache(contactsPath(io, given), io.disk, { readOnly: isRehearsal(io) });
}

/** Where the contacts directory is, for what has no place in a message. */
function contactsPath(io: Io, given: Given): string {
  return resolve(io.cwd, contactsDirectory(given));
}
