import { createAccount, deleteAccount, getAccount, linkContacts, unlinkContacts, updateAccount } from "./accounts.ts";
import type { Scope } from "./api-tokens.ts";
import { avatarResponse, copiedAvatarResponse } from "./avatars.ts";
import type { Body, Fields } from "./body.ts";
import { addNote, conversationsOf, createContact, updateContact } from "./contacts.ts";
import {
  apiOrigin,
  encodeAccount,
  encodeContact,
  encodeFieldDefinition,
  encodeInbox,
  encodeList,
  encodeListing,
  encodeNote,
  encodeTeammate,
} from "./encode.ts";
import { addHandle, removeHandle } from "./handles.ts";
import { type FrontResponse, json, noContent, noSuchRoute } from "./http-messages.ts";
import {
  addMembers,
  createList,
  deleteList,
  existingTeamId,
  getList,
  listedLists,
  membersOf,
  removeMembers,
} from "./lists.ts";
import { mergeContacts } from "./merge.ts";
import type { Account, Contact } from "./model.ts";
import { page } from "./paging.ts";
import type { Store } from "./store.ts";

export interface Call {
  readonly store: Store;
  /** The ID or alias in the path, percent-decoded; empty if the path has none. */
  readonly id: string;
  /** The name in the path of an avatar. */
  readonly avatarName: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Body;
  /** The origin of the emulator, for URLs that a client may follow. */
  readonly origin: string;
}

export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly scope: Scope | undefined;
  readonly handler: (call: Call) => FrontResponse;
}

/** Creates a route. `:id` in the path matches one segment. */
function route(method: string, path: string, scope: Scope | undefined, handler: Route["handler"]): Route {
  return { method, path: new RegExp(`^${path.replaceAll(":id", "([^/]+)")}$`), scope, handler };
}

type Encode = (call: Call) => unknown;

function get(path: string, scope: Scope | undefined, encode: Encode, status = 200): Route {
  return route("GET", path, scope, (call) => json(status, encode(call)));
}

/** Creates the route of a listing that Front does not document as paged. */
function listing<T>(
  [path, scope]: readonly [path: string, scope: Scope],
  items: (call: Call) => readonly T[],
  encode: (store: Store, item: T, path: string) => unknown,
  status = 200,
): Route {
  const encodeItems = (call: Call) => items(call).map((item) => encode(call.store, item, call.path));
  return get(path, scope, (call) => encodeListing(call.store, call, encodeItems(call)), status);
}

function create(path: string, scope: Scope, encode: Encode): Route {
  return route("POST", path, scope, (call) => json(201, encode(call)));
}

/** Creates a route that responds with 204 and no body. */
function change(method: string, path: string, scope: Scope, act: (call: Call) => void): Route {
  return route(method, path, scope, (call) => {
    act(call);
    return noContent();
  });
}

function on<T>(find: (call: Call) => T, act: (store: Store, resource: T, fields: Fields) => void) {
  return (call: Call) => act(call.store, find(call), call.body.fields);
}

const contactOf = ({ store, id }: Call) => store.getContact(id);
const listOf = ({ store, id }: Call) => getList(store, id);
const accountOf = ({ store, id }: Call) => getAccount(store, id);

function pageOfContacts(call: Call, contacts: readonly Contact[], sortable: boolean, memberOf?: Account): unknown {
  return page(call.store, { ...call, sortable }, contacts, (contact) => encodeContact(call.store, contact, memberOf));
}

const COMPANY: readonly Route[] = [
  get("/me", undefined, ({ store: { settings } }) => {
    const { id, name } = settings.company;
    return { _links: { self: `${apiOrigin(settings.company)}/me` }, id, name };
  }),
  ...["/custom_fields", "/contacts/custom_fields"].map((path) =>
    listing([path, "custom_fields:read"], ({ store }) => store.settings.customFields, encodeFieldDefinition),
  ),
  listing(
    ["/accounts/custom_fields", "custom_fields:read"],
    ({ store }) => store.settings.accountCustomFields,
    encodeFieldDefinition,
  ),
  listing(["/teammates", "teammates:read"], ({ store }) => store.settings.teammates, encodeTeammate),
  listing(["/inboxes", "inboxes:read"], ({ store }) => store.settings.inboxes, encodeInbox),
];

