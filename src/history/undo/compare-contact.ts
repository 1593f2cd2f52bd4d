import type { FieldDefinition } from "../../model/company.ts";
import type { RemoteContact } from "../../model/contact.ts";
import { isEmptyField, isSameFieldValue, isSameText, normalText } from "../../model/field-values.ts";
import { handleKey, hasHandle } from "../../model/handle.ts";
import { isFieldRestored } from "./field-undo.ts";
import type { ContactChanges } from "./run-changes.ts";

/**
 * Returns whether a contact that a run created still has exactly its values from the run. Ignores its account.
 * `hasAvatarOfRun` is true if it has the avatar that the run uploaded.
 */
export function isAsCreatedByRun(
  { name, description, handles, links, lists, fields, avatar }: ContactChanges,
  contact: RemoteContact,
  hasAvatarOfRun: boolean,
): boolean {
  const createdFields = new Map(fields.map((field) => [field.name, field]));
  const currentFields = [...contact.customFields].filter(([, value]) => !isEmptyField(value));
  return (
    isSameText(name?.after, contact.name) &&
    isSameText(description?.after, contact.description) &&
    // An entry may declare a handle twice.
    new Set(handles.added.map(handleKey)).size === contact.handles.length &&
    handles.added.every((handle) => hasHandle(contact, handle)) &&
    sameSet(links.added, contact.links) &&
    sameSet(namesOf(lists.added), namesOf(contact.lists)) &&
    currentFields.every(([field, value]) => {
      const { type = "", after } = createdFields.get(field) ?? {};
      return isSameFieldValue(type, after, value);
    }) &&
    fields.every(({ name: field, type, after }) => isSameFieldValue(type, contact.customFields.get(field), after)) &&
    (avatar === undefined ? contact.avatarUrl === undefined : hasAvatarOfRun)
  );
}

/**
 * Returns whether a contact has the name, the description, at least one handle, and all links, lists and custom fields
 * of a deleted contact.
 */
export function isRestored(
  { before }: ContactChanges,
  contact: RemoteContact,
  definitions: readonly FieldDefinition[] | undefined,
): boolean {
  const { name, description, handles = [], links = [], lists = [], custom_fields: fields = {} } = before ?? {};
  const currentKeys = new Set(contact.handles.map(handleKey));
  const currentLinks = new Set(contact.links.map(normalText));
  const currentLists = new Set(namesOf(contact.lists));
  return (
    handles.some((handle) => currentKeys.has(handleKey(handle))) &&
    isSameText(name ?? undefined, contact.name) &&
    isSameText(description, contact.description) &&
    links.every((link) => currentLinks.has(normalText(link))) &&
    lists.every((list) => currentLists.has(list)) &&
    Object.entries(fields).every(([field, value]) =>
      isFieldRestored(field, contact.customFields.get(field), value, definitions),
    )
  );
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const [normalA, normalB] = [new Set(a.map(normalText)), new Set(b.map(normalText))];
  return normalA.size === normalB.size && [...normalA].every((text) => normalB.has(text));
}

function namesOf(lists: readonly { readonly name: string }[]): string[] {
  return lists.map(({ name }) => name);
}
