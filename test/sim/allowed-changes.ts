import type { DesiredContact, DesiredField, DesiredList, DesiredState } from "../../src/internal.ts";
import { type Company, differenceOf, type Effect, fieldJson, handleText, type Person } from "./company.ts";

/**
 * Returns a sentence for each change of a request that the files do not permit. The check is as simple as possible: sets
 * of what may be added and what may be removed.
 */
export function unpermittedChanges(effect: Effect, desired: DesiredState, isMerge: boolean): string[] {
  const { created, deleted, changed, listsMade, before, after } = effect;
  return [
    ...created.flatMap((person) => unpermittedCreation(person, desired, after)),
    ...deleted.flatMap((person) =>
      isMerge ? unpermittedMerge(person, desired) : unpermittedDeletion(person, desired),
    ),
    ...(isMerge ? [] : changed.flatMap((change) => unpermittedEdits(change, desired, after))),
    ...listsMade.flatMap((name) => unpermittedListCreation(name, desired, before)),
    ...unpermittedListDeletions(effect, desired),
  ];
}

/** Returns every entry that is pinned to the contact with this id or declares one of these handles. */
export function entriesOf(id: string, handles: Iterable<string>, { contacts }: DesiredState): DesiredContact[] {
  const held = new Set(handles);
  return contacts.filter((entry) => entry.id === id || entry.handles.some((handle) => held.has(handleText(handle))));
}

function unpermittedCreation(person: Person, desired: DesiredState, after: Company): string[] {
  const entries = entriesOf(person.id, person.handles, desired).filter(({ ensure }) => ensure === "present");
  const whole = entries.find((entry) => differenceOf(person.handles, textsOf(entry)).length === 0);
  if (whole === undefined) return [`a contact with ${[...person.handles].join(", ")} was created, whom no file has`];
  return unpermittedEdits({ before: blank(person), after: person }, desired, after);
}

function blank({ id, handles }: Person): Person {
  const nothing = {
    name: "",
    description: "",
    links: new Set<string>(),
    lists: new Set<string>(),
    avatar: undefined,
    isPrivate: false,
  };
  return { id, handles, ...nothing, fields: new Map() };
}

export function textsOf({ handles }: DesiredContact): Set<string> {
  return new Set(handles.map(handleText));
}

function unpermittedMerge({ id, handles }: Person, desired: DesiredState): string[] {
  return entriesOf(id, handles, desired).some(({ merge }) => merge)
    ? []
    : [`${id} was merged away, which the files do not declare`];
}

function unpermittedDeletion({ id, handles }: Person, desired: DesiredState): string[] {
  const marked = entriesOf(id, handles, desired).some(({ ensure }) => ensure === "absent");
  return marked ? [] : [`${id} was deleted, which the files do not declare`];
}

function unpermittedEdits(
  { before, after }: Effect["changed"][number],
  desired: DesiredState,
  company: Company,
): string[] {
  const { id } = after;
  const entries = entriesOf(id, [...before.handles, ...after.handles], desired).map((entry) =>
    withRemovals(entry, company, desired.base),
  );
  return [
    ...(before.name === after.name || entries.some(({ name }) => name === after.name) ? [] : [`the name of ${id}`]),
    ...(before.description === after.description || entries.some(({ description }) => description === after.description)
      ? []
      : [`the description of ${id}`]),
    ...(before.avatar === after.avatar || entries.some(({ avatar }) => avatar?.sha256 === after.avatar)
      ? []
      : [`the picture of ${id}`]),
    ...unpermittedFields(before, after, entries),
    ...unpermittedLinks(before, after, entries),
    ...unpermittedHandles(before, after, entries),
    ...unpermittedMemberships(before, after, { entries, company, desired }),
  ];
}

/** Returns an entry that also removes the values that its base has and the entry no longer has. */
function withRemovals(entry: DesiredContact, { lists: names }: Company, base: DesiredState["base"]): DesiredContact {
  const before = base?.contacts.find((each) => continues(entry, each));
  if (before === undefined) return entry;
  const { links = [], lists = [], customFields = [], without = {} } = entry;
  const listed = new Set(lists.map(nameOfList));
  const left = new Set((before.lists ?? []).map(nameOfList).filter((name) => !listed.has(name)));
  const fields = (before.customFields ?? []).filter(({ name }) => !customFields.some((field) => field.name === name));
  return {
    ...entry,
    customFields: [...customFields, ...fields.map((field) => ({ ...field, value: null }))],
    without: {
      handles: [...(without.handles ?? []), ...before.handles.filter((each) => !textsOf(entry).has(handleText(each)))],
      links: [...(without.links ?? []), ...(before.links ?? []).filter((link) => !links.includes(link))],
      lists: [...(without.lists ?? []), ...[...names].flatMap(([id, name]) => (left.has(name) ? [{ id, name }] : []))],
    },
  };
}

/** True if two entries declare the same contact: they have the same key, or share a handle. */
export function continues(entry: DesiredContact, before: DesiredContact): boolean {
  return entry.key === before.key || differenceOf(textsOf(entry), textsOf(before)).length < entry.handles.length;
}

export function nameOfList(list: DesiredList): string {
  return "name" in list ? list.name : list.id;
}

