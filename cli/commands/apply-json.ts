import packageJson from "../../package.json" with { type: "json" };
import { hasErrors, leavesOutEntries, warnPartialApply } from "../../src/index.ts";
import type { ApplyArgs } from "../args/plan-args.ts";
import { makePlan } from "../make-plan.ts";
import { EXIT } from "../process-io.ts";
import { executePlan, refusalsOf, rememberApplied } from "../run-apply.ts";
import type { Session } from "../session.ts";
import { verify } from "../verify-apply.ts";
import { isComplete } from "../views/apply/apply-summary.ts";
import { EventStream } from "../views/apply/event-stream.ts";
import { ApplyEvents } from "../views/apply/event-view.ts";

/** Plans and applies, told as one JSON object a line. Nobody can be asked, so there has to be a yes beforehand. */
export async function applyAsEvents(args: ApplyArgs, session: Session): Promise<number> {
  const { clock } = session;
  const stream = new EventStream({ out: (text) => session.out(text), clock });
  stream.version(packageJson.version);
  const { loaded, plan, readAt } = await makePlan(args, session);
  stream.diagnostics(loaded.diagnostics, loaded.sources);
  if (plan === undefined || loaded.desired === undefined) return EXIT.failed;
  const sound = !hasErrors(plan.diagnostics);
  if (sound || plan.changes.length > 0) stream.plan(plan);
  stream.diagnostics(plan.diagnostics, loaded.sources);
  if (!sound) return EXIT.failed;
  const events = new ApplyEvents(plan, stream, clock);
  const { desired } = loaded;
  const basis = { ...desired.settings, approved: plan, desired, readAt };
  const report = await executePlan(plan, basis, args, session, events);
  await rememberApplied(plan, report, session);
  const proof = await verify(plan, report, desired.settings, session, { live: false });
  stream.diagnostics([...warnPartialApply(plan), ...refusalsOf(report)], loaded.sources);
  events.report(report, proof, loaded.sources);
  return isComplete(report, proof) && !leavesOutEntries(plan.diagnostics) ? EXIT.ok : EXIT.failed;
}
