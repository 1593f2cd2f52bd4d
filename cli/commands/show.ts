import { hasErrors } from "../../src/internal.ts";
import type { ShowArgs } from "../args/plan-args.ts";
import { EXIT } from "../process-io.ts";
import { readSavedPlan } from "../saved-plan-file.ts";
import type { Session } from "../session.ts";
import { renderJson } from "../views/json.ts";
import { planJson } from "../views/plan/json.ts";
import { renderMarkdown } from "../views/plan/markdown.ts";
import { renderPlan } from "../views/plan/text.ts";

/** Shows a saved plan as `plan` showed it. Sends no requests. */
export async function run({ file, format }: ShowArgs, session: Session): Promise<number> {
  const { saved, warnings } = readSavedPlan(file, session.environment);
  const { plan, tool_version: version, created_at: createdAt } = saved;
  const diagnostics = [...warnings, ...plan.diagnostics];
  const context = { sources: new Map<string, string>(), plan };
  if (format === "json") {
    const now = Date.parse(createdAt) || session.clock.now();
    session.out(renderJson(planJson(plan, { version, now, diagnostics, sources: context.sources })));
  } else if (format === "markdown") {
    session.out(renderMarkdown(plan, { diagnostics, mask: session.mask(context) }));
  } else {
    if (!hasErrors(diagnostics) || plan.changes.length > 0) {
      session.out(renderPlan(plan, session.colors("stdout"), session.mask(context)));
    }
    session.showDiagnostics(diagnostics, context);
  }
  return EXIT.ok;
}
