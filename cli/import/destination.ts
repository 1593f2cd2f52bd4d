import {
  createDiskWriter,
  type DiskWriter,
  escapeText,
  type ImportDestination,
  type ImportTarget,
  openImportDestination,
  resolveLocation,
} from "../../src/index.ts";
import type { ImportArgs } from "../args/import-args.ts";
import type { Session } from "../session.ts";
import { renderNewFile } from "../views/import.ts";

/** Opens the destination of an import. Returns undefined if the existing files have errors. */
export async function openTarget(
  { source, to, split, dryRun }: ImportArgs,
  session: Session,
): Promise<ImportTarget | undefined> {
  const { destination, loaded } = await openImportDestination(session.args.contacts, { cwd: session.cwd });
  session.showDiagnostics(loaded.diagnostics, loaded);
  if (destination === undefined) {
    session.err(
      "Nothing was imported: the existing files have errors, so the contacts that they declare are unknown.\n",
    );
    return undefined;
  }
  const location = resolveLocation(destination, { ...(to === undefined ? {} : { to }), split });
  const target = { destination, location, declareLists: source !== "front" };
  return dryRun ? { ...target, writer: dryRunWriter(destination, session) } : target;
}

/** Prints new files instead of writing them. Changes of existing files are printed as a diff at the end. */
function dryRunWriter({ cwd }: ImportDestination, session: Session): DiskWriter {
  const disk = createDiskWriter(cwd);
  const shown = new Set<string>();
  return {
    exists: (path) => shown.has(path) || disk.exists(path),
    create(path, content) {
      shown.add(path);
      if (typeof content !== "string") session.err(`${escapeText(path)}: ${content.length} bytes\n`);
      else session.out(renderNewFile(path, content));
    },
    replace(path) {
      shown.add(path);
    },
  };
}
