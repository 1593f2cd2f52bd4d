import { type ContactPage, type FrontApi, undecodableContactOf } from "../front/api.ts";
import { OVERLAP_SECONDS } from "../front/constants.ts";
import { RemoteContactIndex } from "../matching/match.ts";
import type { DesiredContact, RemoteContact, UndecodableContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { declaredKeys, type Handle, type HandleKey, handleKey, remoteKeys } from "../model/handle.ts";
import type { Coverage } from "../model/plan.ts";
import { type Moved, readMoved } from "./changed-contacts.ts";
import { forEachConcurrently } from "./concurrent-for-each.ts";
import { costOf, type Wanted, wantedFor } from "./contact-lookups.ts";
import { type Answer, type DesiredHandle, lookUp, refusedAlias } from "./handle-lookup.ts";
import { AllPages, mustBePlausible } from "./pages.ts";
import { pagesOf, ReadStrategy } from "./read-strategy.ts";
import { SimilarNumbers } from "./similar-numbers.ts";
import { UndecodableContacts } from "./undecodable.ts";

/**
 * How to learn what the declared contacts look like in Front. `scan`: every page of contacts. `lookup`: each declared
 * handle by itself. `changes`: what moved since the last such reading, the rest as it was then. `auto`: pages or
 * look-ups, whichever costs fewer requests.
 */
export type Refresh = (typeof REFRESHES)[number];
export const REFRESHES = ["auto", "scan", "lookup", "changes"] as const;

/** What an earlier reading found, and what it had looked for: a handle that nobody had is knowledge too. */
export interface CachedReading {
  /** Front's time when it began, in epoch seconds. */
  readonly readAt: number;
  readonly handles: ReadonlySet<HandleKey>;
  readonly contacts: readonly RemoteContact[];
}

export interface SearchOptions {
  readonly refresh: Refresh;
  /** How many contacts Front had at the last reading of all of them. */
  readonly expected: number | undefined;
  /** Only asked for `changes`. */
  readonly earlier: CachedReading | undefined;
  /** Called as contacts come in, with how many were read so far, and of how many, where that is roughly known. */
  readonly onProgress: ((contactsRead: number, expected?: number) => void) | undefined;
}

/** At most so many handles are looked up by alias because a contact's handles cannot be decoded. */
const MAX_HIDDEN_HANDLES = 100;
/** Finds the contacts that the files speak of, in few requests. */
export class ContactSearch {
  /** Only what some declared contact needs, so memory follows the files and not the company. */
  readonly found = new RemoteContactIndex();
  /** Ids of contacts that Front showed in this run. */
  readonly confirmed = new Set<string>();
  /** How many contacts each list has, by its id. Only whole once every contact was read. */
  readonly listSizes = new Map<string, number>();
  readonly undecodable = new UndecodableContacts();
  readonly #front: FrontApi;
  readonly #options: SearchOptions;
  readonly #wanted: readonly Wanted[];
  readonly #byHandle = new Map<HandleKey, { readonly wanted: Wanted; readonly key: HandleKey }[]>();
  readonly #byPin = new Map<string, Wanted>();
  readonly #similar: SimilarNumbers;
  readonly #refused = new Map<DesiredHandle, Diagnostic>();
  /** A private contact answered a look-up, and may stand in front of a shared one. */
  #needsScan = false;
  #lookUpsLeft = 0;
  #read = 0;
  #since: number | undefined;

  constructor(contacts: readonly DesiredContact[], front: FrontApi, options: SearchOptions) {
    this.#front = front;
    this.#options = options;
    this.#similar = new SimilarNumbers(contacts);
    this.#wanted = contacts.map((contact) => this.#want(contact));
  }

  async run(): Promise<Coverage> {
    const { earlier, refresh } = this.#options;
    if (refresh === "changes" && earlier !== undefined) await this.#catchUp(earlier);
    const whole = await this.#go(this.#way());
    if (whole) return this.#coverageOfAll();
    if (this.#since !== undefined) return { contacts: "changes", read: this.#read, since: this.#since };
    return { contacts: "declared", read: this.#read };
  }

  #way(): "auto" | "scan" | "lookup" {
    const { refresh } = this.#options;
    if (refresh !== "changes") return refresh;
    return this.#since === undefined ? "auto" : "lookup";
  }

  /** Every page, whatever was found so far: for when what was remembered is not enough. */
  async readAll(): Promise<Coverage> {
    await this.#go("scan");
    return this.#coverageOfAll();
  }

  /** What was only remembered, and is on no page, is gone. */
  #coverageOfAll(): Coverage {
    this.#since = undefined;
    for (const { id } of this.found.all()) if (!this.confirmed.has(id)) this.found.remove(id);
    return { contacts: "all", read: this.#read };
  }

  /** Reads contacts by their ids in place of what was remembered of them; those that are gone are forgotten. */
  async confirm(ids: Iterable<string>): Promise<void> {
    await forEachConcurrently([...ids], async (id) => {
      const contact = await this.#unlessUndecodable(this.#front.contact(id), this.#entriesOf(this.found.withId(id)));
      if (contact === undefined) this.found.remove(id);
      else this.#take(contact);
      this.confirmed.add(id);
    });
  }

  /** What this reading knows, for the next one. It leaves out entries of which the contact is not known. */
  reading(readAt: number): CachedReading {
    const { unclear } = this.findings();
    const isKnown = ({ contact: { key } }: Wanted) => !this.undecodable.byKey.has(key) && !unclear.has(key);
    const known = this.#wanted.filter(isKnown).flatMap(({ contact }) => contact.handles.map(handleKey));
    return { readAt, handles: new Set(known), contacts: this.found.all() };
  }

  /** What is to be said of single entries, and which of them are left out because of it. */
  findings(): { readonly remarks: readonly Diagnostic[]; readonly unclear: ReadonlySet<string> } {
    const { diagnostics, unclear } = this.#similar.findings(this.found);
    return { remarks: [...this.#refused.values(), ...diagnostics], unclear };
  }

  #want(contact: DesiredContact): Wanted {
    const wanted = wantedFor(contact);
    for (const handle of contact.handles) this.#index(wanted, handle);
    if (contact.id !== undefined) this.#byPin.set(contact.id, wanted);
    this.#lookUpsLeft += costOf(wanted);
    return wanted;
  }

  #index(wanted: Wanted, handle: DesiredHandle): void {
    const key = handleKey(handle);
    for (const each of declaredKeys(handle)) {
      this.#byHandle.set(each, [...(this.#byHandle.get(each) ?? []), { wanted, key }]);
    }
  }

  /** True when every page was read. */
  async #go(way: "auto" | "scan" | "lookup"): Promise<boolean> {
    const pages = new AllPages(this.#front);
    const thrift = new ReadStrategy(way, { contacts: this.#options.expected, lookUps: this.#lookUpsLeft });
    while (this.#lookUpsLeft > 0 || way === "scan") {
      if (!this.#needsScan && !thrift.prefersPage(this.#lookUpsLeft)) {
        await this.#lookUpSome(thrift);
        continue;
      }
      const page = await pages.next();
      thrift.pageRead();
      if (page.afresh) this.#forgetCounts();
      this.#takePage(page);
      if (!page.last) continue;
      await this.#lookUpHiddenHandles();
      return true;
    }
    return false;
  }

  #takePage({ contacts, undecodable }: ContactPage): void {
    for (const contact of undecodable) this.#takeUndecodable(contact);
    for (const contact of contacts) {
      this.#read += 1;
      for (const { id } of contact.lists) this.listSizes.set(id, (this.listSizes.get(id) ?? 0) + 1);
      if (this.#matters(contact)) this.#take(contact);
    }
    const { expected, onProgress } = this.#options;
    mustBePlausible(this.#read, expected);
    onProgress?.(this.#read, expected);
  }

  #forgetCounts(): void {
    this.#read = 0;
    this.listSizes.clear();
  }

  /** Entries that a contact which cannot be decoded is, or that declare a handle of it. */
  #takeUndecodable(contact: UndecodableContact, earlier?: RemoteContact): void {
    const handles = [...(contact.handles ?? []), ...(earlier?.handles ?? [])];
    this.undecodable.add(contact, this.#entriesOf({ id: contact.id, handles }));
    for (const { wanted, key } of handles.flatMap((handle) => this.#declaring(handle))) this.#close(wanted, key, true);
  }

  #declaring(handle: Handle) {
    return remoteKeys(handle).flatMap((key) => this.#byHandle.get(key) ?? []);
  }

  #entriesOf(contact: { readonly id: string | undefined; readonly handles: readonly Handle[] } | undefined) {
    if (contact === undefined) return [];
    const pinned = contact.id === undefined ? undefined : this.#byPin.get(contact.id);
    const holding = contact.handles.flatMap((handle) => this.#declaring(handle)).map(({ wanted }) => wanted);
    return [...(pinned === undefined ? [] : [pinned]), ...holding].map((wanted) => wanted.contact);
  }

  /** Undefined for a contact that cannot be decoded, which is noted with the entries that it concerns. */
  async #unlessUndecodable<T>(reading: Promise<T>, entries: readonly DesiredContact[]): Promise<T | undefined> {
    try {
      return await reading;
    } catch (error) {
      const contact = undecodableContactOf(error);
      if (contact === undefined) throw error;
      this.#takeUndecodable(contact);
      this.undecodable.add(contact, entries);
      return undefined;
    }
  }

  /**
   * A contact whose handles cannot be decoded may hold one that no other contact was found to hold. An alias tells; if
   * there are many such handles, Front still refuses to create a contact with one that is in use.
   */
  async #lookUpHiddenHandles(): Promise<void> {
    if (!this.undecodable.contacts.some(({ handles }) => handles === undefined)) return;
    const open = this.#openHandles();
    if (open.length > MAX_HIDDEN_HANDLES) return;
    await forEachConcurrently(open, ({ wanted, key }) => this.#lookUpHandle(wanted, key, () => true));
  }

  #matters({ id, handles }: RemoteContact): boolean {
    const isDeclared = handles.some((handle) => this.#declaring(handle).length > 0);
    return isDeclared || this.#byPin.has(id) || this.#similar.mayHold(handles);
  }

  #take(contact: RemoteContact): void {
    this.confirmed.add(contact.id);
    this.#keep(contact);
  }

  #keep(contact: RemoteContact): void {
    this.found.add(contact);
    const pinned = this.#byPin.get(contact.id);
    if (pinned !== undefined) {
      this.#settle(pinned, () => {
        pinned.pinOpen = false;
      });
    }
    if (contact.isPrivate) return;
    this.#similar.add(contact);
    for (const { wanted, key } of contact.handles.flatMap((handle) => this.#declaring(handle))) {
      this.#close(wanted, key, true);
    }
  }

  /** The holder of a handle was found, or that there is none. */
  #close(wanted: Wanted, key: HandleKey, found: boolean): void {
    this.#settle(wanted, () => {
      wanted.open.delete(key);
      wanted.found ||= found;
    });
  }

  #settle(wanted: Wanted, change: () => void): void {
    this.#lookUpsLeft -= costOf(wanted);
    change();
    this.#lookUpsLeft += costOf(wanted);
  }

  async #lookUpSome(thrift: ReadStrategy): Promise<void> {
    let left = thrift.lookUpsAtOnce;
    /** Asked before each request, for those side by side share what is left. */
    const mayAsk = () => {
      left -= 1;
      if (left >= 0) thrift.lookedUp();
      return left >= 0;
    };
    await forEachConcurrently(
      this.#wanted.filter((wanted) => costOf(wanted) > 0),
      async (wanted) => {
        await this.#lookUpPin(wanted, mayAsk);
        for (const key of [...wanted.open.keys()]) await this.#lookUpHandle(wanted, key, mayAsk);
      },
      () => left > 0,
    );
  }

  async #lookUpPin(wanted: Wanted, mayAsk: () => boolean): Promise<void> {
    const { id } = wanted.contact;
    if (!wanted.pinOpen || id === undefined || !mayAsk()) return;
    const pinned = await this.#unlessUndecodable(this.#front.contact(id), [wanted.contact]);
    if (pinned !== undefined) this.#takeOne(pinned);
    this.#settle(wanted, () => {
      wanted.pinOpen = false;
    });
  }

  /** In one spelling after the other, for nobody has a handle only when nobody has it in any of them. */
  async #lookUpHandle(wanted: Wanted, key: HandleKey, mayAsk: () => boolean): Promise<void> {
    for (let sought = wanted.open.get(key); sought !== undefined; sought = wanted.open.get(key)) {
      const spelling = sought.spellings[0];
      if (spelling === undefined || !mayAsk()) return;
      sought.spellings.shift();
      const isFound = await this.#lookUpSpelling(wanted, sought.handle, spelling);
      const isLast = sought.spellings.length === 0 && !this.#needsScan;
      if (isFound !== undefined || isLast) this.#close(wanted, key, isFound === true);
    }
  }

  /** True when a shared contact was found, false when no other spelling can find one, undefined when one may. */
  async #lookUpSpelling(wanted: Wanted, handle: DesiredHandle, spelling: Handle): Promise<boolean | undefined> {
    const answer = await this.#unlessUndecodable(lookUp(this.#front, spelling), [wanted.contact]);
    if (answer === undefined) return false;
    this.#hear(answer, wanted, handle);
    if (answer.kind === "shared") return true;
    return answer.kind === "mistaken" ? false : undefined;
  }

  #hear(answer: Answer, { contact }: Wanted, handle: DesiredHandle): void {
    switch (answer.kind) {
      case "private":
        this.#needsScan = true;
        this.#takeOne(answer.contact);
        break;
      case "shared":
        this.#refused.delete(handle);
        this.#takeOne(answer.contact);
        this.#similar.vouchedFor(contact, handle, answer.contact);
        break;
      case "mistaken":
        this.#similar.leaveOut(contact, handle, answer.reason);
        break;
      case "refused":
        this.#refused.set(handle, refusedAlias(contact, handle));
    }
  }

  #takeOne(contact: RemoteContact): void {
    this.#read += 1;
    this.#take(contact);
    this.#options.onProgress?.(this.#read);
  }

  /** Takes what was known for granted, but for what Front says has moved since. Gives up where all pages cost less. */
  async #catchUp({ readAt, handles, contacts }: CachedReading): Promise<void> {
    const moved = await this.#readMoved(Math.max(readAt - OVERLAP_SECONDS, 0));
    if (moved === undefined) return;
    this.#since = readAt;
    for (const contact of contacts) this.#keepUnlessMoved(contact, moved);
    for (const contact of moved.contacts.values()) if (this.#matters(contact)) this.#take(contact);
    for (const { wanted, key } of this.#openHandles()) if (handles.has(key)) this.#close(wanted, key, false);
  }

  #openHandles() {
    return this.#wanted.flatMap((wanted) => [...wanted.open.keys()].map((key) => ({ wanted, key })));
  }

  #keepUnlessMoved(contact: RemoteContact, moved: Moved): void {
    const undecodable = moved.undecodable.get(contact.id);
    if (undecodable !== undefined) this.#takeUndecodable(undecodable, contact);
    else if (!moved.contacts.has(contact.id) && this.#matters(contact)) this.#keep(contact);
  }

  async #readMoved(updatedAfter: number): Promise<Moved | undefined> {
    const { expected, onProgress } = this.#options;
    const enough = expected === undefined ? Number.POSITIVE_INFINITY : pagesOf(expected);
    return await readMoved(this.#front, { updatedAfter, enough }, ({ contacts, undecodable }) => {
      this.#read += contacts.length;
      for (const contact of undecodable) this.#takeUndecodable(contact);
      onProgress?.(this.#read);
    });
  }
}
