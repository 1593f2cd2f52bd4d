import packageJson from "../../package.json" with { type: "json" };
import { hasErrors, systemClock } from "../../src/index.ts";
import { EXIT, type Given, type Io } from "../io.ts";
import { makePlan, type Planning, showPlan } from "../planning.ts";
import { renderJson } from "../views/json.ts";
import { planJson } from "../views/plan-json.ts";

/** Shows what apply would do. Sends nothing but GET. */
export async function run(given: Given, io: Io): Promise<number> {
  const planning = await makePlan(io, given);
  const sound = given["json"] === true ? writeJson(planning, io) : showPlan(planning, given, io) !== undefined;
  if (!sound) return EXIT.failed;
  const pending = (planning.plan?.changes.length ?? 0) > 0;
  return given["detailed-exitcode"] === true && pending ? EXIT.changesPending : EXIT.ok;
}

/** With --json all that there is to say is in the JSON, errors included. */
function writeJson({ loaded, plan }: Planning, io: Io): boolean {
  const diagnostics = [...loaded.diagnostics, ...(plan?.diagnostics ?? [])];
  const now = (io.clock ?? systemClock).now();
  io.out(renderJson(planJson(plan, { version: packageJson.version, now, diagnostics, sources: loaded.sources })));
  return plan !== undefined && !hasErrors(diagnostics);
}
