import { BodyReader, contactIdsIn, type Fields } from "./body.ts";
import { customFieldsIn } from "./custom-fields.ts";
import { conflict, unknownId } from "./http-messages.ts";
import type { Account, Contact, Handle } from "./model.ts";
import { idOf, type Store } from "./store.ts";

/** Returns the account with an ID or an alias (`alt:domain:…`, `alt:ext_id:…`). Throws a 404 if there is none. */
export function getAccount(store: Store, reference: string): Account {
  const [, property, value = ""] = /^alt:(domain|ext_id):(.*)$/s.exec(reference) ?? [];
  const account = property === undefined ? store.accounts.get(reference) : findByAlias(store, property, value);
  if (account === undefined) throw unknownId("account", reference);
  return account;
}

function findByAlias(store: Store, property: string, value: string): Account | undefined {
  return [...store.accounts.values()].find((account) =>
    property === "ext_id" ? account.externalId === value : hasDomain(account, value),
  );
}

/** Ignores case. Front does not document whether case matters. */
function hasDomain({ domains }: Account, domain: string): boolean {
  return domains.some((accountDomain) => accountDomain.toLowerCase() === domain.toLowerCase());
}

export function createAccount(store: Store, fields: Fields): Account {
  const reader = new BodyReader(fields);
  const name = reader.requiredString("name");
  const externalId = reader.string("external_id") ?? null;
  const changes = decodeChanges(store, reader, new Map());
  if (externalId !== null) rejectUsedAlias(store, "ext_id", externalId, undefined);
  for (const domain of changes.domains ?? []) rejectUsedAlias(store, "domain", domain, undefined);

  const sequence = store.nextSerial();
  const account: Account = {
    id: idOf("acc", sequence),
    sequence,
    name,
    externalId,
    description: null,
    domains: [],
    customFields: new Map(),
    contactIds: new Set<string>(),
    createdAt: store.now(),
    updatedAt: store.now(),
  };
  store.accounts.set(account.id, account);
  applyChanges(store, account, changes);
  return account;
}

/** Changes the properties of an account that are in the body, except `external_id`, which can be set only at creation. */
export function updateAccount(store: Store, account: Account, fields: Fields): void {
  const changes = decodeChanges(store, new BodyReader(fields), account.customFields);
  for (const domain of changes.domains ?? []) rejectUsedAlias(store, "domain", domain, account);
  applyChanges(store, account, changes);
}

function decodeChanges(store: Store, reader: BodyReader, storedFields: ReadonlyMap<string, unknown>) {
  const changes = {
    name: reader.string("name"),
    description: reader.string("description"),
    domains: reader.strings("domains"),
    customFields: customFieldsIn(reader, store, store.settings.accountCustomFields, storedFields),
  };
  reader.throwIfInvalid();
  return changes;
}

function applyChanges(store: Store, account: Account, changes: ReturnType<typeof decodeChanges>): void {
  account.name = changes.name ?? account.name;
  account.description = changes.description ?? account.description;
  account.domains = changes.domains ?? account.domains;
  account.customFields = changes.customFields ?? account.customFields;
  account.updatedAt = store.now();
  store.recordChange(account.id);
  if (changes.domains !== undefined) linkContactsByDomain(store, account);
}

function rejectUsedAlias(store: Store, property: string, value: string, account: Account | undefined): void {
  const owner = findByAlias(store, property, value);
  if (owner === undefined || owner === account || store.behavior.sameAccount === "allow") return;
  throw conflict(`${value} already belongs to the account ${owner.id}`);
}

export function deleteAccount(store: Store, account: Account): void {
  for (const id of account.contactIds) store.contacts.get(id)?.responseOverrides.delete("account");
  store.accounts.delete(account.id);
  store.recordChange(account.id, ...account.contactIds);
}

export function linkContacts(store: Store, account: Account, fields: Fields): void {
  for (const contact of contactsIn(store, fields)) {
    if (store.behavior.linkMoves) for (const other of store.accounts.values()) removeMember(store, other, contact);
    addMember(store, account, contact);
  }
}

export function unlinkContacts(store: Store, account: Account, fields: Fields): void {
  for (const contact of contactsIn(store, fields)) removeMember(store, account, contact);
}

/** Returns the contacts whose IDs are in the body. Throws Front's 404 for an unknown ID before any contact is changed. */
function contactsIn(store: Store, fields: Fields): Contact[] {
  return contactIdsIn(fields).map((id) => store.getContact(id));
}

export function linkContactByDomain(store: Store, contact: Contact): void {
  for (const account of store.accounts.values()) linkIfDomainMatches(store, account, contact);
}

export function linkContactsByDomain(store: Store, account: Account): void {
  for (const contact of store.contacts.values()) linkIfDomainMatches(store, account, contact);
}

/** With the behavior `linkMoves`, a contact that is already linked to an account stays there. */
function linkIfDomainMatches(store: Store, account: Account, contact: Contact): void {
  const isDomainOf = ({ source, handle }: Handle) =>
    source === "email" && hasDomain(account, handle.slice(handle.lastIndexOf("@") + 1));
  if (!contact.handles.some(isDomainOf)) return;
  if (!store.behavior.linkMoves || accountOf(store, contact) === undefined) addMember(store, account, contact);
}

/** Returns the first account that a contact is linked to. */
export function accountOf(store: Store, { id }: Contact): Account | undefined {
  return [...store.accounts.values()].find(({ contactIds }) => contactIds.has(id));
}

/** Removes the response override of `account`, because it may be outdated. */
export function addMember(store: Store, account: Account, { id, responseOverrides }: Contact): void {
  account.contactIds.add(id);
  responseOverrides.delete("account");
  store.recordChange(account.id, id);
}

function removeMember(store: Store, account: Account, { id, responseOverrides }: Contact): void {
  if (account.contactIds.delete(id)) store.recordChange(account.id);
  if (responseOverrides.delete("account")) store.recordChange(id);
}
