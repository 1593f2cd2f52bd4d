import { domainKey, emailDomains } from "./account.ts";
import { append } from "./append.ts";
import type { Operation } from "./plan.ts";

/**
 * Returns the operations that remove email addresses in the domains that an operation adds to an account, by the id of
 * that operation. They should end first, because Front links the contacts with an address in a new domain to the
 * account, and does not unlink them when they lose the address.
 */
export function removalsBeforeAccounts(operations: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const adding = operations.filter((operation) => addedDomains(operation).length > 0);
  if (adding.length === 0) return new Map();
  const removals = new Map<string, Operation[]>();
  for (const operation of operations) {
    if (operation.kind !== "remove-handle") continue;
    for (const domain of emailDomains([operation.handle])) append(removals, domain, operation);
  }
  const removalsOf = (operation: Operation) =>
    addedDomains(operation).flatMap((domain) => removals.get(domainKey(domain)) ?? []);
  return new Map(adding.map((operation) => [operation.id, removalsOf(operation)]));
}

function addedDomains(operation: Operation): readonly string[] {
  if (operation.kind === "create-account") return operation.domains ?? [];
  return operation.kind === "update-account" ? (operation.addDomains ?? []) : [];
}
