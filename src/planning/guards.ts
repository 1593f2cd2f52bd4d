import type { Change } from "../model/change.ts";
import type { Limit, Settings } from "../model/contact.ts";
import { type Diagnostic, errorAt, generalError } from "../model/diagnostic.ts";
import type { DiagnosticCode } from "../model/diagnostic-codes.ts";
import { unlessEmpty } from "../model/omit-undefined.ts";
import type { Operation } from "../model/plan.ts";
import { groupDigits, plural } from "../model/plural.ts";
import { memberChanges } from "./member-changes.ts";
import { losesData, losingContacts } from "./totals.ts";

/** The numbers of changes and removals that are allowed for this run. */
export interface Allowance {
  readonly changes?: number;
  readonly removals?: number;
}

interface Guard {
  readonly code: DiagnosticCode;
  readonly kind: "changes" | "removals";
  /** The minimum of a limit that is a share. Does not apply to a share of zero. */
  readonly minimum: number;
  readonly default: Limit;
}

const CHANGES: Guard = { code: "too-many-changes", kind: "changes", minimum: 10, default: { share: 0.3 } };
const REMOVALS: Guard = { code: "too-many-removals", kind: "removals", minimum: 3, default: { share: 0.25 } };

/** Compensates for floating-point errors, for example in 0.29 * 100. */
const ROUNDING = 1e-9;

/**
 * Returns an error for each guard that became stricter in the configuration after the changes were planned, unless the
 * new limit allows the changes regardless of the number of resources. The guards are not checked again, because the
 * numbers of contacts and accounts that percentages refer to and the limits that were raised for the plan are unknown.
 */
export function checkStricterGuards(
  changes: readonly Change[],
  { guards: planned = {} }: Settings,
  { guards: configured = {} }: Settings,
): Diagnostic[] {
  const accounts = changes.filter(({ type }) => type === "front_account");
  const counts = {
    changes: Math.max(countUpdated(changes, "front_contact"), countUpdated(changes, "front_account")),
    removals: Math.max(losingContacts(changes).length, accounts.filter(losesData).length),
  };
  return [CHANGES, REMOVALS].flatMap(({ kind, minimum, default: limit }) => {
    const [before, now] = [planned[kind] ?? limit, configured[kind] ?? limit];
    if (counts[kind] <= limitOf(now, minimum, 0) || !isStricter(now, before)) return [];
    const [beforeText, nowText] = [describeLimit(before), describeLimit(now)];
    const summary = `settings.guards.${kind} is now ${nowText}; when the plan was created, it was ${beforeText}`;
    const advice = "Create a new plan, which is checked with the new limit.";
    if (isComparable(now, before)) return [generalError("guard-stricter", summary, advice)];
    const [share, count] = "share" in now ? [nowText, beforeText] : [beforeText, nowText];
    const reason = `The saved plan does not contain the numbers of contacts and accounts to which ${share} refers, so it is unknown whether ${share} allows more than ${count}.`;
    return [generalError("guard-stricter", summary, `${reason} ${advice}`)];
  });
}

/** Returns the number of resources of a type that the changes update or delete. */
export function countUpdated(changes: readonly Change[], type: Change["type"]): number {
  return changes.filter((change) => change.type === type && change.action !== "create").length;
}

function isComparable(limit: Limit, earlier: Limit): boolean {
  return "count" in limit === "count" in earlier;
}

/** Returns whether a limit is or may be stricter than an earlier one. A count and a percentage cannot be compared. */
function isStricter(limit: Limit, earlier: Limit): boolean {
  if ("count" in limit) return !("count" in earlier) || limit.count < earlier.count;
  return !("share" in earlier) || limit.share < earlier.share;
}

function describeLimit(limit: Limit): string {
  return "count" in limit ? groupDigits(limit.count) : `${Math.round(limit.share * 1e4) / 100}%`;
}

/**
 * Returns errors for exceeded limits. `existing` is the number of contacts that percentages refer to. Deleting a list
 * that has contacts on it requires an explicit allowance.
 */
export function checkGuards(
  changes: readonly Change[],
  existing: number,
  settings: Settings,
  allowed: Allowance,
): Diagnostic[] {
  const updated = countUpdated(changes, "front_contact");
  const losing = losingContacts(changes).length;
  const deletionErrors = unlessEmpty(checkDeletedLists(changes, losing, allowed.removals));
  const scope = { noun: "contacts", existing, settings, allowed };
  return [
    ...checkGuard(CHANGES, updated, "would change", scope),
    ...(deletionErrors ??
      checkGuard(REMOVALS, losing, "would be deleted or lose a handle, a link, a list or another value", scope)),
  ];
}

