import { type ContactPage, catchUndecodable, type FrontApi, FrontError, undefinedIf } from "../front/api.ts";
import { OVERLAP_SECONDS } from "../front/constants.ts";
import type { RemoteContactIndex } from "../matching/contact-index.ts";
import {
  DeclaredContacts,
  type EntryLookups,
  type HandleLookup,
  minimumLookups,
} from "../matching/declared-contacts.ts";
import type { DesiredContact, DesiredHandle, RemoteContact } from "../model/contact.ts";
import { type Diagnostic, warningAt } from "../model/diagnostic.ts";
import { type Handle, type HandleKey, handleKey, spellingsOf } from "../model/handle.ts";
import type { Coverage } from "../model/plan.ts";
import { forEachConcurrently } from "./concurrent-for-each.ts";
import { assertListingLength, type ChangedContacts, ContactPages, readChangedContacts } from "./contact-pages.ts";
import { lookUpHandle, warnForbiddenLookup, warnRejectedLookup } from "./handle-lookup.ts";
import { pagesOf, type ReadMethod, ReadStrategy } from "./read-strategy.ts";
import type { ListMembers, Readings } from "./remote-state.ts";

/**
 * The method of finding the declared contacts. `scan` reads every page of contacts. `lookup` looks up declared IDs and
 * handles. `changes` lists the contacts that changed since the last run with `changes`, and takes the others from the
 * cache; the first such run uses `auto`. `auto` reads pages or looks up handles, depending on which takes fewer
 * requests.
 */
export type Refresh = (typeof REFRESHES)[number];
export const REFRESHES = ["auto", "scan", "lookup", "changes"] as const;

/** The contacts that a run with `changes` stored. */
export interface CachedContacts {
  /** Front's time when the run began, in epoch seconds. */
  readonly readAt: number;
  /** The handles that the run searched for, including handles without a contact. */
  readonly handles: ReadonlySet<HandleKey>;
  readonly contacts: readonly RemoteContact[];
}

interface SearchOptions {
  readonly refresh: Refresh;
  /** Number of contacts when all of them were last read. */
  readonly expected: number | undefined;
  /** Estimated number of contacts when some of them were last read. */
  readonly estimated?: number | undefined;
  /** The contacts of the last run with `changes`. Used only for `changes`. */
  readonly earlier: CachedContacts | undefined;
  /** Called with the number of contacts (for `lookup`, of entries) read so far, and the expected number if known. */
  readonly onProgress: ((contactsRead: number, expected?: number) => void) | undefined;
}

/** Maximum number of handles to look up because contacts that cannot be decoded may have them. */
const MAX_HIDDEN_HANDLES = 100;

/** Maximum number of IDs to look up because the listing of all contacts did not contain them. */
const MAX_UNLISTED_IDS = 100;

/** Finds the declared contacts with few requests. */
export class ContactSearch {
  readonly #front: FrontApi;
  readonly #options: SearchOptions;
  readonly #declared: DeclaredContacts;
  /** Number of contacts on each list, by ID. Complete only after every contact was read. */
  readonly #listSizes = new Map<string, number>();
  readonly #rejectedLookups = new Map<DesiredHandle, Diagnostic>();
  /**
   * True if a lookup returned a private contact, or was forbidden. Front may then fail to find a shared contact with
   * the same handle.
   */
  #needsScan = false;
  #readCount = 0;
  /** The number of contacts that `addMembers` received. */
  #memberCount = 0;
  /** Number of contacts on the pages, including those that cannot be decoded. */
  #listedCount = 0;
  /** Numbers of contacts that entries may match. */
  readonly #matched = { onPages: 0, byLookup: 0 };
  #largestListSize = 0;
  /** The minimum number of lookups that would be needed if no tombstone required reading all contacts. */
  #alternativeLookups = 0;
  /** The time of the earlier run if its contacts are used, in epoch seconds. */
  #since: number | undefined;
  #isComplete = false;

  constructor(entries: readonly DesiredContact[], front: FrontApi, options: SearchOptions) {
    this.#front = front;
    this.#options = options;
    this.#declared = new DeclaredContacts(entries);
  }

  get confirmed(): ReadonlySet<string> {
    return this.#declared.confirmed;
  }

  get found(): RemoteContactIndex {
    return this.#declared.found;
  }

