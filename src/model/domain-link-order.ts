import { domainKey, emailDomains } from "./account.ts";
import { append } from "./append.ts";
import type { Handle } from "./contact.ts";
import type { Operation } from "./plan.ts";

// Front links a contact to an account if the contact has an email address in a domain of the account. It does not unlink
// the contact when the address or the domain is removed.

type Predecessors = ReadonlyMap<string, readonly Operation[]>;

/**
 * Returns the operations that remove email addresses in the domains that another operation adds to an account, by the
 * ID of the other operation. The removals should end first; otherwise, Front links the contacts to the account.
 */
export function removalsBeforeAccounts(operations: readonly Operation[]): Predecessors {
  return predecessorsOf(operations, addedDomains, (operation) =>
    operation.kind === "remove-handle" ? emailDomains([operation.handle]) : [],
  );
}

/**
 * Returns the operations that remove the domain of an email address that another operation adds to a contact, by the ID
 * of the other operation. The removals should end first; otherwise, Front links the contact to the account.
 */
export function removalsBeforeHandles(operations: readonly Operation[]): Predecessors {
  return predecessorsOf(
    operations,
    (operation) => emailDomains(addedHandles(operation)),
    (operation) => (operation.kind === "update-account" ? (operation.removeDomains ?? []) : []),
  );
}

function predecessorsOf(
  operations: readonly Operation[],
  addedBy: (operation: Operation) => readonly string[],
  removedBy: (operation: Operation) => readonly string[],
): Predecessors {
  const adding = operations.filter((operation) => addedBy(operation).length > 0);
  if (adding.length === 0) return new Map();
  const removals = new Map<string, Operation[]>();
  for (const operation of operations)
    for (const domain of removedBy(operation)) append(removals, domainKey(domain), operation);
  if (removals.size === 0) return new Map();
  const removalsOf = (domain: string) => removals.get(domainKey(domain)) ?? [];
  return new Map(adding.map((operation) => [operation.id, addedBy(operation).flatMap(removalsOf)]));
}

function addedDomains(operation: Operation): readonly string[] {
  if (operation.kind === "create-account") return operation.domains ?? [];
  return operation.kind === "update-account" ? (operation.addDomains ?? []) : [];
}

function addedHandles(operation: Operation): readonly Handle[] {
  if (operation.kind === "create-contact") return operation.handles;
  return operation.kind === "add-handle" ? [operation.handle] : [];
}
