import {
  type FieldValue,
  type Handle,
  isOpaque,
  type RemoteContact,
  type UndecodableContact,
} from "../model/contact.ts";
import { hasHandle } from "../model/handle.ts";
import {
  type AccountPatch,
  type ContactPage,
  type ContactPatch,
  catchUndecodable,
  type DecodeResult,
  type FrontApi,
  FrontError,
  type NewAccount,
  type NewContact,
  undefinedIf,
} from "./api.ts";
import { downloadAvatar } from "./avatar-download.ts";
import { type Connection, type FrontOptions, openConnection } from "./connection.ts";
import { AVATAR_TIMEOUT, PAGE_SIZE } from "./constants.ts";
import {
  decodeAccount,
  decodeAccounts,
  decodeCompany,
  decodeContact,
  decodeContactPage,
  decodeCount,
  decodeFieldDefinitions,
  decodeInboxes,
  decodeItems,
  decodeLists,
  decodeTeammates,
  decodeWholeAccount,
  type ListedContact,
  type Page,
} from "./decode.ts";
import type { HttpRequest } from "./http.ts";
import { RawJson } from "./json.ts";
import { readContactPages, readListing, readListingPages } from "./pagination.ts";
import { readJson } from "./response-errors.ts";
import type { RetryingClient } from "./retrying-client.ts";
import type { FrontUrls } from "./urls.ts";

/**
 * Returns a client for Front's API. Sends no request. Throws a `FrontError` if the token is missing or malformed, or if the
 * URL is not valid or must not receive the token. Throws a `RangeError` if a number is out of range.
 */
export function connectFront(options: FrontOptions): FrontApi {
  const connection = openConnection(options);
  const { client } = connection;
  const { readOnly = false } = options;
  const front = new ApiRequests(connection, readOnly);
  return {
    readOnly,
    get requests() {
      return client.requests;
    },
    get requestRate() {
      return client.requestRate;
    },
    get time() {
      return client.serverTime;
    },
    ...createCompanyReads(front),
    ...createContactReads(front),
    avatar: (url) => downloadAvatar(connection, url),
    ...createContactWrites(front),
    ...createAccountAndListWrites(front),
  };
}

function createCompanyReads(front: ApiRequests) {
  const { urls } = front;
  return {
    me: () => front.get(urls.urlFor("/me"), decodeCompany),
    customFields: () => front.listing("/contacts/custom_fields", decodeFieldDefinitions),
    accountCustomFields: () => front.listing("/accounts/custom_fields", decodeFieldDefinitions),
    contactLists: (team) => readListing((pageToken) => front.get(urls.lists(team, { pageToken }), decodeLists)),
    teammates: () => front.listing("/teammates", decodeTeammates),
    inboxes: () => front.listing("/inboxes", decodeInboxes),
    async *accounts(order = "oldest-first", onUndecodable) {
      const url = (pageToken: string | undefined) => urls.accounts({ order, limit: PAGE_SIZE, pageToken });
      const decode = (json: unknown) => decodeAccounts(json, onUndecodable);
      const pages = readListingPages((pageToken) => front.get(url(pageToken), decode));
      for await (const { items, next } of pages) yield { accounts: items, last: next === undefined };
    },
    account: (idOrAlias) => undefinedIf("missing", front.get(urls.account(idOrAlias), decodeAccount)),
    page: (path) => front.get(urls.urlFor(path), decodeItems),
  } satisfies Partial<FrontApi>;
}

function createContactReads(front: ApiRequests) {
  const { urls } = front;
  return {
    contacts: ({ updatedAfter } = {}) =>
      front.contactPages((pageToken) => urls.contacts({ limit: PAGE_SIZE, pageToken, updatedAfter })),
    accountMembers: (accountId) =>
      front.contactPages((pageToken) => urls.accountMembers(accountId, { limit: PAGE_SIZE, pageToken })),
    listMembers: (listId) =>
      front.contactPages((pageToken) => urls.listMembers(listId, { limit: PAGE_SIZE, pageToken })),
    contact: (id) => front.contact(id),
    async contactByHandle(handle) {
      const contact = await front.findContact(urls.alias(handle));
      if (contact !== undefined && !hasHandle(contact, handle))
        throw wrongContactError(`${handle.source} ${handle.handle}`);
      return contact;
    },
    conversations: (id) => front.get(urls.contact(id, "conversations"), decodeCount),
  } satisfies Partial<FrontApi>;
}

