import {
  type ApplyReport,
  type ChangeCount,
  countChanges,
  escapeText,
  type OperationResult,
  type Plan,
} from "../../../src/internal.ts";
import type { Colors } from "../colors.ts";
import { plural } from "../text.ts";
import { type ApplyOutcome, leftOvers, STATUS_WORDS } from "./outcomes.ts";

const INCOMPLETE = ["failed", "unknown", "skipped"] as const;

const HEADINGS: Readonly<Record<(typeof INCOMPLETE)[number], string>> = {
  failed: "Failed and not performed:",
  unknown: "Sent, outcome unknown:",
  skipped: "Not started:",
};

/** Returns whether all operations were applied and Front shows the result. */
export function isComplete({ report, verification }: Pick<ApplyOutcome, "report" | "verification">): boolean {
  return verification.complete && isApplied(report);
}

function isApplied({ results, refusals = [] }: ApplyReport): boolean {
  return refusals.length === 0 && results.every(({ status }) => status === "applied");
}

/** Counts the changes whose operations were all applied. */
export function countApplied({ plan, report }: Pick<ApplyOutcome, "plan" | "report">): ChangeCount {
  const { results, refusals = [] } = report;
  const incomplete = new Set([
    ...results.flatMap(({ status, operation }) => (status === "applied" ? [] : operation.subjects)),
    ...refusals.map(({ address }) => address),
  ]);
  return countChanges(plan.changes.filter(({ address }) => !incomplete.has(address)));
}

export function countStatuses({ results }: ApplyReport): Readonly<Record<OperationResult["status"], number>> {
  const count = (status: OperationResult["status"]) => results.filter((result) => result.status === status).length;
  return { applied: count("applied"), failed: count("failed"), unknown: count("unknown"), skipped: count("skipped") };
}

/** Returns the first line of a summary. `Apply complete! Resources: …` is exact, because other programs parse it. */
export function summaryMessage(outcome: ApplyOutcome): string {
  const { add, change, destroy } = countApplied(outcome);
  return `${verdict(outcome)} Resources: ${add} added, ${change} changed, ${destroy} destroyed.`;
}

function verdict({ report, verification }: ApplyOutcome): string {
  if (isComplete({ report, verification })) return "Apply complete!";
  if (report.interrupted) return "Apply interrupted.";
  return isApplied(report) ? "Apply finished, but verification failed." : "Apply incomplete.";
}

/** Returns the lines at the end of every apply. The `Requests:` line is exact, because other programs parse it. */
export function renderSummary(outcome: ApplyOutcome, { bold, green, red }: Colors): string {
  const { plan, report, verification, refused, detached } = outcome;
  const complete = isComplete(outcome);
  const counts = Object.entries(countStatuses(report)).map(([status, count]) => `${count} ${status}`);
  return [
    "",
    (complete ? green : red)(bold(summaryMessage(outcome))),
    ...(complete ? [] : [`Operations: ${counts.join(", ")}.`]),
    `Requests: ${plan.requests.total} predicted, ${report.requests + verification.requests} made.`,
    ...(detached ? ["Applied without the configuration (--detached)."] : []),
    ...(refused === 0 ? [] : [refusedLine(refused)]),
    ...leftLines(outcome),
    ...(complete ? [] : [`Applied operations stay applied. ${continuation(plan)} to continue with the rest.`]),
    "",
  ].join("\n");
}

/** Maximum number of resources that the summary names. */
const MAX_LEFT = 20;

function leftLines(outcome: ApplyOutcome): string[] {
  const left = leftOvers(outcome);
  if (left.length === 0) return [];
  const named = left
    .slice(0, MAX_LEFT)
    .map(({ address, status }) => `  ${escapeText(address)} (${STATUS_WORDS[status]})`);
  const more = left.length - named.length;
  return [
    `Left to apply, ${plural(left.length, "resource")}:`,
    ...named,
    ...(more === 0 ? [] : [`  and ${more} more`]),
  ];
}

/**
 * Returns how to continue. For an undo, the command contains the id of the run, because without it the run that has
 * just ended would be undone.
 */
function continuation({ undoes }: Plan): string {
  return undoes === undefined ? "Run the same command again" : `Run front-contacts undo ${escapeText(undoes)}`;
}

function refusedLine(refused: number): string {
  const [subject, them] = refused === 1 ? ["1 resource", "it"] : [`${refused} resources`, "them"];
  return `${subject} of this plan ${refused === 1 ? "was" : "were"} refused, see above. Create and review a new plan for ${them}.`;
}

/** Lists all operations that were not applied, with the reasons. */
export function renderFailedOperations({ results }: ApplyReport, { bold }: Colors): string {
  const sections = INCOMPLETE.flatMap((status) => {
    const lines = results.flatMap((result) => (result.status === status ? failureLines(result) : []));
    return lines.length === 0 ? [] : [[bold(HEADINGS[status]), ...lines].join("\n")];
  });
  return sections.map((section) => `\n${section}\n`).join("");
}

function failureLines(result: Exclude<OperationResult, { status: "applied" }>): string[] {
  const advice = "advice" in result ? [`      ${result.advice}`] : [];
  const message = escapeText(result.message, { limit: 300 });
  return [`  ${escapeText(result.operation.id, { limit: 200 })}`, `      ${message}`, ...advice];
}
