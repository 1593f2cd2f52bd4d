import { hasErrors } from "../../src/internal.ts";
import type { ApplyArgs } from "../args/plan-args.ts";
import { makePlan } from "../make-plan.ts";
import { prepareSavedPlan } from "../prepare-saved-plan.ts";
import { EXIT, UsageError } from "../process-io.ts";
import { type PreparedPlan, runApply } from "../run-apply.ts";
import type { Session } from "../session.ts";
import type { ApplyView } from "../views/apply/apply-view.ts";
import { EventApplyView } from "../views/apply/event-view.ts";
import { TextApplyView } from "../views/apply/text-view.ts";
import { run as plan } from "./plan.ts";

/** Applies a saved plan, or makes a plan, asks for approval and applies it. */
export async function run(args: ApplyArgs, session: Session): Promise<number> {
  if (args.dryRun) return await plan({ ...args, out: undefined, detailedExitcode: false }, session);
  if (args.file === undefined && !args.autoApprove) requirePrompt(args, session);
  const view = args.format === "json" ? new EventApplyView(session) : new TextApplyView(session, args);
  const prepared =
    args.file === undefined
      ? await prepareNewPlan(args, session, view)
      : await prepareSavedPlan(args.file, args, session, view);
  return prepared === undefined ? EXIT.failed : await runApply(prepared, args, session, view);
}

/** Returns undefined when the plan has errors or is not approved. */
async function prepareNewPlan(args: ApplyArgs, session: Session, view: ApplyView): Promise<PreparedPlan | undefined> {
  const { loaded, plan: made, readAt } = await makePlan(args, session);
  view.diagnostics(loaded.diagnostics, loaded);
  if (made === undefined || loaded.desired === undefined) return undefined;
  const context = { ...loaded, plan: made };
  const isValid = !hasErrors(made.diagnostics);
  if (isValid || made.changes.length > 0) view.plan(made, context, { reviewed: false });
  view.diagnostics(made.diagnostics, context);
  if (!isValid) return undefined;
  const asks = !args.autoApprove && made.operations.length > 0;
  if (asks && !(await isApproved(session))) {
    session.err("\nApply cancelled. Nothing was changed.\n");
    return undefined;
  }
  // Anything may have changed while the prompt was open.
  const validAt = asks ? Number.NEGATIVE_INFINITY : readAt;
  return { plan: made, desired: loaded.desired, readAt: validAt, context, leftOut: [], refused: 0, detached: false };
}

/** Throws a `UsageError` if approval cannot be asked for, before anything is read. */
function requirePrompt({ input }: ApplyArgs, { environment }: Session): void {
  if (input && environment.terminal.stdin) return;
  throw new UsageError(
    `Cannot ask for approval: ${input ? "standard input is not a terminal" : "--input=false disables prompts"}`,
    "Review the output of front-contacts plan, then run front-contacts apply --auto-approve.",
  );
}

async function isApproved(session: Session): Promise<boolean> {
  if (session.signal.aborted) return false;
  session.err("\nDo you want to perform these actions? Only 'yes' will be accepted to approve.\n\n");
  const answer = await session.environment.ask("  Enter a value: ");
  return answer?.trim() === "yes" && !session.signal.aborted;
}
