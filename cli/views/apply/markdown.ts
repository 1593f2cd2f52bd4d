import { type Plan, totalsOf } from "../../../src/internal.ts";
import { codeCell, codeSpan } from "../markdown-code.ts";
import { type Mask, maskPlan } from "../mask.ts";
import { totalsPart } from "../plan/markdown-parts.ts";
import { plural } from "../text.ts";
import { type ApplyOutcome, STATUS_LABELS, summaryMessage, unappliedResources } from "./apply-summary.ts";

const MARKER = "<!-- front-contacts apply -->";

const MAX_LISTED = 200;

export function renderApplyMarkdown(outcome: ApplyOutcome, mask: Mask): string {
  const { plan, report, verification } = outcome;
  const unapplied = unappliedResources(outcome);
  const unappliedAddresses = new Set(unapplied.map(({ address }) => address));
  const applied: Plan = { ...plan, changes: plan.changes.filter(({ address }) => !unappliedAddresses.has(address)) };
  const requestCount = report.requests + verification.requests;
  const rows = unapplied.slice(0, MAX_LISTED).map(({ address, status, reason }) => {
    return `| ${codeCell(mask.text(address))} | ${STATUS_LABELS[status]} | ${codeCell(mask.text(reason), 300)} |`;
  });
  const omittedCount = unapplied.length - rows.length;
  const { losing } = totalsOf(applied.changes);
  const company = `Front company: ${codeSpan(mask.text(plan.company.name.slice(0, 100)))} (${codeSpan(plan.company.id)}).`;
  return `${[
    `${MARKER}\n**${summaryMessage(outcome)}**`,
    `${company} Requests: ${plan.requests.total} predicted, ${requestCount} made. ${plural(losing.length, "contact")} lost data.`,
    ...(rows.length === 0
      ? []
      : [
          `**${plural(unapplied.length, "resource")} left to apply:**`,
          ["| Resource | Result | Reason |", "|---|---|---|", ...rows].join("\n"),
          ...(omittedCount === 0 ? [] : [`_and ${omittedCount} more_`]),
          "Applied operations stay applied. Create and review a new plan for the rest.",
        ]),
    ...(applied.changes.length < 2 ? [] : ["Applied:", ...totalsPart(maskPlan(applied, mask))]),
  ].join("\n\n")}\n`;
}
