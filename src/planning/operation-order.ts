import type { Operation, OperationKind } from "../model/plan.ts";

/**
 * Nothing may be referred to before it exists, a handle is let go before it is claimed, what concerns many contacts
 * comes late, and what is lost for good comes last.
 */
const RANKS: readonly OperationKind[] = [
  "create-list",
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
];

/** Puts operations in the order of their ranks, as far as what they depend on allows; ties stay as they were. */
export function orderOperations(operations: readonly Operation[]): Operation[] {
  const ranked = operations
    .map((operation, index) => ({ operation, index }))
    .sort((a, b) => rank(a.operation) - rank(b.operation) || a.index - b.index)
    .map(({ operation }) => operation);
  const byId = new Map(ranked.map((operation) => [operation.id, operation]));
  const placed = new Set<Operation>();
  const opened = new Set<Operation>();
  /** Not by recursion: handles may move along a chain as long as the files. */
  const stack = ranked.toReversed();
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const needed = opened.has(top) ? [] : neededBy(top, byId).filter((operation) => !opened.has(operation));
    opened.add(top);
    if (needed.length > 0) stack.push(...needed.reverse());
    else placed.add(stack.pop() ?? top);
  }
  return [...placed];
}

function neededBy({ dependsOn }: Operation, byId: ReadonlyMap<string, Operation>): Operation[] {
  return dependsOn.map((id) => byId.get(id)).filter((operation) => operation !== undefined);
}

function rank({ kind }: Operation): number {
  return RANKS.indexOf(kind);
}
