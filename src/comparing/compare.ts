import type { ResolvedField } from "../config/resolve-fields.ts";
import type { ResolvedContact, ResolvedList } from "../config/resolve-references.ts";
import type { Attributes, Difference, UnmanagedCounts, WrittenField } from "../model/change.ts";
import type { FieldDefinition } from "../model/company.ts";
import {
  type CustomFields,
  type DesiredContact,
  type Handle,
  type HandleKey,
  handleKey,
  isWritable,
  type List,
  type RemoteContact,
} from "../model/contact.ts";
import { isEmptyField, isSameFieldValue, normalText, writtenField } from "../model/field-values.ts";
import { omitUndefined, unlessEmpty } from "../model/omit-undefined.ts";
import { differencesBetween } from "./differences.ts";
import { type ComparisonContext, isCertainlyInSync } from "./in-sync.ts";

export interface Comparison<Before = Attributes, After = Attributes> {
  readonly before: Before;
  readonly after: After;
  readonly differences: readonly Difference[];
  readonly kept: UnmanagedCounts;
}

export const NO_UNMANAGED_VALUES: UnmanagedCounts = { handles: 0, links: 0, lists: 0, customFields: 0 };

/** Compares two states of a resource. A state is null if the resource does not exist. */
export function compareStates<Before extends Attributes | null, After extends Attributes | null>(
  before: Before,
  after: After,
  kept = NO_UNMANAGED_VALUES,
): Comparison<Before, After> {
  return { before, after, differences: differencesBetween(before ?? {}, after ?? {}), kept };
}

export function compareNewContact({ desired, lists, customFields }: ResolvedContact): Comparison<null> {
  const { name, description, handles, links, avatar } = desired;
  const fields = customFields?.filter(({ value }) => value !== undefined);
  const after: Attributes = omitUndefined({
    name,
    description: description || undefined,
    handles: handles.map(plainHandle),
    links: unlessEmpty(links),
    lists: unlessEmpty(lists)?.map(({ label }) => label),
    custom_fields: fields?.length ? writtenFieldsOf(fields) : undefined,
    avatar: avatar && avatarValue(avatar.sha256),
  });
  return compareStates(null, after);
}

/**
 * Compares a contact with its entry. Attributes that the entry omits are in neither state, so they cannot differ.
 * Declared values are added to collections. An undeclared value is removed only if its collection is exact, the entry
 * has the value in `without`, or the value is a handle that moves.
 */
export function compareContact(
  resolved: ResolvedContact,
  remote: RemoteContact,
  context: ComparisonContext,
): Comparison {
  const managed = managedPart(resolved, remote, context.hasDeclaredAvatar);
  if (isCertainlyInSync(resolved, remote, context))
    return { before: managed, after: managed, differences: [], kept: countUnmanaged(resolved, remote, managed) };
  return compareWithPlanned(managed, resolved, remote, context);
}

export function contactDiffers(resolved: ResolvedContact, remote: RemoteContact, context: ComparisonContext): boolean {
  return (
    !isCertainlyInSync(resolved, remote, context) && compareContact(resolved, remote, context).differences.length > 0
  );
}

/**
 * Returns the comparison of a contact for which `isCertainlyInSync` returned true. Counts only unmanaged custom fields,
 * because the comparison is not shown, and the cache needs only this number.
 */
export function compareInSync(
  resolved: ResolvedContact,
  remote: RemoteContact,
  { hasDeclaredAvatar }: Pick<ComparisonContext, "hasDeclaredAvatar">,
): Comparison {
  const managed = managedPart(resolved, remote, hasDeclaredAvatar);
  const kept = { ...NO_UNMANAGED_VALUES, customFields: countUnmanagedFields(resolved, remote) };
  return { before: managed, after: managed, differences: [], kept };
}

/** Compares the target of a merge with its state after the merge and the updates that follow. */
export function compareMerged(
  resolved: ResolvedContact,
  { target, merged }: { readonly target: RemoteContact; readonly merged: RemoteContact },
  context: ComparisonContext,
): Comparison {
  return compareWithPlanned(managedPart(resolved, target, context.hasDeclaredAvatar), resolved, merged, context);
}

