import type { BaseState, DesiredContact } from "../model/contact.ts";
import { declaredKeys, type HandleKey } from "../model/handle.ts";
import { hashOfHandle } from "../model/handle-hash.ts";

/**
 * Pairs entries with their earlier versions at the base. A base entry is the earlier version of at most one entry:
 * otherwise, a handle that moves from one entry to a new entry would look like a handle that somebody removed in Front
 * from the contact of the new entry.
 */
export class BaseEntries {
  readonly #byKey: ReadonlyMap<string, DesiredContact>;
  readonly #earlierVersions = new Map<DesiredContact, DesiredContact>();

  /**
   * First pairs entries that have the same key, if they also have the same id or share a handle. Then pairs each
   * remaining base entry with the remaining entry that has most of its handles.
   */
  constructor(base: readonly DesiredContact[], contacts: readonly DesiredContact[]) {
    this.#byKey = new Map(base.map((entry) => [entry.key, entry]));
    if (base.length === 0) return;
    for (const entry of contacts) {
      const sameKey = this.withKey(entry.key);
      if (sameKey !== undefined && shareIdOrHandle(sameKey, entry)) this.#earlierVersions.set(entry, sameKey);
    }
    const paired = new Set(this.#earlierVersions.values());
    this.#pairByHandles(
      base.filter((entry) => !paired.has(entry)),
      contacts.filter((entry) => !this.#earlierVersions.has(entry)),
    );
  }

  #pairByHandles(base: readonly DesiredContact[], contacts: readonly DesiredContact[]): void {
    const byHandle = new Map(contacts.flatMap((entry) => keysOf(entry).map((key) => [key, entry] as const)));
    for (const earlier of base) {
      const candidates = keysOf(earlier).flatMap((key) => byHandle.get(key) ?? []);
      const entry = mostFrequent(candidates.filter((candidate) => !this.#earlierVersions.has(candidate)));
      if (entry !== undefined) this.#earlierVersions.set(entry, earlier);
    }
  }

  /** Returns undefined for a new entry. */
  findEarlierVersion(entry: DesiredContact): DesiredContact | undefined {
    return this.#earlierVersions.get(entry);
  }

  withKey(key: string): DesiredContact | undefined {
    return this.#byKey.get(key);
  }
}

/** Returns the base with only the entries that are earlier versions of `contacts`. */
export function pruneBase(base: BaseState, contacts: readonly DesiredContact[]): BaseState {
  const entries = new BaseEntries(base.contacts, contacts);
  const earlierVersions = new Set(contacts.map((entry) => entries.findEarlierVersion(entry)));
  const remaining = base.contacts.filter((entry) => earlierVersions.has(entry));
  if (base.unreadAvatars === undefined) return { ...base, contacts: remaining };
  const keys = new Set(remaining.map(({ key }) => key));
  const unreadAvatars = Object.entries(base.unreadAvatars).filter(([key]) => keys.has(key));
  return { ...base, contacts: remaining, unreadAvatars: Object.fromEntries(unreadAvatars) };
}

/** Of equally frequent entries, returns the first by key, like the assignment of contacts to entries. */
function mostFrequent(entries: readonly DesiredContact[]): DesiredContact | undefined {
  const countOf = (entry: DesiredContact) => entries.filter((other) => other === entry).length;
  return entries.toSorted((a, b) => countOf(b) - countOf(a) || (a.key < b.key ? -1 : 1))[0];
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
