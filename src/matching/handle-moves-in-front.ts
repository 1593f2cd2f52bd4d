import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import { type Handle, handleKey } from "../model/handle.ts";
import { baseScoreOf, hasName, sharedHandles } from "./assign-contacts.ts";
import { type EarlierContacts, startsMerging } from "./base-entries.ts";

/**
 * Returns whether handles of an entry moved in Front from the first contact to the other contacts since the base, and
 * stay on them. The entry must already declare these handles at the base, and must match the first contact better than
 * each other contact. If only another contact has the entry's name, returns false, because most handles of the entry
 * may have moved to that contact.
 */
export function haveMovedInFront(
  entry: DesiredContact,
  [contact, ...others]: readonly RemoteContact[],
  { earlierVersions, overwrite = false }: { readonly earlierVersions: EarlierContacts; readonly overwrite?: boolean },
): boolean {
  const earlier = earlierVersions.get(entry);
  if (overwrite || contact === undefined || earlier === undefined || earlier.ensure === "absent") return false;
  const scoreAtBase = (candidate: RemoteContact) => baseScoreOf(entry, earlier, candidate);
  const isNamed = (candidate: RemoteContact) => hasName(candidate, [earlier, entry]);
  const isBetter = (other: RemoteContact) =>
    scoreAtBase(contact) > scoreAtBase(other) && (isNamed(contact) || !isNamed(other));
  return others.every(
    (other) =>
      (entry.id === contact.id || isBetter(other)) &&
      sharedHandles(entry, other).every((handle) => declaresHandle(earlier, handle)),
  );
}

/**
 * Returns whether a declared handle stays on another contact: it moved there in Front since the base, or the contact of
 * its entry no longer exists and is not created again.
 */
export function staysOnOtherContact(
  declared: Handle,
  entry: DesiredContact,
  earlier: DesiredContact | undefined,
  kind: string,
): boolean {
  if (earlier === undefined || earlier.ensure === "absent") return false;
  if (kind === "no-match") return true;
  return kind !== "merge" && !startsMerging(entry, earlier) && declaresHandle(earlier, declared);
}

function declaresHandle({ handles }: DesiredContact, declared: Handle): boolean {
  const key = handleKey(declared);
  return handles.some((handle) => handleKey(handle) === key);
}
