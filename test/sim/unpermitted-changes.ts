import type { DesiredContact, DesiredState } from "../../src/internal.ts";
import { type Company, type ContactRecord, differenceOf, type Effect } from "./company.ts";
import { declaresSameContact, entriesOf, handleTextsOf, listIdsOf } from "./entry-matching.ts";
import type { UnpermittedChange } from "./unpermitted-change.ts";
import {
  changedPaths,
  type DeclaredEntry,
  declarationOf,
  listsNamedBy,
  pathsToRemove,
  valueIn,
  valuesOf,
} from "./values.ts";

/**
 * Returns the changes that the desired state does not permit. Unlike the planner, this function only compares sets: the
 * values that may be added, and the values that may be removed.
 */
export function unpermittedChanges(effect: Effect, desired: DesiredState, isMerge: boolean): UnpermittedChange[] {
  const { created, deleted, changed, listsCreated, before, after } = effect;
  return [
    ...created.flatMap((contact) => unpermittedCreation(contact, desired, after)),
    ...deleted.flatMap((contact) =>
      isMerge ? unpermittedMerge(contact, desired) : unpermittedDeletion(contact, desired),
    ),
    ...(isMerge ? [] : changed.flatMap((change) => unpermittedEdits(change, desired, after))),
    ...listsCreated.flatMap((name) => unpermittedListCreation(name, desired, before)),
    ...unpermittedListDeletions(effect, desired),
  ].map((change) => withListName(change, after));
}

function unpermittedCreation(contact: ContactRecord, desired: DesiredState, after: Company): UnpermittedChange[] {
  const entries = entriesOf(contact.id, contact.handles, desired).filter(({ ensure }) => ensure === "present");
  const isDeclared = entries.some((entry) => differenceOf(contact.handles, handleTextsOf(entry)).length === 0);
  if (!isDeclared) return [{ action: "create", resource: "contact", name: [...contact.handles].join(", ") }];
  return unpermittedValues([...valuesOf(contact).keys()], contact, permissionsOf(entries, desired, after));
}

function unpermittedMerge({ id, handles }: ContactRecord, desired: DesiredState): UnpermittedChange[] {
  const isDeclared = entriesOf(id, handles, desired).some(({ merge }) => merge);
  return isDeclared ? [] : [{ action: "merge", resource: "contact", name: id }];
}

function unpermittedDeletion({ id, handles }: ContactRecord, desired: DesiredState): UnpermittedChange[] {
  const isDeclared = entriesOf(id, handles, desired).some(({ ensure }) => ensure === "absent");
  return isDeclared ? [] : [{ action: "delete", resource: "contact", name: id }];
}

function unpermittedEdits(
  { before, after }: Effect["changed"][number],
  desired: DesiredState,
  company: Company,
): UnpermittedChange[] {
  const entries = entriesOf(after.id, [...before.handles, ...after.handles], desired);
  const others = entriesOf(after.id, before.handles, { ...desired, contacts: desired.entriesOutsidePlan ?? [] });
  const declaredLists = new Set([...entries, ...others].flatMap((entry) => listsNamedBy(entry, company)));
  // A contact may leave a list that is deleted (checked separately), or whose exact members do not include the contact.
  const mayLeave = (path: string) => {
    const name = company.lists.get(path.slice("list ".length));
    const isExact = desired.lists.some((list) => list.name === name && list.members === "exact");
    return name === undefined || (isExact && !declaredLists.has(path.slice("list ".length)));
  };
  const paths = changedPaths({ before, after }).filter(
    (path) => !(path.startsWith("list ") && valueIn(after, path) === "" && mayLeave(path)),
  );
  return [
    ...(after.handles.size === 0 ? [{ action: "change", path: "last handle", id: after.id } as const] : []),
    ...unpermittedValues(paths, after, permissionsOf(entries, desired, company)),
  ];
}

function withListName(change: UnpermittedChange, { lists }: Company): UnpermittedChange {
  if (change.action !== "change" || !change.path.startsWith("list ")) return change;
  return { ...change, list: lists.get(change.path.slice("list ".length)) };
}

/** Returns whether an entry permits a change of the value at a path to `value`. */
type Permits = (path: string, value: string) => boolean;

function permissionsOf(entries: readonly DesiredContact[], desired: DesiredState, company: Company): Permits[] {
  return entries.map((entry) => {
    const earlier = desired.base?.contacts.find((candidate) => declaresSameContact(entry, candidate));
    const listIds = new Set(listIdsOf(entry, desired, company));
    const earlierIds = earlier && desired.base ? listIdsOf(earlier, desired.base, company) : [];
    const permits = permissionOf(entry, { earlier, listIds: listsNamedBy(entry, company) });
    const removedLists = new Set(earlierIds.filter((id) => !listIds.has(id)).map((id) => `list ${id}`));
    return (path, value) => permits(path, value) || (value === "" && removedLists.has(path));
  });
}

/**
 * Returns the changes that an entry permits. A value may change to the declared value. A value in a collection may be
 * removed if an undo removes it, or if only the earlier version of the entry declares it. A handle of an entry may also
 * move to another contact.
 */
export function permissionOf(
  entry: DeclaredEntry,
  { earlier, listIds }: { readonly earlier: DeclaredEntry | undefined; readonly listIds: readonly string[] },
): Permits {
  const now = declarationOf(entry, listIds);
  const before = earlier === undefined ? [] : [...declarationOf(earlier, []).values.keys()];
  const removed = before.filter((path) => path.includes(" ") && !now.values.has(path));
  const removable = new Set([...pathsToRemove(entry), ...removed]);
  return (path, value) => {
    const declared = now.at(path);
    const moves = path.startsWith("handle ") && declared !== undefined;
    return declared === value || (value === "" && (removable.has(path) || moves));
  };
}

export function unpermittedValues(
  paths: readonly string[],
  record: Parameters<typeof valueIn>[0],
  permissions: readonly Permits[],
): UnpermittedChange[] {
  return paths
    .filter((path) => !permissions.some((permits) => permits(path, valueIn(record, path))))
    .map((path) => ({ action: "change", path, id: record.id }));
}

function unpermittedListCreation(name: string, { lists }: DesiredState, before: Company): UnpermittedChange[] {
  if ([...before.lists.values()].includes(name)) return [{ action: "duplicate", resource: "list", name }];
  return lists.some((list) => list.name === name) ? [] : [{ action: "create", resource: "list", name }];
}

/**
 * Returns the deletions of lists that the desired state does not permit. A list that the configuration does not delete
 * may be deleted only if it has no members, and only if an older list has the same name or the run that created the list
 * is undone.
 */
function unpermittedListDeletions(
  { before, after }: Effect,
  { absentLists = [], lists }: DesiredState,
): UnpermittedChange[] {
  return [...before.lists].flatMap(([id, name]) => {
    if (after.lists.has(id)) return [];
    if (lists.some((list) => list.name === name && list.ensure === "absent")) return [];
    const isNewer = [...after.lists].some(
      ([otherId, otherName]) =>
        otherName === name && Number.parseInt(otherId.slice(4), 36) < Number.parseInt(id.slice(4), 36),
    );
    const isEmpty = ![...before.contacts.values()].some((contact) => contact.lists.has(id));
    const isUndone = absentLists.some((list) => list.id === id);
    return (isNewer || isUndone) && isEmpty ? [] : [{ action: "delete", resource: "list", name }];
  });
}
