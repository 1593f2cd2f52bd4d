import {
  escapeText,
  findUnformattedFiles,
  hasErrors,
  rewriteFile,
  type UnformattedFile,
  unifiedDiff,
} from "../../src/index.ts";
import { contactsDirectory, showDiagnostics } from "../configuration.ts";
import { type Environment, EXIT, type Given } from "../process-io.ts";
import { colorsFor } from "../views/colors.ts";
import { renderDiff } from "../views/diff.ts";

/** Brings the files into their one form, or only says which are not in it. */
export async function run(given: Given, io: Environment): Promise<number> {
  const { unformatted, diagnostics, sources } = await findUnformattedFiles(contactsDirectory(given), { cwd: io.cwd });
  const checking = given["check"] === true;
  const unwritten = unformatted.flatMap((file) => {
    const problem = checking ? undefined : rewriteFile(file, { cwd: io.cwd });
    if (problem === undefined) tell(file, given, io);
    return problem ?? [];
  });
  const found = [...diagnostics, ...unwritten];
  showDiagnostics(found, { sources }, io, given);
  if (hasErrors(found)) return EXIT.failed;
  // A warning is about a file that fmt leaves unchanged, so it is not known to be formatted.
  return checking && (unformatted.length > 0 || found.length > 0) ? EXIT.unformatted : EXIT.ok;
}

function tell({ path, before, after }: UnformattedFile, given: Given, io: Environment): void {
  io.out(`${escapeText(path, { limit: Number.POSITIVE_INFINITY })}\n`);
  if (given["diff"] !== true) return;
  const shown = io.terminal.stdout || io.env["GITHUB_ACTIONS"] === "true";
  io.out(renderDiff(unifiedDiff(path, before, after), colorsFor(io, given, "stdout"), { shown }));
}
