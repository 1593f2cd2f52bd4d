import { type Change, isMergedAway, losesData, overwritesFront, type Plan } from "../../../src/internal.ts";

/**
 * Returns the changes with risky ones first: deletions, lists that contacts leave (each may concern many contacts),
 * contacts that are merged away, targets of merges, other losses, then overwritten changes in Front.
 */
export function riskyFirst({ changes, operations }: Pick<Plan, "changes" | "operations">): Change[] {
  const merged = new Set(operations.flatMap(({ kind, subjects }) => (kind === "merge-contacts" ? subjects : [])));
  const risks: readonly ((change: Change) => boolean)[] = [
    (change) => change.action === "delete" && !isMergedAway(change),
    (change) => change.type === "front_contact_list" && losesData(change),
    isMergedAway,
    ({ address }) => merged.has(address),
    losesData,
    overwritesFront,
    () => true,
  ];
  const ranked = changes.map((change) => ({ change, rank: risks.findIndex((isRisk) => isRisk(change)) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ change }) => change);
}
