import type { ShowArgs } from "../args/plan-args.ts";
import { printPlan } from "../make-plan.ts";
import { EXIT } from "../process-io.ts";
import { readSavedPlan } from "../saved-plan-file.ts";
import type { Session } from "../session.ts";

/** Shows a saved plan as `plan` showed it. Sends no requests. */
export async function run({ file, format, full }: ShowArgs, session: Session): Promise<number> {
  const { saved, warnings } = readSavedPlan(file, session.environment);
  const { plan, tool_version: version, created_at: createdAt } = saved;
  const madeAt = Date.parse(createdAt) || session.clock.now();
  printPlan({ plan, diagnostics: warnings, sources: new Map(), version, madeAt }, { format, full }, session);
  return EXIT.ok;
}
