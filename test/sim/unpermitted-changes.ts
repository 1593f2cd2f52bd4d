import type { DesiredContact, DesiredField, DesiredState } from "../../src/internal.ts";
import { type Company, type ContactRecord, differenceOf, type Effect, fieldJson, handleText } from "./company.ts";
import { declaresSameContact, entriesOf, handleTextsOf, listIdsOf, listName } from "./entry-matching.ts";
import type { UnpermittedChange } from "./unpermitted-change.ts";

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
  ];
}

function unpermittedCreation(contact: ContactRecord, desired: DesiredState, after: Company): UnpermittedChange[] {
  const entries = entriesOf(contact.id, contact.handles, desired).filter(({ ensure }) => ensure === "present");
  const isDeclared = entries.some((entry) => differenceOf(contact.handles, handleTextsOf(entry)).length === 0);
  if (!isDeclared) return [{ action: "create", resource: "contact", name: [...contact.handles].join(", ") }];
  return unpermittedEdits({ before: withHandlesOnly(contact), after: contact }, desired, after);
}

function withHandlesOnly({ id, handles }: ContactRecord): ContactRecord {
  return {
    id,
    handles,
    name: "",
    description: "",
    links: new Set(),
    lists: new Set(),
    fields: new Map(),
    avatar: undefined,
    isPrivate: false,
  };
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
  const { id } = after;
  const entries = entriesOf(id, [...before.handles, ...after.handles], desired).map((entry) =>
    withRemovals(entry, company, desired),
  );
  return [
    ...unpermittedAttributes(before, after, entries),
    ...(before.avatar === after.avatar || entries.some(({ avatar }) => avatar?.sha256 === after.avatar)
      ? []
      : [{ action: "change", attribute: "picture", id } as const]),
    ...unpermittedFields(before, after, entries),
    ...unpermittedLinks(before, after, entries),
    ...unpermittedHandles(before, after, entries),
    ...unpermittedMemberships(before, after, { entries, company, desired }),
  ];
}

/** Returns the entry with removals of the values that only its version in the base declares. */
function withRemovals(entry: DesiredContact, company: Company, desired: DesiredState): DesiredContact {
  const { base } = desired;
  const earlier = base?.contacts.find((candidate) => declaresSameContact(entry, candidate));
  if (base === undefined || earlier === undefined) return entry;
  const { links = [], customFields = [], without = {} } = entry;
  const handles = handleTextsOf(entry);
  const currentIds = new Set(listIdsOf(entry, desired, company));
  const removedIds = listIdsOf(earlier, base, company).filter((id) => !currentIds.has(id));
  const removedFields = (earlier.customFields ?? []).filter(
    ({ name }) => !customFields.some((field) => field.name === name),
  );
  return {
    ...entry,
    customFields: [...customFields, ...removedFields.map((field) => ({ ...field, value: null }))],
    without: {
      handles: [...(without.handles ?? []), ...earlier.handles.filter((handle) => !handles.has(handleText(handle)))],
      links: [...(without.links ?? []), ...(earlier.links ?? []).filter((link) => !links.includes(link))],
      lists: [...(without.lists ?? []), ...removedIds.map((id) => ({ id, name: company.lists.get(id) ?? "" }))],
    },
  };
}

interface NamedResource {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
}

export function unpermittedAttributes(
  before: NamedResource,
  after: NamedResource & { readonly id: string },
  entries: readonly NamedResource[],
): UnpermittedChange[] {
  return (["name", "description"] as const)
    .filter((attribute) => before[attribute] !== after[attribute])
    .filter((attribute) => !entries.some((entry) => entry[attribute] === after[attribute]))
    .map((attribute) => ({ action: "change", attribute, id: after.id }));
}

export function unpermittedFields(
  before: Pick<ContactRecord, "fields">,
  after: Pick<ContactRecord, "fields" | "id">,
  entries: readonly { readonly customFields?: readonly DesiredField[]; readonly exact: readonly string[] }[],
): UnpermittedChange[] {
  const names = new Set([...before.fields.keys(), ...after.fields.keys()]);
  return [...names].flatMap((name) => {
    const value = after.fields.get(name);
    if (before.fields.get(name) === value) return [];
    const isPermitted = entries.some(({ customFields = [], exact }) => {
      const field = customFields.find((candidate) => candidate.name === name);
      return field === undefined ? value === undefined && exact.includes("custom_fields") : hasValue(field, value);
    });
    return isPermitted ? [] : [{ action: "change", attribute: "custom field", item: name, id: after.id }];
  });
}

