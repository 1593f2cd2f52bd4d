import type { ResolvedField } from "../config/resolve-fields.ts";
import type { ResolvedContact } from "../config/resolve-references.ts";
import type { MatchedEntry } from "../matching/match-entries.ts";
import type { AttributeValue, Difference, Origin } from "../model/change.ts";
import { accountName } from "../model/company.ts";
import { HANDLE_SOURCES, type RemoteContact } from "../model/contact.ts";
import { isEmptyField, normalText, sameField, writtenField } from "../model/field-values.ts";
import { type HandleKey, handleKey } from "../model/handle.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { RemoteState } from "../reading/remote-state.ts";
import { compareContact, remoteLabel } from "./compare.ts";

/** Data from Front that the contact itself does not contain. */
export interface OriginContext extends Pick<RemoteState, "accounts" | "samePictures" | "baseSamePictures"> {
  /** The handles that move from a contact to other entries, by its id. */
  readonly leaving: ReadonlyMap<string, ReadonlySet<HandleKey>>;
  readonly unreadAvatars?: Readonly<Record<string, string>> | undefined;
}

/** Identifies the value that a difference is about, within a contact. */
export function pathOf({ attribute, key }: Pick<Difference, "attribute" | "key">): string {
  return JSON.stringify([attribute, key]);
}

export function withOrigin(found: Difference, origin: Origin, base?: AttributeValue): Difference {
  return omitUndefined({ ...found, origin, base }) as Difference;
}

/**
 * Returns the differences between an entry and its contact, each with its origin since the base. They include the
 * handles, links, lists and custom fields that were removed from the entry since the base and that Front still has.
 */
export function attributeToBase(
  { entry, resolved }: MatchedEntry,
  base: ResolvedContact,
  contact: RemoteContact,
  context: OriginContext,
): Difference[] {
  const leaving = context.leaving.get(contact.id) ?? new Set<HandleKey>();
  const samePicture = context.samePictures.has(contact.id);
  const { differences } = compareContact(resolved, contact, { samePicture, leaving });
  const compared = differences.map((found) => {
    if (found.attribute === "handles" && leaving.has(found.key as HandleKey)) return withOrigin(found, "files");
    const hasBasePicture = context.baseSamePictures?.has(contact.id);
    const isAvatarUnread = Object.hasOwn(context.unreadAvatars ?? {}, base.desired.key);
    return attribute(found, { resolved, base, contact, hasBasePicture, isAvatarUnread });
  });
  return [
    ...compared,
    ...removedHandles(resolved, base, contact),
    ...removedLinks(resolved, base, contact),
    ...removedLists(resolved, base, contact),
    ...removedFields(resolved, base, contact),
    ...accountDifference(entry, base, contact, context),
  ];
}

/** Returns the changes in Front since the base of a contact that the files delete, each with the value at the base. */
export function differencesFromBase(
  base: ResolvedContact,
  contact: RemoteContact,
  { leaving }: OriginContext,
): Difference[] {
  const compared = compareContact(base, contact, {
    samePicture: true,
    leaving: leaving.get(contact.id) ?? new Set<HandleKey>(),
  });
  return compared.differences
    .filter(({ attribute: name }) => name !== "avatar")
    .map(({ after, ...found }) => withOrigin(found as Difference, "both", after));
}

interface Sides {
  readonly resolved: ResolvedContact;
  readonly base: ResolvedContact;
  readonly contact: RemoteContact;
  readonly hasBasePicture: boolean | undefined;
  readonly isAvatarUnread: boolean;
}

/** Represents a value that cannot be read. */
const UNKNOWN = "unknown";

function attribute(found: Difference, sides: Sides): Difference {
  const { base, contact, hasBasePicture } = sides;
  switch (found.attribute) {
    case "name":
    case "description": {
      const value = base.desired[found.attribute];
      const is = (other: string | undefined) => normalText(other ?? "") === normalText(value ?? "");
      return withValueOrigin(found, value, { inFiles: is(found.after), inFront: is(contact[found.attribute]) });
    }
    case "avatar": {
      if (sides.isAvatarUnread && found.before !== undefined) return withOrigin(found, "both", UNKNOWN);
      const value = base.desired.avatar && `sha256:${base.desired.avatar.sha256}`;
      return withValueOrigin(found, value, { inFiles: found.after === value, inFront: hasBasePicture === true });
    }
    case "custom_fields":
      return attributeField(found, sides, sides.contact);
    case "handles":
      return withMembershipOrigin(found, base.desired.handles.map(handleKey), base.desired.exact);
    case "links":
      return withMembershipOrigin(found, base.desired.links?.map(normalText), base.desired.exact);
    case "lists":
      return withMembershipOrigin(
        found,
        base.lists?.map(({ label }) => label),
        base.desired.exact,
      );
    default:
      return found;
  }
}

/** Returns the difference with its origin: the side that no longer has the value of the base, or both. */
export function withValueOrigin(
  found: Difference,
  value: AttributeValue | undefined,
  { inFiles, inFront }: { readonly inFiles: boolean; readonly inFront: boolean },
): Difference {
  if (value === undefined || inFront) return withOrigin(found, "files");
  return withOrigin(found, inFiles ? "front" : "both", value);
}

/** The part of a contact's or an account's entry that says which custom fields it manages. */
interface FieldEntry {
  readonly desired: { readonly exact: readonly string[] };
  readonly customFields: readonly ResolvedField[] | undefined;
}

