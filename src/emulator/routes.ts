import type { Scope } from "./access.ts";
import { createAccount, deleteAccount, getAccount, linkContacts, unlinkContacts, updateAccount } from "./accounts.ts";
import { avatarResponse, findAvatarAt } from "./avatars.ts";
import type { Body } from "./body.ts";
import { createContact, updateContact } from "./contacts.ts";
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
import { noSuchRoute } from "./error-response.ts";
import { addHandle, removeHandle } from "./handles.ts";
import { type FrontResponse, json, noContent } from "./http-messages.ts";
import { addMembers, createList, deleteList, getList, listedLists, membersOf, removeMembers } from "./lists.ts";
import { mergeContacts } from "./merge.ts";
import type { Account, Contact, FieldDefinition } from "./model.ts";
import { addNote, conversationsOf } from "./notes-and-conversations.ts";
import { page } from "./paging.ts";
import type { Store } from "./store.ts";

/** The parameters of a handler. */
export interface Call {
  readonly store: Store;
  /** The variable segments of the path, percent-decoded once. */
  readonly first: string;
  readonly second: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Body;
  /** The origin of the emulator, for URLs that lead to it. */
  readonly origin: string;
}

export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly scope: Scope | undefined;
  readonly handler: (call: Call) => FrontResponse;
}

/** `:id` in a path matches one segment. The first matching route is used. */
function route(method: string, path: string, scope: Scope | undefined, handler: Route["handler"]): Route {
  return { method, path: new RegExp(`^${path.replaceAll(":id", "([^/]+)")}$`), scope, handler };
}

/** Returns a handler that responds with 204 and no body. */
function withoutContent(act: (call: Call) => void): Route["handler"] {
  return (call) => {
    act(call);
    return noContent();
  };
}

const asContact = ({ store, first }: Call) => store.contact(first);
const asList = ({ store, first }: Call) => getList(store, first);
const asAccount = ({ store, first }: Call) => getAccount(store, first);

function pageOfContacts(call: Call, contacts: readonly Contact[], sortable: boolean): FrontResponse {
  return json(
    200,
    page(call.store, { ...call, sortable }, contacts, (contact) => encodeContact(call.store, contact)),
  );
}

function definitions(call: Call, defined: readonly FieldDefinition[]): FrontResponse {
  const views = defined.map((definition) => encodeFieldDefinition(call.store, call.path, definition));
  return json(200, encodeListing(call.store, call, views));
}

const COMPANY: readonly Route[] = [
  route("GET", "/me", undefined, ({ store }) => {
    const { id, name } = store.settings.company;
    return json(200, { _links: { self: `${apiOrigin(store.settings.company)}/me` }, id, name });
  }),
  route("GET", "/custom_fields", "custom_fields:read", (call) => definitions(call, call.store.settings.customFields)),
  route("GET", "/contacts/custom_fields", "custom_fields:read", (call) =>
    definitions(call, call.store.settings.customFields),
  ),
  route("GET", "/accounts/custom_fields", "custom_fields:read", (call) =>
    definitions(call, call.store.settings.accountCustomFields),
  ),
  route("GET", "/teammates", "teammates:read", ({ store, ...call }) =>
    json(
      200,
      encodeListing(
        store,
        call,
        store.settings.teammates.map((teammate) => encodeTeammate(store, teammate)),
      ),
    ),
  ),
  route("GET", "/inboxes", "inboxes:read", ({ store, ...call }) =>
    json(
      200,
      encodeListing(
        store,
        call,
        store.settings.inboxes.map((inbox) => encodeInbox(store, inbox)),
      ),
    ),
  ),
];

