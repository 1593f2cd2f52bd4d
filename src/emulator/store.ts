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
  RedrawAvatar,
  Team,
  Teammate,
} from "./model.ts";
import type { SeedOrigin } from "./seed-format.ts";

/** The number before the first id, so high that ids look like those of a company in use. */
const FIRST_SERIAL = 36 ** 3;

/** The parts of a company that the API cannot change. */
export interface CompanySettings {
  readonly company: Company;
  readonly customFields: readonly FieldDefinition[];
  readonly accountCustomFields: readonly FieldDefinition[];
  readonly teammates: readonly Teammate[];
  readonly inboxes: readonly Inbox[];
  /** Oldest first. At least one. */
  readonly teams: readonly Team[];
}

/** The data of an emulated company, with an index of handles. The rules are in the other files of this folder. */
export class Store {
  readonly settings: CompanySettings;
  readonly behavior: Behavior;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Contacts in order of creation. */
  readonly contacts = new Map<string, Contact>();
  readonly lists = new Map<string, List>();
  readonly accounts = new Map<string, Account>();
  /** From the id of a contact that was merged into another to the id of the other. */
  readonly merged = new Map<string, string>();
  readonly oauth: OauthState = {
    ...{ clients: new Map(), refreshTokens: new Map(), accessTokens: new Map(), codes: new Map() },
  };
  #revision = 0;
  #changed = new Set<string>();
  serial = FIRST_SERIAL;
  /** The origin of a company that comes from a snapshot. */
  copiedFrom: SeedOrigin | undefined;
  /** Milliseconds until a new handle is found by alias and a new contact is listed. */
  indexLag = 0;
  /** Re-encodes an uploaded avatar. */
  redrawAvatar: RedrawAvatar | undefined;
  #listed: { readonly revision: number; readonly contacts: readonly Contact[] } | undefined;
  readonly #handleIndex = new Map<string, { readonly contact: Contact; readonly since: number }>();

  constructor(settings: CompanySettings, now: () => number, behavior: Partial<Behavior> = {}, onBehavior?: OnBehavior) {
    this.settings = settings;
    this.now = now;
    this.behavior = completeBehavior(behavior, onBehavior);
  }

  /** Increases with every change, which triggers a save of the state file. */
  get revision(): number {
    return this.#revision;
  }

  /** Records a change, with the ids of all contacts, lists and accounts that it adds, changes or removes, or `oauth`. */
  changed(...ids: readonly string[]): void {
    this.#revision += 1;
    for (const id of ids) this.#changed.add(id);
  }

  /** Returns the ids of the changes since the last call. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** Returns the next number for an id. The numbers are in order of creation. */
  nextSerial(): number {
    this.serial += 1;
    return this.serial;
  }

  /** Returns the contact with a handle. A shared and a private contact may have the same one. */
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
    for (const account of this.accounts.values()) if (account.contactIds.delete(contact.id)) this.changed(account.id);
    this.contacts.delete(contact.id);
    this.changed(contact.id);
  }

  /** Sets a contact's handles and updates the index. Handles must not be changed in any other way. */
  setHandles(contact: Contact, handles: readonly Handle[]): void {
    const keys = handles.map((handle) => this.#indexKey(handle, contact.isPrivate));
    // Handles from before the lag was set, such as those of a seed, are indexed already.
    const added = this.indexLag === 0 ? Number.NEGATIVE_INFINITY : this.now();
    const before = new Map(keys.map((key) => [key, this.#handleIndex.get(key)?.since]));
    for (const handle of contact.handles) this.#removeFromIndex(contact, handle);
    if (handles !== contact.handles) contact.shownAs.delete("handles");
    contact.handles = [...handles];
    for (const key of keys) {
      const owner = this.#handleIndex.get(key)?.contact ?? contact;
      if (owner === contact) this.#handleIndex.set(key, { contact, since: before.get(key) ?? added });
    }
    this.changed(contact.id);
  }

  /** Removes a handle from the index. If another contact of a copy has the same handle, its alias finds that one. */
  #removeFromIndex(contact: Contact, handle: Handle): void {
    const key = this.#indexKey(handle, contact.isPrivate);
    if (this.#handleIndex.get(key)?.contact !== contact) return;
    this.#handleIndex.delete(key);
    if (this.copiedFrom === undefined) return;
    const holds = ({ handles, isPrivate }: Contact) =>
      handles.some((other) => this.#indexKey(other, isPrivate) === key);
    const next = [...this.contacts.values()].find((other) => other !== contact && holds(other));
    if (next !== undefined) this.#handleIndex.set(key, { contact: next, since: Number.NEGATIVE_INFINITY });
  }

  /** Sets the update time of a contact to now. */
  touch(contact: Contact): void {
    contact.shownAs.delete("updated_at");
    contact.updatedAt = this.now();
    this.changed(contact.id);
  }

  /** Returns the contact with an id or an alias such as `alt:email:dale@fbi.example`. */
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

  /** Returns a handle in its stored form. */
  normalize({ source, handle }: Handle): Handle {
    const { phoneForm, twitterForm } = this.behavior;
    if (source === "phone") return { source, handle: normalizePhone(handle, phoneForm) };
    if (source === "twitter" && twitterForm === "with-at") return { source, handle: `@${handle.replace(/^@/, "")}` };
    return { source, handle };
  }

  /** Returns whether one handle is another spelling of the other. */
  isSameHandle(one: Handle, other: Handle): boolean {
    return this.handleKey(this.normalize(one)) === this.handleKey(this.normalize(other));
  }

  /** Returns the contacts for a listing in order of creation. Returns the same array until a change. */
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

  contact(reference: string): Contact {
    const found = this.findContact(reference);
    if (found !== undefined) return found;
    const isRefused = reference.startsWith("alt:") && this.behavior.unknownAlias === 400;
    throw isRefused ? badRequest(`Unknown alias ${reference}`) : unknownId("contact", reference);
  }

  /** Returns the key of a handle. Two handles are the same if their keys are. */
  handleKey({ source, handle }: Handle): string {
    const text = handle.trim();
    if (source === "phone") return `phone:${phoneKey(text, this.behavior.phoneForm)}`;
    if (source === "email" && this.behavior.foldEmails) return `email:${text.toLowerCase()}`;
    return `${source}:${text}`;
  }
}

/** Returns an id formatted like Front's: a prefix for the kind, and a number in base 36. */
export function idOf(prefix: string, serial: number): string {
  return `${prefix}_${serial.toString(36)}`;
}

/** Front adds this country code to numbers without one (docs/front.md#handles). */
const DEFAULT_COUNTRY_CODE = "1";

/** Returns a phone number in its stored form. A text that is not a phone number is stored unchanged. */
function normalizePhone(sent: string, form: Behavior["phoneForm"]): string {
  const digits = sent.replace(/\D/g, "");
  if (form === "as-sent" || digits === "" || /[^\d\s().+\-/]/.test(sent)) return sent;
  if (form === "digits") return digits;
  if (sent.trim().startsWith("+") || digits.length > 10) return `+${digits}`;
  return digits.length === 10 ? `+${DEFAULT_COUNTRY_CODE}${digits}` : sent;
}

/** Returns the key by which phone numbers are compared. */
function phoneKey(kept: string, form: Behavior["phoneForm"]): string {
  return form === "e164" ? kept : kept.replace(/\D/g, "") || kept;
}
