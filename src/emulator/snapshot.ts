import type { Account, Contact } from "./model.ts";
import type { Seed, SeedAccount, SeedContact } from "./seed-form.ts";
import { writtenOauth } from "./seed-oauth.ts";
import type { Store } from "./store.ts";

/** A store in its written form: a whole seed, which `storeFrom` reads back to the same company. */
export function snapshotOf(store: Store): Seed {
  const { company, teammates, inboxes, customFields, accountCustomFields } = store.furniture;
  return {
    company,
    teammates: teammates.map(({ firstName, lastName, ...rest }) => ({
      ...rest,
      first_name: firstName,
      last_name: lastName,
    })),
    inboxes,
    custom_fields: customFields,
    account_custom_fields: accountCustomFields,
    lists: [...store.lists.values()].map(({ id, name, isPrivate }) => ({ id, name, is_private: isPrivate })),
    contacts: [...store.contacts.values()].map(writtenContact),
    accounts: [...store.accounts.values()].map(writtenAccount),
    merged: Object.fromEntries(store.merged),
    serial: store.serial,
    oauth: writtenOauth(store.oauth),
  };
}

function writtenContact(contact: Contact): SeedContact {
  const { id, name, description, handles, links, conversations, avatar } = contact;
  return {
    ...{ id, name, name_edited: contact.nameEdited, description, handles, links, lists: contact.listIds },
    custom_fields: Object.fromEntries(contact.customFields),
    is_private: contact.isPrivate,
    avatar: avatar && { type: avatar.type, version: avatar.version, base64: base64Of(avatar.bytes) },
    notes: contact.notes.map(({ author, body, createdAt }) => ({ author, body, created_at: createdAt / 1000 })),
    ...(Object.keys(contact.shownAs).length === 0 ? {} : { shown_as: contact.shownAs }),
    ...{ conversations, created_at: contact.createdAt / 1000, updated_at: contact.updatedAt / 1000 },
  };
}

function writtenAccount(account: Account): SeedAccount {
  const { id, name, description, domains } = account;
  return {
    ...{ id, name, description, domains, external_id: account.externalId },
    custom_fields: Object.fromEntries(account.customFields),
    contacts: [...account.contactIds],
    ...{ created_at: account.createdAt / 1000, updated_at: account.updatedAt / 1000 },
  };
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
