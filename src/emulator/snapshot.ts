import type { Account, Avatar, Contact, List } from "./model.ts";
import type { Seed, SeedAccount, SeedAvatar, SeedContact, SeedList } from "./seed-format.ts";
import { encodeOauth } from "./seed-oauth.ts";
import type { Store } from "./store.ts";

/** Returns a seed from which `createStore` creates the same company. */
export function snapshotOf(store: Store): Seed {
  const origin = store.copiedFrom;
  const { company, teammates, inboxes, teams, customFields, accountCustomFields } = store.settings;
  return {
    ...(origin === undefined ? {} : { snapshot: origin, behavior: { ...store.behavior } }),
    company,
    teammates: teammates.map(({ firstName, lastName, ...teammate }) => ({
      ...teammate,
      first_name: firstName,
      last_name: lastName,
    })),
    inboxes,
    teams,
    custom_fields: customFields,
    account_custom_fields: accountCustomFields,
    lists: [...store.lists.values()].map(encodeListSeed),
    contacts: [...store.contacts.values()].map(encodeContactSeed),
    accounts: [...store.accounts.values()].map(encodeAccountSeed),
    merged: Object.fromEntries(store.mergedInto),
    serial: store.serial,
    oauth: encodeOauth(store.oauth),
  };
}

export function encodeListSeed({ id, name, teamId, isPrivate, isListed }: List): SeedList {
  return { id, name, team: teamId, is_private: isPrivate, ...(isListed ? {} : { is_listed: false }) };
}

function encodeAvatarSeed({ type, bytes, version, url }: Avatar): SeedAvatar {
  if (bytes === undefined) return { url, version };
  return { ...(url === undefined ? {} : { url }), type, version, base64: base64Of(bytes) };
}

export function encodeContactSeed(contact: Contact): SeedContact {
  const { id, name, description, handles, links, avatar } = contact;
  return {
    id,
    name,
    name_edited: contact.nameEdited,
    description,
    handles,
    links,
    lists: contact.listIds,
    custom_fields: Object.fromEntries(contact.customFields),
    is_private: contact.isPrivate,
    avatar: avatar && encodeAvatarSeed(avatar),
    notes: contact.notes.map(({ author, body, createdAt }) => ({ author, body, created_at: createdAt / 1000 })),
    ...(contact.responseOverrides.size === 0 ? {} : { shown_as: Object.fromEntries(contact.responseOverrides) }),
    conversations: contact.conversationCount,
    created_at: contact.createdAt / 1000,
    updated_at: contact.updatedAt / 1000,
  };
}

export function encodeAccountSeed(account: Account): SeedAccount {
  const { id, name, description, domains } = account;
  return {
    id,
    name,
    description,
    domains,
    external_id: account.externalId,
    custom_fields: Object.fromEntries(account.customFields),
    contacts: [...account.contactIds],
    created_at: account.createdAt / 1000,
    updated_at: account.updatedAt / 1000,
  };
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
