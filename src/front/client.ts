import type { Clock, Random } from "../clock/clock.ts";
import { systemClock } from "../clock/system-clock.ts";
import type { Handle, List, PictureType, RemoteContact, UndecodableContact } from "../model/contact.ts";
import { hasHandle } from "../model/handle.ts";
import {
  type Account,
  type Company,
  type ContactPage,
  type ContactPatch,
  type ContactsListing,
  type FieldDefinition,
  type FrontApi,
  FrontError,
  type FrontErrorCode,
  type Inbox,
  type NewContact,
  type Teammate,
  undecodableContactOf,
} from "./api.ts";
import { createBody, patchBody } from "./bodies.ts";
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
  type ListedContact,
  type Page,
} from "./decode.ts";
import type { Fetch, HttpRequest } from "./http.ts";
import { firstOfEach, PageProgress } from "./page-progress.ts";
import { foreignPicture, ofPicture } from "./picture-errors.ts";
import type { Pause } from "./rate-limiter.ts";
import type { RequestBudget, RequestRate } from "./request-budget.ts";
import { RetryingClient, type RetryingClientOptions, readJson } from "./retrying-client.ts";
import { parseToken, type TokenSource } from "./token.ts";
import { createFrontUrls, type FrontUrls } from "./urls.ts";

export interface FrontOptions {
  /** Usually `https://api2.frontapp.com`; or a loopback address. Never to be taken from a file of the repository. */
  readonly url?: string | undefined;
  /** An API token, or where one comes from that may have to be renewed on the way. */
  readonly token: string | TokenSource;
  /** In place of the machine's own. */
  readonly clock?: Clock | undefined;
  readonly random?: Random;
  /** In place of the global one. */
  readonly fetch?: Fetch;
  /** Interrupts: nothing new is sent, waits end at once, what is in flight may finish. */
  readonly signal?: AbortSignal;
  /** The share (0 to 1) of the company's rate limit that is left to its other integrations. Usually 0.2. */
  readonly reserve?: number | undefined;
  /** What an earlier connection of this run learnt of the company's limits. Its own reserve and burst count then. */
  readonly requestBudget?: RequestBudget;
  /** Whether the company's pool for bursts may be spent as well. Usually not: it is others' way out of a jam. */
  readonly burst?: boolean;
  /** How many requests may be under way at once. Usually 4. */
  readonly parallelism?: number;
  /** Milliseconds; the base of every back-off and look-up wait. Usually 500. */
  readonly backOff?: number;
  /** Sends nothing but GET: a plan can then not change anything, whatever asks it to. */
  readonly readOnly?: boolean;
  /** Called before every wait that somebody may wonder about. */
  readonly onPause?: (wait: Pause) => void;
}

const FRONTS_OWN = "https://api2.frontapp.com";
/** The company's budget is shared with its other integrations, so a fifth of it is left to them. */
export const DEFAULT_RESERVE = 0.2;
const USUAL_BACK_OFF = 500;
const USUAL_PARALLELISM = 4;
const PAGE = 100;
/** For 25 MB at 2 Mbit/s. */
const UPLOAD_DEADLINE = 120_000;
const MAX_AVATAR_BYTES = 25 * 1024 * 1024;

/** Front's API over HTTP. Throws a `FrontError` at once when the address or the token cannot be right. */
export function connectFront(options: FrontOptions): FrontApi {
  return new FrontClient(options);
}

class FrontClient implements FrontApi {
  readonly #addresses: FrontUrls;
  readonly #conversation: RetryingClient;
  readonly #bearer: string | TokenSource;
  readonly #readOnly: boolean;

  constructor(options: FrontOptions) {
    this.#addresses = createFrontUrls(options.url ?? FRONTS_OWN);
    this.#conversation = new RetryingClient(defaultClientOptions(options));
    this.#bearer = typeof options.token === "string" ? parseToken(options.token) : options.token;
    this.#readOnly = options.readOnly ?? false;
  }

  get requests(): number {
    return this.#conversation.requests;
  }

  get requestRate(): RequestRate | undefined {
    return this.#conversation.requestRate;
  }

  get time(): number | undefined {
    return this.#conversation.time;
  }

  me(): Promise<Company> {
    return this.#get(this.#addresses.path("/me"), decodeCompany);
  }

  customFields(): Promise<FieldDefinition[]> {
    return this.#listing("/contacts/custom_fields", decodeFieldDefinitions);
  }

  contactLists(): Promise<List[]> {
    return this.#listing("/contact_lists", decodeLists);
  }

