import { clearedFields, type FieldEntry } from "../comparing/compare.ts";
import type { ResolvedField } from "../config/resolve-fields.ts";
import type { ResolvedContact, ResolvedList } from "../config/resolve-references.ts";
import { BULK_SIZE } from "../front/constants.ts";
import { contactAddress, listAddress } from "../model/address.ts";
import type { Attributes, Difference } from "../model/change.ts";
import { type DesiredContact, type Handle, type HandleKey, handleKey, type RemoteContact } from "../model/contact.ts";
import { isEmptyField } from "../model/field-values.ts";
import { hashContactValues } from "../model/fingerprint.ts";
import { omitUndefined, unlessEmpty } from "../model/omit-undefined.ts";
import {
  type ApprovedContact,
  type ContactRef,
  type FieldChange,
  type Operation,
  type OperationKind,
  operationId,
} from "../model/plan.ts";
import type { HandleMoves } from "./handle-moves.ts";
import { handleRemoval } from "./handle-removal.ts";
import type { Membership, PlannedResource } from "./planned-resource.ts";

/** Returns the properties that operations of all kinds have. `detail` distinguishes operations of the same kind on one resource. */
export function operationOn<Kind extends OperationKind>(
  kind: Kind,
  address: string,
  { detail, dependsOn = [] }: { readonly detail?: string; readonly dependsOn?: readonly string[] } = {},
) {
  return { kind, id: operationId(kind, address, detail), subjects: [address], dependsOn };
}

function hasUniqueName({ name, label }: ResolvedList): boolean {
  return name === label;
}

/**
 * Returns whether the request that creates a contact can refer to the list by its name. Front creates a list if it does
 * not find the name.
 */
export function canBeNamed(list: ResolvedList): boolean {
  return hasUniqueName(list) && !list.needsId;
}

/**
 * Returns the operation that creates a contact. Other operations add the avatar, the account, and lists that the
 * request cannot name.
 */
export function createContact(resolved: ResolvedContact, { removalOf }: HandleMoves): Operation {
  const { desired, lists = [], customFields = [] } = resolved;
  const { name, description, links, handles } = desired;
  const address = contactAddress(desired.key);
  const named = lists.filter(canBeNamed);
  const newLists = named.filter(({ id }) => id === undefined);
  const fields = customFields.filter(({ value }) => !isEmptyField(value));
  const dependsOn = [
    ...newLists.map((list) => operationId("create-list", listAddress(list.name))),
    ...handles.map(removalOf).filter((id) => id !== undefined),
  ];
  return omitUndefined({
    ...operationOn("create-contact", address, { dependsOn }),
    handles: handles.map(({ source, handle }) => ({ source, handle })),
    name,
    description: description || undefined,
    links: unlessEmpty(links),
    lists: unlessEmpty(named.map((list) => list.name)),
    customFields: unlessEmpty(fields.map((field) => fieldChange(field))),
  });
}

const PATCHED: readonly (keyof Attributes)[] = ["name", "description", "links", "custom_fields"];

/** Returns the operation for all differences that a single PATCH can resolve; undefined if there are none. */
export function updateContact(
  resolved: ResolvedContact,
  contact: RemoteContact,
  differences: readonly Difference[],
): Operation | undefined {
  const changedAttributes = new Set(differences.map(({ attribute }) => attribute));
  if (!PATCHED.some((attribute) => changedAttributes.has(attribute))) return undefined;
  const { desired } = resolved;
  const links = differences.filter((difference) => difference.attribute === "links");
  return omitUndefined({
    ...operationOn("update-contact", contactAddress(desired.key)),
    contact: { id: contact.id },
    handles: identifyingHandles(desired),
    ...changedTexts(desired, contact, differences),
    addLinks: unlessEmpty(links.flatMap(({ after }) => after ?? [])),
    removeLinks: unlessEmpty(links.flatMap(({ before, after }) => (after === undefined ? (before ?? []) : []))),
    customFields: unlessEmpty(changedFields(resolved, contact, differences)),
  });
}

interface Texts {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
}

/** Returns the declared name and description if they differ, and their values in Front as `before`. */
export function changedTexts(desired: Texts, remote: Texts, differences: readonly Difference[]) {
  const isChanged = (name: keyof Texts) => differences.some(({ attribute }) => attribute === name);
  const changedIn = ({ name, description }: Texts) =>
    omitUndefined({
      name: isChanged("name") ? name : undefined,
      description: isChanged("description") ? description : undefined,
    });
  return { before: changedIn(remote), ...changedIn(desired) };
}

export function identifyingHandles({ id, handles }: DesiredContact): readonly Handle[] | undefined {
  return id === undefined ? handles.map(({ source, handle }) => ({ source, handle })) : undefined;
}

export function changedFields(
  entry: FieldEntry,
  remote: Pick<RemoteContact, "customFields">,
  differences: readonly Difference[],
): readonly FieldChange[] {
  const names = new Set(
    differences.flatMap((difference) => (difference.attribute === "custom_fields" ? [difference.key] : [])),
  );
  return [...(entry.customFields ?? []), ...clearedFields(entry, remote)]
    .filter(({ name }) => names.has(name))
    .map((field) => fieldChange(field, remote));
}

/** Returns the change of a custom field. Without `remote`, omits the value in Front. */
export function fieldChange(
  { name, type, value }: ResolvedField,
  remote?: Pick<RemoteContact, "customFields">,
): FieldChange {
  return omitUndefined({ name, type, before: remote?.customFields.get(name), after: value });
}

