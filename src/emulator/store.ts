import { type Behavior, completeBehavior } from "./behavior.ts";
import { badRequest, unknownId } from "./error-response.ts";
import type {
  Account,
  Company,
  Contact,
  FieldDefinition,
  Handle,
  Inbox,
  List,
  OauthState,
  RedrawAvatar,
  Teammate,
} from "./model.ts";

/** Far enough along that ids have the look of a company in use. */
const FIRST_SERIAL = 36 ** 3;

/** What a company has and the API cannot change. */
export interface CompanySettings {
  readonly company: Company;
  readonly customFields: readonly FieldDefinition[];
  readonly accountCustomFields: readonly FieldDefinition[];
  readonly teammates: readonly Teammate[];
  readonly inboxes: readonly Inbox[];
}

/** What a snapshot says of itself. */
export interface CopyOrigin {
  readonly format: number;
  /** ISO 8601. */
  readonly taken_at: string;
}

/** A make-believe Front company: what it holds, and who holds which handle. The rules live beside it, by topic. */
export class Store {
  readonly settings: CompanySettings;
  readonly behavior: Behavior;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** In the order of creation. */
  readonly contacts = new Map<string, Contact>();
  readonly lists = new Map<string, List>();
  readonly accounts = new Map<string, Account>();
  /** From the id of a contact that was merged away to the survivor's. */
  readonly merged = new Map<string, string>();
  readonly oauth = emptyOauthState();
  /** Grows with every change, so that whoever saves the store knows when to. */
  revision = 0;
  serial = FIRST_SERIAL;
  /** Where the company was copied from; undefined unless it came out of a snapshot. */
  copiedFrom: CopyOrigin | undefined;
  /** Milliseconds until a new handle is found by its alias, and a new contact is listed. */
  indexLag = 0;
  /** Draws an uploaded avatar anew. */
  redrawAvatar: RedrawAvatar | undefined;
  #listed: { readonly revision: number; readonly contacts: readonly Contact[] } | undefined;
  readonly #holders = new Map<string, { readonly contact: Contact; readonly since: number }>();

  constructor(furniture: CompanySettings, now: () => number, behavior: Partial<Behavior> = {}) {
    this.settings = furniture;
    this.now = now;
    this.behavior = completeBehavior(behavior);
  }

  /** A number never given before: the order of creation, and the stem of an id. */
  nextSerial(): number {
    this.serial += 1;
    return this.serial;
  }

  /** The contact that holds a handle equal to this one. A shared contact and a private one may hold the same. */
  contactWithHandle(handle: Handle, isPrivate = false): Contact | undefined {
    return this.#holders.get(this.#holdingKey(handle, isPrivate))?.contact;
  }

