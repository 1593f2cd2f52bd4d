import { compareContact, compareDeletedContact, compareInSync, compareNewContact } from "../comparing/compare.ts";
import { type ComparisonContext, isCertainlyInSync } from "../comparing/in-sync.ts";
import type { ResolvedContact } from "../config/resolve-references.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { reasonOfDeletion } from "../matching/removed-rows.ts";
import { contactAddress } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import { omitUndefined, unlessEmpty } from "../model/omit-undefined.ts";
import type { ContactRef, Operation } from "../model/plan.ts";
import { accountIdsOf } from "./account-links.ts";
import {
  addHandles,
  approvedContact,
  canBeNamed,
  createContact,
  operationOn,
  removeHandles,
  updateContact,
  uploadAvatar,
} from "./operations.ts";
import { planMerge } from "./plan-merge.ts";
import { membershipsOf, type PlanContext, type PlannedResource, resourceOf, updateOf } from "./planned-resource.ts";

export interface MatchedContact extends MatchedEntry {
  readonly match: Extract<MatchedEntry["match"], { readonly kind: "match" }>;
}

/** Returns an empty array if the contact to delete does not exist, or if matching reported an error. */
export function planContact({ match, resolved }: MatchedEntry, context: PlanContext): PlannedResource[] {
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

/** Returns the change, without differences, of a contact for which `isContactUnchanged` returned true. */
export function unchangedContact(resolved: ResolvedContact, contact: RemoteContact, context: PlanContext): Change {
  // Without object spread, the peak memory of a plan of 10,000 contacts is about 15 MB lower.
  const { before, after, differences, kept } = compareInSync(resolved, contact, comparisonContext(contact, context));
  const { address, type, name, location } = resourceOf(resolved.desired);
  const { id } = contact;
  return { address, type, name, location, action: "update", id, before, after, differences, kept, notes: [] };
}

/**
 * Returns true only if planning the entry would result in no operations. May return false for an unchanged contact.
 */
export function isContactUnchanged(entry: MatchedEntry, context: PlanContext): entry is MatchedContact {
  const { match, resolved } = entry;
  return (
    match.kind === "match" && isCertainlyInSync(resolved, match.contact, comparisonContext(match.contact, context))
  );
}

function comparisonContext(
  { id }: RemoteContact,
  { contactsWithDeclaredAvatar, moves }: PlanContext,
): ComparisonContext {
  return { hasDeclaredAvatar: contactsWithDeclaredAvatar.has(id), movingHandles: moves.handlesMovingFrom(id) };
}

function planCreation(resolved: ResolvedContact, { moves }: PlanContext): PlannedResource {
  const { desired, lists = [] } = resolved;
  const create = createContact(resolved, moves);
  const contact: ContactRef = { createdAs: contactAddress(desired.key) };
  const upload = desired.avatar && uploadAvatar(desired, desired.avatar, contact, [create.id]);
  return {
    change: { ...resourceOf(desired), action: "create", ...compareNewContact(resolved), notes: [] },
    operations: upload === undefined ? [create] : [create, upload],
    listAdditions: lists.filter((list) => !canBeNamed(list)).map((list) => ({ list, contact, dependsOn: [create.id] })),
  };
}

function planUpdate(resolved: ResolvedContact, contact: RemoteContact, context: PlanContext): PlannedResource {
  const { desired } = resolved;
  const { hasDeclaredAvatar, movingHandles } = comparisonContext(contact, context);
  const comparison = compareContact(resolved, contact, { hasDeclaredAvatar, movingHandles });
  const { differences } = comparison;
  const changesAvatar = differences.some(({ attribute }) => attribute === "avatar");
  const additions = addHandles(desired, contact, differences, context.moves);
  const operations = [
    updateContact(resolved, contact, differences),
    ...additions,
    desired.avatar && changesAvatar ? uploadAvatar(desired, desired.avatar, { id: contact.id }, []) : undefined,
    ...removeHandles(desired, contact, differences, { movingHandles, additions }),
  ];
  return {
    change: updateOf(desired, contact, comparison),
    operations: operations.filter((operation) => operation !== undefined),
    ...membershipsOf(resolved, contact),
  };
}

function planDeletion(desired: DesiredContact, contact: RemoteContact, context: PlanContext): PlannedResource {
  const resource = resourceOf(desired);
  const count = context.conversations.get(contact.id);
  const reason = reasonOfDeletion(desired);
  const notes = [...(reason === undefined ? [] : [reason]), ...(count === undefined ? [] : [`it has ${count}`])];
  const operation: Operation = omitUndefined({
    ...operationOn("delete-contact", resource.address),
    contact: approvedContact(contact),
    lists: unlessEmpty(contact.lists.map(({ id, name }) => ({ id, name }))),
    accounts: accountIdsOf(contact, context),
  });
  const comparison = compareDeletedContact(contact, context.fields);
  return {
    change: { ...resource, action: "delete", id: contact.id, ...comparison, notes },
    operations: [operation],
  };
}
