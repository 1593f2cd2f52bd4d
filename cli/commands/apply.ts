import { countChanges, leavesOutEntries, type Plan, warnPartialApply } from "../../src/index.ts";
import type { ApplyArgs } from "../args/plan-args.ts";
import { makePlan, showPlan } from "../make-plan.ts";
import { EXIT, UsageError } from "../process-io.ts";
import { executePlan, refusalsOf, rememberApplied } from "../run-apply.ts";
import type { Session } from "../session.ts";
import { verify } from "../verify-apply.ts";
import { completeLine, isComplete, renderFailedOperations, requestsLine } from "../views/apply/apply-summary.ts";
import { applyAsEvents } from "./apply-json.ts";
import { applySaved } from "./apply-saved.ts";
import { run as plan } from "./plan.ts";

/** Applies a saved plan, or plans, asks for approval and applies what was shown. */
export async function run(args: ApplyArgs, session: Session): Promise<number> {
  if (args.file !== undefined) return await applySaved(args.file, args, session);
  if (args.dryRun) return await plan({ ...args, out: undefined, detailedExitcode: false }, session);
  if (args.format === "json") return await applyAsEvents(args, session);
  if (!args.autoApprove) requirePrompt(args, session);
  const made = await makePlan(args, session);
  const planning = showPlan(made, session);
  if (planning === undefined) return EXIT.failed;
  const colors = session.colors("stdout");
  const exitCode = exitCodeOf(planning.plan);
  if (planning.plan.operations.length === 0) {
    session.out(`\n${colors.green(colors.bold(completeLine({ add: 0, change: 0, destroy: 0 })))}\n`);
    return exitCode;
  }
  if (!args.autoApprove && !(await isApproved(session))) {
    session.err("\nApply cancelled. Nothing was changed.\n");
    return EXIT.failed;
  }
  const { plan: shown, desired } = planning;
  const { settings } = desired;
  // Anything may have changed while the prompt was open.
  const readAt = args.autoApprove ? planning.readAt : Number.NEGATIVE_INFINITY;
  const report = await executePlan(shown, { ...settings, approved: shown, desired, readAt }, args, session);
  await rememberApplied(planning.plan, report, session);
  const proof = await verify(planning.plan, report, settings, session, { live: true });
  const found = [...warnPartialApply(planning.plan), ...refusalsOf(report), ...proof.diagnostics];
  session.showDiagnostics(found, { ...made.loaded, plan: planning.plan });
  if (!isComplete(report, proof)) {
    session.err(renderFailedOperations(report, session.colors("stderr")));
    return EXIT.failed;
  }
  session.out(`\n${colors.green(colors.bold(completeLine(countChanges(planning.plan.changes))))}\n`);
  session.out(`${requestsLine(planning.plan, report, proof)}\n`);
  return exitCode;
}

/** Returns the exit code for a plan that was applied completely. */
function exitCodeOf({ diagnostics }: Plan): number {
  return leavesOutEntries(diagnostics) ? EXIT.failed : EXIT.ok;
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