/** Returns the difference in a custom field of a contact or an account, with its origin. */
export function attributeField(
  found: Extract<Difference, { attribute: "custom_fields" }>,
  { resolved, base }: { readonly resolved: FieldEntry; readonly base: FieldEntry },
  remote: Pick<RemoteContact, "customFields">,
): Difference {
  const ofName = ({ name }: ResolvedField) => name === found.key;
  const isExact = base.desired.exact.includes("custom_fields");
  const before =
    base.customFields?.find(ofName) ?? (isExact ? { name: found.key, type: "unknown", value: undefined } : undefined);
  if (before === undefined) return withOrigin(found, "files");
  const is = (value: ResolvedField["value"]) => sameField(before.type, before.value, value);
  return withValueOrigin(found, writtenField(before.type, before.value), {
    inFiles: is(resolved.customFields?.find(ofName)?.value),
    inFront: is(remote.customFields.get(found.key)),
  });
}

/**
 * Returns the difference with its origin: Front if it removed a value of the base or added one to an exact collection,
 * and otherwise the files.
 */
export function withMembershipOrigin(
  found: Extract<Difference, { key: string }>,
  keys: readonly string[] | undefined,
  exact: readonly string[],
): Difference {
  const wasPresent = keys?.includes(found.key) ?? false;
  if (found.after !== undefined) {
    return wasPresent ? withOrigin(found, "front", found.after) : withOrigin(found, "files");
  }
  const wasExact = exact.some((collection) => collection === found.attribute);
  return withOrigin(found, !wasPresent && wasExact ? "front" : "files");
}

const WRITABLE: ReadonlySet<string> = new Set(HANDLE_SOURCES);

/**
 * Returns the handles to remove because they were removed from the files. Handles that the API could not add again
 * stay, and a contact keeps at least one handle.
 */
function removedHandles({ desired }: ResolvedContact, base: ResolvedContact, contact: RemoteContact): Difference[] {
  if (desired.exact.includes("handles")) return [];
  const gone = missingKeys(base.desired.handles.map(handleKey), desired.handles.map(handleKey));
  const removed = contact.handles.filter((handle) => gone.has(handleKey(handle)) && WRITABLE.has(handle.source));
  const present = new Set(contact.handles.map(handleKey));
  const keepsOne = desired.handles.some((handle) => present.has(handleKey(handle)));
  if (!keepsOne && removed.length === contact.handles.length) return [];
  return removed.map(({ source, handle }) =>
    withOrigin({ attribute: "handles", key: handleKey({ source, handle }), before: { source, handle } }, "files"),
  );
}

function removedLinks({ desired }: ResolvedContact, base: ResolvedContact, contact: RemoteContact): Difference[] {
  if (desired.exact.includes("links")) return [];
  const gone = missingKeys((base.desired.links ?? []).map(normalText), (desired.links ?? []).map(normalText));
  return contact.links
    .filter((link) => gone.has(normalText(link)))
    .map((link) => withOrigin({ attribute: "links", key: normalText(link), before: link }, "files"));
}

function removedLists({ desired, lists = [] }: ResolvedContact, base: ResolvedContact, contact: RemoteContact) {
  if (desired.exact.includes("lists")) return [];
  const ids = (some: typeof lists) => some.flatMap(({ id }) => id ?? []);
  const gone = missingKeys(ids(base.lists ?? []), ids(lists));
  return contact.lists
    .filter(({ id }) => gone.has(id))
    .map((list) => remoteLabel(list, lists, contact))
    .map((label) => withOrigin({ attribute: "lists", key: label, before: label }, "files"));
}

export function missingKeys<T>(before: readonly T[], now: readonly T[]): ReadonlySet<T> {
  const present = new Set(now);
  return new Set(before.filter((key) => !present.has(key)));
}

/**
 * Returns the fields that were removed from the files and have a value in Front. A value that differs from the base is
 * a conflict.
 */
export function removedFields(
  { desired, customFields = [] }: FieldEntry,
  base: FieldEntry,
  remote: Pick<RemoteContact, "customFields">,
): Difference[] {
  if (desired.exact.includes("custom_fields")) return [];
  const names = new Set(customFields.map(({ name }) => name));
  return (base.customFields ?? []).flatMap(({ name, type, value }) => {
    const now = remote.customFields.get(name);
    if (names.has(name) || isEmptyField(value) || isEmptyField(now)) return [];
    const found: Difference = { attribute: "custom_fields", key: name, before: writtenField(type, now) };
    if (sameField(type, value, now)) return [withOrigin(found, "files")];
    return [withOrigin(found, "both", writtenField(type, value))];
  });
}

function accountDifference(
  { account }: MatchedEntry["entry"],
  { desired }: ResolvedContact,
  { id: contactId, account: shown }: RemoteContact,
  { accounts }: OriginContext,
): Difference[] {
  const stateOf = (named: typeof account) => named && accounts.find(({ name }) => name === accountName(named));
  const wanted = stateOf(account)?.id;
  if (wanted === undefined) return [];
  const members = accounts.flatMap(({ id, members: ids }) => (id !== undefined && ids.has(contactId) ? [id] : []));
  const own = [...new Set([...members, ...(shown ? [shown.id] : [])])].sort();
  if (own.includes(wanted) && own.length === 1) return [];
  const value = stateOf(desired.account)?.id;
  const found: Difference = omitUndefined({
    attribute: "account" as const,
    before: own.join(", ") || undefined,
    after: wanted,
  });
  return [
    withValueOrigin(found, value, {
      inFiles: value === wanted,
      inFront: value !== undefined && own.includes(value) && own.length === 1,
    }),
  ];
}
