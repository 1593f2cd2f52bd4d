import { clearedFields, compareContact, compareDeletedContact, compareMerged } from "../comparing/compare.ts";
import type { ComparisonContext } from "../comparing/in-sync.ts";
import type { ResolvedContact } from "../config/resolve-references.ts";
import type { Match } from "../matching/match-contacts.ts";
import { contactAddress, undeclaredAddress } from "../model/address.ts";
import type { Change, Difference } from "../model/change.ts";
import { handleKey, type RemoteContact } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { omitUndefined, unlessEmpty } from "../model/omit-undefined.ts";
import type { Operation } from "../model/plan.ts";
import { removalsBeforeMerge } from "./handle-moves.ts";
import { type LostValue, lostByMerge, mergeSources, previewMerge } from "./merge-preview.ts";
import {
  addHandles,
  approvedContact,
  fieldChange,
  identifyingHandles,
  operationOn,
  removeHandles,
  uploadAvatar,
} from "./operations.ts";
import { membershipsOf, type PlanContext, type PlannedResource, updateOf } from "./planned-resource.ts";

export function planMerge(
  resolved: ResolvedContact,
  { target, others }: Extract<Match, { kind: "merge" }>,
  context: PlanContext,
): PlannedResource[] {
  const { desired } = resolved;
  const { moves } = context;
  const sources = mergeSources(others, moves.handlesMovingFrom);
  const merged = previewMerge(target, sources);
  const comparisonContext: ComparisonContext = {
    movingHandles: moves.handlesMovingFrom(target.id),
    hasDeclaredAvatar: willHaveDeclaredAvatar([target, ...others], context.contactsWithDeclaredAvatar),
  };
  const comparison = compareMerged(resolved, { target, merged }, comparisonContext);
  const merge = mergeContacts(resolved, target, sources, removalsBeforeMerge(moves, others));
  const mergeNote = `${others.map(({ id }) => id).join(", ")} ${others.length === 1 ? "is" : "are"} merged into this contact`;
  const lostValues = lostByMerge(target, resolved, merged, context.fields).filter(({ isManaged }) => !isManaged);
  const removedValues = removedAfterMerge(resolved, target, merged, comparisonContext);
  const notes = [mergeNote, ...lostNote(lostValues), ...removedNote(removedValues)];
  const change = updateOf(desired, target, comparison, notes);
  const plannedTarget: PlannedResource = {
    change: { ...change, ...lostInMerge([...lostValues.map(({ difference }) => difference), ...removedValues]) },
    operations: [merge, ...updateMerged(resolved, merged, merge.id, { moves, ...comparisonContext })],
    ...membershipsOf(resolved, merged, [merge.id]),
  };
  return [plannedTarget, ...others.map((other) => planMerged(other, resolved, merged, context))];
}

function lostNote(lostValues: readonly LostValue[]): string[] {
  const descriptions = lostValues.map(({ description }) => description).join(", ");
  return lostValues.length === 0 ? [] : [`probably lost in the merge: ${descriptions}`];
}

function lostInMerge(values: readonly Difference[]): Pick<Change, "lostInMerge"> {
  return values.length === 0 ? {} : { lostInMerge: values };
}

/** Returns the handles, links and lists that the target gets in the merge and that the plan then removes. */
function removedAfterMerge(
  resolved: ResolvedContact,
  target: RemoteContact,
  merged: RemoteContact,
  { movingHandles }: ComparisonContext,
): Difference[] {
  const { differences } = compareContact(resolved, merged, { hasDeclaredAvatar: true, movingHandles });
  const targetKeys = new Set([...target.handles.map<string>(handleKey), ...target.links.map(normalText)]);
  const isHandleOrLink = ({ attribute }: Difference) => attribute === "handles" || attribute === "links";
  const removedValues = differences.filter(
    (difference) =>
      isHandleOrLink(difference) && difference.after === undefined && !targetKeys.has(difference.key ?? ""),
  );
  const targetIds = new Set<string | undefined>(target.lists.map(({ id }) => id));
  const { listRemovals = [] } = membershipsOf(resolved, merged);
  const lists = listRemovals.map(({ list }) => list).filter(({ id }) => !targetIds.has(id));
  return [...removedValues, ...lists.map(({ name }) => ({ attribute: "lists" as const, key: name, before: name }))];
}

