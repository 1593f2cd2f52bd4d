import { accountOf } from "./accounts.ts";
import type { Account, Company, Contact, FieldDefinition, Inbox, List, Note, Teammate } from "./model.ts";
import type { Store } from "./store.ts";

/**
 * Returns the origin of links in responses. As in Front's responses, it differs from the host of the request. The
 * domain is reserved, so a client that follows a link fails.
 */
export function apiOrigin(company: Company): string {
  const origin = origins.get(company) ?? `https://${slugOf(company) || "company"}.api.front.example`;
  origins.set(company, origin);
  return origin;
}

/** Cached, because a page of contacts contains hundreds of links. */
const origins = new WeakMap<Company, string>();

function slugOf({ name }: Company): string {
  return name
    .toLowerCase()
    .replace(/['’]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** `memberOf` is the account whose members are listed; undefined in other responses. */
export function encodeContact(store: Store, contact: Contact, memberOf?: Account): unknown {
  const self = `${apiOrigin(store.settings.company)}/contacts/${contact.id}`;
  const lists = contact.listIds.flatMap((id) => store.lists.get(id) ?? []).map((list) => encodeList(store, list));
  const json = {
    _links: { self, related: { notes: `${self}/notes`, conversations: `${self}/conversations`, owner: null } },
    id: contact.id,
    name: contact.name,
    description: contact.description,
    avatar_url: avatarUrl(store, contact, self),
    links: contact.links,
    lists,
    groups: lists,
    handles: contact.handles,
    custom_fields: Object.fromEntries(contact.customFields),
    is_private: contact.isPrivate,
    ...(store.behavior.showUpdatedAt ? { updated_at: contact.updatedAt / 1000 } : {}),
    ...accountProperty(store, contact, memberOf),
  };
  return { ...withEmptyCollections(store, json), ...Object.fromEntries(contact.responseOverrides) };
}

function accountProperty(store: Store, contact: Contact, memberOf: Account | undefined): object {
  const { accountOnContacts } = store.behavior;
  if (accountOnContacts === "never" || (accountOnContacts === "members" && memberOf === undefined)) return {};
  const account = memberOf ?? accountOf(store, contact);
  return { account: account === undefined ? null : encodeAccount(store, account) };
}

function avatarUrl({ behavior }: Store, { avatar }: Contact, self: string): string | null {
  if (avatar === undefined || avatar.url !== undefined) return avatar?.url ?? null;
  const base = behavior.avatarHost === "own" ? self : `https://pictures.example${new URL(self).pathname}`;
  return `${base}/avatar-${avatar.version}`;
}

function withEmptyCollections({ behavior }: Store, json: Readonly<Record<string, unknown>>): object {
  if (behavior.emptyCollections === "empty") return json;
  const entries = Object.entries(json).map(([name, value]): [string, unknown] => [name, isEmpty(value) ? null : value]);
  if (behavior.emptyCollections === "null") return Object.fromEntries(entries);
  const omittable = ["links", "lists", "groups"];
  return Object.fromEntries(entries.filter(([name, value]) => value !== null || !omittable.includes(name)));
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

export function encodeList(store: Store, { id, name, teamId, isPrivate }: List): unknown {
  const origin = apiOrigin(store.settings.company);
  const self = `${origin}/contact_lists/${id}`;
  const owner = isPrivate ? null : `${origin}/teams/${teamId}`;
  return { _links: { self, related: { contacts: `${self}/contacts`, owner } }, id, name, is_private: isPrivate };
}

export function encodeAccount(store: Store, account: Account): unknown {
  const self = `${apiOrigin(store.settings.company)}/accounts/${account.id}`;
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

export function encodeFieldDefinition(store: Store, definition: FieldDefinition, path: string): unknown {
  return { _links: { self: `${apiOrigin(store.settings.company)}${path}/${definition.id}` }, ...definition };
}

export function encodeTeammate(store: Store, teammate: Teammate): unknown {
  const { id, email, username, firstName, lastName } = teammate;
  return {
    _links: { self: `${apiOrigin(store.settings.company)}/teammates/${id}` },
    id,
    email,
    username,
    first_name: firstName,
    last_name: lastName,
    is_admin: false,
    is_available: true,
    is_blocked: false,
    custom_fields: {},
  };
}

export function encodeInbox(store: Store, { id, name }: Inbox): unknown {
  const self = `${apiOrigin(store.settings.company)}/inboxes/${id}`;
  return { _links: { self }, id, name, is_private: false, is_public: true, custom_fields: {} };
}

export function encodeNote(store: Store, { author, body, createdAt }: Note): unknown {
  const teammate = store.settings.teammates.find(({ id }) => id === author);
  const json = teammate === undefined ? null : encodeTeammate(store, teammate);
  return { author: json, body, created_at: createdAt / 1000, is_private: false };
}

/** Number of items on a page with the behavior `listings: paged`. */
const LISTING_PAGE_SIZE = 2;

export function encodeListing(
  store: Store,
  { path, query }: { readonly path: string; readonly query: URLSearchParams },
  results: readonly unknown[],
): unknown {
  const self = `${apiOrigin(store.settings.company)}${path}`;
  if (store.behavior.listings === "whole") return { _pagination: { next: null }, _links: { self }, _results: results };
  const start = Number(query.get("page_token") ?? 0) || 0;
  const end = start + LISTING_PAGE_SIZE;
  const next = end < results.length ? `${self}?page_token=${end}` : null;
  return { _pagination: { next }, _links: { self }, _results: results.slice(start, end) };
}
