import { append } from "../model/append.ts";
import type { RemoteContact } from "../model/contact.ts";
import { type DeclaredHandle, declaredKeys, type HandleKey, remoteKeys } from "../model/handle.ts";
import { type HashedHandle, hashOfHandle } from "../model/handle-hash.ts";

/**
 * Remote contacts by handle and id. In Front, a handle belongs to one contact, but two spellings may be two handles.
 * Private contacts of teammates are indexed separately, because no entry ever matches one.
 */
export class RemoteContactIndex {
  readonly #byHandle = new Map<HandleKey, RemoteContact[]>();
  readonly #byId = new Map<string, RemoteContact>();
  /** True if a private contact was added. Few companies have one, and looking for each handle takes time. */
  #hasPrivate = false;

  constructor(contacts: Iterable<RemoteContact> = []) {
    for (const contact of contacts) this.add(contact);
  }

  /** Adds a contact, or replaces it. */
  add(contact: RemoteContact): void {
    this.remove(contact.id);
    this.#byId.set(contact.id, contact);
    this.#hasPrivate ||= contact.isPrivate === true;
    for (const key of new Set(contact.handles.flatMap(remoteKeys))) {
      append(this.#byHandle, key, contact);
    }
  }

  remove(id: string): void {
    const contact = this.#byId.get(id);
    if (contact === undefined) return;
    this.#byId.delete(id);
    for (const key of contact.handles.flatMap(remoteKeys)) {
      this.#byHandle.set(key, this.#byHandle.get(key)?.filter((other) => other !== contact) ?? []);
    }
  }

  /** Returns all contacts, private ones last. */
  all(): readonly RemoteContact[] {
    const contacts = [...this.#byId.values()];
    return [...contacts.filter(isShared), ...contacts.filter((contact) => !isShared(contact))];
  }

  /** Returns the contacts that have one of these handles, each once. */
  contactsWithHashed(hashed: readonly HashedHandle[]): readonly RemoteContact[] {
    if (hashed.length === 0) return [];
    const hashes = new Set(hashed.map(({ sha256 }) => sha256));
    return [...this.#byId.values()].filter(
      (contact) => isShared(contact) && contact.handles.some((handle) => hashes.has(hashOfHandle(handle))),
    );
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

  /** Returns all contacts that have one of these handles, each once. */
  contactsWithAny(handles: readonly DeclaredHandle[]): readonly RemoteContact[] {
    return [...new Set(handles.flatMap((handle) => this.#contactsWith(handle)))];
  }

  /**
   * Returns the shared contacts with a handle. If several contacts have spellings of it, prefers the one with the exact
   * spelling.
   */
  #contactsWith(handle: DeclaredHandle): readonly RemoteContact[] {
    const all = declaredKeys(handle).map((key) => (this.#byHandle.get(key) ?? []).filter(isShared));
    const found = all.find((contacts) => contacts.length > 0) ?? [];
    if (found.length < 2) return found;
    const exact = found.filter(({ handles }) => handles.some((each) => each.handle.trim() === handle.handle.trim()));
    return exact.length === 1 ? exact : found;
  }
}

function isShared({ isPrivate }: RemoteContact): boolean {
  return isPrivate !== true;
}
