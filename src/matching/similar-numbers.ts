import { contactAddress, tableOfKey } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { DesiredContact, DesiredHandle, RemoteContact } from "../model/contact.ts";
import { type Diagnostic, skippedEntry } from "../model/diagnostic.ts";
import { declaredKeys, type Handle, remoteKeys } from "../model/handle.ts";
import { differOnlyInCountry, lastDigits } from "../model/phone.ts";
import type { RemoteContactIndex } from "./contact-index.ts";

interface DeclaredNumber {
  readonly entry: DesiredContact;
  readonly handle: DesiredHandle;
}

interface SimilarContact extends DeclaredNumber {
  readonly contact: RemoteContact;
}

/**
 * Phone numbers in Front that differ from a declared number only in a country code or trunk prefix that one of them
 * lacks. The entry of the declared number is skipped, because creating a contact might result in a duplicate, and
 * matching the contact might change a different person's data. The entry is not skipped if it matches the contact by ID
 * or by another handle, or if a different contact has the exact number.
 */
export class SimilarNumbers {
  readonly #byLastDigits = new Map<string, DeclaredNumber[]>();
  readonly #similarContacts: SimilarContact[] = [];

  constructor(entries: readonly DesiredContact[]) {
    for (const entry of entries) {
      for (const handle of entry.handles) {
        const digits = handle.source === "phone" ? lastDigits(handle.handle) : undefined;
        if (digits === undefined) continue;
        append(this.#byLastDigits, digits, { entry, handle });
      }
    }
  }

  mayInclude(handles: readonly Handle[]): boolean {
    return this.#byLastDigits.size > 0 && handles.some((handle) => this.#similarTo(handle).length > 0);
  }

  entriesFor(handles: readonly Handle[]): readonly DesiredContact[] {
    return handles.flatMap((handle) => this.#similarTo(handle)).map(({ entry }) => entry);
  }

  #similarTo({ source, handle }: Handle): readonly DeclaredNumber[] {
    const digits = source === "phone" ? lastDigits(handle) : undefined;
    const candidates = digits === undefined ? undefined : this.#byLastDigits.get(digits);
    return candidates?.filter((declared) => differOnlyInCountry(declared.handle.handle, handle)) ?? [];
  }

  add(contact: RemoteContact): void {
    for (const handle of contact.handles) {
      this.#similarContacts.push(...this.#similarTo(handle).map((declared) => ({ ...declared, contact })));
    }
  }

  /** Frees memory. No contacts can be added after this. */
  finish(): void {
    this.#byLastDigits.clear();
  }

  /** Adds the contact that Front returned for a handle, if the contact does not have this handle. */
  addLookup(entry: DesiredContact, handle: DesiredHandle, contact: RemoteContact): void {
    if (!hasDeclaredHandle(contact, handle)) this.#similarContacts.push({ entry, handle, contact });
  }

  /** Returns an error for each entry to skip. `remote` contains all contacts that have a declared handle. */
  findUnclear(remote: RemoteContactIndex): Iterable<Diagnostic> {
    const isCurrent = ({ contact }: SimilarContact) => remote.withId(contact.id) !== undefined;
    const unclear = this.#similarContacts.filter((similar) => isCurrent(similar) && !isResolved(similar, remote));
    return new Map(unclear.map((similar) => [similar.entry.key, reportSimilarNumber(similar)])).values();
  }
}

function isResolved({ entry, handle, contact }: SimilarContact, remote: RemoteContactIndex): boolean {
  const isMatched = entry.id === contact.id || entry.handles.some((declared) => hasDeclaredHandle(contact, declared));
  return isMatched || remote.contactWith(handle) !== undefined;
}

function hasDeclaredHandle({ handles }: RemoteContact, declared: DesiredHandle): boolean {
  const keys = new Set(handles.flatMap(remoteKeys));
  return declaredKeys(declared).some((key) => keys.has(key));
}

function reportSimilarNumber({ entry, handle, contact }: SimilarContact): Diagnostic {
  const similar =
    contact.handles.find((other) => differOnlyInCountry(other.handle, handle.handle)) ?? contact.handles[0];
  const reason = `its phone ${handle.handle} may be ${similar?.handle ?? "a number"} of ${contact.id}`;
  const advice =
    tableOfKey(entry.key) === undefined
      ? `If the entry describes that contact, set id: ${contact.id} in the entry. Otherwise, write both numbers with a country code, in the file and in Front.`
      : "Write both numbers with a country code, in the table and in Front.";
  return skippedEntry(contactAddress(entry.key), handle.location, "contact-unclear", reason, advice);
}
