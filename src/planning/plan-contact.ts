import type { ResolvedContact } from "../config/resolve-references.ts";
import { inSpellingOf } from "../matching/handle-spelling.ts";
import type { Match } from "../matching/match.ts";
import type { DeclaredList, DesiredContact, RemoteContact } from "../model/contact.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type ContactRef, contactAddress, listAddress, operationId } from "../model/plan.ts";
import { compareContact, describeDeleted, describeNew, NOTHING_KEPT } from "./compare.ts";
import {
  additionsOf,
  approvedContact,
  creationOf,
  hasUniqueName,
  removalsOf,
  updateOf,
  uploadOf,
} from "./contact-operations.ts";
import { planMerge } from "./plan-merge.ts";
import { entryOf, membershipsOf, type Planned, type PlanningContext } from "./planned-change.ts";

/** A list that the files declare, that a contact needs, and that Front lacks. */
export function planList(name: string, declared: readonly DeclaredList[]): Planned {
  const address = listAddress(name);
  const location = declared.find((list) => list.name === name)?.location;
  const id = operationId("create-list", address);
  const change = omitUndefined({
    address,
    type: "front_contact_list" as const,
    name,
    action: "create" as const,
    location,
    before: null,
    after: { name },
    differences: [{ attribute: "name" as const, after: name }],
    kept: NOTHING_KEPT,
    notes: [],
  });
  return {
    change,
    operations: [{ kind: "create-list", id, subjects: [address], dependsOn: [], name }],
    joins: [],
    leaves: [],
  };
}

/** Nothing when it is not clear who the contact is; that is an error elsewhere. */
export function planContact(wanted: ResolvedContact, identity: Match | undefined, context: PlanningContext): Planned[] {
  switch (identity?.kind) {
    case "no-match":
      return [planCreation(wanted, context)];
    case "match":
      return [planUpdate(inSpellingOf([identity.contact], wanted), identity.contact, context)];
    case "merge":
      return planMerge(inSpellingOf([identity.target, ...identity.others], wanted), identity, context);
    case "deletion":
      return [planDeletion(wanted.desired, identity.contact, context)];
    default:
      return [];
  }
}

function planCreation(wanted: ResolvedContact, { releaseOf }: PlanningContext): Planned {
  const { desired, lists = [] } = wanted;
  const create = creationOf(wanted, releaseOf);
  const contact: ContactRef = { createdAs: contactAddress(desired.key) };
  const upload = desired.avatar && uploadOf(desired, desired.avatar, contact, [create.id]);
  return {
    change: { ...entryOf(desired), action: "create", ...describeNew(wanted), notes: [] },
    operations: upload === undefined ? [create] : [create, upload],
    joins: lists.filter((list) => !hasUniqueName(list)).map((list) => ({ list, contact, dependsOn: [create.id] })),
    leaves: [],
  };
}

function planUpdate(wanted: ResolvedContact, contact: RemoteContact, context: PlanningContext): Planned {
  const { desired } = wanted;
  const leaving = context.moves.leaving(contact.id);
  const comparison = compareContact(wanted, contact, { samePicture: context.samePictures.has(contact.id), leaving });
  const { differences } = comparison;
  const newPicture = differences.some(({ attribute }) => attribute === "avatar");
  const additions = additionsOf(desired, contact, differences, context.releaseOf);
  const operations = [
    updateOf(wanted, contact, differences),
    ...additions,
    desired.avatar && newPicture ? uploadOf(desired, desired.avatar, { id: contact.id }, []) : undefined,
    ...removalsOf(desired, contact, differences, { leaving, additions }),
  ];
  return {
    change: { ...entryOf(desired), action: "update", id: contact.id, ...comparison, notes: [] },
    operations: operations.filter((operation) => operation !== undefined),
    ...membershipsOf(wanted, contact),
  };
}

function planDeletion(desired: DesiredContact, contact: RemoteContact, { conversations }: PlanningContext): Planned {
  const address = contactAddress(desired.key);
  const count = conversations.get(contact.id);
  return {
    change: {
      ...entryOf(desired),
      action: "delete",
      id: contact.id,
      ...describeDeleted(contact),
      notes: count === undefined ? [] : [`it has ${count}`],
    },
    operations: [
      {
        kind: "delete-contact",
        id: operationId("delete-contact", address),
        subjects: [address],
        dependsOn: [],
        contact: approvedContact(contact),
      },
    ],
    joins: [],
    leaves: [],
  };
}
