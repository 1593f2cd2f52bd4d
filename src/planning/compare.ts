import { formatDatetime } from "../config/field-values.ts";
import {
  type Collection,
  type CustomFields,
  type DesiredContact,
  type FieldValue,
  HANDLE_SOURCES,
  type Handle,
  type HandleKey,
  handleKey,
  isOpaque,
  type List,
  type RemoteContact,
} from "../model/contact.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type Difference, diffKeyed, type Json, type Keyed } from "./keyed-diff.ts";
import type { WantedContact, WantedField, WantedList } from "./resolve-references.ts";

/** The managed part of a contact in the words of the files, as people and JSON see it. */
export interface Attributes {
  readonly name?: string | null;
  readonly description?: string;
  readonly handles?: readonly Handle[];
  readonly links?: readonly string[];
  readonly lists?: readonly string[];
  readonly custom_fields?: Readonly<Record<string, Json>>;
  /** `sha256:` and the file's hash; on Front's side that too when it shows this picture, else its address. */
  readonly avatar?: string | null;
  /** An account's id; null for none. */
  readonly account?: string | null;
}

/** What Front has and the files do not mention. It stays. */
export interface Kept {
  readonly handles: number;
  readonly links: number;
  readonly lists: number;
  readonly customFields: number;
}

export interface Comparison {
  readonly before: Attributes | null;
  /** Null when the contact goes. */
  readonly after: Attributes | null;
  readonly differences: readonly Difference[];
  readonly kept: Kept;
}

export const NOTHING_KEPT: Kept = { handles: 0, links: 0, lists: 0, customFields: 0 };

/** What a contact that Front lacks will be. */
export function describeNew({ desired, lists, customFields }: WantedContact): Comparison {
  const { name, description, handles, links, avatar } = desired;
  const fields = customFields?.filter(({ value }) => value !== undefined);
  const after: Attributes = omitUndefined({
    name,
    description: description || undefined,
    handles: handles.map(plainHandle),
    links: unlessEmpty(links),
    lists: unlessEmpty(lists)?.map(({ label }) => label),
    custom_fields: unlessEmpty(fields) && attributesOf(fields ?? []),
    avatar: avatar && pictureMark(avatar.sha256),
  });
  return { before: null, after, differences: differencesBetween({}, after), kept: NOTHING_KEPT };
}

function unlessEmpty<T>(values: readonly T[] | undefined): readonly T[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values;
}

/** What comparing needs to know beside the two sides. */
export interface ComparedWith {
  /** Whether Front shows the picture that the files want. */
  readonly samePicture: boolean;
  /** Handles that another entry takes away from this contact. */
  readonly leaving: ReadonlySet<HandleKey>;
}

/**
 * Lays the managed fields over what Front has. What the files leave out is in neither side, so it cannot come out as a
 * difference. Collections keep what Front has and gain what the files add; exact ones lose the rest.
 */
export function compareContact(
  wanted: WantedContact,
  remote: RemoteContact,
  { samePicture, leaving }: ComparedWith,
): Comparison {
  const before = managedPart(wanted, remote, samePicture);
  const after = overlaid(wanted, remote, leaving);
  return { before, after, differences: differencesBetween(before, after), kept: keptOf(wanted, remote, after) };
}

/** What becomes of a merge's target: before it, and after Front has folded the others in and we have tidied up. */
export function compareMerged(
  wanted: WantedContact,
  { target, folded }: { readonly target: RemoteContact; readonly folded: RemoteContact },
  context: ComparedWith,
): Comparison {
  const before = managedPart(wanted, target, context.samePicture);
  const after = overlaid(wanted, folded, context.leaving);
  return { before, after, differences: differencesBetween(before, after), kept: keptOf(wanted, folded, after) };
}

/** What becomes of a contact that no file declares, and that has to let go of handles. */
export function compareSourceContact(remote: RemoteContact, leaving: ReadonlySet<HandleKey>): Comparison {
  const before: Attributes = omitUndefined({ name: remote.name, handles: remote.handles });
  const stays = remote.handles.filter((handle) => !leaving.has(handleKey(handle)));
  const after: Attributes = { ...before, handles: stays };
  return { before, after, differences: differencesBetween(before, after), kept: NOTHING_KEPT };
}

/** What goes with a contact that is deleted. */
export function describeDeleted(remote: RemoteContact): Comparison {
  const before: Attributes = omitUndefined({
    name: remote.name,
    description: remote.description || undefined,
    handles: remote.handles,
    links: unlessEmpty(remote.links),
    lists: unlessEmpty(remote.lists)?.map(({ name }) => name),
    custom_fields: Object.fromEntries([...remote.customFields].filter(([, value]) => !isEmpty(value))) as Record<
      string,
      Json
    >,
    avatar: remote.avatarUrl,
  });
  return { before, after: null, differences: differencesBetween(before, {}), kept: NOTHING_KEPT };
}

