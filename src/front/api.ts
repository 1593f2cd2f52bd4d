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

/** The lists in `listNames` must exist, because Front silently creates missing lists. */
export interface NewContact {
  readonly handles: readonly Handle[];
  readonly name?: string;
  readonly description?: string;
  readonly links?: readonly string[];
  readonly listNames?: readonly string[];
  readonly customFields?: Readonly<Record<string, FieldValue>>;
}

/** `links` and `customFields` replace all existing values. */
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
  /** True if Front returned no next page. A short or empty page is not necessarily the last page. */
  readonly last: boolean;
}

export interface NewAccount {
  readonly name: string;
  readonly description?: string;
  readonly domains?: readonly string[];
  readonly externalId?: string;
  readonly customFields?: CustomFields;
}

/** `domains` and `customFields` replace all existing values. */
export type AccountPatch = Partial<Omit<NewAccount, "externalId">>;

interface AccountPage {
  readonly accounts: readonly RemoteAccount[];
  readonly last: boolean;
}

/** Called with each listed account that cannot be decoded. `problem` contains no text from Front. */
export type OnUndecodableAccount = (account: { readonly id?: string; readonly problem: string }) => void;

export type AccountOrder = "oldest-first" | "last-changed-first";

interface ContactFilter {
  /**
   * Lists only contacts that were created or changed after this time (epoch seconds on Front's clock). Excludes deleted
   * contacts.
   */
  readonly updatedAfter?: number;
}

export function undecodableContactOf(error: unknown): UndecodableContact | undefined {
  return error instanceof FrontError ? error.contact : undefined;
}

export interface DecodeResult<T> {
  readonly found?: T;
  readonly undecodable?: UndecodableContact;
}

export async function catchUndecodable<T>(request: Promise<T>): Promise<DecodeResult<T>> {
  try {
    return { found: await request };
  } catch (error) {
    const undecodable = undecodableContactOf(error);
    if (undecodable === undefined) throw error;
    return { undecodable };
  }
}

export interface RequestRate {
  /** Requests per minute, excluding the reserve and the measured use of other integrations. */
  readonly perMinute: number;
}

/** Front's API. Every method may throw a `FrontError`. */
export interface FrontApi {
  me(): Promise<Company>;
  customFields(): Promise<readonly FieldDefinition[]>;
  accountCustomFields(): Promise<readonly FieldDefinition[]>;
  /** Returns the lists of the company, or of a workspace (`tim_…`). */
  contactLists(team?: string): Promise<readonly List[]>;
  teammates(): Promise<readonly Teammate[]>;
  inboxes(): Promise<readonly Inbox[]>;
  /**
   * Returns the oldest contacts first, or only those that changed after `updatedAfter` (epoch seconds). A contact that
   * moves to a later page may appear twice.
   */
  contacts(query?: ContactFilter): AsyncIterable<ContactPage>;
  /**
   * Returns the contact with an ID; undefined if there is none. Throws an `undecodable` error if the contact cannot be
   * decoded, and a `changed` error if Front returns a different contact.
   */
  contact(id: string): Promise<RemoteContact | undefined>;
  /** Returns the contact with a handle; undefined if there is none. Throws the same errors as `contact`. */
  contactByHandle(handle: Handle): Promise<RemoteContact | undefined>;
  /**
   * Downloads the picture at a contact's `avatar_url`. Throws a `no-picture` error if the failure concerns only this
   * picture.
   */
  avatar(url: string): Promise<Uint8Array>;

  /** Returns the account with an ID or alias (`alt:domain:…`, `alt:ext_id:…`); undefined if there is none. */
  account(idOrAlias: string): Promise<RemoteAccount | undefined>;
  /**
   * Returns all accounts. `order` is `oldest-first` (default) or `last-changed-first`. An account that moves to a later
   * page may appear twice. Throws an `unreadable` error for an account that cannot be decoded, unless `onUndecodable` is
   * set.
   */
  accounts(order?: AccountOrder, onUndecodable?: OnUndecodableAccount): AsyncIterable<AccountPage>;
  accountMembers(accountId: string): AsyncIterable<ContactPage>;
  listMembers(listId: string): AsyncIterable<ContactPage>;
  /** Returns the number of conversations on the first page, and whether more pages follow. */
  conversations(contactId: string): Promise<{ readonly count: number; readonly hasMore: boolean }>;

