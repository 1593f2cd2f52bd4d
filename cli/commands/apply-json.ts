import packageJson from "../../package.json" with { type: "json" };
import { hasErrors, leavesOutEntries, systemClock, warnPartialApply } from "../../src/index.ts";
import { carryOut, refusalsOf, rememberApplied } from "../carry-out.ts";
import { EXIT, type Given, type Io, UsageError } from "../io.ts";
import { makePlan } from "../planning.ts";
import { prove } from "../prove.ts";
import { ApplyEvents } from "../views/apply-events.ts";
import { EventStream } from "../views/events.ts";
import { isComplete } from "../views/report.ts";

/** Plans and applies, told as one JSON object a line. Nobody can be asked, so there has to be a yes beforehand. */
export async function run(given: Given, io: Io): Promise<number> {
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
  const report = await carryOut(plan, basis, given, io, events);
  await rememberApplied(plan, report, given, io);
  const proof = await prove(plan, report, desired.settings, given, io);
  stream.diagnostics([...warnPartialApply(plan), ...refusalsOf(report)], loaded.sources);
  events.report(report, proof, loaded.sources);
  return isComplete(report, proof) && !leavesOutEntries(plan.diagnostics) ? EXIT.ok : EXIT.failed;
}
