import { encodePlan, escapeText, leavesOutEntries } from "../../src/internal.ts";
import type { PlanArgs } from "../args/plan-args.ts";
import { reportToGitHub } from "../ci/github-actions.ts";
import { makePlan, type Planning, printPlan } from "../make-plan.ts";
import { VERSION } from "../package-files.ts";
import { EXIT } from "../process-io.ts";
import { openPlanDestination, type PlanDestination, planKey } from "../saved-plan-file.ts";
import type { Session } from "../session.ts";

/** Shows what apply would do. Sends only GET requests. */
export async function run(args: PlanArgs, session: Session): Promise<number> {
  const destination = args.out === undefined ? undefined : openPlanDestination(args.out, session.environment);
  try {
    const planning = await makePlan(args, session);
    const { loaded, plan } = planning;
    const made = { ...loaded, plan, version: VERSION, madeAt: session.clock.now() };
    const isSound = printPlan(made, args.format, session);
    if (destination !== undefined) save(planning, destination, args, session);
    const diagnostics = [...loaded.diagnostics, ...(plan?.diagnostics ?? [])];
    await reportToGitHub(session, { ...made, diagnostics }, { masked: args.maskedOnGitHub });
    return exitCode(planning, isSound, args);
  } catch (error) {
    destination?.abandon();
    throw error;
  }
}

function exitCode({ plan }: Planning, isSound: boolean, { detailedExitcode }: PlanArgs): number {
  if (!isSound || leavesOutEntries(plan?.diagnostics ?? [])) return EXIT.failed;
  return detailedExitcode && (plan?.changes.length ?? 0) > 0 ? EXIT.changesPending : EXIT.ok;
}

/** Saves a plan with errors too, marked as one: otherwise an older plan in the same file would pass for it. */
function save({ loaded, plan }: Planning, destination: PlanDestination, args: PlanArgs, session: Session): void {
  const { environment, clock } = session;
  if (plan === undefined || loaded.desired === undefined) {
    destination.abandon();
    return;
  }
  const options = { version: VERSION, now: clock.now(), key: planKey(environment) };
  destination.write(encodePlan(plan, loaded.desired, options));
  if (plan.operations.length === 0 || environment.env["TF_IN_AUTOMATION"] || args.format === "json") return;
  const file = escapeText(args.out ?? "");
  session.err(
    `\nSaved the plan to ${file}. To perform exactly these actions, run:\n\n  front-contacts apply ${file}\n`,
  );
}
