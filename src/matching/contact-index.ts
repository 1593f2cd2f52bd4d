import type { RemoteContact } from "../model/contact.ts";
import { type DeclaredHandle, declaredKeys, type HandleKey, remoteKeys } from "../model/handle.ts";

/**
 * Remote contacts by handle and id. Front gives each handle to one contact, but may treat two spellings as two handles.
 * Private contacts of teammates are kept apart, because no entry ever matches one.
 */
export class RemoteContactIndex {
  readonly #byHandle = new Map<HandleKey, readonly RemoteContact[]>();
  readonly #byId = new Map<string, RemoteContact>();
  readonly #privateByHandle = new Map<HandleKey, RemoteContact>();
  readonly #privateById = new Map<string, RemoteContact>();

  constructor(contacts: Iterable<RemoteContact> = []) {
    for (const contact of contacts) this.add(contact);
  }

  /** Adds a contact, or replaces it. */
  add(contact: RemoteContact): void {
    this.remove(contact.id);
    if (contact.isPrivate) {
      this.#privateById.set(contact.id, contact);
      for (const key of contact.handles.flatMap(remoteKeys)) this.#privateByHandle.set(key, contact);
      return;
    }
    this.#byId.set(contact.id, contact);
    for (const key of new Set(contact.handles.flatMap(remoteKeys))) {
      this.#byHandle.set(key, [...(this.#byHandle.get(key) ?? []), contact]);
    }
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

  /** Returns all contacts, private ones last. */
  all(): readonly RemoteContact[] {
    return [...this.#byId.values(), ...this.#privateById.values()];
  }

  privateWithId(id: string): RemoteContact | undefined {
    return this.#privateById.get(id);
  }

  privateWith(handle: DeclaredHandle): RemoteContact | undefined {
    return declaredKeys(handle)
      .map((key) => this.#privateByHandle.get(key))
      .find((contact) => contact !== undefined);
  }

  withId(id: string): RemoteContact | undefined {
    return this.#byId.get(id);
  }

  contactWith(handle: DeclaredHandle): RemoteContact | undefined {
    return this.#contactsWith(handle)[0];
  }

  /** Returns all contacts that have one of these handles, each once. */
  contactsWithAny(handles: readonly DeclaredHandle[]): readonly RemoteContact[] {
    return [...new Set(handles.flatMap((handle) => this.#contactsWith(handle)))];
  }

  /** If several contacts have spellings of the handle, prefers the one with the exact spelling. */
  #contactsWith(handle: DeclaredHandle): readonly RemoteContact[] {
    const all = declaredKeys(handle).map((key) => this.#byHandle.get(key) ?? []);
    const found = all.find((contacts) => contacts.length > 0) ?? [];
    if (found.length < 2) return found;
    const exact = found.filter(({ handles }) => handles.some((each) => each.handle.trim() === handle.handle.trim()));
    return exact.length === 1 ? exact : found;
  }
}