function checkDeletedLists(changes: readonly Change[], count: number, allowed = 0): Diagnostic[] {
  if (count <= allowed) return [];
  return changes
    .filter((change) => change.action === "delete" && memberChanges(change).length > 0)
    .map(({ name, location, differences }) => {
      const members = differences.filter(({ attribute }) => attribute === "members").length;
      const summary = `The list "${name}" would be deleted with ${plural(members, "contact")} on it`;
      const advice = `To delete it, allow ${plural(count, "removal")}: one for each contact that is deleted or loses values in this plan.`;
      return errorAt(location, "list-not-empty", summary, advice, { kind: "allow-removals", count });
    });
}

/**
 * Returns errors for exceeded limits. `existing` is the number of accounts that percentages refer to. Deleting an
 * account that has contacts requires an explicit allowance.
 */
export function checkAccountGuards(
  { changes, operations }: { readonly changes: readonly Change[]; readonly operations: readonly Operation[] },
  existing: number,
  settings: Settings,
  allowed: Allowance,
): Diagnostic[] {
  const accounts = changes.filter(({ type }) => type === "front_account");
  const updated = countUpdated(accounts, "front_account");
  const losing = accounts.filter(losesData);
  const deletionErrors = unlessEmpty(checkDeletedAccounts(losing, operations, allowed.removals));
  const scope = { noun: "accounts", existing, settings, allowed };
  return [
    ...checkGuard(CHANGES, updated, "would change", scope),
    ...(deletionErrors ??
      checkGuard(REMOVALS, losing.length, "would be deleted or lose a domain or another value", scope)),
  ];
}

function checkDeletedAccounts(losing: readonly Change[], operations: readonly Operation[], allowed = 0): Diagnostic[] {
  const deletions = operations.filter((operation) => operation.kind === "delete-account");
  const contactsByAddress = new Map(deletions.map(({ subjects, account }) => [subjects[0], account.contacts]));
  const count = losing.length + deletions.reduce((sum, { account }) => sum + account.contacts, 0);
  if (count <= allowed) return [];
  return losing.flatMap(({ address, name, location }) => {
    const contacts = contactsByAddress.get(address) ?? 0;
    if (contacts === 0) return [];
    const summary = `The account "${name}" would be deleted with ${plural(contacts, "contact")} in it`;
    const advice = `To delete it, allow ${groupDigits(count)} removals: one for each account that is deleted or loses values in this plan, and one for each contact that loses its account.`;
    return [errorAt(location, "account-not-empty", summary, advice, { kind: "allow-removals", count })];
  });
}

function checkGuard(
  guard: Guard,
  count: number,
  effect: string,
  {
    noun,
    existing,
    settings,
    allowed,
  }: { readonly noun: string; readonly existing: number; readonly settings: Settings; readonly allowed: Allowance },
): Diagnostic[] {
  const { code, kind } = guard;
  const limit = limitIn(settings, guard, existing);
  if (count <= Math.max(limit, allowed[kind] ?? 0)) return [];
  // Undeclared contacts can also leave a list, so `count` may exceed `existing`.
  const [total, all] = [groupDigits(count), groupDigits(existing)];
  const subject = count > existing ? `${total} ${noun}` : `${total} of ${all} ${noun}`;
  const summary = `${subject} ${effect}; the limit is ${groupDigits(limit)}`;
  const advice =
    "Check that the plan is correct. If it is, set settings.guards in the configuration, or raise the limit for this run.";
  return [generalError(code, summary, advice, { kind: `allow-${kind}`, count })];
}

/** Returns whether a guard allows `count` changes or removals of `existing` resources without an allowance. */
export function isWithinLimit(
  kind: Guard["kind"],
  count: number,
  { existing, settings }: { readonly existing: number; readonly settings: Settings },
): boolean {
  return count <= limitIn(settings, kind === "changes" ? CHANGES : REMOVALS, existing);
}

function limitIn({ guards = {} }: Settings, { kind, minimum, default: limit }: Guard, existing: number): number {
  return limitOf(guards[kind] ?? limit, minimum, existing);
}

function limitOf(limit: Limit, minimum: number, existing: number): number {
  if ("count" in limit) return limit.count;
  return limit.share === 0 ? 0 : Math.max(minimum, Math.floor(limit.share * existing + ROUNDING));
}
