import {
  escapeText,
  findUnformattedFiles,
  hasErrors,
  replaceFile,
  type UnformattedFile,
  UserError,
} from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { EXIT } from "../process-io.ts";
import type { Session } from "../session.ts";
import { renderDiff, unifiedDiff } from "../views/unified-diff.ts";

/** Formats the configuration, or lists the files that are not formatted. */
export async function run({ contacts, check, diff }: ArgsByCommand["fmt"], session: Session): Promise<number> {
  const { unformatted, diagnostics, sources } = await findUnformattedFiles(contacts, { cwd: session.cwd });
  const unwritten = unformatted.flatMap((file) => {
    try {
      if (!check) replaceFile(file.path, file.after, { cwd: session.cwd, before: file.before });
      showFile(file, diff, session);
      return [];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return [error.toDiagnostic()];
    }
  });
  const found = [...diagnostics, ...unwritten];
  session.showDiagnostics(found, { sources });
  if (hasErrors(found)) return EXIT.failed;
  // A warning is about a file that fmt leaves unchanged, so it is not known to be formatted.
  return check && (unformatted.length > 0 || found.length > 0) ? EXIT.unformatted : EXIT.ok;
}

function showFile({ path, before, after }: UnformattedFile, diff: boolean, session: Session): void {
  session.out(`${escapeText(path, { limit: Number.POSITIVE_INFINITY })}\n`);
  if (!diff) return;
  const { terminal, env } = session.environment;
  const shown = terminal.stdout || env["GITHUB_ACTIONS"] === "true";
  session.out(renderDiff(unifiedDiff(path, before, after), session.colors("stdout"), { shown }));
}