const CONTACTS: readonly Route[] = [
  route("GET", "/contacts", "contacts:read", (call) => pageOfContacts(call, call.store.listedContacts(), true)),
  route("POST", "/contacts", "contacts:write", ({ store, body }) =>
    json(201, encodeContact(store, createContact(store, body))),
  ),
  route("POST", "/contacts/merge", "contacts:write", ({ store, body }) =>
    json(200, encodeContact(store, mergeContacts(store, body.fields))),
  ),
  route("GET", "/contacts/:id", "contacts:read", (call) => json(200, encodeContact(call.store, asContact(call)))),
  route(
    "PATCH",
    "/contacts/:id",
    "contacts:write",
    withoutContent((call) => updateContact(call.store, asContact(call), call.body)),
  ),
  route(
    "DELETE",
    "/contacts/:id",
    "contacts:delete",
    withoutContent((call) => call.store.removeContact(asContact(call))),
  ),
  route(
    "POST",
    "/contacts/:id/handles",
    "contacts:write",
    withoutContent((call) => addHandle(call.store, asContact(call), call.body.fields)),
  ),
  route(
    "DELETE",
    "/contacts/:id/handles",
    "contacts:write",
    withoutContent((call) => removeHandle(call.store, asContact(call), call.body.fields)),
  ),
  route("GET", "/contacts/:id/(avatar-[0-9]+)", "contacts:read", (call) =>
    avatarResponse(call.store, asContact(call), call.second, call.origin),
  ),
  route("GET", "/contacts/:id/conversations", "conversations:read", (call) =>
    json(
      200,
      page(call.store, { ...call, sortable: false }, conversationsOf(call.store, asContact(call)), ({ view }) => view),
    ),
  ),
  // Front documents 202 for this read.
  route("GET", "/contacts/:id/notes", "contacts:read", (call) =>
    json(
      202,
      encodeListing(
        call.store,
        call,
        asContact(call).notes.map((note) => encodeNote(call.store, note)),
      ),
    ),
  ),
  route("POST", "/contacts/:id/notes", "contacts:write", (call) =>
    json(201, encodeNote(call.store, addNote(call.store, asContact(call), call.body.fields))),
  ),
];

/** Lists were called groups before, and the former endpoints still work. */
const LISTS: readonly Route[] = ["/contact_lists", "/contact_groups"].flatMap((root) => [
  route("GET", root, "contacts:read", ({ store, ...call }) =>
    json(
      200,
      encodeListing(
        store,
        call,
        listedLists(store).map((list) => encodeList(store, list)),
      ),
    ),
  ),
  route(
    "POST",
    root,
    "contacts:write",
    withoutContent(({ store, body }) => createList(store, body.fields)),
  ),
  route(
    "DELETE",
    `${root}/:id`,
    "contacts:delete",
    withoutContent((call) => deleteList(call.store, asList(call))),
  ),
  route("GET", `${root}/:id/contacts`, "contacts:read", (call) =>
    pageOfContacts(call, membersOf(call.store, asList(call)), false),
  ),
  route(
    "POST",
    `${root}/:id/contacts`,
    "contacts:write",
    withoutContent((call) => addMembers(call.store, asList(call), call.body.fields)),
  ),
  route(
    "DELETE",
    `${root}/:id/contacts`,
    "contacts:write",
    withoutContent((call) => removeMembers(call.store, asList(call), call.body.fields)),
  ),
]);

const ACCOUNTS: readonly Route[] = [
  route("GET", "/accounts", "accounts:read", (call) => {
    const accounts = [...call.store.accounts.values()];
    const view = (account: Account) => encodeAccount(call.store, account);
    if (call.store.behavior.listings === "paged") return json(200, encodeListing(call.store, call, accounts.map(view)));
    return json(200, page(call.store, { ...call, sortable: true, filterable: false }, accounts, view));
  }),
  route("POST", "/accounts", "accounts:write", ({ store, body }) =>
    json(201, encodeAccount(store, createAccount(store, body.fields))),
  ),
  route("GET", "/accounts/:id", "accounts:read", (call) => json(200, encodeAccount(call.store, asAccount(call)))),
  route("PATCH", "/accounts/:id", "accounts:write", (call) => {
    const account = asAccount(call);
    updateAccount(call.store, account, call.body.fields);
    return json(200, encodeAccount(call.store, account));
  }),
  route(
    "DELETE",
    "/accounts/:id",
    "accounts:delete",
    withoutContent((call) => deleteAccount(call.store, asAccount(call))),
  ),
  route("GET", "/accounts/:id/contacts", "contacts:read", (call) => {
    const account = asAccount(call);
    const members = [...call.store.contacts.values()].filter(({ id }) => account.contactIds.has(id));
    const view = (contact: Contact) => encodeContact(call.store, contact, account);
    return json(200, page(call.store, { ...call, sortable: false }, members, view));
  }),
  route(
    "POST",
    "/accounts/:id/contacts",
    "accounts:write",
    withoutContent((call) => linkContacts(call.store, asAccount(call), call.body.fields)),
  ),
  route(
    "DELETE",
    "/accounts/:id/contacts",
    "accounts:write",
    withoutContent((call) => unlinkContacts(call.store, asAccount(call), call.body.fields)),
  ),
];

const ANY_PATH: Route = {
  ...{ method: "GET", path: /^\/.*$/, scope: undefined },
  handler({ store, path, origin }) {
    const avatar = findAvatarAt(store, path, origin);
    if (avatar === undefined) throw noSuchRoute();
    return avatar;
  },
};

/** The part of Front's API that the emulator implements. */
export const ROUTES: readonly Route[] = [...COMPANY, ...CONTACTS, ...LISTS, ...ACCOUNTS, ANY_PATH];
