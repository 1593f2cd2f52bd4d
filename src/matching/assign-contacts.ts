import { append } from "../model/append.ts";
import { type DesiredContact, type DesiredHandle, oldestFirst, type RemoteContact } from "../model/contact.ts";
import { isSameText } from "../model/field-values.ts";
import { declaredKeys, hasHandle, remoteKeys } from "../model/handle.ts";
import type { EarlierContacts } from "./base-entries.ts";
import type { RemoteContactIndex } from "./contact-index.ts";

export type Assignment = ReadonlyMap<RemoteContact, DesiredContact>;

export interface Assignments {
  readonly assigned: Assignment;
  /** The contact that each contested entry got first, which is the target of a merge. */
  readonly firstContacts: ReadonlyMap<DesiredContact, RemoteContact>;
  /** The entries and contacts that match only each other. */
  readonly uncontested: ReadonlyMap<DesiredContact, RemoteContact>;
}

interface Pair {
  readonly entry: DesiredContact;
  readonly contact: RemoteContact;
}

/**
 * Assigns contacts to entries in three steps:
 *
 * 1. Assigns the contacts with the IDs of entries, and the contacts that belonged to an entry at the base if other
 *    entries only take handles from them.
 * 2. Assigns the pairs that share the most handles, so two entries that swap a handle keep their contacts. Among pairs
 *    that share the same number of handles, assigns as many as possible: an entry that matches several contacts leaves
 *    one of them to an entry that matches no other contact.
 * 3. Assigns each remaining contact to an entry with `merge: true`, or to the only entry that declares one of its
 *    handles.
 *
 * The first two steps assign at most one contact to each entry. If several entries match the same contact and no
 * other, an entry with an earlier version at the base gets it, because the contact is probably its own; otherwise, the
 * entry with the smallest number of handles gets it, because the other entries declare more handles that the contact
 * lacks. If several assignments remain possible, prefers the contacts that share the most handles with the entry at the
 * base, and then contacts with the name of the entry. As a result, two entries that swap one of their two handles also
 * keep their contacts.
 *
 * An interrupted apply does not change the assignment, because moving a handle to the contact of its entry raises the
 * score of that pair.
 */
export function assignContacts(
  desired: readonly DesiredContact[],
  remote: RemoteContactIndex,
  earlierVersions: EarlierContacts,
): Assignments {
  const present = desired.filter(({ ensure }) => ensure === "present");
  const { uncontested, contested } = findUncontested(present, remote);
  const candidates = contested
    .map(({ entry, contact }) => {
      const earlier = earlierVersions.get(entry);
      return { entry, contact, score: scoreOf(entry, contact), baseScore: baseScoreOf(entry, earlier, contact) };
    })
    .sort(
      (a, b) =>
        compareEntries(a.entry, b.entry, earlierVersions) ||
        b.baseScore - a.baseScore ||
        oldestFirst(a.contact, b.contact),
    );
  const assigner = new Assigner();
  const own = ownPairs(candidates, earlierVersions);
  for (const pairs of [...byScore(own), ...byScore(candidates)]) assigner.assign(pairs);
  const unassigned = candidates.filter(({ contact }) => !assigner.assigned.has(contact));
  const assigned = new Map([...assigner.assigned, ...assignRemaining(unassigned)]);
  for (const [entry, contact] of uncontested) assigned.set(contact, entry);
  return { assigned, firstContacts: assigner.contactOf, uncontested };
}

interface ScoredPair extends Pair {
  readonly score: number;
  readonly baseScore: number;
}

/**
 * Returns the pairs in which the contact has the ID of the entry, or has a handle that the entry had at the base, while
 * all other entries match the contact only by handles that they take from the entry.
 */
function ownPairs(candidates: readonly ScoredPair[], earlierVersions: EarlierContacts): readonly ScoredPair[] {
  const entriesOf = new Map<RemoteContact, DesiredContact[]>();
  for (const { contact, entry } of candidates) append(entriesOf, contact, entry);
  return candidates.filter(({ entry, contact, baseScore }) => {
    const earlier = earlierVersions.get(entry);
    if (entry.id === contact.id) return true;
    if (earlier === undefined || baseScore < 1) return false;
    const others = (entriesOf.get(contact) ?? []).filter((other) => other !== entry);
    return others.every((other) => sharedHandles(other, contact).every((handle) => hasHandle(earlier, handle)));
  });
}

