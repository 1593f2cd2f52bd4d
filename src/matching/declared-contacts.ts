import { contactAddress, tableOfKey } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { DesiredContact, DesiredHandle, RemoteContact, UndecodableContact } from "../model/contact.ts";
import { describeUndecodable } from "../model/describe-undecodable.ts";
import { type Diagnostic, generalWarning, skippedEntry } from "../model/diagnostic.ts";
import { declaredKeys, type Handle, type HandleKey, handleKey, hasHandle, remoteKeys } from "../model/handle.ts";
import { hashOfHandle } from "../model/handle-hash.ts";
import type { Coverage } from "../model/plan.ts";
import { groupDigits } from "../model/plural.ts";
import { RemoteContactIndex } from "./contact-index.ts";
import { SimilarNumbers } from "./similar-numbers.ts";

/** A declared handle that must still be looked up. */
export interface HandleLookup {
  readonly entryLookups: EntryLookups;
  readonly handle: DesiredHandle;
  spellingsTried: number;
}

/** The lookups that an entry still needs. */
export interface EntryLookups {
  readonly entry: DesiredContact;
  pending: readonly HandleLookup[];
  /** True if it is still unknown whether the contact with the entry's `id` exists. */
  isIdPending: boolean;
  /** True if a contact with one of the handles was found. */
  isFound: boolean;
}

/** Shared to save memory, because most entries have no pending lookups in the end. */
const NONE_PENDING: EntryLookups["pending"] = [];

/**
 * Returns the minimum number of lookups that an entry still needs. The first lookup may find a contact with all
 * handles. Each handle that this contact lacks then needs its own lookup, because a different contact may have it.
 */
export function minimumLookups({ pending, isIdPending, isFound }: EntryLookups): number {
  return (isFound ? pending.length : Math.min(pending.length, 1)) + (isIdPending ? 1 : 0);
}

/**
 * The contacts that entries may match, and the lookups that entries still need. Other contacts are not stored, so the
 * memory use depends on the configuration rather than on the company.
 */
export class DeclaredContacts {
  readonly found = new RemoteContactIndex();
  /** IDs of contacts that were read in this run, rather than taken from the cache. */
  readonly confirmed = new Set<string>();
  readonly similar: SimilarNumbers;
  readonly entries: readonly EntryLookups[];
  readonly #byHandle = new Map<HandleKey, HandleLookup[]>();
  readonly #byHash = new Map<string, DesiredContact>();
  readonly #byPinnedId = new Map<string, EntryLookups>();
  readonly #undecodable = new Map<string, UndecodableContact>();
  /** The IDs of the contacts in `#undecodable` that exclude an entry. */
  readonly #excluding = new Set<string>();
  /** Errors by the key of the entry. */
  readonly #exclusions = new Map<string, Diagnostic>();
  #remainingLookups = 0;

