import {
  escapeText,
  findUnformattedFiles,
  hasBlockingErrors,
  replaceFile,
  type UnformattedFile,
  UserError,
} from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { EXIT } from "../environment.ts";
import type { Session } from "../session.ts";
import { renderDiff, unifiedDiff } from "../views/unified-diff.ts";

export async function run({ contacts, check, diff }: ArgsByCommand["fmt"], session: Session): Promise<number> {
  const { unformatted, diagnostics, sources } = await findUnformattedFiles(contacts, { cwd: session.cwd });
  const writeErrors = unformatted.flatMap((file) => {
    try {
      if (!check) replaceFile(file.path, file.after, { cwd: session.cwd, before: file.before });
      showFile(file, diff, session);
      return [];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return [error.toDiagnostic()];
    }
  });
  const problems = [...diagnostics, ...writeErrors];
  session.showDiagnostics(problems, { sources });
  if (hasBlockingErrors(problems)) return EXIT.failed;
  // A file with a warning is left unchanged, even if it is not formatted.
  return check && (unformatted.length > 0 || problems.length > 0) ? EXIT.unformatted : EXIT.ok;
}

function showFile({ path, before, after }: UnformattedFile, diff: boolean, session: Session): void {
  session.out(`${escapeText(path, { limit: Number.POSITIVE_INFINITY })}\n`);
  if (!diff) return;
  const { terminal, env } = session.environment;
  const escaped = terminal.stdout || env["GITHUB_ACTIONS"] === "true";
  session.out(renderDiff(unifiedDiff(path, before, after), session.colors("stdout"), { escaped }));
}
