import type { Scope } from "./access.ts";
import { createAccount, deleteAccount, getAccount, linkContacts, unlinkContacts, updateAccount } from "./accounts.ts";
import { avatarResponse, findAvatarAt } from "./avatars.ts";
import type { Body } from "./body.ts";
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
  getList,
  getTeam,
  listedLists,
  membersOf,
  removeMembers,
} from "./lists.ts";
import { mergeContacts } from "./merge.ts";
import type { Account, Contact } from "./model.ts";
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

/** Creates a route. `:id` in a path matches one segment. The first matching route is used. */
function route(method: string, path: string, scope: Scope | undefined, handler: Route["handler"]): Route {
  return { method, path: new RegExp(`^${path.replaceAll(":id", "([^/]+)")}$`), scope, handler };
}

type View = (call: Call) => unknown;

function get(path: string, scope: Scope | undefined, view: View, status = 200): Route {
  return route("GET", path, scope, (call) => json(status, view(call)));
}

/** Creates the route of a listing without documented paging. */
function listing<T>(
  [path, scope]: readonly [path: string, scope: Scope],
  items: (call: Call) => readonly T[],
  encode: (store: Store, item: T, path: string) => unknown,
  status = 200,
): Route {
  const view = (call: Call) => items(call).map((item) => encode(call.store, item, call.path));
  return get(path, scope, (call) => encodeListing(call.store, call, view(call)), status);
}

function create(path: string, scope: Scope, view: View): Route {
  return route("POST", path, scope, (call) => json(201, view(call)));
}

/** Creates a route that responds with 204 and no body. */
function change(method: string, path: string, scope: Scope, act: (call: Call) => void): Route {
  return route(method, path, scope, (call) => {
    act(call);
    return noContent();
  });
}

const asContact = ({ store, first }: Call) => store.contact(first);
const asList = ({ store, first }: Call) => getList(store, first);
const asAccount = ({ store, first }: Call) => getAccount(store, first);

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
  get("/contacts/:id", "contacts:read", (call) => encodeContact(call.store, asContact(call))),
  change("PATCH", "/contacts/:id", "contacts:write", (call) => updateContact(call.store, asContact(call), call.body)),
  change("DELETE", "/contacts/:id", "contacts:delete", (call) => call.store.removeContact(asContact(call))),
  change("POST", "/contacts/:id/handles", "contacts:write", (call) =>
    addHandle(call.store, asContact(call), call.body.fields),
  ),
  change("DELETE", "/contacts/:id/handles", "contacts:write", (call) =>
    removeHandle(call.store, asContact(call), call.body.fields),
  ),
  route("GET", "/contacts/:id/(avatar-[0-9]+)", "contacts:read", (call) =>
    avatarResponse(call.store, asContact(call), call.second, call.origin),
  ),
  get("/contacts/:id/conversations", "conversations:read", (call) =>
    page(call.store, { ...call, sortable: false }, conversationsOf(call.store, asContact(call)), ({ view }) => view),
  ),
  // Front documents 202 for this read.
  listing(["/contacts/:id/notes", "contacts:read"], (call) => asContact(call).notes, encodeNote, 202),
  create("/contacts/:id/notes", "contacts:write", (call) =>
    encodeNote(call.store, addNote(call.store, asContact(call), call.body.fields)),
  ),
];

/** Lists were called groups before, and the former endpoints still work. */
const LISTS: readonly Route[] = ["/contact_lists", "/contact_groups"].flatMap((root) => [
  listing([root, "contacts:read"], ({ store }) => listedLists(store), encodeList),
  change("POST", root, "contacts:write", ({ store, body }) => createList(store, body.fields)),
  listing(
    [`/teams/:id${root}`, "contacts:read"],
    ({ store, first }) => listedLists(store, getTeam(store, first)),
    encodeList,
  ),
  change("POST", `/teams/:id${root}`, "contacts:write", ({ store, first, body }) =>
    createList(store, body.fields, getTeam(store, first)),
  ),
  change("DELETE", `${root}/:id`, "contacts:delete", (call) => deleteList(call.store, asList(call))),
  get(`${root}/:id/contacts`, "contacts:read", (call) =>
    pageOfContacts(call, membersOf(call.store, asList(call)), false),
  ),
  change("POST", `${root}/:id/contacts`, "contacts:write", (call) =>
    addMembers(call.store, asList(call), call.body.fields),
  ),
  change("DELETE", `${root}/:id/contacts`, "contacts:write", (call) =>
    removeMembers(call.store, asList(call), call.body.fields),
  ),
]);

const ACCOUNTS: readonly Route[] = [
  get("/accounts", "accounts:read", (call) => {
    const accounts = [...call.store.accounts.values()];
    const view = (account: Account) => encodeAccount(call.store, account);
    return page(call.store, { ...call, sortable: true, filterable: false }, accounts, view);
  }),
  create("/accounts", "accounts:write", ({ store, body }) => encodeAccount(store, createAccount(store, body.fields))),
  get("/accounts/:id", "accounts:read", (call) => encodeAccount(call.store, asAccount(call))),
  route("PATCH", "/accounts/:id", "accounts:write", (call) => {
    const account = asAccount(call);
    updateAccount(call.store, account, call.body.fields);
    return json(200, encodeAccount(call.store, account));
  }),
  change("DELETE", "/accounts/:id", "accounts:delete", (call) => deleteAccount(call.store, asAccount(call))),
  get("/accounts/:id/contacts", "contacts:read", (call) => {
    const account = asAccount(call);
    const members = [...call.store.contacts.values()].filter(({ id }) => account.contactIds.has(id));
    return pageOfContacts(call, members, false, account);
  }),
  change("POST", "/accounts/:id/contacts", "accounts:write", (call) =>
    linkContacts(call.store, asAccount(call), call.body.fields),
  ),
  change("DELETE", "/accounts/:id/contacts", "accounts:write", (call) =>
    unlinkContacts(call.store, asAccount(call), call.body.fields),
  ),
];

/** Serves avatars of copied contacts at the paths that they have in the original company. */
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
