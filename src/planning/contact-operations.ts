import type { ResolvedContact, ResolvedField, ResolvedList } from "../config/resolve-references.ts";
import type { Attributes, Difference } from "../model/change.ts";
import type { DesiredContact, Handle, HandleKey, RemoteContact } from "../model/contact.ts";
import { belongingsOf } from "../model/fingerprint.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import {
  type ApprovedContact,
  type ContactRef,
  contactAddress,
  type FieldChange,
  listAddress,
  type Operation,
  operationId,
} from "../model/plan.ts";
import { unwanted } from "./compare.ts";

/** Which operation, if any, has to let go of a handle before somebody else can have it. */
export type ReleaseOf = (handle: Handle) => string | undefined;

/** A creation names its lists, so a list whose name another one has too cannot ride along with it. */
export function hasUniqueName({ name, label }: ResolvedList): boolean {
  return name === label;
}

/** One POST with all that a contact is to have, but for its picture. */
export function creationOf(wanted: ResolvedContact, releaseOf: ReleaseOf): Operation {
  const { desired, lists = [], customFields = [] } = wanted;
  const address = contactAddress(desired.key);
  const { name, description, links, handles } = desired;
  const named = lists.filter(hasUniqueName);
  const newLists = named.filter(({ id }) => id === undefined);
  const fields = customFields.filter(({ value }) => value !== undefined);
  return omitUndefined({
    kind: "create-contact" as const,
    id: operationId("create-contact", address),
    subjects: [address],
    dependsOn: [
      ...newLists.map((list) => operationId("create-list", listAddress(list.name))),
      ...handles.map(releaseOf).filter((id) => id !== undefined),
    ],
    handles: handles.map(({ source, handle }) => ({ source, handle })),
    name,
    description: description || undefined,
    links: links?.length ? links : undefined,
    lists: named.length === 0 ? undefined : named.map((list) => list.name),
    customFields: fields.length === 0 ? undefined : fields.map((field) => fieldChange(field)),
  });
}

const PATCHABLE: readonly (keyof Attributes)[] = ["name", "description", "links", "custom_fields"];

/** One PATCH for everything that a PATCH can set; undefined when nothing of it differs. */
export function updateOf(
  wanted: ResolvedContact,
  contact: RemoteContact,
  differences: readonly Difference[],
): Operation | undefined {
  const changed = new Set(differences.map(({ attribute }) => attribute));
  if (!PATCHABLE.some((attribute) => changed.has(attribute))) return undefined;
  const { desired } = wanted;
  const address = contactAddress(desired.key);
  const links = differences.filter(({ attribute }) => attribute === "links");
  return omitUndefined({
    kind: "update-contact" as const,
    id: operationId("update-contact", address),
    subjects: [address],
    dependsOn: [],
    contact: { id: contact.id },
    before: omitUndefined({
      name: changed.has("name") ? contact.name : undefined,
      description: changed.has("description") ? contact.description : undefined,
    }),
    name: changed.has("name") ? desired.name : undefined,
    description: changed.has("description") ? desired.description : undefined,
    addLinks: unlessEmpty(links.filter(({ after }) => after !== undefined).map(({ after }) => String(after))),
    removeLinks: unlessEmpty(links.filter(({ after }) => after === undefined).map(({ before }) => String(before))),
    customFields: unlessEmpty(changedFields(wanted, contact, differences)),
  });
}

function unlessEmpty<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}

function changedFields(
  { desired, customFields = [] }: ResolvedContact,
  contact: RemoteContact,
  differences: readonly Difference[],
): readonly FieldChange[] {
  const keys = new Set(differences.filter(({ attribute }) => attribute === "custom_fields").map(({ key }) => key));
  const cleared = desired.exact.includes("custom_fields") ? unwanted(customFields, contact) : [];
  return [...customFields, ...cleared].filter(({ name }) => keys.has(name)).map((field) => fieldChange(field, contact));
}

export function fieldChange({ name, type, value }: ResolvedField, contact?: RemoteContact): FieldChange {
  return omitUndefined({ name, type, before: contact?.customFields.get(name), after: value });
}

/** Handles are not part of a PATCH (docs/front.md#handles), so each is a request of its own. */
export function additionsOf(
  { key }: DesiredContact,
  contact: RemoteContact,
  differences: readonly Difference[],
  releaseOf: ReleaseOf,
): Operation[] {
  const address = contactAddress(key);
  return differences
    .filter(({ attribute, after }) => attribute === "handles" && after !== undefined)
    .map(({ key: handleKey, after }) => {
      const handle = after as unknown as Handle;
      const release = releaseOf(handle);
      return {
        kind: "add-handle" as const,
        id: operationId("add-handle", address, handleKey),
        subjects: [address],
        dependsOn: release === undefined ? [] : [release],
        contact: { id: contact.id },
        handle,
      };
    });
}

/** What an exact entry does not mention goes last, when the contact has all the handles that it is to have. */
export function removalsOf(
  { key }: DesiredContact,
  contact: RemoteContact,
  differences: readonly Difference[],
  { leaving, additions }: { leaving: ReadonlySet<HandleKey>; additions: readonly Operation[] },
): Operation[] {
  const address = contactAddress(key);
  return differences
    .filter(({ attribute, after }) => attribute === "handles" && after === undefined)
    .filter((difference) => !leaving.has(difference.key as HandleKey))
    .map(({ key: handleKey, before }) => ({
      kind: "remove-handle" as const,
      id: operationId("remove-handle", address, handleKey),
      subjects: [address],
      dependsOn: additions.map(({ id }) => id),
      contact: { id: contact.id },
      handle: before as unknown as Handle,
    }));
}

/** A request of its own, because a picture only goes by multipart (docs/front.md#avatars). */
export function uploadOf(
  { key }: DesiredContact,
  { path, sha256, size, type }: NonNullable<DesiredContact["avatar"]>,
  contact: ContactRef,
  dependsOn: readonly string[],
): Operation {
  const address = contactAddress(key);
  const id = operationId("upload-avatar", address);
  return { kind: "upload-avatar", id, subjects: [address], dependsOn, contact, picture: { path, sha256, size, type } };
}

/** What has to be found again when the time comes. */
export function approvedContact(contact: RemoteContact): ApprovedContact {
  return { id: contact.id, handles: contact.handles, belongings: belongingsOf(contact) };
}
