import { type Behaviour, behaviourWith } from "./behaviour.ts";
import type { Account, Company, Contact, FieldDefinition, Handle, Inbox, List, Teammate } from "./model.ts";
import { noSignIns } from "./oauth-state.ts";
import { unknownId } from "./refusal.ts";

/** Far enough along that ids have the look of a company in use. */
const FIRST_SERIAL = 36 ** 3;

/** What a company has and the API cannot change. */
export interface Furniture {
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
  readonly furniture: Furniture;
  readonly behaviour: Behaviour;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** In the order of creation. */
  readonly contacts = new Map<string, Contact>();
  readonly lists = new Map<string, List>();
  readonly accounts = new Map<string, Account>();
  /** From the id of a contact that was merged away to the survivor's. */
  readonly merged = new Map<string, string>();
  readonly oauth = noSignIns();
  /** Grows with every change, so that whoever saves the store knows when to. */
  revision = 0;
  serial = FIRST_SERIAL;
  /** Where the company was copied from; undefined unless it came out of a snapshot. */
  copiedFrom: CopyOrigin | undefined;
  /** Milliseconds until a new handle is found by its alias, and a new contact is listed. */
  indexLag = 0;
  #listed: { readonly revision: number; readonly contacts: readonly Contact[] } | undefined;
  readonly #holders = new Map<string, { readonly contact: Contact; readonly since: number }>();

  constructor(furniture: Furniture, now: () => number, behaviour: Partial<Behaviour> = {}) {
    this.furniture = furniture;
    this.now = now;
    this.behaviour = behaviourWith(behaviour);
  }

  /** A number never given before: the order of creation, and the stem of an id. */
  nextSerial(): number {
    this.serial += 1;
    return this.serial;
  }

  /** The contact that holds a handle equal to this one, in whatever spelling. */
  holderOf(handle: Handle): Contact | undefined {
    return this.#holders.get(this.handleKey(handle))?.contact;
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
    const keys = handles.map((handle) => this.handleKey(handle));
    // What was there before the lag was switched on, such as a seed, has long been indexed.
    const added = this.indexLag === 0 ? Number.NEGATIVE_INFINITY : this.now();
    const before = new Map(keys.map((key) => [key, this.#holders.get(key)?.since]));
    for (const handle of contact.handles) this.#release(contact, this.handleKey(handle));
    if (handles !== contact.handles) contact.shownAs.delete("handles");
    contact.handles = [...handles];
    for (const key of keys) {
      if (this.#yields(this.#holders.get(key)?.contact, contact)) {
        this.#holders.set(key, { contact, since: before.get(key) ?? added });
      }
    }
    this.revision += 1;
  }

  /** Where two contacts of a copied company hold one handle, its alias finds the first shared one. */
  #yields(holder: Contact | undefined, to: Contact): boolean {
    return holder === undefined || holder === to || (holder.isPrivate && !to.isPrivate);
  }

  #release(contact: Contact, key: string): void {
    if (this.#holders.get(key)?.contact !== contact) return;
    this.#holders.delete(key);
    if (this.copiedFrom === undefined) return;
    const holds = (other: Contact) =>
      other !== contact && other.handles.some((handle) => this.handleKey(handle) === key);
    const others = [...this.contacts.values()].filter(holds);
    const next = others.find(({ isPrivate }) => !isPrivate) ?? others[0];
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
    const sought = { source, handle };
    return this.#isIndexed(sought) ? this.holderOf(sought) : undefined;
  }

  /** The contacts that a listing may show, in the order of creation: the same array until something changes. */
  listedContacts(): readonly Contact[] {
    if (this.#listed?.revision === this.revision && this.indexLag === 0) return this.#listed.contacts;
    const contacts = [...this.contacts.values()].filter(({ handles }) => this.#isListed(handles));
    this.#listed = { revision: this.revision, contacts };
    return contacts;
  }

  #isListed(handles: readonly Handle[]): boolean {
    if (this.indexLag === 0) return handles.length > 0 || this.copiedFrom !== undefined;
    return handles.some((handle) => this.#isIndexed(handle));
  }

  #isIndexed(handle: Handle): boolean {
    const { since = Number.NEGATIVE_INFINITY } = this.#holders.get(this.handleKey(handle)) ?? {};
    return since + this.indexLag <= this.now();
  }

  contact(reference: string): Contact {
    const found = this.findContact(reference);
    if (found === undefined) throw unknownId("contact", reference);
    return found;
  }

  /** Two handles are the same when their keys are. */
  handleKey({ source, handle }: Handle): string {
    const text = handle.trim();
    if (source === "phone") return `phone:${text.replace(/\D/g, "") || text}`;
    if (source === "email" && this.behaviour.foldEmails) return `email:${text.toLowerCase()}`;
    return `${source}:${text}`;
  }
}

/** An id in Front's manner: a prefix for the kind, and a number in base 36. */
export function idOf(prefix: string, serial: number): string {
  return `${prefix}_${serial.toString(36)}`;
}
