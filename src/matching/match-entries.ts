import type { ResolvedContact } from "../config/resolve-references.ts";
import { type AccountState, accountName } from "../model/company.ts";
import { type DesiredContact, HANDLE_SOURCES, handleKey, type Picture, type RemoteContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isEmptyField, normalText, sameField } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { BaseEntries } from "./base-entries.ts";
import type { RemoteContactIndex } from "./contact-index.ts";
import { inSpellingOf, warnComparedExactly, warnSimilarPhones } from "./handle-spelling.ts";
import { type Match, type MatchPolicy, matchContacts } from "./match.ts";
import { matchDiagnostics, warnPrivateContacts } from "./match-diagnostics.ts";

/** An entry and the contacts that it matches. */
export interface MatchedEntry {
  readonly entry: DesiredContact;
  readonly match: Match;
  /** The entry with its references resolved, and its handles spelled as in Front. */
  readonly resolved: ResolvedContact;
  /** The same for the entry at the base. Undefined for a new entry, and for a plan without a base. */
  readonly base?: ResolvedContact;
}

/** The result of matching the entries to the remote contacts. */
export interface Matches {
  /** Entries in file order. */
  readonly entries: readonly MatchedEntry[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Matches entries to the remote contacts that were found so far. `base` has the entries at the base. */
export function matchEntries(
  entries: readonly ResolvedContact[],
  remote: RemoteContactIndex,
  policy: MatchPolicy,
  base: readonly ResolvedContact[] = [],
): Matches {
  const desired = entries.map((each) => each.desired);
  const matches = matchContacts(desired, remote, policy);
  const baseEntries = new BaseEntries(base.map((each) => each.desired));
  const resolvedBase = new Map(base.map((each) => [each.desired, each]));
  return {
    entries: entries.flatMap((resolved) => {
      const match = matches.get(resolved.desired);
      if (match === undefined) return [];
      const respelled = (each: ResolvedContact) => inSpellingOf(matchedContacts(match), each);
      const continued = baseEntries.continuedBy(resolved.desired);
      const before = continued && resolvedBase.get(continued);
      return [
        omitUndefined({
          entry: resolved.desired,
          match,
          resolved: respelled(resolved),
          base: before && respelled(before),
        }),
      ];
    }),
    diagnostics: [
      ...desired.flatMap((entry) => matchDiagnostics(entry, matches.get(entry), policy)),
      ...desired.flatMap((entry) => warnPrivateContacts(entry, remote)),
      ...desired.flatMap((entry) => warnSimilarPhones(entry, matchedContacts(matches.get(entry)))),
      ...desired.flatMap((entry) => warnComparedExactly(entry, matchedContacts(matches.get(entry)))),
    ],
  };
}

/** Returns the contacts that an entry describes; several for a merge, none for an entry to create or delete. */
function matchedContacts(match: Match | undefined): readonly RemoteContact[] {
  if (match?.kind === "match") return [match.contact];
  return match?.kind === "merge" ? [match.target, ...match.others] : [];
}

/** Details of contacts that their own responses do not contain. */
export interface KnownDetails {
  readonly accounts: readonly AccountState[];
  /** Ids of contacts that were read in this run, rather than taken from the cache. */
  readonly confirmed: ReadonlySet<string>;
  /** True if the picture in Front is the one in the file, by `pictureKey`. */
  readonly pictures: ReadonlyMap<string, boolean>;
  /** Ids of contacts whose conversations were counted. */
  readonly counted: ReadonlySet<string>;
}

/** The data that must be read before matches can be planned. */
export interface Needs {
  /** Ids of contacts from the cache that a plan may change. */
  readonly contacts: readonly string[];
  readonly pictures: readonly ComparedPicture[];
  readonly basePictures: readonly ComparedPicture[];
  /** Ids of contacts to delete. */
  readonly conversations: readonly string[];
}

export interface ComparedPicture {
  readonly contact: RemoteContact;
  readonly avatar: Picture;
}

/** Identifies the comparison of a contact's picture with a file. A picture that changes gets a new URL in Front. */
export function pictureKey({ contact, avatar }: ComparedPicture): string {
  return `${contact.id} ${contact.avatarUrl} ${avatar.sha256}`;
}

/** Returns the reads that are still needed. Contacts come first, because the other reads depend on them. */
export function findNeeds({ entries }: Matches, known: KnownDetails): Needs {
  const changed = entries.flatMap((each) => contactsThatMayChange(each, known));
  const contacts = new Set(changed.map(({ id }) => id).filter((id) => !known.confirmed.has(id)));
  if (contacts.size > 0) return { contacts: [...contacts], pictures: [], basePictures: [], conversations: [] };
  const isUnknown = (picture: ComparedPicture) => !known.pictures.has(pictureKey(picture));
  const deleted = entries.flatMap(({ match }) => (match.kind === "deletion" ? [match.contact.id] : []));
  return {
    contacts: [],
    pictures: entries.flatMap(picturesOf).filter(isUnknown),
    basePictures: entries.flatMap(basePicturesOf).filter(isUnknown),
    conversations: deleted.filter((id) => !known.counted.has(id)),
  };
}

/** Returns the pictures at the base to compare: Front may still have one of them instead of the entry's. */
export function basePicturesOf({ entry, match, base }: MatchedEntry): ComparedPicture[] {
  const avatar = base?.desired.avatar;
  if (avatar === undefined || entry.avatar === undefined || avatar.sha256 === entry.avatar.sha256) return [];
  return picturesOf({ entry: { ...entry, avatar }, match });
}

/** Returns the pictures of an entry that have to be compared. */
export function picturesOf({ entry: { avatar }, match }: Pick<MatchedEntry, "entry" | "match">): ComparedPicture[] {
  if (avatar === undefined) return [];
  const contacts = matchedContacts(match).filter(({ avatarUrl }) => avatarUrl !== undefined);
  return contacts.map((contact) => ({ contact, avatar }));
}

/** Returns all contacts that a plan may change because of an entry, and possibly more. */
function contactsThatMayChange(matched: MatchedEntry, known: KnownDetails): readonly RemoteContact[] {
  const { match } = matched;
  switch (match.kind) {
    case "no-match":
      return sourcesOf(match);
    case "match": {
      const isCached = !known.confirmed.has(match.contact.id);
      return [...(isCached && mayDiffer(matched, match.contact, known) ? [match.contact] : []), ...sourcesOf(match)];
    }
    case "merge":
      return [...matchedContacts(match), ...sourcesOf(match)];
    case "ambiguous":
      return match.contacts;
    case "deletion":
    case "deletion-conflict":
    case "id-conflict":
      return [match.contact];
    default:
      return [];
  }
}

function sourcesOf({ moves }: Extract<Match, { readonly moves: unknown }>): readonly RemoteContact[] {
  return moves.map(({ source }) => source);
}

const WRITABLE: ReadonlySet<string> = new Set(HANDLE_SOURCES);

function mayDiffer(
  { entry, resolved: { desired, lists, customFields }, base }: MatchedEntry,
  contact: RemoteContact,
  { accounts, pictures }: KnownDetails,
): boolean {
  const { name, description, handles, links, avatar, restoredAccounts, exact, without } = desired;
  const held = contact.handles.map(handleKey);
  const removable = contact.handles.filter(({ source }) => WRITABLE.has(source)).map(handleKey);
  const isExact = (collection: DesiredContact["exact"][number]) => exact.includes(collection);
  const textDiffers = (text: string | undefined, present = "") =>
    text !== undefined && normalText(text) !== normalText(present);
  return (
    without !== undefined ||
    restoredAccounts !== undefined ||
    (base !== undefined && hasRemovals({ desired, lists, customFields }, base)) ||
    textDiffers(name, contact.name) ||
    textDiffers(description, contact.description) ||
    isMissing(handles.map(handleKey), held) ||
    (isExact("handles") && isMissing(removable, handles.map(handleKey))) ||
    collectionDiffers(links?.map(normalText), contact.links.map(normalText), isExact("links")) ||
    collectionDiffers(
      lists?.map(({ id }) => id),
      contact.lists.map(({ id }) => id),
      isExact("lists"),
    ) ||
    fieldsDiffer(customFields, contact, isExact("custom_fields")) ||
    (avatar !== undefined && pictures.get(pictureKey({ contact, avatar })) === false) ||
    (avatar !== undefined && contact.avatarUrl === undefined) ||
    accountDiffers(entry, contact, accounts)
  );
}

/** Returns whether a value that an entry had at the base was removed from the files. */
function hasRemovals(now: ResolvedContact, base: ResolvedContact): boolean {
  const values = ({ desired, lists = [], customFields = [] }: ResolvedContact) => [
    ...desired.handles.map((handle) => `handle ${handleKey(handle)}`),
    ...(desired.links ?? []).map((link) => `link ${normalText(link)}`),
    ...lists.map(({ id }) => `list ${id}`),
    ...customFields.map(({ name }) => `field ${name}`),
  ];
  return isMissing(values(base), values(now));
}

function isMissing<T>(values: readonly T[], present: readonly T[]): boolean {
  const found = new Set(present);
  return values.some((value) => !found.has(value));
}

function collectionDiffers<T>(values: readonly T[] | undefined, present: readonly T[], exact: boolean): boolean {
  return values !== undefined && (isMissing(values, present) || (exact && isMissing(present, values)));
}

function fieldsDiffer(
  fields: ResolvedContact["customFields"],
  { customFields: present }: RemoteContact,
  exact: boolean,
): boolean {
  if (fields === undefined) return false;
  if (fields.some(({ name, type, value }) => !sameField(type, value, present.get(name)))) return true;
  const names = new Set(fields.map(({ name }) => name));
  return exact && [...present].some(([name, value]) => !names.has(name) && !isEmptyField(value));
}

function accountDiffers({ account }: DesiredContact, { id }: RemoteContact, accounts: readonly AccountState[]) {
  if (account === undefined) return false;
  const name = accountName(account);
  const target = accounts.find((each) => each.name === name);
  return accounts.some((each) => each.members.has(id) !== (each.id === target?.id));
}
