import type { ApplyReport, OperationResult, Plan, Refusal, Verification } from "../../../src/internal.ts";

/** The result of an apply. */
export interface ApplyOutcome {
  readonly plan: Plan;
  readonly report: ApplyReport;
  readonly verification: Verification;
  /** The number of resources of a saved plan that were refused before the apply. */
  readonly refused: number;
  /** The refused resources of a saved plan, with the reasons. */
  readonly refusals?: readonly Refusal[];
  /** True if a saved plan was applied without comparing it with the configuration. */
  readonly detached: boolean;
}

/** The result of an apply for one resource. */
export interface ResourceOutcome {
  readonly status: OperationResult["status"] | "refused";
  /** One line for each operation, with the reason if it was not applied. May contain untrusted text. */
  readonly operations: readonly string[];
}

/** The statuses from best to worst. A resource has the worst of its operations. */
const RANKS: readonly ResourceOutcome["status"][] = ["applied", "skipped", "unknown", "failed", "refused"];

export const STATUS_WORDS: Readonly<Record<ResourceOutcome["status"], string>> = {
  applied: "applied",
  skipped: "not started",
  unknown: "sent, outcome unknown",
  failed: "failed",
  refused: "refused",
};

/** Returns the result for each resource of the plan, and for those that were refused, by address. */
export function outcomesOf({ plan, report, refusals = [] }: ApplyOutcome): ReadonlyMap<string, ResourceOutcome> {
  const outcomes = new Map<string, { status: ResourceOutcome["status"]; operations: string[] }>();
  const add = (address: string, status: ResourceOutcome["status"], line: string) => {
    const known = outcomes.get(address) ?? { status: "applied", operations: [] };
    known.operations.push(line);
    if (RANKS.indexOf(status) > RANKS.indexOf(known.status)) known.status = status;
    outcomes.set(address, known);
  };
  for (const result of report.results) {
    for (const address of new Set(result.operation.subjects)) add(address, result.status, describeResult(result));
  }
  for (const { address, diagnostic } of [...(report.refusals ?? []), ...refusals]) {
    add(address, "refused", diagnostic.summary);
  }
  const all = plan.changes.map(({ address }) => [address, { status: "applied", operations: [] }] as const);
  return new Map<string, ResourceOutcome>([...all, ...outcomes]);
}

function describeResult(result: OperationResult): string {
  const { kind } = result.operation;
  if (result.status === "applied") return `${kind}: applied`;
  return `${kind}: ${STATUS_WORDS[result.status]}: ${result.message}`;
}

/** A resource that differs from the plan, and the reason. */
export interface LeftOver {
  readonly address: string;
  readonly status: Exclude<ResourceOutcome["status"], "applied">;
  readonly reason: string;
}

/** Returns the resources that were not or not completely applied, in the order of the plan. */
export function leftOvers(outcome: ApplyOutcome): LeftOver[] {
  return [...outcomesOf(outcome)].flatMap(([address, { status, operations }]) => {
    if (status === "applied") return [];
    const reason = operations.find((line) => !line.endsWith(": applied")) ?? "";
    return [{ address, status, reason }];
  });
}
