import { BodyReader, contactIdsIn, type Fields } from "./body.ts";
import { conflict, unknownId } from "./http-messages.ts";
import type { Contact, List } from "./model.ts";
import { idOf, type Store } from "./store.ts";

/** Maximum number of members that one request can remove. */
const MAX_REMOVALS = 50;

export function getList(store: Store, id: string): List {
  const list = store.lists.get(id);
  if (list === undefined) throw unknownId("contact list", id);
  return list;
}

/** Returns the ID of a workspace. Throws Front's 404 if the workspace does not exist. */
export function existingTeamId({ lists, settings }: Store, id: string): string {
  const isKnown =
    settings.teams.some((team) => team.id === id) || [...lists.values()].some(({ teamId }) => teamId === id);
  if (!isKnown) throw unknownId("team", id);
  return id;
}

export function createList(store: Store, fields: Fields, teamId = oldestTeam(store)): void {
  const reader = new BodyReader(fields);
  const name = reader.requiredString("name");
  reader.throwIfInvalid();
  const isUsed = listedLists(store, teamId).some((list) => list.name === name);
  if (store.behavior.sameListName === "refuse" && isUsed) {
    throw conflict(`A contact list named ${name} already exists`);
  }
  addList(store, name, teamId);
}

function oldestTeam({ settings: { teams } }: Store): string {
  return teams[0]?.id ?? "";
}

function addList(store: Store, name: string, teamId = oldestTeam(store)): List {
  const list = { id: idOf("grp", store.nextSerial()), name, teamId, isPrivate: false, isListed: true };
  store.lists.set(list.id, list);
  store.recordChange(list.id);
  return list;
}

/** Returns the lists that a listing of the company contains or, with `team`, a listing of that workspace. */
export function listedLists(store: Store, team?: string): List[] {
  const lists = [...store.lists.values()].filter(({ isListed }) => isListed);
  return team === undefined ? lists : lists.filter(({ teamId, isPrivate }) => teamId === team && !isPrivate);
}

/** Returns the lists with these names. Like Front, silently creates missing lists. */
export function listsNamed(store: Store, names: readonly string[]): List[] {
  return [...new Set(names)].map(
    (name) => listedLists(store).find((list) => list.name === name) ?? addList(store, name),
  );
}

export function deleteList(store: Store, list: List): void {
  for (const contact of membersOf(store, list)) {
    setLists(contact, without(list.id, contact));
    store.recordChange(contact.id);
  }
  store.lists.delete(list.id);
  store.recordChange(list.id);
}

export function membersOf(store: Store, { id }: List): Contact[] {
  return [...store.contacts.values()].filter(({ listIds }) => listIds.includes(id));
}

export function addMembers(store: Store, { id }: List, fields: Fields): void {
  for (const contact of resolveContacts(store, contactIdsIn(fields))) {
    if (!contact.listIds.includes(id)) changeMembership(store, contact, [...contact.listIds, id]);
  }
}

export function removeMembers(store: Store, { id }: List, fields: Fields): void {
  for (const contact of resolveContacts(store, contactIdsIn(fields, MAX_REMOVALS))) {
    if (contact.listIds.includes(id)) changeMembership(store, contact, without(id, contact));
  }
}

/** Returns the contacts with these IDs or aliases. Throws Front's error if one is unknown, before any is changed. */
function resolveContacts(store: Store, ids: readonly string[]): Contact[] {
  return ids.map((id) => {
    if (id.startsWith("alt:") && !store.behavior.listAliases) throw unknownId("contact", id);
    return store.getContact(id);
  });
}

function without(id: string, { listIds }: Contact): string[] {
  return listIds.filter((listId) => listId !== id);
}

export function setLists(contact: Contact, listIds: string[]): void {
  contact.listIds = listIds;
  for (const name of ["lists", "groups"]) contact.responseOverrides.delete(name);
}

function changeMembership(store: Store, contact: Contact, listIds: string[]): void {
  setLists(contact, listIds);
  if (store.behavior.listChangesSetUpdatedAt) store.touch(contact);
  store.recordChange(contact.id);
}
