import type { ArgsByCommand } from "../args/commands.ts";
import { EXIT } from "../environment.ts";
import { withHtmlFile } from "../output-file.ts";
import { printPlan } from "../print-plan.ts";
import { readSavedPlan } from "../saved-plan-file.ts";
import type { Session } from "../session.ts";
import { commandLine } from "../views/advice.ts";
import { shellQuote } from "../views/text.ts";

export async function run(args: ArgsByCommand["show"], session: Session): Promise<number> {
  const { saved, warnings } = readSavedPlan(args.file, session.environment);
  const { plan, tool_version: version } = saved;
  const createdAt = Date.parse(saved.created_at) || session.clock.now();
  const printedPlan = { plan, diagnostics: warnings, version, createdAt };
  const showCommand = commandLine("show", args.contacts, `${shellQuote(args.file)} --full`);
  const isValid = await withHtmlFile(args.html, session, (htmlFile) =>
    printPlan(printedPlan, { ...args, showCommand, htmlFile }, session),
  );
  // Markdown and HTML contain this sentence, and JSON contains `errored`.
  if (!isValid && args.format === "text") session.err("\nThis plan cannot be applied.\n");
  return EXIT.ok;
}
