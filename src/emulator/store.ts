import { type Behavior, completeBehavior, type OnBehavior } from "./behavior.ts";
import { badRequest, unknownId } from "./http-messages.ts";
import type {
  Account,
  Company,
  Contact,
  FieldDefinition,
  Handle,
  Inbox,
  List,
  OauthState,
  ReencodeAvatar,
  Team,
  Teammate,
} from "./model.ts";
import type { SnapshotInfo } from "./seed-format.ts";

/** Generated IDs have higher numbers, so they look like those of a company in use. */
const FIRST_SERIAL = 36 ** 3;

/** The parts of a company that the API cannot change. */
export interface CompanySettings {
  readonly company: Company;
  readonly customFields: readonly FieldDefinition[];
  readonly accountCustomFields: readonly FieldDefinition[];
  readonly teammates: readonly Teammate[];
  readonly inboxes: readonly Inbox[];
  /** The workspaces, oldest first. There is at least one. */
  readonly teams: readonly Team[];
}

export class Store {
  readonly settings: CompanySettings;
  readonly behavior: Behavior;
  /** Returns the time in epoch milliseconds. */
  readonly now: () => number;
  /** Contacts in the order in which they were added. */
  readonly contacts = new Map<string, Contact>();
  readonly lists = new Map<string, List>();
  readonly accounts = new Map<string, Account>();
  readonly mergedInto = new Map<string, string>();
  readonly oauth: OauthState = {
    clients: new Map(),
    refreshTokens: new Map(),
    accessTokens: new Map(),
    codes: new Map(),
  };
  #revision = 0;
  #changedIds = new Set<string>();
  serial = FIRST_SERIAL;
  /** The format and time of the snapshot that the company was copied from. */
  copiedFrom: SnapshotInfo | undefined;
  /** Milliseconds until a new handle is found by alias and a new contact is listed. */
  indexLag = 0;
  reencodeAvatar: ReencodeAvatar | undefined;
  #listed: { readonly revision: number; readonly contacts: readonly Contact[] } | undefined;
  readonly #handleIndex = new Map<string, { readonly contact: Contact; readonly since: number }>();
  /**
   * Contacts of a snapshot that have the same handle as the contact in `#handleIndex`, by handle key. May include
   * contacts that no longer have the handle.
   */
  readonly #otherOwners = new Map<string, Set<Contact>>();

  constructor(settings: CompanySettings, now: () => number, behavior: Partial<Behavior> = {}, onBehavior?: OnBehavior) {
    this.settings = settings;
    this.now = now;
    this.behavior = completeBehavior(behavior, onBehavior);
  }

  get revision(): number {
    return this.#revision;
  }

  /**
   * Records a change. `ids` contains the ID of every added, changed or removed contact, list and account, and `oauth`
   * if an OAuth token was added or removed.
   */
  recordChange(...ids: readonly string[]): void {
    this.#revision += 1;
    for (const id of ids) this.#changedIds.add(id);
  }

  takeChangedIds(): ReadonlySet<string> {
    const ids = this.#changedIds;
    this.#changedIds = new Set();
    return ids;
  }

  nextSerial(): number {
    this.serial += 1;
    return this.serial;
  }

  /** Returns the shared contact or, with `isPrivate`, the private contact that has a handle. Both may exist. */
  contactWithHandle(handle: Handle, isPrivate = false): Contact | undefined {
    return this.#handleIndex.get(this.#indexKey(handle, isPrivate))?.contact;
  }

