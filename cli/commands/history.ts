import type { RunRecord } from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { EXIT } from "../environment.ts";
import { withHtmlFile } from "../output-file.ts";
import { printPlan } from "../print-plan.ts";
import type { Session } from "../session.ts";
import { commandLine } from "../views/advice.ts";
import { renderHistory, renderRunHead, runJson, warnUnreadableRecords } from "../views/history.ts";
import { codeFence } from "../views/markdown-code.ts";
import { renderJson } from "../views/text.ts";

export async function run(args: ArgsByCommand["history"], session: Session): Promise<number> {
  const directory = session.runs();
  if (args.run !== undefined) {
    await show(directory.read(args.run), args, session);
    return EXIT.ok;
  }
  const { runs, unreadable } = directory.readAll();
  if (args.format === "json") session.out(renderJson({ runs: runs.map((run) => runJson(run)) }));
  else session.out(renderHistory(runs, args.format, session.colors("stdout")));
  session.showDiagnostics(warnUnreadableRecords(unreadable));
  return EXIT.ok;
}

async function show(record: RunRecord, args: ArgsByCommand["history"], session: Session): Promise<void> {
  const { plan, tool_version: version, started_at: startedAt } = record;
  const printedPlan = { plan, diagnostics: [], version, createdAt: Date.parse(startedAt) };
  const head = renderRunHead(record, session.mask(printedPlan));
  if (args.format === "markdown") session.out(`${codeFence("", head.trimEnd().split("\n"))}\n\n`);
  if (args.format === "text") session.out(head);
  const jsonOutput = args.format === "json" ? runJson(record, { withPlan: true }) : undefined;
  const showCommand = commandLine("history", args.contacts, `${record.id} --full`);
  await withHtmlFile(args.html, session, (htmlFile) =>
    printPlan(printedPlan, { ...args, jsonOutput, showCommand, htmlFile }, session),
  );
}