/** Returns the pairs of each score, the highest score first. */
function byScore(scored: readonly ScoredPair[]): readonly (readonly Pair[])[] {
  const pairs = new Map<number, Pair[]>();
  for (const pair of scored) append(pairs, pair.score, pair);
  return [...pairs].sort(([a], [b]) => b - a).map(([, pairsOfScore]) => pairsOfScore);
}

type Candidates = ReadonlyMap<DesiredContact, readonly RemoteContact[]>;

class Assigner {
  readonly assigned = new Map<RemoteContact, DesiredContact>();
  readonly contactOf = new Map<DesiredContact, RemoteContact>();

  /**
   * Assigns as many pairs of equal score as possible, and does not change earlier assignments. If there are several
   * solutions, chooses the one in which the first entries have the first contacts.
   */
  assign(pairs: readonly Pair[]): void {
    const candidates = new Map<DesiredContact, RemoteContact[]>();
    for (const { entry, contact } of pairs) {
      if (!this.assigned.has(contact) && !this.contactOf.has(entry)) append(candidates, entry, contact);
    }
    this.#assignMaximum(candidates);
    const finished = new Set<DesiredContact>();
    for (const [entry, contacts] of candidates) {
      finished.add(entry);
      for (const contact of contacts) if (this.#reassign(entry, contact, candidates, finished)) break;
    }
  }

  #assignMaximum(candidates: Candidates): void {
    const deadEnds = new Set<RemoteContact>();
    for (const entry of candidates.keys()) {
      const visited = this.#augment(entry, candidates, (contact) => deadEnds.has(contact));
      // Later paths cannot lead from these contacts to a free contact either.
      for (const contact of visited ?? []) deadEnds.add(contact);
    }
  }

  #set(entry: DesiredContact, contact: RemoteContact): void {
    this.assigned.set(contact, entry);
    this.contactOf.set(entry, contact);
  }

  /**
   * Assigns a preferred contact to an entry that has a different contact, if the preferred contact is free or its owner
   * can get another one. Does not change `finished` entries. Returns true if the entry has the preferred contact or no
   * contact.
   */
  #reassign(
    entry: DesiredContact,
    preferred: RemoteContact,
    candidates: Candidates,
    finished: ReadonlySet<DesiredContact>,
  ): boolean {
    const current = this.contactOf.get(entry);
    const currentOwner = this.assigned.get(preferred);
    if (current === undefined || current === preferred) return true;
    if (currentOwner !== undefined && finished.has(currentOwner)) return false;
    this.assigned.delete(current);
    this.#set(entry, preferred);
    if (currentOwner === undefined) return true;
    this.contactOf.delete(currentOwner);
    const isFinished = (contact: RemoteContact) => finished.has(this.assigned.get(contact) ?? currentOwner);
    if (this.#augment(currentOwner, candidates, isFinished) === undefined) return true;
    this.#set(currentOwner, preferred);
    this.#set(entry, current);
    return false;
  }

  /**
   * Assigns a contact to an entry. If another entry has the contact, moves that entry to a different contact, and so on
   * (an augmenting path, by breadth-first search). Returns undefined if a contact was assigned; otherwise, the visited
   * contacts.
   */
  #augment(
    entry: DesiredContact,
    candidates: Candidates,
    isExcluded: (contact: RemoteContact) => boolean,
  ): Iterable<RemoteContact> | undefined {
    const visitedFrom = new Map<RemoteContact, DesiredContact>();
    const queue = [entry];
    for (const source of queue) {
      const contacts = candidates.get(source) ?? [];
      const unvisited = contacts.filter((contact) => !isExcluded(contact) && !visitedFrom.has(contact));
      for (const contact of unvisited) visitedFrom.set(contact, source);
      const free = unvisited.find((contact) => !this.assigned.has(contact));
      if (free !== undefined) {
        this.#assignPath(free, visitedFrom);
        return undefined;
      }
      queue.push(...unvisited.flatMap((contact) => this.assigned.get(contact) ?? []));
    }
    return visitedFrom.keys();
  }

  /** Follows a path backward from its free contact, and assigns each contact to the entry before it. */
  #assignPath(free: RemoteContact, visitedFrom: ReadonlyMap<RemoteContact, DesiredContact>): void {
    let contact: RemoteContact | undefined = free;
    while (contact !== undefined) {
      const entry = visitedFrom.get(contact);
      if (entry === undefined) return;
      const previous: RemoteContact | undefined = this.contactOf.get(entry);
      this.#set(entry, contact);
      contact = previous;
    }
  }
}

