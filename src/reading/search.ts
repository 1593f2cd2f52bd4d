import {
  type DesiredContact,
  type Handle,
  type HandleKey,
  handleKey,
  type RemoteContact,
  type UndecodableContact,
} from "../contact.ts";
import { type ContactPage, type FrontApi, FrontError, undecodableIn } from "../front/api.ts";
import { Holders } from "../planning/identity.ts";
import type { Coverage } from "../planning/plan.ts";
import { pagesOf, Thrift } from "../planning/thrift.ts";
import { forEach } from "./for-each.ts";
import { AllPages } from "./pages.ts";
import { UndecodableContacts } from "./undecodable.ts";

/**
 * How to learn what the declared contacts look like in Front. `scan`: every page of contacts. `lookup`: each declared
 * handle by itself. `changes`: what moved since the last such reading, the rest as it was then. `auto`: pages or
 * look-ups, whichever costs fewer requests.
 */
export type Refresh = (typeof REFRESHES)[number];
export const REFRESHES = ["auto", "scan", "lookup", "changes"] as const;

/** What an earlier reading found, and what it had looked for: a handle that nobody had is knowledge too. */
export interface EarlierReading {
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
  readonly earlier: EarlierReading | undefined;
  /** Called as contacts come in, with how many were read so far, and of how many, where that is roughly known. */
  readonly onProgress: ((contactsRead: number, expected?: number) => void) | undefined;
}

/** Front's listing may lag, and its clock is only known to the second, so a little more is asked for (front-api.md 12). */
const OVERLAP_SECONDS = 60;

/** At most so many handles are looked up by alias because a contact's handles cannot be decoded. */
const MAX_HIDDEN_HANDLES = 100;
/** A company may grow between two readings, but a listing with so many times the contacts is taken to be endless. */
const PLAUSIBLE_GROWTH = { factor: 20, least: 100_000 };

/** What Front lists as made or changed since the earlier reading, by id. */
interface Moved {
  readonly contacts: ReadonlyMap<string, RemoteContact>;
  readonly undecodable: ReadonlyMap<string, UndecodableContact>;
}

/** A declared contact, and what is not yet known of it. */
interface Wanted {
  readonly contact: DesiredContact;
  /** Handles whose holder nobody has found yet, nor that there is none. */
  readonly open: Map<HandleKey, Handle>;
  pinOpen: boolean;
  found: boolean;
}

/** Finds the contacts that the files speak of, in few requests. */
export class Search {
  /** Only what some declared contact needs, so memory follows the files and not the company. */
  readonly found = new Holders();
  /** Ids of contacts that Front showed in this run. */
  readonly confirmed = new Set<string>();
  /** How many contacts each list has, by its id. Only whole once every contact was read. */
  readonly listSizes = new Map<string, number>();
  readonly undecodable = new UndecodableContacts();
  readonly #front: FrontApi;
  readonly #options: SearchOptions;
  readonly #wanted: readonly Wanted[];
  readonly #byHandle = new Map<HandleKey, Wanted[]>();
  readonly #byPin = new Map<string, Wanted>();
  #lookUpsLeft = 0;
  #read = 0;
  #since: number | undefined;

  constructor(contacts: readonly DesiredContact[], front: FrontApi, options: SearchOptions) {
    this.#front = front;
    this.#options = options;
    this.#wanted = contacts.map((contact) => this.#want(contact));
  }

