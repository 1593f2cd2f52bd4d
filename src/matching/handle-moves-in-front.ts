import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import { type Handle, handleKey } from "../model/handle.ts";
import { baseScoreOf, hasName, sharedHandles } from "./assign-contacts.ts";
import { type EarlierContacts, startsMerging } from "./base-entries.ts";

interface MovePolicy {
  readonly allowHandleMoves: boolean;
  readonly overwrite?: boolean;
  readonly earlierVersions: EarlierContacts;
}

/**
 * Returns whether the contact of an entry is clear although other contacts have some of its handles. Handles that moved
 * in Front since the base stay on the others, so the contact must match the earlier entry better than the others do. If
 * only another contact has the entry's name, the contact is not clear, because most handles of the entry may have moved
 * to that contact. The handles that do not stay move to the contact of the entry, which requires `allowHandleMoves`.
 */
export function isClearMatch(
  entry: DesiredContact,
  contact: RemoteContact,
  others: readonly RemoteContact[],
  { allowHandleMoves, overwrite = false, earlierVersions }: MovePolicy,
): boolean {
  const earlier = earlierVersions.get(entry);
  const stays = (handle: Handle) => !overwrite && staysOnOtherContact(handle, entry, earlier, "match");
  const isNamed = (candidate: RemoteContact) => hasName(candidate, earlier === undefined ? [entry] : [earlier, entry]);
  const isBetterThan = (other: RemoteContact) =>
    baseScoreOf(entry, earlier, contact) > baseScoreOf(entry, earlier, other) && (isNamed(contact) || !isNamed(other));
  return others.every((other) => {
    const shared = sharedHandles(entry, other);
    const isOwn = entry.id === contact.id || !shared.some(stays) || isBetterThan(other);
    return isOwn && (allowHandleMoves || shared.every(stays));
  });
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
