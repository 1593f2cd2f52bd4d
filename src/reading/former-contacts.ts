import { catchUndecodable, errorIf, type FrontApi, FrontError } from "../front/api.ts";
import { matchedContacts } from "../matching/match-contacts.ts";
import { contactAddress, tableOfKey } from "../model/address.ts";
import type { SyncedContacts } from "../model/change.ts";
import {
  contactName,
  type DesiredContact,
  type DesiredHandle,
  handleKey,
  type RemoteContact,
} from "../model/contact.ts";
import { type Diagnostic, warningAt } from "../model/diagnostic.ts";
import type { RemoteState } from "./remote-state.ts";

/** Maximum number of contacts to read. Each takes one request. */
const MAX_READ = 20;

/** The addresses of resources that match no contact. */
interface Unmatched {
  readonly created: ReadonlySet<string>;
  /** The resources that are not created, because they were deleted in Front since the base. */
  readonly deleted: ReadonlySet<string>;
}

/**
 * Returns warnings about entries that match no contact, although they matched one in an earlier run. If the contact
 * still exists, for example because a teammate corrected its email address, an apply might create a duplicate that
 * nobody notices. If the contact was deleted, an apply creates it again.
 */
export async function warnFormerContacts(
  { created, deleted }: Unmatched,
  { matches: { entries } }: Pick<RemoteState, "matches">,
  synced: SyncedContacts,
  front: Pick<FrontApi, "contact">,
): Promise<Diagnostic[]> {
  const isCreated = ({ key }: DesiredContact) => created.has(contactAddress(key));
  const unmatched = entries.filter(
    ({ entry, match }) => match.kind === "no-match" && (isCreated(entry) || deleted.has(contactAddress(entry.key))),
  );
  if (unmatched.length === 0) return [];
  const declared = new Map(
    unmatched.flatMap(({ entry }) =>
      entry.handles.map((handle) => [`handles/${handleKey(handle)}`, { entry, handle }] as const),
    ),
  );
  const matched = entries.flatMap(({ match }) => ("contact" in match ? [match.contact] : matchedContacts(match)));
  const matchedIds = new Set(matched.map(({ id }) => id));
  const candidates = [...synced.findPaths(declared)].filter(([id]) => !matchedIds.has(id)).slice(0, MAX_READ);
  const warnings = candidates.map(async ([id, { entry, handle }]): Promise<Diagnostic[]> => {
    // Front may return another contact, for example after a merge.
    const response = errorIf("changed", errorIf("forbidden", front.contact(id)));
    const { found, undecodable } = await catchUndecodable(response);
    if (undecodable !== undefined || found instanceof FrontError || found?.isPrivate) return [];
    if (found !== undefined) return [warnFormerContact(entry, handle, found, isCreated(entry))];
    return isCreated(entry) ? [warnDeletedContact(entry, handle, id)] : [];
  });
  // A handle may have been on several former contacts. The one that changed last is the last candidate.
  const byHandle = new Map((await Promise.all(warnings)).flat().map((warning) => [warning.location, warning]));
  return [...byHandle.values()];
}

function warnFormerContact(
  { key }: DesiredContact,
  handle: DesiredHandle,
  contact: RemoteContact,
  isCreated: boolean,
): Diagnostic {
  const summary = `${key} matches no contact, but ${contactName(contact)} had ${handle.source} ${handle.handle} in an earlier run`;
  const advice =
    tableOfKey(key) === undefined
      ? `If they are the same contact, set "id: ${contact.id}" in the entry, or declare a handle that the contact has now.`
      : "If they are the same contact, add a handle that the contact has now to the row.";
  if (isCreated) {
    const creation = "Otherwise, the plan creates a new contact.";
    return warningAt(handle.location, "former-contact", summary, `${advice} ${creation}`);
  }
  const alternatives = "Otherwise, remove the entry. To create a new contact, overwrite the changes made in Front.";
  return warningAt(handle.location, "former-contact", summary, `${advice} ${alternatives}`, {
    kind: "overwrite-changes",
  });
}

function warnDeletedContact({ key }: DesiredContact, { source, handle, location }: DesiredHandle, id: string) {
  const summary = `${key} is created again: ${id}, which had ${source} ${handle} in an earlier run, no longer exists`;
  const advice = "If it was deleted on purpose, remove the entry from the configuration.";
  return warningAt(location, "contact-created-again", summary, advice);
}
