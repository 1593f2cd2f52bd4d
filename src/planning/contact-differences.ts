import { avatarValue, compareContact, remoteLabel } from "../comparing/compare.ts";
import type { ResolvedContact } from "../config/resolve-references.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import { joinAccounts } from "../model/account.ts";
import type { Difference } from "../model/change.ts";
import type { AccountState } from "../model/company.ts";
import { isWritable, type List, type RemoteContact } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { type HandleKey, handleKey } from "../model/handle.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { RemoteState } from "../reading/remote-state.ts";
import { accountIdsOf } from "./account-links.ts";
import {
  asConflict,
  missingKeys,
  removedFields,
  withFieldOrigin,
  withMembershipOrigin,
  withOrigin,
  withTextOrigin,
  withValueOrigin,
} from "./base-origins.ts";

export interface OriginContext
  extends Pick<
    RemoteState,
    "accountMembers" | "contactsWithDeclaredAvatar" | "contactsWithBaseAvatar" | "referencedAccounts"
  > {
  /** The handles that move away from each contact, by the ID of the contact. */
  readonly movingHandles: ReadonlyMap<string, ReadonlySet<HandleKey>>;
  /**
   * The handles that other entries declare but that stay on a contact, by the ID of the contact: they moved to this
   * contact in Front, or the contact of the other entry was deleted in Front.
   */
  readonly stayingHandles: ReadonlyMap<string, ReadonlySet<HandleKey>>;
  /** The reasons why avatars at the base cannot be read, by the key of the base entry. */
  readonly unreadAvatars?: Readonly<Record<string, string>> | undefined;
  /** The names of the lists with exact members at the base. */
  readonly exactListsAtBase: ReadonlySet<string>;
  /** True to overwrite changes that were made in Front since the base. */
  readonly overwrite: boolean;
}

/**
 * Returns the differences between an entry and its contact, with their origins. Includes the handles, links, lists and
 * custom fields that were removed from the entry since the base and still exist in Front, unless the entry probably
 * matched another contact at the base.
 */
export function differencesSinceBase(
  { entry, resolved }: MatchedEntry,
  base: ResolvedContact,
  contact: RemoteContact,
  context: OriginContext,
): Difference[] {
  const movingHandles = context.movingHandles.get(contact.id) ?? new Set<HandleKey>();
  const hasDeclaredAvatar = context.contactsWithDeclaredAvatar.has(contact.id);
  const hasBaseAvatar = context.contactsWithBaseAvatar.has(contact.id);
  const isAvatarUnread = Object.hasOwn(context.unreadAvatars ?? {}, base.desired.key);
  const { exactListsAtBase } = context;
  const sides: Sides = { resolved, base, contact, hasBaseAvatar, isAvatarUnread, exactListsAtBase };
  const stayingHandles = context.stayingHandles.get(contact.id) ?? new Set<HandleKey>();
  const isRemovalOfStaying = ({ attribute, key, after }: Difference) =>
    attribute === "handles" && after === undefined && stayingHandles.has(key as HandleKey);
  const { differences } = compareContact(resolved, contact, { hasDeclaredAvatar, movingHandles });
  const allDifferences = [
    ...differences.map((difference) =>
      difference.attribute === "handles" && movingHandles.has(difference.key as HandleKey)
        ? withOrigin(difference, "files")
        : isRemovalOfStaying(difference)
          ? withOrigin(difference, "front")
          : withOriginSinceBase(difference, sides),
    ),
    ...(isOtherContact(base, contact)
      ? []
      : [
          ...removedHandles(resolved, base, contact, context).filter((difference) => !isRemovalOfStaying(difference)),
          ...removedLinks(resolved, base, contact),
          ...removedLists(resolved, base, contact),
          ...removedFields(resolved, base, contact),
        ]),
    ...accountDifference(entry, base, contact, context),
  ];
  return losesAllHandles(allDifferences, contact) ? allDifferences.map(keepHandle) : allDifferences;
}

/**
 * Returns whether a contact has none of the handles that its entry had at the base. It is then probably not the contact
 * that the entry matched at the base.
 */
export function isOtherContact({ desired: base }: ResolvedContact, contact: RemoteContact): boolean {
  if (base.id === contact.id) return false;
  const baseKeys = new Set(base.handles.map(handleKey));
  return contact.handles.every((handle) => !baseKeys.has(handleKey(handle)));
}

/**
 * Returns whether the changes in the configuration remove all handles of a contact. Handles that were removed in Front do
 * not count as added, because a plan adds them again only with `overwrite`.
 */
function losesAllHandles(differences: readonly Difference[], { handles }: RemoteContact): boolean {
  const planned = differences.filter(({ attribute, origin }) => attribute === "handles" && origin === "files");
  // A handle that the entry no longer declares and that moves to another entry has two differences.
  const keys = new Set(planned.map(({ key }) => key));
  return keys.size === handles.length && planned.every(({ after }) => after === undefined);
}

function keepHandle(difference: Difference): Difference {
  return difference.attribute === "handles" ? withOrigin(difference, "front") : difference;
}

/**
 * Returns the changes in Front since the base, except to the avatar. Each is a conflict, because the configuration
 * deletes the contact.
 */
export function conflictsWithBase(base: ResolvedContact, contact: RemoteContact, context: OriginContext): Difference[] {
  const { differences } = compareContact(base, contact, {
    hasDeclaredAvatar: true,
    movingHandles: context.movingHandles.get(contact.id) ?? new Set<HandleKey>(),
  });
  const values = differences.filter(({ attribute }) => attribute !== "avatar");
  return [...values, ...accountDifference(base.desired, base, contact, context)].map(asConflict);
}

