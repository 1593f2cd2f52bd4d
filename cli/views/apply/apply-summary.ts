import {
  type ApplyReport,
  type ChangeCount,
  escapeText,
  type OperationResult,
  type Plan,
  type Verification,
} from "../../../src/index.ts";
import type { Colors } from "../colors.ts";

/** Exact, because other programs parse it. Printed when everything that was to be applied is. */
export function completeLine({ add, change, destroy }: ChangeCount): string {
  return `Apply complete! Resources: ${add} added, ${change} changed, ${destroy} destroyed.`;
}

/** Says after a summary that it does not cover the whole plan. */
export function refusedLine(refused: number): string {
  const parts =
    refused === 1 ? "1 resource of this plan was refused" : `${refused} resources of this plan were refused`;
  return `${parts}, see above. Create and review a new plan for ${refused === 1 ? "it" : "them"}.`;
}

const INCOMPLETE = ["failed", "unknown", "skipped"] as const;

const HEADINGS: Readonly<Record<(typeof INCOMPLETE)[number], string>> = {
  failed: "Failed, and not done:",
  unknown: "Sent, but nobody knows whether it took effect:",
  skipped: "Not started:",
};

/** Whether everything was applied, and Front shows it. */
export function isComplete({ results, refusals = [] }: ApplyReport, proof: Verification): boolean {
  return proof.complete && refusals.length === 0 && results.every(({ status }) => status === "applied");
}

/** Accounts for every operation of an apply that did not go through to its end, or that Front does not show. */
export function renderFailedOperations({ results, refusals = [], interrupted }: ApplyReport, paint: Colors): string {
  const count = (status: OperationResult["status"]) => results.filter((result) => result.status === status).length;
  const sections = INCOMPLETE.flatMap((status) => section(status, results, paint));
  const applied = refusals.length === 0 && results.every(({ status }) => status === "applied");
  const verdict = interrupted ? "Apply interrupted." : applied ? "Apply not proved." : "Apply incomplete.";
  const counts = (["applied", ...INCOMPLETE] as const).map((status) => `${count(status)} ${status}`).join(", ");
  return [
    "",
    ...sections,
    paint.red(paint.bold(`${verdict} Operations: ${counts}.`)),
    "What was applied stays applied. Run the same command again: it plans afresh and goes on from there.",
    "",
  ].join("\n");
}

function section(status: (typeof INCOMPLETE)[number], results: readonly OperationResult[], paint: Colors): string[] {
  const lines = results.flatMap((result) => {
    if (result.status !== status) return [];
    const advice = "advice" in result ? [`      ${result.advice}`] : [];
    const said = escapeText(result.message, { limit: 300 });
    return [`  ${describe(result)}`, `      ${said}`, ...advice];
  });
  return lines.length === 0 ? [] : [paint.bold(HEADINGS[status]), ...lines, ""];
}

function describe({ operation }: OperationResult): string {
  return escapeText(operation.id, { limit: 200 });
}

/** What applying and proving cost, against what the plan said. */
export function requestsLine({ requests }: Plan, report: ApplyReport, proof: Verification): string {
  return `Requests: ${requests.total} predicted, ${report.requests + proof.requests} made.`;
}
