import { hasErrors, systemClock } from "../../src/index.ts";
import { tellDiagnostics } from "../files.ts";
import { formatOf, isMasked, maskOf } from "../format.ts";
import { EXIT, type Given, type Io } from "../io.ts";
import { paintFor } from "../paint.ts";
import { readSavedPlan } from "../plan-files.ts";
import { renderJson } from "../views/json.ts";
import { renderPlan } from "../views/plan.ts";
import { planJson } from "../views/plan-json.ts";
import { renderMarkdown } from "../views/plan-markdown.ts";

/** Shows a saved plan again, as `plan` showed it. Asks nobody. */
export async function run(given: Given, io: Io): Promise<number> {
  const { saved, warnings } = readSavedPlan(io, String(given["file"]));
  const { plan, tool_version: version, created_at: createdAt } = saved;
  const diagnostics = [...warnings, ...plan.diagnostics];
  const sources = new Map<string, string>();
  const mask = maskOf(isMasked(given), { sources, plan });
  switch (formatOf(given)) {
    case "json": {
      const now = Date.parse(createdAt) || (io.clock ?? systemClock).now();
      io.out(renderJson(planJson(plan, { version, now, diagnostics, sources })));
      return EXIT.ok;
    }
    case "markdown":
      io.out(renderMarkdown(plan, { diagnostics, mask }));
      return EXIT.ok;
    default:
      if (!hasErrors(diagnostics) || plan.changes.length > 0) {
        io.out(renderPlan(plan, paintFor(io, given, "stdout"), mask));
      }
      tellDiagnostics(diagnostics, { sources, plan }, io, given);
      return EXIT.ok;
  }
}