function managedPart(
  { desired, lists, customFields }: WantedContact,
  remote: RemoteContact,
  same: boolean,
): Attributes {
  const { name, description, links, avatar, exact } = desired;
  const fields = customFields && [
    ...customFields,
    ...(exact.includes("custom_fields") ? unwanted(customFields, remote) : []),
  ];
  return omitUndefined({
    name: name === undefined ? undefined : (remote.name ?? null),
    description: description === undefined ? undefined : remote.description,
    handles: remote.handles,
    links: links && remote.links,
    lists: lists && remote.lists.map((list) => remoteLabel(list, lists)),
    custom_fields: fields && currentFields(fields, remote.customFields),
    avatar: avatar && shownPicture(avatar.sha256, remote, same),
  });
}

/** Fields that the contact has and that its entry, which means to be exact, does not mention. */
export function unwanted(fields: readonly WantedField[], { customFields }: RemoteContact): readonly WantedField[] {
  const names = new Set(fields.map(({ name }) => name));
  const rest = [...customFields].filter(([name, value]) => !names.has(name) && !isEmpty(value));
  return rest.map(([name]) => ({ name, type: "unknown", value: undefined }));
}

function overlaid(
  { desired, lists, customFields }: WantedContact,
  remote: RemoteContact,
  leaving: ReadonlySet<HandleKey>,
): Attributes {
  const { name, description, links, avatar, exact } = desired;
  const kept = <T>(collection: Collection, present: readonly T[]) => (exact.includes(collection) ? [] : present);
  return omitUndefined({
    name,
    description,
    handles: remainingHandles(desired, remote, leaving),
    links: links && inOrderOf(remote.links, union(kept("links", remote.links), links, normalText), normalText),
    lists: lists && unitedLists(remote, lists, exact.includes("lists")),
    custom_fields: customFields && attributesOf(customFields),
    avatar: avatar && pictureMark(avatar.sha256),
  });
}

const WRITABLE_SOURCES: ReadonlySet<string> = new Set(HANDLE_SOURCES);

/** Handles of a kind that Front does not let us write could not be put back, so even an exact entry leaves them. */
function remainingHandles(
  { handles, exact }: DesiredContact,
  remote: RemoteContact,
  leaving: ReadonlySet<HandleKey>,
): readonly Handle[] {
  const wanted = exact.includes("handles") ? new Set(handles.map(handleKey)) : undefined;
  const stays = remote.handles.filter((handle) => {
    const key = handleKey(handle);
    if (leaving.has(key)) return false;
    return wanted === undefined || wanted.has(key) || !WRITABLE_SOURCES.has(handle.source);
  });
  return union(stays, handles, handleKey).map(plainHandle);
}

/** Front's own spelling and order for what it has already. */
function inOrderOf<T>(present: readonly T[], values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  const keys = new Set(values.map(keyOf));
  return union(
    present.filter((value) => keys.has(keyOf(value))),
    values,
    keyOf,
  );
}

function unitedLists(remote: RemoteContact, lists: readonly WantedList[], exact: boolean): readonly string[] {
  const ids = new Set(remote.lists.map(({ id }) => id));
  const wantedIds = new Set(lists.map(({ id }) => id));
  const stays = exact ? remote.lists.filter(({ id }) => wantedIds.has(id)) : remote.lists;
  const added = lists.filter(({ id }) => id === undefined || !ids.has(id));
  return [...stays.map((list) => remoteLabel(list, lists)), ...added.map(({ label }) => label)];
}

/** A list of the same name in another workspace is another list, so it must not look like the wanted one. */
function remoteLabel({ id, name }: List, wanted: readonly WantedList[]): string {
  const same = wanted.find((list) => list.id === id);
  if (same !== undefined) return same.label;
  return wanted.some((list) => list.label === name) ? `${name} (${id})` : name;
}

function shownPicture(sha256: string, remote: RemoteContact, same: boolean): string | null {
  if (remote.avatarUrl === undefined) return null;
  return same ? pictureMark(sha256) : remote.avatarUrl;
}

function pictureMark(sha256: string): string {
  return `sha256:${sha256}`;
}

function plainHandle({ source, handle }: Handle): Handle {
  return { source, handle };
}

