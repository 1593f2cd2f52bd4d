import { dropAbsent } from "./absent.ts";
import { type Attributes, compareContact, describeNew, NOTHING_KEPT } from "./compare.ts";
import type { DeclaredList, DesiredContact, Handle, RemoteContact } from "./contact.ts";
import type { Difference } from "./diff.ts";
import type { Identity } from "./identity.ts";
import type { Change, ContactRef, FieldChange, Operation, OperationKind } from "./plan.ts";
import type { WantedContact, WantedField, WantedList } from "./resolve.ts";

/** A list that a contact is to join by the list's own endpoint. */
interface Join {
  readonly list: WantedList;
  readonly contact: ContactRef;
  readonly dependsOn: readonly string[];
}

/** A change, with the operations that bring it about. Joins are put together over all contacts later. */
export interface Planned {
  readonly change: Change;
  readonly operations: readonly Operation[];
  readonly joins: readonly Join[];
}

/** The same words whenever the same thing is planned, so that plans can be compared. */
export function operationId(kind: OperationKind, address: string, detail?: string): string {
  return [kind, address, ...(detail === undefined ? [] : [detail])].join(" ");
}

function contactAddress({ key }: DesiredContact): string {
  return `front_contact.${key}`;
}

export function listAddress(name: string): string {
  return `front_contact_list.${name}`;
}

/** A list that the files declare, that a contact needs, and that Front lacks. */
export function planList(name: string, declared: readonly DeclaredList[]): Planned {
  const address = listAddress(name);
  const place = declared.find((list) => list.name === name)?.place;
  const id = operationId("create-list", address);
  const after = { name };
  const differences = [{ attribute: "name", after: name }];
  return {
    change: dropAbsent({
      address,
      type: "front_contact_list" as const,
      name,
      action: "create" as const,
      place,
      before: null,
      after,
      differences,
      kept: NOTHING_KEPT,
    }),
    operations: [{ kind: "create-list", id, subjects: [address], dependsOn: [], name }],
    joins: [],
  };
}

/** Undefined when it is not clear who the contact is; that is an error elsewhere. */
export function planContact(
  wanted: WantedContact,
  identity: Identity | undefined,
  samePictures: ReadonlySet<string>,
): Planned | undefined {
  if (identity?.kind === "new") return planCreation(wanted);
  if (identity?.kind !== "known") return undefined;
  return planUpdate(wanted, identity.contact, samePictures.has(identity.contact.id));
}

function planCreation(wanted: WantedContact): Planned {
  const { desired, lists = [] } = wanted;
  const address = contactAddress(desired);
  const create = creationOf(wanted);
  const contact: ContactRef = { createdAs: address };
  const upload = desired.avatar && uploadOf(desired, desired.avatar, contact, [create.id]);
  return {
    change: { ...changeOf(desired), ...describeNew(wanted), action: "create" },
    operations: upload === undefined ? [create] : [create, upload],
    joins: lists.filter((list) => !namesOneList(list)).map((list) => ({ list, contact, dependsOn: [create.id] })),
  };
}

/** A creation names its lists, so a list whose name another one has too cannot ride along with it. */
function namesOneList({ name, label }: WantedList): boolean {
  return name === label;
}

function creationOf({ desired, lists = [], customFields = [] }: WantedContact): Operation {
  const address = contactAddress(desired);
  const { name, description, links, handles } = desired;
  const named = lists.filter(namesOneList);
  const fields = customFields.filter(({ value }) => value !== undefined);
  return dropAbsent({
    kind: "create-contact" as const,
    id: operationId("create-contact", address),
    subjects: [address],
    dependsOn: named
      .filter(({ id }) => id === undefined)
      .map((list) => operationId("create-list", listAddress(list.name))),
    handles: handles.map(({ source, handle }) => ({ source, handle })),
    name,
    description: description || undefined,
    links: links?.length ? links : undefined,
    lists: named.length === 0 ? undefined : named.map((list) => list.name),
    customFields: fields.length === 0 ? undefined : fields.map((field) => fieldChange(field)),
  });
}

