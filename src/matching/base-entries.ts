import type { BaseState, DesiredContact } from "../model/contact.ts";
import { declaredKeys, type HandleKey } from "../model/handle.ts";

export class BaseEntries {
  readonly #byKey: ReadonlyMap<string, DesiredContact>;
  readonly #byHandle: ReadonlyMap<HandleKey, DesiredContact>;

  constructor(entries: readonly DesiredContact[]) {
    this.#byKey = new Map(entries.map((entry) => [entry.key, entry]));
    this.#byHandle = new Map(entries.flatMap((entry) => keysOf(entry).map((key) => [key, entry] as const)));
  }

  /**
   * Returns the base entry with the same key, if it has the same id or one of the handles. Otherwise, returns a base
   * entry with one of the handles.
   */
  findEarlierVersion(entry: DesiredContact): DesiredContact | undefined {
    if (this.#byKey.size === 0) return undefined;
    const sameKey = this.withKey(entry.key);
    if (sameKey !== undefined && shareIdOrHandle(sameKey, entry)) return sameKey;
    return keysOf(entry)
      .map((key) => this.#byHandle.get(key))
      .find((base) => base !== undefined);
  }

  withKey(key: string): DesiredContact | undefined {
    return this.#byKey.get(key);
  }
}

/** Returns the base with only the entries that are earlier versions of `contacts`. */
export function pruneBase(base: BaseState, contacts: readonly DesiredContact[]): BaseState {
  const entries = new BaseEntries(base.contacts);
  const earlierVersions = new Set(contacts.map((entry) => entries.findEarlierVersion(entry)));
  const remaining = base.contacts.filter((entry) => earlierVersions.has(entry));
  if (base.unreadAvatars === undefined) return { ...base, contacts: remaining };
  const keys = new Set(remaining.map(({ key }) => key));
  const unreadAvatars = Object.entries(base.unreadAvatars).filter(([key]) => keys.has(key));
  return { ...base, contacts: remaining, unreadAvatars: Object.fromEntries(unreadAvatars) };
}

function shareIdOrHandle(a: DesiredContact, b: DesiredContact): boolean {
  if (a.id !== undefined && a.id === b.id) return true;
  const keys = new Set(keysOf(a));
  return keysOf(b).some((key) => keys.has(key));
}

function keysOf({ handles }: DesiredContact): HandleKey[] {
  return handles.flatMap(declaredKeys);
}