const CONTACTS: readonly Route[] = [
  get("/contacts", "contacts:read", (call) => pageOfContacts(call, call.store.listedContacts(), true)),
  create("/contacts", "contacts:write", ({ store, body }) => encodeContact(store, createContact(store, body))),
  route("POST", "/contacts/merge", "contacts:write", ({ store, body }) =>
    json(200, encodeContact(store, mergeContacts(store, body.fields))),
  ),
  get("/contacts/:id", "contacts:read", (call) => encodeContact(call.store, contactOf(call))),
  change("PATCH", "/contacts/:id", "contacts:write", (call) => updateContact(call.store, contactOf(call), call.body)),
  change("DELETE", "/contacts/:id", "contacts:delete", (call) => call.store.removeContact(contactOf(call))),
  change("POST", "/contacts/:id/handles", "contacts:write", on(contactOf, addHandle)),
  change("DELETE", "/contacts/:id/handles", "contacts:write", on(contactOf, removeHandle)),
  route("GET", "/contacts/:id/(avatar-[0-9]+)", "contacts:read", (call) =>
    avatarResponse(call.store, contactOf(call), call.avatarName, call.origin),
  ),
  get("/contacts/:id/conversations", "conversations:read", (call) =>
    page(call.store, { ...call, sortable: false }, conversationsOf(call.store, contactOf(call)), ({ json }) => json),
  ),
  // Front documents the status 202 for this listing.
  listing(["/contacts/:id/notes", "contacts:read"], (call) => contactOf(call).notes, encodeNote, 202),
  create("/contacts/:id/notes", "contacts:write", (call) =>
    encodeNote(call.store, addNote(call.store, contactOf(call), call.body.fields)),
  ),
];

/** Lists were formerly called groups, and the endpoints of groups still work. */
const LISTS: readonly Route[] = ["/contact_lists", "/contact_groups"].flatMap((root) => [
  listing([root, "contacts:read"], ({ store }) => listedLists(store), encodeList),
  change("POST", root, "contacts:write", ({ store, body }) => createList(store, body.fields)),
  listing(
    [`/teams/:id${root}`, "contacts:read"],
    ({ store, id }) => listedLists(store, existingTeamId(store, id)),
    encodeList,
  ),
  change("POST", `/teams/:id${root}`, "contacts:write", ({ store, id, body }) =>
    createList(store, body.fields, existingTeamId(store, id)),
  ),
  change("DELETE", `${root}/:id`, "contacts:delete", on(listOf, deleteList)),
  get(`${root}/:id/contacts`, "contacts:read", (call) =>
    pageOfContacts(call, membersOf(call.store, listOf(call)), false),
  ),
  change("POST", `${root}/:id/contacts`, "contacts:write", on(listOf, addMembers)),
  change("DELETE", `${root}/:id/contacts`, "contacts:write", on(listOf, removeMembers)),
]);

const ACCOUNTS: readonly Route[] = [
  get("/accounts", "accounts:read", (call) => {
    const accounts = [...call.store.accounts.values()];
    const encode = (account: Account) => encodeAccount(call.store, account);
    return page(call.store, { ...call, sortable: true, filterable: false }, accounts, encode);
  }),
  create("/accounts", "accounts:write", ({ store, body }) => encodeAccount(store, createAccount(store, body.fields))),
  get("/accounts/:id", "accounts:read", (call) => encodeAccount(call.store, accountOf(call))),
  route("PATCH", "/accounts/:id", "accounts:write", (call) => {
    const account = accountOf(call);
    updateAccount(call.store, account, call.body.fields);
    return json(200, encodeAccount(call.store, account));
  }),
  change("DELETE", "/accounts/:id", "accounts:delete", on(accountOf, deleteAccount)),
  get("/accounts/:id/contacts", "contacts:read", (call) => {
    const account = accountOf(call);
    const members = [...call.store.contacts.values()].filter(({ id }) => account.contactIds.has(id));
    return pageOfContacts(call, members, false, account);
  }),
  change("POST", "/accounts/:id/contacts", "accounts:write", on(accountOf, linkContacts)),
  change("DELETE", "/accounts/:id/contacts", "accounts:write", on(accountOf, unlinkContacts)),
];

/** Serves avatars of copied contacts at the paths that they have in the original company. */
const COPIED_AVATAR = route("GET", "/.*", undefined, ({ store, path, origin }) => {
  const response = copiedAvatarResponse(store, path, origin);
  if (response === undefined) throw noSuchRoute();
  return response;
});

/** The routes except those of OAuth and of signed URLs. The first route that matches a request is used. */
export const ROUTES: readonly Route[] = [...COMPANY, ...CONTACTS, ...LISTS, ...ACCOUNTS, COPIED_AVATAR];
