import packageJson from "../../package.json" with { type: "json" };
import { hasErrors, leavesOutEntries, systemClock, warnPartialApply } from "../../src/index.ts";
import { makePlan } from "../make-plan.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";
import { executePlan, refusalsOf, rememberApplied } from "../run-apply.ts";
import { verify } from "../verify-apply.ts";
import { isComplete } from "../views/apply/apply-summary.ts";
import { EventStream } from "../views/apply/event-stream.ts";
import { ApplyEvents } from "../views/apply/event-view.ts";

/** Plans and applies, told as one JSON object a line. Nobody can be asked, so there has to be a yes beforehand. */
export async function run(given: Given, io: Environment): Promise<number> {
  const clock = io.clock ?? systemClock;
  const stream = new EventStream({ out: io.out, clock });
  stream.version(packageJson.version);
  if (given["auto-approve"] !== true) {
    throw new UsageError(
      "With --json nobody can be asked for approval",
      "Review what front-contacts plan shows, then run front-contacts apply --json --auto-approve.",
    );
  }
  const { loaded, plan, readAt } = await makePlan(io, given);
  stream.diagnostics(loaded.diagnostics, loaded.sources);
  if (plan === undefined || loaded.desired === undefined) return EXIT.failed;
  const sound = !hasErrors(plan.diagnostics);
  if (sound || plan.changes.length > 0) stream.plan(plan);
  stream.diagnostics(plan.diagnostics, loaded.sources);
  if (!sound) return EXIT.failed;
  const events = new ApplyEvents(plan, stream, clock);
  const { desired } = loaded;
  const basis = { ...desired.settings, approved: plan, desired, readAt };
  const report = await executePlan(plan, basis, given, io, events);
  await rememberApplied(plan, report, given, io);
  const proof = await verify(plan, report, desired.settings, given, io);
  stream.diagnostics([...warnPartialApply(plan), ...refusalsOf(report)], loaded.sources);
  events.report(report, proof, loaded.sources);
  return isComplete(report, proof) && !leavesOutEntries(plan.diagnostics) ? EXIT.ok : EXIT.failed;
}