function planUpdate(wanted: WantedContact, contact: RemoteContact, samePicture: boolean): Planned {
  const { desired, lists = [] } = wanted;
  const comparison = compareContact(wanted, contact, samePicture);
  const { differences } = comparison;
  const newPicture = differences.some(({ attribute }) => attribute === "avatar");
  const memberOf = new Set(contact.lists.map(({ id }) => id));
  const operations = [
    updateOf(wanted, contact, differences),
    ...additionsOf(desired, contact, differences),
    desired.avatar && newPicture ? uploadOf(desired, desired.avatar, { id: contact.id }, []) : undefined,
  ];
  return {
    change: { ...changeOf(desired), ...comparison, action: "update", id: contact.id },
    operations: operations.filter((operation) => operation !== undefined),
    joins: lists
      .filter(({ id }) => id === undefined || !memberOf.has(id))
      .map((list) => ({ list, contact: { id: contact.id }, dependsOn: [] })),
  };
}

function keysIn(differences: readonly Difference[], attribute: keyof Attributes): ReadonlySet<string | undefined> {
  return new Set(differences.filter((found) => found.attribute === attribute).map(({ key }) => key));
}

/** One PATCH for everything that a PATCH can set. */
function updateOf(
  { desired, customFields = [] }: WantedContact,
  contact: RemoteContact,
  differences: readonly Difference[],
): Operation | undefined {
  const changed = new Set(differences.map(({ attribute }) => attribute));
  if (!["name", "description", "links", "custom_fields"].some((attribute) => changed.has(attribute))) return undefined;
  const address = contactAddress(desired);
  const { name, description } = desired;
  const links = differences.filter(({ attribute }) => attribute === "links").map(({ after }) => String(after));
  const changedFields = keysIn(differences, "custom_fields");
  const fields = customFields.filter((field) => changedFields.has(field.name));
  return dropAbsent({
    kind: "update-contact" as const,
    id: operationId("update-contact", address),
    subjects: [address],
    dependsOn: [],
    contact: { id: contact.id },
    before: dropAbsent({
      name: changed.has("name") ? contact.name : undefined,
      description: changed.has("description") ? contact.description : undefined,
    }),
    name: changed.has("name") ? name : undefined,
    description: changed.has("description") ? description : undefined,
    addLinks: links.length === 0 ? undefined : links,
    customFields: fields.length === 0 ? undefined : fields.map((field) => fieldChange(field, contact)),
  });
}

function fieldChange({ name, type, value }: WantedField, contact?: RemoteContact): FieldChange {
  return dropAbsent({ name, type, before: contact?.customFields.get(name), after: value });
}

/** Handles are not part of a PATCH (front-api.md 6), so each is a request of its own. */
function additionsOf(desired: DesiredContact, contact: RemoteContact, differences: readonly Difference[]): Operation[] {
  const address = contactAddress(desired);
  return differences
    .filter(({ attribute }) => attribute === "handles")
    .map(({ key, after }) => ({
      kind: "add-handle",
      id: operationId("add-handle", address, key),
      subjects: [address],
      dependsOn: [],
      contact: { id: contact.id },
      handle: after as unknown as Handle,
    }));
}

function uploadOf(
  desired: DesiredContact,
  { path, sha256, size, type }: NonNullable<DesiredContact["avatar"]>,
  contact: ContactRef,
  dependsOn: readonly string[],
): Operation {
  const address = contactAddress(desired);
  const id = operationId("upload-avatar", address);
  return { kind: "upload-avatar", id, subjects: [address], dependsOn, contact, picture: { path, sha256, size, type } };
}

function changeOf(desired: DesiredContact): Pick<Change, "address" | "type" | "name" | "place"> {
  return { address: contactAddress(desired), type: "front_contact", name: desired.key, place: desired.place };
}
