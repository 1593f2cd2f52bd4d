import { resolve } from "node:path";
import { type Desired, type Diagnostic, type Loaded, loadDesired } from "../src/index.ts";
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

/** Loads the files and says what is wrong with them; undefined when that is too much to go on. */
export async function requireDesired(io: Io, given: Given): Promise<{ desired: Desired; tell: Tell } | undefined> {
  const { desired, diagnostics, sources } = await loadFiles(io, given);
  const tell: Tell = (found) => {
    if (found.length > 0) io.err(renderDiagnostics(found, sources, paintFor(io, given, "stderr")));
  };
  tell(diagnostics);
  return desired === undefined ? undefined : { desired, tell };
}

/** Shows diagnostics with the lines they speak of. */
export type Tell = (diagnostics: readonly Diagnostic[]) => void;

/** Where the contacts directory is, for what has no place in a message. */
export function contactsPath(io: Io, given: Given): string {
  return resolve(io.cwd, contactsDirectory(given));
}
