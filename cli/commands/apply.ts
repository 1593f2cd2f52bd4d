import {
  type Diagnostic,
  escapeText,
  hasBlockingErrors,
  type Plan,
  warnPartialApply,
  withReads,
} from "../../src/internal.ts";
import { APPROVAL_ADVICE, type ApplyArgs } from "../args/plan-args.ts";
import { reportToGitHub } from "../ci/github-actions.ts";
import { EXIT, UsageError } from "../environment.ts";
import { makePlan, type PlanResult } from "../make-plan.ts";
import { withHtmlFile } from "../output-file.ts";
import { prepareSavedPlan } from "../prepare-saved-plan.ts";
import { type PreparedPlan, type RunArgs, runApply } from "../run-apply.ts";
import type { MaskContext, Session } from "../session.ts";
import type { PreparationView } from "../views/apply/apply-view.ts";
import { EventApplyView } from "../views/apply/event-view.ts";
import { textApplyView } from "../views/apply/text-view.ts";
import { redoNote } from "../views/plan/summary-lines.ts";
import { presentPlan } from "./plan.ts";

export async function run(args: ApplyArgs, session: Session): Promise<number> {
  if (args.dryRun) {
    return await presentPlan(
      () => makePlan(args, session),
      { ...args, out: undefined, detailedExitcode: false },
      session,
    );
  }
  if (args.file === undefined && !args.autoApprove) requirePrompt(args, session);
  const { file } = args;
  return await prepareAndApply(args, session, async (view) =>
    file === undefined
      ? await requestApproval(await makePlan(args, session), args, session, view)
      : await prepareSavedPlan(file, args, session, view),
  );
}

/**
 * Applies the plan that `prepare` returns. Without a plan, reports the shown diagnostics to GitHub if an error blocks
 * the apply.
 */
export async function prepareAndApply(
  args: Omit<RunArgs, "htmlFile"> & Pick<ApplyArgs, "html" | "full">,
  session: Session,
  prepare: (view: PreparationView) => Promise<PreparedPlan | undefined>,
): Promise<number> {
  return await withHtmlFile(args.html, session, async (htmlFile) => {
    const view =
      args.format === "json" ? new EventApplyView(session, session.args.contacts) : textApplyView(session, args);
    const shown: Diagnostic[] = [];
    let shownContext: MaskContext = {};
    const preparedPlan = await prepare({
      plan: (plan, context, options) => view.plan(plan, context, options),
      diagnostics(diagnostics, context) {
        shown.push(...diagnostics);
        shownContext = { ...shownContext, ...context };
        view.diagnostics(diagnostics, context);
      },
    });
    if (preparedPlan !== undefined) return await runApply(preparedPlan, { ...args, htmlFile }, session, view);
    const report = { ...shownContext, diagnostics: shown, headline: "Nothing was applied." };
    if (hasBlockingErrors(shown)) await reportToGitHub(session, report, { masked: args.maskedOnGitHub });
    return EXIT.failed;
  });
}

/** Returns undefined if the configuration is invalid, if an error blocks the plan, or if the plan is not approved. */
export async function requestApproval(
  { loaded, plan: plannedChanges, readAt }: PlanResult,
  args: Pick<ApplyArgs, "autoApprove">,
  session: Session,
  view: PreparationView,
): Promise<PreparedPlan | undefined> {
  view.diagnostics(loaded.diagnostics, loaded);
  if (plannedChanges === undefined || loaded.desired === undefined) return undefined;
  const needsApproval = !args.autoApprove && plannedChanges.operations.length > 0;
  // After the approval, one request lists the contacts that changed in the meantime.
  const requests = withReads(plannedChanges.requests, needsApproval ? 1 : 0);
  const plan = { ...plannedChanges, requests };
  const context = { ...loaded, plan };
  const isValid = !hasBlockingErrors(plan.diagnostics);
  if (isValid || plan.changes.length > 0) view.plan(plan, context, { reviewed: false });
  view.diagnostics(plan.diagnostics, context);
  if (!isValid) return undefined;
  if (needsApproval && !(await askForApproval(plan, session))) return undefined;
  // Front may have changed while the prompt was open.
  const validatedAt = needsApproval ? Number.NEGATIVE_INFINITY : readAt;
  const exclusions = warnPartialApply(plan);
  return { plan, desired: loaded.desired, validatedAt, context, exclusions, refusals: [], detached: false };
}

export function requirePrompt({ input }: Pick<ApplyArgs, "input">, { environment }: Session): void {
  const { stdin, hidesPrompts } = environment.terminal;
  if (input && stdin && !hidesPrompts) return;
  const reason = stdin ? "standard output and standard error are not terminals" : "standard input is not a terminal";
  throw new UsageError(
    `Cannot ask for approval: ${input ? reason : "--input=false disables prompts"}`,
    APPROVAL_ADVICE,
  );
}

async function askForApproval(plan: Plan, session: Session): Promise<boolean> {
  const { undoes } = plan;
  if (!session.signal.aborted) {
    const undo = undoes === undefined ? "" : `\nThis undoes ${escapeText(undoes)}${redoNote(plan, escapeText)}.\n`;
    const question = "\nDo you want to perform these actions? Only 'yes' will be accepted to approve.\n\n";
    const answer = await session.environment.ask(`${undo}${question}  Enter a value: `);
    if (answer?.trimEnd() === "yes" && !session.signal.aborted) return true;
  }
  session.err(`\n${undoes === undefined ? "Apply" : "Undo"} canceled. Nothing was changed.\n`);
  return false;
}
