import type { Change } from "../model/change.ts";
import type { ApplyReport } from "./apply.ts";

/** Returns the changes that were not refused and whose operations were all applied. */
export function appliedChanges(changes: readonly Change[], { results, refusals = [] }: ApplyReport): Change[] {
  const incomplete = new Set([
    ...results.flatMap(({ status, operation }) => (status === "applied" ? [] : operation.subjects)),
    ...refusals.map(({ address }) => address),
  ]);
  return changes.filter(({ address }) => !incomplete.has(address));
}

/** Returns the IDs of the contacts and accounts that were created, by address. */
export function createdIds({ results }: Pick<ApplyReport, "results">): ReadonlyMap<string, string> {
  return new Map(
    results.flatMap((result) => {
      if (result.status !== "applied" || !["create-contact", "create-account"].includes(result.operation.kind))
        return [];
      const id = result.contactId ?? result.accountId;
      return id === undefined ? [] : [[result.operation.subjects[0] ?? "", id] as const];
    }),
  );
}
