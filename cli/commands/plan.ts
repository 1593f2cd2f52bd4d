import { EXIT, type Given, type Io } from "../io.ts";
import { paintFor } from "../paint.ts";
import { makePlan } from "../planning.ts";
import { renderPlan } from "../views/plan.ts";

/** Shows what apply would do. Sends nothing but GET. */
export async function run(given: Given, io: Io): Promise<number> {
  const planning = await makePlan(io, given);
  if (planning === undefined) return EXIT.failed;
  const { plan } = planning;
  io.out(renderPlan(plan, paintFor(io, given, "stdout")));
  return given["detailed-exitcode"] === true && plan.changes.length > 0 ? EXIT.changesPending : EXIT.ok;
}
