import { append } from "../model/append.ts";
import { type DesiredContact, oldestFirst, type RemoteContact } from "../model/contact.ts";
import { declaredKeys, type Handle, type HandleKey, mayBeSame, remoteKeys } from "../model/handle.ts";
import type { RemoteContactIndex } from "./contact-index.ts";

/** A handle that has to move from a contact in Front to the entry that declares it. */
export interface HandleMove {
  /** The handle as Front spells it. */
  readonly handle: Handle;
  /** The handle as the entry spells it. */
  readonly declared: Handle;
  readonly source: RemoteContact;
  /** The entry that matches the source contact; undefined when no entry does. */
  readonly sourceEntry: DesiredContact | undefined;
}

/** The result of matching an entry to the contacts in Front. */
export type Match =
  | { readonly kind: "no-match"; readonly moves: readonly HandleMove[] }
  | { readonly kind: "match"; readonly contact: RemoteContact; readonly moves: readonly HandleMove[] }
  /** The entry has `merge: true` and matches several contacts. */
  | {
      readonly kind: "merge";
      readonly target: RemoteContact;
      readonly others: readonly RemoteContact[];
      readonly moves: readonly HandleMove[];
    }
  /** Several contacts have the entry's handles, so the match is ambiguous. */
  | { readonly kind: "ambiguous"; readonly contacts: readonly RemoteContact[] }
  | { readonly kind: "deletion"; readonly contact: RemoteContact }
  | { readonly kind: "already-deleted" }
  /** The contact to delete matches another entry, or has a handle that another entry declares. */
  | { readonly kind: "deletion-conflict"; readonly contact: RemoteContact; readonly by: DesiredContact }
  /** Another entry has the same `id`. */
  | { readonly kind: "id-conflict"; readonly contact: RemoteContact; readonly by: DesiredContact }
  | { readonly kind: "id-not-found"; readonly id: string }
  /** The `id` belongs to a teammate's private contact. */
  | { readonly kind: "id-private"; readonly id: string };

export interface MatchPolicy {
  /** True if a handle may be moved from a contact that no entry declares. */
  readonly allowHandleMoves: boolean;
}

/** Matches entries to contacts. The order of contacts, entries and handles makes no difference. */
export function matchContacts(
  desired: readonly DesiredContact[],
  remote: RemoteContactIndex,
  policy: MatchPolicy,
): ReadonlyMap<DesiredContact, Match> {
  const assigned = assignContacts(desired, remote);
  // Skips the search for files without tombstones.
  const hasTombstones = desired.some(({ ensure }) => ensure === "absent");
  const deletions = findDeletions(hasTombstones ? desired : [], remote, assigned);
  return new Map(
    desired.map((entry) => [
      entry,
      entry.ensure === "absent"
        ? matchTombstone(entry, remote, deletions)
        : matchPresent(entry, remote, assigned, policy),
    ]),
  );
}

/** The entry that each contact belongs to. */
type Assignment = ReadonlyMap<RemoteContact, DesiredContact>;

interface Pair {
  readonly entry: DesiredContact;
  readonly contact: RemoteContact;
}

/**
 * Assigns each contact to the entry that shares the most handles with it, and each entry to one contact if possible, so
 * that two entries that swap a handle keep their contacts. Moving a handle to its entry only raises that entry's score,
 * so a plan made after an interrupted apply assigns the same contacts. A contact that remains unassigned goes to an
 * entry with `merge: true`, or to the only entry that declares one of its handles.
 */
