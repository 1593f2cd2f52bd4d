import {
  type ApplyReport,
  appliedChanges,
  type ChangeCount,
  countChanges,
  countOutcomes,
  escapeText,
  type OperationResult,
  type Plan,
  type Refusal,
  type Verification,
} from "../../../src/internal.ts";
import { quotedCommand, targetOptions } from "../advice.ts";
import type { Colors } from "../colors.ts";
import { groupDigits, MAX_REASON_LENGTH, plural, shellQuote, shorten } from "../text.ts";

const INCOMPLETE = ["failed", "unknown", "skipped"] as const;

const HEADINGS: Readonly<Record<(typeof INCOMPLETE)[number], string>> = {
  failed: "Failed and not performed:",
  unknown: "Sent, outcome unknown:",
  skipped: "Not started:",
};

export function isComplete(outcome: ApplyOutcome): boolean {
  const { refusals, skippedCount = 0 } = outcome;
  return refusals.length === 0 && skippedCount === 0 && isVerified(outcome);
}

export function isVerified({ report, verification }: ApplyOutcome): boolean {
  return verification.complete && isApplied(report);
}

function isApplied({ results, refusals = [] }: ApplyReport): boolean {
  return refusals.length === 0 && results.every(({ status }) => status === "applied");
}

/** Returns the number of changes whose operations were all applied, by action. */
export function countApplied({ plan, report }: Pick<ApplyOutcome, "plan" | "report">): ChangeCount {
  return countChanges(appliedChanges(plan.changes, report));
}

/** Other programs parse the text `Apply complete! Resources: …`. */
export function summaryMessage(outcome: ApplyOutcome): string {
  const { add, change, destroy } = countApplied(outcome);
  return `${headlineOf(outcome)} Resources: ${add} added, ${change} changed, ${destroy} destroyed.`;
}

function headlineOf(outcome: ApplyOutcome): string {
  const { report, verification } = outcome;
  if (isComplete(outcome)) return "Apply complete!";
  if (report.interrupted) return "Apply interrupted.";
  return isApplied(report) && !verification.complete ? "Apply finished, but verification failed." : "Apply incomplete.";
}

/** Other programs parse the line that begins with `Requests:`. */
export function renderSummary(outcome: ApplyOutcome, { bold, green, red }: Colors, contacts: string): string {
  const { plan, report, refusals, detached } = outcome;
  const complete = isComplete(outcome);
  const counts = Object.entries(countOutcomes(report)).map(([status, count]) => `${count} ${status}`);
  return [
    "",
    (complete ? green : red)(bold(summaryMessage(outcome))),
    ...(complete ? [] : [`Operations: ${counts.join(", ")}.`]),
    `Requests: ${plan.requests.total} predicted, ${requestsMade(outcome)} made.`,
    ...(detached ? ["Applied without the configuration (--detached)."] : []),
    ...(refusals.length === 0 ? [] : [refusalLine(refusals.length, outcome, contacts)]),
    ...skippedLines(outcome, " (see above)"),
    ...unappliedLines(outcome),
    ...(isVerified(outcome) ? [] : [continuationLine(outcome, contacts)]),
    "",
  ].join("\n");
}

const MAX_LISTED = 20;

function unappliedLines(outcome: ApplyOutcome): string[] {
  const unapplied = unappliedResources(outcome);
  if (unapplied.length === 0) return [];
  const lines = unapplied.map(({ address, status }) => `  ${escapeText(address)} (${STATUS_LABELS[status]})`);
  return [
    `${plural(unapplied.length, "resource")} left to apply:`,
    ...shorten(lines, MAX_LISTED, (omitted) => `  and ${groupDigits(omitted)} more`),
  ];
}

/** Returns the next step after an apply that is not complete. */
export function continuationLine({ plan, report }: ApplyOutcome, contacts: string): string {
  const [state, purpose] = isApplied(report)
    ? ["All operations were applied.", "to check the result"]
    : ["Applied operations are not rolled back.", "to continue with the rest"];
  return `${state} ${continuationAdvice(plan, contacts)} ${purpose}.`;
}

/** Returns how to apply the rest. For an undo, names the run, because undo without a run would undo this undo. */
export function continuationAdvice({ undoes }: Plan, contacts: string): string {
  return undoes === undefined
    ? "Run the same command again"
    : `Run ${quotedCommand("undo", contacts, shellQuote(undoes))} with the same options`;
}

function refusalLine(count: number, outcome: ApplyOutcome, contacts: string): string {
  const resources = plural(count, "resource of this plan was", "resources of this plan were");
  const advice = `${newPlanAdvice(outcome, contacts)} for ${count === 1 ? "it" : "them"}`;
  return `${resources} refused (see above). ${advice}.`;
}

/**
 * Returns how to create a new plan. Names no command after an undo, or if there may be no configuration. The command
 * has the base of the plan, because a plan without a base overwrites changes made in Front, and the targets of the plan,
 * because a plan without targets may make other changes. The base is a commit, because a branch may have moved since the
 * plan.
 */
