import type { BaseState, DesiredContact } from "../model/contact.ts";
import { declaredKeys, type HandleKey } from "../model/handle.ts";

/** The entries of the base, by the entries of the configuration that continue them. */
export class BaseEntries {
  readonly #byKey: ReadonlyMap<string, DesiredContact>;
  readonly #byHandle: ReadonlyMap<HandleKey, DesiredContact>;

  constructor(entries: readonly DesiredContact[]) {
    this.#byKey = new Map(entries.map((entry) => [entry.key, entry]));
    this.#byHandle = new Map(entries.flatMap((entry) => keysOf(entry).map((key) => [key, entry] as const)));
  }

  /**
   * Returns the entry at the base that an entry continues: the one with its key, or with another key and one of its
   * handles. An entry that shares neither a handle nor the id with the base entry of its key describes another contact.
   */
  continuedBy(entry: DesiredContact): DesiredContact | undefined {
    const sameKey = this.withKey(entry.key);
    if (sameKey !== undefined && describesSame(sameKey, entry)) return sameKey;
    return keysOf(entry)
      .map((key) => this.#byHandle.get(key))
      .find((found) => found !== undefined);
  }

  withKey(key: string): DesiredContact | undefined {
    return this.#byKey.get(key);
  }
}

/** Returns a base with only the entries that these entries continue. */
export function continuedBase(base: BaseState, contacts: readonly DesiredContact[]): BaseState {
  const entries = new BaseEntries(base.contacts);
  const continued = new Set(contacts.map((entry) => entries.continuedBy(entry)));
  const before = base.contacts.filter((entry) => continued.has(entry));
  if (base.unreadAvatars === undefined) return { ...base, contacts: before };
  const keys = new Set(before.map(({ key }) => key));
  const unreadAvatars = Object.entries(base.unreadAvatars).filter(([key]) => keys.has(key));
  return { ...base, contacts: before, unreadAvatars: Object.fromEntries(unreadAvatars) };
}

function describesSame(one: DesiredContact, other: DesiredContact): boolean {
  if (one.id !== undefined && one.id === other.id) return true;
  const keys = new Set(keysOf(one));
  return keysOf(other).some((key) => keys.has(key));
}

function keysOf({ handles }: DesiredContact): HandleKey[] {
  return handles.flatMap(declaredKeys);
}