function compareWithPlanned(
  before: Attributes,
  resolved: ResolvedContact,
  remote: RemoteContact,
  { movingHandles }: ComparisonContext,
): Comparison {
  const after = plannedAttributes(resolved, remote, movingHandles);
  return compareStates(before, after, countUnmanaged(resolved, remote, after));
}

/** Compares an undeclared contact with its state after handles move from it. */
export function compareSourceContact(remote: RemoteContact, movingHandles: ReadonlySet<HandleKey>): Comparison {
  const before: Attributes = omitUndefined({ name: remote.name, handles: remote.handles });
  const remaining = remote.handles.filter((handle) => !movingHandles.has(handleKey(handle)));
  return compareStates(before, { ...before, handles: remaining });
}

/** Returns the comparison for a deletion. `fields` are the company's custom fields, if they were read. */
export function compareDeletedContact(
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
  const comparison = compareStates(before, null);
  const differences = comparison.differences.map((difference) =>
    difference.attribute === "custom_fields" && datetimes.has(difference.key)
      ? { ...difference, type: "datetime" as const }
      : difference,
  );
  return { ...comparison, differences };
}

function managedPart(
  { desired, lists, customFields }: ResolvedContact,
  remote: RemoteContact,
  hasDeclaredAvatar: boolean,
): Attributes {
  const { name, description, links, avatar } = desired;
  const fields = customFields && [...customFields, ...clearedFields({ desired, customFields }, remote)];
  return omitUndefined({
    name: name === undefined ? undefined : (remote.name ?? null),
    description: description === undefined ? undefined : remote.description,
    handles: remote.handles,
    links: links && remote.links,
    lists: lists && remote.lists.map((list) => remoteLabel(list, lists, remote)),
    custom_fields: fields && currentFields(fields, remote.customFields),
    avatar: avatar && remoteAvatar(avatar.sha256, remote, hasDeclaredAvatar),
  });
}

export interface FieldEntry {
  readonly desired: { readonly exact: readonly string[] };
  readonly customFields: readonly ResolvedField[] | undefined;
}

type WithFields = Pick<RemoteContact, "customFields">;

function undeclaredFields({ customFields = [] }: FieldEntry, remote: WithFields): readonly string[] {
  const undeclared: string[] = [];
  for (const [name, value] of remote.customFields) {
    if (!isEmptyField(value) && !customFields.some((field) => field.name === name)) undeclared.push(name);
  }
  return undeclared;
}

function hasExactFields({ desired }: FieldEntry): boolean {
  return desired.exact.includes("custom_fields");
}

export function clearedFields(entry: FieldEntry, remote: WithFields): readonly ResolvedField[] {
  if (!hasExactFields(entry)) return [];
  return undeclaredFields(entry, remote).map((name) => ({ name, type: "unknown", value: undefined }));
}

export function countUnmanagedFields(entry: FieldEntry, remote: WithFields): number {
  return hasExactFields(entry) ? 0 : undeclaredFields(entry, remote).length;
}

function plannedAttributes(
  { desired, lists, customFields }: ResolvedContact,
  remote: RemoteContact,
  movingHandles: ReadonlySet<HandleKey>,
): Attributes {
  const { name, description, links, avatar, exact, without } = desired;
  const removedLinks = new Set(without?.links?.map(normalText));
  const remaining = exact.includes("links") ? [] : remote.links.filter((link) => !removedLinks.has(normalText(link)));
  return omitUndefined({
    name,
    description,
    handles: plannedHandles(desired, remote, movingHandles),
    links: links && inRemoteOrder(remote.links, union(remaining, links, normalText), normalText),
    lists: lists && plannedLists(remote, lists, desired),
    custom_fields: customFields && writtenFieldsOf(customFields),
    avatar: avatar && avatarValue(avatar.sha256),
  });
}

/** Even an exact entry does not remove handles that the API cannot write, because they could not be added again. */
function plannedHandles(
  { handles, exact, without }: DesiredContact,
  remote: RemoteContact,
  movingHandles: ReadonlySet<HandleKey>,
): readonly Handle[] {
  const declaredHandles = exact.includes("handles") ? new Set(handles.map(handleKey)) : undefined;
  const removedHandles = new Set(without?.handles?.map(handleKey));
  const remaining = remote.handles.filter((handle) => {
    const key = handleKey(handle);
    if (movingHandles.has(key) || removedHandles.has(key)) return false;
    return declaredHandles === undefined || declaredHandles.has(key) || !isWritable(handle);
  });
  return union(remaining, handles, handleKey).map(plainHandle);
}