/** Returns an operation for each handle to add, because a PATCH cannot add handles (docs/front.md#handles). */
export function addHandles(
  { key }: DesiredContact,
  contact: RemoteContact,
  differences: readonly Difference[],
  { removalOf }: HandleMoves,
): Operation[] {
  return handlesIn(differences, "after").map((handle) => {
    const removal = removalOf(handle);
    const dependsOn = removal === undefined ? [] : [removal];
    return {
      ...operationOn("add-handle", contactAddress(key), { detail: handleKey(handle), dependsOn }),
      contact: { id: contact.id },
      handle,
    };
  });
}

/**
 * Returns an operation for each handle to remove, except handles that move to another contact. The operations depend on
 * the additions, so that the contact always has a handle.
 */
export function removeHandles(
  { key }: DesiredContact,
  contact: RemoteContact,
  differences: readonly Difference[],
  {
    movingHandles,
    additions,
  }: { readonly movingHandles: ReadonlySet<HandleKey>; readonly additions: readonly Operation[] },
): Operation[] {
  const dependsOn = additions.map(({ id }) => id);
  return handlesIn(differences, "before")
    .filter((handle) => !movingHandles.has(handleKey(handle)))
    .map((handle) => ({
      ...operationOn("remove-handle", contactAddress(key), { detail: handleKey(handle), dependsOn }),
      ...handleRemoval(contact, handle),
    }));
}

/** Returns the handles that exist on `side`, but not on the other side. */
function handlesIn(differences: readonly Difference[], side: "before" | "after"): Handle[] {
  return differences.flatMap((difference) => {
    if (difference.attribute !== "handles" || (difference.before !== undefined && difference.after !== undefined))
      return [];
    return difference[side] ?? [];
  });
}

/** Returns the operation that uploads a picture, which requires a separate request (docs/front.md#avatars). */
export function uploadAvatar(
  { key }: DesiredContact,
  { path, sha256, size, type }: NonNullable<DesiredContact["avatar"]>,
  contact: ContactRef,
  dependsOn: readonly string[],
): Operation {
  const operation = operationOn("upload-avatar", contactAddress(key), { dependsOn });
  return { ...operation, contact, picture: { path, sha256, size, type } };
}

export function approvedContact(contact: RemoteContact): ApprovedContact {
  return { id: contact.id, handles: contact.handles, belongings: hashContactValues(contact) };
}

interface MembershipGroup {
  readonly list: ResolvedList;
  readonly members: BulkMember[];
}

export function changeMemberships(planned: readonly PlannedResource[]): Operation[] {
  return [
    ...groupByList(planned, ({ listAdditions = [] }) => listAdditions).flatMap(addToList),
    ...groupByList(planned, ({ listRemovals = [] }) => listRemovals).flatMap(removeFromList),
  ];
}

function groupByList(
  planned: readonly PlannedResource[],
  membershipsIn: (resource: PlannedResource) => readonly Membership[],
): MembershipGroup[] {
  const lists = new Map<string, MembershipGroup>();
  for (const resource of planned) {
    for (const { list, ...member } of membershipsIn(resource)) {
      const group = lists.get(list.label) ?? { list, members: [] };
      group.members.push({ ...member, address: resource.change.address });
      lists.set(list.label, group);
    }
  }
  return [...lists.values()];
}

export interface BulkMember {
  /** The address of the change that shows the effect on the contact. */
  readonly address: string;
  readonly contact: ContactRef;
  readonly dependsOn: readonly string[];
}

/**
 * Splits members into batches, one for each request. Members that depend on other operations are in separate batches,
 * so a failure of these operations does not affect the other members. All batches depend on the operations in
 * `creation`.
 */
export function batchesOf(members: readonly BulkMember[], creation: readonly string[] = []) {
  const existing = members.filter(({ dependsOn }) => dependsOn.length === 0);
  const dependent = members.filter(({ dependsOn }) => dependsOn.length > 0);
  const batches = [existing, dependent].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / BULK_SIZE) }, (_, index) =>
      group.slice(index * BULK_SIZE, (index + 1) * BULK_SIZE),
    ),
  );
  return batches.map((batch, index) => ({
    number: index + 1,
    subjects: batch.map(({ address }) => address),
    dependsOn: [...new Set([...creation, ...batch.flatMap(({ dependsOn }) => dependsOn)])],
    contacts: batch.map(({ contact }) => contact),
  }));
}

/** Includes the ID of the list if the name is ambiguous. */
function membershipId(kind: "add-to-list" | "remove-from-list", list: ResolvedList, number: number): string {
  const detail = hasUniqueName(list) ? String(number) : `(${list.id}) ${number}`;
  return operationId(kind, listAddress(list.name), detail);
}

function addToList({ list, members }: MembershipGroup): Operation[] {
  const { name, id } = list;
  const creation = id === undefined ? [operationId("create-list", listAddress(name))] : [];
  return batchesOf(members, creation).map(({ number, contacts, ...batch }) => ({
    kind: "add-to-list",
    id: membershipId("add-to-list", list, number),
    ...batch,
    list: omitUndefined({ name, id }),
    contacts,
  }));
}

function removeFromList({ list, members }: MembershipGroup): Operation[] {
  const { name, id = "" } = list;
  return batchesOf(members).map(({ number, contacts, ...batch }) => ({
    kind: "remove-from-list",
    id: membershipId("remove-from-list", list, number),
    ...batch,
    list: { name, id },
    contacts,
  }));
}
