import { isListAddress } from "../model/address.ts";
import type { Change, Member } from "../model/change.ts";
import { contactName, handleKey, type RemoteContact } from "../model/contact.ts";
import type { Refusal } from "../model/diagnostic.ts";
import type { Operation, Plan } from "../model/plan.ts";
import { changedSincePlan } from "./messages.ts";

/**
 * Returns a plan computed now that removes only reviewed contacts from lists, because other people may have put the
 * others on them since. A contact with a new handle stays too, because an entry may declare it.
 */
export function withReviewedMembers(now: Plan, reviewed: Plan): Plan {
  const members = reviewedMembers(reviewed);
  const stays = (list: string, { id, handles }: Member) => {
    const known = members.get(list)?.get(id);
    return known === undefined || hasNewHandle(known, { handles });
  };
  const changes = now.changes.flatMap((change) => withoutMembers(change, (member) => stays(change.address, member)));
  const left = reviewedMembers({ changes });
  return {
    ...now,
    changes,
    operations: now.operations.flatMap((operation) =>
      isListRemoval(operation) ? onlyMembers(operation, left.get(operation.subjects[0] ?? "")) : [operation],
    ),
  };
}

/** Refuses lists from which a contact would be removed that has a new handle now. */
export function refuseChangedMembers(plan: Plan, changed: ReadonlyMap<string, RemoteContact>): Refusal[] {
  return plan.changes.flatMap((change) => {
    const leaving = leavingMembers(change).filter((member) => {
      const now = changed.get(member.id);
      return now !== undefined && hasNewHandle(member, now);
    });
    if (leaving.length === 0) return [];
    return [
      changedSincePlan(
        change,
        leaving.map(({ id, name }) => contactName({ id, name: name ?? undefined })),
      ),
    ];
  });
}

/** Returns the ids of the contacts that changes of lists remove from them. */
export function leavingIds({ changes }: Pick<Plan, "changes">): ReadonlySet<string> {
  return new Set(changes.flatMap(leavingMembers).map(({ id }) => id));
}

/** Returns whether an operation removes contacts from a list because the list itself changes. */
export function isListRemoval(operation: Operation): operation is Extract<Operation, { kind: "remove-from-list" }> {
  return operation.kind === "remove-from-list" && operation.subjects.some(isListAddress);
}

function leavingMembers({ type, action, before }: Change): readonly Member[] {
  return type === "front_contact_list" && action === "update" ? (before.members ?? []) : [];
}

/** Returns the reviewed members, by the address of the list and the id of the contact. */
function reviewedMembers({ changes }: Pick<Plan, "changes">): ReadonlyMap<string, ReadonlyMap<string, Member>> {
  return new Map(
    changes.map((change) => [change.address, new Map(leavingMembers(change).map((member) => [member.id, member]))]),
  );
}

function hasNewHandle(known: Pick<Member, "handles">, now: Pick<Member, "handles">): boolean {
  const keys = new Set(known.handles.map(handleKey));
  return now.handles.some((handle) => !keys.has(handleKey(handle)));
}

/** Returns the change of a list without the members that stay; nothing if all of them stay. */
function withoutMembers(change: Change, stays: (member: Member) => boolean): Change[] {
  if (change.type !== "front_contact_list" || change.action !== "update") return [change];
  const members = leavingMembers(change).filter((member) => !stays(member));
  if (members.length === 0) return [];
  const ids = new Set(members.map(({ id }) => id));
  const differences = change.differences.filter(({ attribute, key = "" }) => attribute !== "members" || ids.has(key));
  return [{ ...change, before: { ...change.before, members }, differences }];
}

function onlyMembers(
  operation: Extract<Operation, { kind: "remove-from-list" }>,
  members: Pick<ReadonlyMap<string, Member>, "has"> = new Map(),
): Operation[] {
  const contacts = operation.contacts.filter((contact) => "id" in contact && members.has(contact.id));
  const [subject = ""] = operation.subjects;
  return contacts.length === 0 ? [] : [{ ...operation, contacts, subjects: contacts.map(() => subject) }];
}
