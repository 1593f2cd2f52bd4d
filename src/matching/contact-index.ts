import { append } from "../model/append.ts";
import type { RemoteContact } from "../model/contact.ts";
import { type DeclaredHandle, declaredKeys, type HandleKey, remoteKeys } from "../model/handle.ts";
import { type HashedHandle, hashOfHandle } from "../model/handle-hash.ts";

/**
 * Remote contacts, indexed by handle and ID. In Front, a handle belongs to one contact, but two spellings of a handle
 * may belong to different contacts. Only `all` and the methods with `private` in their names return a teammate's
 * private contacts, because entries never match them.
 */
export class RemoteContactIndex {
  readonly #byHandle = new Map<HandleKey, RemoteContact[]>();
  readonly #byId = new Map<string, RemoteContact>();
  /** By the hash of each handle. Undefined until it is needed, and after a contact is added or removed. */
  #byHash: ReadonlyMap<string, readonly RemoteContact[]> | undefined;
  /** Avoids searches for private contacts, because most companies have none. */
  #hasPrivate = false;

  constructor(contacts: Iterable<RemoteContact> = []) {
    for (const contact of contacts) this.add(contact);
  }

  /** Adds a contact, or replaces the one with the same ID. `keys` are the keys of its handles. */
  add(contact: RemoteContact, keys: readonly HandleKey[] = contact.handles.flatMap(remoteKeys)): void {
    this.remove(contact.id);
    this.#byId.set(contact.id, contact);
    this.#byHash = undefined;
    this.#hasPrivate ||= contact.isPrivate === true;
    for (const key of keys) {
      if (this.#byHandle.get(key)?.at(-1) !== contact) append(this.#byHandle, key, contact);
    }
  }

  remove(id: string): void {
    const contact = this.#byId.get(id);
    if (contact === undefined) return;
    this.#byId.delete(id);
    this.#byHash = undefined;
    for (const key of contact.handles.flatMap(remoteKeys)) {
      this.#byHandle.set(key, this.#byHandle.get(key)?.filter((other) => other !== contact) ?? []);
    }
  }

  /** Returns all contacts, private contacts last. */
  all(): readonly RemoteContact[] {
    const contacts = [...this.#byId.values()];
    return [...contacts.filter(isShared), ...contacts.filter((contact) => !isShared(contact))];
  }

  /** Returns the shared contacts with one of the handles. The first call after a change hashes all handles. */
  contactsWithHashed(hashed: readonly HashedHandle[]): readonly RemoteContact[] {
    if (hashed.length === 0) return [];
    this.#byHash ??= this.#indexHashes();
    const byHash = this.#byHash;
    return [...new Set(hashed.flatMap(({ sha256 }) => byHash.get(sha256) ?? []))];
  }

  #indexHashes(): ReadonlyMap<string, readonly RemoteContact[]> {
    const byHash = new Map<string, RemoteContact[]>();
    for (const contact of this.#byId.values()) {
      if (!isShared(contact)) continue;
      for (const hash of new Set(contact.handles.map(hashOfHandle))) append(byHash, hash, contact);
    }
    return byHash;
  }

  privateWithId(id: string): RemoteContact | undefined {
    const contact = this.#byId.get(id);
    return contact?.isPrivate ? contact : undefined;
  }

  privateWith(handle: DeclaredHandle): RemoteContact | undefined {
    if (!this.#hasPrivate) return undefined;
    return declaredKeys(handle)
      .map((key) => this.#byHandle.get(key)?.findLast(({ isPrivate }) => isPrivate))
      .find((contact) => contact !== undefined);
  }

  withId(id: string): RemoteContact | undefined {
    const contact = this.#byId.get(id);
    return contact?.isPrivate ? undefined : contact;
  }

  contactWith(handle: DeclaredHandle): RemoteContact | undefined {
    return this.#contactsWith(handle)[0];
  }

  contactsWithAny(handles: readonly DeclaredHandle[]): readonly RemoteContact[] {
    return [...new Set(handles.flatMap((handle) => this.#contactsWith(handle)))];
  }

  /**
   * Returns the shared contacts that have the canonical form of a handle or, if there are none, those that have its
   * digits as written. If several contacts match and only one of them has the exact spelling, returns only that
   * contact.
   */
  #contactsWith(handle: DeclaredHandle): readonly RemoteContact[] {
    const contacts = this.#sharedWith(declaredKeys(handle));
    if (contacts.length < 2) return contacts;
    const text = handle.handle.trim();
    const exact = contacts.filter(({ handles }) => handles.some((other) => other.handle.trim() === text));
    return exact.length === 1 ? exact : contacts;
  }

  /** Returns the shared contacts with the first of the keys that any shared contact has. */
  #sharedWith(keys: readonly HandleKey[]): readonly RemoteContact[] {
    for (const key of keys) {
      const contacts = this.#byHandle.get(key) ?? [];
      const shared = this.#hasPrivate ? contacts.filter(isShared) : contacts;
      if (shared.length > 0) return shared;
    }
    return [];
  }
}

function isShared({ isPrivate }: RemoteContact): boolean {
  return isPrivate !== true;
}