  #indexKey(handle: Handle, isPrivate: boolean): string {
    return `${isPrivate ? "private " : ""}${this.handleKey(handle)}`;
  }

  addContact(contact: Contact): void {
    this.contacts.set(contact.id, contact);
    this.setHandles(contact, contact.handles);
  }

  removeContact(contact: Contact): void {
    this.setHandles(contact, []);
    for (const account of this.accounts.values())
      if (account.contactIds.delete(contact.id)) this.recordChange(account.id);
    this.contacts.delete(contact.id);
    this.recordChange(contact.id);
  }

  /** Replaces the handles of a contact. All changes to handles must use this method, because it updates the index. */
  setHandles(contact: Contact, handles: readonly Handle[]): void {
    const keys = handles.map((handle) => this.#indexKey(handle, contact.isPrivate));
    // Handles that are added before `indexLag` is set, such as the handles of a seed, are found immediately.
    const indexedAt = this.indexLag === 0 ? Number.NEGATIVE_INFINITY : this.now();
    const previous = new Map(keys.map((key) => [key, this.#handleIndex.get(key)?.since]));
    for (const handle of contact.handles) this.#removeFromIndex(contact, handle);
    if (handles !== contact.handles) contact.responseOverrides.delete("handles");
    contact.handles = [...handles];
    for (const key of keys) {
      const owner = this.#handleIndex.get(key)?.contact ?? contact;
      if (owner === contact) this.#handleIndex.set(key, { contact, since: previous.get(key) ?? indexedAt });
      else this.#otherOwners.set(key, (this.#otherOwners.get(key) ?? new Set()).add(contact));
    }
    this.recordChange(contact.id);
  }

  /** Removes a handle from the index. In a snapshot, another contact with the same handle is then indexed instead. */
  #removeFromIndex(contact: Contact, handle: Handle): void {
    const key = this.#indexKey(handle, contact.isPrivate);
    if (this.#handleIndex.get(key)?.contact !== contact) return;
    this.#handleIndex.delete(key);
    const hasKey = ({ id, handles, isPrivate }: Contact) =>
      this.contacts.has(id) && handles.some((other) => this.#indexKey(other, isPrivate) === key);
    const next = [...(this.#otherOwners.get(key) ?? [])].find((other) => other !== contact && hasKey(other));
    if (next !== undefined) this.#handleIndex.set(key, { contact: next, since: Number.NEGATIVE_INFINITY });
  }

  touch(contact: Contact): void {
    contact.responseOverrides.delete("updated_at");
    contact.updatedAt = this.now();
    this.recordChange(contact.id);
  }

  /** Returns the contact with an ID or with an alias such as `alt:email:dale@fbi.example`, if any. */
  findContact(reference: string): Contact | undefined {
    const alias = /^alt:([^:]+):(.*)$/s.exec(reference);
    if (alias === null) return this.contacts.get(reference);
    const [, source = "", handle = ""] = alias;
    return this.#findByHandle({ source, handle }) ?? this.#findByHandle(this.normalize({ source, handle }));
  }

  #findByHandle(handle: Handle): Contact | undefined {
    const { privateAliases } = this.behavior;
    const shared = this.#isIndexed(handle, false) ? this.contactWithHandle(handle) : undefined;
    if (privateAliases === "never") return shared;
    const privateContact = this.#isIndexed(handle, true) ? this.contactWithHandle(handle, true) : undefined;
    return privateAliases === "first" ? (privateContact ?? shared) : (shared ?? privateContact);
  }

  /** Returns a handle in its stored form. */
  normalize({ source, handle }: Handle): Handle {
    const { phoneForm, twitterForm } = this.behavior;
    if (source === "phone") return { source, handle: normalizePhone(handle, phoneForm) };
    if (source === "twitter" && twitterForm === "with-at") return { source, handle: `@${handle.replace(/^@/, "")}` };
    return { source, handle };
  }

  isSameHandle(a: Handle, b: Handle): boolean {
    return this.handleKey(this.normalize(a)) === this.handleKey(this.normalize(b));
  }

  /** Returns the contacts in listings. Without `indexLag`, returns the same array until the next change. */
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
    const { since = Number.NEGATIVE_INFINITY } = this.#handleIndex.get(this.#indexKey(handle, isPrivate)) ?? {};
    return since + this.indexLag <= this.now();
  }

  /** Throws Front's error if no contact has the ID or alias. */
  getContact(reference: string): Contact {
    const contact = this.findContact(reference);
    if (contact !== undefined) return contact;
    const isBadRequest = reference.startsWith("alt:") && this.behavior.unknownAlias === 400;
    throw isBadRequest ? badRequest(`Unknown alias ${reference}`) : unknownId("contact", reference);
  }

  /** Returns the key of a stored handle. Handles with the same key are the same handle. */
  handleKey({ source, handle }: Handle): string {
    const text = handle.trim();
    if (source === "phone") return `phone:${phoneKey(text, this.behavior.phoneForm)}`;
    if (source === "email" && this.behavior.foldEmails) return `email:${text.toLowerCase()}`;
    return `${source}:${text}`;
  }
}

/** Returns an ID in Front's format: a prefix for the kind and a number in base 36. */
export function idOf(prefix: string, serial: number): string {
  return `${prefix}_${serial.toString(36)}`;
}

/** The country code that Front adds to numbers without one (docs/front.md#handles). */
const DEFAULT_COUNTRY_CODE = "1";

/**
 * Returns a phone number in its stored form, and any other string unchanged. In the form `e164`, a number with fewer
 * than ten digits and without `+` is also unchanged.
 */
function normalizePhone(phone: string, form: Behavior["phoneForm"]): string {
  const digits = phone.replace(/\D/g, "");
  if (form === "as-sent" || digits === "" || /[^\d\s().+\-/]/.test(phone)) return phone;
  if (form === "digits") return digits;
  if (phone.trim().startsWith("+")) return `+${digits}`;
  if (form === "e164-us") return `+${DEFAULT_COUNTRY_CODE}${digits.replace(/^1(?=\d{10}$)/, "")}`;
  if (digits.length > 10) return `+${digits}`;
  return digits.length === 10 ? `+${DEFAULT_COUNTRY_CODE}${digits}` : phone;
}

function phoneKey(storedPhone: string, form: Behavior["phoneForm"]): string {
  return form === "e164" || form === "e164-us" ? storedPhone : storedPhone.replace(/\D/g, "") || storedPhone;
}
