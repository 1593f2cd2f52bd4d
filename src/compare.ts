import { dropAbsent } from "./absent.ts";
import {
  type CustomFields,
  type FieldValue,
  type Handle,
  handleKey,
  type List,
  type RemoteContact,
} from "./contact.ts";
import { type Difference, diffKeyed, type Json, type Keyed } from "./diff.ts";
import { formatDatetime } from "./fields.ts";
import type { WantedContact, WantedField, WantedList } from "./resolve.ts";

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
  readonly after: Attributes;
  readonly differences: readonly Difference[];
  readonly kept: Kept;
}

export const NOTHING_KEPT: Kept = { handles: 0, links: 0, lists: 0, customFields: 0 };

/** What a contact that Front lacks will be. */
export function describeNew({ desired, lists, customFields }: WantedContact): Comparison {
  const { name, description, handles, links, avatar } = desired;
  const fields = customFields?.filter(({ value }) => value !== undefined);
  const after: Attributes = dropAbsent({
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

/**
 * Lays the managed fields over what Front has. What the files leave out is in neither side, so it cannot come out as a
 * difference; collections keep what Front has and gain what the files add.
 */
export function compareContact(wanted: WantedContact, remote: RemoteContact, samePicture: boolean): Comparison {
  const before = managedPart(wanted, remote, samePicture);
  const after = overlaid(wanted, remote);
  return { before, after, differences: differencesBetween(before, after), kept: keptOf(wanted, remote) };
}

function managedPart(
  { desired, lists, customFields }: WantedContact,
  remote: RemoteContact,
  same: boolean,
): Attributes {
  const { name, description, links, avatar } = desired;
  return dropAbsent({
    name: name === undefined ? undefined : (remote.name ?? null),
    description: description === undefined ? undefined : remote.description,
    handles: remote.handles,
    links: links && remote.links,
    lists: lists && remote.lists.map((list) => remoteLabel(list, lists)),
    custom_fields: customFields && currentFields(customFields, remote.customFields),
    avatar: avatar && shownPicture(avatar.sha256, remote, same),
  });
}

function overlaid({ desired, lists, customFields }: WantedContact, remote: RemoteContact): Attributes {
  const { name, description, handles, links, avatar } = desired;
  return dropAbsent({
    name,
    description,
    handles: union(remote.handles, handles, handleKey).map(plainHandle),
    links: links && union(remote.links, links, normalText),
    lists: lists && unitedLists(remote, lists),
    custom_fields: customFields && attributesOf(customFields),
    avatar: avatar && pictureMark(avatar.sha256),
  });
}

function unitedLists(remote: RemoteContact, lists: readonly WantedList[]): readonly string[] {
  const ids = new Set(remote.lists.map(({ id }) => id));
  const added = lists.filter(({ id }) => id === undefined || !ids.has(id));
  return [...remote.lists.map((list) => remoteLabel(list, lists)), ...added.map(({ label }) => label)];
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
  return value ?? null;
}

/** Whether Front already has the value that a file wants, by the same reading as the plan's. */
export function sameField(type: string, a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
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

function differencesBetween(before: Attributes, after: Attributes): Difference[] {
  return diffKeyed(keyed(before), keyed(after)).map(({ attribute, key }) =>
    dropAbsent({
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
    handles: Object.fromEntries((attributes.handles ?? []).map((handle) => [handleKey(handle), true])),
    links: Object.fromEntries((attributes.links ?? []).map((link) => [normalText(link), true])),
    lists: Object.fromEntries((attributes.lists ?? []).map((name) => [name, true])),
    custom_fields: attributes.custom_fields ?? {},
  };
}

function valueAt(attributes: Attributes, attribute: string, key: string | undefined): Json | undefined {
  if (attribute === "name" || attribute === "description" || attribute === "avatar") {
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

function keptOf({ desired, lists, customFields }: WantedContact, remote: RemoteContact): Kept {
  const handles = new Set(desired.handles.map(handleKey));
  const links = new Set((desired.links ?? []).map(normalText));
  const listIds = new Set((lists ?? []).map(({ id }) => id));
  const fields = new Set((customFields ?? []).map(({ name }) => name));
  return {
    handles: remote.handles.filter((handle) => !handles.has(handleKey(handle))).length,
    links: remote.links.filter((link) => !links.has(normalText(link))).length,
    lists: remote.lists.filter(({ id }) => !listIds.has(id)).length,
    customFields: [...remote.customFields].filter(([name, value]) => !fields.has(name) && !isEmpty(value)).length,
  };
}
