import { findUntidyFiles, hasErrors, rewriteFile, showForeign, type UntidyFile, unifiedDiff } from "../../src/index.ts";
import { contactsDirectory, tellDiagnostics } from "../files.ts";
import { EXIT, type Given, type Io } from "../io.ts";
import { paintFor } from "../paint.ts";
import { renderDiff } from "../views/diff.ts";

/** Brings the files into their one form, or only says which are not in it. */
export async function run(given: Given, io: Io): Promise<number> {
  const { untidy, diagnostics, sources } = await findUntidyFiles(contactsDirectory(given), { cwd: io.cwd });
  const checking = given["check"] === true;
  const unwritten = untidy.flatMap((file) => {
    const problem = checking ? undefined : rewriteFile(file, { cwd: io.cwd });
    if (problem === undefined) tell(file, given, io);
    return problem ?? [];
  });
  const found = [...diagnostics, ...unwritten];
  tellDiagnostics(found, { sources }, io, given);
  if (hasErrors(found)) return EXIT.failed;
  return checking && untidy.length > 0 ? EXIT.unformatted : EXIT.ok;
}

function tell({ path, before, after }: UntidyFile, given: Given, io: Io): void {
  io.out(`${showForeign(path, { limit: Number.POSITIVE_INFINITY })}\n`);
  if (given["diff"] !== true) return;
  const shown = io.terminal.stdout || io.env["GITHUB_ACTIONS"] === "true";
  io.out(renderDiff(unifiedDiff(path, before, after), paintFor(io, given, "stdout"), { shown }));
}
