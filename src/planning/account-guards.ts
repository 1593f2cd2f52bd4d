import type { Change } from "../model/change.ts";
import type { Settings } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Operation } from "../model/plan.ts";
import { type Allowance, CHANGES, checkGuard, REMOVALS } from "./guards.ts";
import { losesSomething } from "./totals.ts";

/**
 * Returns an error for each guard that the changes to accounts exceed. `existing` is the number of declared accounts
 * that exist in Front. Deleting an account that has contacts requires an explicit allowance.
 */
export function checkAccountGuards(
  { changes, operations }: { readonly changes: readonly Change[]; readonly operations: readonly Operation[] },
  existing: number,
  { guards = {} }: Settings,
  allowed: Allowance,
): Diagnostic[] {
  const accounts = changes.filter(({ type }) => type === "front_account");
  const losingAccounts = accounts.filter(losesSomething);
  const deletionErrors = checkDeleted(losingAccounts, contactsByAddress(operations), allowed.removals);
  return [
    ...checkGuard(
      { ...CHANGES, noun: "accounts" },
      accounts.filter(({ action }) => action !== "create").length,
      existing,
      { configured: guards.changes, allowed: allowed.changes },
    ),
    ...(deletionErrors.length > 0
      ? deletionErrors
      : checkGuard(
          { ...REMOVALS, noun: "accounts", effect: "would be deleted or lose a domain or a field" },
          losingAccounts.length,
          existing,
          { configured: guards.removals, allowed: allowed.removals },
        )),
  ];
}

/** Returns the number of contacts of each account to delete, by the address of the account. */
function contactsByAddress(operations: readonly Operation[]): ReadonlyMap<string, number> {
  return new Map(
    operations.flatMap((operation) =>
      operation.kind === "delete-account" ? [[operation.subjects[0] ?? "", operation.account.contacts] as const] : [],
    ),
  );
}

/** Returns an error for each deletion of an account with contacts, unless enough removals are allowed. */
function checkDeleted(losing: readonly Change[], contactsOf: ReadonlyMap<string, number>, allowed = 0): Diagnostic[] {
  const count = losing.length + [...contactsOf.values()].reduce((sum, contacts) => sum + contacts, 0);
  if (count <= allowed) return [];
  return losing.flatMap(({ address, name, location }) => {
    const contacts = contactsOf.get(address) ?? 0;
    if (contacts === 0) return [];
    return [
      omitUndefined({
        severity: "error" as const,
        code: "account-not-empty" as const,
        summary: `The account "${name}" would be deleted with ${contacts === 1 ? "a contact" : `${contacts} contacts`} in it`,
        advice: `To delete it, allow ${count} removals: one for each account that is deleted or loses values in this plan, and one for each contact that loses its account.`,
        remedy: { kind: "allow-removals" as const, count },
        location,
      }),
    ];
  });
}
