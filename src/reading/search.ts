import { type DesiredContact, type Handle, type HandleKey, handleKey, type RemoteContact } from "../contact.ts";
import { type ContactPage, type FrontApi, FrontError } from "../front/api.ts";
import { Holders } from "../planning/identity.ts";
import type { Coverage } from "../planning/plan.ts";
import { pagesOf, Thrift } from "../planning/thrift.ts";

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

/** Enough to keep the client busy. */
const SIDE_BY_SIDE = 8;
/** Front's listing may lag, and its clock is only known to the second, so a little more is asked for (front-api.md 12). */
const OVERLAP_SECONDS = 60;
/** A listing whose place in Front was lost begins anew, but not for ever. */
const RESTARTS = 2;

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
      const contact = await this.#front.contact(id);
      if (contact === undefined) this.found.remove(id);
      else this.#take(contact);
      this.confirmed.add(id);
    });
  }

  /** What this reading knows, for the next one. */
  reading(readAt: number): EarlierReading {
    return { readAt, handles: new Set(this.#byHandle.keys()), contacts: this.found.all() };
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
    const pages = new Pages(this.#front);
    const thrift = new Thrift(way, { contacts: this.#options.expected, lookUps: this.#lookUpsLeft });
    while (this.#lookUpsLeft > 0 || way === "scan") {
      if (!thrift.prefersPage(this.#lookUpsLeft)) {
        await this.#lookUpSome(thrift);
        continue;
      }
      const page = await pages.next();
      thrift.pageRead();
      if (page.afresh) this.#forgetCounts();
      this.#takePage(page.contacts);
      if (page.last) return true;
    }
    return false;
  }

  #takePage(contacts: readonly RemoteContact[]): void {
    for (const contact of contacts) {
      this.#read += 1;
      for (const { id } of contact.lists) this.listSizes.set(id, (this.listSizes.get(id) ?? 0) + 1);
      if (this.#matters(contact)) this.#take(contact);
    }
    this.#options.onProgress?.(this.#read, this.#options.expected);
  }

  #forgetCounts(): void {
    this.#read = 0;
    this.listSizes.clear();
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
    const pinned = await this.#front.contact(id);
    if (pinned !== undefined) this.#takeOne(pinned);
    this.#settle(wanted, () => {
      wanted.pinOpen = false;
    });
  }

  async #lookUpHandle(
    { open }: Wanted,
    { key, handle, mayAsk }: { key: HandleKey; handle: Handle; mayAsk: () => boolean },
  ): Promise<void> {
    if (!open.has(key) || !mayAsk()) return;
    const holder = await this.#front.holder(handle);
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
    for (const contact of contacts) if (!moved.has(contact.id) && this.#matters(contact)) this.#keep(contact);
    for (const contact of moved.values()) if (this.#matters(contact)) this.#take(contact);
    for (const key of handles) this.#close(key, false);
  }

  async #readMoved(updatedAfter: number): Promise<ReadonlyMap<string, RemoteContact> | undefined> {
    const { expected, onProgress } = this.#options;
    const enough = expected === undefined ? Number.POSITIVE_INFINITY : pagesOf(expected);
    const moved = new Map<string, RemoteContact>();
    let pages = 0;
    for await (const page of this.#front.contacts({ updatedAfter })) {
      pages += 1;
      this.#read += page.contacts.length;
      for (const contact of page.contacts) moved.set(contact.id, contact);
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

/** The pages of all contacts, which begin anew when Front has lost the place: part of a listing is not one. */
class Pages {
  readonly #front: FrontApi;
  #pages: AsyncIterator<ContactPage>;
  #read = 0;
  #restarts = 0;

  constructor(front: FrontApi) {
    this.#front = front;
    this.#pages = front.contacts()[Symbol.asyncIterator]();
  }

  /** `afresh`: this is the first page again. */
  async next(): Promise<ContactPage & { readonly afresh: boolean }> {
    const afresh = this.#read === 0;
    try {
      const { value } = await this.#pages.next();
      this.#read += 1;
      return { ...(value as ContactPage), afresh };
    } catch (error) {
      const lost = error instanceof FrontError && ["refused", "missing"].includes(error.failure);
      if (!lost || afresh || this.#restarts >= RESTARTS) throw error;
      this.#restarts += 1;
      this.#read = 0;
      this.#pages = this.#front.contacts()[Symbol.asyncIterator]();
      return await this.next();
    }
  }
}

/** Goes through all, a few side by side, and starts nothing more once one has failed or there is no `more`. */
export async function forEach<T>(
  values: readonly T[],
  act: (value: T) => Promise<void>,
  more: () => boolean = () => true,
): Promise<void> {
  const rest = values.values();
  let failed = false;
  const work = async () => {
    for (const value of rest) {
      if (failed || !more()) return;
      await act(value).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
}
