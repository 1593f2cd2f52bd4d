import {
  createDiskWriter,
  type DiskWriter,
  escapeText,
  type ImportDestination,
  type ImportTarget,
  openImportDestination,
  resolveLocation,
} from "../../src/index.ts";
import { contactsDirectory, showDiagnostics } from "../configuration.ts";
import type { Environment, Given } from "../process-io.ts";
import { renderNewFile } from "../views/import.ts";

/** Opens the destination of an import. Returns undefined if the existing files have errors. */
export async function openTarget(
  io: Environment,
  given: Given,
  { declareLists }: { readonly declareLists: boolean },
): Promise<ImportTarget | undefined> {
  const { destination, loaded } = await openImportDestination(contactsDirectory(given), { cwd: io.cwd });
  showDiagnostics(loaded.diagnostics, loaded, io, given);
  if (destination === undefined) {
    io.err("Nothing was imported: the existing files have errors, so the contacts that they declare are unknown.\n");
    return undefined;
  }
  const { to, split } = given;
  const location = resolveLocation(destination, { ...(typeof to === "string" ? { to } : {}), split: split === true });
  const target = { destination, location, declareLists };
  return given["dry-run"] === true ? { ...target, writer: dryRunWriter(destination, io) } : target;
}

/** Prints new files instead of writing them. Changes of existing files are printed as a diff at the end. */
function dryRunWriter({ cwd }: ImportDestination, io: Environment): DiskWriter {
  const disk = createDiskWriter(cwd);
  const shown = new Set<string>();
  return {
    exists: (path) => shown.has(path) || disk.exists(path),
    create(path, content) {
      shown.add(path);
      if (typeof content !== "string") io.err(`${escapeText(path)}: ${content.length} bytes\n`);
      else io.out(renderNewFile(path, content));
    },
    replace(path) {
      shown.add(path);
    },
  };
}
