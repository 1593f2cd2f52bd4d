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
import { isMasked, maskOf } from "./args/output-format.ts";
import type { Environment, Given } from "./process-io.ts";
import { colorsFor } from "./views/colors.ts";
import { renderDiagnostics } from "./views/diagnostics.ts";

/** The directory with the files, as people named it. */
export function contactsDirectory(given: Given): string {
  const named = given["contacts"];
  return typeof named === "string" ? named : "contacts";
}

export function loadFiles(io: Environment, given: Given, options: LoadOptions = {}): Promise<Loaded> {
  return loadDesired(contactsDirectory(given), { ...options, cwd: io.cwd });
}

/** Shows diagnostics with the lines they speak of. */
export function showDiagnostics(
  diagnostics: readonly Diagnostic[],
  { desired, plan, sources }: Pick<Loaded, "desired" | "sources"> & { readonly plan?: Plan | undefined },
  io: Environment,
  given: Given,
): void {
  if (diagnostics.length === 0) return;
  const mask = maskOf(isMasked(given), { desired, plan, sources });
  io.err(renderDiagnostics(diagnostics, sources, colorsFor(io, given, "stderr"), mask));
}

/** Whether Front is a copy of the company. The real company must not be remembered as the copy is. */
export function isRehearsal({ env }: Environment): boolean {
  return env["FRONT_CONTACTS_REHEARSAL"] === "1";
}

/** Opens the cache beside the files. A rehearsal uses what is remembered of the real company, and adds nothing to it. */
export function openCacheOf(io: Environment, given: Given): Promise<Cache> {
  return openCache(contactsPath(io, given), io.disk, { readOnly: isRehearsal(io) });
}

/** Where the contacts directory is, for what has no place in a message. */
function contactsPath(io: Environment, given: Given): string {
  return resolve(io.cwd, contactsDirectory(given));
}