  async run(): Promise<Coverage> {
    const { earlier, refresh } = this.#options;
    if (refresh === "changes" && earlier !== undefined) await this.#catchUp(earlier);
    const whole = await this.#go(this.#way());
    if (this.#since !== undefined) return { contacts: "changes", read: this.#read, since: this.#since };
    return { contacts: whole ? "all" : "declared", read: this.#read };
  }

  #way(): "auto" | "scan" | "lookup" {
    const { refresh } = this.#options;
    if (refresh !== "changes") return refresh;
    return this.#since === undefined ? "auto" : "lookup";
  }

  /** Every page, whatever was found so far: for when what was remembered is not enough. */
  async readAll(): Promise<Coverage> {
    this.#since = undefined;
    await this.#go("scan");
    /** What was only remembered, and is on no page, is gone. */
    for (const { id } of this.found.all()) if (!this.confirmed.has(id)) this.found.remove(id);
    return { contacts: "all", read: this.#read };
  }

  /** Reads contacts by their ids in place of what was remembered of them; those that are gone are forgotten. */
  async confirm(ids: Iterable<string>): Promise<void> {
    await forEach([...ids], async (id) => {
      const contact = await this.#unlessUndecodable(this.#front.contact(id), this.#entriesOf(this.found.withId(id)));
      if (contact === undefined) this.found.remove(id);
      else this.#take(contact);
      this.confirmed.add(id);
    });
  }

  /** What this reading knows, for the next one. It does not know whether a contact that cannot be decoded changes. */
  reading(readAt: number): EarlierReading {
    const { byKey } = this.undecodable;
    const known = [...this.#byHandle].filter(([, wanted]) => !wanted.some(({ contact }) => byKey.has(contact.key)));
    return { readAt, handles: new Set(known.map(([handle]) => handle)), contacts: this.found.all() };
  }

  #want(contact: DesiredContact): Wanted {
    const open = new Map(contact.handles.map((handle) => [handleKey(handle), handle]));
    const wanted = { contact, open, pinOpen: contact.id !== undefined, found: false };
    for (const key of open.keys()) this.#byHandle.set(key, [...(this.#byHandle.get(key) ?? []), wanted]);
    if (contact.id !== undefined) this.#byPin.set(contact.id, wanted);
    this.#lookUpsLeft += costOf(wanted);
    return wanted;
  }

  /** True when every page was read. */
  async #go(way: "auto" | "scan" | "lookup"): Promise<boolean> {
    const pages = new AllPages(this.#front);
    const thrift = new Thrift(way, { contacts: this.#options.expected, lookUps: this.#lookUpsLeft });
    while (this.#lookUpsLeft > 0 || way === "scan") {
      if (!thrift.prefersPage(this.#lookUpsLeft)) {
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
    if (expected !== undefined && this.#read > expected * PLAUSIBLE_GROWTH.factor + PLAUSIBLE_GROWTH.least) {
      const advice = "Try again later. If it happens again, contact Front's support.";
      const message = `Front has listed ${this.#read} contacts, and the last time it had ${expected}`;
      throw new FrontError("unreadable", message, { advice });
    }
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
    for (const handle of handles) this.#close(handleKey(handle), true);
  }

  #entriesOf(contact: { readonly id: string | undefined; readonly handles: readonly Handle[] } | undefined) {
    if (contact === undefined) return [];
    const pinned = contact.id === undefined ? undefined : this.#byPin.get(contact.id);
    const holding = contact.handles.flatMap((handle) => this.#byHandle.get(handleKey(handle)) ?? []);
    return [...(pinned === undefined ? [] : [pinned]), ...holding].map((wanted) => wanted.contact);
  }

  /** Undefined for a contact that cannot be decoded, which is noted with the entries that it concerns. */
  async #unlessUndecodable(
    reading: Promise<RemoteContact | undefined>,
    entries: readonly DesiredContact[],
  ): Promise<RemoteContact | undefined> {
    try {
      return await reading;
    } catch (error) {
      const contact = undecodableIn(error);
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
    const open = this.#wanted.flatMap((wanted) => [...wanted.open].map(([key, handle]) => ({ wanted, key, handle })));
    if (open.length > MAX_HIDDEN_HANDLES) return;
    await forEach(open, ({ wanted, key, handle }) => this.#lookUpHandle(wanted, { key, handle, mayAsk: () => true }));
  }

  #matters({ id, handles }: RemoteContact): boolean {
    return this.#byPin.has(id) || handles.some((handle) => this.#byHandle.has(handleKey(handle)));
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
    for (const handle of contact.handles) this.#close(handleKey(handle), true);
  }

  /** The holder of a handle was found, or that there is none. */
  #close(key: HandleKey, found: boolean): void {
    for (const wanted of this.#byHandle.get(key) ?? []) {
      this.#settle(wanted, () => {
        wanted.open.delete(key);
        wanted.found ||= found;
      });
    }
  }

  #settle(wanted: Wanted, change: () => void): void {
    this.#lookUpsLeft -= costOf(wanted);
    change();
    this.#lookUpsLeft += costOf(wanted);
  }

  async #lookUpSome(thrift: Thrift): Promise<void> {
    let left = thrift.lookUpsAtOnce;
    /** Asked before each request, for those side by side share what is left. */
    const mayAsk = () => {
      left -= 1;
      if (left >= 0) thrift.lookedUp();
      return left >= 0;
    };
    await forEach(
      this.#wanted.filter((wanted) => costOf(wanted) > 0),
      async (wanted) => {
        await this.#lookUpPin(wanted, mayAsk);
        for (const [key, handle] of [...wanted.open]) await this.#lookUpHandle(wanted, { key, handle, mayAsk });
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

  async #lookUpHandle(
    { contact, open }: Wanted,
    { key, handle, mayAsk }: { key: HandleKey; handle: Handle; mayAsk: () => boolean },
  ): Promise<void> {
    if (!open.has(key) || !mayAsk()) return;
    const holder = await this.#unlessUndecodable(this.#front.holder(handle), [contact]);
    if (holder !== undefined) this.#takeOne(holder);
    this.#close(key, holder !== undefined);
  }

  #takeOne(contact: RemoteContact): void {
    this.#read += 1;
    this.#take(contact);
    this.#options.onProgress?.(this.#read);
  }

  /** Takes what was known for granted, but for what Front says has moved since. Gives up where all pages cost less. */
  async #catchUp({ readAt, handles, contacts }: EarlierReading): Promise<void> {
    const moved = await this.#readMoved(Math.max(readAt - OVERLAP_SECONDS, 0));
    if (moved === undefined) return;
    this.#since = readAt;
    for (const contact of contacts) this.#keepUnlessMoved(contact, moved);
    for (const contact of moved.contacts.values()) if (this.#matters(contact)) this.#take(contact);
    for (const key of handles) this.#close(key, false);
  }

  #keepUnlessMoved(contact: RemoteContact, moved: Moved): void {
    const undecodable = moved.undecodable.get(contact.id);
    if (undecodable !== undefined) this.#takeUndecodable(undecodable, contact);
    else if (!moved.contacts.has(contact.id) && this.#matters(contact)) this.#keep(contact);
  }

  async #readMoved(updatedAfter: number): Promise<Moved | undefined> {
    const { expected, onProgress } = this.#options;
    const enough = expected === undefined ? Number.POSITIVE_INFINITY : pagesOf(expected);
    const moved = { contacts: new Map<string, RemoteContact>(), undecodable: new Map<string, UndecodableContact>() };
    let pages = 0;
    for await (const page of this.#front.contacts({ updatedAfter })) {
      pages += 1;
      this.#read += page.contacts.length;
      for (const contact of page.contacts) moved.contacts.set(contact.id, contact);
      for (const contact of page.undecodable) {
        this.#takeUndecodable(contact);
        moved.undecodable.set(contact.id ?? "", contact);
      }
      onProgress?.(this.#read);
      if (!page.last && pages >= enough) return undefined;
    }
    return moved;
  }
}

/**
 * At least how many look-ups a contact still takes: one finds it with all it holds, and each handle that it lacks
 * takes another, to see who else has it.
 */
function costOf({ open, pinOpen, found }: Wanted): number {
  const forHandles = found ? open.size : Math.min(open.size, 1);
  return forHandles + (pinOpen ? 1 : 0);
}
