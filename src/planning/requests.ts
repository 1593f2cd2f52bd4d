import { needsFreshRead, type Operation, type RequestCount, type RequestKind, type Sizes } from "./plan.ts";
import { planProof } from "./proof-plan.ts";

/**
 * Counts what `applyPlan` and `proveApply` will send. After a merge it may be less: what turns out right by itself is
 * not sent. `sizes` are those of the plan's basis.
 */
export function countRequests(operations: readonly Operation[], sizes?: Sizes): RequestCount {
  const byKind: Partial<Record<RequestKind, number>> = {};
  const add = (kind: RequestKind, count: number) => {
    byKind[kind] = (byKind[kind] ?? 0) + count;
  };
  for (const operation of operations) {
    add(operation.kind, 1);
    const reads = readsBefore(operation);
    if (reads > 0) add("read", reads);
  }
  if (listsToLookUp(operations)) add("read", 1);
  const proof = planProof(operations, sizes).requests;
  if (proof > 0) add("proof", proof);
  return { total: Object.values(byKind).reduce((sum, count) => sum + count, 0), byKind };
}

/** What goes for good is looked at once more before it goes. */
function readsBefore(operation: Operation): number {
  switch (operation.kind) {
    case "update-contact":
      return needsFreshRead(operation) ? 1 : 0;
    case "merge-contacts":
      return 1 + operation.others.length;
    case "delete-contact":
      return 1;
    default:
      return 0;
  }
}

/** Front does not answer with a new list's id, so existing contacts can only join it once all lists were read again. */
function listsToLookUp(operations: readonly Operation[]): boolean {
  return operations.some((operation) => operation.kind === "add-to-list" && operation.list.id === undefined);
}
