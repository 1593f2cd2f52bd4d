import type { RemoteAccount } from "../model/account.ts";
import type { Company, FieldDefinition, Inbox, Teammate } from "../model/company.ts";
import type {
  CustomFields,
  FieldValue,
  Handle,
  List,
  Picture,
  RemoteContact,
  UndecodableContact,
} from "../model/contact.ts";
import type { CodeIn } from "../model/diagnostic-codes.ts";
import type { Remedy } from "../model/remedy.ts";
import { UserError } from "../model/user-error.ts";

export type { Company, FieldDefinition, Inbox, Teammate } from "../model/company.ts";

/** A contact to create with one request. Front silently creates lists that do not exist, so name existing ones only. */
export interface NewContact {
  readonly handles: readonly Handle[];
  readonly name?: string;
  readonly description?: string;
  readonly links?: readonly string[];
  readonly listNames?: readonly string[];
  readonly customFields?: Readonly<Record<string, FieldValue>>;
}

/** The properties that one PATCH sets. `links` and `customFields` replace all that the contact has. */
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
  /** True if Front returned no next page. A short or empty page is not necessarily the last one. */
  readonly last: boolean;
}

/** An account to create with one request. */
export interface NewAccount {
  readonly name: string;
  readonly description?: string;
  readonly domains?: readonly string[];
  readonly externalId?: string;
  readonly customFields?: CustomFields;
}

/** The properties that one PATCH sets. `domains` and `customFields` replace all that the account has. */
export interface AccountPatch {
  readonly name?: string;
  readonly description?: string;
  readonly domains?: readonly string[];
  readonly customFields?: CustomFields;
}

/** Up to 100 accounts of a listing. */
interface AccountPage {
  readonly accounts: readonly RemoteAccount[];
  /** True if Front returned no next page. */
  readonly last: boolean;
}

/** Called with each account of a listing that cannot be decoded. `problem` contains no text from Front. */
export type OnUndecodableAccount = (account: { readonly id?: string; readonly problem: string }) => void;

export type AccountOrder = "oldest-first" | "last-changed-first";

interface ContactsListing {
  /**
   * Epoch seconds on Front's clock: lists only contacts created or changed since. Deleted contacts are never listed.
   */
  readonly updatedAfter?: number;
}

/** Returns the contact that an error says cannot be decoded; undefined for any other error. */
export function undecodableContactOf(error: unknown): UndecodableContact | undefined {
  return error instanceof FrontError ? error.contact : undefined;
}

/** Returns the response, or the contact that cannot be decoded. */
export async function orUndecodable<T>(
  request: Promise<T>,
): Promise<{ readonly found?: T; readonly undecodable?: UndecodableContact }> {
  try {
    return { found: await request };
  } catch (error) {
    const undecodable = undecodableContactOf(error);
    if (undecodable === undefined) throw error;
    return { undecodable };
  }
}

/** The rate at which this run may send requests. */
export interface RequestRate {
  /** Requests per minute, without the reserve and without the measured use of others. */
  readonly perMinute: number;
}

/** Front's API. Every method may throw a `FrontError`. */
export interface FrontApi {
  me(): Promise<Company>;
  customFields(): Promise<readonly FieldDefinition[]>;
  accountCustomFields(): Promise<readonly FieldDefinition[]>;
  /** Returns all lists that the token can see, or those of a workspace (`tim_…`). */
  contactLists(team?: string): Promise<readonly List[]>;
  /** Returns undefined if the token may not read them. */
  teammates(): Promise<readonly Teammate[] | undefined>;
  /** Returns undefined if the token may not read them. */
  inboxes(): Promise<readonly Inbox[] | undefined>;
  /** Lists all contacts that the token can see, oldest first. A contact that moves to a later page may appear twice. */
  contacts(query?: ContactsListing): AsyncIterable<ContactPage>;
  /** Returns the contact with an id, or undefined. Throws an `undecodable` `FrontError` if it cannot be decoded. */
  contact(id: string): Promise<RemoteContact | undefined>;
  /** Returns the contact with a handle, or undefined. Throws an `undecodable` `FrontError` if it cannot be decoded. */
  contactByHandle(handle: Handle): Promise<RemoteContact | undefined>;
  /** Downloads the picture at a contact's `avatar_url`. Throws a `no-picture` `FrontError` if that fails. */
  avatar(url: string): Promise<Uint8Array>;

  /** Returns the account with an id or an alias: `alt:domain:…`, `alt:ext_id:…`. */
  account(name: string): Promise<RemoteAccount | undefined>;
  /**
   * Lists all accounts. An account that moves to a later page may appear twice. Throws an `unreadable` `FrontError` for
   * an account that cannot be decoded, unless `onUndecodable` is given.
   */
  accounts(order?: AccountOrder, onUndecodable?: OnUndecodableAccount): AsyncIterable<AccountPage>;
  accountMembers(accountId: string): AsyncIterable<ContactPage>;
  listMembers(listId: string): AsyncIterable<ContactPage>;
  /** Returns the number of conversations on the first page, and whether there are more. */
  conversations(contactId: string): Promise<{ readonly count: number; readonly more: boolean }>;

