import packageJson from "../../package.json" with { type: "json" };
import { encodePlan, hasErrors, showForeign, systemClock } from "../../src/index.ts";
import { EXIT, type Given, type Io } from "../io.ts";
import { openPlanPlace, type PlanPlace } from "../plan-files.ts";
import { makePlan, type Planning, showPlan } from "../planning.ts";
import { renderJson } from "../views/json.ts";
import { planJson } from "../views/plan-json.ts";

/** Shows what apply would do. Sends nothing but GET. */
export async function run(given: Given, io: Io): Promise<number> {
  const place = openPlanPlace(io, given);
  const planning = await makePlan(io, given).catch((error: unknown) => {
    place?.abandon();
    throw error;
  });
  const sound = given["json"] === true ? writeJson(planning, io) : showPlan(planning, given, io) !== undefined;
  save(planning, place, io, given);
  if (!sound) return EXIT.failed;
  const pending = (planning.plan?.changes.length ?? 0) > 0;
  return given["detailed-exitcode"] === true && pending ? EXIT.changesPending : EXIT.ok;
}

/** A plan with errors is saved too, marked as one: else an older one at the same place would pass for it. */
function save({ loaded, plan }: Planning, place: PlanPlace | undefined, io: Io, given: Given): void {
  if (place === undefined) return;
  if (plan === undefined || loaded.desired === undefined) {
    place.abandon();
    return;
  }
  const now = (io.clock ?? systemClock).now();
  place.write(encodePlan(plan, loaded.desired, { version: packageJson.version, now }));
  if (plan.operations.length === 0 || io.env["TF_IN_AUTOMATION"] || given["json"] === true) return;
  io.err(
    `\nSaved to ${showForeign(String(given["out"]))}. To carry out just this:\n\n  front-contacts apply ${showForeign(String(given["out"]))}\n`,
  );
}

/** With --json all that there is to say is in the JSON, errors included. */
function writeJson({ loaded, plan }: Planning, io: Io): boolean {
  const diagnostics = [...loaded.diagnostics, ...(plan?.diagnostics ?? [])];
  const now = (io.clock ?? systemClock).now();
  io.out(renderJson(planJson(plan, { version: packageJson.version, now, diagnostics, sources: loaded.sources })));
  return plan !== undefined && !hasErrors(diagnostics);
}
