import { resolve } from "node:path";
import { type Diagnostic, type Loaded, loadDesired } from "../src/index.ts";
import type { Given, Io } from "./io.ts";
import { paintFor } from "./paint.ts";
import { renderDiagnostics } from "./views/diagnostics.ts";

/** The directory with the files, as people named it. */
export function contactsDirectory(given: Given): string {
  const named = given["contacts"];
  return typeof named === "string" ? named : "contacts";
}

export function loadFiles(io: Io, given: Given): Promise<Loaded> {
  return loadDesired(contactsDirectory(given), { cwd: io.cwd });
}

/** Shows diagnostics with the lines they speak of. */
export function tellDiagnostics(
  diagnostics: readonly Diagnostic[],
  { sources }: Pick<Loaded, "sources">,
  io: Io,
  given: Given,
): void {
  if (diagnostics.length > 0) io.err(renderDiagnostics(diagnostics, sources, paintFor(io, given, "stderr")));
}

/** Where the contacts directory is, for what has no place in a message. */
export function contactsPath(io: Io, given: Given): string {
  return resolve(io.cwd, contactsDirectory(given));
}
