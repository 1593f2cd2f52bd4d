import { type Change, losesData, overwritesFront, type Plan } from "../../../src/internal.ts";

/**
 * Returns the changes with risky ones first: deletions, targets of merges, other losses, then overwritten changes in
 * Front.
 */
export function riskyFirst({ changes, operations }: Pick<Plan, "changes" | "operations">): Change[] {
  const merged = new Set(operations.flatMap(({ kind, subjects }) => (kind === "merge-contacts" ? subjects : [])));
  const rankOf = (change: Change) => {
    if (change.action === "delete") return 0;
    if (merged.has(change.address)) return 1;
    if (losesData(change)) return 2;
    return overwritesFront(change) ? 3 : 4;
  };
  return changes.toSorted((a, b) => rankOf(a) - rankOf(b));
}
