import { contactDiffers } from "../comparing/compare.ts";
import type { ResolvedContact } from "../config/resolve-references.ts";
import type { AccountIndex } from "../model/account-index.ts";
import { contactAddress } from "../model/address.ts";
import { type DesiredContact, handleKey, type Picture, type RemoteContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { normalText } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { findEarlierContacts } from "./base-entries.ts";
import type { RemoteContactIndex } from "./contact-index.ts";
import { warnComparedExactly, warnSimilarPhones, withRemoteSpelling } from "./handle-spelling.ts";
import {
  handlesBySource,
  type Match,
  type MatchPolicy,
  matchContacts,
  matchedContacts,
  movesOf,
} from "./match-contacts.ts";
import { matchDiagnostics, warnPrivateContacts } from "./match-diagnostics.ts";

export interface MatchedEntry {
  readonly entry: DesiredContact;
  readonly match: Match;
  /** The entry with resolved references, and with handles in Front's spelling. */
  readonly resolved: ResolvedContact;
  /** The earlier version of the entry at the base. Omitted for a new entry and for a plan without a base. */
  readonly base?: ResolvedContact;
}

export interface Matches {
  /** Entries in file order. */
  readonly entries: readonly MatchedEntry[];
  readonly diagnostics: readonly Diagnostic[];
  /**
   * Returns warnings about private contacts and about spellings in Front, for the entries whose addresses `isReported`
   * accepts.
   */
  warningsOf(isReported: (address: string) => boolean): readonly Diagnostic[];
}

/** Matches entries to the remote contacts found so far. */
export function matchEntries(
  entries: readonly ResolvedContact[],
  remote: RemoteContactIndex,
  policy: MatchPolicy,
  base: readonly ResolvedContact[],
): Matches {
  const desired = entries.map((entry) => entry.desired);
  const atBase = base.map((entry) => entry.desired);
  const earlierVersions = findEarlierContacts(atBase, desired, remote);
  const matches = matchContacts(desired, remote, policy, earlierVersions);
  const movingHandles = handlesBySource([...matches.values()].flatMap(movesOf));
  const resolvedBase = new Map(base.map((resolved) => [resolved.desired, resolved]));
  return {
    entries: entries.flatMap((resolved) => {
      const entry = resolved.desired;
      const match = matches.get(entry);
      if (match === undefined) return [];
      const contacts = matchedContacts(match);
      const earlier = earlierVersions.get(entry);
      const earlierResolved = earlier && resolvedBase.get(earlier);
      const baseEntry = earlierResolved && withRemoteSpelling(contacts, earlierResolved);
      return [omitUndefined({ entry, match, resolved: withRemoteSpelling(contacts, resolved), base: baseEntry })];
    }),
    diagnostics: desired.flatMap((entry) =>
      matchDiagnostics(entry, matches.get(entry), {
        ...policy,
        movingHandles,
        earlier: earlierVersions.get(entry),
      }),
    ),
    warningsOf(isReported) {
      const reported = desired.filter(({ key }) => isReported(contactAddress(key)));
      return [
        ...reported.flatMap((entry) => warnPrivateContacts(entry, remote)),
        ...reported.flatMap((entry) => warnSimilarPhones(entry, matchedContacts(matches.get(entry)))),
        ...reported.flatMap((entry) => warnComparedExactly(entry, matchedContacts(matches.get(entry)))),
      ];
    },
  };
}

export interface KnownDetails {
  readonly accounts: AccountIndex;
  /** IDs of contacts that were read in this run, rather than taken from the cache. */
  readonly confirmed: ReadonlySet<string>;
  /** By `pictureKey`, for each compared pair; true if the picture in Front matches the file. */
  readonly pictures: ReadonlyMap<string, boolean>;
  /** IDs of contacts whose conversations were read. */
  readonly conversationsRead: ReadonlySet<string>;
  /** IDs of the accounts that were read because a contact to delete is in them. */
  readonly accountsRead: ReadonlySet<string>;
}

/** The data that must be read before the changes of the matched contacts can be planned. */
export interface RequiredReads {
  /** IDs of cached contacts that the plan may change. */
  readonly contacts: readonly string[];
  readonly pictures: readonly ComparedPicture[];
  readonly basePictures: readonly ComparedPicture[];
  /** IDs of the contacts to delete. */
  readonly conversations: readonly string[];
  /** IDs of the accounts of contacts that an undo may delete. */
  readonly accounts: readonly string[];
}

const NOTHING_REQUIRED: RequiredReads = {
  contacts: [],
  pictures: [],
  basePictures: [],
  conversations: [],
  accounts: [],
};

/** A contact, and the file with which its avatar is compared. */
export interface ComparedPicture {
  readonly contact: RemoteContact;
  readonly avatar: Picture;
}

/** Returns a key that includes the URL, because Front assigns a new URL to each uploaded picture. */
export function pictureKey({ contact, avatar }: ComparedPicture): string {
  return `${contact.id} ${contact.avatarUrl} ${avatar.sha256}`;
}

/**
 * Returns the data that must be read before the plan. If contacts must be read, returns only these, because the other
 * data depends on them.
 */
export function findRequiredReads({ entries }: Matches, known: KnownDetails): RequiredReads {
  const changed = entries.flatMap((entry) => contactsThatMayChange(entry, known));
  const contacts = new Set(changed.map(({ id }) => id).filter((id) => !known.confirmed.has(id)));
  if (contacts.size > 0) return { ...NOTHING_REQUIRED, contacts: [...contacts] };
  const isUnknown = (picture: ComparedPicture) => !known.pictures.has(pictureKey(picture));
  const deleted = entries.flatMap(({ match }) => (match.kind === "deletion" ? [match.contact.id] : []));
  return {
    contacts: [],
    pictures: entries.flatMap(picturesOf).filter(isUnknown),
    basePictures: entries.flatMap(basePicturesOf).filter(isUnknown),
    conversations: deleted.filter((id) => !known.conversationsRead.has(id)),
    accounts: [...new Set(entries.flatMap(accountOfDeleted))].filter((id) => !known.accountsRead.has(id)),
  };
}

/** Returns the ID of the account of a contact that an undo may delete. Empty if Front does not return the account. */
function accountOfDeleted({ entry: { restoredAccounts }, match }: MatchedEntry): string[] {
  const account = match.kind === "deletion" && restoredAccounts !== undefined ? match.contact.account : undefined;
  return account ? [account.id] : [];
}

/** Returns the comparisons with the avatar at the base, which show whether the avatar changed in Front. */
export function basePicturesOf({ entry, match, base }: MatchedEntry): ComparedPicture[] {
  const avatar = base?.desired.avatar;
  if (avatar === undefined || entry.avatar === undefined || avatar.sha256 === entry.avatar.sha256) return [];
  return picturesOf({ entry: { ...entry, avatar }, match });
}

/**
 * Returns the avatars to compare with the file of an entry. Only an undo compares the avatar of a contact to delete.
 */
export function picturesOf({ entry: { avatar }, match }: Pick<MatchedEntry, "entry" | "match">): ComparedPicture[] {
  if (avatar === undefined) return [];
  const contacts = match.kind === "deletion" ? [match.contact] : matchedContacts(match);
  return contacts.filter(({ avatarUrl }) => avatarUrl !== undefined).map((contact) => ({ contact, avatar }));
}

/** Returns the contacts that a plan may change because of an entry. May omit contacts that were read in this run. */
function contactsThatMayChange(matched: MatchedEntry, known: KnownDetails): readonly RemoteContact[] {
  const { match } = matched;
  const sources = movesOf(match).map(({ sourceContact }) => sourceContact);
  switch (match.kind) {
    case "no-match":
      return sources;
    case "match": {
      const { contact } = match;
      return !known.confirmed.has(contact.id) && mayDiffer(matched, contact, known) ? [contact, ...sources] : sources;
    }
    case "merge":
      return [...matchedContacts(match), ...sources];
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

/**
 * Returns whether the entry may differ from its contact. An avatar that was not compared yet counts as equal, because
 * contacts are read before pictures.
 */
function mayDiffer(
  { entry, resolved, base }: MatchedEntry,
  contact: RemoteContact,
  { accounts, pictures }: KnownDetails,
): boolean {
  const { avatar, restoredAccounts, without } = resolved.desired;
  const hasDeclaredAvatar = avatar === undefined || pictures.get(pictureKey({ contact, avatar })) !== false;
  return (
    without !== undefined ||
    restoredAccounts !== undefined ||
    (base !== undefined && hasRemovals(resolved, base)) ||
    contactDiffers(resolved, contact, { hasDeclaredAvatar, movingHandles: new Set() }) ||
    accountDiffers(entry, contact, accounts)
  );
}

/** Returns whether the entry lacks a value that it had at the base. */
function hasRemovals(resolved: ResolvedContact, base: ResolvedContact): boolean {
  const values = ({ desired, lists = [], customFields = [] }: ResolvedContact) => [
    ...desired.handles.map((handle) => `handle ${handleKey(handle)}`),
    ...(desired.links ?? []).map((link) => `link ${normalText(link)}`),
    ...lists.map(({ id }) => `list ${id}`),
    ...customFields.map(({ name }) => `field ${name}`),
  ];
  const remaining = new Set(values(resolved));
  return values(base).some((value) => !remaining.has(value));
}

function accountDiffers({ account }: DesiredContact, { id }: RemoteContact, accounts: AccountIndex): boolean {
  if (account === undefined) return false;
  const target = accounts.find(account);
  const linkedAccounts = accounts.byMember.get(id) ?? [];
  return target?.members.has(id) !== true || linkedAccounts.some((state) => state.id !== target.id);
}
