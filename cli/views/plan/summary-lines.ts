import { type Action, type ChangeCount, formatDuration, hasExcludedEntries, type Plan } from "../../../src/internal.ts";
import { groupDigits, plural } from "../text.ts";
import { describeDriftCount } from "./drift.ts";

export const ACTION_PHRASES: Readonly<Record<Action, string>> = {
  create: "will be created",
  update: "will be updated in-place",
  delete: "will be destroyed",
};

/** Other programs parse this line. */
export function summaryLine({ add, change, destroy }: ChangeCount): string {
  return `Plan: ${add} to add, ${change} to change, ${destroy} to destroy.`;
}

/** Other programs parse the first two words. */
export function noChangesLine(plan: Plan): string {
  const { targets, undoes, diagnostics } = plan;
  if (undoes !== undefined) {
    return `No changes. ${diagnostics.length === 0 ? "Nothing is left to undo." : "The warnings name the changes that are not undone."}`;
  }
  const drifted = describeDriftCount(plan);
  if (drifted !== undefined) return `No changes. ${drifted} changed in Front; these changes are not overwritten.`;
  if (hasExcludedEntries(diagnostics)) return "No changes to the entries that could be planned.";
  return targets === undefined
    ? "No changes. Front matches the configuration."
    : "No changes. Front matches the targeted entries.";
}

/** Returns the end of a phrase that names the undone run; empty unless that run was itself an undo. */
export function redoNote({ redoes }: Pick<Plan, "redoes">, format: (run: string) => string): string {
  return redoes === undefined ? "" : `, itself an undo of ${format(redoes)}, whose changes are made again`;
}

export function requestsLine(plan: Plan): string {
  const { requests } = plan;
  return `Requests: ${describeEstimate(requests)} ${describeCoverage(plan)}`;
}

/** More requests a minute than any company may send. The emulator reports such a limit if it has no rate limit. */
const UNLIMITED = 100_000;

function describeEstimate({ total, byKind, seconds, perMinute = 0 }: Plan["requests"]): string {
  const kinds = Object.entries(byKind).map(([kind, count]) => `${groupDigits(count)} ${kind}`);
  const parts = kinds.length === 0 ? "" : ` (${kinds.join(", ")})`;
  const rate = perMinute < UNLIMITED ? ` at ${groupDigits(perMinute)} a minute` : "";
  const time = seconds === undefined ? "" : `, about ${formatDuration(seconds)}${rate}`;
  return `${groupDigits(total)} to apply this plan${parts}${time}.`;
}

/**
 * Returns a note if the plan was limited to contacts that changed in Front, or if phone numbers were not found; otherwise
 * an empty string.
 */
export function coverageNote(plan: Plan): string {
  return plan.coverage.contacts === "changes" || phoneNote(plan) !== "" ? `${describeCoverage(plan)}\n` : "";
}

export function describeCoverage(plan: Plan): string {
  const { contacts, read, since = 0 } = plan.coverage;
  if (contacts === "all")
    return read === 1 ? "Read the only contact in Front." : `Read all ${groupDigits(read)} contacts in Front.`;
  if (contacts === "declared") return describeSearch(read, plan);
  const when = `${new Date(since * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return `Read the contacts that changed in Front since ${when}. Deletions and changes of list members since then may be missing; plan with --refresh scan to include them.${phoneNote(plan)}`;
}

function describeSearch(read: number, plan: Plan): string {
  const { declared, undoes } = plan;
  const isUndo = undoes !== undefined;
  if (declared === 0) {
    const reason = isUndo ? "There are no contacts to undo" : "The configuration declares no contacts";
    return `${reason}, so only lists and accounts were read.`;
  }
  const searched = isUndo
    ? plural(declared, "contact to undo", "contacts to undo")
    : plural(declared, "declared contact");
  return `Read ${plural(read, "contact")} in Front to find ${searched}; the other contacts in Front were not read.${phoneNote(plan)}`;
}

/**
 * Returns a note if phone numbers were not found, because Front may have them in an older format. Not for an undo, whose
 * numbers are in the format that Front had.
 */
function phoneNote({ coverage: { missingPhones = 0 }, undoes }: Plan): string {
  if (missingPhones === 0 || undoes !== undefined) return "";
  const [numbers, pronoun] =
    missingPhones === 1 ? ["1 phone number was", "it"] : [`${groupDigits(missingPhones)} phone numbers were`, "them"];
  return ` ${numbers} not found. If Front may store ${pronoun} in an older format, plan with --refresh scan.`;
}