  createContact(contact: NewContact): Promise<RemoteContact>;
  patchContact(id: string, patch: ContactPatch): Promise<void>;
  /**
   * Reads the contact and sends the patch made from the response without a pause, because Front replaces whole
   * collections. If `patchFor` returns undefined, nothing is sent.
   */
  editContact(id: string, patchFor: (fresh: RemoteContact) => ContactPatch | undefined): Promise<void>;
  uploadAvatar(id: string, type: Picture["type"], bytes: Uint8Array): Promise<void>;
  addHandle(id: string, handle: Handle): Promise<void>;
  /**
   * Removes a handle in Front's spelling. Front refuses to remove the last one; `force` is never sent, because it
   * deletes the contact.
   */
  removeHandle(id: string, handle: Handle): Promise<void>;
  /** Merges contacts into the target and returns it. Cannot be undone. */
  mergeContacts(targetId: string, otherIds: readonly string[]): Promise<RemoteContact>;
  /** Deletes a contact. Cannot be undone. */
  deleteContact(id: string): Promise<void>;
  /** Creates an account. Not idempotent. */
  createAccount(account: NewAccount): Promise<RemoteAccount>;
  patchAccount(id: string, patch: AccountPatch): Promise<void>;
  /**
   * Edits an account like `editContact`. Throws an `unreadable` `FrontError` if Front does not show the domains and
   * custom fields.
   */
  editAccount(id: string, patchFor: (fresh: RemoteAccount) => AccountPatch | undefined): Promise<void>;
  /** Deletes an account, but not its contacts. Cannot be undone. */
  deleteAccount(id: string): Promise<void>;
  /** Creates a list in a workspace (`tim_…`), or where Front chooses. */
  createList(name: string, team?: string): Promise<void>;
  /** Deletes a list, but not the contacts on it. */
  deleteList(listId: string): Promise<void>;
  /** Adds up to 50 contacts to a list. Adding a member again has no effect. */
  addToList(listId: string, contactIds: readonly string[]): Promise<void>;
  /** Removes up to 50 contacts from a list. */
  removeFromList(listId: string, contactIds: readonly string[]): Promise<void>;
  linkContacts(accountId: string, contactIds: readonly string[]): Promise<void>;
  unlinkContacts(accountId: string, contactIds: readonly string[]): Promise<void>;

  /** Returns one page of any listing, undecoded. The path may have a query: `/accounts?limit=100`. */
  page(path: string): Promise<{ readonly items: readonly unknown[]; readonly next: string | undefined }>;

  /** Number of requests sent so far, retries included. */
  readonly requests: number;
  /** The measured request rate; undefined before Front's first response. */
  readonly requestRate: RequestRate | undefined;
  /** Front's clock at its last response, in epoch milliseconds, to the second. The local clock may be wrong. */
  readonly time: number | undefined;
}

/**
 * The outcome of a failed request. With `unknown`, Front may have made the change, so it must be checked before the
 * request is repeated.
 */
export type Outcome = "not-done" | "unknown";

export type FrontErrorCode = CodeIn<"Requests to Front">;

export interface FrontErrorOptions {
  readonly outcome?: Outcome;
  readonly advice: string;
  readonly remedy?: Remedy | undefined;
  readonly status?: number | undefined;
  readonly transient?: boolean;
  readonly redirect?: string | undefined;
  readonly contact?: UndecodableContact | undefined;
}

/** A failed request to Front. It does not contain the request, so that it cannot reveal the token. */
export class FrontError extends UserError {
  declare readonly code: FrontErrorCode;
  readonly outcome: Outcome;
  readonly status: number | undefined;
  /** True if a retry may succeed. Whether the request may be repeated also depends on `outcome`. */
  readonly transient: boolean;
  /** The target of a redirect, which must not be followed with the token. */
  readonly redirect: string | undefined;
  /** The contact that cannot be decoded, for the code `undecodable`. */
  readonly contact: UndecodableContact | undefined;

  constructor(
    code: FrontErrorCode,
    summary: string,
    { outcome = "not-done", advice, remedy, status, transient = false, redirect, contact }: FrontErrorOptions,
  ) {
    super(code, summary, { advice, remedy });
    this.outcome = outcome;
    this.status = status;
    this.transient = transient;
    this.redirect = redirect;
    this.contact = contact;
  }
}

/**
 * Returns the error of a request that follows others that may have taken effect, so the outcome of all of them is
 * unknown.
 */
export function withUnknownOutcome(error: unknown): unknown {
  if (!(error instanceof FrontError)) return error;
  return new FrontError(error.code, error.message, { ...error, outcome: "unknown" });
}

/** Returns undefined if the request fails with `code`. */
export async function undefinedIf<T>(code: FrontErrorCode, response: Promise<T>): Promise<T | undefined> {
  try {
    return await response;
  } catch (error) {
    if (error instanceof FrontError && error.code === code) return undefined;
    throw error;
  }
}

/** Returns whether no later request can succeed either. */
export function stopsRun(error: FrontError): boolean {
  return ["unauthorized", "wrong-address", "interrupted", "too-busy"].includes(error.code);
}
