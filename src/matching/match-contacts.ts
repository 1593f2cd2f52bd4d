import { type DesiredContact, oldestFirst, type RemoteContact } from "../model/contact.ts";
import { declaredKeys, type Handle, type HandleKey, handleKey, mayBeSame, remoteKeys } from "../model/handle.ts";
import {
  type Assignment,
  type Assignments,
  assignContacts,
  compareKeys,
  findCandidates,
  scoreOf,
} from "./assign-contacts.ts";
import type { EarlierContacts } from "./base-entries.ts";
import type { RemoteContactIndex } from "./contact-index.ts";
import { isClearMatch } from "./handle-moves-in-front.ts";

/** A handle that must move to the contact of the entry that declares it. */
export interface HandleMove {
  /** Spelled as in Front. */
  readonly handle: Handle;
  /** Spelled as in the entry. */
  readonly declared: Handle;
  readonly sourceContact: RemoteContact;
  /** The other entry that matches the source contact, if any. */
  readonly sourceEntry: DesiredContact | undefined;
}

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
  /** Several contacts have the entry's handles. */
  | { readonly kind: "ambiguous"; readonly contacts: readonly RemoteContact[] }
  | { readonly kind: "deletion"; readonly contact: RemoteContact }
  | { readonly kind: "already-deleted" }
  /** The contact to delete matches another entry, or has a handle that another entry declares. */
  | { readonly kind: "deletion-conflict"; readonly contact: RemoteContact; readonly otherEntry: DesiredContact }
  /** Another entry has the same `id`. */
  | { readonly kind: "id-conflict"; readonly contact: RemoteContact; readonly otherEntry: DesiredContact }
  /** No contact has the entry's `id`. `contacts` have one of its handles. */
  | { readonly kind: "id-not-found"; readonly id: string; readonly contacts: readonly RemoteContact[] }
  /** The `id` belongs to a teammate's private contact. */
  | { readonly kind: "id-private"; readonly id: string };

export interface MatchPolicy {
  /** True if a handle may be moved from a contact that no entry declares. */
  readonly allowHandleMoves: boolean;
  /** True to move handles back that moved in Front since the base. Default: false. */
  readonly overwrite?: boolean;
}

/** Returns the contacts to update or merge, the target of a merge first. */
export function matchedContacts(match: Match | undefined): readonly RemoteContact[] {
  if (match?.kind === "match") return [match.contact];
  return match?.kind === "merge" ? [match.target, ...match.others] : [];
}

export function movesOf(match: Match): readonly HandleMove[] {
  return "moves" in match ? match.moves : [];
}

/** Returns the handles that move, by the ID of their source contact. */
export function handlesBySource(moves: readonly HandleMove[]): ReadonlyMap<string, ReadonlySet<HandleKey>> {
  const handles = new Map<string, Set<HandleKey>>();
  for (const { sourceContact, handle } of moves) {
    handles.set(sourceContact.id, (handles.get(sourceContact.id) ?? new Set()).add(handleKey(handle)));
  }
  return handles;
}

/** Matches entries to contacts. The result does not depend on the order of contacts, entries or handles. */
export function matchContacts(
  desired: readonly DesiredContact[],
  remote: RemoteContactIndex,
  policy: MatchPolicy,
  earlierVersions: EarlierContacts = new Map(),
): ReadonlyMap<DesiredContact, Match> {
  const context = { ...policy, earlierVersions };
  const assignments = assignContacts(desired, remote, earlierVersions);
  // Most configurations have no tombstones.
  const hasTombstones = desired.some(({ ensure }) => ensure === "absent");
  const deletions = findDeletions(hasTombstones ? desired : [], remote, assignments.assigned);
  return new Map(
    desired.map((entry) => [
      entry,
      entry.ensure === "absent"
        ? matchTombstone(entry, remote, deletions)
        : matchPresent(entry, remote, assignments, context),
    ]),
  );
}

function matchPresent(
  entry: DesiredContact,
  remote: RemoteContactIndex,
  assignments: Assignments,
  context: MatchPolicy & { readonly earlierVersions: EarlierContacts },
): Match {
  const { assigned } = assignments;
  const uncontestedContact = assignments.uncontested.get(entry);
  // No other contact has a handle of the entry, so no handle moves.
  if (uncontestedContact !== undefined && (entry.id ?? uncontestedContact.id) === uncontestedContact.id) {
    return { kind: "match", contact: uncontestedContact, moves: NO_MOVES };
  }
  const problem = entry.id === undefined ? undefined : checkId(entry, entry.id, remote, assigned);
  if (problem !== undefined) return problem;
  const contacts = assignedContacts(entry, remote, assignments);
  const [contact, ...others] = contacts;
  const movesTo = (matched: readonly RemoteContact[]) => findMoves(entry, remote, assigned, matched);
  if (contact === undefined) return { kind: "no-match", moves: movesTo([]) };
  if (others.length === 0) return { kind: "match", contact, moves: movesTo(contacts) };
  if (entry.merge) return { kind: "merge", target: contact, others, moves: movesTo(contacts) };
  if (!isClearMatch(entry, contact, others, context)) return { kind: "ambiguous", contacts };
  return { kind: "match", contact, moves: movesTo([contact]) };
}

