import { hasErrors, systemClock } from "../../src/index.ts";
import { formatOf, isMasked, maskOf } from "../args/output-format.ts";
import { showDiagnostics } from "../configuration.ts";
import { type Environment, EXIT, type Given } from "../process-io.ts";
import { readSavedPlan } from "../saved-plan-file.ts";
import { colorsFor } from "../views/colors.ts";
import { renderJson } from "../views/json.ts";
import { planJson } from "../views/plan/json.ts";
import { renderMarkdown } from "../views/plan/markdown.ts";
import { renderPlan } from "../views/plan/text.ts";

/** Shows a saved plan again, as `plan` showed it. Asks nobody. */
export async function run(given: Given, io: Environment): Promise<number> {
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
        io.out(renderPlan(plan, colorsFor(io, given, "stdout"), mask));
      }
      showDiagnostics(diagnostics, { sources, plan }, io, given);
      return EXIT.ok;
  }
}
