import { contactAddress, splitAddress, tableOfKey } from "../model/address.ts";
import type { DesiredContact, DesiredState } from "../model/contact.ts";
import { type Diagnostic, errorAt, warningAt } from "../model/diagnostic.ts";
import { findEarlierContacts } from "./base-entries.ts";

/**
 * Adds a tombstone for each row that a table with `missing: absent` had at the base and no longer has. A row is not
 * treated as removed if it is the earlier version of another entry, or if the row only lost its handles. Without a
 * base, the removed rows are unknown, so no tombstones are added.
 */
export function addTombstonesForRemovedRows(desired: DesiredState): DesiredState {
  const { tablesWithMissingAbsent = [], ...rest } = desired;
  const { base, contacts } = rest;
  if (base === undefined || tablesWithMissingAbsent.length === 0) return rest;
  const earlierVersions = new Set(findEarlierContacts(base.contacts, contacts).values());
  const keys = new Set([
    ...contacts.map(({ key }) => key),
    ...tablesWithMissingAbsent.flatMap(({ skippedRows = [] }) => skippedRows),
  ]);
  const tables = new Map(tablesWithMissingAbsent.map(({ name, skippedRows: _, ...table }) => [name, table]));
  const tombstones = base.contacts.flatMap((entry): DesiredContact[] => {
    const table = tables.get(tableOfKey(entry.key) ?? "");
    if (table === undefined || entry.ensure === "absent" || earlierVersions.has(entry) || keys.has(entry.key))
      return [];
    const { key, handles } = entry;
    return [{ ...table, key, handles, ensure: "absent", merge: false, exact: [] }];
  });
  return { ...rest, contacts: [...contacts, ...tombstones] };
}

/**
 * Returns an error for each table with `missing: absent` that has lost all its rows since the base, because the cause is
 * probably a failed export or a wrong `where`.
 */
export function reportEmptiedTables({ tablesWithMissingAbsent = [], contacts, base }: DesiredState): Diagnostic[] {
  const tablesIn = (entries: readonly DesiredContact[] = []) => new Set(entries.map(({ key }) => tableOfKey(key)));
  const [current, earlier] = [tablesIn(contacts), tablesIn(base?.contacts)];
  const emptied = tablesWithMissingAbsent.filter(
    ({ name, skippedRows = [] }) => earlier.has(name) && !current.has(name) && skippedRows.length === 0,
  );
  const advice =
    "Check the export and `where`. To delete the contacts, leave one row in the table, or declare tombstones for them.";
  return emptied.map(({ name, location }) => {
    const summary = `The table "${name}" has lost all its rows since the base, so all their contacts would be deleted`;
    return errorAt(location, "table-emptied", summary, advice);
  });
}

export function warnMissingBase({ tablesWithMissingAbsent = [], base }: DesiredState): Diagnostic[] {
  if (base !== undefined) return [];
  const advice = "Compare with the rows at an earlier revision, such as HEAD.";
  return tablesWithMissingAbsent.map(({ name, location }) => {
    const summary = `Without a base, contacts whose rows were removed from the table "${name}" are not deleted`;
    return warningAt(location, "missing-needs-base", summary, advice, { kind: "compare-with-base" });
  });
}

/**
 * Returns the reason why a tombstone for a removed row deletes the contact; undefined for a tombstone in a YAML file,
 * and for an undo, which deletes contacts by ID.
 */
export function reasonOfDeletion({ key, id, handles }: DesiredContact): string | undefined {
  const table = tableOfKey(key);
  if (table === undefined || id !== undefined) return undefined;
  const { index } = splitAddress(contactAddress(key));
  const [first] = handles;
  const location = first === undefined ? "" : ` (it was at ${first.location.file}:${first.location.line})`;
  return `row ${index} is no longer in table ${table}${location}`;
}