/** Returns whether `json`, the JSON of a remote value, is the declared value of a field. */
function hasValue({ value, valueToRestore }: DesiredField, json: string | undefined): boolean {
  if (valueToRestore !== undefined) return json === fieldJson(valueToRestore);
  return value === null || value === "" ? json === undefined || json === '""' : json === JSON.stringify(value);
}

function unpermittedLinks(
  before: ContactRecord,
  after: ContactRecord,
  entries: readonly DesiredContact[],
): UnpermittedChange[] {
  const added = differenceOf(after.links, before.links).filter(
    (link) => !entries.some(({ links }) => links?.includes(link)),
  );
  const removed = differenceOf(before.links, after.links).filter(
    (link) =>
      !entries.some(
        ({ links, exact, without }) =>
          (exact.includes("links") && !links?.includes(link)) || without?.links?.includes(link),
      ),
  );
  return [...added, ...removed].map((link) => ({ action: "change", attribute: "link", item: link, id: after.id }));
}

/** A handle may be removed if the handles of an entry are exact, or if an entry declares or removes the handle. */
function unpermittedHandles(
  before: ContactRecord,
  after: ContactRecord,
  entries: readonly DesiredContact[],
): UnpermittedChange[] {
  const { id } = after;
  const added = differenceOf(after.handles, before.handles).filter(
    (handle) => !entries.some((entry) => handleTextsOf(entry).has(handle)),
  );
  const removed = differenceOf(before.handles, after.handles).filter(
    (handle) => !entries.some((entry) => entry.exact.includes("handles") || mayLoseHandle(entry, handle)),
  );
  return [
    ...(after.handles.size === 0 ? [{ action: "change", attribute: "last handle", id } as const] : []),
    ...[...added, ...removed].map((item) => ({ action: "change", attribute: "handle", item, id }) as const),
  ];
}

function mayLoseHandle(entry: DesiredContact, handle: string): boolean {
  return (
    handleTextsOf(entry).has(handle) || (entry.without?.handles ?? []).some((removed) => handleText(removed) === handle)
  );
}

interface MembershipContext {
  readonly entries: readonly DesiredContact[];
  readonly company: Company;
  readonly desired: DesiredState;
}

function unpermittedMemberships(
  before: ContactRecord,
  after: ContactRecord,
  { entries, company, desired }: MembershipContext,
): UnpermittedChange[] {
  const listNames = (entry: DesiredContact) => entry.lists?.map(listName) ?? [];
  const nameOf = (id: string) => company.lists.get(id) ?? "";
  const added = differenceOf(after.lists, before.lists).filter(
    (id) => !entries.some((entry) => listNames(entry).includes(id) || listNames(entry).includes(nameOf(id))),
  );
  const declaredLists = [
    ...entries,
    ...entriesOf(after.id, before.handles, { ...desired, contacts: desired.entriesOutsidePlan ?? [] }),
  ].flatMap(listNames);
  const removed = differenceOf(before.lists, after.lists)
    // Deleted lists are checked separately.
    .filter((id) => company.lists.has(id))
    .filter(
      (id) =>
        !mayLoseMembers(nameOf(id), desired, declaredLists) &&
        !entries.some(
          (entry) =>
            (entry.exact.includes("lists") && !listNames(entry).includes(nameOf(id))) ||
            entry.without?.lists?.some((list) => list.id === id),
        ),
    );
  return [...added, ...removed].map((id) => ({
    action: "change",
    attribute: "list",
    item: company.lists.get(id),
    id: after.id,
  }));
}

/** Returns whether the members of a list are exact and no entry of the contact refers to the list. */
function mayLoseMembers(name: string, { lists }: DesiredState, declaredLists: readonly string[]): boolean {
  return lists.some((list) => list.name === name && list.members === "exact") && !declaredLists.includes(name);
}

function unpermittedListCreation(name: string, { lists }: DesiredState, before: Company): UnpermittedChange[] {
  if ([...before.lists.values()].includes(name)) return [{ action: "duplicate", resource: "list", name }];
  return lists.some((list) => list.name === name) ? [] : [{ action: "create", resource: "list", name }];
}

/**
 * A list that the configuration does not delete may be deleted only if it has no members, and only if an older list has
 * the same name or the run that created the list is undone.
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
