import { isListAddress } from "../model/address.ts";
import type { Change, Member } from "../model/change.ts";
import { contactName, handleKey, type RemoteContact } from "../model/contact.ts";
import type { Refusal } from "../model/diagnostic.ts";
import type { Operation, OperationOf, Plan } from "../model/plan.ts";
import { changedSincePlan } from "./messages.ts";

/**
 * Returns the current plan without unreviewed removals of contacts from lists with exact members. Someone may have
 * added these contacts to the lists after the review. A contact with a new handle also stays on its list, because an
 * entry may declare the handle.
 */
export function withReviewedMembers(current: Plan, reviewed: Plan): Plan {
  const reviewedMembers = membersByList(reviewed);
  const stays = (list: string, member: Member) => {
    const reviewedMember = reviewedMembers.get(list)?.get(member.id);
    return reviewedMember === undefined || hasNewHandle(reviewedMember, member);
  };
  const changes = current.changes.flatMap((change) =>
    withoutMembers(change, (member) => stays(change.address, member)),
  );
  const members = membersByList({ changes });
  return {
    ...current,
    changes,
    operations: current.operations.flatMap((operation) =>
      removesMembersOfList(operation)
        ? limitToMembers(operation, members.get(operation.subjects[0] ?? ""))
        : [operation],
    ),
  };
}

/**
 * Returns a refusal for each list from which the plan removes a contact that received a new handle after the plan.
 * `changed` contains the contacts that changed after the plan, by ID.
 */
export function refusalsForChangedMembers(plan: Plan, changed: ReadonlyMap<string, RemoteContact>): Refusal[] {
  return plan.changes.flatMap((change) => {
    const members = removedMembers(change).flatMap((member) => {
      const current = changed.get(member.id);
      if (current === undefined || !hasNewHandle(member, current)) return [];
      return [{ label: contactName({ id: member.id, name: member.name ?? undefined }) }];
    });
    return members.length === 0 ? [] : [changedSincePlan(change, members)];
  });
}

/** Returns the IDs of the contacts that a plan removes from lists with exact members. */
export function removedMemberIds({ changes }: Pick<Plan, "changes">): ReadonlySet<string> {
  return new Set(changes.flatMap(removedMembers).map(({ id }) => id));
}

/**
 * Returns whether an operation removes contacts because their list has exact members, not because of their own entries.
 */
export function removesMembersOfList(operation: Operation): operation is OperationOf<"remove-from-list"> {
  return operation.kind === "remove-from-list" && operation.subjects.some(isListAddress);
}

function removedMembers({ type, action, before }: Change): readonly Member[] {
  return type === "front_contact_list" && action === "update" ? (before.members ?? []) : [];
}

/** Returns the members that are removed from each list, by the address of the list and the ID of the contact. */
function membersByList({ changes }: Pick<Plan, "changes">): ReadonlyMap<string, ReadonlyMap<string, Member>> {
  return new Map(
    changes.map((change) => [change.address, new Map(removedMembers(change).map((member) => [member.id, member]))]),
  );
}

function hasNewHandle(reviewed: Pick<Member, "handles">, current: Pick<Member, "handles">): boolean {
  const keys = new Set(reviewed.handles.map(handleKey));
  return current.handles.some((handle) => !keys.has(handleKey(handle)));
}

/** Returns a change without the removal of members that stay on the list; nothing if all members stay. */
function withoutMembers(change: Change, stays: (member: Member) => boolean): Change[] {
  if (change.type !== "front_contact_list" || change.action !== "update") return [change];
  const members = removedMembers(change).filter((member) => !stays(member));
  if (members.length === 0) return [];
  const ids = new Set(members.map(({ id }) => id));
  const differences = change.differences.filter(({ attribute, key = "" }) => attribute !== "members" || ids.has(key));
  return [{ ...change, before: { ...change.before, members }, differences }];
}

function limitToMembers(
  operation: OperationOf<"remove-from-list">,
  members: Pick<ReadonlyMap<string, Member>, "has"> = new Map(),
): Operation[] {
  const contacts = operation.contacts.filter((contact) => "id" in contact && members.has(contact.id));
  const [subject = ""] = operation.subjects;
  return contacts.length === 0 ? [] : [{ ...operation, contacts, subjects: contacts.map(() => subject) }];
}