/** Returns a sentence for each custom field of a contact or an account that no entry permits to change. */
export function unpermittedFields(
  before: Pick<Person, "fields">,
  after: Pick<Person, "fields" | "id">,
  entries: readonly { readonly customFields?: readonly DesiredField[]; readonly exact: readonly string[] }[],
): string[] {
  const names = new Set([...before.fields.keys(), ...after.fields.keys()]);
  return [...names].flatMap((name) => {
    const value = after.fields.get(name);
    if (before.fields.get(name) === value) return [];
    const wanted = entries.some(({ customFields = [], exact }) => {
      const written = customFields.find((field) => field.name === name);
      if (written === undefined) return value === undefined && exact.includes("custom_fields");
      return isWritten(written, value);
    });
    return wanted ? [] : [`the field ${name} of ${after.id}`];
  });
}

function isWritten({ value: written, restored }: DesiredField, value: string | undefined): boolean {
  if (restored !== undefined) return value === fieldJson(restored);
  return written === null || written === "" ? value === undefined || value === '""' : value === JSON.stringify(written);
}

function unpermittedLinks(before: Person, after: Person, entries: readonly DesiredContact[]): string[] {
  const came = differenceOf(after.links, before.links).filter(
    (link) => !entries.some(({ links }) => links?.includes(link)),
  );
  const went = differenceOf(before.links, after.links).filter(
    (link) =>
      !entries.some(
        ({ links, exact, without }) =>
          (exact.includes("links") && !links?.includes(link)) || without?.links?.includes(link),
      ),
  );
  return [...came, ...went].map((link) => `the link ${link} of ${after.id}`);
}

/** A handle may be removed if the handles of its entry are exact, or if an entry declares or removes it. */
function unpermittedHandles(before: Person, after: Person, entries: readonly DesiredContact[]): string[] {
  const came = differenceOf(after.handles, before.handles).filter(
    (handle) => !entries.some((entry) => textsOf(entry).has(handle)),
  );
  const went = differenceOf(before.handles, after.handles).filter(
    (handle) => !entries.some((entry) => entry.exact.includes("handles") || mayLose(entry, handle)),
  );
  const last = after.handles.size === 0 ? [`the last handle of ${after.id}`] : [];
  return [...last, ...[...came, ...went].map((handle) => `the handle ${handle} of ${after.id}`)];
}

function mayLose(entry: DesiredContact, handle: string): boolean {
  return textsOf(entry).has(handle) || (entry.without?.handles ?? []).some((each) => handleText(each) === handle);
}

function unpermittedMemberships(
  before: Person,
  after: Person,
  {
    entries,
    company,
    desired,
  }: { readonly entries: readonly DesiredContact[]; readonly company: Company; readonly desired: DesiredState },
): string[] {
  const names = (entry: DesiredContact) => entry.lists?.map(nameOfList) ?? [];
  const came = differenceOf(after.lists, before.lists).filter(
    (id) => !entries.some((entry) => [id, company.lists.get(id) ?? ""].some((each) => names(entry).includes(each))),
  );
  // A list that is gone is checked separately.
  const left = differenceOf(before.lists, after.lists).filter((id) => company.lists.has(id));
  const onLists = [
    ...entries,
    ...entriesOf(after.id, before.handles, { ...desired, contacts: desired.listedElsewhere ?? [] }),
  ];
  const went = left.filter(
    (id) =>
      !mayLoseMembers(company.lists.get(id) ?? "", desired, onLists.flatMap(names)) &&
      !entries.some(
        (entry) =>
          (entry.exact.includes("lists") && !names(entry).includes(company.lists.get(id) ?? "")) ||
          entry.without?.lists?.some((list) => list.id === id),
      ),
  );
  return [...came, ...went].map((id) => `the list ${company.lists.get(id)} of ${after.id}`);
}

/** True if the members of a list are exact and no entry of the contact names it. */
function mayLoseMembers(name: string, { lists }: DesiredState, named: readonly string[]): boolean {
  return lists.some((list) => list.name === name && list.members === "exact") && !named.includes(name);
}

function unpermittedListCreation(name: string, { lists }: DesiredState, before: Company): string[] {
  if ([...before.lists.values()].includes(name)) return [`a second list ${name} was made`];
  return lists.some((list) => list.name === name) ? [] : [`the list ${name} was made, which no file may`];
}

/**
 * Returns a sentence for each deletion of a list that the files do not permit. The newer of two lists with the same name
 * may be deleted if it has no members, and so may a list that an undone run created.
 */
function unpermittedListDeletions({ before, after }: Effect, { absentLists = [], lists }: DesiredState): string[] {
  return [...before.lists].flatMap(([id, name]) => {
    if (after.lists.has(id)) return [];
    if (lists.some((list) => list.name === name && list.ensure === "absent")) return [];
    const older = [...after.lists].some(
      ([other, called]) => called === name && Number.parseInt(other.slice(4), 36) < Number.parseInt(id.slice(4), 36),
    );
    const isEmpty = ![...before.people.values()].some(({ lists }) => lists.has(id));
    const isAbsent = absentLists.some((list) => list.id === id);
    return (older || isAbsent) && isEmpty ? [] : [`the list ${name} is gone`];
  });
}
