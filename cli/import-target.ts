import {
  createDiskWriter,
  type DiskWriter,
  type Home,
  type ImportTarget,
  openHome,
  placeFor,
  showForeign,
} from "../src/index.ts";
import { contactsDirectory, tellDiagnostics } from "./files.ts";
import type { Given, Io } from "./io.ts";
import { renderNewFile } from "./views/import.ts";

/** Where an import writes to, found to be writable; undefined when the files that are there are wrong. */
export async function openTarget(
  io: Io,
  given: Given,
  { declareLists }: { readonly declareLists: boolean },
): Promise<ImportTarget | undefined> {
  const { home, loaded } = await openHome(contactsDirectory(given), { cwd: io.cwd });
  tellDiagnostics(loaded.diagnostics, loaded, io, given);
  if (home === undefined) {
    io.err("Nothing was imported: while the files have errors, nobody can tell whom they declare already.\n");
    return undefined;
  }
  const { to, split } = given;
  const place = placeFor(home, { ...(typeof to === "string" ? { to } : {}), split: split === true });
  const target = { home, place, declareLists };
  return given["dry-run"] === true ? { ...target, writer: rehearsal(home, io) } : target;
}

/** Shows new files in place of writing them. What becomes of files that exist is told at the end. */
function rehearsal({ cwd }: Home, io: Io): DiskWriter {
  const disk = createDiskWriter(cwd);
  const shown = new Set<string>();
  return {
    exists: (path) => shown.has(path) || disk.exists(path),
    create(path, content) {
      shown.add(path);
      if (typeof content !== "string") io.err(`${showForeign(path)}: ${content.length} bytes\n`);
      else io.out(renderNewFile(path, content));
    },
    // What becomes of existing files is shown at the end, as a diff.
    replace(path) {
      shown.add(path);
    },
  };
}
