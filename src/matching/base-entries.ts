import type { BaseState, DesiredContact } from "../model/contact.ts";
import { declaredKeys, type HandleKey } from "../model/handle.ts";
import { hashOfHandle } from "../model/handle-hash.ts";
import { findEarlierVersions } from "./earlier-versions.ts";

/** Returns the earlier version at the base of each entry that is not new. */
export function findEarlierContacts(
  base: readonly DesiredContact[],
  contacts: readonly DesiredContact[],
): ReadonlyMap<DesiredContact, DesiredContact> {
  return findEarlierVersions(base, contacts, { isSameEntry: shareIdOrHandle, identifiersOf: keysOf });
}

/** Returns the base with only the entries that are earlier versions of `contacts`. */
export function pruneBase(base: BaseState, contacts: readonly DesiredContact[]): BaseState {
  const earlierVersions = new Set(findEarlierContacts(base.contacts, contacts).values());
  const remaining = base.contacts.filter((entry) => earlierVersions.has(entry));
  if (base.unreadAvatars === undefined) return { ...base, contacts: remaining };
  const keys = new Set(remaining.map(({ key }) => key));
  const unreadAvatars = Object.entries(base.unreadAvatars).filter(([key]) => keys.has(key));
  return { ...base, contacts: remaining, unreadAvatars: Object.fromEntries(unreadAvatars) };
}

function shareIdOrHandle(a: DesiredContact, b: DesiredContact): boolean {
  if (a.id !== undefined && a.id === b.id) return true;
  const isHashed = [a, b].some(({ hashedHandles }) => hashedHandles !== undefined);
  const textsOf = isHashed ? hashesOf : keysOf;
  const texts = new Set(textsOf(a));
  return textsOf(b).some((text) => texts.has(text));
}

function keysOf({ handles }: DesiredContact): HandleKey[] {
  return handles.flatMap(declaredKeys);
}

function hashesOf({ handles, hashedHandles = [] }: DesiredContact): string[] {
  return [...handles.map(hashOfHandle), ...hashedHandles.map(({ sha256 }) => sha256)];
}
