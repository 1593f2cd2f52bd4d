import type { ResolvedField } from "../config/resolve-fields.ts";
import type { ResolvedContact, ResolvedList } from "../config/resolve-references.ts";
import type { Attributes, Difference, UnmanagedCounts, WrittenField } from "../model/change.ts";
import type { FieldDefinition } from "../model/company.ts";
import {
  type CustomFields,
  type DesiredContact,
  HANDLE_SOURCES,
  type Handle,
  type HandleKey,
  handleKey,
  type List,
  type RemoteContact,
} from "../model/contact.ts";
import { isEmptyField, normalText, sameField, writtenField } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { differencesBetween } from "./differences.ts";
import { type ComparedWith, isCertainlyInSync } from "./in-sync.ts";

/** A contact as a plan shows it. `before` is null for a contact that is created, `after` for one that is deleted. */
export interface Comparison<Before = Attributes, After = Attributes> {
  readonly before: Before;
  readonly after: After;
  readonly differences: readonly Difference[];
  readonly kept: UnmanagedCounts;
}

export const NOTHING_KEPT: UnmanagedCounts = { handles: 0, links: 0, lists: 0, customFields: 0 };

/** Describes a contact that will be created. */
export function describeNew({ desired, lists, customFields }: ResolvedContact): Comparison<null> {
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

export function unlessEmpty<T>(values: readonly T[] | undefined): readonly T[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values;
}

/**
 * Compares a contact with its entry. Attributes that the files omit are on neither side, so they cannot differ.
 * Collections keep the values in Front and gain those that the files add; exact ones lose the rest.
 */
export function compareContact(resolved: ResolvedContact, remote: RemoteContact, context: ComparedWith): Comparison {
  const before = managedPart(resolved, remote, context.samePicture);
  if (isCertainlyInSync(resolved, remote, context)) {
    return { before, after: before, differences: [], kept: keptOf(resolved, remote, before) };
  }
  const after = overlaid(resolved, remote, context.leaving);
  return { before, after, differences: differencesBetween(before, after), kept: keptOf(resolved, remote, after) };
}

/** Compares the target of a merge with its entry: before the merge, and after the updates that follow it. */
export function compareMerged(
  resolved: ResolvedContact,
  { target, merged }: { readonly target: RemoteContact; readonly merged: RemoteContact },
  context: ComparedWith,
): Comparison {
  const before = managedPart(resolved, target, context.samePicture);
  const after = overlaid(resolved, merged, context.leaving);
  return { before, after, differences: differencesBetween(before, after), kept: keptOf(resolved, merged, after) };
}

/** Compares an undeclared contact with its state after handles move from it. */
export function compareSourceContact(remote: RemoteContact, leaving: ReadonlySet<HandleKey>): Comparison {
  const before: Attributes = omitUndefined({ name: remote.name, handles: remote.handles });
  const stays = remote.handles.filter((handle) => !leaving.has(handleKey(handle)));
  const after: Attributes = { ...before, handles: stays };
  return { before, after, differences: differencesBetween(before, after), kept: NOTHING_KEPT };
}

/** Describes a contact that will be deleted. `fields`: the company's custom fields, as far as they were read. */
export function describeDeleted(
  remote: RemoteContact,
  fields: readonly Pick<FieldDefinition, "name" | "type">[],
): Comparison<Attributes, null> {
  const before: Attributes = omitUndefined({
    name: remote.name,
    description: remote.description || undefined,
    handles: remote.handles,
    links: unlessEmpty(remote.links),
    lists: unlessEmpty(remote.lists)?.map(({ name }) => name),
    custom_fields: Object.fromEntries([...remote.customFields].filter(([, value]) => !isEmptyField(value))) as Record<
      string,
      WrittenField
    >,
    avatar: remote.avatarUrl,
  });
  const datetimes = new Set(fields.filter(({ type }) => type === "datetime").map(({ name }) => name));
  const differences = differencesBetween(before, {}).map((difference) =>
    difference.attribute === "custom_fields" && datetimes.has(difference.key)
      ? { ...difference, type: "datetime" as const }
      : difference,
  );
  return { before, after: null, differences, kept: NOTHING_KEPT };
}

function managedPart(
  { desired, lists, customFields }: ResolvedContact,
  remote: RemoteContact,
  same: boolean,
): Attributes {
  const { name, description, links, avatar, exact } = desired;
  const fields = customFields && [
    ...customFields,
    ...(exact.includes("custom_fields") ? undeclaredFields(customFields, remote) : []),
  ];
  return omitUndefined({
    name: name === undefined ? undefined : (remote.name ?? null),
    description: description === undefined ? undefined : remote.description,
    handles: remote.handles,
    links: links && remote.links,
    lists: lists && remote.lists.map((list) => remoteLabel(list, lists, remote)),
    custom_fields: fields && currentFields(fields, remote.customFields),
    avatar: avatar && shownPicture(avatar.sha256, remote, same),
  });
}

/** Returns the fields of a contact that its entry does not mention. */
export function undeclaredFields(
  fields: readonly ResolvedField[],
  { customFields }: Pick<RemoteContact, "customFields">,
): readonly ResolvedField[] {
  const names = new Set(fields.map(({ name }) => name));
  const rest = [...customFields].filter(([name, value]) => !names.has(name) && !isEmptyField(value));
  return rest.map(([name]) => ({ name, type: "unknown", value: undefined }));
}

function overlaid(
  { desired, lists, customFields }: ResolvedContact,
  remote: RemoteContact,
  leaving: ReadonlySet<HandleKey>,
): Attributes {
  const { name, description, links, avatar, exact, without } = desired;
  const removed = new Set(without?.links?.map(normalText));
  const stays = remote.links.filter((link) => !removed.has(normalText(link)));
  return omitUndefined({
    name,
    description,
    handles: remainingHandles(desired, remote, leaving),
    links: links && inOrderOf(remote.links, union(exact.includes("links") ? [] : stays, links, normalText), normalText),
    lists: lists && unitedLists(remote, lists, desired),
    custom_fields: customFields && attributesOf(customFields),
    avatar: avatar && pictureMark(avatar.sha256),
  });
}

const WRITABLE_SOURCES: ReadonlySet<string> = new Set(HANDLE_SOURCES);

/**
 * Returns the handles that stay. An exact entry keeps those of a source that the API cannot write, because they could
 * not be added again.
 */
function remainingHandles(
  { handles, exact, without }: DesiredContact,
  remote: RemoteContact,
  leaving: ReadonlySet<HandleKey>,
): readonly Handle[] {
  const declared = exact.includes("handles") ? new Set(handles.map(handleKey)) : undefined;
  const removed = new Set(without?.handles?.map(handleKey));
  const stays = remote.handles.filter((handle) => {
    const key = handleKey(handle);
    if (leaving.has(key) || removed.has(key)) return false;
    return declared === undefined || declared.has(key) || !WRITABLE_SOURCES.has(handle.source);
  });
  return union(stays, handles, handleKey).map(plainHandle);
}

/** Returns the values, with Front's spelling and order for those that Front has already. */
function inOrderOf<T>(present: readonly T[], values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  const keys = new Set(values.map(keyOf));
  return union(
    present.filter((value) => keys.has(keyOf(value))),
    values,
    keyOf,
  );
}

function unitedLists(
  remote: RemoteContact,
  lists: readonly ResolvedList[],
  { exact, without }: DesiredContact,
): readonly string[] {
  const ids = new Set(remote.lists.map(({ id }) => id));
  const declaredIds = new Set(lists.map(({ id }) => id));
  const removed = new Set(without?.lists?.map(({ id }) => id));
  const isKept = exact.includes("lists") ? ({ id }: List) => declaredIds.has(id) : ({ id }: List) => !removed.has(id);
  const stays = remote.lists.filter(isKept);
  const added = lists.filter(({ id }) => id === undefined || !ids.has(id));
  return [...stays.map((list) => remoteLabel(list, lists, remote)), ...added.map(({ label }) => label)];
}

/** Returns the label of a contact's list: its name, with the id if another list could be meant. */
export function remoteLabel(
  { id, name }: List,
  lists: readonly ResolvedList[],
  contact: Pick<RemoteContact, "lists">,
): string {
  const same = lists.find((list) => list.id === id);
  if (same !== undefined) return same.label;
  const isAmbiguous =
    lists.some((list) => list.label === name) || contact.lists.some((list) => list.name === name && list.id !== id);
  return isAmbiguous ? `${name} (${id})` : name;
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

export function union<T>(present: readonly T[], declared: readonly T[], keyOf: (value: T) => string): readonly T[] {
  const keys = new Set(present.map(keyOf));
  return [...present, ...declared.filter((value) => !keys.has(keyOf(value)))];
}

/** Returns custom fields as the files write them, without empty ones. */
export function attributesOf(fields: readonly ResolvedField[]): Readonly<Record<string, WrittenField>> {
  return Object.fromEntries(
    fields
      .filter(({ value }) => !isEmptyField(value))
      .map(({ name, type, value }) => [name, writtenField(type, value)]),
  );
}

/**
 * Returns the declared fields with their values in Front. A value that equals the declared one has the declared
 * spelling, so that spelling is not a difference.
 */
export function currentFields(
  fields: readonly ResolvedField[],
  present: CustomFields,
): Readonly<Record<string, WrittenField>> {
  return attributesOf(
    fields.map(({ name, type, value }) => {
      const current = present.get(name);
      return { name, type, value: sameField(type, value, current) ? value : current };
    }),
  );
}

/** Counts the values in Front that the files do not mention and that stay. */
function keptOf(
  { desired, lists, customFields }: ResolvedContact,
  remote: RemoteContact,
  after: Attributes,
): UnmanagedCounts {
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
      : [...remote.customFields].filter(([name, value]) => !fields.has(name) && !isEmptyField(value)).length,
  };
}
