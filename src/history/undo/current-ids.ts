import type { Operation } from "../../model/plan.ts";
import { type AppliedPlan, type EffectiveOperation, effectiveOperations } from "./applied-plan.ts";
import type { AccountChanges, ContactChanges, RunChanges } from "./run-changes.ts";

/**
 * Returns the current IDs of the resources that undos created again, by their previous IDs. `runs` starts with the
 * latest run.
 */
export function currentIdsAfter(runs: readonly AppliedPlan[]): ReadonlyMap<string, string> {
  const byName = new Map(runs.map((run) => [run.name, run]));
  const currentIds = new Map<string, string>();
  const recreated = runs.flatMap((undo) => recreatedBy(undo, byName.get(undo.plan.undoes ?? "")));
  // A later undo may have created the same resource once more.
  for (const [previousId, id] of recreated)
    currentIds.set(previousId, currentIds.get(previousId) ?? currentIds.get(id) ?? id);
  return currentIds;
}

type Pair = readonly [string, string];

/** Returns the previous ID and the new ID of each resource that `undo` created again. */
function recreatedBy(undo: AppliedPlan, undone: AppliedPlan | undefined): Pair[] {
  if (undone === undefined) return [];
  const created = new Map(idsOf(undo, createdId));
  return idsOf(undone, deletedId).flatMap(([address, previousId]): Pair[] => {
    const id = created.get(address);
    return id === undefined ? [] : [[previousId, id]];
  });
}

/**
 * Returns the IDs of the contacts, accounts and lists that runs other than `applied` created. A creation of `applied`
 * with an unknown outcome cannot have created them. Returns no IDs if only the plan of `applied` is known, because one
 * of the runs may have applied it.
 */
export function idsCreatedByOthers({ name, results }: AppliedPlan, runs: readonly AppliedPlan[]): ReadonlySet<string> {
  if (results === undefined) return new Set();
  const created = runs
    .filter((run) => run.name !== name)
    .flatMap((run) => idsOf(run, (effective) => (effective.result?.already_done ? undefined : createdId(effective))));
  return new Set(created.map(([, id]) => id));
}

/** Omits the contacts and accounts that a run created and that an earlier undo of the run deleted. */
export function withoutDeletedCreations(run: RunChanges, earlierUndos: readonly AppliedPlan[] = []): RunChanges {
  const deletions = earlierUndos.flatMap((undo) =>
    idsOf(undo, (effective) => (effective.result?.status === "applied" ? deletedId(effective) : undefined)),
  );
  const deletedIds = new Set(deletions.map(([, id]) => id));
  const exists = ({ kind, id = "" }: ContactChanges | AccountChanges) => kind !== "created" || !deletedIds.has(id);
  return { ...run, contacts: run.contacts.filter(exists), accounts: run.accounts.filter(exists) };
}

/** Returns the address and the ID of each resource for which `idOf` returns an ID. */
function idsOf(applied: AppliedPlan, idOf: (effective: EffectiveOperation) => string | undefined): Pair[] {
  return effectiveOperations(applied).flatMap((effective): Pair[] => {
    const id = idOf(effective);
    const [address] = effective.operation.subjects;
    return id === undefined || address === undefined ? [] : [[address, id]];
  });
}

function createdId({ operation: { kind }, result }: EffectiveOperation): string | undefined {
  if (kind === "create-contact") return result?.contact;
  if (kind === "create-account") return result?.account;
  return kind === "create-list" ? result?.list : undefined;
}

function deletedId({ operation }: { readonly operation: Operation }): string | undefined {
  if (operation.kind === "delete-contact") return operation.contact.id;
  if (operation.kind === "delete-account") return operation.account.id;
  return operation.kind === "delete-list" ? operation.list.id : undefined;
}
