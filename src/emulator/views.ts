import type { Account, Company, Contact, FieldDefinition, Inbox, List, Note, Teammate } from "./model.ts";
import type { Store } from "./store.ts";

/**
 * The host that Front's own links name. It is never the one that was asked, nor one that exists, so
 * a client that follows links blindly is found out and reaches nobody.
 */
export function apiOrigin({ name }: Company): string {
  const slug = name
    .toLowerCase()
    .replace(/['’]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `https://${slug || "company"}.api.front.example`;
}

export function contactView(store: Store, contact: Contact): unknown {
  const self = `${apiOrigin(store.furniture.company)}/contacts/${contact.id}`;
  const lists = contact.listIds.flatMap((id) => store.lists.get(id) ?? []).map((list) => listView(store, list));
  return {
    _links: { self, related: { notes: `${self}/notes`, conversations: `${self}/conversations`, owner: null } },
    id: contact.id,
    name: contact.name,
    description: contact.description,
    avatar_url: contact.avatar === undefined ? null : `${self}/avatar-${contact.avatar.version}`,
    links: contact.links,
    lists,
    groups: lists,
    handles: contact.handles,
    custom_fields: Object.fromEntries(contact.customFields),
    is_private: contact.isPrivate,
    ...(store.behaviour.showUpdatedAt ? { updated_at: contact.updatedAt / 1000 } : {}),
  };
}

export function listView(store: Store, { id, name, isPrivate }: List): unknown {
  const self = `${apiOrigin(store.furniture.company)}/contact_lists/${id}`;
  return { _links: { self, related: { contacts: `${self}/contacts`, owner: null } }, id, name, is_private: isPrivate };
}

export function accountView(store: Store, account: Account): unknown {
  const self = `${apiOrigin(store.furniture.company)}/accounts/${account.id}`;
  return {
    _links: { self, related: { contacts: `${self}/contacts` } },
    id: account.id,
    name: account.name,
    logo_url: null,
    description: account.description,
    domains: account.domains,
    external_id: account.externalId,
    custom_fields: Object.fromEntries(account.customFields),
    created_at: account.createdAt / 1000,
    updated_at: account.updatedAt / 1000,
  };
}

export function definitionView(store: Store, path: string, definition: FieldDefinition): unknown {
  return { _links: { self: `${apiOrigin(store.furniture.company)}${path}/${definition.id}` }, ...definition };
}

export function teammateView(store: Store, teammate: Teammate): unknown {
  const { id, email, username, firstName, lastName } = teammate;
  return {
    _links: { self: `${apiOrigin(store.furniture.company)}/teammates/${id}` },
    ...{ id, email, username, first_name: firstName, last_name: lastName },
    ...{ is_admin: false, is_available: true, is_blocked: false, custom_fields: {} },
  };
}

export function inboxView(store: Store, { id, name }: Inbox): unknown {
  const self = `${apiOrigin(store.furniture.company)}/inboxes/${id}`;
  return { _links: { self }, id, name, is_private: false, is_public: true, custom_fields: {} };
}

export function noteView(store: Store, { author, body, createdAt }: Note): unknown {
  const teammate = store.furniture.teammates.find(({ id }) => id === author);
  const view = teammate === undefined ? null : teammateView(store, teammate);
  return { author: view, body, created_at: createdAt / 1000, is_private: false };
}

/** A whole answer that is not paged. */
export function wholeList(store: Store, path: string, results: readonly unknown[]): unknown {
  const self = `${apiOrigin(store.furniture.company)}${path}`;
  return { _pagination: { next: null }, _links: { self }, _results: results };
}