function assignContacts(desired: readonly DesiredContact[], remote: RemoteContactIndex): Assignment {
  const present = desired.filter(({ ensure }) => ensure === "present");
  const { assigned, contested } = assignUncontested(present, remote);
  const candidates = contested
    .map(({ entry, contact }) => ({ entry, contact, score: scoreOf(entry, contact) }))
    .sort((a, b) => b.score - a.score || byKey(a.entry, b.entry) || oldestFirst(a.contact, b.contact));
  const matched = new Set<DesiredContact>();
  for (const { entry, contact } of candidates) {
    if (assigned.has(contact) || matched.has(entry)) continue;
    assigned.set(contact, entry);
    matched.add(entry);
  }
  const leftOver = candidates.filter(({ contact }) => !assigned.has(contact));
  for (const [contact, entry] of assignLeftOver(leftOver)) assigned.set(contact, entry);
  return assigned;
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

function candidatesOf(entry: DesiredContact, remote: RemoteContactIndex): readonly RemoteContact[] {
  const pinned = entry.id === undefined ? undefined : remote.withId(entry.id);
  const byHandle = remote.contactsWithAny(entry.handles);
  return pinned === undefined ? byHandle : [...new Set([pinned, ...byHandle])];
}

/** Returns how closely an entry matches a contact. An `id` outweighs any number of handles. */
function scoreOf(entry: DesiredContact, contact: RemoteContact): number {
  return entry.id === contact.id ? Number.MAX_SAFE_INTEGER : sharedKeys(entry, contact).length;
}

function sharedKeys(entry: DesiredContact, contact: RemoteContact): HandleKey[] {
  const present = new Set(contact.handles.flatMap(remoteKeys));
  return entry.handles.flatMap((handle) => declaredKeys(handle).find((key) => present.has(key)) ?? []);
}

function byKey(a: DesiredContact, b: DesiredContact): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

function matchPresent(
  entry: DesiredContact,
  remote: RemoteContactIndex,
  assigned: Assignment,
  { allowHandleMoves }: MatchPolicy,
): Match {
  const problem = entry.id === undefined ? undefined : checkId(entry, entry.id, remote, assigned);
  if (problem !== undefined) return problem;
  const contacts = candidatesOf(entry, remote)
    .filter((contact) => assigned.get(contact) === entry)
    .sort((a, b) => scoreOf(entry, b) - scoreOf(entry, a) || oldestFirst(a, b));
  const [contact, ...others] = contacts;
  const movesTo = (own: readonly RemoteContact[]) => findMoves(entry, remote, assigned, own);
  if (contact === undefined) return { kind: "no-match", moves: movesTo([]) };
  if (others.length === 0) return { kind: "match", contact, moves: movesTo(contacts) };
  if (entry.merge) return { kind: "merge", target: contact, others, moves: movesTo(contacts) };
  if (!allowHandleMoves) return { kind: "ambiguous", contacts };
  return { kind: "match", contact, moves: movesTo([contact]) };
}

/** Returns why an entry cannot match the contact with its `id`; undefined if it can. */
function checkId(
  entry: DesiredContact,
  id: string,
  remote: RemoteContactIndex,
  assigned: Assignment,
): Match | undefined {
  const contact = remote.withId(id);
  if (contact === undefined) return unknownId(id, remote);
  const by = assigned.get(contact);
  return by === undefined || by === entry ? undefined : { kind: "id-conflict", contact, by };
}

function unknownId(id: string, remote: RemoteContactIndex): Match {
  return { kind: remote.privateWithId(id) === undefined ? "id-not-found" : "id-private", id };
}

function findMoves(
  entry: DesiredContact,
  remote: RemoteContactIndex,
  assigned: Assignment,
  own: readonly RemoteContact[],
): readonly HandleMove[] {
  const moves = entry.handles.flatMap((declared) => {
    const source = remote.contactWith(declared);
    if (source === undefined || own.includes(source) || mayHave(own, declared)) return [];
    const keys = declaredKeys(declared);
    const handle = source.handles.find((each) => remoteKeys(each).some((key) => keys.includes(key))) ?? declared;
    const sourceEntry = assigned.get(source);
    return [{ handle, declared, source, sourceEntry: sourceEntry === entry ? undefined : sourceEntry }];
  });
  return moves.length === 0 ? NO_MOVES : moves;
}

/** Shared to save memory, because nearly every entry has none. */
const NO_MOVES: readonly HandleMove[] = [];

/** Returns whether one of the contacts may have a declared number already, so that it is not moved there. */
function mayHave(contacts: readonly RemoteContact[], declared: Handle): boolean {
  return contacts.some(({ handles }) => handles.some((handle) => mayBeSame(handle, declared)));
}

interface Deletions {
  /** The tombstone that deletes each contact. Several tombstones may match one contact, which is deleted once. */
  readonly tombstones: ReadonlyMap<RemoteContact, DesiredContact>;
  /** Returns the entry that matches a contact, or that declares one of its handles. */
  conflictFor(contact: RemoteContact): DesiredContact | undefined;
}

function findDeletions(
  desired: readonly DesiredContact[],
  remote: RemoteContactIndex,
  assigned: Assignment,
): Deletions {
  const lastKeyFirst = [...desired].sort((a, b) => byKey(b, a));
  const present = lastKeyFirst.filter(({ ensure }) => ensure === "present");
  const declaring = new Map(
    present.flatMap((entry) => entry.handles.flatMap(declaredKeys).map((key) => [key, entry] as const)),
  );
  const absent = lastKeyFirst.filter(({ ensure }) => ensure === "absent");
  return {
    tombstones: new Map(absent.flatMap((entry) => contactsToDelete(entry, remote).map((contact) => [contact, entry]))),
    conflictFor: (contact) =>
      assigned.get(contact) ??
      contact.handles
        .flatMap(remoteKeys)
        .map((key) => declaring.get(key))
        .filter((entry) => entry !== undefined)
        .sort(byKey)[0],
  };
}

/** Returns the contacts that a tombstone deletes. With an `id`, it deletes nothing unless that contact exists. */
function contactsToDelete(entry: DesiredContact, remote: RemoteContactIndex): readonly RemoteContact[] {
  const isDeleted = entry.id !== undefined && remote.withId(entry.id) === undefined;
  if (isDeleted) return [];
  return [...new Set([...candidatesOf(entry, remote), ...remote.contactsWithHashed(entry.hashedHandles ?? [])])];
}

function matchTombstone(
  entry: DesiredContact,
  remote: RemoteContactIndex,
  { tombstones, conflictFor }: Deletions,
): Match {
  if (entry.id !== undefined && remote.privateWithId(entry.id) !== undefined) return unknownId(entry.id, remote);
  const contacts = contactsToDelete(entry, remote);
  const [contact, another] = contacts;
  if (contact === undefined) return { kind: "already-deleted" };
  if (another !== undefined) return { kind: "ambiguous", contacts: [...contacts].sort(oldestFirst) };
  const by = conflictFor(contact);
  if (by !== undefined) return { kind: "deletion-conflict", contact, by };
  return tombstones.get(contact) === entry ? { kind: "deletion", contact } : { kind: "already-deleted" };
}