/** Returns the entries and contacts that match only each other. Returns all other pairs as contested. */
function findUncontested(
  desired: readonly DesiredContact[],
  remote: RemoteContactIndex,
): { readonly uncontested: Map<DesiredContact, RemoteContact>; readonly contested: readonly Pair[] } {
  const uncontested = new Map<DesiredContact, RemoteContact>();
  const contested: Pair[] = [];
  const matched = new Set<RemoteContact>();
  const contestedContacts = new Set<RemoteContact>();
  for (const entry of desired) {
    const contacts = findCandidates(entry, remote);
    for (const contact of contacts) {
      if (matched.has(contact)) contestedContacts.add(contact);
      matched.add(contact);
      if (contacts.length === 1) uncontested.set(entry, contact);
      else contested.push({ entry, contact });
    }
  }
  return { uncontested, contested: [...contested, ...removePairs(uncontested, contestedContacts)] };
}

/** Removes and returns the pairs with one of the contacts. */
function removePairs(pairs: Map<DesiredContact, RemoteContact>, contacts: ReadonlySet<RemoteContact>): Pair[] {
  if (contacts.size === 0) return [];
  const removed = [...pairs].filter(([, contact]) => contacts.has(contact));
  for (const [entry] of removed) pairs.delete(entry);
  return removed.map(([entry, contact]) => ({ entry, contact }));
}

function assignRemaining(candidates: readonly Pair[]): Assignment {
  const entriesOf = new Map<RemoteContact, DesiredContact[]>();
  for (const { contact, entry } of candidates) append(entriesOf, contact, entry);
  const assigned = [...entriesOf].flatMap(([contact, entries]) => {
    const entry = entries.find(({ merge }) => merge) ?? (entries.length === 1 ? entries[0] : undefined);
    return entry === undefined ? [] : [[contact, entry] as const];
  });
  return new Map(assigned);
}

/** Returns the contacts that have the ID or one of the handles of an entry. */
export function findCandidates(entry: DesiredContact, remote: RemoteContactIndex): readonly RemoteContact[] {
  const pinned = entry.id === undefined ? undefined : remote.withId(entry.id);
  const byHandle = remote.contactsWithAny(entry.handles);
  return pinned === undefined ? byHandle : [...new Set([pinned, ...byHandle])];
}

/** Returns the number of handles that an entry and a contact share. The same ID outweighs any number of handles. */
export function scoreOf(entry: DesiredContact, contact: RemoteContact): number {
  if (entry.id === contact.id) return Number.MAX_SAFE_INTEGER;
  return sharedHandles(entry, contact).length;
}

/** Returns the handles of an entry that a contact has. */
export function sharedHandles({ handles }: DesiredContact, contact: RemoteContact): readonly DesiredHandle[] {
  const keys = new Set(contact.handles.flatMap(remoteKeys));
  return handles.filter((handle) => declaredKeys(handle).some((key) => keys.has(key)));
}

/** Returns the score of the entry at the base. The name decides only between contacts that share equally many handles. */
export function baseScoreOf(
  entry: DesiredContact,
  earlier: DesiredContact | undefined,
  contact: RemoteContact,
): number {
  if (earlier === undefined) return 0;
  return scoreOf(earlier, contact) + (hasName(contact, [earlier, entry]) ? 0.5 : 0);
}

/** Returns whether a contact has the name of at least one of the entries. */
export function hasName(contact: RemoteContact, entries: readonly DesiredContact[]): boolean {
  return entries.some(({ name }) => name !== undefined && isSameText(name, contact.name));
}

/**
 * Compares entries by the precedence for a contact that several of them match. Must not depend on Front; otherwise, an
 * interrupted apply would change the assignment.
 */
function compareEntries(a: DesiredContact, b: DesiredContact, earlierVersions: EarlierContacts): number {
  const rankOf = (entry: DesiredContact) => (earlierVersions.has(entry) ? 0 : 1);
  return rankOf(a) - rankOf(b) || a.handles.length - b.handles.length || compareKeys(a, b);
}

export function compareKeys(a: DesiredContact, b: DesiredContact): number {
  return a.key < b.key ? -1 : Number(a.key > b.key);
}
