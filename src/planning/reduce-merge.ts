import type { ResolvedContact } from "../config/resolve-references.ts";
import type { Match } from "../matching/match-contacts.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import type { Difference } from "../model/change.ts";
import type { HandleKey } from "../model/contact.ts";
import { differencesSinceBase, type OriginContext } from "./contact-differences.ts";
import { mergeSources, previewMerge } from "./merge-preview.ts";
import { reduceEntry } from "./omit-drift.ts";

/**
 * Makes an entry that merges contacts also remove the values that were removed from the entry since the base, if the
 * target has them after the merge.
 */
export function reduceMerge(
  matched: MatchedEntry,
  { target, others }: Extract<Match, { kind: "merge" }>,
  base: ResolvedContact,
  context: OriginContext,
  isPlanned: (difference: Difference) => boolean,
): MatchedEntry {
  const { movingHandles, stayingHandles } = context;
  const sources = mergeSources(others, (id) => movingHandles.get(id));
  const merged = previewMerge(target, sources);
  const staying = [target, ...others].flatMap(({ id }) => [...(stayingHandles.get(id) ?? [])]);
  const mergedContext = { ...context, stayingHandles: new Map([[target.id, new Set<HandleKey>(staying)]]) };
  const differences = differencesSinceBase(matched, base, merged, mergedContext);
  return reduceEntry(matched, base, merged, { drifted: [], planned: differences.filter(isPlanned) });
}
