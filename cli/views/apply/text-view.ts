import type { Diagnostic, FrontApi, Plan } from "../../../src/internal.ts";
import type { MaskContext, Session } from "../../session.ts";
import { renderPlan } from "../plan/text.ts";
import { type ApplyOutcome, isComplete, renderFailedOperations, renderSummary } from "./apply-summary.ts";
import type { ApplyView, OperationListener } from "./apply-view.ts";
import { TextProgress } from "./text-progress.ts";

/** Reports an apply as text: the result on standard output, progress and problems on standard error. */
export class TextApplyView implements ApplyView {
  readonly #session: Session;
  readonly #full: boolean;

  constructor(session: Session, { full }: { readonly full: boolean }) {
    this.#session = session;
    this.#full = full;
  }

  diagnostics(diagnostics: readonly Diagnostic[], context: MaskContext): void {
    this.#session.showDiagnostics(diagnostics, context);
  }

  plan(plan: Plan, context: MaskContext, { reviewed }: { readonly reviewed: boolean }): void {
    const session = this.#session;
    if (reviewed) return;
    session.print(renderPlan(plan, session.colors("stdout"), { mask: session.mask(context), full: this.#full }));
  }

  start(plan: Plan, front: Pick<FrontApi, "requests">): OperationListener {
    return new TextProgress(plan, front, {
      progress: this.#session.startProgress("Applying"),
      clock: this.#session.clock,
      err: (text) => this.#session.err(text),
    });
  }

  summary(outcome: ApplyOutcome, context: MaskContext): void {
    const session = this.#session;
    session.showDiagnostics(outcome.verification.diagnostics, context);
    if (isComplete(outcome)) {
      session.printReliably(renderSummary(outcome, session.colors("stdout")));
    } else {
      const colors = session.colors("stderr");
      session.err(`${renderFailedOperations(outcome.report, colors)}${renderSummary(outcome, colors)}`);
    }
  }
}