export function newPlanAdvice({ plan, detached }: ApplyOutcome, contacts: string): string {
  if (plan.undoes !== undefined || detached) return "Create and review a new plan";
  const { revision = "", tree } = plan.base ?? {};
  const base = revision.includes(":") ? tree : tree?.split(":", 1)[0];
  const options = [...(base === undefined ? [] : [`--base ${shellQuote(base)}`]), ...targetOptions(plan)];
  return `Run ${quotedCommand("apply", contacts, options.join(" "))} to create and review a new plan`;
}

/** Returns the number of entries that an error excluded from the plan, as one line, or nothing if there are none. */
export function skippedLines({ skippedCount = 0 }: ApplyOutcome, reference = ""): string[] {
  if (skippedCount === 0) return [];
  const [one, several] = ["entry was skipped because of an error", "entries were skipped because of errors"];
  return [`${plural(skippedCount, one, several)}${reference}.`];
}

export function renderFailedOperations({ results }: ApplyReport, { bold }: Colors): string {
  const sections = INCOMPLETE.flatMap((status) => {
    const lines = results.flatMap((result) => (result.status === status ? failureLines(result) : []));
    return lines.length === 0 ? [] : [[bold(HEADINGS[status]), ...lines].join("\n")];
  });
  return sections.map((section) => `\n${section}\n`).join("");
}

function failureLines(result: Exclude<OperationResult, { status: "applied" }>): string[] {
  const advice = "advice" in result ? [`      ${result.advice}`] : [];
  const message = escapeText(result.message, { limit: MAX_REASON_LENGTH });
  return [`  ${escapeText(result.operation.id, { limit: 200 })}`, `      ${message}`, ...advice];
}

export interface ApplyOutcome {
  readonly plan: Plan;
  readonly report: ApplyReport;
  readonly verification: Verification;
  /** The resources of a saved plan that were refused before the apply, with the reasons. */
  readonly refusals: readonly Refusal[];
  /** True if a saved plan was applied without comparing it with the configuration. */
  readonly detached: boolean;
  /** The number of entries that an error excluded from the plan. Default: 0. */
  readonly skippedCount?: number;
}

export interface ResourceOutcome {
  readonly status: OperationResult["status"] | "refused";
  /** One line for each operation and each refusal. May contain untrusted text. */
  readonly operations: readonly string[];
}

/**
 * The statuses from best to worst, with their labels. A resource has the worst status of its operations and refusals.
 */
export const STATUS_LABELS: Readonly<Record<ResourceOutcome["status"], string>> = {
  applied: "applied",
  skipped: "not started",
  unknown: "sent, outcome unknown",
  failed: "failed",
  refused: "refused",
};
const STATUSES = Object.keys(STATUS_LABELS);

/** Returns the outcome of each planned or refused resource, by address. */
export function outcomesOf({ plan, report, refusals }: ApplyOutcome): ReadonlyMap<string, ResourceOutcome> {
  const outcomes = new Map<string, { status: ResourceOutcome["status"]; operations: string[] }>();
  const add = (address: string, status: ResourceOutcome["status"], line: string) => {
    const outcome = outcomes.get(address) ?? { status: "applied", operations: [] };
    outcome.operations.push(line);
    if (STATUSES.indexOf(status) > STATUSES.indexOf(outcome.status)) outcome.status = status;
    outcomes.set(address, outcome);
  };
  for (const result of report.results) {
    for (const address of new Set(result.operation.subjects)) add(address, result.status, describeResult(result));
  }
  for (const { address, diagnostic } of [...(report.refusals ?? []), ...refusals]) {
    add(address, "refused", diagnostic.summary);
  }
  const planned = plan.changes.map(({ address }) => [address, { status: "applied", operations: [] }] as const);
  return new Map<string, ResourceOutcome>([...planned, ...outcomes]);
}

function describeResult(result: OperationResult): string {
  const { kind } = result.operation;
  if (result.status === "applied") return `${kind}: applied`;
  const label = STATUS_LABELS[result.status];
  // Some messages begin with the label, as in "not started, because the run was interrupted".
  return result.message.startsWith(label) ? `${kind}: ${result.message}` : `${kind}: ${label}: ${result.message}`;
}

export function unappliedResources(outcome: ApplyOutcome) {
  return [...outcomesOf(outcome)].flatMap(([address, { status, operations }]) => {
    if (status === "applied") return [];
    const reason = operations.find((line) => !line.endsWith(": applied")) ?? "";
    return [{ address, status, reason }];
  });
}

export function requestsMade({ report, verification }: ApplyOutcome): number {
  return report.requests + verification.requests;
}

export function unappliedAddresses(outcome: ApplyOutcome): ReadonlySet<string> {
  return new Set(unappliedResources(outcome).map(({ address }) => address));
}