/** The methods are async, so an invalid ID results in a rejected promise instead of a synchronous exception. */
function createContactWrites(front: ApiRequests) {
  const { urls } = front;
  return {
    createContact: async (contact) => front.create(urls.urlFor("/contacts"), newContactBody(contact), decodeContact),
    patchContact: async (id, patch) => front.write("PATCH", urls.contact(id), { json: patchBody(patch) }),
    editContact: async (id, patchFor) =>
      front.edit(urls.contact(id), decodeContact, (current) => {
        if (current.id !== id) throw wrongContactError(id);
        const patch = patchFor(current);
        return patch && patchBody(patch);
      }),
    async uploadAvatar(id, type, bytes) {
      const form = new FormData();
      form.append("avatar", new Blob([Uint8Array.from(bytes)], { type }), `avatar.${type.slice("image/".length)}`);
      await front.write("PATCH", urls.contact(id), { form, timeout: AVATAR_TIMEOUT });
    },
    addHandle: async (id, { source, handle }) =>
      front.write("POST", urls.contact(id, "handles"), { json: { source, handle } }),
    removeHandle: async (id, { source, handle }) =>
      front.write("DELETE", urls.contact(id, "handles"), { json: { source, handle } }),
    async mergeContacts(targetId, otherIds) {
      const json = { target_contact_id: targetId, contact_ids: otherIds };
      return await front.create(urls.urlFor("/contacts/merge"), json, decodeContact);
    },
    deleteContact: async (id) => front.write("DELETE", urls.contact(id)),
  } satisfies Partial<FrontApi>;
}

function createAccountAndListWrites(front: ApiRequests) {
  const { urls } = front;
  const changeMembers = (method: HttpRequest["method"], url: URL, contactIds: readonly string[]) =>
    front.write(method, url, { json: { contact_ids: contactIds } });
  return {
    createAccount: async (account) => front.create(urls.urlFor("/accounts"), accountBody(account), decodeAccount),
    patchAccount: async (id, patch) => front.write("PATCH", urls.account(id), { json: accountBody(patch) }),
    editAccount: async (id, patchFor) =>
      front.edit(urls.account(id), decodeWholeAccount, (current) => {
        const patch = patchFor(current);
        return patch && accountBody(patch);
      }),
    deleteAccount: async (id) => front.write("DELETE", urls.account(id)),
    linkContacts: async (accountId, ids) => changeMembers("POST", urls.accountMembers(accountId, {}), ids),
    unlinkContacts: async (accountId, ids) => changeMembers("DELETE", urls.accountMembers(accountId, {}), ids),
    createList: async (name, team) => front.write("POST", urls.lists(team, {}), { json: { name } }),
    deleteList: async (listId) => front.write("DELETE", urls.list(listId)),
    addToList: async (listId, ids) => changeMembers("POST", urls.listMembers(listId, {}), ids),
    removeFromList: async (listId, ids) => changeMembers("DELETE", urls.listMembers(listId, {}), ids),
  } satisfies Partial<FrontApi>;
}

class ApiRequests {
  readonly urls: FrontUrls;
  readonly #client: RetryingClient;
  readonly #token: Connection["token"];
  readonly #readOnly: boolean;

  constructor({ client, urls, token }: Connection, readOnly: boolean) {
    this.urls = urls;
    this.#client = client;
    this.#token = token;
    this.#readOnly = readOnly;
  }

  async get<T>(url: URL, decode: (json: unknown) => T): Promise<T> {
    return await this.#client.read(this.#request("GET", url), decode);
  }

