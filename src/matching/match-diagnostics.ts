import { tableOfKey } from "../model/address.ts";
import { contactName, type DesiredContact, type Handle, handleKey, type RemoteContact } from "../model/contact.ts";
import { type Diagnostic, declaredHere, errorAt, warningAt } from "../model/diagnostic.ts";
import { declaredKeys, type HandleKey, remoteKeys } from "../model/handle.ts";
import type { Remedy } from "../model/remedy.ts";
import { sharedHandles } from "./assign-contacts.ts";
import type { RemoteContactIndex } from "./contact-index.ts";
import { staysOnOtherContact } from "./handle-moves-in-front.ts";
import { type HandleMove, type Match, type MatchPolicy, movesOf } from "./match-contacts.ts";
import { reasonOfDeletion } from "./removed-rows.ts";

const MOVE_HANDLES: Remedy = { kind: "move-handles" };

/** The row of a table cannot contain `merge` or `id`, so advice for a row must not suggest them. */
function isRow({ key }: DesiredContact): boolean {
  return tableOfKey(key) !== undefined;
}

interface DiagnosticContext extends MatchPolicy {
  /** The handles that move from each contact, for all entries. */
  readonly movingHandles: ReadonlyMap<string, ReadonlySet<HandleKey>>;
  /** The earlier version of the entry at the base. */
  readonly earlier?: DesiredContact | undefined;
}

export function matchDiagnostics(
  entry: DesiredContact,
  match: Match | undefined,
  context: DiagnosticContext,
): Diagnostic[] {
  switch (match?.kind) {
    case "ambiguous":
      return [reportAmbiguous(entry, match.contacts, context)];
    case "id-not-found":
      return [reportIdNotFound(entry, match.id, match.contacts)];
    case "id-private":
      return [reportPrivateId(entry, match.id)];
    case "deletion-conflict":
      return [reportDeletionConflict(entry, match.contact, match.otherEntry)];
    case "id-conflict":
      return [reportIdConflict(entry, match.contact, match.otherEntry)];
    case "merge":
      return [
        ...reportTooManyToMerge(entry, match.others.length + 1),
        ...reportUndeclaredSourceContacts(entry, match, context),
      ];
    case "no-match":
      return [...reportUndeclaredSourceContacts(entry, match, context), ...warnIdOfOtherContact(entry, match.moves)];
    case "match":
      return reportUndeclaredSourceContacts(entry, match, context);
    default:
      return [];
  }
}

function reportAmbiguous(
  entry: DesiredContact,
  contacts: readonly RemoteContact[],
  { overwrite = false, earlier }: DiagnosticContext,
): Diagnostic {
  const { key, location, id, handles } = entry;
  const subject = id === undefined ? "The handles" : "The ID and the handles";
  const descriptions = contacts.map((contact) => `${contactName(contact)}${describeSharedHandles(contact, handles)}`);
  const summary = `${subject} of ${key} belong to ${contacts.length} contacts in Front: ${descriptions.join(", and ")}`;
  if (entry.ensure === "absent") return errorAt(location, "match-ambiguous", summary, adviseTombstones(entry));
  // The handles would move to the first contact.
  const others = contacts.slice(1);
  const stays = (handle: Handle) => !overwrite && staysOnOtherContact(handle, entry, earlier, "ambiguous");
  if (id === undefined && others.some((other) => sharedHandles(entry, other).some(stays))) {
    const advice = isRow(entry)
      ? "Keep only the handles of one of them in the row, or merge the contacts in Front."
      : "Set id in the entry to the ID of the contact that it describes; handles that moved in Front then stay on the other contacts. Or set merge: true to merge the contacts, or declare only the handles of one of them.";
    return errorAt(location, "match-ambiguous", summary, advice);
  }
  const keys = new Set(handles.flatMap(declaredKeys));
  const stuck = others.find((other) => other.handles.every((handle) => isAnyOf(handle, keys)));
  const move =
    stuck === undefined
      ? "allow the handles to move from the others"
      : `declare ${stuck.id} in its own entry with its id and another handle, because a contact must keep a handle`;
  const advice = isRow(entry)
    ? `Keep only the handles of one of them in the row, merge the contacts in Front, or ${move}.`
    : `Set merge: true to merge them, declare only the handles of one of them, or ${move}.`;
  return errorAt(location, "match-ambiguous", summary, advice, stuck === undefined ? MOVE_HANDLES : undefined);
}

function adviseTombstones(tombstone: DesiredContact): string {
  const removedRow = reasonOfDeletion(tombstone);
  return removedRow === undefined
    ? "A tombstone deletes one contact. Write one tombstone for each contact, with its handles."
    : `One contact would be deleted, because ${removedRow}. Set missing: keep in the table, or write one tombstone for each contact, with its handles.`;
}

function isAnyOf(handle: Handle, keys: ReadonlySet<string>): boolean {
  return remoteKeys(handle).some((key) => keys.has(key));
}

/** Returns a phrase such as ` with email ann@x.example`; empty if the contact has no declared handle. */
function describeSharedHandles(contact: RemoteContact, declared: readonly Handle[]): string {
  const keys = new Set(declared.map(handleKey));
  const shared = contact.handles.filter((handle) => keys.has(handleKey(handle)));
  return shared.length === 0 ? "" : ` with ${shared.map(({ source, handle }) => `${source} ${handle}`).join(", ")}`;
}

