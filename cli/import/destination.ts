import {
  createDiskWriter,
  type DiskWriter,
  destinationFile,
  escapeText,
  type ImportDestination,
  type ImportTarget,
  openImportDestination,
} from "../../src/index.ts";
import { contactsDirectory, showDiagnostics } from "../configuration.ts";
import type { Environment, Given } from "../process-io.ts";
import { renderNewFile } from "../views/import.ts";

/** Where an import writes to, found to be writable; undefined when the files that are there are wrong. */
export async function openTarget(
  io: Environment,
  given: Given,
  { declareLists }: { readonly declareLists: boolean },
): Promise<ImportTarget | undefined> {
  const { home, loaded } = await openImportDestination(contactsDirectory(given), { cwd: io.cwd });
  showDiagnostics(loaded.diagnostics, loaded, io, given);
  if (home === undefined) {
    io.err("Nothing was imported: while the files have errors, nobody can tell whom they declare already.\n");
    return undefined;
  }
  const { to, split } = given;
  const location = destinationFile(home, { ...(typeof to === "string" ? { to } : {}), split: split === true });
  const target = { home, location, declareLists };
  return given["dry-run"] === true ? { ...target, writer: rehearsal(home, io) } : target;
}

/** Shows new files in place of writing them. What becomes of files that exist is told at the end. */
function rehearsal({ cwd }: ImportDestination, io: Environment): DiskWriter {
  const disk = createDiskWriter(cwd);
  const shown = new Set<string>();
  return {
    exists: (path) => shown.has(path) || disk.exists(path),
    create(path, content) {
      shown.add(path);
      if (typeof content !== "string") io.err(`${escapeText(path)}: ${content.length} bytes\n`);
      else io.out(renderNewFile(path, content));
    },
    // What becomes of existing files is shown at the end, as a diff.
    replace(path) {
      shown.add(path);
    },
  };
}
