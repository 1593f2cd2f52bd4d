import type { Change } from "../model/change.ts";
import type { Limit, Settings } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { DiagnosticCode } from "../model/diagnostic-codes.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { memberChanges } from "./member-changes.ts";
import { losingContacts } from "./totals.ts";

/** The numbers of changes and removals that are allowed for this run. */
export interface Allowance {
  readonly changes?: number;
  readonly removals?: number;
}

interface Guard {
  readonly code: DiagnosticCode;
  readonly noun: "contacts" | "accounts";
  /** The predicate of the message, after the noun. */
  readonly effect: string;
  readonly remedy: "allow-changes" | "allow-removals";
  /** The lowest limit that a share can result in. */
  readonly minimum: number;
  readonly default: Limit;
}

export const CHANGES: Guard = {
  code: "too-many-changes",
  noun: "contacts",
  effect: "would change",
  remedy: "allow-changes",
  minimum: 10,
  default: { share: 0.3 },
};

export const REMOVALS: Guard = {
  code: "too-many-removals",
  noun: "contacts",
  effect: "would be deleted or lose a handle, a link, a list or a field",
  remedy: "allow-removals",
  minimum: 3,
  default: { share: 0.25 },
};

/** Compensates for floating-point errors, for example in 0.29 * 100. */
const ROUNDING = 1e-9;

/**
 * Returns an error for each guard that the changes to contacts exceed. `existing` is the number of declared contacts
 * that exist in Front. Deleting a list that has contacts on it requires an explicit allowance.
 */
export function checkGuards(
  changes: readonly Change[],
  existing: number,
  { guards = {} }: Settings,
  allowed: Allowance,
): Diagnostic[] {
  const contacts = changes.filter(({ type }) => type === "front_contact");
  const losingContactChanges = losingContacts(changes);
  const deletionErrors = checkDeletedLists(changes, losingContactChanges.length, allowed.removals);
  return [
    ...checkGuard(CHANGES, contacts.filter(({ action }) => action !== "create").length, existing, {
      configured: guards.changes,
      allowed: allowed.changes,
    }),
    ...(deletionErrors.length > 0
      ? deletionErrors
      : checkGuard(REMOVALS, losingContactChanges.length, existing, {
          configured: guards.removals,
          allowed: allowed.removals,
        })),
  ];
}

/** Returns an error for each deletion of a list with members, unless enough removals are allowed explicitly. */
function checkDeletedLists(changes: readonly Change[], count: number, allowed = 0): Diagnostic[] {
  if (count <= allowed) return [];
  return changes
    .filter((change) => change.action === "delete" && memberChanges(change).length > 0)
    .map(({ name, location, differences }) => {
      const members = differences.filter(({ attribute }) => attribute === "members").length;
      return omitUndefined({
        severity: "error" as const,
        code: "list-not-empty" as const,
        summary: `The list "${name}" would be deleted with ${members === 1 ? "a contact" : `${members} contacts`} on it`,
        advice: `To delete it, allow ${count === 1 ? "1 removal" : `${count} removals`}: one for each contact that is deleted or loses values in this plan.`,
        remedy: { kind: "allow-removals" as const, count },
        location,
      });
    });
}

/** Returns an error if `count` exceeds the limit of a guard, unless it is allowed for this run. */
export function checkGuard(
  guard: Guard,
  count: number,
  existing: number,
  { configured, allowed = 0 }: { configured: Limit | undefined; allowed: number | undefined },
): Diagnostic[] {
  const limit = limitOf(configured ?? guard.default, guard.minimum, existing);
  if (count <= Math.max(limit, allowed)) return [];
  // Undeclared contacts can also leave a list, so the count may exceed the number of declared contacts.
  const subject = count > existing ? `${count} ${guard.noun}` : `${count} of ${existing} ${guard.noun}`;
  const summary = `${subject} ${guard.effect}; the limit is ${limit}`;
  const advice =
    "Check that the plan is correct. If it is, set settings.guards in the configuration, or raise the limit for this run.";
  return [{ severity: "error", code: guard.code, summary, advice, remedy: { kind: guard.remedy, count } }];
}

/** Returns a limit as a count. The minimum does not apply to a share of zero, which allows nothing. */
function limitOf(limit: Limit, minimum: number, existing: number): number {
  if ("count" in limit) return limit.count;
  return limit.share === 0 ? 0 : Math.max(minimum, Math.floor(limit.share * existing + ROUNDING));
}