  /**
   * The estimated number of contacts in Front; undefined if no page contained a contact. Assumes that the share of
   * declared contacts is the same on all pages.
   */
  get estimatedCount(): number | undefined {
    if (this.#listedCount === 0) return undefined;
    const { onPages, byLookup } = this.#matched;
    const estimate = onPages === 0 ? 0 : Math.floor((this.#listedCount * (onPages + byLookup)) / onPages);
    return Math.max(this.#listedCount + 1, estimate);
  }

  /** Adds the members of lists that were read in this run, to reduce the number of lookups. */
  addMembers(lists: readonly ListMembers[]): void {
    this.#largestListSize = Math.max(this.#largestListSize, ...lists.map(({ contacts }) => contacts.length));
    const members = new Map(lists.flatMap(({ contacts }) => contacts.map((contact) => [contact.id, contact])));
    this.#memberCount = members.size;
    for (const contact of members.values()) if (this.#declared.mayMatch(contact)) this.#declared.add(contact);
  }

  async run(): Promise<Coverage> {
    if (this.#declared.hashedTombstone !== undefined) {
      this.#alternativeLookups = this.#declared.remainingLookups;
      return await this.readAll();
    }
    const { earlier, refresh } = this.#options;
    if (refresh === "changes" && earlier !== undefined) await this.#readChanges(earlier);
    const method = refresh !== "changes" ? refresh : this.#since === undefined ? "auto" : "lookup";
    this.#isComplete = await this.#search(method);
    if (this.#isComplete) return this.#completeCoverage();
    const found = { read: this.#readCount, ...this.#declared.missingPhones() };
    if (this.#since !== undefined) return { contacts: "changes", since: this.#since, ...found };
    return { contacts: "declared", ...found, read: found.read + this.#memberCount };
  }

  async readAll(): Promise<Coverage> {
    this.#isComplete = await this.#search("scan");
    return this.#completeCoverage();
  }

  #completeCoverage(): Coverage {
    this.#since = undefined;
    this.#declared.finish();
    return { contacts: "all", read: this.#readCount };
  }

  /** Reads cached contacts again by ID. Removes contacts that no longer exist or cannot be decoded. */
  async confirm(ids: Iterable<string>): Promise<void> {
    const { found, confirmed } = this.#declared;
    await forEachConcurrently([...ids], async (id) => {
      const entries = this.#declared.entriesFor(found.withId(id));
      const contact = await this.#readOrExclude(id, this.#front.contact(id), entries);
      if (contact === undefined) found.remove(id);
      else this.#declared.add(contact);
      confirmed.add(id);
    });
  }

  getReadings(): Pick<Readings, "contacts" | "searchDiagnostics" | "undecodable" | "listSizes"> {
    return {
      contacts: this.found.all(),
      searchDiagnostics: [...this.#rejectedLookups.values(), ...this.#declared.diagnostics(), ...this.#warnScan()],
      undecodable: this.#declared.undecodable,
      ...(this.#isComplete ? { listSizes: this.#listSizes } : {}),
    };
  }

  /** Returns a warning if all contacts were read only because a tombstone identifies a handle by its hash. */
  #warnScan(): Diagnostic[] {
    const tombstone = this.#declared.hashedTombstone;
    const { refresh } = this.#options;
    const isCheapest = refresh === "auto" && pagesOf(this.#listedCount) <= this.#alternativeLookups;
    if (tombstone === undefined || refresh === "scan" || isCheapest) return [];
    const summary = `All contacts were read, because ${tombstone.key} identifies a handle by its hash`;
    const advice = "After the contact is deleted, remove the tombstone, unless the contact might be created again.";
    return [warningAt(tombstone.location, "tombstone-scan", summary, advice)];
  }

  createCachedContacts(readAt: number): CachedContacts {
    return { readAt, handles: new Set(this.#declared.knownHandles()), contacts: this.#declared.found.all() };
  }

  /**
   * Reads pages and looks up handles until no lookup is needed, or reads all pages for `scan`. Returns whether every
   * page was read.
   */
  async #search(method: ReadMethod): Promise<boolean> {
    const pages = new ContactPages(this.#front);
    const declared = this.#declared;
    const strategy = new ReadStrategy(method, { contacts: this.#expectedCount(), lookups: declared.remainingLookups });
    while (declared.remainingLookups > 0 || method === "scan") {
      if (!this.#needsScan && !strategy.prefersPage(declared.remainingLookups)) {
        await this.#lookUpSome(strategy);
        continue;
      }
      const page = await pages.next();
      strategy.countPage();
      if (page.isFirst) this.#resetCounts();
      this.#addPage(page);
      if (!page.last) continue;
      await this.#lookUpUnlistedIds();
      await this.#lookUpHiddenHandles();
      return true;
    }
    return false;
  }

  #expectedCount(): number | undefined {
    const { expected, estimated = 0 } = this.#options;
    return Math.max(expected ?? 0, estimated, this.#largestListSize) || expected;
  }

  #resetCounts(): void {
    this.#readCount = 0;
    this.#listedCount = 0;
    this.#matched.onPages = 0;
    this.#listSizes.clear();
  }

  #addPage({ contacts, undecodable }: ContactPage): void {
    this.#listedCount += contacts.length + undecodable.length;
    for (const contact of undecodable) this.#declared.addUndecodable(contact);
    for (const contact of contacts) {
      this.#readCount += 1;
      for (const { id } of contact.lists) this.#listSizes.set(id, (this.#listSizes.get(id) ?? 0) + 1);
      if (!this.#declared.mayMatch(contact)) continue;
      this.#matched.onPages += 1;
      this.#declared.add(contact);
    }
    const { expected, onProgress } = this.#options;
    assertListingLength(this.#readCount, expected);
    onProgress?.(this.#readCount, expected);
  }

  /** If the requested contact cannot be decoded, excludes the entries from the plan and returns undefined. */
  async #decodeOrExclude<T>(request: Promise<T>, entries: readonly DesiredContact[]): Promise<T | undefined> {
    const { found, undecodable } = await catchUndecodable(request);
    if (undecodable !== undefined) {
      this.#declared.addUndecodable(undecodable);
      this.#declared.skipUndecodable(undecodable, entries);
    }
    return found;
  }

  /**
   * If the requested contact cannot be decoded, or the token can read contacts but not this contact, excludes the
   * entries from the plan and returns undefined.
   */
  async #readOrExclude(
    id: string,
    request: Promise<RemoteContact | undefined>,
    entries: readonly DesiredContact[],
  ): Promise<RemoteContact | undefined> {
    try {
      return await this.#decodeOrExclude(request, entries);
    } catch (error) {
      if (!(error instanceof FrontError) || error.code !== "forbidden") throw error;
      // Without the scope to read contacts, this request fails as well.
      if (this.#readCount === 0) await new ContactPages(this.#front).next();
      for (const entry of entries) this.#declared.skipForbidden(entry, id, error.message);
      return undefined;
    }
  }

  /**
   * Looks up the handles that were not found, because a contact whose handles cannot be decoded may have them. If there
   * are too many, looks up none of them; Front then rejects the creation of a contact if one of its handles is in use.
   */
  async #lookUpHiddenHandles(): Promise<void> {
    if (!this.#declared.undecodable.some(({ handles }) => handles === undefined)) return;
    const pending = this.#declared.pendingHandles();
    if (pending.length > MAX_HIDDEN_HANDLES) return;
    await forEachConcurrently(pending, (lookup) => this.#lookUpSpellings(lookup, () => true));
  }

  /**
   * Reads the contacts whose IDs are declared but were not listed, because Front might not list all contacts. If there
   * are too many, reads none of them.
   */
  async #lookUpUnlistedIds(): Promise<void> {
    const unlisted = this.#declared.entries.filter(({ isIdPending }) => isIdPending);
    if (unlisted.length > MAX_UNLISTED_IDS) return;
    await forEachConcurrently(unlisted, (lookups) => this.#lookUpId(lookups, () => true));
  }

  async #lookUpSome(strategy: ReadStrategy): Promise<void> {
    let remaining = strategy.lookupsAtOnce;
    // Concurrent lookups share the remaining number of requests.
    const mayRequest = () => {
      remaining -= 1;
      if (remaining >= 0) strategy.countLookup();
      return remaining >= 0;
    };
    const { refresh, onProgress } = this.#options;
    const { entries } = this.#declared;
    const pending = entries.filter((lookups) => minimumLookups(lookups) > 0);
    let completeCount = entries.length - pending.length;
    const lookUp = async (lookups: EntryLookups) => {
      await this.#lookUpId(lookups, mayRequest);
      for (const lookup of lookups.pending) await this.#lookUpSpellings(lookup, mayRequest);
      completeCount += 1;
      if (refresh === "lookup") onProgress?.(completeCount, entries.length);
    };
    await forEachConcurrently(pending, lookUp, () => remaining > 0);
  }

  async #lookUpId(lookups: EntryLookups, mayRequest: () => boolean): Promise<void> {
    const { id } = lookups.entry;
    if (!lookups.isIdPending || id === undefined || !mayRequest()) return;
    // If Front returns another contact, the requested contact was merged, or its ID changed.
    const request = undefinedIf("changed", this.#front.contact(id));
    const contact = await this.#readOrExclude(id, request, [lookups.entry]);
    if (contact !== undefined) this.#addLookedUp(contact);
    this.#declared.completeId(lookups);
  }

  /** Looks up the spellings of a handle in sequence, because Front may find a contact by only one of them. */
  async #lookUpSpellings(lookup: HandleLookup, mayRequest: () => boolean): Promise<void> {
    const { entryLookups: lookups, handle } = lookup;
    const spellings = spellingsOf(handle);
    // Another lookup may find the contact with this handle while this one waits for a response.
    while (lookups.pending.includes(lookup)) {
      const spelling = spellings[lookup.spellingsTried];
      if (spelling === undefined || !mayRequest()) return;
      lookup.spellingsTried += 1;
      const isFound = await this.#lookUpSpelling(lookups, handle, spelling);
      const isLast = lookup.spellingsTried === spellings.length && !this.#needsScan;
      if (isFound !== undefined || isLast) this.#declared.complete(lookup, isFound === true);
    }
  }

  /**
   * Returns true if a shared contact was found, false if the entry is excluded from the plan, and undefined otherwise.
   */
  async #lookUpSpelling(
    { entry }: EntryLookups,
    handle: DesiredHandle,
    spelling: Handle,
  ): Promise<boolean | undefined> {
    const result = await this.#decodeOrExclude(lookUpHandle(this.#front, spelling), [entry]);
    switch (result?.kind) {
      case undefined:
        return false;
      case "private":
        this.#needsScan = true;
        this.#addLookedUp(result.contact);
        return undefined;
      case "shared":
        this.#rejectedLookups.delete(handle);
        this.#addLookedUp(result.contact);
        this.#declared.similar.addLookup(entry, handle, result.contact);
        return true;
      case "contradictory":
        this.#declared.skipUnclear(entry, handle, result.reason);
        return false;
      case "forbidden":
        // Without the scope to read contacts, reading all contacts fails as well.
        this.#needsScan = true;
        this.#rejectedLookups.set(handle, warnForbiddenLookup(entry, handle, result.error));
        return undefined;
      case "rejected":
        this.#rejectedLookups.set(handle, warnRejectedLookup(entry, handle));
        return undefined;
      case "not-found":
        return undefined;
    }
  }

  #addLookedUp(contact: RemoteContact): void {
    this.#readCount += 1;
    this.#matched.byLookup += 1;
    this.#declared.add(contact);
    if (this.#options.refresh !== "lookup") this.#options.onProgress?.(this.#readCount);
  }

  /**
   * Reads the changed contacts and takes the others from the cache. If reading all pages takes fewer requests, takes
   * nothing from the cache.
   */
  async #readChanges({ readAt, handles, contacts }: CachedContacts): Promise<void> {
    const { expected, onProgress } = this.#options;
    const updatedAfter = Math.max(readAt - OVERLAP_SECONDS, 0);
    const maxPages = expected === undefined ? Number.POSITIVE_INFINITY : pagesOf(expected);
    const changed = await readChangedContacts(this.#front, { updatedAfter, maxPages }, (page) => {
      this.#readCount += page.contacts.length;
      for (const contact of page.undecodable) this.#declared.addUndecodable(contact);
      onProgress?.(this.#readCount);
    });
    if (changed === undefined) return;
    this.#since = readAt;
    for (const contact of contacts) this.#addCached(contact, changed);
    for (const contact of changed.contacts.values()) if (this.#declared.mayMatch(contact)) this.#declared.add(contact);
    for (const lookup of this.#declared.pendingHandles()) {
      if (handles.has(handleKey(lookup.handle))) this.#declared.complete(lookup, false);
    }
  }

  #addCached(contact: RemoteContact, changed: ChangedContacts): void {
    if (this.#declared.confirmed.has(contact.id)) return;
    const undecodable = changed.undecodable.get(contact.id);
    if (undecodable !== undefined) this.#declared.addUndecodable(undecodable, contact);
    else if (!changed.contacts.has(contact.id) && this.#declared.mayMatch(contact)) this.#declared.addCached(contact);
  }
}