  teammates(): Promise<Teammate[] | undefined> {
    return unlessRefused("forbidden", this.#listing("/teammates", decodeTeammates));
  }

  inboxes(): Promise<Inbox[] | undefined> {
    return unlessRefused("forbidden", this.#listing("/inboxes", decodeInboxes));
  }

  accounts(): Promise<Account[] | undefined> {
    return unlessRefused("forbidden", this.#listing("/accounts", decodeAccounts));
  }

  contacts({ updatedAfter }: ContactsListing = {}): AsyncGenerator<ContactPage> {
    return this.#pages((pageToken) => this.#addresses.contacts({ limit: PAGE, pageToken, updatedAfter }));
  }

  accountMembers(accountId: string): AsyncGenerator<ContactPage> {
    return this.#pages((pageToken) => this.#addresses.accountMembers(accountId, { limit: PAGE, pageToken }));
  }

  listMembers(listId: string): AsyncGenerator<ContactPage> {
    return this.#pages((pageToken) => this.#addresses.listMembers(listId, { limit: PAGE, pageToken }));
  }

  /** Reads a listing that Front does not document as paged, and follows `next` all the same. */
  async #listing<T extends object>(path: string, decode: (json: unknown) => Page<T>): Promise<T[]> {
    const found: T[] = [];
    const progress = new PageProgress();
    let pageToken: string | undefined;
    do {
      const page: Page<T> = await this.#get(this.#addresses.listing(path, { pageToken }), decode);
      progress.take(
        page,
        page.items.map((item) => JSON.stringify(item)),
      );
      found.push(...page.items);
      pageToken = page.next;
    } while (pageToken !== undefined);
    return found;
  }

  async *#pages(address: (pageToken: string | undefined) => URL): AsyncGenerator<ContactPage> {
    let seenBefore: ReadonlySet<string> = new Set();
    const progress = new PageProgress();
    let pageToken: string | undefined;
    do {
      const page: Page<ListedContact> = await this.#get(address(pageToken), decodePage);
      const ids = page.items.flatMap((item) => ("id" in item ? [item.id] : []));
      const { contacts, undecodable } = await this.#whole(firstOfEach(page.items, seenBefore));
      seenBefore = new Set(ids);
      pageToken = page.next;
      yield { contacts, undecodable, last: pageToken === undefined };
      progress.take(page, ids);
    } while (pageToken !== undefined);
  }

  account(name: string): Promise<Account | undefined> {
    return unlessMissing(this.#get(this.#addresses.account(name), decodeAccount));
  }

  conversations(id: string): Promise<{ count: number; more: boolean }> {
    return this.#get(this.#addresses.contact(id, "conversations"), decodeCount);
  }

  async contact(id: string): Promise<RemoteContact | undefined> {
    const found = await this.#find(id);
    if (found !== undefined && found.id !== id) throw mistaken(id);
    return found;
  }

  async contactByHandle(handle: Handle): Promise<RemoteContact | undefined> {
    const found = await this.#find(this.#addresses.alias(handle));
    if (found !== undefined && !hasHandle(found, handle)) throw mistaken(`${handle.source} ${handle.handle}`);
    return found;
  }

  /** Front's downloads lead to signed addresses on other hosts, which must not see the token (front-api.md 7). */
  async avatar(url: string): Promise<Uint8Array> {
    const limits = { maxBytes: MAX_AVATAR_BYTES, deadline: UPLOAD_DEADLINE };
    const address = this.#addresses.avatar(url);
    if (address === undefined) throw foreignPicture(url);
    try {
      return (await this.#conversation.send({ ...this.#question("GET", address), ...limits })).body;
    } catch (error) {
      const elsewhere = error instanceof FrontError ? this.#addresses.signed(error.redirect) : undefined;
      if (elsewhere === undefined) throw ofPicture(error, { signed: false });
      const signed: HttpRequest = { method: "GET", url: elsewhere, ...limits };
      return await this.#conversation.send(signed).then(
        ({ body }) => body,
        (failed) => Promise.reject(ofPicture(failed, { signed: true })),
      );
    }
  }

  async createContact(contact: NewContact): Promise<RemoteContact> {
    const asked = this.#question("POST", this.#addresses.contacts({}), { json: createBody(contact) });
    return readJson(asked, await this.#conversation.send(asked), decodeContact);
  }

  async patchContact(id: string, patch: ContactPatch): Promise<void> {
    await this.#write("PATCH", this.#addresses.contact(id), { json: patchBody(patch) });
  }

  async editContact(id: string, patchFor: (fresh: RemoteContact) => ContactPatch | undefined): Promise<void> {
    const url = this.#addresses.contact(id);
    const read = this.#question("GET", url);
    await this.#conversation.readThenWrite(read, (answer) => {
      const fresh = readJson(read, answer, decodeContact);
      if (fresh.id !== id) throw mistaken(id);
      const patch = patchFor(fresh);
      return patch === undefined ? undefined : this.#question("PATCH", url, { json: patchBody(patch) });
    });
  }

  async uploadAvatar(id: string, type: PictureType, bytes: Uint8Array): Promise<void> {
    const form = new FormData();
    form.append("avatar", new Blob([Uint8Array.from(bytes)], { type }), `avatar.${type.slice("image/".length)}`);
    await this.#write("PATCH", this.#addresses.contact(id), { form, timeout: UPLOAD_DEADLINE });
  }

  async addHandle(id: string, { source, handle }: Handle): Promise<void> {
    await this.#write("POST", this.#addresses.contact(id, "handles"), { json: { source, handle } });
  }

  async removeHandle(id: string, { source, handle }: Handle): Promise<void> {
    await this.#write("DELETE", this.#addresses.contact(id, "handles"), { json: { source, handle } });
  }

  async mergeContacts(targetId: string, otherIds: readonly string[]): Promise<RemoteContact> {
    const json = { target_contact_id: targetId, contact_ids: otherIds };
    const asked = this.#question("POST", this.#addresses.path("/contacts/merge"), { json });
    return readJson(asked, await this.#conversation.send(asked), decodeContact);
  }

  async deleteContact(id: string): Promise<void> {
    await this.#write("DELETE", this.#addresses.contact(id), {});
  }

  async createList(name: string): Promise<void> {
    await this.#write("POST", this.#addresses.path("/contact_lists"), { json: { name } });
  }

  async deleteList(listId: string): Promise<void> {
    await this.#write("DELETE", this.#addresses.list(listId), {});
  }

  async addToList(listId: string, contactIds: readonly string[]): Promise<void> {
    await this.#write("POST", this.#addresses.listMembers(listId, {}), { json: { contact_ids: contactIds } });
  }

  async removeFromList(listId: string, contactIds: readonly string[]): Promise<void> {
    await this.#write("DELETE", this.#addresses.listMembers(listId, {}), { json: { contact_ids: contactIds } });
  }

  async linkContacts(accountId: string, contactIds: readonly string[]): Promise<void> {
    await this.#write("POST", this.#addresses.accountMembers(accountId, {}), { json: { contact_ids: contactIds } });
  }

  async unlinkContacts(accountId: string, contactIds: readonly string[]): Promise<void> {
    await this.#write("DELETE", this.#addresses.accountMembers(accountId, {}), { json: { contact_ids: contactIds } });
  }

  page(path: string): Promise<Page<unknown>> {
    return this.#get(this.#addresses.path(path), decodeItems);
  }

  #question(method: HttpRequest["method"], url: URL, body: Partial<HttpRequest> = {}): HttpRequest {
    if (this.#readOnly && method !== "GET") throw new Error(`a plan must not send ${method} ${url.pathname}`);
    return { method, url, bearer: this.#bearer, ...body };
  }

  async #get<T>(url: URL, decode: (json: unknown) => T): Promise<T> {
    return await this.#conversation.read(this.#question("GET", url), decode);
  }

  async #write(method: HttpRequest["method"], url: URL, body: Partial<HttpRequest>): Promise<void> {
    await this.#conversation.send(this.#question(method, url, body));
  }

  #find(segment: string): Promise<RemoteContact | undefined> {
    return unlessMissing(this.#get(this.#addresses.contact(segment), decodeContact));
  }

  /** Listings that leave out custom fields say nothing about them, so such a contact is read by itself. */
  async #whole(items: readonly ListedContact[]): Promise<Pick<ContactPage, "contacts" | "undecodable">> {
    const contacts: RemoteContact[] = [];
    const undecodable: UndecodableContact[] = [];
    for (const item of items) {
      if ("undecodable" in item) undecodable.push(item.undecodable);
      else if (item.whole !== undefined) contacts.push(item.whole);
      else await this.#readInto(item.id, contacts, undecodable);
    }
    return { contacts, undecodable };
  }

