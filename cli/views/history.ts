import { countChanges, countOutcomes, type Diagnostic, escapeText, type RunRecord } from "../../src/internal.ts";
import type { Colors } from "./colors.ts";
import { codeCell } from "./markdown-code.ts";
import type { Mask } from "./mask-handles.ts";
import { planJson } from "./plan/json.ts";
import { MAX_REASON_LENGTH } from "./text.ts";

const OUTCOMES = ["applied", "failed", "unknown", "skipped"] as const;

const COMMIT_LENGTH = 10;

const HEADINGS = ["Run", "Started", "Changes", "Operations", "Commit"] as const;

export function renderHistory(runs: readonly RunRecord[], format: string, { bold }: Colors): string {
  if (runs.length === 0) return "No recorded runs.\n";
  const rows = runs.map(rowOf);
  if (format === "markdown") {
    const cells = rows.map((row) => row.map((cell) => (cell === "" ? "" : codeCell(cell))).join("|"));
    const lines = [HEADINGS.join(" | "), HEADINGS.map(() => "---").join("|"), ...cells];
    return `${lines.map((line) => `|${line}|`).join("\n")}\n`;
  }
  const widths = HEADINGS.map((_, column) => Math.max(...[HEADINGS, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  const [head = "", ...others] = [HEADINGS, ...rows].map((cells) => line(cells).trimEnd());
  return `${[bold(head), ...others].join("\n")}\n`;
}

function rowOf(run: RunRecord): readonly string[] {
  const { add, change, destroy } = countChanges(run.plan.changes);
  const undoes = run.plan.undoes === undefined ? "" : `, undo of ${escapeText(run.plan.undoes)}`;
  return [
    run.id,
    formatTime(run.started_at),
    `${add} to add, ${change} to change, ${destroy} to destroy${undoes}`,
    outcomeText(run),
    commitText(run, COMMIT_LENGTH),
  ];
}

function commitText({ commit = "", uncommitted_edits: hasEdits }: RunRecord, length?: number): string {
  return `${escapeText(commit.slice(0, length))}${hasEdits ? " with uncommitted edits" : ""}`;
}

function formatTime(time: string): string {
  return `${escapeText(time).slice(0, 19).replace("T", " ")} UTC`;
}

function outcomeText(run: RunRecord): string {
  const count = countOutcomes(run);
  const parts = OUTCOMES.filter((status) => count[status] > 0).map((status) => `${count[status]} ${status}`);
  return `${parts.join(", ")}${run.ended_at === undefined ? " (not finished)" : ""}`;
}

export function renderRunHead(run: RunRecord, mask: Mask): string {
  const { id, commit, results = [], requests, plan } = run;
  const unapplied = results.filter(({ status }) => status !== "applied");
  const properties = [
    ["Run", id],
    ["Started", formatTime(run.started_at)],
    ["Ended", run.ended_at === undefined ? "not recorded" : formatTime(run.ended_at)],
    ...(plan.undoes === undefined ? [] : [["Undoes", escapeText(plan.undoes)]]),
    ...(commit === undefined ? [] : [["Commit", commitText(run)]]),
    ["Operations", outcomeText(run)],
    ...(requests === undefined ? [] : [["Requests", `${requests} sent during the apply, excluding verification`]]),
  ];
  const lines = unapplied.map(({ operation, status, message = "" }) =>
    mask.text(
      `  ${status}: ${escapeText(operation)}${message === "" ? "" : ` (${escapeText(message, { limit: MAX_REASON_LENGTH })})`}`,
    ),
  );
  return [
    ...properties.map(([name = "", value = ""]) => `${`${name}:`.padEnd(12)}${value}`),
    ...(lines.length === 0 ? [] : ["", "Not applied:", ...lines]),
    "",
  ].join("\n");
}

/** `withPlan` adds the results of the operations and the plan. */
export function runJson(run: RunRecord, { withPlan = false }: { readonly withPlan?: boolean } = {}): object {
  const { plan, results = [] } = run;
  const createdAt = Date.parse(run.started_at) || 0;
  const options = { version: run.tool_version, createdAt, diagnostics: plan.diagnostics };
  return {
    id: run.id,
    started_at: run.started_at,
    ended_at: run.ended_at ?? null,
    undoes: plan.undoes ?? null,
    commit: run.commit ?? null,
    uncommitted_edits: run.uncommitted_edits ?? null,
    company: plan.company,
    changes: countChanges(plan.changes),
    operations: countOutcomes(run),
    requests: run.requests ?? null,
    ...(withPlan ? { results, plan: planJson(plan, options) } : {}),
  };
}

export function warnUnreadableRecords(files: readonly string[]): Diagnostic[] {
  return files.map((file) => ({
    severity: "warning",
    code: "run-unreadable",
    summary: `"${file}" is not a run record that this version of front-contacts can read`,
    advice:
      "The file may be damaged, not readable by this user, or written by another version of front-contacts. To hide this warning, delete the file; the run then cannot be undone by its ID.",
  }));
}