  constructor(entries: readonly DesiredContact[]) {
    this.similar = new SimilarNumbers(entries);
    this.entries = entries.map((entry) => this.#addEntry(entry));
  }

  #addEntry(entry: DesiredContact): EntryLookups {
    const lookups: EntryLookups = { entry, pending: [], isIdPending: entry.id !== undefined, isFound: false };
    lookups.pending = entry.handles.map((handle) => ({ entryLookups: lookups, handle, spellingsTried: 0 }));
    for (const lookup of lookups.pending) {
      for (const key of declaredKeys(lookup.handle)) append(this.#byHandle, key, lookup);
    }
    for (const { sha256 } of entry.hashedHandles ?? []) this.#byHash.set(sha256, entry);
    if (entry.id !== undefined) this.#byPinnedId.set(entry.id, lookups);
    this.#remainingLookups += minimumLookups(lookups);
    return lookups;
  }

  get remainingLookups(): number {
    return this.#remainingLookups;
  }

  mayMatch({ id, handles }: RemoteContact): boolean {
    const isDeclared = handles.some((handle) => remoteKeys(handle).some((key) => this.#byHandle.has(key)));
    return (
      isDeclared ||
      this.#tombstonesOf(handles).length > 0 ||
      this.#byPinnedId.has(id) ||
      this.similar.mayInclude(handles)
    );
  }

  /** Adds a contact that was read in this run. */
  add(contact: RemoteContact): void {
    this.confirmed.add(contact.id);
    this.addCached(contact);
  }

  addCached(contact: RemoteContact): void {
    const keys = contact.handles.flatMap(remoteKeys);
    this.found.add(contact, keys);
    const pinned = this.#byPinnedId.get(contact.id);
    if (pinned !== undefined) this.completeId(pinned);
    if (contact.isPrivate) return;
    this.similar.add(contact);
    this.#completeFound(keys);
  }

  /**
   * Ends the search once all contacts have been read. Removes contacts that are only in the cache, because they no
   * longer exist. Frees the index of declared handles, so no contacts can be added after this.
   */
  finish(): void {
    for (const { id } of this.found.all()) if (!this.confirmed.has(id)) this.found.remove(id);
    this.#byHandle.clear();
    this.similar.finish();
  }

  /** Records whether a contact has a handle, so the handle is not looked up again. */
  complete(lookup: HandleLookup, isFound: boolean): void {
    const lookups = lookup.entryLookups;
    this.#remainingLookups -= minimumLookups(lookups);
    lookups.isFound ||= isFound;
    const pending = lookups.pending.filter((other) => other !== lookup);
    lookups.pending = pending.length === 0 ? NONE_PENDING : pending;
    this.#remainingLookups += minimumLookups(lookups);
  }

  #completeFound(keys: readonly HandleKey[]): void {
    for (const key of keys) for (const lookup of this.#byHandle.get(key) ?? []) this.complete(lookup, true);
  }

  /** Records that the lookup of the entry's `id` is complete, whether or not the contact exists. */
  completeId(lookups: EntryLookups): void {
    this.#remainingLookups -= minimumLookups(lookups);
    lookups.isIdPending = false;
    this.#remainingLookups += minimumLookups(lookups);
  }

  /** Returns the number of declared phone numbers that no found contact has; omitted if there are none. */
  missingPhones(): Pick<Coverage, "missingPhones"> {
    const missing = this.entries.flatMap(({ entry }) => this.#missingPhonesOf(entry));
    return missing.length === 0 ? {} : { missingPhones: missing.length };
  }

  /** Excludes numbers that a contact of the entry has without a country code, because they are not added either. */
  #missingPhonesOf({ id = "", handles }: DesiredContact): readonly Handle[] {
    const phones = handles.filter(
      (handle) => handle.source === "phone" && this.found.contactWith(handle) === undefined,
    );
    if (phones.length === 0) return phones;
    const contacts = [this.found.withId(id), ...this.found.contactsWithAny(handles)];
    return phones.filter((phone) => !contacts.some((contact) => contact && hasHandle(contact, phone)));
  }

  pendingHandles(): HandleLookup[] {
    return this.entries.flatMap(({ pending }) => pending);
  }

  /** Skips the entries that may match a contact that cannot be decoded. */
  addUndecodable(contact: UndecodableContact, cached?: RemoteContact): void {
    const handles = [...(contact.handles ?? []), ...(cached?.handles ?? [])];
    this.skipUndecodable(contact, this.entriesFor({ id: contact.id, handles }));
    this.#completeFound(handles.flatMap(remoteKeys));
  }

  skipUndecodable(contact: UndecodableContact, entries: readonly DesiredContact[]): void {
    const id = contact.id ?? JSON.stringify([contact.problem, contact.handles]);
    this.#undecodable.set(id, contact);
    if (entries.length > 0) this.#excluding.add(id);
    for (const entry of entries) this.#exclusions.set(entry.key, reportSkippedEntry(entry, contact));
  }

  /** Skips an entry because a lookup of one of its handles was contradictory. */
  skipUnclear({ key }: DesiredContact, { source, handle, location }: DesiredHandle, reason: string): void {
    const problem = `it is unclear which contact has ${source} ${handle}: ${reason}`;
    const skipped = (advice: string) => skippedEntry(contactAddress(key), location, "contact-unclear", problem, advice);
    const diagnostic =
      tableOfKey(key) === undefined
        ? skipped("Find the contact in Front and set its ID in the entry.")
        : { ...skipped("Read all contacts."), remedy: { kind: "read-all-contacts" } as const };
    this.#exclusions.set(key, diagnostic);
  }

  /** Skips an entry because Front does not allow the token to read its contact. */
  skipForbidden(entry: DesiredContact, id: string, message: string): void {
    const { key, location, idLocation = location } = entry;
    const reason = `the token has no access to its contact ${id} (${message})`;
    const alternative = entry.id === id ? ", or correct or remove the ID in the entry" : "";
    const advice = `The contact may be private, or in a workspace that the token cannot access. Give the token access${alternative}. The rest of the plan is not affected.`;
    this.#exclusions.set(key, skippedEntry(contactAddress(key), idLocation, "contact-forbidden", reason, advice));
  }

  get undecodable(): readonly UndecodableContact[] {
    return [...this.#undecodable.values()];
  }

  /** Returns an error for each skipped entry, and warnings about the other contacts that cannot be decoded. */
  diagnostics(): readonly Diagnostic[] {
    const others = [...this.#undecodable].filter(([id]) => !this.#excluding.has(id)).map(([, contact]) => contact);
    return [...this.similar.findUnclear(this.found), ...this.#exclusions.values(), ...reportSkippedContacts(others)];
  }

  /** Returns the entries that may match a contact, including those with a similar phone number. */
  candidateEntries(contact: RemoteContact): readonly DesiredContact[] {
    return [...this.entriesFor(contact), ...this.similar.entriesFor(contact.handles)];
  }

  /** Returns the entries that declare the ID or one of the handles of a contact, including tombstones with hashes. */
  entriesFor(contact: { readonly id: string | undefined; readonly handles: readonly Handle[] } | undefined) {
    if (contact === undefined) return [];
    const pinned = contact.id === undefined ? undefined : this.#byPinnedId.get(contact.id);
    const lookupsByHandle = contact.handles
      .flatMap((handle) => remoteKeys(handle).flatMap((key) => this.#byHandle.get(key) ?? []))
      .map(({ entryLookups }) => entryLookups);
    const entries = [...(pinned === undefined ? [] : [pinned]), ...lookupsByHandle].map(({ entry }) => entry);
    return [...entries, ...this.#tombstonesOf(contact.handles)];
  }

  #tombstonesOf(handles: readonly Handle[]): readonly DesiredContact[] {
    if (this.#byHash.size === 0) return [];
    return handles.flatMap((handle) => this.#byHash.get(hashOfHandle(handle)) ?? []);
  }

  /** The first tombstone that identifies a handle by its hash. Such a tombstone requires reading all contacts. */
  get hashedTombstone(): DesiredContact | undefined {
    return this.#byHash.values().next().value;
  }

  /** Returns the handles of the entries that are not skipped. The search was conclusive for these handles. */
  knownHandles(): HandleKey[] {
    const isIncluded = inclusionFilter(this.diagnostics());
    const included = this.entries.filter(({ entry }) => isIncluded(entry));
    return included.flatMap(({ entry }) => entry.handles.map(handleKey));
  }
}

/** Returns a filter that rejects the entries that a diagnostic excludes from the plan. */
export function inclusionFilter(diagnostics: readonly Diagnostic[]): (entry: DesiredContact) => boolean {
  const excluded = new Set(diagnostics.flatMap(({ excludedAddress }) => excludedAddress ?? []));
  if (excluded.size === 0) return () => true;
  return ({ key }) => !excluded.has(contactAddress(key));
}

/** Maximum number of contacts with a separate warning. */
const MAX_REPORTED = 20;

function reportSkippedContacts(contacts: readonly UndecodableContact[]): readonly Diagnostic[] {
  const unreportedCount = contacts.length - MAX_REPORTED;
  const reported = contacts.slice(0, MAX_REPORTED).map(reportSkippedContact);
  return unreportedCount > 0 ? [...reported, reportMoreSkipped(unreportedCount)] : reported;
}

function reportSkippedEntry(entry: DesiredContact, { id, problem, handles }: UndecodableContact): Diagnostic {
  const keys = new Set(handles?.map(handleKey));
  const handle = entry.handles.find((declared) => keys.has(handleKey(declared))) ?? entry.handles[0];
  const location = handle?.location ?? entry.location;
  const reason = `${describeUndecodable(id)} cannot be decoded: ${problem}`;
  const advice =
    "Correct the contact in Front, or ask Front support what the response means. The rest of the plan is not affected.";
  return skippedEntry(contactAddress(entry.key), location, "contact-undecodable", reason, advice);
}

function reportSkippedContact({ id, problem }: UndecodableContact): Diagnostic {
  const summary = `Skipped ${describeUndecodable(id)}, which cannot be decoded: ${problem}`;
  const advice =
    "This contact is neither matched nor changed. To manage it, correct it in Front, or ask Front support what the response means.";
  return generalWarning("contact-undecodable", summary, advice);
}

function reportMoreSkipped(count: number): Diagnostic {
  const summary = `Skipped ${groupDigits(count)} more contacts that cannot be decoded`;
  const advice = "Check the responses from Front.";
  return generalWarning("contact-undecodable", summary, advice, { kind: "inspect-contacts" });
}