  async #readInto(id: string, contacts: RemoteContact[], undecodable: UndecodableContact[]): Promise<void> {
    try {
      const contact = await this.contact(id);
      if (contact !== undefined) contacts.push(contact);
    } catch (error) {
      const found = undecodableContactOf(error);
      if (found === undefined) throw error;
      undecodable.push(found);
    }
  }
}

/** Undefined when Front answers that there is no such thing. */
function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  return unlessRefused("missing", asked);
}

async function unlessRefused<T>(failure: FrontErrorCode, asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof FrontError && error.code === failure) return undefined;
    throw error;
  }
}

function mistaken(asked: string): FrontError {
  const advice = "Plan again; if it stays so, the contact was merged or migrated: look it up in Front.";
  return new FrontError("changed", `Front answers with another contact than was asked for (${asked})`, { advice });
}

/** The options of a conversation, with what is usual for those that are left out. */
export function defaultClientOptions(options: FrontOptions): RetryingClientOptions {
  const { clock = systemClock, fetch, signal, onPause } = options;
  const { random = Math.random, reserve = DEFAULT_RESERVE, backOff = USUAL_BACK_OFF } = options;
  const { parallelism = USUAL_PARALLELISM, burst, requestBudget } = options;
  return { clock, random, fetch, signal, reserve, burst, requestBudget, parallelism, backOff, onPause };
}
