import { type DesiredContact, type Handle, handleKey, type RemoteContact } from "../model/contact.ts";
import type { Diagnostic, SourceLocation } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { HandleMove, Match, MatchPolicy, RemoteContactIndex } from "./match.ts";

/** Words what keeps a contact from being found for certain, with what to write instead. */
export function matchDiagnostics(
  contact: DesiredContact,
  identity: Match | undefined,
  policy: MatchPolicy,
): Diagnostic[] {
  switch (identity?.kind) {
    case "ambiguous":
      return [ambiguous(contact, identity.contacts)];
    case "id-not-found":
      return [unpinned(contact, identity.id)];
    case "id-private":
      return [pinnedPrivate(contact, identity.id)];
    case "deletion-conflict":
      return [stillWanted(contact, identity.contact, identity.by)];
    case "id-conflict":
      return [pinnedTwice(contact, identity.contact, identity.by)];
    case "merge":
      return [
        ...tooManyToMerge(contact, identity.others.length + 1),
        ...foreignClaims(contact, identity.claims, policy),
      ];
    case "no-match":
    case "match":
      return foreignClaims(contact, identity.claims, policy);
    default:
      return [];
  }
}

/** The contact's name and id, as people can find it in Front. */
export function nameOf({ name, id }: RemoteContact): string {
  return name === undefined || name === "" ? `a contact without a name (${id})` : `${name} (${id})`;
}

function ambiguous({ key, location, handles, ensure }: DesiredContact, contacts: readonly RemoteContact[]): Diagnostic {
  const who = contacts.map((contact) => `${nameOf(contact)} with ${held(contact, handles)}`).join(", and ");
  const summary = `The handles of ${key} belong to ${contacts.length} contacts in Front: ${who}`;
  const advice =
    ensure === "absent"
      ? "A tombstone deletes one contact: write one for each, with the handles of that one."
      : "Write merge: true to fold them into one, or keep the handles of one of them here, or run with --allow-handle-moves to take the handles away from the others.";
  return error("identity-ambiguous", summary, advice, location);
}

function held(contact: RemoteContact, wanted: readonly Handle[]): string {
  const keys = new Set(wanted.map(handleKey));
  return contact.handles
    .filter((handle) => keys.has(handleKey(handle)))
    .map(({ source, handle }) => `${source} ${handle}`)
    .join(", ");
}

function unpinned({ key, location }: DesiredContact, id: string): Diagnostic {
  const advice = "It was deleted or merged away: take out the id, or write that of the contact it was merged into.";
  return error("id-unknown", `Front has no contact ${id}, which ${key} is pinned to`, advice, location);
}

function pinnedPrivate({ key, location }: DesiredContact, id: string): Diagnostic {
  const advice = "Private contacts are never changed: remove the id, or write that of a shared contact.";
  return error("id-private", `${key} is pinned to ${id}, which is a teammate's private contact`, advice, location);
}

/** Warns of handles that a teammate's private contact holds: the plan goes on as if nobody had them. */
export function warnPrivateContacts({ key, handles }: DesiredContact, holders: RemoteContactIndex): Diagnostic[] {
  return handles.flatMap((handle) => {
    const contact = holders.privateOf(handle);
    if (contact === undefined) return [];
    const summary = `${handle.source} ${handle.handle} of ${key} is also in ${contact.id}, which is a teammate's private contact`;
    const advice = "Private contacts are never matched or changed, so this plan ignores it.";
    const code = "private-contact";
    return [{ severity: "warning" as const, code, summary, advice, location: handle.location }];
  });
}

function stillWanted({ key, location }: DesiredContact, contact: RemoteContact, by: DesiredContact): Diagnostic {
  const wanted = held(contact, by.handles);
  const what = wanted === "" ? "" : `, for ${wanted}`;
  const summary = `${key} is to be deleted, but it is ${nameOf(contact)}, which ${by.key} wants too${what}`;
  const advice = `Take out the tombstone, or what ${by.key} wants of that contact. To keep its handles and let the rest go, write merge: true at ${by.key} and no tombstone.`;
  return {
    ...error("tombstone-wanted", summary, advice, location),
    related: [{ location: by.location, note: `${by.key} is declared here` }],
  };
}

function pinnedTwice({ key, location }: DesiredContact, contact: RemoteContact, by: DesiredContact): Diagnostic {
  const summary = `${key} is pinned to ${nameOf(contact)}, and so is ${by.key}`;
  const advice = "One contact of Front has one description. Make the two into one, or correct an id.";
  return {
    ...error("id-twice", summary, advice, location),
    related: [{ location: by.location, note: `${by.key} is declared here` }],
  };
}

/** Front folds no more than this into one at once (docs/front.md#merging-contacts). */
const MOST_MERGED = 50;

function tooManyToMerge({ key, location }: DesiredContact, count: number): Diagnostic[] {
  if (count <= MOST_MERGED) return [];
  const summary = `${key} would be merged from ${count} contacts; Front merges ${MOST_MERGED} at once`;
  return [error("merge-too-large", summary, "Write fewer handles here, apply, and then add the others.", location)];
}

function foreignClaims(contact: DesiredContact, claims: readonly HandleMove[], policy: MatchPolicy): Diagnostic[] {
  return policy.allowHandleMoves ? [] : claims.flatMap((claim) => foreignClaim(contact, claim));
}

/** A handle of somebody whom no file speaks of is not taken from them unasked. */
function foreignClaim(
  { key, handles, location }: DesiredContact,
  { handle, declared, source, sourceEntry }: HandleMove,
): Diagnostic[] {
  if (sourceEntry !== undefined) return [];
  const at = handles.find((written) => handleKey(written) === handleKey(declared))?.location ?? location;
  const summary = `${handle.source} ${handle.handle} of ${key} is held by ${nameOf(source)}, which no file declares`;
  const advice =
    "Run with --allow-handle-moves to take it from there, write merge: true to fold that contact into this one, or take the handle out.";
  return [error("handle-held", summary, advice, at)];
}

function error(code: string, summary: string, advice: string, location: SourceLocation | undefined): Diagnostic {
  return omitUndefined({ severity: "error" as const, code, summary, advice, location });
}
