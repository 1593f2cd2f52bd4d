import type { FieldDefinition } from "../../model/company.ts";
import type { RemoteContact } from "../../model/contact.ts";
import { isEmptyField, normalText, sameField } from "../../model/field-values.ts";
import { handleKey, hasHandle } from "../../model/handle.ts";
import { isFieldRestored } from "./field-undo.ts";
import type { ContactChanges } from "./run-changes.ts";

/** Returns whether a contact that a run created has exactly the values that the run gave it. */
export function isAsLeft(
  { name, description, handles, links, lists, fields, avatar }: ContactChanges,
  contact: RemoteContact,
  pictureAt: (url: string) => string | undefined,
): boolean {
  const types = new Map(fields.map((field) => [field.name, field]));
  const shownFields = [...contact.customFields].filter(([, value]) => !isEmptyField(value));
  const picture = contact.avatarUrl === undefined ? undefined : pictureAt(contact.avatarUrl);
  return (
    sameText(name?.left, contact.name) &&
    sameText(description?.left, contact.description) &&
    handles.added.length === contact.handles.length &&
    handles.added.every((handle) => hasHandle(contact, handle)) &&
    sameSet(links.added, contact.links) &&
    sameSet(names(lists.added), names(contact.lists)) &&
    shownFields.every(([field, value]) => sameField(types.get(field)?.type ?? "", types.get(field)?.after, value)) &&
    fields.every(({ name: field, type, after }) => sameField(type, contact.customFields.get(field), after)) &&
    (avatar === undefined ? contact.avatarUrl === undefined : picture === avatar.sha256)
  );
}

/** Returns whether a contact has all that a deleted contact had and that can be restored. */
export function isRestored(
  { before }: ContactChanges,
  contact: RemoteContact,
  definitions: readonly FieldDefinition[] | undefined,
): boolean {
  const held = new Set(contact.handles.map(handleKey));
  const links = new Set(contact.links.map(normalText));
  const lists = new Set(names(contact.lists));
  return (
    (before?.handles ?? []).some((handle) => held.has(handleKey(handle))) &&
    sameText(before?.name ?? undefined, contact.name) &&
    sameText(before?.description, contact.description) &&
    (before?.links ?? []).every((link) => links.has(normalText(link))) &&
    (before?.lists ?? []).every((list) => lists.has(list)) &&
    Object.entries(before?.custom_fields ?? {}).every(([name, value]) =>
      isFieldRestored(name, contact.customFields.get(name), value, definitions),
    )
  );
}

function sameText(one = "", other = ""): boolean {
  return normalText(one) === normalText(other);
}

function sameSet(some: readonly string[], others: readonly string[]): boolean {
  const [a, b] = [new Set(some.map(normalText)), new Set(others.map(normalText))];
  return a.size === b.size && [...a].every((each) => b.has(each));
}

function names(lists: readonly { readonly name: string }[]): string[] {
  return lists.map(({ name }) => name);
}