function reportIdNotFound(
  { key, location, idLocation = location, handles }: DesiredContact,
  id: string,
  contacts: readonly RemoteContact[],
): Diagnostic {
  const [contact, second] = contacts;
  const advice =
    contact === undefined || second !== undefined
      ? "The contact may have been deleted or merged. Remove the ID, or replace it with the ID of the remaining contact."
      : `The contact may have been merged into ${contactName(contact)}${describeSharedHandles(contact, handles)}. If so, set "id: ${contact.id}", or remove the ID.`;
  return errorAt(idLocation, "id-unknown", `${key} has the ID "${id}", which does not exist in Front`, advice);
}

function reportPrivateId({ key, location, idLocation = location }: DesiredContact, id: string): Diagnostic {
  const advice = "Private contacts are never changed. Remove the ID, or replace it with the ID of a shared contact.";
  const summary = `${key} has the ID "${id}", which belongs to a teammate's private contact`;
  return errorAt(idLocation, "id-private", summary, advice);
}

export function warnPrivateContacts({ key, handles }: DesiredContact, remote: RemoteContactIndex): Diagnostic[] {
  return handles.flatMap((handle) => {
    const contact = remote.privateWith(handle);
    if (contact === undefined) return [];
    const summary = `${handle.source} ${handle.handle} of ${key} is also on ${contact.id}, which is a teammate's private contact`;
    const advice = "Private contacts are never matched or changed, so this plan ignores that contact.";
    return [warningAt(handle.location, "private-contact", summary, advice)];
  });
}

function reportDeletionConflict(tombstone: DesiredContact, contact: RemoteContact, other: DesiredContact): Diagnostic {
  const { key, location } = tombstone;
  const removedRow = reasonOfDeletion(tombstone);
  const shared = describeSharedHandles(contact, other.handles);
  const reason = removedRow === undefined ? "" : `, because ${removedRow}`;
  const summary = `${key} would delete ${contactName(contact)}, which ${other.key} also declares${shared}${reason}`;
  const keepContact = removedRow === undefined ? "remove the tombstone" : "set missing: keep in the table";
  const merge = isRow(other) ? "" : ` To merge it into ${other.key}, also set merge: true in ${other.key}.`;
  const identifiers = isRow(other) ? "its handles" : "its handles or its ID";
  const advice = `To keep that contact, ${keepContact}.${merge} To delete it, remove ${identifiers} from ${other.key}.`;
  return { ...errorAt(location, "tombstone-conflict", summary, advice), related: [declaredHere(other)] };
}

function reportIdConflict(
  { key, location, idLocation = location }: DesiredContact,
  contact: RemoteContact,
  other: DesiredContact,
): Diagnostic {
  const summary = `${key} and ${other.key} have the same ID, which belongs to ${contactName(contact)}`;
  const advice = "Declare each contact once: combine the two entries, or correct one ID.";
  return { ...errorAt(idLocation, "id-twice", summary, advice), related: [declaredHere(other)] };
}

/**
 * Warns if an entry would create a contact because another entry has the ID of the contact that has its handles, but
 * none of the handles of that contact: the ID is probably wrong. Does not warn in an undo, whose IDs are not in a file.
 */
function warnIdOfOtherContact(entry: DesiredContact, moves: readonly HandleMove[]): Diagnostic[] {
  const move = moves.find(
    ({ sourceContact, sourceEntry }) =>
      sourceEntry?.id === sourceContact.id && describeSharedHandles(sourceContact, sourceEntry.handles) === "",
  );
  if (move?.sourceEntry?.idLocation === undefined) return [];
  const { sourceContact, sourceEntry } = move;
  const summary = `${sourceEntry.key} has the ID of ${contactName(sourceContact)}, whose handles ${entry.key} declares`;
  const advice = `If the ID is wrong, correct it. Otherwise, ${sourceEntry.key} gets this contact with its conversations, and ${entry.key} is created as a new contact with the handles.`;
  const warning = warningAt(move.sourceEntry.idLocation, "id-of-other-contact", summary, advice);
  return [{ ...warning, related: [declaredHere(entry)] }];
}

/** Maximum number of contacts that Front merges in one request (docs/front.md#merging-contacts). */
const MAX_MERGED = 50;

function reportTooManyToMerge({ key, location }: DesiredContact, count: number): Diagnostic[] {
  if (count <= MAX_MERGED) return [];
  const summary = `${key} would be merged from ${count} contacts; the limit is ${MAX_MERGED}`;
  return [errorAt(location, "merge-too-large", summary, "Declare fewer handles, apply, and then add the others.")];
}

function reportUndeclaredSourceContacts(
  entry: DesiredContact,
  match: Match,
  { allowHandleMoves, overwrite = false, earlier, movingHandles }: DiagnosticContext,
): Diagnostic[] {
  if (allowHandleMoves) return [];
  const { key, handles, location } = entry;
  return movesOf(match)
    .filter(({ sourceEntry }) => sourceEntry === undefined)
    .filter(({ declared }) => overwrite || !staysOnOtherContact(declared, entry, earlier, match.kind))
    .map(({ handle, declared, sourceContact }) => {
      const handleLocation = handles.find((other) => handleKey(other) === handleKey(declared))?.location ?? location;
      const summary = `${handle.source} ${handle.handle} of ${key} belongs to ${contactName(sourceContact)}, which is not in the configuration`;
      const moving = movingHandles.get(sourceContact.id);
      const isStuck = sourceContact.handles.every((other) => moving?.has(handleKey(other)));
      const move = isStuck
        ? "declare that contact with its id and another handle, because it must keep a handle"
        : "allow handles to move";
      const advice = isRow(entry)
        ? `Merge the two contacts in Front, remove the handle from the row, or ${move}.`
        : `Set merge: true to merge that contact into this one, remove the handle, or ${move}.`;
      const remedy = isStuck ? undefined : MOVE_HANDLES;
      return errorAt(handleLocation, "handle-of-other-contact", summary, advice, remedy);
    });
}
