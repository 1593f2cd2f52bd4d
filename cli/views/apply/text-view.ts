import type { Session } from "../../session.ts";
import { renderPlan } from "../plan/text.ts";
import { isComplete, renderFailedOperations, renderSummary } from "./apply-summary.ts";
import type { ApplyView } from "./apply-view.ts";
import { startTextProgress } from "./text-progress.ts";

/** The plan and the summary of a complete apply go to standard output; everything else goes to standard error. */
export function textApplyView(session: Session, { full }: { readonly full: boolean }): ApplyView {
  return {
    diagnostics: (diagnostics, context) => session.showDiagnostics(diagnostics, context),
    plan(plan, context, { reviewed }) {
      if (reviewed) return;
      const { contacts } = session.args;
      const options = { mask: session.mask(context), full, contacts, advisesImport: true };
      session.print(renderPlan(plan, session.colors("stdout"), options));
    },
    start: (plan, front) =>
      startTextProgress(plan, front, {
        progress: session.startProgress("Applying"),
        clock: session.clock,
        err: (text) => session.err(text),
      }),
    summary(outcome, context) {
      session.showDiagnostics(outcome.verification.diagnostics, context);
      if (isComplete(outcome)) {
        session.printReliably(renderSummary(outcome, session.colors("stdout"), session.args.contacts));
      } else {
        const colors = session.colors("stderr");
        session.err(
          `${renderFailedOperations(outcome.report, colors)}${renderSummary(outcome, colors, session.args.contacts)}`,
        );
      }
    },
  };
}
