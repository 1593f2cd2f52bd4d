import { hasErrors, systemClock } from "../../src/index.ts";
import { EXIT, type Given, type Io } from "../io.ts";
import { paintFor } from "../paint.ts";
import { readSavedPlan } from "../plan-files.ts";
import { renderDiagnostics } from "../views/diagnostics.ts";
import { renderJson } from "../views/json.ts";
import { renderPlan } from "../views/plan.ts";
import { planJson } from "../views/plan-json.ts";

/** Shows a saved plan again, as `plan` showed it. Asks nobody. */
export async function run(given: Given, io: Io): Promise<number> {
  const { plan, tool_version: version, created_at: createdAt } = readSavedPlan(io, String(given["file"]));
  const { diagnostics } = plan;
  const sources = new Map<string, string>();
  if (given["json"] === true) {
    const now = Date.parse(createdAt) || (io.clock ?? systemClock).now();
    io.out(renderJson(planJson(plan, { version, now, diagnostics, sources })));
    return EXIT.ok;
  }
  if (!hasErrors(diagnostics) || plan.changes.length > 0) io.out(renderPlan(plan, paintFor(io, given, "stdout")));
  if (diagnostics.length > 0) io.err(renderDiagnostics(diagnostics, sources, paintFor(io, given, "stderr")));
  return EXIT.ok;
}
