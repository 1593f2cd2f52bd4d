import { type Diagnostic, generalWarning } from "../model/diagnostic.ts";
import type { Plan } from "../model/plan.ts";
import type { Revalidated } from "./revalidate.ts";
import type { RunRecord } from "./run-record.ts";

/**
 * Returns a warning if `run`, which applied the saved plan, completed all its operations. Otherwise, returns a warning
 * if no operation of the saved plan is left although nothing was refused. `plan` is the saved plan after its
 * re-validation.
 */
export function warnAppliedBefore(saved: Plan, { plan, refusals }: Revalidated, run?: RunRecord): Diagnostic[] {
  if (saved.operations.length === 0) return [];
  const isDone = plan.operations.length === 0;
  if (run?.results?.every(({ status }) => status === "applied")) return [alreadyAppliedWarning(run, isDone)];
  return isDone && refusals.length === 0 ? [NO_OPERATION_LEFT] : [];
}

function alreadyAppliedWarning({ id, started_at: startedAt }: RunRecord, isDone: boolean): Diagnostic {
  const time = startedAt.slice(0, 19).replace("T", " ");
  const summary = `This plan was already applied on ${time} UTC by run ${id}`;
  const advice = isDone
    ? "No operation is left to perform."
    : "Changes that were refused then, or reverted in Front since then, are applied now.";
  return generalWarning("plan-applied", summary, advice);
}

const NO_OPERATION_LEFT: Diagnostic = {
  severity: "warning",
  code: "plan-applied",
  summary: "No operation of this plan is left to perform",
  advice: "Front already has the planned values. The plan may have been applied before.",
};
