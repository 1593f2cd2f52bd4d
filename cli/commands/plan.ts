import { EXIT, type Given, type Io } from "../io.ts";
import { makePlan, showPlan } from "../planning.ts";

/** Shows what apply would do. Sends nothing but GET. */
export async function run(given: Given, io: Io): Promise<number> {
  const planning = await makePlan(io, given);
  if (planning === undefined) return EXIT.failed;
  showPlan(planning, given, io);
  if (!planning.sound) return EXIT.failed;
  return given["detailed-exitcode"] === true && planning.plan.changes.length > 0 ? EXIT.changesPending : EXIT.ok;
}