  createContact(contact: NewContact): Promise<RemoteContact>;
  patchContact(id: string, patch: ContactPatch): Promise<void>;
  /** Reads the contact, and sends the patch that `patchFor` returns for it, if any. */
  editContact(id: string, patchFor: (fresh: RemoteContact) => ContactPatch | undefined): Promise<void>;
  uploadAvatar(id: string, type: Picture["type"], bytes: Uint8Array): Promise<void>;
  addHandle(id: string, handle: Handle): Promise<void>;
  /** Removes a handle, which must be spelled as in Front. Front rejects the removal of the last handle. */
  removeHandle(id: string, handle: Handle): Promise<void>;
  /** Merges contacts into the target. Front cannot split them again. */
  mergeContacts(targetId: string, otherIds: readonly string[]): Promise<RemoteContact>;
  /** Front cannot restore the contact or its notes. */
  deleteContact(id: string): Promise<void>;
  /** May create a second account if it is repeated. */
  createAccount(account: NewAccount): Promise<RemoteAccount>;
  patchAccount(id: string, patch: AccountPatch): Promise<void>;
  /** Like `editContact`. Throws an `unreadable` error if the response omits the domains or custom fields. */
  editAccount(id: string, patchFor: (fresh: RemoteAccount) => AccountPatch | undefined): Promise<void>;
  /** The contacts of the account stay in Front. Front cannot restore the account. */
  deleteAccount(id: string): Promise<void>;
  /** Creates a list in the workspace `team` (`tim_…`; default: the oldest workspace that the token can access). */
  createList(name: string, team?: string): Promise<void>;
  /** The contacts on the list stay in Front. */
  deleteList(listId: string): Promise<void>;
  /** Adds up to 50 contacts. Adding a member again has no effect. */
  addToList(listId: string, contactIds: readonly string[]): Promise<void>;
  /** Removes up to 50 contacts. */
  removeFromList(listId: string, contactIds: readonly string[]): Promise<void>;
  linkContacts(accountId: string, contactIds: readonly string[]): Promise<void>;
  unlinkContacts(accountId: string, contactIds: readonly string[]): Promise<void>;

  /** Returns one page of any listing, undecoded. Example of a path: `/accounts?limit=100`. */
  page(path: string): Promise<{ readonly items: readonly unknown[]; readonly next: string | undefined }>;

  /** True if only GET requests are allowed. */
  readonly readOnly?: boolean;
  /** Number of requests sent so far, including retries. */
  readonly requests: number;
  /** Undefined before the first response with a rate limit. */
  readonly requestRate: RequestRate | undefined;
  /** The time of the last response on Front's clock, in epoch milliseconds with a precision of a second. */
  readonly time: number | undefined;
}

/**
 * The outcome of a failed request. If it is `unknown`, Front may have made the change, so check Front before sending
 * the request again.
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

/** The error for a request that failed or cannot be sent. Does not contain the token. */
export class FrontError extends UserError {
  declare readonly code: FrontErrorCode;
  /** `unknown` if Front may have made the change; otherwise `not-done`. */
  readonly outcome: Outcome;
  readonly status: number | undefined;
  /** True if a retry may succeed. Check `outcome` before retrying a write. */
  readonly transient: boolean;
  /** The target of a redirect; do not follow it with the token. */
  readonly redirect: string | undefined;
  /** Set if the code is `undecodable`. */
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
 * Returns a `FrontError` with the outcome `unknown`, because an earlier request may have taken effect. Returns any
 * other error unchanged.
 */
export function withUnknownOutcome(error: unknown): unknown {
  if (!(error instanceof FrontError)) return error;
  return new FrontError(error.code, error.message, { ...error, outcome: "unknown" });
}

export function withAdvice(error: FrontError, advice: string): FrontError {
  return new FrontError(error.code, error.message, { ...error, advice });
}

/** Returns the advice after the error's message, for diagnostics that would otherwise omit Front's reason. */
export function withReason({ message }: FrontError, advice: string): string {
  return `${message}${/[.!?]$/.test(message) ? "" : "."} ${advice}`;
}

export async function undefinedIf<T>(code: FrontErrorCode, response: Promise<T>): Promise<T | undefined> {
  const result = await errorIf(code, response);
  return result instanceof FrontError ? undefined : result;
}

/** Returns the error of a request instead of throwing it, if it has this code. */
export async function errorIf<T>(code: FrontErrorCode, response: Promise<T>): Promise<T | FrontError> {
  try {
    return await response;
  } catch (error) {
    if (error instanceof FrontError && error.code === code) return error;
    throw error;
  }
}

/** Returns whether later requests would fail with the same error. */
export function stopsRun(error: FrontError): boolean {
  return ["unauthorized", "wrong-address", "interrupted", "too-busy"].includes(error.code);
}
