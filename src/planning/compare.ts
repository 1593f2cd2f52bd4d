import type { ResolvedContact, ResolvedField, ResolvedList } from "../config/resolve-references.ts";
import type { Attributes, Difference, UnmanagedCounts, WrittenField } from "../model/change.ts";
import {
  type Collection,
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

/** What a plan shows of a contact. `before` is null for a contact that is created, `after` for one that is deleted. */
export interface Comparison<Before = Attributes, After = Attributes> {
  readonly before: Before;
  readonly after: After;
  readonly differences: readonly Difference[];
  readonly kept: UnmanagedCounts;
}

export const NOTHING_KEPT: UnmanagedCounts = { handles: 0, links: 0, lists: 0, customFields: 0 };

/** What a contact that Front lacks will be. */
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
  wanted: ResolvedContact,
  remote: RemoteContact,
  { samePicture, leaving }: ComparedWith,
): Comparison {
  const before = managedPart(wanted, remote, samePicture);
  const after = overlaid(wanted, remote, leaving);
  return { before, after, differences: differencesBetween(before, after), kept: keptOf(wanted, remote, after) };
}

/** What becomes of a merge's target: before it, and after Front has folded the others in and we have tidied up. */
export function compareMerged(
  wanted: ResolvedContact,
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
export function describeDeleted(remote: RemoteContact): Comparison<Attributes, null> {
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
  return { before, after: null, differences: differencesBetween(before, {}), kept: NOTHING_KEPT };
}

function managedPart(
  { desired, lists, customFields }: ResolvedContact,
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
export function unwanted(fields: readonly ResolvedField[], { customFields }: RemoteContact): readonly ResolvedField[] {
  const names = new Set(fields.map(({ name }) => name));
  const rest = [...customFields].filter(([name, value]) => !names.has(name) && !isEmptyField(value));
  return rest.map(([name]) => ({ name, type: "unknown", value: undefined }));
}

function overlaid(
  { desired, lists, customFields }: ResolvedContact,
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

function unitedLists(remote: RemoteContact, lists: readonly ResolvedList[], exact: boolean): readonly string[] {
  const ids = new Set(remote.lists.map(({ id }) => id));
  const wantedIds = new Set(lists.map(({ id }) => id));
  const stays = exact ? remote.lists.filter(({ id }) => wantedIds.has(id)) : remote.lists;
  const added = lists.filter(({ id }) => id === undefined || !ids.has(id));
  return [...stays.map((list) => remoteLabel(list, lists)), ...added.map(({ label }) => label)];
}

/** A list of the same name in another workspace is another list, so it must not look like the wanted one. */
function remoteLabel({ id, name }: List, wanted: readonly ResolvedList[]): string {
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
function attributesOf(fields: readonly ResolvedField[]): Readonly<Record<string, WrittenField>> {
  return Object.fromEntries(
    fields
      .filter(({ value }) => !isEmptyField(value))
      .map(({ name, type, value }) => [name, writtenField(type, value)]),
  );
}

/** A value that reads the same as the wanted one is shown as the wanted one, so that spelling is no difference. */
function currentFields(
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

/** What stays although no file mentions it. */
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
