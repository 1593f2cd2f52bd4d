import { basename } from "node:path";
import type { ArgsByCommand } from "../args/commands.ts";
import { COMPLETION_SCRIPTS, SHELLS } from "../args/completion-scripts.ts";
import { EXIT, UsageError } from "../environment.ts";
import type { Session } from "../session.ts";

export async function run({ shell }: ArgsByCommand["completion"], session: Session): Promise<number> {
  const name = shell ?? basename(session.environment.env["SHELL"] ?? "");
  const supportedShell = SHELLS.find((candidate) => candidate === name);
  if (supportedShell === undefined) {
    const summary = name === "" ? "SHELL is not set" : `"${name}" is not a supported shell`;
    throw new UsageError(summary, `Use one of: ${SHELLS.join(", ")}. Example: 'front-contacts completion bash'.`);
  }
  session.out(COMPLETION_SCRIPTS[supportedShell]);
  return EXIT.ok;
}
