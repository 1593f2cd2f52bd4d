import { catchUndecodable, type FrontApi, type FrontError, undefinedIf } from "../front/api.ts";
import type { RemoteContact } from "../model/contact.ts";
import { type DeclaredHandle, hasHandle } from "../model/handle.ts";
import { findContactByHandle } from "../reading/handle-lookup.ts";

/** Maximum number of contacts to read by the IDs in the message of a rejection. */
const MAX_NAMED_OWNERS = 3;
/** Seconds. Changes in this period are searched for a contact that may just have been created. */
const RECENT_SECONDS = 600;

/**
 * Returns the shared contact with one of the handles. If the lookups return only private contacts, searches the
 * recently changed contacts.
 */
export async function findSharedOwner(
  front: FrontApi,
  handles: readonly DeclaredHandle[],
): Promise<RemoteContact | undefined> {
  // An error must not be thrown while other lookups are still being retried.
  const lookups = await Promise.allSettled(handles.map((handle) => findContactByHandle(front, handle)));
  const owners = lookups.flatMap((lookup) => {
    if (lookup.status === "rejected") throw lookup.reason;
    return lookup.value ?? [];
  });
  const shared = owners.find(({ isPrivate }) => !isPrivate);
  if (shared !== undefined || owners.length === 0) return shared;
  const updatedAfter = Math.max((front.time ?? 0) / 1000 - RECENT_SECONDS, 0);
  for await (const page of front.contacts({ updatedAfter })) {
    const owner = page.contacts.find(
      (contact) => !contact.isPrivate && handles.some((handle) => hasHandle(contact, handle)),
    );
    if (owner !== undefined) return owner;
  }
  return undefined;
}

/**
 * Returns the first contact that has one of the handles and whose ID is in the message of a rejection, preferably a
 * shared contact. Front might not return such a contact in a lookup or a listing.
 */
export async function findNamedOwner(
  front: FrontApi,
  { message }: FrontError,
  handles: readonly DeclaredHandle[],
): Promise<RemoteContact | undefined> {
  const ids = [...new Set(message.match(/crd_[a-z0-9]+/g))].slice(0, MAX_NAMED_OWNERS);
  let privateOwner: RemoteContact | undefined;
  for (const id of ids) {
    // The token may not have access to a private contact.
    const { found } = await catchUndecodable(undefinedIf("forbidden", front.contact(id)));
    if (found === undefined || !handles.some((handle) => hasHandle(found, handle))) continue;
    if (!found.isPrivate) return found;
    privateOwner ??= found;
  }
  return privateOwner;
}
