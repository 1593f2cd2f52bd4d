import { joinAccountsByDomain } from "./accounts.ts";
import { avatarIn, uploadedAvatar } from "./avatars.ts";
import type { Body, Upload } from "./body.ts";
import { type Problems, recordIn, textIn, textsIn, throwIfAny } from "./body-fields.ts";
import { acceptFieldValues } from "./custom-fields.ts";
import { handlesIn, rejectUsedHandles } from "./handles.ts";
import { listsNamed } from "./lists.ts";
import type { Contact } from "./model.ts";
import { idOf, type Store } from "./store.ts";

/** The changes in a request body. An undefined property changes nothing. */
interface ContactChanges {
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly links: readonly string[] | undefined;
  readonly listNames: readonly string[] | undefined;
  readonly customFields: Map<string, unknown> | undefined;
  readonly avatar: Upload | undefined;
}

export function createContact(store: Store, body: Body): Contact {
  const handles = handlesIn(store, body.fields);
  const changes = changesIn(store, body, new Map());
  rejectUsedHandles(store, handles);
  const sequence = store.nextSerial();
  const contact: Contact = { ...emptyContact(idOf("crd", sequence), sequence, store.now()), handles };
  change(store, contact, changes);
  store.addContact(contact);
  joinAccountsByDomain(store, contact);
  return contact;
}

export function emptyContact(id: string, sequence: number, createdAt: number): Contact {
  return {
    id,
    sequence,
    name: null,
    nameEdited: false,
    description: "",
    handles: [],
    links: [],
    listIds: [],
    customFields: new Map(),
    isPrivate: false,
    avatar: undefined,
    notes: [],
    conversations: 0,
    shownAs: new Map(),
    createdAt,
    updatedAt: createdAt,
  };
}

/** Updates a contact. Ignores handles and unknown properties in the body, as Front does. */
export function updateContact(store: Store, contact: Contact, body: Body): void {
  change(store, contact, changesIn(store, body, contact.customFields));
  for (const name of Object.keys(body.fields)) contact.shownAs.delete(name);
  store.touch(contact);
}

function changesIn(store: Store, body: Body, kept: ReadonlyMap<string, unknown>): ContactChanges {
  const problems: Problems = [];
  const { fields } = body;
  const sent = recordIn(fields, "custom_fields", problems);
  const definitions = store.settings.customFields;
  const changes = {
    name: textIn(fields, "name", problems),
    description: textIn(fields, "description", problems),
    links: textsIn(fields, "links", problems),
    listNames: textsIn(fields, "list_names", problems) ?? textsIn(fields, "group_names", problems),
    customFields: sent && acceptFieldValues(store, definitions, sent, kept, problems),
    avatar: avatarIn(body, problems),
  };
  throwIfAny(problems);
  return changes;
}

function change(store: Store, contact: Contact, changes: ContactChanges): void {
  if (changes.name !== undefined) rename(store, contact, changes.name);
  if (changes.avatar !== undefined) contact.avatar = uploadedAvatar(store, contact, changes.avatar);
  if (changes.listNames !== undefined) contact.listIds = listsNamed(store, changes.listNames).map(({ id }) => id);
  contact.description = changes.description ?? contact.description;
  contact.links = [...(changes.links ?? contact.links)];
  contact.customFields = changes.customFields ?? contact.customFields;
}

function rename(store: Store, contact: Contact, name: string): void {
  if (name === "" && !store.behavior.clearableName) return;
  contact.name = name === "" ? null : name;
  contact.nameEdited = name !== "";
}
