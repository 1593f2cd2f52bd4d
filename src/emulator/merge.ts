import { accountOf, addMember } from "./accounts.ts";
import { BodyReader, contactIdsIn, type Fields } from "./body.ts";
import { badRequest } from "./http-messages.ts";
import type { Contact } from "./model.ts";
import type { Store } from "./store.ts";

/** Maximum number of contacts in one merge, including the target. */
const MAX_MERGED = 50;

/** Properties of responses that a merge may change, except `handles`, `account` and `updated_at`. */
const CHANGED_PROPERTIES = [
  "name",
  "description",
  "links",
  "lists",
  "groups",
  "custom_fields",
  "is_private",
  "avatar_url",
];

/**
 * Merges contacts as Front does (docs/front.md#merging-contacts). Descriptions are joined: first the target's, then
 * those of the other contacts, oldest contact first. A name that a person or API client set on a shared contact is
 * preferred. Each custom field value and the avatar come from the most recently updated contact that has one.
 */
export function mergeContacts(store: Store, fields: Fields): Contact {
  const reader = new BodyReader(fields);
  const targetId = reader.string("target_contact_id");
  reader.throwIfInvalid();
  const ids = contactIdsIn(fields);
  const target = targetId === undefined ? undefined : store.getContact(targetId);
  const contacts = [...new Set([...(target ? [target] : []), ...ids.map((id) => store.getContact(id))])];
  const lastUpdatedFirst = contacts.toSorted((a, b) => b.updatedAt - a.updatedAt || b.sequence - a.sequence);
  // Without a target, Front chooses the surviving contact, which need not be the first in the request.
  const survivor = target ?? lastUpdatedFirst[0];
  if (survivor === undefined || contacts.length < 2 || contacts.length > MAX_MERGED) {
    throw badRequest(`body.contact_ids: must have 2 to ${MAX_MERGED} contacts, including the target`);
  }
  const oldestFirst = contacts.toSorted((a, b) => a.createdAt - b.createdAt || a.sequence - b.sequence);
  const targetFirst = target === undefined ? oldestFirst : [...new Set([target, ...oldestFirst])];
  mergeInto(store, survivor, targetFirst, lastUpdatedFirst);
  return survivor;
}

function mergeInto(
  store: Store,
  survivor: Contact,
  targetFirst: readonly Contact[],
  lastUpdatedFirst: readonly Contact[],
): void {
  const others = targetFirst.filter((contact) => contact !== survivor);
  const properties = { ...uniteProperties(targetFirst), ...selectProperties(lastUpdatedFirst) };
  const handles = targetFirst.flatMap((contact) => contact.handles);
  for (const account of store.accounts.values()) {
    if (!others.some(({ id }) => account.contactIds.has(id))) continue;
    if (!store.behavior.linkMoves || accountOf(store, survivor) === undefined) addMember(store, account, survivor);
  }
  for (const other of others) {
    store.removeContact(other);
    store.mergedInto.set(other.id, survivor.id);
  }
  // The handle index depends on `isPrivate`, so the handles are removed before `isPrivate` may change.
  store.setHandles(survivor, []);
  Object.assign(survivor, properties);
  for (const name of CHANGED_PROPERTIES) survivor.responseOverrides.delete(name);
  store.setHandles(survivor, handles);
  store.touch(survivor);
}

function uniteProperties(targetFirst: readonly Contact[]): Partial<Contact> {
  const descriptions = targetFirst.map(({ description }) => description).filter((text) => text !== "");
  return {
    description: descriptions.join("\n"),
    links: [...new Set(targetFirst.flatMap(({ links }) => links))],
    listIds: [...new Set(targetFirst.flatMap(({ listIds }) => listIds))],
    notes: targetFirst.flatMap(({ notes }) => notes).sort((a, b) => a.createdAt - b.createdAt),
    conversationCount: targetFirst.reduce((sum, { conversationCount }) => sum + conversationCount, 0),
  };
}

function selectProperties(lastUpdatedFirst: readonly Contact[]): Partial<Contact> {
  const named = lastUpdatedFirst.filter(({ name }) => name !== null);
  const preferred = named.find(({ nameEdited, isPrivate }) => nameEdited && !isPrivate) ?? named[0];
  return {
    name: preferred?.name ?? null,
    nameEdited: preferred?.nameEdited ?? false,
    customFields: new Map(lastUpdatedFirst.toReversed().flatMap(({ customFields }) => [...customFields])),
    isPrivate: lastUpdatedFirst.every(({ isPrivate }) => isPrivate),
    avatar: lastUpdatedFirst.find(({ avatar }) => avatar !== undefined)?.avatar,
  };
}
