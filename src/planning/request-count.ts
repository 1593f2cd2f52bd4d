import { needsFreshRead, type Operation, type RequestCount, type RequestKind, type Sizes } from "../model/plan.ts";
import { planVerification } from "./verification-reads.ts";

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
  const listings = listingsOf(operations);
  if (listings > 0) add("read", listings);
  const proof = planVerification(operations, sizes).requests;
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

/** So many creations of contacts share one check that the lists they name still exist. */
export const LIST_CHECK_SHARED_BY = 10;

/** How often the company's lists are read while applying. */
function listingsOf(operations: readonly Operation[]): number {
  const created = new Set(operations.flatMap((each) => (each.kind === "create-list" ? [each.name] : [])));
  const relying = operations.filter((operation) => operation.kind === "create-contact" && operation.lists).length;
  /** Each creation is between two listings, and shares them with its neighbors. */
  const around = created.size === 0 ? 0 : created.size + 1;
  /** The id of a list that is created becomes known on the way; that of one that somebody else created does not. */
  const byName = operations.some(
    (each) => each.kind === "add-to-list" && each.list.id === undefined && !created.has(each.list.name),
  );
  return around + Math.ceil(relying / LIST_CHECK_SHARED_BY) + (byName ? 1 : 0);
}
