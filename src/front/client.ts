import type { RemoteAccount } from "../model/account.ts";
import {
  type FieldValue,
  type Handle,
  isOpaque,
  type List,
  type PictureType,
  type RemoteContact,
  type UndecodableContact,
} from "../model/contact.ts";
import { hasHandle } from "../model/handle.ts";
import {
  type AccountOrder,
  type AccountPage,
  type AccountPatch,
  type Company,
  type ContactPage,
  type ContactPatch,
  type ContactsListing,
  type FieldDefinition,
  type FrontApi,
  FrontError,
  type Inbox,
  type NewAccount,
  type NewContact,
  type OnUndecodableAccount,
  orUndecodable,
  type RequestRate,
  type Teammate,
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
  decodeCount,
  decodeFieldDefinitions,
  decodeInboxes,
  decodeItems,
  decodeLists,
  decodePage,
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

/** Connects to Front's API. Throws a `FrontError` if the URL may not receive a token, or if the token is malformed. */
export function connectFront(options: FrontOptions): FrontApi {
  return new FrontClient(openConnection(options), options.readOnly ?? false);
}

class FrontClient implements FrontApi {
  readonly #connection: Connection;
  readonly #client: RetryingClient;
  readonly #urls: FrontUrls;
  readonly #readOnly: boolean;

  constructor(connection: Connection, readOnly: boolean) {
    this.#connection = connection;
    this.#client = connection.client;
    this.#urls = connection.urls;
    this.#readOnly = readOnly;
  }

  get requests(): number {
    return this.#client.requests;
  }

  get requestRate(): RequestRate | undefined {
    return this.#client.requestRate;
  }

  get time(): number | undefined {
    return this.#client.time;
  }

  me(): Promise<Company> {
    return this.#get(this.#urls.path("/me"), decodeCompany);
  }

  customFields(): Promise<FieldDefinition[]> {
    return this.#listing("/contacts/custom_fields", decodeFieldDefinitions);
  }

  accountCustomFields(): Promise<FieldDefinition[]> {
    return this.#listing("/accounts/custom_fields", decodeFieldDefinitions);
  }

  contactLists(team?: string): Promise<List[]> {
    return readListing((pageToken) => this.#get(this.#urls.lists(team, { pageToken }), decodeLists));
  }

  teammates(): Promise<Teammate[] | undefined> {
    return undefinedIf("forbidden", this.#listing("/teammates", decodeTeammates));
  }

  inboxes(): Promise<Inbox[] | undefined> {
    return undefinedIf("forbidden", this.#listing("/inboxes", decodeInboxes));
  }

  async *accounts(
    order: AccountOrder = "oldest-first",
    onUndecodable?: OnUndecodableAccount,
  ): AsyncGenerator<AccountPage> {
    const url = (pageToken: string | undefined) => this.#urls.accounts({ order, limit: PAGE_SIZE, pageToken });
    const decode = (json: unknown) => decodeAccounts(json, onUndecodable);
    const pages = readListingPages((pageToken) => this.#get(url(pageToken), decode));
    for await (const { items, next } of pages) yield { accounts: items, last: next === undefined };
  }

  contacts({ updatedAfter }: ContactsListing = {}): AsyncGenerator<ContactPage> {
    return this.#pages((pageToken) => this.#urls.contacts({ limit: PAGE_SIZE, pageToken, updatedAfter }));
  }

  accountMembers(accountId: string): AsyncGenerator<ContactPage> {
    return this.#pages((pageToken) => this.#urls.accountMembers(accountId, { limit: PAGE_SIZE, pageToken }));
  }

  listMembers(listId: string): AsyncGenerator<ContactPage> {
    return this.#pages((pageToken) => this.#urls.listMembers(listId, { limit: PAGE_SIZE, pageToken }));
  }

  #listing<T extends object>(path: string, decode: (json: unknown) => Page<T>): Promise<T[]> {
    return readListing((pageToken) => this.#get(this.#urls.listing(path, { pageToken }), decode));
  }

  #pages(url: (pageToken: string | undefined) => URL): AsyncGenerator<ContactPage> {
    return readContactPages(
      (pageToken) => this.#get(url(pageToken), decodePage),
      (items) => this.#complete(items),
    );
  }

  account(name: string): Promise<RemoteAccount | undefined> {
    return undefinedIf("missing", this.#get(this.#urls.account(name), decodeAccount));
  }

  conversations(id: string): Promise<{ count: number; more: boolean }> {
    return this.#get(this.#urls.contact(id, "conversations"), decodeCount);
  }

  async contact(id: string): Promise<RemoteContact | undefined> {
    const found = await this.#find(id);
    if (found !== undefined && found.id !== id) throw otherContact(id);
    return found;
  }

  async contactByHandle(handle: Handle): Promise<RemoteContact | undefined> {
    const found = await this.#find(this.#urls.alias(handle));
    if (found !== undefined && !hasHandle(found, handle)) throw otherContact(`${handle.source} ${handle.handle}`);
    return found;
  }

  avatar(url: string): Promise<Uint8Array> {
    return downloadAvatar(this.#connection, url);
  }

  async createContact(contact: NewContact): Promise<RemoteContact> {
    const request = this.#request("POST", this.#urls.contacts({}), { json: createBody(contact) });
    return readJson(request, await this.#client.send(request), decodeContact);
  }

  async patchContact(id: string, patch: ContactPatch): Promise<void> {
    await this.#write("PATCH", this.#urls.contact(id), { json: patchBody(patch) });
  }

  async editContact(id: string, patchFor: (fresh: RemoteContact) => ContactPatch | undefined): Promise<void> {
    const url = this.#urls.contact(id);
    const read = this.#request("GET", url);
    await this.#client.readThenWrite(read, (response) => {
      const fresh = readJson(read, response, decodeContact);
      if (fresh.id !== id) throw otherContact(id);
      const patch = patchFor(fresh);
      return patch === undefined ? undefined : this.#request("PATCH", url, { json: patchBody(patch) });
    });
  }

  async uploadAvatar(id: string, type: PictureType, bytes: Uint8Array): Promise<void> {
    const form = new FormData();
    form.append("avatar", new Blob([Uint8Array.from(bytes)], { type }), `avatar.${type.slice("image/".length)}`);
    await this.#write("PATCH", this.#urls.contact(id), { form, timeout: AVATAR_TIMEOUT });
  }

  async addHandle(id: string, { source, handle }: Handle): Promise<void> {
    await this.#write("POST", this.#urls.contact(id, "handles"), { json: { source, handle } });
  }

  async removeHandle(id: string, { source, handle }: Handle): Promise<void> {
    await this.#write("DELETE", this.#urls.contact(id, "handles"), { json: { source, handle } });
  }

  async mergeContacts(targetId: string, otherIds: readonly string[]): Promise<RemoteContact> {
    const json = { target_contact_id: targetId, contact_ids: otherIds };
    const request = this.#request("POST", this.#urls.path("/contacts/merge"), { json });
    return readJson(request, await this.#client.send(request), decodeContact);
  }

  async deleteContact(id: string): Promise<void> {
    await this.#write("DELETE", this.#urls.contact(id), {});
  }

  async createAccount(account: NewAccount): Promise<RemoteAccount> {
    const request = this.#request("POST", this.#urls.path("/accounts"), { json: accountBody(account) });
    return readJson(request, await this.#client.send(request), decodeAccount);
  }

  async patchAccount(id: string, patch: AccountPatch): Promise<void> {
    await this.#write("PATCH", this.#urls.account(id), { json: accountBody(patch) });
  }

  async editAccount(id: string, patchFor: (fresh: RemoteAccount) => AccountPatch | undefined): Promise<void> {
    const url = this.#urls.account(id);
    const read = this.#request("GET", url);
    await this.#client.readThenWrite(read, (response) => {
      const patch = patchFor(readJson(read, response, decodeWholeAccount));
      return patch === undefined ? undefined : this.#request("PATCH", url, { json: accountBody(patch) });
    });
  }

  async deleteAccount(id: string): Promise<void> {
    await this.#write("DELETE", this.#urls.account(id), {});
  }

  async createList(name: string, team?: string): Promise<void> {
    await this.#write("POST", this.#urls.lists(team, {}), { json: { name } });
  }

  async deleteList(listId: string): Promise<void> {
    await this.#write("DELETE", this.#urls.list(listId), {});
  }

  async addToList(listId: string, contactIds: readonly string[]): Promise<void> {
    await this.#write("POST", this.#urls.listMembers(listId, {}), { json: { contact_ids: contactIds } });
  }

  async removeFromList(listId: string, contactIds: readonly string[]): Promise<void> {
    await this.#write("DELETE", this.#urls.listMembers(listId, {}), { json: { contact_ids: contactIds } });
  }

  async linkContacts(accountId: string, contactIds: readonly string[]): Promise<void> {
    await this.#write("POST", this.#urls.accountMembers(accountId, {}), { json: { contact_ids: contactIds } });
  }

  async unlinkContacts(accountId: string, contactIds: readonly string[]): Promise<void> {
    await this.#write("DELETE", this.#urls.accountMembers(accountId, {}), { json: { contact_ids: contactIds } });
  }

  page(path: string): Promise<Page<unknown>> {
    return this.#get(this.#urls.path(path), decodeItems);
  }

  #request(method: HttpRequest["method"], url: URL, body: Partial<HttpRequest> = {}): HttpRequest {
    if (this.#readOnly && method !== "GET") throw new Error(`a plan must not send ${method} ${url.pathname}`);
    return { method, url, bearer: this.#connection.bearer, ...body };
  }

  async #get<T>(url: URL, decode: (json: unknown) => T): Promise<T> {
    return await this.#client.read(this.#request("GET", url), decode);
  }

  async #write(method: HttpRequest["method"], url: URL, body: Partial<HttpRequest>): Promise<void> {
    await this.#client.send(this.#request(method, url, body));
  }

  #find(segment: string): Promise<RemoteContact | undefined> {
    return undefinedIf("missing", this.#get(this.#urls.contact(segment), decodeContact));
  }

  /** Returns the contacts of a page. Contacts without custom fields, which a listing may omit, are read by id. */
  async #complete(items: readonly ListedContact[]): Promise<Pick<ContactPage, "contacts" | "undecodable">> {
    const contacts: RemoteContact[] = [];
    const undecodable: UndecodableContact[] = [];
    for (const item of items) {
      const read: Awaited<ReturnType<typeof orUndecodable<RemoteContact | undefined>>> =
        "undecodable" in item ? item : item.whole ? { found: item.whole } : await orUndecodable(this.contact(item.id));
      if (read.undecodable !== undefined) undecodable.push(read.undecodable);
      if (read.found !== undefined) contacts.push(read.found);
    }
    return { contacts, undecodable };
  }
}

function otherContact(requested: string): FrontError {
  const advice = "Run plan again. If it happens again, the contact was merged or migrated: look it up in Front.";
  return new FrontError("changed", `Front returned a contact other than the requested one (${requested})`, { advice });
}

/** Returns the body of `POST /contacts`. */
function createBody({ handles, name, description, links, listNames, customFields }: NewContact): object {
  return {
    handles: handles.map(({ source, handle }: Handle) => ({ source, handle })),
    name,
    description,
    links,
    list_names: listNames,
    custom_fields: customFields && fieldsBody(Object.entries(customFields)),
  };
}

/**
 * Returns the body of `PATCH /contacts/…`. JSON omits undefined properties, and Front leaves omitted ones unchanged.
 */
function patchBody({ name, description, links, customFields }: ContactPatch): object {
  return { name, description, links, custom_fields: customFields && fieldsBody(customFields) };
}

/** Returns the body of `POST /accounts` or `PATCH /accounts/…`. */
function accountBody({ name, description, domains, customFields, ...more }: NewAccount | AccountPatch): object {
  return {
    ...{ name, description, domains },
    external_id: "externalId" in more ? more.externalId : undefined,
    custom_fields: customFields && fieldsBody(customFields),
  };
}

function fieldsBody(fields: Iterable<readonly [string, FieldValue]>): object {
  return Object.fromEntries(
    [...fields].map(([name, value]) => [name, isOpaque(value) ? new RawJson(value.json) : value]),
  );
}
