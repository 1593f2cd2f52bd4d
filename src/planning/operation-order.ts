import { removalsBeforeAccounts } from "../model/domain-link-order.ts";
import type { Operation, OperationKind } from "../model/plan.ts";

/**
 * The order of operations. Resources are created before they are used, handles are removed before they are added to
 * another contact, requests for many contacts come late, and deletions come last.
 */
const RANKS: readonly OperationKind[] = [
  "create-list",
  "create-account",
  "update-account",
  "merge-contacts",
  "remove-handle",
  "create-contact",
  "update-contact",
  "add-handle",
  "upload-avatar",
  "add-to-list",
  "remove-from-list",
  "unlink-account",
  "link-account",
  "delete-contact",
  "delete-account",
  "delete-list",
];

/**
 * Sorts operations by kind, but an operation always follows its dependencies, and a new domain of an account follows
 * the removal of handles in this domain. Otherwise, operations of one kind keep their order.
 */
export function orderOperations(operations: readonly Operation[]): Operation[] {
  const ranked = operations.toSorted((a, b) => RANKS.indexOf(a.kind) - RANKS.indexOf(b.kind));
  const byId = new Map(ranked.map((operation) => [operation.id, operation]));
  const removals = removalsBeforeAccounts(ranked);
  const predecessorsOf = ({ id, dependsOn }: Operation) => [
    ...dependsOn.flatMap((dependency) => byId.get(dependency) ?? []),
    ...(removals.get(id) ?? []),
  ];
  const sorted = new Set<Operation>();
  const visited = new Set<Operation>();
  // A chain of handle moves may include every contact of the configuration, which is too deep for recursion.
  const stack = ranked.toReversed();
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const unvisited = visited.has(top) ? [] : predecessorsOf(top).filter((operation) => !visited.has(operation));
    visited.add(top);
    if (unvisited.length > 0) stack.push(...unvisited.reverse());
    else sorted.add(stack.pop() ?? top);
  }
  return [...sorted];
}
