import type { SourceLocation } from "../../model/diagnostic.ts";
import { existingIds, type Operation, type Plan } from "../../model/plan.ts";
import type { RecordedResult } from "../run-record.ts";

export interface AppliedPlan {
  /** The ID of the run, or the file of the plan. */
  readonly name: string;
  readonly plan: Plan;
  /** Undefined if only the plan is known; then every operation may have been performed. */
  readonly results: readonly RecordedResult[] | undefined;
  /** The current IDs of resources that an undo created again, by their IDs in the plan. Default: none. */
  readonly currentIds?: ReadonlyMap<string, string>;
}

/** Returns a placeholder for the location of a resource that has none in the plan of the run. */
export function locationInRun(run: string, line = 1): SourceLocation {
  return { file: run, line, column: 1, length: 1 };
}

/** An operation that took or may have taken effect, even if the run did not need to perform it. */
export interface EffectiveOperation {
  readonly operation: Operation;
  readonly result: RecordedResult | undefined;
}

/** Returns the operations that took or may have taken effect, including those that the run did not need to perform. */
export function effectiveOperations({ plan, results }: AppliedPlan): EffectiveOperation[] {
  const resultOf = new Map(results?.map((result) => [result.operation, result]));
  return plan.operations.flatMap((planned) => {
    const result = resultOf.get(planned.id);
    const mayBePerformed = results === undefined || result?.status === "applied" || result?.status === "unknown";
    return mayBePerformed ? [{ operation: result?.performed ?? planned, result }] : [];
  });
}

/** Returns whether the run performed or may have performed the operation. */
export function wasPerformed({ result }: EffectiveOperation): boolean {
  return result?.already_done !== true;
}

export function unlinkedContactIds(applied: AppliedPlan): readonly string[] {
  const ids = effectiveOperations(applied)
    .filter(wasPerformed)
    .flatMap(({ operation }) => (operation.kind === "unlink-account" ? existingIds(operation.contacts) : []));
  return ids.map((id) => applied.currentIds?.get(id) ?? id);
}