function union<T>(present: readonly T[], wanted: readonly T[], keyOf: (value: T) => string): readonly T[] {
  const keys = new Set(present.map(keyOf));
  return [...present, ...wanted.filter((value) => !keys.has(keyOf(value)))];
}

/** Custom fields as the files write them: dates as ISO 8601, absent ones left out. */
function attributesOf(fields: readonly WantedField[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    fields.filter(({ value }) => !isEmpty(value)).map(({ name, type, value }) => [name, written(type, value)]),
  );
}

/** A value that reads the same as the wanted one is shown as the wanted one, so that spelling is no difference. */
function currentFields(fields: readonly WantedField[], present: CustomFields): Readonly<Record<string, Json>> {
  return attributesOf(
    fields.map(({ name, type, value }) => {
      const current = present.get(name);
      return { name, type, value: sameField(type, value, current) ? value : current };
    }),
  );
}

/** Front does not say whether an emptied field is gone, null or empty (front-api.md, open questions 2 and 3). */
function isEmpty(value: FieldValue | undefined): boolean {
  return value === undefined || value === null || value === "";
}

function written(type: string, value: FieldValue | undefined): Json {
  if (type === "datetime" && typeof value === "number") return formatDatetime(Math.floor(value));
  return isOpaque(value) ? value.json : (value ?? null);
}

/** Whether Front already has the value that a file wants, by the same reading as the plan's. */
export function sameField(type: string, a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (isOpaque(a) || isOpaque(b)) return isOpaque(a) && isOpaque(b) && a.json === b.json;
  return JSON.stringify(normalField(type, written(type, a))) === JSON.stringify(normalField(type, written(type, b)));
}

function normalField(type: string, value: Json): Json {
  if (typeof value !== "string") return value;
  const text = normalText(value);
  return type === "teammate" ? text.toLowerCase() : text;
}

/** Front may trim, and may change how lines end; neither is a difference that anybody wrote. */
export function normalText(text: string): string {
  return text.normalize("NFC").replace(/\r\n?/g, "\n").trim();
}

/** Returns what differs between the two sides of a change. */
export function differencesBetween(before: Attributes, after: Attributes): Difference[] {
  return diffKeyed(keyed(before), keyed(after)).map(({ attribute, key }) =>
    omitUndefined({
      attribute,
      key,
      before: valueAt(before, attribute, key),
      after: valueAt(after, attribute, key),
    }),
  );
}

/** Collections by key, so that their order means nothing; texts normalised. */
function keyed(attributes: Attributes): Keyed {
  return {
    name: normalText(attributes.name ?? ""),
    description: normalText(attributes.description ?? ""),
    avatar: attributes.avatar ?? null,
    account: attributes.account ?? null,
    handles: Object.fromEntries((attributes.handles ?? []).map((handle) => [handleKey(handle), true])),
    links: Object.fromEntries((attributes.links ?? []).map((link) => [normalText(link), true])),
    lists: Object.fromEntries((attributes.lists ?? []).map((name) => [name, true])),
    custom_fields: attributes.custom_fields ?? {},
  };
}

/** Returns the value of an attribute, or of one member of a collection. */
export function valueAt(attributes: Attributes, attribute: string, key: string | undefined): Json | undefined {
  if (attribute === "name" || attribute === "description" || attribute === "avatar" || attribute === "account") {
    return attributes[attribute] ?? undefined;
  }
  if (key === undefined) return undefined;
  if (attribute === "handles") {
    const found = attributes.handles?.find((handle) => handleKey(handle) === key);
    return found && { source: found.source, handle: found.handle };
  }
  if (attribute === "links") return attributes.links?.find((link) => normalText(link) === key);
  if (attribute === "lists") return attributes.lists?.find((name) => name === key);
  const fields = attributes.custom_fields ?? {};
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** What stays although no file mentions it. */
function keptOf({ desired, lists, customFields }: WantedContact, remote: RemoteContact, after: Attributes): Kept {
  const handles = new Set(desired.handles.map(handleKey));
  const links = new Set((desired.links ?? []).map(normalText));
  const labels = new Set((lists ?? []).map(({ label }) => label));
  const fields = new Set((customFields ?? []).map(({ name }) => name));
  const exactFields = desired.exact.includes("custom_fields");
  return {
    handles: (after.handles ?? []).filter((handle) => !handles.has(handleKey(handle))).length,
    links: (after.links ?? remote.links).filter((link) => !links.has(normalText(link))).length,
    lists: (after.lists ?? remote.lists.map(({ name }) => name)).filter((label) => !labels.has(label)).length,
    customFields: exactFields
      ? 0
      : [...remote.customFields].filter(([name, value]) => !fields.has(name) && !isEmpty(value)).length,
  };
}
