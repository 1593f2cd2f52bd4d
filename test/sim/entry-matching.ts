import type { DesiredContact, DesiredList, DesiredState } from "../../src/internal.ts";
import { type Company, differenceOf, handleText } from "./company.ts";

/** Returns the entries that are pinned to the contact with this ID or declare one of the handles. */
export function entriesOf(id: string, handles: Iterable<string>, { contacts }: DesiredState): DesiredContact[] {
  const contactHandles = new Set(handles);
  return contacts.filter(
    (entry) => entry.id === id || entry.handles.some((handle) => contactHandles.has(handleText(handle))),
  );
}

/** Returns whether two entries declare the same contact: they have the same key or share a handle. */
export function declaresSameContact(entry: DesiredContact, other: DesiredContact): boolean {
  return (
    entry.key === other.key || differenceOf(handleTextsOf(entry), handleTextsOf(other)).length < entry.handles.length
  );
}

export function handleTextsOf({ handles }: DesiredContact): Set<string> {
  return new Set(handles.map(handleText));
}

/** Returns the name of a list, or its ID if an entry refers to it by ID. */
export function listName(list: DesiredList): string {
  return "name" in list ? list.name : list.id;
}

/**
 * Returns the IDs of the lists of an entry. A name refers to the oldest list with this name in the declared workspace;
 * if there is none, returns the name.
 */
export function listIdsOf(
  { lists: references = [] }: DesiredContact,
  { lists: declared }: Pick<DesiredState, "lists">,
  { lists, listTeams }: Company,
): string[] {
  return references.map(listName).map((name) => {
    const team = declared.find((list) => list.name === name)?.team;
    const matching = [...lists].find(
      ([id, other]) => other === name && (team === undefined || listTeams.get(id) === team),
    );
    return matching?.[0] ?? name;
  });
}
