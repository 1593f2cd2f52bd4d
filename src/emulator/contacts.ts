import { linkContactByDomain } from "./accounts.ts";
import { avatarIn, uploadedAvatar } from "./avatars.ts";
import { type Body, BodyReader, type Fields } from "./body.ts";
import { customFieldsIn } from "./custom-fields.ts";
import { apiOrigin } from "./encode.ts";
import { handlesIn, rejectUsedHandles } from "./handles.ts";
import { badRequest } from "./http-messages.ts";
import { listsNamed, setLists } from "./lists.ts";
import type { Contact, Note } from "./model.ts";
import { idOf, type Store } from "./store.ts";

export function createContact(store: Store, body: Body): Contact {
  const handles = handlesIn(store, body.fields);
  const changes = decodeChanges(store, body, new Map());
  rejectUsedHandles(store, handles);
  const sequence = store.nextSerial();
  const contact: Contact = { ...emptyContact(idOf("crd", sequence), sequence, store.now()), handles };
  applyChanges(store, contact, changes);
  store.addContact(contact);
  linkContactByDomain(store, contact);
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
    conversationCount: 0,
    responseOverrides: new Map(),
    createdAt,
    updatedAt: createdAt,
  };
}

/** Changes the properties of a contact that are in the body, except its handles, which Front ignores. */
export function updateContact(store: Store, contact: Contact, body: Body): void {
  applyChanges(store, contact, decodeChanges(store, body, contact.customFields));
  for (const name of Object.keys(body.fields)) contact.responseOverrides.delete(name);
  store.touch(contact);
}

function decodeChanges(store: Store, body: Body, storedFields: ReadonlyMap<string, unknown>) {
  const reader = new BodyReader(body.fields);
  const changes = {
    name: reader.string("name"),
    description: reader.string("description"),
    links: reader.strings("links"),
    listNames: reader.strings("list_names") ?? reader.strings("group_names"),
    customFields: customFieldsIn(reader, store, store.settings.customFields, storedFields),
    avatar: avatarIn(body, reader.problems),
  };
  reader.throwIfInvalid();
  return changes;
}

function applyChanges(store: Store, contact: Contact, changes: ReturnType<typeof decodeChanges>): void {
  if (changes.name !== undefined) rename(store, contact, changes.name);
  if (changes.listNames !== undefined)
    setLists(
      contact,
      listsNamed(store, changes.listNames).map(({ id }) => id),
    );
  if (changes.avatar !== undefined) {
    contact.avatar = uploadedAvatar(store, contact, changes.avatar);
    contact.responseOverrides.delete("avatar_url");
  }
  contact.description = changes.description ?? contact.description;
  contact.links = [...(changes.links ?? contact.links)];
  contact.customFields = changes.customFields ?? contact.customFields;
}

function rename(store: Store, contact: Contact, name: string): void {
  if (name === "" && !store.behavior.clearableName) return;
  contact.name = name === "" ? null : name;
  contact.nameEdited = name !== "";
}

/** `author_id` in the body is a teammate's ID or `alt:email:…`. */
export function addNote(store: Store, contact: Contact, fields: Fields): Note {
  const reader = new BodyReader(fields);
  const authorId = reader.requiredString("author_id");
  const body = reader.requiredString("body");
  reader.throwIfInvalid();
  const author = store.settings.teammates.find(({ id, email }) => [id, `alt:email:${email}`].includes(authorId));
  if (author === undefined) throw badRequest("body.author_id: unknown teammate");
  const note = { author: author.id, body, createdAt: store.now() };
  contact.notes.push(note);
  store.recordChange(contact.id);
  return note;
}

interface Conversation {
  readonly sequence: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly json: unknown;
}

/** Returns generated conversations, because only their number is stored. */
export function conversationsOf(store: Store, contact: Contact): Conversation[] {
  const { createdAt } = contact;
  return Array.from({ length: contact.conversationCount }, (_, index) => {
    const id = `cnv_${contact.id.slice(4)}x${index.toString(36)}`;
    const self = `${apiOrigin(store.settings.company)}/conversations/${id}`;
    const json = {
      _links: { self },
      id,
      subject: `Conversation ${index + 1}`,
      status: "archived",
      assignee: null,
      tags: [],
      is_private: false,
      created_at: createdAt / 1000,
    };
    return { sequence: index, createdAt, updatedAt: createdAt, json };
  });
}
