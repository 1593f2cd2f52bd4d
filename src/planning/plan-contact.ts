import type { ResolvedContact } from "../config/resolve-references.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { contactAddress, listAddress } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { AbsentList, DeclaredList, DesiredContact, RemoteContact } from "../model/contact.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type ContactRef, type Operation, operationId } from "../model/plan.ts";
import { compareContact, describeDeleted, describeNew, NOTHING_KEPT } from "./compare.ts";
import {
  addHandles,
  approvedContact,
  createContact,
  hasUniqueName,
  removeHandles,
  updateContact,
  uploadAvatar,
} from "./operations.ts";
import { planMerge } from "./plan-merge.ts";
import { entryOf, membershipsOf, type PlanContext, type PlannedContact } from "./planned-contact.ts";

/** Plans an entry. Returns nothing for an entry without a clear match, which is reported as an error elsewhere. */
export function planContact({ match, resolved }: MatchedEntry, context: PlanContext): PlannedContact[] {
  switch (match.kind) {
    case "no-match":
      return [planCreation(resolved, context)];
    case "match":
      return [planUpdate(resolved, match.contact, context)];
    case "merge":
      return planMerge(resolved, match, context);
    case "deletion":
      return [planDeletion(resolved.desired, match.contact, context)];
    default:
      return [];
  }
}

/** Plans a declared list that an entry needs and Front lacks. */
export function planList(name: string, declared: readonly DeclaredList[]): PlannedContact {
  const address = listAddress(name);
  const id = operationId("create-list", address);
  const change = omitUndefined({
    address,
    type: "front_contact_list" as const,
    name,
    action: "create" as const,
    location: declared.find((list) => list.name === name)?.location,
    before: null,
    after: { name },
    differences: [{ attribute: "name" as const, after: name }],
    kept: NOTHING_KEPT,
    notes: [],
  });
  const create: Operation = { kind: "create-list", id, subjects: [address], dependsOn: [], name };
  return { change, operations: [create], joins: [], leaves: [] };
}

/** Plans the deletion of a list, after everything that takes contacts off it. */
export function planListDeletion(list: AbsentList, others: readonly Operation[]): PlannedContact {
  const { id, name } = list;
  const address = listAddress(name);
  const emptying = others.filter(
    (each) => each.kind === "delete-contact" || (each.kind === "remove-from-list" && each.list.id === id),
  );
  const change: Change = {
    ...{ address, type: "front_contact_list", name, action: "delete", before: { name }, after: null },
    ...{
      differences: [{ attribute: "name", before: name }],
      kept: NOTHING_KEPT,
      notes: ["it is deleted only if it is empty"],
    },
  };
  const operation: Operation = {
    ...{ kind: "delete-list", id: operationId("delete-list", address), subjects: [address] },
    ...{ dependsOn: emptying.map((each) => each.id), list: { name, id } },
  };
  return { change, operations: [operation], joins: [], leaves: [] };
}

function planCreation(resolved: ResolvedContact, { moves }: PlanContext): PlannedContact {
  const { desired, lists = [] } = resolved;
  const create = createContact(resolved, moves);
  const contact: ContactRef = { createdAs: contactAddress(desired.key) };
  const upload = desired.avatar && uploadAvatar(desired, desired.avatar, contact, [create.id]);
  return {
    change: { ...entryOf(desired), action: "create", ...describeNew(resolved), notes: [] },
    operations: upload === undefined ? [create] : [create, upload],
    joins: lists.filter((list) => !hasUniqueName(list)).map((list) => ({ list, contact, dependsOn: [create.id] })),
    leaves: [],
  };
}

function planUpdate(resolved: ResolvedContact, contact: RemoteContact, context: PlanContext): PlannedContact {
  const { desired } = resolved;
  const leaving = context.moves.leaving(contact.id);
  const comparison = compareContact(resolved, contact, { samePicture: context.samePictures.has(contact.id), leaving });
  const { differences } = comparison;
  const isNewPicture = differences.some(({ attribute }) => attribute === "avatar");
  const additions = addHandles(desired, contact, differences, context.moves);
  const operations = [
    updateContact(resolved, contact, differences),
    ...additions,
    desired.avatar && isNewPicture ? uploadAvatar(desired, desired.avatar, { id: contact.id }, []) : undefined,
    ...removeHandles(desired, contact, differences, { leaving, additions }),
  ];
  return {
    change: { ...entryOf(desired), action: "update", id: contact.id, ...comparison, notes: [] },
    operations: operations.filter((operation) => operation !== undefined),
    ...membershipsOf(resolved, contact),
  };
}

function planDeletion(desired: DesiredContact, contact: RemoteContact, { conversations }: PlanContext): PlannedContact {
  const entry = entryOf(desired);
  const count = conversations.get(contact.id);
  const notes = count === undefined ? [] : [`it has ${count}`];
  const operation: Operation = {
    kind: "delete-contact",
    id: operationId("delete-contact", entry.address),
    subjects: [entry.address],
    dependsOn: [],
    contact: approvedContact(contact),
  };
  const change: Change = { ...entry, action: "delete", id: contact.id, ...describeDeleted(contact), notes };
  return { change, operations: [operation], joins: [], leaves: [] };
}
