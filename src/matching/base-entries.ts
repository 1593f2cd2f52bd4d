import type { DeclaredAccount } from "../model/account.ts";
import { declaredIdentifiers } from "../model/company.ts";
import type { BaseState, DesiredContact, DesiredState } from "../model/contact.ts";
import { declaredKeys, type HandleKey } from "../model/handle.ts";
import { hashOfHandle } from "../model/handle-hash.ts";
import type { RemoteContactIndex } from "./contact-index.ts";
import { findEarlierVersions } from "./earlier-versions.ts";

/** Maps each entry that is not new to its earlier version, the entry at the base. */
export type EarlierContacts = ReadonlyMap<DesiredContact, DesiredContact>;

/**
 * Maps each entry that is not new to its earlier version. Without `remote`, does not detect an added `id` that belongs
 * to a different contact.
 */
export function findEarlierContacts(
  base: readonly DesiredContact[],
  contacts: readonly DesiredContact[],
  remote?: RemoteContactIndex,
): EarlierContacts {
  const erasedHashes = new Set(contacts.flatMap(({ hashedHandles = [] }) => hashedHandles.map(({ sha256 }) => sha256)));
  const identifiersOf = (entry: DesiredContact) =>
    erasedHashes.size === 0
      ? keysOf(entry)
      : [...keysOf(entry), ...hashesOf(entry).filter((hash) => erasedHashes.has(hash))];
  const mayBeSame = (earlier: DesiredContact, entry: DesiredContact) => !isPinnedToOther(earlier, entry, remote);
  return findEarlierVersions(base, contacts, { isSameEntry: shareIdOrHandle, identifiersOf, mayBeSame });
}

/** Maps each account that is not new to its earlier version. */
export function findEarlierAccounts(
  base: readonly DeclaredAccount[],
  accounts: readonly DeclaredAccount[],
): ReadonlyMap<DeclaredAccount, DeclaredAccount> {
  return findEarlierVersions(base, accounts, { isSameEntry: shareIdentifier, identifiersOf: declaredIdentifiers });
}

type Entries = Pick<DesiredState, "contacts" | "accounts">;

/**
 * Returns the base with only the earlier versions of the entries whose keys are in `kept`. `all` contains all entries,
 * because an entry outside `kept` may have an earlier version that shares a handle or a domain with an entry in `kept`.
 */
export function pruneBase(base: BaseState, all: Entries, kept: Entries): BaseState {
  const { contacts, accounts, unreadAvatars } = base;
  const contactVersions = earlierVersionsOf(kept.contacts, findEarlierContacts(contacts, all.contacts));
  const accountVersions = earlierVersionsOf(kept.accounts, findEarlierAccounts(accounts ?? [], all.accounts ?? []));
  const remaining = contacts.filter((entry) => contactVersions.has(entry));
  const keys = new Set(remaining.map(({ key }) => key));
  return {
    ...base,
    contacts: remaining,
    ...(accounts && { accounts: accounts.filter((entry) => accountVersions.has(entry)) }),
    ...(unreadAvatars && {
      unreadAvatars: Object.fromEntries(Object.entries(unreadAvatars).filter(([key]) => keys.has(key))),
    }),
  };
}

function earlierVersionsOf<E extends { readonly key: string }>(
  kept: readonly E[] = [],
  earlierVersions: ReadonlyMap<E, E>,
): ReadonlySet<E> {
  const keys = new Set(kept.map(({ key }) => key));
  return new Set([...earlierVersions].flatMap(([entry, earlier]) => (keys.has(entry.key) ? [earlier] : [])));
}

/**
 * Returns whether an entry describes a different contact than at the base, because its `id` was changed or added. An
 * added `id` belongs to a different contact if the contact with this `id` has none of the handles that the entry had at
 * the base, although another contact has one of them.
 *
 * The values that the entry had at the base are then not removed from the contact, because it may have them for other
 * reasons. Returns false for a tombstone: it must be compared with its earlier version, so that it does not delete a
 * contact that changed in Front. Also returns false if `merge: true` was added together with the `id`, because the
 * contact with this `id` then gets the values of the earlier contact.
 */
export function isPinnedToOther(earlier: DesiredContact, entry: DesiredContact, remote?: RemoteContactIndex): boolean {
  const { id, ensure } = entry;
  if (ensure === "absent" || id === undefined) return false;
  if (earlier.id !== undefined) return earlier.id !== id;
  if (earlier.ensure === "absent" || startsMerging(entry, earlier) || remote?.withId(id) === undefined) return false;
  const contacts = remote.contactsWithAny(earlier.handles);
  return contacts.length > 0 && contacts.every((contact) => contact.id !== id);
}

/**
 * Returns whether `merge: true` was added to an entry since the base. All differences of such an entry are planned,
 * because a merge may change any value.
 */
export function startsMerging(entry: DesiredContact, earlier: DesiredContact): boolean {
  return entry.merge && !earlier.merge;
}

function shareIdOrHandle(a: DesiredContact, b: DesiredContact): boolean {
  if (a.id !== undefined && a.id === b.id) return true;
  const isHashed = [a, b].some(({ hashedHandles }) => hashedHandles !== undefined);
  const textsOf = isHashed ? hashesOf : keysOf;
  const texts = new Set(textsOf(a));
  return textsOf(b).some((text) => texts.has(text));
}

function shareIdentifier(a: DeclaredAccount, b: DeclaredAccount): boolean {
  const identifiers = new Set(declaredIdentifiers(a));
  return declaredIdentifiers(b).some((identifier) => identifiers.has(identifier));
}

function keysOf({ handles }: DesiredContact): HandleKey[] {
  return handles.flatMap(declaredKeys);
}

function hashesOf({ handles, hashedHandles = [] }: DesiredContact): string[] {
  return [...handles.map(hashOfHandle), ...hashedHandles.map(({ sha256 }) => sha256)];
}
