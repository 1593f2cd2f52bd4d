import { catchUndecodable, type FrontApi, undefinedIf } from "../front/api.ts";
import { matchedContacts } from "../matching/match-contacts.ts";
import { contactAddress } from "../model/address.ts";
import type { SyncedContacts } from "../model/change.ts";
import { contactName, handleKey } from "../model/contact.ts";
import { type Diagnostic, warningAt } from "../model/diagnostic.ts";
import type { RemoteState } from "./remote-state.ts";

/** Maximum number of contacts to read. Each takes one request. */
const MAX_READ = 20;

/**
 * Returns warnings about entries that match no contact, although their contact of an earlier run still exists, for
 * example because a teammate corrected its email address. Without a warning, an apply might create a duplicate that
 * nobody notices. Checks only the entries whose resource address is in `addresses`.
 */
export async function warnFormerContacts(
  addresses: ReadonlySet<string>,
  { matches: { entries } }: Pick<RemoteState, "matches">,
  synced: SyncedContacts,
  front: Pick<FrontApi, "contact">,
): Promise<Diagnostic[]> {
  const unmatched = entries.filter(
    ({ entry, match }) => match.kind === "no-match" && addresses.has(contactAddress(entry.key)),
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
    const { found } = await catchUndecodable(undefinedIf("forbidden", front.contact(id)));
    if (found === undefined || found.isPrivate) return [];
    const summary = `${entry.key} matches no contact, but ${contactName(found)} had ${handle.source} ${handle.handle} in an earlier run`;
    const advice = `If they are the same contact, set "id: ${id}" in the entry, or declare a handle that the contact has now. Otherwise, the plan creates a new contact.`;
    return [warningAt(handle.location, "former-contact", summary, advice)];
  });
  return (await Promise.all(warnings)).flat();
}