/** Returns the contacts that are assigned to an entry, the best match first. */
function assignedContacts(
  entry: DesiredContact,
  remote: RemoteContactIndex,
  { assigned, firstContacts }: Assignments,
): readonly RemoteContact[] {
  const first = firstContacts.get(entry);
  const rankOf = (contact: RemoteContact) => (contact === first ? Number.POSITIVE_INFINITY : scoreOf(entry, contact));
  return findCandidates(entry, remote)
    .filter((contact) => assigned.get(contact) === entry)
    .sort((a, b) => rankOf(b) - rankOf(a) || oldestFirst(a, b));
}

function checkId(
  entry: DesiredContact,
  id: string,
  remote: RemoteContactIndex,
  assigned: Assignment,
): Match | undefined {
  const contact = remote.withId(id);
  if (contact === undefined) return matchUnknownId(entry, id, remote);
  const otherEntry = assigned.get(contact);
  return otherEntry === undefined || otherEntry === entry ? undefined : { kind: "id-conflict", contact, otherEntry };
}

function matchUnknownId({ handles }: DesiredContact, id: string, remote: RemoteContactIndex): Match {
  if (remote.privateWithId(id) !== undefined) return { kind: "id-private", id };
  return { kind: "id-not-found", id, contacts: remote.contactsWithAny(handles) };
}

function findMoves(
  entry: DesiredContact,
  remote: RemoteContactIndex,
  assigned: Assignment,
  matched: readonly RemoteContact[],
): readonly HandleMove[] {
  const moves = entry.handles.flatMap((declared) => {
    const sourceContact = remote.contactWith(declared);
    if (sourceContact === undefined || matched.includes(sourceContact) || mayHave(matched, declared)) return [];
    const keys = declaredKeys(declared);
    const handle =
      sourceContact.handles.find((other) => remoteKeys(other).some((key) => keys.includes(key))) ?? declared;
    const sourceEntry = assigned.get(sourceContact);
    return [{ handle, declared, sourceContact, sourceEntry: sourceEntry === entry ? undefined : sourceEntry }];
  });
  return moves.length === 0 ? NO_MOVES : moves;
}

/** Shared to save memory, because most entries have no moves. */
const NO_MOVES: readonly HandleMove[] = [];

/** Returns whether one of the contacts may already have a declared phone number. The number then does not move. */
function mayHave(contacts: readonly RemoteContact[], declared: Handle): boolean {
  return contacts.some(({ handles }) => handles.some((handle) => mayBeSame(handle, declared)));
}

interface Deletions {
  /** The tombstone that deletes each contact. If several tombstones match a contact, only one deletes it. */
  readonly tombstones: ReadonlyMap<RemoteContact, DesiredContact>;
  /** Returns an entry that matches the contact or declares one of its handles. */
  conflictingEntry(contact: RemoteContact): DesiredContact | undefined;
}

function findDeletions(
  desired: readonly DesiredContact[],
  remote: RemoteContactIndex,
  assigned: Assignment,
): Deletions {
  const lastKeyFirst = [...desired].sort((a, b) => compareKeys(b, a));
  const present = lastKeyFirst.filter(({ ensure }) => ensure === "present");
  const entryByHandle = new Map(
    present.flatMap((entry) => entry.handles.flatMap(declaredKeys).map((key) => [key, entry] as const)),
  );
  const absent = lastKeyFirst.filter(({ ensure }) => ensure === "absent");
  return {
    tombstones: new Map(absent.flatMap((entry) => contactsToDelete(entry, remote).map((contact) => [contact, entry]))),
    conflictingEntry: (contact) =>
      assigned.get(contact) ??
      contact.handles
        .flatMap(remoteKeys)
        .map((key) => entryByHandle.get(key))
        .filter((entry) => entry !== undefined)
        .sort(compareKeys)[0],
  };
}

/** Returns the contacts that match a tombstone; none if it specifies an ID that does not exist. */
function contactsToDelete(entry: DesiredContact, remote: RemoteContactIndex): readonly RemoteContact[] {
  if (entry.id !== undefined && remote.withId(entry.id) === undefined) return [];
  return [...new Set([...findCandidates(entry, remote), ...remote.contactsWithHashed(entry.hashedHandles ?? [])])];
}

function matchTombstone(
  entry: DesiredContact,
  remote: RemoteContactIndex,
  { tombstones, conflictingEntry }: Deletions,
): Match {
  if (entry.id !== undefined && remote.privateWithId(entry.id) !== undefined)
    return matchUnknownId(entry, entry.id, remote);
  const contacts = contactsToDelete(entry, remote);
  const [contact, second] = contacts;
  if (contact === undefined) return { kind: "already-deleted" };
  if (second !== undefined) return { kind: "ambiguous", contacts: [...contacts].sort(oldestFirst) };
  const otherEntry = conflictingEntry(contact);
  if (otherEntry !== undefined) return { kind: "deletion-conflict", contact, otherEntry };
  return tombstones.get(contact) === entry ? { kind: "deletion", contact } : { kind: "already-deleted" };
}
