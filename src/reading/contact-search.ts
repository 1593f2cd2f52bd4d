import { type ContactPage, type FrontApi, orUndecodable } from "../front/api.ts";
import { OVERLAP_SECONDS } from "../front/constants.ts";
import type { RemoteContactIndex } from "../matching/contact-index.ts";
import { type DesiredHandle, type EntryLookups, KnownContacts, minimumLookups } from "../matching/known-contacts.ts";
import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Handle, HandleKey } from "../model/handle.ts";
import type { Coverage } from "../model/plan.ts";
import { forEachConcurrently } from "./concurrent-for-each.ts";
import { type ChangedContacts, ContactPages, checkListingLength, readChangedContacts } from "./contact-pages.ts";
import { lookUp, refusedLookup } from "./handle-lookup.ts";
import { pagesOf, ReadStrategy } from "./read-strategy.ts";
import type { ListMembers, Readings } from "./remote-state.ts";

/**
 * How to find the declared contacts. `scan`: read every page of contacts. `lookup`: look up each declared handle.
 * `changes`: list the contacts that changed since the last run with `changes`, and take the others from the cache.
 * `auto`: pages or lookups, whichever needs fewer requests.
 */
export type Refresh = (typeof REFRESHES)[number];
export const REFRESHES = ["auto", "scan", "lookup", "changes"] as const;

/** The contacts that an earlier run found, and the handles it looked for: some may have no contact. */
export interface CachedReading {
  /** Front's time when it began, in epoch seconds. */
  readonly readAt: number;
  readonly handles: ReadonlySet<HandleKey>;
  readonly contacts: readonly RemoteContact[];
}

export interface SearchOptions {
  readonly refresh: Refresh;
  /** Number of contacts when all of them were last read. */
  readonly expected: number | undefined;
  /** Estimated number of contacts when some of them were last read. */
  readonly estimated?: number | undefined;
  /** Used by `changes` only. */
  readonly earlier: CachedReading | undefined;
  /** Called with the number of contacts read so far, and with the expected number if it is known. */
  readonly onProgress: ((contactsRead: number, expected?: number) => void) | undefined;
}

/** Maximum number of handles that are looked up because the handles of a contact cannot be decoded. */
const MAX_HIDDEN_HANDLES = 100;

/** Finds the declared contacts in few requests. */
export class ContactSearch {
  readonly #front: FrontApi;
  readonly #options: SearchOptions;
  readonly #known: KnownContacts;
  /** Number of contacts on each list, by id. Complete only after every contact was read. */
  readonly #listSizes = new Map<string, number>();
  readonly #refused = new Map<DesiredHandle, Diagnostic>();
  /** A lookup returned a private contact, which may hide a shared contact with the same handle. */
  #needsScan = false;
  #read = 0;
  /** Number of contacts on the pages. */
  #listed = 0;
  /** Contacts that entries may match, by how they were found. */
  readonly #matched = { onPages: 0, byLookup: 0 };
  /** Members of the largest list that was read: the company has at least as many contacts. */
  #members = 0;
  /** The minimum number of lookups that would be enough if no tombstone required reading all contacts. */
  #lookUpsInstead = 0;
  /** The time of the earlier run whose cache is used, in epoch seconds. */
  #since: number | undefined;
  #isComplete = false;

  constructor(entries: readonly DesiredContact[], front: FrontApi, options: SearchOptions) {
    this.#front = front;
    this.#options = options;
    this.#known = new KnownContacts(entries);
  }

  /** Ids of contacts that were read in this run, rather than taken from the cache. */
  get confirmed(): ReadonlySet<string> {
    return this.#known.confirmed;
  }

  /** The contacts that entries may match. */
  get found(): RemoteContactIndex {
    return this.#known.found;
  }

