import type { DesiredContact, UndecodableContact } from "../model/contact.ts";

/** Contacts of Front that cannot be decoded, and the entries that cannot be planned because of them. */
export class UndecodableContacts {
  readonly #byName = new Map<string, UndecodableContact>();
  readonly #byKey = new Map<string, UndecodableContact>();

  /** Each once. Those without an id are told apart by what is wrong with them. */
  get contacts(): readonly UndecodableContact[] {
    return [...this.#byName.values()];
  }

  /** By the key of the entry. */
  get byKey(): ReadonlyMap<string, UndecodableContact> {
    return this.#byKey;
  }

  add(contact: UndecodableContact, entries: Iterable<DesiredContact>): void {
    const name = contact.id ?? JSON.stringify([contact.problem, contact.handles]);
    this.#byName.set(name, contact);
    for (const { key } of entries) this.#byKey.set(key, contact);
  }
}
