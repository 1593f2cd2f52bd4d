import { NO_UNMANAGED_VALUES } from "../comparing/compare.ts";
import { undeclaredAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { Change } from "../model/change.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Operation } from "../model/plan.ts";

/** Returns a change for each contact that the given change of a list removes from the list. */
export function memberChanges({ type, name: list, location, differences }: Change): Change[] {
  if (type !== "front_contact_list") return [];
  return differences.flatMap((difference): Change[] => {
    if (difference.attribute !== "members" || difference.before === undefined) return [];
    const { origin, before } = difference;
    const { id, name, handles } = before;
    const contact = { name, handles };
    return [
      omitUndefined({
        address: undeclaredAddress(id),
        type: "front_contact" as const,
        name: id,
        id,
        location,
        action: "update" as const,
        before: { ...contact, lists: [list] },
        after: { ...contact, lists: [] },
        differences: [omitUndefined({ attribute: "lists" as const, key: list, before: list, origin })],
        kept: NO_UNMANAGED_VALUES,
        notes: [],
      }),
    ];
  });
}

/**
 * Corrects the number of unmanaged lists in the changes of contacts. A list does not count as unmanaged if the plan
 * deletes it, or removes the contact from it. The removal of a merged contact from a list counts for the target of the
 * merge.
 */
export function omitLostListsFromCounts(changes: readonly Change[], operations: readonly Operation[]): Change[] {
  const targetIds = new Map(
    operations.flatMap((operation) =>
      operation.kind === "merge-contacts" ? operation.others.map(({ id }) => [id, operation.target.id] as const) : [],
    ),
  );
  const lostCounts = new Map<string, number>();
  for (const list of changes) {
    const contactIds = new Set(memberChanges(list).map(({ id = "" }) => targetIds.get(id) ?? id));
    for (const id of contactIds) lostCounts.set(id, (lostCounts.get(id) ?? 0) + 1);
  }
  return changes.map((change) => {
    const { type, id = "", kept } = change;
    const lostCount = type === "front_contact" ? (lostCounts.get(id) ?? 0) : 0;
    return lostCount === 0 ? change : { ...change, kept: { ...kept, lists: Math.max(0, kept.lists - lostCount) } };
  });
}

/**
 * Returns the labels of the lists from which the given changes of lists remove contacts, by the ID of the contact.
 * Includes lists that are deleted.
 */
export function labelsOfLostLists(changes: readonly Change[]): ReadonlyMap<string, readonly string[]> {
  const labelsById = new Map<string, string[]>();
  for (const list of changes) {
    for (const { id = "" } of memberChanges(list)) {
      for (const label of labelsOf(list)) append(labelsById, id, label);
    }
  }
  return labelsById;
}

/**
 * Returns a function that omits certain lists from the change of a contact: a merge would add the contact to these
 * lists, but the plan then deletes them or removes the contact from them.
 */
export function omitListsRemovedAfterMerge(lists: readonly Change[]): (change: Change) => Change {
  const deletedLabels = lists.filter(({ action }) => action === "delete").flatMap(labelsOf);
  const lostLabelsById = labelsOfLostLists(lists);
  return (change) => {
    if (change.type !== "front_contact" || change.after === null) return change;
    const labels = new Set<string | undefined>([...deletedLabels, ...(lostLabelsById.get(change.id ?? "") ?? [])]);
    const differences = change.differences.filter(
      ({ attribute, key, before }) => attribute !== "lists" || before !== undefined || !labels.has(key),
    );
    if (differences.length === change.differences.length) return change;
    // Lists that the contact is already on must stay, because the differences must match the values.
    const currentLabels = new Set(change.before?.lists);
    const lists = change.after.lists?.filter((label) => currentLabels.has(label) || !labels.has(label));
    const after = { ...change.after, lists };
    return { ...change, differences, after: omitUndefined(after) } as Change;
  };
}

/** Returns the possible labels of a list: its name, or its name and ID if several lists share the name. */
function labelsOf({ name, id }: Change): string[] {
  return [name, `${name} (${id})`];
}
