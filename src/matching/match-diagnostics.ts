import { contactName, type DesiredContact, type Handle, handleKey, type RemoteContact } from "../model/contact.ts";
import type { Diagnostic, SourceLocation } from "../model/diagnostic.ts";
import type { DiagnosticCode } from "../model/diagnostic-codes.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Remedy } from "../model/remedy.ts";
import type { RemoteContactIndex } from "./contact-index.ts";
import type { HandleMove, Match, MatchPolicy } from "./match.ts";

const MOVE_HANDLES: Remedy = { kind: "move-handles" };

/** Returns errors that explain why an entry cannot be planned and what to write instead. */
export function matchDiagnostics(entry: DesiredContact, match: Match | undefined, policy: MatchPolicy): Diagnostic[] {
  switch (match?.kind) {
    case "ambiguous":
      return [ambiguous(entry, match.contacts)];
    case "id-not-found":
      return [idNotFound(entry, match.id)];
    case "id-private":
      return [idPrivate(entry, match.id)];
    case "deletion-conflict":
      return [deletionConflict(entry, match.contact, match.by)];
    case "id-conflict":
      return [idConflict(entry, match.contact, match.by)];
    case "merge":
      return [...tooManyToMerge(entry, match.others.length + 1), ...undeclaredSources(entry, match.moves, policy)];
    case "no-match":
    case "match":
      return undeclaredSources(entry, match.moves, policy);
    default:
      return [];
  }
}

function ambiguous({ key, location, handles, ensure }: DesiredContact, contacts: readonly RemoteContact[]): Diagnostic {
  const who = contacts.map((contact) => {
    const shared = sharedHandles(contact, handles);
    return shared === "" ? contactName(contact) : `${contactName(contact)} with ${shared}`;
  });
  const summary = `The handles of ${key} belong to ${contacts.length} contacts in Front: ${who.join(", and ")}`;
  const advice =
    ensure === "absent"
      ? "A tombstone deletes one contact. Write one tombstone for each, with the handles of that contact."
      : "Write merge: true to merge them, keep the handles of one of them here, or allow the handles to move from the others.";
  return createError("match-ambiguous", summary, advice, location, ensure === "absent" ? undefined : MOVE_HANDLES);
}

function sharedHandles(contact: RemoteContact, declared: readonly Handle[]): string {
  const keys = new Set(declared.map(handleKey));
  return contact.handles
    .filter((handle) => keys.has(handleKey(handle)))
    .map(({ source, handle }) => `${source} ${handle}`)
    .join(", ");
}

function idNotFound({ key, location }: DesiredContact, id: string): Diagnostic {
  const advice = "It was deleted or merged. Remove the id, or write the id of the contact it was merged into.";
  return createError("id-unknown", `The id of ${key} does not exist in Front: ${id}`, advice, location);
}

function idPrivate({ key, location }: DesiredContact, id: string): Diagnostic {
  const advice = "Private contacts are never changed. Remove the id, or write the id of a shared contact.";
  return createError("id-private", `The id of ${key} belongs to a teammate's private contact: ${id}`, advice, location);
}

/** Returns warnings about handles that a teammate's private contact has. The plan ignores that contact. */
export function warnPrivateContacts({ key, handles }: DesiredContact, remote: RemoteContactIndex): Diagnostic[] {
  return handles.flatMap((handle) => {
    const contact = remote.privateWith(handle);
    if (contact === undefined) return [];
    const summary = `${handle.source} ${handle.handle} of ${key} is also in ${contact.id}, which is a teammate's private contact`;
    const advice = "Private contacts are never matched or changed, so this plan ignores it.";
    const code = "private-contact";
    return [{ severity: "warning" as const, code, summary, advice, location: handle.location }];
  });
}

function deletionConflict({ key, location }: DesiredContact, contact: RemoteContact, by: DesiredContact): Diagnostic {
  const shared = sharedHandles(contact, by.handles);
  const what = shared === "" ? "" : ` with ${shared}`;
  const summary = `${key} would delete ${contactName(contact)}, which ${by.key} also declares${what}`;
  const advice = `Remove the tombstone, or remove the handles or the id of that contact from ${by.key}. To keep its handles and delete the rest, write merge: true in ${by.key} and remove the tombstone.`;
  return { ...createError("tombstone-conflict", summary, advice, location), related: declaredHere(by) };
}

function idConflict({ key, location }: DesiredContact, contact: RemoteContact, by: DesiredContact): Diagnostic {
  const summary = `${key} and ${by.key} have the same id, which belongs to ${contactName(contact)}`;
  const advice = "Declare each contact once: combine the two entries, or correct one id.";
  return { ...createError("id-twice", summary, advice, location), related: declaredHere(by) };
}

function declaredHere({ key, location }: DesiredContact): NonNullable<Diagnostic["related"]> {
  return [{ location, note: `${key} is declared here` }];
}

/** Front merges at most this many contacts in one request (docs/front.md#merging-contacts). */
const MAX_MERGED = 50;

function tooManyToMerge({ key, location }: DesiredContact, count: number): Diagnostic[] {
  if (count <= MAX_MERGED) return [];
  const summary = `${key} would be merged from ${count} contacts; the limit is ${MAX_MERGED}`;
  return [createError("merge-too-large", summary, "Declare fewer handles, apply, and then add the others.", location)];
}

/** Returns an error for each handle of a contact that no entry declares, unless the user allows it to be moved. */
function undeclaredSources(
  { key, handles, location }: DesiredContact,
  moves: readonly HandleMove[],
  { allowHandleMoves }: MatchPolicy,
): Diagnostic[] {
  if (allowHandleMoves) return [];
  return moves
    .filter(({ sourceEntry }) => sourceEntry === undefined)
    .map(({ handle, declared, source }) => {
      const at = handles.find((each) => handleKey(each) === handleKey(declared))?.location ?? location;
      const summary = `${handle.source} ${handle.handle} of ${key} belongs to ${contactName(source)}, which no file declares`;
      const advice =
        "Write merge: true to merge that contact into this one, remove the handle, or allow handles to move.";
      return createError("handle-of-other-contact", summary, advice, at, MOVE_HANDLES);
    });
}

function createError(
  code: DiagnosticCode,
  summary: string,
  advice: string,
  location: SourceLocation,
  remedy?: Remedy,
): Diagnostic {
  return omitUndefined({ severity: "error" as const, code, summary, advice, remedy, location });
}
