import type { Company, FieldDefinition } from "../model/company.ts";
import type {
  CustomFields,
  FieldValue,
  Handle,
  List,
  Picture,
  RemoteContact,
  UndecodableContact,
} from "../model/contact.ts";
import { UserError } from "../model/user-error.ts";
import type { RequestRate } from "./request-budget.ts";

export type { Company, FieldDefinition } from "../model/company.ts";

export interface Teammate {
  readonly email: string;
  readonly name: string;
}

export interface Inbox {
  /** `inb_…` */
  readonly id: string;
  readonly name: string;
}

/** A contact to be made by one request. Lists are named, and Front makes the ones it lacks: name known ones only. */
export interface NewContact {
  readonly handles: readonly Handle[];
  readonly name?: string;
  readonly description?: string;
  readonly links?: readonly string[];
  readonly listNames?: readonly string[];
  readonly customFields?: Readonly<Record<string, FieldValue>>;
}

/** What one PATCH sets. `links` and `customFields` replace all that the contact has. */
export interface ContactPatch {
  readonly name?: string;
  readonly description?: string;
  readonly links?: readonly string[];
  readonly customFields?: CustomFields;
}

/** Up to 100 contacts of a listing. */
export interface ContactPage {
  readonly contacts: readonly RemoteContact[];
  readonly undecodable: readonly UndecodableContact[];
  /** Only Front's own word ends a listing: a short or an empty page does not. */
  readonly last: boolean;
}

/** An account, as far as belonging to it is concerned. */
export interface Account {
  readonly id: string;
  readonly domains: readonly string[];
}

export interface ContactsListing {
  /** Epoch seconds by Front's clock: only what was made or changed since. What was deleted never shows. */
  readonly updatedAfter?: number;
}

/** Returns the contact that an error says cannot be decoded; undefined for any other error. */
export function undecodableContactOf(error: unknown): UndecodableContact | undefined {
  return error instanceof FrontError ? error.contact : undefined;
}

/** What Front is asked for. Every method may throw a `FrontError`, and nothing else that is foreseeable. */
export interface FrontApi {
  me(): Promise<Company>;
  customFields(): Promise<readonly FieldDefinition[]>;
  contactLists(): Promise<readonly List[]>;
  /** Undefined when the token may not read them. */
  teammates(): Promise<readonly Teammate[] | undefined>;
  /** Undefined when the token may not read them. */
  inboxes(): Promise<readonly Inbox[] | undefined>;
  /** Undefined when the token may not read them. */
  accounts(): Promise<readonly Account[] | undefined>;
  /** Every contact the token can see, oldest first; one that moves to a later page meanwhile may come twice. */
  contacts(query?: ContactsListing): AsyncIterable<ContactPage>;
  /** Undefined when Front knows no such contact. Throws an `undecodable` `FrontError` when it cannot be decoded. */
  contact(id: string): Promise<RemoteContact | undefined>;
  /** The contact that holds this handle. Throws an `undecodable` `FrontError` when it cannot be decoded. */
  contactByHandle(handle: Handle): Promise<RemoteContact | undefined>;
  /** The bytes of the picture at a contact's `avatar_url`. Throws a `no-picture` `FrontError` when it cannot be fetched. */
  avatar(url: string): Promise<Uint8Array>;

  /** By id, or by an alias: `alt:domain:…`, `alt:ext_id:…`. */
  account(name: string): Promise<Account | undefined>;
  accountMembers(accountId: string): AsyncIterable<ContactPage>;
  listMembers(listId: string): AsyncIterable<ContactPage>;
  /** How many conversations a contact has, up to one page of them. */
  conversations(contactId: string): Promise<{ readonly count: number; readonly more: boolean }>;

  createContact(contact: NewContact): Promise<RemoteContact>;
  patchContact(id: string, patch: ContactPatch): Promise<void>;
  /**
   * Reads the contact and sends the patch made from that reading, as close together as the network allows,
   * because Front replaces whole collections. `undefined` from `patchFor` means that there is nothing to send.
   */
  editContact(id: string, patchFor: (fresh: RemoteContact) => ContactPatch | undefined): Promise<void>;
  uploadAvatar(id: string, type: Picture["type"], bytes: Uint8Array): Promise<void>;
  addHandle(id: string, handle: Handle): Promise<void>;
  /** In Front's own spelling. Front refuses to take the last one, and we never force it, for that deletes the contact. */
  removeHandle(id: string, handle: Handle): Promise<void>;
  /** Cannot be undone. Ends with what Front made of it. */
  mergeContacts(targetId: string, otherIds: readonly string[]): Promise<RemoteContact>;
  /** Cannot be undone. */
  deleteContact(id: string): Promise<void>;
  createList(name: string): Promise<void>;
  /** Its contacts stay. */
  deleteList(listId: string): Promise<void>;
  /** At most 50 ids. Adding twice is adding once. */
  addToList(listId: string, contactIds: readonly string[]): Promise<void>;
  /** At most 50 ids. */
  removeFromList(listId: string, contactIds: readonly string[]): Promise<void>;
  linkContacts(accountId: string, contactIds: readonly string[]): Promise<void>;
  unlinkContacts(accountId: string, contactIds: readonly string[]): Promise<void>;

  /** One page of any listing, undecoded. The path may have a query: `/accounts?limit=100`. */
  page(path: string): Promise<{ readonly items: readonly unknown[]; readonly next: string | undefined }>;

  /** How many requests were sent so far, repeated ones included. */
  readonly requests: number;
  /** What was measured of the company's budget so far. */
  readonly requestRate: RequestRate | undefined;
  /** Front's own time at its last answer, in epoch milliseconds, to the second; ours may be wrong. */
  readonly time: number | undefined;
}

/**
 * Whether what was asked for happened. `not-done` is certain; `unknown` means that the request may have been carried
 * out, so it has to be looked up before anything is repeated.
 */
export type Outcome = "not-done" | "unknown";

export type FrontErrorCode =
  | "unauthorized"
  | "forbidden"
  | "missing"
  | "wrong-address"
  | "conflict"
  | "refused"
  | "too-busy"
  | "unreachable"
  | "unreadable"
  | "undecodable"
  | "no-picture"
  | "broken"
  | "changed"
  | "interrupted";

export interface FrontErrorOptions {
  readonly outcome?: Outcome;
  readonly advice: string;
  readonly status?: number | undefined;
  readonly transient?: boolean;
  readonly redirect?: string | undefined;
  readonly contact?: UndecodableContact | undefined;
}

/** A request to Front failed. Contains no request, so it cannot reveal the token. */
export class FrontError extends UserError {
  declare readonly code: FrontErrorCode;
  readonly outcome: Outcome;
  readonly status: number | undefined;
  /** Whether the same request may succeed in a moment. Whether it may be repeated also depends on `outcome`. */
  readonly transient: boolean;
  /** The target of a redirect. Never followed with the token. */
  readonly redirect: string | undefined;
  /** The contact that cannot be decoded. Only with the code `undecodable`. */
  readonly contact: UndecodableContact | undefined;

  constructor(
    code: FrontErrorCode,
    summary: string,
    { outcome = "not-done", advice, status, transient = false, redirect, contact }: FrontErrorOptions,
  ) {
    super(code, summary, { advice });
    this.outcome = outcome;
    this.status = status;
    this.transient = transient;
    this.redirect = redirect;
    this.contact = contact;
  }
}

/** No later request can succeed either, so the run stops asking. */
export function stopsRun(error: FrontError): boolean {
  return ["unauthorized", "wrong-address", "interrupted", "too-busy"].includes(error.code);
}
