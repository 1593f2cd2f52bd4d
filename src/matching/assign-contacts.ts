import { append } from "../model/append.ts";
import { type DesiredContact, oldestFirst, type RemoteContact } from "../model/contact.ts";
import { declaredKeys, type HandleKey, remoteKeys } from "../model/handle.ts";
import type { RemoteContactIndex } from "./contact-index.ts";

/** The entry that each contact belongs to. */
export type Assignment = ReadonlyMap<RemoteContact, DesiredContact>;

interface Pair {
  readonly entry: DesiredContact;
  readonly contact: RemoteContact;
}

/**
 * Assigns each contact to the entry that shares the most handles with it, and each entry to one contact if possible, so
 * that two entries that swap a handle keep their contacts. Among pairs that share equally many, as many as possible are
 * assigned: an entry that may match several contacts leaves one to an entry that may match only that. Moving a handle to
 * its entry only raises that entry's score, so a plan made after an interrupted apply assigns the same contacts. A
 * contact that remains unassigned goes to an entry with `merge: true`, or to the only entry that declares one of its
 * handles.
 */
export function assignContacts(desired: readonly DesiredContact[], remote: RemoteContactIndex): Assignment {
  const present = desired.filter(({ ensure }) => ensure === "present");
  const { assigned, contested } = assignUncontested(present, remote);
  const candidates = contested
    .map(({ entry, contact }) => ({ entry, contact, score: scoreOf(entry, contact) }))
    .sort((a, b) => byKey(a.entry, b.entry) || oldestFirst(a.contact, b.contact));
  const pairsByScore = new Map<number, Pair[]>();
  for (const each of candidates) append(pairsByScore, each.score, each);
  const assigner = new Assigner();
  for (const [, pairs] of [...pairsByScore].sort(([a], [b]) => b - a)) assigner.assign(pairs);
  const leftOver = candidates.filter(({ contact }) => !assigner.assigned.has(contact));
  for (const [contact, entry] of [...assigner.assigned, ...assignLeftOver(leftOver)]) assigned.set(contact, entry);
  return assigned;
}

type ContactsOf = ReadonlyMap<DesiredContact, readonly RemoteContact[]>;

class Assigner {
  readonly assigned = new Map<RemoteContact, DesiredContact>();
  readonly #contactOf = new Map<DesiredContact, RemoteContact>();

  /**
   * Assigns as many pairs of equal score as possible; earlier assignments stay. Among the possible assignments, it takes
   * the one in which the first entries have the first contacts, so that pairs that move to another score change nothing.
   */
  assign(pairs: readonly Pair[]): void {
    const contactsOf = new Map<DesiredContact, RemoteContact[]>();
    for (const { entry, contact } of pairs) {
      if (!this.assigned.has(contact) && !this.#contactOf.has(entry)) append(contactsOf, entry, contact);
    }
    this.#assignMost(contactsOf);
    const settled = new Set<DesiredContact>();
    for (const [entry, contacts] of contactsOf) {
      settled.add(entry);
      for (const contact of contacts) if (this.#prefer(entry, contact, contactsOf, settled)) break;
    }
  }

  #assignMost(contactsOf: ContactsOf): void {
    const closed = new Set<RemoteContact>();
    for (const entry of contactsOf.keys()) {
      const tried = this.#find(entry, contactsOf, (contact) => closed.has(contact));
      // No later path leads from these contacts to a free one either.
      for (const contact of tried ?? []) closed.add(contact);
    }
  }

  #set(entry: DesiredContact, contact: RemoteContact): void {
    this.assigned.set(contact, entry);
    this.#contactOf.set(entry, contact);
  }

