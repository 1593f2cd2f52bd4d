import { dropAbsent } from "./absent.ts";
import { type DesiredContact, type Handle, handleKey, type RemoteContact } from "./contact.ts";
import type { Diagnostic, Place } from "./diagnostic.ts";
import type { Claim, Identity, IdentityPolicy } from "./identity.ts";

/** Words what keeps a contact from being found for certain, with what to write instead. */
export function explainIdentity(
  contact: DesiredContact,
  identity: Identity | undefined,
  policy: IdentityPolicy,
): Diagnostic[] {
  switch (identity?.kind) {
    case "several":
      return [ambiguous(contact, identity.contacts)];
    case "unpinned":
      return [unpinned(contact, identity.id)];
    case "wanted":
      return [stillWanted(contact, identity.contact, identity.by)];
    case "new":
    case "known":
    case "merge":
      return policy.allowHandleMoves ? [] : identity.claims.flatMap((claim) => foreignClaim(contact, claim));
    default:
      return [];
  }
}

/** The contact's name and id, as people can find it in Front. */
export function nameOf({ name, id }: RemoteContact): string {
  return name === undefined || name === "" ? `a contact without a name (${id})` : `${name} (${id})`;
}

function ambiguous({ key, place, handles, ensure }: DesiredContact, contacts: readonly RemoteContact[]): Diagnostic {
  const who = contacts.map((contact) => `${nameOf(contact)} with ${held(contact, handles)}`).join(", and ");
  const summary = `The handles of ${key} belong to ${contacts.length} contacts in Front: ${who}`;
  const advice =
    ensure === "absent"
      ? "A tombstone deletes one contact: write one for each, with the handles of that one."
      : "Write merge: true to fold them into one, or keep the handles of one of them here, or run with --allow-handle-moves to take the handles away from the others.";
  return error("identity-ambiguous", summary, advice, place);
}

function held(contact: RemoteContact, wanted: readonly Handle[]): string {
  const keys = new Set(wanted.map(handleKey));
  return contact.handles
    .filter((handle) => keys.has(handleKey(handle)))
    .map(({ source, handle }) => `${source} ${handle}`)
    .join(", ");
}

function unpinned({ key, place }: DesiredContact, id: string): Diagnostic {
  const advice = "It was deleted or merged away: take out the id, or write that of the contact it was merged into.";
  return error("id-unknown", `Front has no contact ${id}, which ${key} is pinned to`, advice, place);
}

function stillWanted({ key, place }: DesiredContact, contact: RemoteContact, by: DesiredContact): Diagnostic {
  const advice = `Take out the tombstone, or take ${by.key} out of the files.`;
  return {
    ...error(
      "tombstone-wanted",
      `${key} is to be deleted, but it is ${nameOf(contact)}, which is also ${by.key}`,
      advice,
      place,
    ),
    related: [{ place: by.place, note: `${by.key} is declared here` }],
  };
}

/** A handle of somebody whom no file speaks of is not taken from them unasked. */
function foreignClaim({ key, handles, place }: DesiredContact, { handle, holder, keeper }: Claim): Diagnostic[] {
  if (keeper !== undefined) return [];
  const at = handles.find((written) => handleKey(written) === handleKey(handle))?.place ?? place;
  const summary = `${handle.source} ${handle.handle} of ${key} is held by ${nameOf(holder)}, which no file declares`;
  const advice =
    "Run with --allow-handle-moves to take it from there, write merge: true to fold that contact into this one, or take the handle out.";
  return [error("handle-held", summary, advice, at)];
}

function error(code: string, summary: string, advice: string, place: Place | undefined): Diagnostic {
  return dropAbsent({ severity: "error" as const, code, summary, advice, place });
}
