import packageJson from "../../package.json" with { type: "json" };
import {
  type DesiredState,
  type Diagnostic,
  encodePlan,
  escapeText,
  hasErrors,
  leavesOutEntries,
  type Plan,
  systemClock,
} from "../../src/index.ts";
import { formatOf, isMasked, maskOf } from "../args/output-format.ts";
import { reportToGitHub } from "../ci/github-actions.ts";
import { showDiagnostics } from "../configuration.ts";
import { makePlan, type Planning, showPlan } from "../make-plan.ts";
import { type Environment, EXIT, type Given } from "../process-io.ts";
import { openPlanDestination, type PlanDestination, planKeyOf } from "../saved-plan-file.ts";
import { renderJson } from "../views/json.ts";
import { planJson } from "../views/plan/json.ts";
import { renderMarkdown } from "../views/plan/markdown.ts";

/** Shows what apply would do. Sends nothing but GET. */
export async function run(given: Given, io: Environment): Promise<number> {
  const location = openPlanDestination(io, given);
  const planning = await makePlan(io, given).catch((error: unknown) => {
    location?.abandon();
    throw error;
  });
  const sound = write(planning, given, io);
  save(planning, location, io, given);
  await reportToGitHub(io, given, { ...planning.loaded, plan: planning.plan, diagnostics: diagnosticsOf(planning) });
  if (!sound || leavesOutEntries(planning.plan?.diagnostics ?? [])) return EXIT.failed;
  const pending = (planning.plan?.changes.length ?? 0) > 0;
  return given["detailed-exitcode"] === true && pending ? EXIT.changesPending : EXIT.ok;
}

/** A plan with errors is saved too, marked as one: else an older one at the same place would pass for it. */
function save({ loaded, plan }: Planning, location: PlanDestination | undefined, io: Environment, given: Given): void {
  if (location === undefined) return;
  if (plan === undefined || loaded.desired === undefined) {
    location.abandon();
    return;
  }
  location.write(encoded({ plan, desired: loaded.desired, location }, io));
  if (plan.operations.length === 0 || io.env["TF_IN_AUTOMATION"] || formatOf(given) === "json") return;
  const file = escapeText(String(given["out"]));
  io.err(`\nSaved the plan to ${file}. To perform exactly these actions, run:\n\n  front-contacts apply ${file}\n`);
}

/** Throws a `UsageError` when the plan is too large to be saved. */
function encoded(
  {
    plan,
    desired,
    location,
  }: { readonly plan: Plan; readonly desired: DesiredState; readonly location: PlanDestination },
  io: Environment,
): string {
  const now = (io.clock ?? systemClock).now();
  try {
    return encodePlan(plan, desired, { version: packageJson.version, now, key: planKeyOf(io) });
  } catch (error) {
    location.abandon();
    throw error;
  }
}

/** Answers whether the plan is sound. */
function write(planning: Planning, given: Given, io: Environment): boolean {
  switch (formatOf(given)) {
    case "json":
      return writeJson(planning, io);
    case "markdown":
      return writeMarkdown(planning, given, io);
    default:
      return showPlan(planning, given, io) !== undefined;
  }
}

function diagnosticsOf({ loaded, plan }: Planning): Diagnostic[] {
  return [...loaded.diagnostics, ...(plan?.diagnostics ?? [])];
}

/** With --json all that there is to say is in the JSON, errors included. */
function writeJson(planning: Planning, io: Environment): boolean {
  const { loaded, plan } = planning;
  const diagnostics = diagnosticsOf(planning);
  const now = (io.clock ?? systemClock).now();
  io.out(renderJson(planJson(plan, { version: packageJson.version, now, diagnostics, sources: loaded.sources })));
  return plan !== undefined && !hasErrors(diagnostics);
}

/** Markdown mostly goes to a file, so whoever reads the log is told as well what is wrong. */
function writeMarkdown(planning: Planning, given: Given, io: Environment): boolean {
  const { loaded, plan } = planning;
  const diagnostics = diagnosticsOf(planning);
  const mask = maskOf(isMasked(given), { ...loaded, plan });
  io.out(renderMarkdown(plan, { diagnostics, mask }));
  showDiagnostics(diagnostics, { ...loaded, plan }, io, given);
  return plan !== undefined && !hasErrors(diagnostics);
}
