import {
  contactIdsIn,
  type Fields,
  type Problems,
  recordIn,
  requiredText,
  textIn,
  textsIn,
  throwIfAny,
} from "./body.ts";
import { acceptFieldValues } from "./custom-fields.ts";
import { conflict, unknownId } from "./http-messages.ts";
import type { Account, Contact } from "./model.ts";
import { idOf, type Store } from "./store.ts";

/** Returns the account with an id, `alt:domain:…` or `alt:ext_id:…`. Throws Front's 404. */
export function getAccount(store: Store, reference: string): Account {
  const [, alias, value = ""] = /^alt:(domain|ext_id):(.*)$/s.exec(reference) ?? [];
  const found = alias === undefined ? store.accounts.get(reference) : findByAlias(store, alias, value);
  if (found === undefined) throw unknownId("account", reference);
  return found;
}

function findByAlias(store: Store, alias: string, value: string): Account | undefined {
  return [...store.accounts.values()].find(({ domains, externalId }) =>
    alias === "ext_id" ? externalId === value : domains.includes(value),
  );
}

export function createAccount(store: Store, fields: Fields): Account {
  const problems: Problems = [];
  const name = requiredText(fields, "name", problems);
  const externalId = textIn(fields, "external_id", problems) ?? null;
  const changes = changesIn(store, fields, new Map(), problems);
  if (externalId !== null) rejectUsedAlias(store, "ext_id", externalId, undefined);
  for (const domain of changes.domains ?? []) rejectUsedAlias(store, "domain", domain, undefined);

  const sequence = store.nextSerial();
  const account: Account = {
    ...{ id: idOf("acc", sequence), sequence, name, externalId },
    ...{ description: null, domains: [], customFields: new Map(), contactIds: new Set<string>() },
    ...{ createdAt: store.now(), updatedAt: store.now() },
  };
  store.accounts.set(account.id, account);
  change(store, account, changes);
  return account;
}

/** Updates an account. Ignores `external_id` in the body, which can be set at creation only. */
export function updateAccount(store: Store, account: Account, fields: Fields): void {
  const changes = changesIn(store, fields, account.customFields, []);
  for (const domain of changes.domains ?? []) rejectUsedAlias(store, "domain", domain, account);
  change(store, account, changes);
}

function changesIn(store: Store, fields: Fields, kept: ReadonlyMap<string, unknown>, problems: Problems) {
  const sent = recordIn(fields, "custom_fields", problems);
  const definitions = store.settings.accountCustomFields;
  const changes = {
    name: textIn(fields, "name", problems),
    description: textIn(fields, "description", problems),
    domains: textsIn(fields, "domains", problems),
    customFields: sent && acceptFieldValues(store, definitions, sent, kept, problems),
  };
  throwIfAny(problems);
  return changes;
}

function change(store: Store, account: Account, changes: ReturnType<typeof changesIn>): void {
  account.name = changes.name ?? account.name;
  account.description = changes.description ?? account.description;
  account.domains = changes.domains ?? account.domains;
  account.customFields = changes.customFields ?? account.customFields;
  account.updatedAt = store.now();
  store.changed(account.id);
  if (changes.domains !== undefined) addMembersByDomain(store, account);
}

/**
 * Throws if another account has the alias, unless the behavior allows it. Front does not document whether two accounts
 * can share a domain or an external id.
 */
function rejectUsedAlias(store: Store, alias: string, value: string, except: Account | undefined): void {
  const owner = findByAlias(store, alias, value);
  if (owner === undefined || owner === except || store.behavior.sameAccount === "allow") return;
  throw conflict(`${value} already belongs to the account ${owner.id}`);
}

export function deleteAccount(store: Store, account: Account): void {
  for (const id of account.contactIds) store.contacts.get(id)?.shownAs.delete("account");
  store.accounts.delete(account.id);
  store.changed(account.id, ...account.contactIds);
}

/**
 * Links contacts to an account. An unknown id fails the whole request, so all contacts are found before one is linked.
 */
export function linkContacts(store: Store, account: Account, fields: Fields): void {
  const contacts = contactIdsIn(fields).map((id) => store.contact(id));
  for (const contact of contacts) {
    if (store.behavior.linkMoves) for (const other of store.accounts.values()) removeMember(store, other, contact);
    addMember(store, account, contact);
  }
}

export function unlinkContacts(store: Store, account: Account, fields: Fields): void {
  const contacts = contactIdsIn(fields).map((id) => store.contact(id));
  for (const contact of contacts) removeMember(store, account, contact);
}

/** Adds a contact to every account that has the domain of one of its emails. */
export function joinAccountsByDomain(store: Store, contact: Contact): void {
  for (const account of store.accounts.values()) {
    if (hasDomainOf(account, contact) && mayJoin(store, contact)) addMember(store, account, contact);
  }
}

/**
 * Returns whether a domain may link a contact to its account: it does not move a contact that can have only one
 * account.
 */
function mayJoin(store: Store, contact: Contact): boolean {
  return !store.behavior.linkMoves || accountOf(store, contact) === undefined;
}

export function accountOf(store: Store, { id }: Contact): Account | undefined {
  return [...store.accounts.values()].find(({ contactIds }) => contactIds.has(id));
}

/** Adds a contact. Drops the account that a copied contact displays, which may be outdated now. */
function addMember(store: Store, account: Account, { id, shownAs }: Contact): void {
  account.contactIds.add(id);
  shownAs.delete("account");
  store.changed(account.id, id);
}

function removeMember(store: Store, account: Account, { id, shownAs }: Contact): void {
  if (account.contactIds.delete(id)) store.changed(account.id);
  if (shownAs.delete("account")) store.changed(id);
}

/** Adds every contact with an email in the account's domains. */
export function addMembersByDomain(store: Store, account: Account): void {
  for (const contact of store.contacts.values()) {
    if (hasDomainOf(account, contact) && mayJoin(store, contact)) addMember(store, account, contact);
  }
}

function hasDomainOf({ domains }: Account, { handles }: Contact): boolean {
  return handles.some(({ source, handle }) => {
    if (source !== "email") return false;
    const domain = handle.slice(handle.lastIndexOf("@") + 1).toLowerCase();
    return domains.some((own) => own.toLowerCase() === domain);
  });
}