  /**
   * Assigns a contact to an entry that has another one, if the entry that has it can have another contact. Returns
   * whether the entry has the contact.
   */
  #prefer(
    entry: DesiredContact,
    contact: RemoteContact,
    contactsOf: ContactsOf,
    settled: ReadonlySet<DesiredContact>,
  ): boolean {
    const own = this.#contactOf.get(entry);
    const holder = this.assigned.get(contact);
    if (own === undefined || own === contact) return true;
    if (holder !== undefined && settled.has(holder)) return false;
    this.assigned.delete(own);
    this.#set(entry, contact);
    if (holder === undefined) return true;
    this.#contactOf.delete(holder);
    const isSettled = (each: RemoteContact) => settled.has(this.assigned.get(each) ?? holder);
    if (this.#find(holder, contactsOf, isSettled) === undefined) return true;
    this.#set(holder, contact);
    this.#set(entry, own);
    return false;
  }

  /**
   * Assigns a free contact to an entry, or one whose entry can have another, and so on (an augmenting path, found
   * breadth-first). Returns the contacts that were tried if there is no such path.
   */
  #find(
    entry: DesiredContact,
    contactsOf: ContactsOf,
    isClosed: (contact: RemoteContact) => boolean,
  ): Iterable<RemoteContact> | undefined {
    const reachedFrom = new Map<RemoteContact, DesiredContact>();
    const queue = [entry];
    for (const each of queue) {
      const contacts = contactsOf.get(each) ?? [];
      const reached = contacts.filter((contact) => !isClosed(contact) && !reachedFrom.has(contact));
      for (const contact of reached) reachedFrom.set(contact, each);
      const free = reached.find((contact) => !this.assigned.has(contact));
      if (free !== undefined) {
        this.#shift(free, reachedFrom);
        return undefined;
      }
      queue.push(...reached.flatMap((contact) => this.assigned.get(contact) ?? []));
    }
    return reachedFrom.keys();
  }

  /** Assigns a free contact to the entry that it was reached from, that entry's contact to the one before, and so on. */
  #shift(free: RemoteContact, reachedFrom: ReadonlyMap<RemoteContact, DesiredContact>): void {
    let contact: RemoteContact | undefined = free;
    while (contact !== undefined) {
      const entry = reachedFrom.get(contact);
      if (entry === undefined) return;
      const previous: RemoteContact | undefined = this.#contactOf.get(entry);
      this.#set(entry, contact);
      contact = previous;
    }
  }
}

/**
 * Assigns the contacts that one entry alone may match, if that entry may match no other contact. These are most, and
 * need no score. Returns the other pairs as contested.
 */
function assignUncontested(
  desired: readonly DesiredContact[],
  remote: RemoteContactIndex,
): { readonly assigned: Map<RemoteContact, DesiredContact>; readonly contested: readonly Pair[] } {
  const pairs: Pair[] = [];
  const ofContact = new Map<RemoteContact, DesiredContact>();
  const contestedContacts = new Set<RemoteContact>();
  const contestedEntries = new Set<DesiredContact>();
  for (const entry of desired) {
    const contacts = candidatesOf(entry, remote);
    if (contacts.length > 1) contestedEntries.add(entry);
    for (const contact of contacts) {
      if (ofContact.has(contact)) contestedContacts.add(contact);
      ofContact.set(contact, entry);
      pairs.push({ entry, contact });
    }
  }
  const isContested = ({ entry, contact }: Pair) => contestedContacts.has(contact) || contestedEntries.has(entry);
  const contested = pairs.filter(isContested);
  for (const { contact } of contested) ofContact.delete(contact);
  return { assigned: ofContact, contested };
}

function assignLeftOver(candidates: readonly Pair[]): Assignment {
  const entriesOf = new Map<RemoteContact, DesiredContact[]>();
  for (const { contact, entry } of candidates) append(entriesOf, contact, entry);
  const assigned = [...entriesOf].flatMap(([contact, entries]) => {
    const entry = entries.find(({ merge }) => merge) ?? (entries.length === 1 ? entries[0] : undefined);
    return entry === undefined ? [] : [[contact, entry] as const];
  });
  return new Map(assigned);
}

export function candidatesOf(entry: DesiredContact, remote: RemoteContactIndex): readonly RemoteContact[] {
  const pinned = entry.id === undefined ? undefined : remote.withId(entry.id);
  const byHandle = remote.contactsWithAny(entry.handles);
  return pinned === undefined ? byHandle : [...new Set([pinned, ...byHandle])];
}

/** Returns how closely an entry matches a contact. An `id` outweighs any number of handles. */
export function scoreOf(entry: DesiredContact, contact: RemoteContact): number {
  return entry.id === contact.id ? Number.MAX_SAFE_INTEGER : sharedKeys(entry, contact).length;
}

function sharedKeys(entry: DesiredContact, contact: RemoteContact): HandleKey[] {
  const present = new Set(contact.handles.flatMap(remoteKeys));
  return entry.handles.flatMap((handle) => declaredKeys(handle).find((key) => present.has(key)) ?? []);
}

export function byKey(a: DesiredContact, b: DesiredContact): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}
