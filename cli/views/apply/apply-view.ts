import type { Diagnostic, FrontApi, Operation, OperationResult, Plan } from "../../../src/internal.ts";
import type { MaskContext } from "../../session.ts";
import type { ApplyOutcome } from "./apply-summary.ts";

/** Reports an apply to people as text, or to programs as events. */
export interface ApplyView {
  diagnostics(diagnostics: readonly Diagnostic[], context?: MaskContext): void;
  /** `reviewed` is true for a saved plan, which was shown when it was saved. */
  plan(plan: Plan, context: MaskContext, options: { readonly reviewed: boolean }): void;
  /** `front` counts the requests that are sent. */
  start(plan: Plan, front: Pick<FrontApi, "requests">): OperationListener;
  summary(outcome: ApplyOutcome, context: MaskContext): void;
}

/** The part of a view that shows a plan before it is applied. */
export type PreparationView = Pick<ApplyView, "plan" | "diagnostics">;

export interface OperationListener {
  started(operation: Operation): void;
  ended(result: OperationResult): void;
  /** Called after the apply, even if it fails. */
  stop(): Promise<void>;
}
