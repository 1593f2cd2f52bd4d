import type { ArgsByCommand } from "../args/commands.ts";
import { EXIT } from "../environment.ts";
import { makeUndoPlan } from "../make-undo-plan.ts";
import { withHtmlFile } from "../output-file.ts";
import { runApply } from "../run-apply.ts";
import type { Session } from "../session.ts";
import { EventApplyView } from "../views/apply/event-view.ts";
import { TextApplyView } from "../views/apply/text-view.ts";
import { requestApproval, requirePrompt } from "./apply.ts";
import { presentPlan } from "./plan.ts";

/** Plans the inverse of a run, and applies it after approval or saves it. */
export async function run(args: ArgsByCommand["undo"], session: Session): Promise<number> {
  if (args.dryRun || args.out !== undefined) {
    return await presentPlan(() => makeUndoPlan(args, session), { ...args, detailedExitcode: false }, session);
  }
  if (!args.autoApprove) requirePrompt("undo", args, session);
  const format = args.format === "json" ? "json" : "text";
  return await withHtmlFile(args.html, session, async (htmlFile) => {
    const view = format === "json" ? new EventApplyView(session) : new TextApplyView(session, args);
    const preparedPlan = await requestApproval(await makeUndoPlan(args, session), args, session, view);
    return preparedPlan === undefined
      ? EXIT.failed
      : await runApply(preparedPlan, { ...args, format, htmlFile }, session, view);
  });
}
