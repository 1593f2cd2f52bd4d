import { type Plan, totalsOf } from "../../../src/internal.ts";
import { completeEachAdvice } from "../advice.ts";
import { codeCell, codeSpan } from "../markdown-code.ts";
import type { Mask } from "../mask-handles.ts";
import { renderProblem } from "../plan/markdown.ts";
import { totalsPart } from "../plan/markdown-parts.ts";
import { shownPlan } from "../plan/shown-plan.ts";
import { describeLosses } from "../plan/totals-text.ts";
import { groupDigits, plural } from "../text.ts";
import {
  type ApplyOutcome,
  continuationLine,
  isVerified,
  newPlanAdvice,
  requestsMade,
  STATUS_LABELS,
  skippedLines,
  summaryMessage,
  unappliedAddresses,
  unappliedResources,
} from "./apply-summary.ts";

const MARKER = "<!-- front-contacts apply -->";

const MAX_LISTED = 200;
const MAX_VERIFICATION_PROBLEMS = 20;

interface Options {
  readonly mask: Mask;
  readonly contacts: string;
}

export function renderApplyMarkdown(outcome: ApplyOutcome, options: Options): string {
  const { plan } = outcome;
  const { mask } = options;
  const unapplied = unappliedAddresses(outcome);
  const applied: Plan = { ...plan, changes: plan.changes.filter(({ address }) => !unapplied.has(address)) };
  const isComplete = unapplied.size === 0;
  // A single part only states that no data was lost.
  const totals = totalsPart(shownPlan(applied, mask), "result");
  const hasTotals = totals.length > 1;
  const scope = isComplete ? "" : ", not counting resources that are left to apply";
  // The totals begin with the same sentence.
  const losses = isComplete && hasTotals ? "" : ` ${describeLosses(totalsOf(applied.changes), "result")}${scope}.`;
  const company = `Front company: ${codeSpan(mask.text(plan.company.name.slice(0, 100)))} (${codeSpan(plan.company.id)}).`;
  return `${[
    `${MARKER}\n**${summaryMessage(outcome)}**`,
    `${company} Requests: ${plan.requests.total} predicted, ${requestsMade(outcome)} made.${losses}`,
    ...skippedLines(outcome),
    ...unappliedPart(outcome, options),
    ...verificationPart(outcome, options),
    ...(isVerified(outcome) ? [] : [codeSpan(continuationLine(outcome, options.contacts), 600)]),
    ...(hasTotals ? ["Applied:", ...totals] : []),
  ].join("\n\n")}\n`;
}

function unappliedPart(outcome: ApplyOutcome, { mask, contacts }: Options): string[] {
  const unapplied = unappliedResources(outcome);
  if (unapplied.length === 0) return [];
  const rows = unapplied.slice(0, MAX_LISTED).map(({ address, status, reason }) => {
    return `| ${codeCell(mask.text(address))} | ${STATUS_LABELS[status]} | ${codeCell(mask.text(reason), 300)} |`;
  });
  const refusedCount = unapplied.filter(({ status }) => status === "refused").length;
  return [
    `**${plural(unapplied.length, "resource")} left to apply:**`,
    ["| Resource | Result | Reason |", "|---|---|---|", ...rows].join("\n"),
    ...omittedNote(unapplied.length - rows.length),
    ...(refusedCount === 0
      ? []
      : [codeSpan(`${newPlanAdvice(outcome, contacts)} for ${plural(refusedCount, "refused resource")}.`, 600)]),
  ];
}

function verificationPart({ verification }: ApplyOutcome, { mask, contacts }: Options): string[] {
  const problems = completeEachAdvice(verification.diagnostics, contacts);
  if (problems.length === 0) return [];
  const shownProblems = problems.slice(0, MAX_VERIFICATION_PROBLEMS);
  return [
    shownProblems.map((problem) => renderProblem(problem, mask)).join("\n"),
    ...omittedNote(problems.length - shownProblems.length),
  ];
}

function omittedNote(count: number): string[] {
  return count === 0 ? [] : [`_and ${groupDigits(count)} more_`];
}
