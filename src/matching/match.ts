import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import {
  type DeclaredHandle,
  declaredKeys,
  type Handle,
  type HandleKey,
  mayBeSame,
  remoteKeys,
} from "../model/handle.ts";

/**
 * Remote contacts by the handles they hold. Front gives a handle to one contact only, but may tell spellings apart.
 * A teammate's private contacts are kept apart: no entry ever matches one.
 */
export class RemoteContactIndex {
  readonly #byHandle = new Map<HandleKey, readonly RemoteContact[]>();
  readonly #byId = new Map<string, RemoteContact>();
  readonly #privateByHandle = new Map<HandleKey, RemoteContact>();
  readonly #privateById = new Map<string, RemoteContact>();

  constructor(contacts: Iterable<RemoteContact> = []) {
    for (const contact of contacts) this.add(contact);
  }

  /** A contact that was added before is replaced. */
  add(contact: RemoteContact): void {
    this.remove(contact.id);
    if (contact.isPrivate) {
      this.#addPrivate(contact);
      return;
    }
    this.#byId.set(contact.id, contact);
    for (const key of new Set(contact.handles.flatMap(remoteKeys))) {
      this.#byHandle.set(key, [...(this.#byHandle.get(key) ?? []), contact]);
    }
  }

  #addPrivate(contact: RemoteContact): void {
    this.#privateById.set(contact.id, contact);
    for (const key of contact.handles.flatMap(remoteKeys)) this.#privateByHandle.set(key, contact);
  }

  remove(id: string): void {
    this.#removePrivate(id);
    const contact = this.#byId.get(id);
    if (contact === undefined) return;
    this.#byId.delete(id);
    for (const key of contact.handles.flatMap(remoteKeys)) {
      this.#byHandle.set(key, this.#byHandle.get(key)?.filter((other) => other !== contact) ?? []);
    }
  }

  #removePrivate(id: string): void {
    const contact = this.#privateById.get(id);
    if (contact === undefined) return;
    this.#privateById.delete(id);
    for (const key of contact.handles.flatMap(remoteKeys)) {
      if (this.#privateByHandle.get(key) === contact) this.#privateByHandle.delete(key);
    }
  }

  /** Private contacts come last. */
  all(): readonly RemoteContact[] {
    return [...this.#byId.values(), ...this.#privateById.values()];
  }

  privateWithId(id: string): RemoteContact | undefined {
    return this.#privateById.get(id);
  }

  /** A private contact that holds this handle. */
  privateOf(handle: DeclaredHandle): RemoteContact | undefined {
    return declaredKeys(handle)
      .map((key) => this.#privateByHandle.get(key))
      .find((contact) => contact !== undefined);
  }

  withId(id: string): RemoteContact | undefined {
    return this.#byId.get(id);
  }

  contactWith(handle: DeclaredHandle): RemoteContact | undefined {
    return this.#holding(handle)[0];
  }

  /** Everyone who holds one of these handles, each once. */
  contactsWithAny(handles: readonly DeclaredHandle[]): readonly RemoteContact[] {
    return [...new Set(handles.flatMap((handle) => this.#holding(handle)))];
  }

  /** Where several hold it in one spelling or another, the very spelling decides, if it can. */
  #holding(handle: DeclaredHandle): readonly RemoteContact[] {
    const all = declaredKeys(handle).map((key) => this.#byHandle.get(key) ?? []);
    const found = all.find((contacts) => contacts.length > 0) ?? [];
    if (found.length < 2) return found;
    const exactly = found.filter(({ handles }) => handles.some((held) => held.handle.trim() === handle.handle.trim()));
    return exactly.length === 1 ? exactly : found;
  }
}

/** A handle that has to leave a contact, because an entry that is not that contact declares it. */
export interface HandleMove {
  /** As its holder spells it. */
  readonly handle: Handle;
  /** As the entry that declares it spells it. */
  readonly declared: Handle;
  readonly source: RemoteContact;
  /** The entry that is the holder; undefined when no entry is. */
  readonly sourceEntry: DesiredContact | undefined;
}

/** Who a declared contact is in Front. */
export type Match =
  | { readonly kind: "no-match"; readonly claims: readonly HandleMove[] }
  | { readonly kind: "match"; readonly contact: RemoteContact; readonly claims: readonly HandleMove[] }
  /** The entry asks for the others to be folded into the target. */
  | {
      readonly kind: "merge";
      readonly target: RemoteContact;
      readonly others: readonly RemoteContact[];
      readonly claims: readonly HandleMove[];
    }
  /** Its handles belong to several contacts, and nothing says which one it is. */
  | { readonly kind: "ambiguous"; readonly contacts: readonly RemoteContact[] }
  /** To be deleted. */
  | { readonly kind: "deletion"; readonly contact: RemoteContact }
  /** To be deleted, and not there. */
  | { readonly kind: "already-deleted" }
  /** To be deleted, but another entry is this contact, or wants a handle of it. */
  | { readonly kind: "deletion-conflict"; readonly contact: RemoteContact; readonly by: DesiredContact }
  /** Another entry is pinned to the same contact. */
  | { readonly kind: "id-conflict"; readonly contact: RemoteContact; readonly by: DesiredContact }
  /** The contact that its `id` names is not there. */
  | { readonly kind: "id-not-found"; readonly id: string }
  /** The contact that its `id` names is a teammate's private contact. */
  | { readonly kind: "id-private"; readonly id: string };

export interface MatchPolicy {
  /** Whether a handle may be taken from a contact that no entry declares. */
  readonly allowHandleMoves: boolean;
}

/** Finds out who is who. The order of the contacts, and of their handles, makes no difference. */
export function matchContacts(
  desired: readonly DesiredContact[],
  holders: RemoteContactIndex,
  policy: MatchPolicy,
): ReadonlyMap<DesiredContact, Match> {
  const keepers = findKeepers(desired, holders);
  // Only tombstones ask, and most files have none.
  const isAsked = desired.some(({ ensure }) => ensure === "absent");
  const dooms = findDooms(isAsked ? desired : [], holders, keepers);
  return new Map(
    desired.map((contact) => [
      contact,
      contact.ensure === "absent"
        ? identityOfDoomed(contact, holders, dooms)
        : identityOf(contact, holders, keepers, policy),
    ]),
  );
}

type Keepers = ReadonlyMap<RemoteContact, DesiredContact>;

interface Pair {
  readonly entry: DesiredContact;
  readonly candidate: RemoteContact;
  readonly weight: number;
}

/**
 * A contact in Front is the entry that claims most of it, and an entry is one contact where that can be had: so two
 * entries that swap a handle stay who they are. Moving handles to where they belong only makes these bonds stronger, so
 * a plan made half-way finds everyone to be who they were. A contact that is left over belongs to the entry that folds
 * what it claims into one, or else to the one entry that claims it.
 */
function findKeepers(desired: readonly DesiredContact[], holders: RemoteContactIndex): Keepers {
  const pairs = desired
    .filter(({ ensure }) => ensure === "present")
    .flatMap((entry) => candidatesOf(entry, holders).map((candidate) => pairOf(entry, candidate)))
    .sort((a, b) => b.weight - a.weight || byKey(a.entry, b.entry) || byAge(a.candidate, b.candidate));
  const keepers = new Map<RemoteContact, DesiredContact>();
  const settled = new Set<DesiredContact>();
  for (const { entry, candidate } of pairs) {
    if (keepers.has(candidate) || settled.has(entry)) continue;
    keepers.set(candidate, entry);
    settled.add(entry);
  }
  for (const [candidate, entry] of heirs(pairs.filter((pair) => !keepers.has(pair.candidate)))) {
    keepers.set(candidate, entry);
  }
  return keepers;
}

/** Whom the contacts belong to that are nobody's own. */
function heirs(leftOver: readonly Pair[]): Keepers {
  const claimed = new Map<RemoteContact, DesiredContact[]>();
  for (const { entry, candidate } of leftOver) claimed.set(candidate, [...(claimed.get(candidate) ?? []), entry]);
  const found = [...claimed].flatMap(([candidate, entries]) => {
    const heir = entries.find(({ merge }) => merge) ?? (entries.length === 1 ? entries[0] : undefined);
    return heir === undefined ? [] : [[candidate, heir] as const];
  });
  return new Map(found);
}

function pairOf(entry: DesiredContact, candidate: RemoteContact): Pair {
  return { entry, candidate, weight: weight(entry, candidate) };
}

function sharedKeys(entry: DesiredContact, candidate: RemoteContact): HandleKey[] {
  const held = new Set(candidate.handles.flatMap(remoteKeys));
  return entry.handles.flatMap((handle) => declaredKeys(handle).find((key) => held.has(key)) ?? []);
}

function byKey(a: DesiredContact, b: DesiredContact): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

function candidatesOf(contact: DesiredContact, holders: RemoteContactIndex): readonly RemoteContact[] {
  const pinned = contact.id === undefined ? undefined : holders.withId(contact.id);
  const byHandle = holders.contactsWithAny(contact.handles);
  return pinned === undefined ? byHandle : [...new Set([pinned, ...byHandle])];
}

/** A pin outweighs any number of handles; after that, whoever claims more of a contact's handles is that contact. */
function weight(contact: DesiredContact, candidate: RemoteContact): number {
  if (contact.id === candidate.id) return Number.MAX_SAFE_INTEGER;
  return sharedKeys(contact, candidate).length;
}

function identityOf(
  contact: DesiredContact,
  holders: RemoteContactIndex,
  keepers: Keepers,
  { allowHandleMoves }: MatchPolicy,
): Match {
  if (contact.id !== undefined) {
    const pinned = holders.withId(contact.id);
    if (pinned === undefined) return unpinned(contact.id, holders);
    const by = keepers.get(pinned);
    if (by !== undefined && by !== contact) return { kind: "id-conflict", contact: pinned, by };
  }
  const own = candidatesOf(contact, holders)
    .filter((candidate) => keepers.get(candidate) === contact)
    .sort((a, b) => weight(contact, b) - weight(contact, a) || byAge(a, b));
  const [first, ...others] = own;
  if (first === undefined) return { kind: "no-match", claims: claimsOf(contact, holders, keepers, []) };
  if (others.length === 0) {
    return { kind: "match", contact: first, claims: claimsOf(contact, holders, keepers, own) };
  }
  if (contact.merge) {
    return { kind: "merge", target: first, others, claims: claimsOf(contact, holders, keepers, own) };
  }
  if (!allowHandleMoves) return { kind: "ambiguous", contacts: own };
  return { kind: "match", contact: first, claims: claimsOf(contact, holders, keepers, [first]) };
}

function unpinned(id: string, holders: RemoteContactIndex): Match {
  return { kind: holders.privateWithId(id) === undefined ? "id-not-found" : "id-private", id };
}

/** Front's ids count upwards in base 36, so the shorter, then the smaller, is the older. */
export function byAge(a: RemoteContact, b: RemoteContact): number {
  return a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
}

function claimsOf(
  contact: DesiredContact,
  holders: RemoteContactIndex,
  keepers: Keepers,
  own: readonly RemoteContact[],
): readonly HandleMove[] {
  return contact.handles.flatMap((wanted) => {
    const holder = holders.contactWith(wanted);
    if (holder === undefined || own.includes(holder) || mayHold(own, wanted)) return [];
    const keys = declaredKeys(wanted);
    const handle = holder.handles.find((held) => remoteKeys(held).some((key) => keys.includes(key))) ?? wanted;
    const keeper = keepers.get(holder);
    return [{ handle, declared: wanted, source: holder, sourceEntry: keeper === contact ? undefined : keeper }];
  });
}

/** A number that a contact may have already is not taken from another one. */
function mayHold(own: readonly RemoteContact[], wanted: Handle): boolean {
  return own.some(({ handles }) => handles.some((held) => mayBeSame(held, wanted)));
}

interface Dooms {
  /** The tombstone by which a contact goes. Two may turn out to be for one contact, which goes once. */
  readonly tombstones: ReadonlyMap<RemoteContact, DesiredContact>;
  /** The entry that is the contact, or that wants a handle of it. */
  claimant(contact: RemoteContact): DesiredContact | undefined;
}

function findDooms(desired: readonly DesiredContact[], holders: RemoteContactIndex, keepers: Keepers): Dooms {
  const lastKeyFirst = [...desired].sort((a, b) => byKey(b, a));
  const present = lastKeyFirst.filter(({ ensure }) => ensure === "present");
  const wishes = new Map(
    present.flatMap((entry) => entry.handles.flatMap(declaredKeys).map((key) => [key, entry] as const)),
  );
  const absent = lastKeyFirst.filter(({ ensure }) => ensure === "absent");
  return {
    tombstones: new Map(absent.flatMap((entry) => doomedBy(entry, holders).map((contact) => [contact, entry]))),
    claimant: (contact) =>
      keepers.get(contact) ??
      contact.handles
        .flatMap(remoteKeys)
        .map((key) => wishes.get(key))
        .filter((entry) => entry !== undefined)
        .sort(byKey)[0],
  };
}

function doomedBy(contact: DesiredContact, holders: RemoteContactIndex): readonly RemoteContact[] {
  if (contact.id !== undefined && holders.privateWithId(contact.id) !== undefined) return [];
  const isGone = contact.id !== undefined && holders.withId(contact.id) === undefined;
  return isGone ? [] : candidatesOf(contact, holders);
}

function identityOfDoomed(
  contact: DesiredContact,
  holders: RemoteContactIndex,
  { tombstones, claimant }: Dooms,
): Match {
  const candidates = doomedBy(contact, holders);
  const [first, second] = candidates;
  if (contact.id !== undefined && holders.privateWithId(contact.id) !== undefined) return unpinned(contact.id, holders);
  if (first === undefined) return { kind: "already-deleted" };
  if (second !== undefined) return { kind: "ambiguous", contacts: [...candidates].sort(byAge) };
  const by = claimant(first);
  if (by !== undefined) return { kind: "deletion-conflict", contact: first, by };
  return tombstones.get(first) === contact ? { kind: "deletion", contact: first } : { kind: "already-deleted" };
}