  listing<T extends object>(path: string, decode: (json: unknown) => Page<T>): Promise<T[]> {
    return readListing((pageToken) => this.get(this.urls.listing(path, { pageToken }), decode));
  }

  contactPages(url: (pageToken: string | undefined) => URL): AsyncGenerator<ContactPage> {
    return readContactPages(
      (pageToken) => this.get(url(pageToken), decodeContactPage),
      (items) => this.#complete(items),
    );
  }

  findContact(idOrAlias: string): Promise<RemoteContact | undefined> {
    return undefinedIf("missing", this.get(this.urls.contact(idOrAlias), decodeContact));
  }

  async contact(id: string): Promise<RemoteContact | undefined> {
    const contact = await this.findContact(id);
    if (contact !== undefined && contact.id !== id) throw wrongContactError(id);
    return contact;
  }

  async create<T>(url: URL, json: object, decode: (json: unknown) => T): Promise<T> {
    const request = this.#request("POST", url, { json });
    return readJson(request, await this.#client.send(request), decode);
  }

  async edit<T>(url: URL, decode: (json: unknown) => T, bodyFor: (current: T) => object | undefined): Promise<void> {
    const read = this.#request("GET", url);
    await this.#client.readThenWrite(read, (response) => {
      const json = bodyFor(readJson(read, response, decode));
      return json && this.#request("PATCH", url, { json });
    });
  }

  async write(method: HttpRequest["method"], url: URL, body?: Partial<HttpRequest>): Promise<void> {
    await this.#client.send(this.#request(method, url, body));
  }

  #request(method: HttpRequest["method"], url: URL, body: Partial<HttpRequest> = {}): HttpRequest {
    if (this.#readOnly && method !== "GET")
      throw new Error(
        `Cannot send ${method} ${url.pathname}: the client is read-only. Omit readOnly to allow changes.`,
      );
    return { method, url, bearer: this.#token, ...body };
  }

  /** Reads a contact by its ID if the listing omits its custom fields. */
  async #complete(items: readonly ListedContact[]): Promise<Pick<ContactPage, "contacts" | "undecodable">> {
    const contacts: RemoteContact[] = [];
    const undecodable: UndecodableContact[] = [];
    for (const item of items) {
      const result: DecodeResult<RemoteContact | undefined> =
        "undecodable" in item
          ? item
          : item.contact
            ? { found: item.contact }
            : await catchUndecodable(this.contact(item.id));
      if (result.undecodable !== undefined) undecodable.push(result.undecodable);
      if (result.found !== undefined) contacts.push(result.found);
    }
    return { contacts, undecodable };
  }
}

function wrongContactError(requested: string): FrontError {
  const advice =
    "Run the command again. If the error persists, the contact was merged, or its ID changed; look it up in Front.";
  return new FrontError("changed", `Front returned a contact other than the requested one (${requested})`, { advice });
}

function newContactBody({ handles, name, description, links, listNames, customFields }: NewContact): object {
  return {
    handles: handles.map(({ source, handle }: Handle) => ({ source, handle })),
    name,
    description,
    links,
    list_names: listNames,
    custom_fields: customFields && fieldsBody(Object.entries(customFields)),
  };
}

/** Undefined properties are omitted, so Front does not change them. */
function patchBody({ name, description, links, customFields }: ContactPatch): object {
  return { name, description, links, custom_fields: customFields && fieldsBody(customFields) };
}

function accountBody({ name, description, domains, customFields, ...rest }: NewAccount | AccountPatch): object {
  return {
    name,
    description,
    domains,
    external_id: "externalId" in rest ? rest.externalId : undefined,
    custom_fields: customFields && fieldsBody(customFields),
  };
}

function fieldsBody(fields: Iterable<readonly [string, FieldValue]>): object {
  return Object.fromEntries(
    [...fields].map(([name, value]) => [name, isOpaque(value) ? new RawJson(value.json) : value]),
  );
}
