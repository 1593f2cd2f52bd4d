import { countChanges, leavesOutEntries, type Plan, warnPartialApply } from "../../src/index.ts";
import { showDiagnostics } from "../configuration.ts";
import { makePlan, showPlan } from "../make-plan.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";
import { executePlan, refusalsOf, rememberApplied } from "../run-apply.ts";
import { verify } from "../verify-apply.ts";
import { completeLine, isComplete, renderFailedOperations, requestsLine } from "../views/apply/apply-summary.ts";
import { colorsFor } from "../views/colors.ts";
import { run as applyAsEvents } from "./apply-json.ts";
import { applySaved } from "./apply-saved.ts";
import { run as plan } from "./plan.ts";

/** Plans, asks, and carries out what was shown. */
export async function run(given: Given, io: Environment): Promise<number> {
  if (typeof given["file"] === "string") return await applySaved(given["file"], given, io);
  mustNotBeDetached(given);
  if (given["dry-run"] === true) return await plan(given, io);
  if (given["json"] === true) return await applyAsEvents(given, io);
  if (given["auto-approve"] !== true) mustBeAskable(given, io);
  const made = await makePlan(io, given);
  const planning = showPlan(made, given, io);
  if (planning === undefined) return EXIT.failed;
  const paint = colorsFor(io, given, "stdout");
  const exitCode = exitCodeOf(planning.plan);
  if (planning.plan.operations.length === 0) {
    io.out(`\n${paint.green(paint.bold(completeLine({ add: 0, change: 0, destroy: 0 })))}\n`);
    return exitCode;
  }
  if (given["auto-approve"] !== true && !(await approved(io))) {
    io.err("\nApply cancelled. Nothing was changed.\n");
    return EXIT.failed;
  }
  const { plan: shown, desired } = planning;
  const { settings } = desired;
  /** While somebody thought about it, anything may have changed. */
  const readAt = given["auto-approve"] === true ? planning.readAt : Number.NEGATIVE_INFINITY;
  const report = await executePlan(shown, { ...settings, approved: shown, desired, readAt }, given, io);
  await rememberApplied(planning.plan, report, given, io);
  const proof = await verify(planning.plan, report, settings, given, io);
  const found = [...warnPartialApply(planning.plan), ...refusalsOf(report), ...proof.diagnostics];
  showDiagnostics(found, { ...made.loaded, plan: planning.plan }, io, given);
  if (!isComplete(report, proof)) {
    io.err(renderFailedOperations(report, colorsFor(io, given, "stderr")));
    return EXIT.failed;
  }
  io.out(`\n${paint.green(paint.bold(completeLine(countChanges(planning.plan.changes))))}\n`);
  io.out(`${requestsLine(planning.plan, report, proof)}\n`);
  return exitCode;
}

/** The exit code once everything in the plan is applied. */
function exitCodeOf({ diagnostics }: Plan): number {
  return leavesOutEntries(diagnostics) ? EXIT.failed : EXIT.ok;
}

function mustNotBeDetached(given: Given): void {
  if (given["detached"] !== true) return;
  throw new UsageError(
    "--detached has an effect on a saved plan only",
    "Name the plan: front-contacts apply FILE --detached.",
  );
}

/** Said before anything is read, for whoever waits for a plan wants to be able to say yes to it. */
function mustBeAskable(given: Given, io: Environment): void {
  if (given["input"] !== false && io.terminal.stdin) return;
  const reason = given["input"] === false ? "--input=false forbids to ask" : "the input is not a terminal";
  throw new UsageError(
    `Nobody can be asked for approval, because ${reason}`,
    "Review what front-contacts plan shows, then run front-contacts apply --auto-approve.",
  );
}

async function approved(io: Environment): Promise<boolean> {
  if (io.signal.aborted) return false;
  io.err("\nDo you want to carry out this plan? Only the word yes will do.\n\n");
  const answer = await io.ask("  Enter a value: ");
  return answer?.trim() === "yes" && !io.signal.aborted;
}
