import { contactAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { DesiredContact, RemoteContact, UndecodableContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { declaredKeys, type Handle, type HandleKey, handleKey, remoteKeys, spellingsOf } from "../model/handle.ts";
import { hashOfHandle } from "../model/handle-hash.ts";
import { RemoteContactIndex } from "./contact-index.ts";
import { SimilarNumbers } from "./similar-numbers.ts";

export type DesiredHandle = DesiredContact["handles"][number];

/** A declared handle, and the spellings that were not looked up yet. */
interface HandleLookup {
  readonly handle: DesiredHandle;
  readonly spellings: Handle[];
}

/** The lookups that one entry still needs. */
export interface EntryLookups {
  readonly entry: DesiredContact;
  /** Handles whose contact, if any, is unknown. */
  open: ReadonlyMap<HandleKey, HandleLookup>;
  /** True if the contact with the entry's `id` is unknown. */
  idOpen: boolean;
  /** True if a contact with one of the handles was found. */
  found: boolean;
}

/** Shared to save memory, because in the end nearly every entry has none. */
const NONE_OPEN: EntryLookups["open"] = new Map();

/**
 * Returns the minimum number of lookups that an entry still needs. The first one finds a contact with all its handles;
 * each handle that this contact lacks needs another one, because a different contact may have it.
 */
export function minimumLookups({ open, idOpen, found }: EntryLookups): number {
  return (found ? open.size : Math.min(open.size, 1)) + (idOpen ? 1 : 0);
}

interface DeclaredHandle {
  readonly lookups: EntryLookups;
  readonly key: HandleKey;
}

/**
 * The contacts found so far, and the lookups that are still needed. It contains only contacts that an entry needs, so
 * its size depends on the files and not on the company.
 */
export class KnownContacts {
  readonly found = new RemoteContactIndex();
  /** Ids of contacts that were read in this run, rather than taken from the cache. */
  readonly confirmed = new Set<string>();
  readonly similar: SimilarNumbers;
  readonly entries: readonly EntryLookups[];
  readonly #byHandle = new Map<HandleKey, DeclaredHandle[]>();
  readonly #byHash = new Map<string, DesiredContact>();
  readonly #byPinnedId = new Map<string, EntryLookups>();
  readonly #undecodable = new Map<string, UndecodableContact>();
  readonly #undecodableByKey = new Map<string, UndecodableContact>();
  #lookupsLeft = 0;

  constructor(entries: readonly DesiredContact[]) {
    this.similar = new SimilarNumbers(entries);
    this.entries = entries.map((entry) => this.#addEntry(entry));
  }

  #addEntry(entry: DesiredContact): EntryLookups {
    const open = new Map<HandleKey, HandleLookup>();
    const lookups = { entry, open, idOpen: entry.id !== undefined, found: false };
    for (const handle of entry.handles) {
      const key = handleKey(handle);
      open.set(key, { handle, spellings: [...spellingsOf(handle)] });
      for (const each of declaredKeys(handle)) {
        append(this.#byHandle, each, { lookups, key });
      }
    }
    for (const { sha256 } of entry.hashedHandles ?? []) this.#byHash.set(sha256, entry);
    if (entry.id !== undefined) this.#byPinnedId.set(entry.id, lookups);
    this.#lookupsLeft += minimumLookups(lookups);
    return lookups;
  }

  /** The minimum number of lookups that are left. */
  get lookupsLeft(): number {
    return this.#lookupsLeft;
  }

  /** Returns whether an entry may match this contact. */
  concerns({ id, handles }: RemoteContact): boolean {
    const isDeclared = handles.some((handle) => this.#declaring(handle).length > 0);
    return (
      isDeclared || this.#erasing(handles).length > 0 || this.#byPinnedId.has(id) || this.similar.mayInclude(handles)
    );
  }

  /** Adds a contact that was read in this run. */
  add(contact: RemoteContact): void {
    this.confirmed.add(contact.id);
    this.addCached(contact);
  }

  addCached(contact: RemoteContact): void {
    this.found.add(contact);
    const pinned = this.#byPinnedId.get(contact.id);
    if (pinned !== undefined) this.closeId(pinned);
    if (contact.isPrivate) return;
    this.similar.add(contact);
    for (const { lookups, key } of contact.handles.flatMap((handle) => this.#declaring(handle))) {
      this.close(lookups, key, true);
    }
  }

  /**
   * Ends the search once all contacts were read: removes contacts that are only in the cache, and the handles that
   * entries look for, which take as much memory as the matches that follow. No contacts can be added after this.
   */
  allRead(): void {
    for (const { id } of this.found.all()) if (!this.confirmed.has(id)) this.found.remove(id);
    this.#byHandle.clear();
    this.similar.allRead();
  }

  /** Records that the contact with a handle, if any, is known. */
  close(lookups: EntryLookups, key: HandleKey, found: boolean): void {
    this.#update(lookups, () => {
      lookups.found ||= found;
      if (!lookups.open.has(key)) return;
      const open = new Map(lookups.open);
      open.delete(key);
      lookups.open = open.size === 0 ? NONE_OPEN : open;
    });
  }

  closeId(lookups: EntryLookups): void {
    this.#update(lookups, () => {
      lookups.idOpen = false;
    });
  }

  #update(lookups: EntryLookups, change: () => void): void {
    this.#lookupsLeft -= minimumLookups(lookups);
    change();
    this.#lookupsLeft += minimumLookups(lookups);
  }

  openHandles(): DeclaredHandle[] {
    return this.entries.flatMap((lookups) => [...lookups.open.keys()].map((key) => ({ lookups, key })));
  }

  /** Adds a contact that cannot be decoded. Entries that it may match are left out of the plan. */
  addUndecodable(contact: UndecodableContact, cached?: RemoteContact): void {
    const handles = [...(contact.handles ?? []), ...(cached?.handles ?? [])];
    this.leaveOut(contact, this.entriesFor({ id: contact.id, handles }));
    for (const { lookups, key } of handles.flatMap((handle) => this.#declaring(handle))) this.close(lookups, key, true);
  }

  leaveOut(contact: UndecodableContact, entries: readonly DesiredContact[]): void {
    this.#undecodable.set(contact.id ?? JSON.stringify([contact.problem, contact.handles]), contact);
    for (const { key } of entries) this.#undecodableByKey.set(key, contact);
  }

  get undecodable(): UndecodableContacts {
    return { contacts: [...this.#undecodable.values()], byKey: this.#undecodableByKey };
  }

  /** Returns the entries that this contact concerns. */
  entriesConcerned(contact: RemoteContact): readonly DesiredContact[] {
    return [...this.entriesFor(contact), ...this.similar.entriesFor(contact.handles)];
  }

  /** Returns the entries with this id or with one of these handles. */
  entriesFor(contact: { readonly id: string | undefined; readonly handles: readonly Handle[] } | undefined) {
    if (contact === undefined) return [];
    const pinned = contact.id === undefined ? undefined : this.#byPinnedId.get(contact.id);
    const declaring = contact.handles.flatMap((handle) => this.#declaring(handle)).map(({ lookups }) => lookups);
    const named = [...(pinned === undefined ? [] : [pinned]), ...declaring].map(({ entry }) => entry);
    return [...named, ...this.#erasing(contact.handles)];
  }

  /** Returns the tombstones that name one of these handles by its hash. */
  #erasing(handles: readonly Handle[]): readonly DesiredContact[] {
    if (this.#byHash.size === 0) return [];
    return handles.flatMap((handle) => this.#byHash.get(hashOfHandle(handle)) ?? []);
  }

  /** The first tombstone that names a handle by its hash, which only reading all contacts finds. */
  get hashedTombstone(): DesiredContact | undefined {
    return this.#byHash.values().next().value;
  }

  #declaring(handle: Handle): readonly DeclaredHandle[] {
    return remoteKeys(handle).flatMap((key) => this.#byHandle.get(key) ?? []);
  }

  /** Returns the handles whose contact, if any, is known. */
  knownHandles(): HandleKey[] {
    const { unclear } = this.similar.findings(this.found);
    const isKnown = ({ entry: { key } }: EntryLookups) => !this.#undecodableByKey.has(key) && !unclear.has(key);
    return this.entries.filter(isKnown).flatMap(({ entry }) => entry.handles.map(handleKey));
  }
}

/** Contacts that cannot be decoded. */
interface UndecodableContacts {
  readonly contacts: readonly UndecodableContact[];
  /** Contacts that an entry may match, by the key of the entry. */
  readonly byKey: ReadonlyMap<string, UndecodableContact>;
}

/** Maximum number of contacts that a message names; the others are counted. */
const MAX_NAMED = 20;

/** Returns an error for each entry that is left out, and a warning for each other contact that cannot be decoded. */
export function reportUndecodable(
  entries: readonly DesiredContact[],
  { contacts, byKey }: UndecodableContacts,
): Diagnostic[] {
  const matched = new Set(byKey.values());
  const others = contacts.filter((contact) => !matched.has(contact));
  const more = others.length - MAX_NAMED;
  return [
    ...entries.flatMap((entry) => {
      const contact = byKey.get(entry.key);
      return contact === undefined ? [] : [leftOut(entry, contact)];
    }),
    ...others.slice(0, MAX_NAMED).map(reportSkipped),
    ...(more > 0 ? [skippedMore(more)] : []),
  ];
}

function leftOut(entry: DesiredContact, { id, problem, handles }: UndecodableContact): Diagnostic {
  const keys = new Set(handles?.map(handleKey));
  const handle = entry.handles.find((each) => keys.has(handleKey(each))) ?? entry.handles[0];
  const address = contactAddress(entry.key);
  return {
    severity: "error",
    code: "contact-undecodable",
    summary: `${address} is left out of the plan: contact ${id ?? "without an id"} cannot be decoded: ${problem}`,
    advice:
      "Correct the contact in Front, or ask Front's support what its response means. The rest of the plan is not affected.",
    location: handle?.location ?? entry.location,
    leavesOut: address,
  };
}

function reportSkipped({ id, problem }: UndecodableContact): Diagnostic {
  return {
    severity: "warning",
    code: "contact-undecodable",
    summary: `Skipped contact ${id ?? "without an id"}, which cannot be decoded: ${problem}`,
    advice: "No entry matches this contact, so it is not changed.",
  };
}

function skippedMore(count: number): Diagnostic {
  return {
    severity: "warning",
    code: "contact-undecodable",
    summary: `Skipped ${count} more contacts that cannot be decoded`,
    advice: "Check the responses from Front.",
    remedy: { kind: "inspect-contacts" },
  };
}