function removedNote(removedValues: readonly Difference[]): string[] {
  const descriptions = removedValues.map(({ attribute, key = "" }) =>
    attribute === "handles" ? key.replace(":", " ") : `${attribute === "links" ? "link" : "list"} ${key}`,
  );
  return descriptions.length === 0 ? [] : [`removed again after the merge: ${descriptions.sort().join(", ")}`];
}

function mergeContacts(
  { desired }: ResolvedContact,
  target: RemoteContact,
  others: readonly RemoteContact[],
  dependsOn: readonly string[],
): Operation {
  const address = contactAddress(desired.key);
  return {
    ...operationOn("merge-contacts", address, { dependsOn }),
    subjects: [address, ...others.map(({ id }) => undeclaredAddress(id))],
    target: approvedContact(target),
    others: others.map(approvedContact),
  };
}

/**
 * Returns whether the result of a merge certainly has the declared avatar. Front chooses one of the avatars, so all
 * contacts with an avatar must have the declared one.
 */
function willHaveDeclaredAvatar(
  contacts: readonly RemoteContact[],
  contactsWithDeclaredAvatar: ReadonlySet<string>,
): boolean {
  const withPicture = contacts.filter(({ avatarUrl }) => avatarUrl !== undefined);
  return withPicture.length > 0 && withPicture.every(({ id }) => contactsWithDeclaredAvatar.has(id));
}

function updateMerged(
  resolved: ResolvedContact,
  merged: RemoteContact,
  mergeId: string,
  { moves, movingHandles, hasDeclaredAvatar }: ComparisonContext & Pick<PlanContext, "moves">,
): Operation[] {
  const { desired } = resolved;
  const { differences } = compareContact(resolved, merged, { hasDeclaredAvatar, movingHandles });
  const additions = addHandles(desired, merged, differences, moves);
  const operations = [
    setManaged(resolved, merged, differences),
    ...additions,
    desired.avatar && !hasDeclaredAvatar ? uploadAvatar(desired, desired.avatar, { id: merged.id }, []) : undefined,
    ...removeHandles(desired, merged, differences, { movingHandles, additions }),
  ].filter((operation) => operation !== undefined);
  return operations.map((operation) => ({ ...operation, dependsOn: [mergeId, ...operation.dependsOn] }));
}

/**
 * Returns the operation that sets all managed values that a single PATCH can set. The apply skips values that are
 * already correct after the merge.
 */
function setManaged(
  resolved: ResolvedContact,
  merged: RemoteContact,
  differences: readonly Difference[],
): Operation | undefined {
  const { desired, customFields } = resolved;
  const { name, description, links } = desired;
  if (name === undefined && description === undefined && links === undefined && customFields === undefined) {
    return undefined;
  }
  const cleared = clearedFields(resolved, merged);
  const declaredFields = new Set(desired.customFields?.map((field) => field.name));
  // For a field that was removed from the entry since the base, `before` is the value that the merge is expected to
  // result in. Apply clears the field only if it has this value after the merge.
  return omitUndefined({
    ...operationOn("update-contact", contactAddress(desired.key)),
    contact: { id: merged.id },
    handles: identifyingHandles(desired),
    before: {},
    afterMerge: true as const,
    name,
    description,
    addLinks: links,
    removeLinks: unlessEmpty(
      differences.flatMap(({ attribute, before, after }) =>
        attribute === "links" && after === undefined ? (before ?? []) : [],
      ),
    ),
    customFields: customFields && [
      ...customFields.map((field) => fieldChange(field, declaredFields.has(field.name) ? undefined : merged)),
      ...cleared.map((field) => fieldChange(field)),
    ],
  });
}

/** The merge deletes the contact, so its change is a deletion. */
function planMerged(
  other: RemoteContact,
  resolved: ResolvedContact,
  merged: RemoteContact,
  context: PlanContext,
): PlannedResource {
  const { desired } = resolved;
  const lostValues = lostByMerge(other, resolved, merged, context.fields);
  const change: Change = {
    address: undeclaredAddress(other.id),
    type: "front_contact",
    name: other.id,
    action: "delete",
    location: desired.location,
    id: other.id,
    ...compareDeletedContact(other, context.fields),
    notes: [
      `merged into ${contactAddress(desired.key)}, together with its handles, links, lists and notes`,
      ...lostNote(lostValues),
    ],
    ...lostInMerge(lostValues.map(({ difference }) => difference)),
  };
  return { change, operations: [] };
}
