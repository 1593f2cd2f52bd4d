import { compareStates } from "../comparing/compare.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { listAddress } from "../model/address.ts";
import type { Change, Member, Origin } from "../model/change.ts";
import type { DeclaredList, DesiredState, List, ListToDelete, RemoteContact } from "../model/contact.ts";
import { type Diagnostic, type SourceLocation, warningAt } from "../model/diagnostic.ts";
import { omitUndefined, unlessEmpty } from "../model/omit-undefined.ts";
import { existingIds, type Operation, operationId } from "../model/plan.ts";
import type { ListMembers, RemoteState } from "../reading/remote-state.ts";
import { withOrigin } from "./base-origins.ts";
import { batchesOf, operationOn } from "./operations.ts";
import type { PlannedResource } from "./planned-resource.ts";

/** Plans the creation of lists that a contact needs, and of deleted lists to restore. */
export function planCreatedLists(
  { lists }: DesiredState,
  { references }: RemoteState,
  entries: readonly MatchedEntry[],
): readonly PlannedResource[] {
  const needed = new Set([
    ...entries.flatMap(({ resolved }) => (resolved.lists ?? []).map(({ name }) => name)),
    ...lists.filter(({ isRestored }) => isRestored).map(({ name }) => name),
  ]);
  const declared = new Map(lists.map((list) => [list.name, list]));
  const missingLists = references.missingLists.filter((name) => needed.has(name));
  return missingLists.map((name) => planListCreation(name, declared.get(name) ?? {}));
}

/**
 * Plans the deletion of lists. Does not delete a list with a contact that cannot be decoded, because the plan could not
 * show this contact.
 */
export function planDeletedLists(
  { absentLists = [] }: DesiredState,
  { lists, listMembers, references }: RemoteState,
  operations: readonly Operation[],
): { readonly planned: readonly PlannedResource[]; readonly diagnostics: readonly Diagnostic[] } {
  const listsToDelete = references.managedLists.filter(({ declared: { ensure } }) => ensure === "absent");
  const hasUndecodable = ({ list }: (typeof listsToDelete)[number]) =>
    (listMembers.get(list.id)?.undecodable.length ?? 0) > 0;
  const deletable = listsToDelete.filter((list) => !hasUndecodable(list));
  const deletions = deletable.map(({ list: { id, name }, declared: { location, team } }) =>
    planListDeletion(omitUndefined({ id, name, location, team }), operations, listMembers.get(id)),
  );
  const listIds = new Set(lists.map(({ id }) => id));
  const existingAbsentLists = absentLists.filter(({ id }) => listIds.has(id));
  return {
    planned: [...deletions, ...existingAbsentLists.map((list) => planListDeletion(list, operations))],
    diagnostics: listsToDelete
      .filter(hasUndecodable)
      .map(({ list, declared: { location } }) => warnListNotDeleted(list, location)),
  };
}

function planListCreation(name: string, { team, location }: Partial<DeclaredList>): PlannedResource {
  const address = listAddress(name);
  const change: Change = omitUndefined({
    address,
    type: "front_contact_list" as const,
    name,
    action: "create" as const,
    location,
    ...compareStates(null, { name }),
    notes: team === undefined ? [] : [`it is created in the workspace ${team}`],
  });
  const create: Operation = omitUndefined({ ...operationOn("create-list", address), name, team });
  return { change, operations: [create] };
}

export interface MemberRemoval {
  readonly contact: RemoteContact;
  readonly dependsOn: readonly string[];
  /** Set only in a plan with a base. */
  readonly origin?: Origin | undefined;
}

interface PlannedList {
  readonly list: List;
  readonly location: SourceLocation;
  readonly removals: readonly MemberRemoval[];
  readonly notes: readonly string[];
}

export function planMemberRemovals({ list, location, removals, notes }: PlannedList): PlannedResource {
  const { id, name } = list;
  const address = listAddress(name);
  const before = { name, members: removals.map(({ contact }) => memberOf(contact)) };
  const comparison = compareStates(before, { name, members: [] });
  const origins = new Map(removals.map(({ contact, origin }) => [contact.id, origin]));
  const change: Change = {
    address,
    type: "front_contact_list",
    name,
    action: "update",
    id,
    location,
    ...comparison,
    differences: comparison.differences.map((difference) => {
      const origin = origins.get(difference.key ?? "");
      return origin === undefined ? difference : withOrigin(difference, origin);
    }),
    notes,
  };
  // An operation on several contacts has one subject for each of them.
  const members = removals.map(({ contact, dependsOn }) => ({ address, contact: { id: contact.id }, dependsOn }));
  const operations = batchesOf(members).map(({ number, contacts, ...batch }): Operation => {
    const id = operationId("remove-from-list", address, `members ${number}`);
    return { kind: "remove-from-list", id, ...batch, list: { id: list.id, name }, contacts };
  });
  return { change, operations };
}

export function memberOf({ id, name, handles }: RemoteContact): Member {
  return { id, name: name ?? null, handles: handles.map(({ source, handle }) => ({ source, handle })) };
}

/**
 * Plans to delete a list after the operations that remove contacts from it. Contacts in `members` that no operation
 * removes may be on the list when it is deleted. If there are no such contacts, the list is deleted only if it is
 * empty.
 */
function planListDeletion(
  list: ListToDelete & { readonly location?: SourceLocation },
  operations: readonly Operation[],
  members?: ListMembers,
): PlannedResource {
  const { id, name, location, team } = list;
  const address = listAddress(name);
  const removals = operations.filter(
    (operation) =>
      operation.kind === "delete-contact" || (operation.kind === "remove-from-list" && operation.list.id === id),
  );
  const removedIds = new Set(removals.flatMap(removedContactIds));
  const remaining = (members?.contacts ?? []).filter((contact) => !removedIds.has(contact.id));
  const before = omitUndefined({ name, members: unlessEmpty(remaining.map(memberOf)) });
  const change: Change = omitUndefined({
    address,
    type: "front_contact_list" as const,
    name,
    action: "delete" as const,
    id,
    location,
    ...compareStates(before, null),
    notes: [remaining.length === 0 ? "it is deleted only if it is empty" : "the contacts on it are not deleted"],
  });
  const approved = [...(members?.contacts ?? []).map((contact) => contact.id), ...mergeTargets(members, operations)];
  const operation: Operation = omitUndefined({
    ...operationOn("delete-list", address, { dependsOn: removals.map((removal) => removal.id) }),
    list: { name, id },
    members: remaining.length === 0 ? undefined : [...new Set(approved)],
    team,
  });
  return { change, operations: [operation] };
}

function warnListNotDeleted({ name }: List, location: SourceLocation): Diagnostic {
  const summary = `The list "${name}" is not deleted, because a contact on it cannot be decoded`;
  const advice = "In Front, correct the contact or remove it from the list. Then create a new plan.";
  return warningAt(location, "list-members-kept", summary, advice);
}

function removedContactIds(operation: Operation): readonly string[] {
  if (operation.kind === "delete-contact") return [operation.contact.id];
  if (operation.kind !== "remove-from-list") return [];
  return existingIds(operation.contacts);
}

/** Returns the IDs of contacts into which a contact on the list is merged. A merge adds the target to the list. */
function mergeTargets(members: ListMembers | undefined, operations: readonly Operation[]): readonly string[] {
  const ids = new Set(members?.contacts.map(({ id }) => id));
  return operations.flatMap((operation) =>
    operation.kind === "merge-contacts" && operation.others.some(({ id }) => ids.has(id)) ? [operation.target.id] : [],
  );
}