/** Returns the values. Those that exist in Front come first, in Front's order and spelling. */
function inRemoteOrder<T>(remote: readonly T[], values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  const keys = new Set(values.map(keyOf));
  return union(
    remote.filter((value) => keys.has(keyOf(value))),
    values,
    keyOf,
  );
}

/** Even an exact entry does not remove a contact from a teammate's private lists. */
function plannedLists(
  remote: RemoteContact,
  lists: readonly ResolvedList[],
  { exact, without }: DesiredContact,
): readonly string[] {
  const ids = new Set(remote.lists.map(({ id }) => id));
  const declaredIds = new Set(lists.map(({ id }) => id));
  const removedIds = new Set(without?.lists?.map(({ id }) => id));
  const isExact = exact.includes("lists");
  const remainingLists = remote.lists.filter(({ id, isPrivate }) =>
    isExact ? declaredIds.has(id) || isPrivate : !removedIds.has(id),
  );
  const addedLists = lists.filter(({ id }) => id === undefined || !ids.has(id));
  return [...remainingLists.map((list) => remoteLabel(list, lists, remote)), ...addedLists.map(({ label }) => label)];
}

/**
 * Returns the label of a list of a contact: for a declared list, its label; for any other list, the name, followed by
 * the ID if the name is ambiguous.
 */
export function remoteLabel(
  { id, name }: List,
  lists: readonly ResolvedList[],
  contact: Pick<RemoteContact, "lists">,
): string {
  const declared = lists.find((list) => list.id === id);
  if (declared !== undefined) return declared.label;
  const isAmbiguous =
    lists.some((list) => list.label === name) || contact.lists.some((list) => list.name === name && list.id !== id);
  return isAmbiguous ? `${name} (${id})` : name;
}

function remoteAvatar(sha256: string, remote: RemoteContact, hasDeclaredAvatar: boolean): string | null {
  if (remote.avatarUrl === undefined) return null;
  return hasDeclaredAvatar ? avatarValue(sha256) : remote.avatarUrl;
}

export function avatarValue(sha256: string): string {
  return `sha256:${sha256}`;
}

function plainHandle({ source, handle }: Handle): Handle {
  return { source, handle };
}

export function union<T>(remote: readonly T[], declared: readonly T[], keyOf: (value: T) => string): readonly T[] {
  const keys = new Set(remote.map(keyOf));
  return [...remote, ...declared.filter((value) => !keys.has(keyOf(value)))];
}

/** Returns the custom fields that have a value, in the form that configuration files use. */
export function writtenFieldsOf(fields: readonly ResolvedField[]): Readonly<Record<string, WrittenField>> {
  return Object.fromEntries(
    fields
      .filter(({ value }) => !isEmptyField(value))
      .map(({ name, type, value }) => [name, writtenField(type, value)]),
  );
}

/** Returns the remote values of fields. A value that equals the declared value is returned in its declared form. */
export function currentFields(
  fields: readonly ResolvedField[],
  remote: CustomFields,
): Readonly<Record<string, WrittenField>> {
  return writtenFieldsOf(
    fields.map((field) => {
      const { name, type, value } = field;
      const current = remote.get(name);
      return isSameFieldValue(type, value, current) ? field : { name, type, value: current };
    }),
  );
}

function countUnmanaged(resolved: ResolvedContact, remote: RemoteContact, after: Attributes): UnmanagedCounts {
  const { desired, lists = [] } = resolved;
  const handles = new Set(desired.handles.map(handleKey));
  const links = new Set((desired.links ?? []).map(normalText));
  const labels = new Set(lists.map(({ label }) => label));
  return {
    handles: (after.handles ?? []).filter((handle) => !handles.has(handleKey(handle))).length,
    links: (after.links ?? remote.links).filter((link) => !links.has(normalText(link))).length,
    lists: (after.lists ?? remote.lists.map(({ name }) => name)).filter((label) => !labels.has(label)).length,
    customFields: countUnmanagedFields(resolved, remote),
    ...(desired.description === undefined && remote.description !== "" ? { description: 1 } : {}),
  };
}