interface Sides extends Pick<OriginContext, "exactListsAtBase"> {
  readonly resolved: ResolvedContact;
  readonly base: ResolvedContact;
  readonly contact: RemoteContact;
  readonly hasBaseAvatar: boolean;
  readonly isAvatarUnread: boolean;
}

/** Represents a value that cannot be read. */
const UNKNOWN = "unknown";

function withOriginSinceBase(difference: Difference, sides: Sides): Difference {
  const { base, contact } = sides;
  const { desired } = base;
  switch (difference.attribute) {
    case "name":
    case "description":
      return withTextOrigin(difference, desired[difference.attribute], contact[difference.attribute]);
    case "avatar": {
      if (sides.isAvatarUnread && difference.before !== undefined) return withOrigin(difference, "both", UNKNOWN);
      const value = desired.avatar && avatarValue(desired.avatar.sha256);
      return withValueOrigin(difference, value, {
        isBaseInFiles: difference.after === value,
        isBaseInFront: sides.hasBaseAvatar,
      });
    }
    case "custom_fields":
      return withFieldOrigin(difference, sides, contact);
    case "handles":
      return withMembershipOrigin(difference, desired.handles.map(handleKey), desired.exact);
    case "links":
      return withMembershipOrigin(difference, desired.links?.map(normalText), desired.exact);
    case "lists":
      return withListOrigin(difference, sides);
    default:
      return difference;
  }
}

function withListOrigin(
  difference: Extract<Difference, { attribute: "lists" }>,
  { resolved, base, contact, exactListsAtBase }: Sides,
): Difference {
  const labelOf = (list: List) => remoteLabel(list, resolved.lists ?? [], contact);
  const labels = base.lists?.map(({ id, name, label }) => (id === undefined ? label : labelOf({ id, name })));
  const removed = contact.lists.find((list) => labelOf(list) === difference.key);
  const wasExact = removed !== undefined && exactListsAtBase.has(removed.name);
  return withMembershipOrigin(difference, labels, wasExact ? ["lists"] : base.desired.exact);
}

/**
 * Returns the removal of each handle that was removed from the entry since the base, except handles that the API could
 * not add again. Returns an empty array if the contact would lose all its handles.
 */
function removedHandles(
  { desired }: ResolvedContact,
  { desired: { handles: baseHandles } }: ResolvedContact,
  contact: RemoteContact,
  { overwrite }: Pick<OriginContext, "overwrite">,
): Difference[] {
  if (desired.exact.includes("handles")) return [];
  const declaredKeys = desired.handles.map(handleKey);
  const baseKeys = baseHandles.map(handleKey);
  const missingHandles = missingKeys(baseKeys, declaredKeys);
  const handlesToRemove = contact.handles.filter(
    (handle) => missingHandles.has(handleKey(handle)) && isWritable(handle),
  );
  const remoteKeys = new Set(contact.handles.map(handleKey));
  // Without `overwrite`, a handle that was removed in Front is not added again.
  const keepsOne = declaredKeys.some((key) => remoteKeys.has(key) || overwrite || !baseKeys.includes(key));
  if (!keepsOne && handlesToRemove.length === contact.handles.length) return [];
  return handlesToRemove.map(({ source, handle }) =>
    withOrigin({ attribute: "handles", key: handleKey({ source, handle }), before: { source, handle } }, "files"),
  );
}

function removedLinks({ desired }: ResolvedContact, base: ResolvedContact, contact: RemoteContact): Difference[] {
  if (desired.exact.includes("links")) return [];
  const missingLinks = missingKeys((base.desired.links ?? []).map(normalText), (desired.links ?? []).map(normalText));
  return contact.links
    .filter((link) => missingLinks.has(normalText(link)))
    .map((link) => withOrigin({ attribute: "links", key: normalText(link), before: link }, "files"));
}

function removedLists({ desired, lists = [] }: ResolvedContact, base: ResolvedContact, contact: RemoteContact) {
  if (desired.exact.includes("lists")) return [];
  const idsOf = (resolved: typeof lists) => resolved.flatMap(({ id }) => id ?? []);
  const missingIds = missingKeys(idsOf(base.lists ?? []), idsOf(lists));
  return contact.lists
    .filter(({ id }) => missingIds.has(id))
    .map((list) => remoteLabel(list, lists, contact))
    .map((label) => withOrigin({ attribute: "lists", key: label, before: label }, "files"));
}

function accountDifference(
  { account }: MatchedEntry["entry"],
  { desired: base }: ResolvedContact,
  contact: RemoteContact,
  context: OriginContext,
): Difference[] {
  const { referencedAccounts: accounts } = context;
  const state = account && accounts.find(account);
  const declaredAccount = idOrAddressOf(state);
  if (declaredAccount === undefined) return [];
  const remoteIds = [...(accountIdsOf(contact, context) ?? [])].sort();
  const isOnly = (id: string) => remoteIds.includes(id) && remoteIds.length === 1;
  const baseState = base.account && accounts.find(base.account);
  const baseAccount = idOrAddressOf(baseState) ?? baseState?.identifier;
  const isBaseInFiles = baseAccount === declaredAccount;
  if (isOnly(declaredAccount) || (isBaseInFiles && state?.id === undefined)) return [];
  // If the account at the base was deleted, its former contacts have no account.
  const isBaseInFront = baseState?.id === undefined ? remoteIds.length === 0 : isOnly(baseState.id);
  const before = joinAccounts(remoteIds) ?? undefined;
  const difference = omitUndefined({ attribute: "account" as const, before, after: declaredAccount });
  return [withValueOrigin(difference, baseAccount, { isBaseInFiles, isBaseInFront })];
}

/** Returns the ID of an account, or the address of an account that the plan creates. */
function idOrAddressOf(state: AccountState | undefined): string | undefined {
  return state?.unreadable ? undefined : (state?.id ?? state?.address);
}