  /**
   * The estimated number of contacts in the company; undefined if no page was read. Assumes that declared contacts are
   * as frequent on the other pages as on those that were read.
   */
  get estimatedCount(): number | undefined {
    if (this.#listed === 0) return undefined;
    const { onPages, byLookup } = this.#matched;
    const estimate = onPages === 0 ? 0 : Math.floor((this.#listed * (onPages + byLookup)) / onPages);
    return Math.max(this.#listed + 1, estimate);
  }

  /** Adds the members of lists, which are as current as any other reading, so that fewer lookups are needed. */
  addMembers(lists: readonly ListMembers[]): void {
    this.#members = Math.max(this.#members, ...lists.map(({ contacts }) => contacts.length));
    for (const contact of lists.flatMap(({ contacts }) => contacts)) {
      if (this.#known.concerns(contact)) this.#known.add(contact);
    }
  }

  /** Searches for all declared contacts. */
  async run(): Promise<Coverage> {
    if (this.#known.hashedTombstone !== undefined) {
      this.#lookUpsInstead = this.#known.lookupsLeft;
      return await this.readAll();
    }
    const { earlier, refresh } = this.#options;
    if (refresh === "changes" && earlier !== undefined) await this.#readChanges(earlier);
    const strategy = this.#since === undefined ? "auto" : "lookup";
    this.#isComplete = await this.#search(refresh === "changes" ? strategy : refresh);
    if (this.#isComplete) return this.#completeCoverage();
    if (this.#since !== undefined) return { contacts: "changes", read: this.#read, since: this.#since };
    return { contacts: "declared", read: this.#read };
  }

  /** Reads every page. */
  async readAll(): Promise<Coverage> {
    this.#isComplete = await this.#search("scan");
    return this.#completeCoverage();
  }

  #completeCoverage(): Coverage {
    this.#since = undefined;
    this.#known.allRead();
    return { contacts: "all", read: this.#read };
  }

  /** Reads cached contacts again by id. Those that no longer exist are removed. */
  async confirm(ids: Iterable<string>): Promise<void> {
    const { found, confirmed } = this.#known;
    await forEachConcurrently([...ids], async (id) => {
      const entries = this.#known.entriesFor(found.withId(id));
      const contact = await this.#unlessUndecodable(this.#front.contact(id), entries);
      if (contact === undefined) found.remove(id);
      else this.#known.add(contact);
      confirmed.add(id);
    });
  }

  /** Returns the data that the search read. */
  readings(): Required<Pick<Readings, "contacts" | "searchDiagnostics" | "unclear" | "undecodable">> &
    Pick<Readings, "listSizes"> {
    const { found, similar, undecodable } = this.#known;
    const { diagnostics, unclear } = similar.findings(found);
    return {
      contacts: found.all(),
      searchDiagnostics: [...this.#refused.values(), ...diagnostics, ...this.#explainScan()],
      unclear,
      undecodable,
      ...(this.#isComplete ? { listSizes: this.#listSizes } : {}),
    };
  }

  #explainScan(): Diagnostic[] {
    const tombstone = this.#known.hashedTombstone;
    const { refresh } = this.#options;
    const costsNothing = refresh === "auto" && pagesOf(this.#listed) <= this.#lookUpsInstead;
    if (tombstone === undefined || refresh === "scan" || costsNothing) return [];
    return [
      {
        severity: "warning",
        code: "tombstone-scan",
        summary: `All contacts were read, because ${tombstone.key} names a handle by its hash`,
        advice: "Once the contact is deleted, remove the tombstone, unless the contact might be created again.",
        location: tombstone.location,
      },
    ];
  }

  /** Returns the reading to cache, without handles whose contact is unknown. */
  reading(readAt: number): CachedReading {
    return { readAt, handles: new Set(this.#known.knownHandles()), contacts: this.#known.found.all() };
  }

  /** Reads pages and looks up handles until no lookup is left. Returns whether every page was read. */
  async #search(refresh: "auto" | "scan" | "lookup"): Promise<boolean> {
    const pages = new ContactPages(this.#front);
    const known = this.#known;
    const strategy = new ReadStrategy(refresh, { contacts: this.#expectedCount(), lookUps: known.lookupsLeft });
    while (known.lookupsLeft > 0 || refresh === "scan") {
      if (!this.#needsScan && !strategy.prefersPage(known.lookupsLeft)) {
        await this.#lookUpSome(strategy);
        continue;
      }
      const page = await pages.next();
      strategy.pageRead();
      if (page.isFirst) this.#resetCounts();
      this.#addPage(page);
      if (!page.last) continue;
      await this.#lookUpHiddenHandles();
      return true;
    }
    return false;
  }

  /** Returns the expected number of contacts; undefined if it is unknown. */
  #expectedCount(): number | undefined {
    const { expected, estimated = 0 } = this.#options;
    const probable = Math.max(expected ?? 0, estimated, this.#members);
    return probable === 0 ? expected : probable;
  }

  #resetCounts(): void {
    this.#read = 0;
    this.#listed = 0;
    this.#matched.onPages = 0;
    this.#listSizes.clear();
  }

  #addPage({ contacts, undecodable }: ContactPage): void {
    this.#listed += contacts.length + undecodable.length;
    for (const contact of undecodable) this.#known.addUndecodable(contact);
    for (const contact of contacts) {
      this.#read += 1;
      for (const { id } of contact.lists) this.#listSizes.set(id, (this.#listSizes.get(id) ?? 0) + 1);
      if (!this.#known.concerns(contact)) continue;
      this.#matched.onPages += 1;
      this.#known.add(contact);
    }
    const { expected, onProgress } = this.#options;
    checkListingLength(this.#read, expected);
    onProgress?.(this.#read, expected);
  }

  /**
   * Returns the response. For a contact that cannot be decoded, returns undefined and leaves these entries out of the
   * plan.
   */
  async #unlessUndecodable<T>(request: Promise<T>, entries: readonly DesiredContact[]): Promise<T | undefined> {
    const { found, undecodable } = await orUndecodable(request);
    if (undecodable !== undefined) {
      this.#known.addUndecodable(undecodable);
      this.#known.leaveOut(undecodable, entries);
    }
    return found;
  }

  /**
   * Looks up the handles that were found on no contact, because one whose handles cannot be decoded may have them. If
   * there are too many, Front still refuses to create a contact with a handle that is in use.
   */
  async #lookUpHiddenHandles(): Promise<void> {
    if (!this.#known.undecodable.contacts.some(({ handles }) => handles === undefined)) return;
    const open = this.#known.openHandles();
    if (open.length > MAX_HIDDEN_HANDLES) return;
    await forEachConcurrently(open, ({ lookups, key }) => this.#lookUpHandle(lookups, key, () => true));
  }

  async #lookUpSome(strategy: ReadStrategy): Promise<void> {
    let left = strategy.lookUpsAtOnce;
    /** Called before each request, because concurrent lookups share the remaining number. */
    const mayRequest = () => {
      left -= 1;
      if (left >= 0) strategy.lookedUp();
      return left >= 0;
    };
    await forEachConcurrently(
      this.#known.entries.filter((lookups) => minimumLookups(lookups) > 0),
      async (lookups) => {
        await this.#lookUpId(lookups, mayRequest);
        for (const key of [...lookups.open.keys()]) await this.#lookUpHandle(lookups, key, mayRequest);
      },
      () => left > 0,
    );
  }

  async #lookUpId(lookups: EntryLookups, mayRequest: () => boolean): Promise<void> {
    const { id } = lookups.entry;
    if (!lookups.idOpen || id === undefined || !mayRequest()) return;
    const contact = await this.#unlessUndecodable(this.#front.contact(id), [lookups.entry]);
    if (contact !== undefined) this.#addOne(contact);
    this.#known.closeId(lookups);
  }

  /** Looks up one spelling after another, because Front may find a handle by only one of them. */
  async #lookUpHandle(lookups: EntryLookups, key: HandleKey, mayRequest: () => boolean): Promise<void> {
    for (let lookup = lookups.open.get(key); lookup !== undefined; lookup = lookups.open.get(key)) {
      const spelling = lookup.spellings[0];
      if (spelling === undefined || !mayRequest()) return;
      lookup.spellings.shift();
      const isFound = await this.#lookUpSpelling(lookups, lookup.handle, spelling);
      const isLast = lookup.spellings.length === 0 && !this.#needsScan;
      if (isFound !== undefined || isLast) this.#known.close(lookups, key, isFound === true);
    }
  }

  /** Returns true if a shared contact was found, false if no other spelling can find one, undefined if one may. */
  async #lookUpSpelling(
    { entry }: EntryLookups,
    handle: DesiredHandle,
    spelling: Handle,
  ): Promise<boolean | undefined> {
    const result = await this.#unlessUndecodable(lookUp(this.#front, spelling), [entry]);
    switch (result?.kind) {
      case undefined:
        return false;
      case "private":
        this.#needsScan = true;
        this.#addOne(result.contact);
        return undefined;
      case "shared":
        this.#refused.delete(handle);
        this.#addOne(result.contact);
        this.#known.similar.addLookup(entry, handle, result.contact);
        return true;
      case "contradictory":
        this.#known.similar.leaveOut(entry, handle, result.reason);
        return false;
      case "refused":
        this.#refused.set(handle, refusedLookup(entry, handle));
        return undefined;
      case "not-found":
        return undefined;
    }
  }

  #addOne(contact: RemoteContact): void {
    this.#read += 1;
    this.#matched.byLookup += 1;
    this.#known.add(contact);
    this.#options.onProgress?.(this.#read);
  }

  /**
   * Takes contacts from the cache, except those that changed. Does nothing if reading all pages takes fewer requests.
   */
  async #readChanges({ readAt, handles, contacts }: CachedReading): Promise<void> {
    const { expected, onProgress } = this.#options;
    const updatedAfter = Math.max(readAt - OVERLAP_SECONDS, 0);
    const maxPages = expected === undefined ? Number.POSITIVE_INFINITY : pagesOf(expected);
    const changed = await readChangedContacts(this.#front, { updatedAfter, maxPages }, (page) => {
      this.#read += page.contacts.length;
      for (const contact of page.undecodable) this.#known.addUndecodable(contact);
      onProgress?.(this.#read);
    });
    if (changed === undefined) return;
    this.#since = readAt;
    for (const contact of contacts) this.#addCached(contact, changed);
    for (const contact of changed.contacts.values()) if (this.#known.concerns(contact)) this.#known.add(contact);
    for (const { lookups, key } of this.#known.openHandles()) {
      if (handles.has(key)) this.#known.close(lookups, key, false);
    }
  }

  #addCached(contact: RemoteContact, changed: ChangedContacts): void {
    if (this.#known.confirmed.has(contact.id)) return;
    const undecodable = changed.undecodable.get(contact.id);
    if (undecodable !== undefined) this.#known.addUndecodable(undecodable, contact);
    else if (!changed.contacts.has(contact.id) && this.#known.concerns(contact)) this.#known.addCached(contact);
  }
}
