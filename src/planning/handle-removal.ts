import { type Handle, handleKey, type RemoteContact } from "../model/contact.ts";
import { omitUndefined, unlessEmpty } from "../model/omit-undefined.ts";

/**
 * Returns the values of an operation that removes a handle from a contact. The contact may have several spellings of
 * the handle, for example after a merge.
 */
export function handleRemoval({ id, handles }: Pick<RemoteContact, "id" | "handles">, handle: Handle) {
  const key = handleKey(handle);
  const spellings = handles.filter((other) => handleKey(other) === key).map((other) => other.handle);
  const otherSpellings = [...new Set(spellings)].filter((spelling) => spelling !== handle.handle);
  return omitUndefined({ contact: { id }, handle, otherSpellings: unlessEmpty(otherSpellings) });
}