  #holdingKey(handle: Handle, isPrivate: boolean): string {
    return `${isPrivate ? "private " : ""}${this.handleKey(handle)}`;
  }

  addContact(contact: Contact): void {
    this.contacts.set(contact.id, contact);
    this.setHandles(contact, contact.handles);
  }

  removeContact(contact: Contact): void {
    this.setHandles(contact, []);
    for (const account of this.accounts.values()) account.contactIds.delete(contact.id);
    this.contacts.delete(contact.id);
    this.revision += 1;
  }

  /** The only way to change a contact's handles, so that the index of holders stays true. */
  setHandles(contact: Contact, handles: readonly Handle[]): void {
    const keys = handles.map((handle) => this.#holdingKey(handle, contact.isPrivate));
    // What was there before the lag was switched on, such as a seed, has long been indexed.
    const added = this.indexLag === 0 ? Number.NEGATIVE_INFINITY : this.now();
    const before = new Map(keys.map((key) => [key, this.#holders.get(key)?.since]));
    for (const handle of contact.handles) this.#release(contact, handle);
    if (handles !== contact.handles) contact.shownAs.delete("handles");
    contact.handles = [...handles];
    for (const key of keys) {
      const holder = this.#holders.get(key)?.contact ?? contact;
      if (holder === contact) this.#holders.set(key, { contact, since: before.get(key) ?? added });
    }
    this.revision += 1;
  }

  /** Where two contacts of a copied company hold one handle, its alias finds the first of them. */
  #release(contact: Contact, handle: Handle): void {
    const key = this.#holdingKey(handle, contact.isPrivate);
    if (this.#holders.get(key)?.contact !== contact) return;
    this.#holders.delete(key);
    if (this.copiedFrom === undefined) return;
    const holds = ({ handles, isPrivate }: Contact) =>
      handles.some((other) => this.#holdingKey(other, isPrivate) === key);
    const next = [...this.contacts.values()].find((other) => other !== contact && holds(other));
    if (next !== undefined) this.#holders.set(key, { contact: next, since: Number.NEGATIVE_INFINITY });
  }

  /** Marks a contact as updated now. */
  touch(contact: Contact): void {
    contact.shownAs.delete("updated_at");
    contact.updatedAt = this.now();
    this.revision += 1;
  }

  /** The contact of an id or of an alias such as `alt:email:dale@fbi.example`. */
  findContact(reference: string): Contact | undefined {
    const alias = /^alt:([^:]+):(.*)$/s.exec(reference);
    if (alias === null) return this.contacts.get(reference);
    const [, source = "", handle = ""] = alias;
    return this.#found({ source, handle }) ?? this.#found(this.normalize({ source, handle }));
  }

  #found(sought: Handle): Contact | undefined {
    const { privateAliases } = this.behavior;
    const shared = this.#isIndexed(sought, false) ? this.contactWithHandle(sought) : undefined;
    if (privateAliases === "never") return shared;
    const own = this.#isIndexed(sought, true) ? this.contactWithHandle(sought, true) : undefined;
    return privateAliases === "first" ? (own ?? shared) : (shared ?? own);
  }

  /** A handle in the form that it is kept in. */
  normalize({ source, handle }: Handle): Handle {
    const { phoneForm, twitterForm } = this.behavior;
    if (source === "phone") return { source, handle: normalizePhone(handle, phoneForm) };
    if (source === "twitter" && twitterForm === "with-at") return { source, handle: `@${handle.replace(/^@/, "")}` };
    return { source, handle };
  }

  /** Whether one handle is another spelling of the other. */
  isSameHandle(one: Handle, other: Handle): boolean {
    return this.handleKey(this.normalize(one)) === this.handleKey(this.normalize(other));
  }

  /** The contacts that a listing may show, in the order of creation: the same array until something changes. */
  listedContacts(): readonly Contact[] {
    if (this.#listed?.revision === this.revision && this.indexLag === 0) return this.#listed.contacts;
    const contacts = [...this.contacts.values()].filter((contact) => this.#isListed(contact));
    this.#listed = { revision: this.revision, contacts };
    return contacts;
  }

  #isListed({ handles, isPrivate }: Contact): boolean {
    if (this.indexLag === 0) return handles.length > 0 || this.copiedFrom !== undefined;
    return handles.some((handle) => this.#isIndexed(handle, isPrivate));
  }

  #isIndexed(handle: Handle, isPrivate: boolean): boolean {
    const { since = Number.NEGATIVE_INFINITY } = this.#holders.get(this.#holdingKey(handle, isPrivate)) ?? {};
    return since + this.indexLag <= this.now();
  }

  contact(reference: string): Contact {
    const found = this.findContact(reference);
    if (found !== undefined) return found;
    const isRefused = reference.startsWith("alt:") && this.behavior.unknownAlias === 400;
    throw isRefused ? badRequest(`Unknown alias ${reference}`) : unknownId("contact", reference);
  }

  /** Two handles are the same when their keys are. */
  handleKey({ source, handle }: Handle): string {
    const text = handle.trim();
    if (source === "phone") return `phone:${phoneKey(text, this.behavior.phoneForm)}`;
    if (source === "email" && this.behavior.foldEmails) return `email:${text.toLowerCase()}`;
    return `${source}:${text}`;
  }
}

/** An id in Front's manner: a prefix for the kind, and a number in base 36. */
export function idOf(prefix: string, serial: number): string {
  return `${prefix}_${serial.toString(36)}`;
}

/** What Front assumes for numbers without a country code, as its help center says of CSV imports. */
const DEFAULT_COUNTRY_CODE = "1";

/** Returns a phone number in the form that it is kept in. What is no phone number is kept as it was sent. */
function normalizePhone(sent: string, form: Behavior["phoneForm"]): string {
  const digits = sent.replace(/\D/g, "");
  if (form === "as-sent" || digits === "" || /[^\d\s().+\-/]/.test(sent)) return sent;
  if (form === "digits") return digits;
  if (sent.trim().startsWith("+") || digits.length > 10) return `+${digits}`;
  return digits.length === 10 ? `+${DEFAULT_COUNTRY_CODE}${digits}` : sent;
}

/** Returns what phone numbers are compared by. Normalized ones are compared as they are. */
function phoneKey(kept: string, form: Behavior["phoneForm"]): string {
  return form === "e164" ? kept : kept.replace(/\D/g, "") || kept;
}

function emptyOauthState(): OauthState {
  return { clients: new Map(), refreshTokens: new Map(), accessTokens: new Map(), codes: new Map() };
}
