import { posix } from "node:path";
import { isDefaultsFile } from "../config/defaults.ts";
import { YAML_NAME } from "../config/find-files.ts";
import type { DesiredContact } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { ImportDestination } from "./destination.ts";
import { type Entry, fieldProperty, ImportError } from "./entry.ts";
import type { ValueSource } from "./entry-defaults.ts";

/** An imported entry that has not been written yet. */
export interface CollectedEntry {
  readonly key: string;
  readonly entry: Entry;
  readonly source: ValueSource;
  /** The directory to which the path of the avatar is relative. */
  readonly directory: string;
}

export type SharedValues = Pick<Entry, "description" | "links" | "lists" | "customFields" | "account">;

/** Minimum share of entries with the same description or custom field, for it to become a default. */
const MIN_SHARE = 0.9;

/**
 * Returns the values that can become defaults without changing the meaning of any entry; undefined if there are none.
 * Links, lists and an account must be shared by all entries, because an entry cannot remove them. For a description or
 * a custom field, most entries are enough, because the others can override or clear it. If the source of any entry is
 * incomplete, all values must be shared by all entries. `outer` contains the defaults that already apply.
 */
export function findSharedValues(
  entries: readonly CollectedEntry[],
  outer: DesiredContact | undefined,
): SharedValues | undefined {
  if (entries.length < 2) return undefined;
  const share = entries.every(({ source }) => source.complete) ? MIN_SHARE : 1;
  const isOmitted = (property: string) => entries.some(({ source }) => source.omitted.has(property));
  const description =
    outer?.description === undefined && !isOmitted("description")
      ? findCommonValue(entries, share, { select: (entry) => entry.description, keyOf: normalText })
      : undefined;
  const names = new Set(entries.flatMap(({ entry }) => entry.customFields.map(({ name }) => name)));
  for (const { name } of outer?.customFields ?? []) names.delete(name);
  const customFields = [...names]
    .filter((name) => !isOmitted(fieldProperty(name)) && !isOmitted("custom_fields"))
    .flatMap((name) => {
      const select = ({ customFields: fields }: Entry) =>
        fields.find((field) => field.name === name && field.value !== null);
      return findCommonValue(entries, share, { select, keyOf: ({ value }) => JSON.stringify(value) }) ?? [];
    });
  const links = findSharedItems(entries, (entry) => entry.links, normalText);
  const lists = findSharedItems(
    entries,
    (entry) => entry.lists,
    ({ id, name }) => id ?? `name ${name}`,
  );
  const account = findCommonValue(entries, 1, { select: (entry) => entry.account, keyOf: ({ key }) => key });
  const isEmpty = [description, account, ...links, ...lists, ...customFields].every((value) => value === undefined);
  return isEmpty ? undefined : omitUndefined({ description, links, lists, customFields, account });
}

function findCommonValue<T>(
  entries: readonly CollectedEntry[],
  share: number,
  { select, keyOf }: { readonly select: (entry: Entry) => T | undefined; readonly keyOf: (value: T) => string },
): T | undefined {
  const counts = new Map<string, { count: number; readonly value: T }>();
  for (const { entry } of entries) {
    const value = select(entry);
    if (value === undefined) continue;
    const counted = counts.get(keyOf(value)) ?? { count: 0, value };
    counted.count += 1;
    counts.set(keyOf(value), counted);
  }
  return [...counts.values()].find(({ count }) => count >= share * entries.length)?.value;
}

function findSharedItems<T>(
  entries: readonly CollectedEntry[],
  valuesOf: (entry: Entry) => readonly T[],
  keyOf: (value: T) => string,
): T[] {
  const [first, ...others] = entries.map(({ entry }) => new Map(valuesOf(entry).map((value) => [keyOf(value), value])));
  return [...(first ?? [])].filter(([key]) => others.every((values) => values.has(key))).map(([, value]) => value);
}

/** Returns shared values as defaults, as if they were read from a file. */
export function toDefaults(values: SharedValues, file: string): DesiredContact {
  const { description, links, lists, customFields, account } = values;
  const location = { file, line: 1, column: 1, length: 1 };
  return omitUndefined({
    key: "defaults",
    location,
    ensure: "present" as const,
    merge: false,
    handles: [],
    exact: [],
    description,
    links,
    account: account && { id: account.id, location },
    lists: lists.map(({ name, id, byId }) => (byId && id !== undefined ? { id, location } : { name, location })),
    customFields: customFields.map(({ name, value }) => ({ name, value, location, nameLocation: location })),
  });
}

/** Throws an `ImportError` if a directory has a defaults file, or if new defaults would apply to declared contacts. */
export function assertCanAddDefaults(directory: string, { desired, sources, tables }: ImportDestination): void {
  const present = desired.contacts.filter(({ ensure }) => ensure === "present");
  const filesWithContacts = new Set([...present, ...tables.values()].map(({ location }) => location.file));
  for (const file of sources.keys()) {
    if (!YAML_NAME.test(file) || !isBelow(directory, file)) continue;
    const hasFile = isDefaultsFile(file) && posix.dirname(file) === directory;
    if (!hasFile && !filesWithContacts.has(file)) continue;
    throw new ImportError(
      hasFile ? `"${file}" already exists` : `The defaults would also apply to the contacts in "${file}"`,
      "Import into a separate directory, or without defaults.",
      { kind: "import-elsewhere" },
    );
  }
}

function isBelow(directory: string, file: string): boolean {
  return directory === "." || file.startsWith(`${directory}/`);
}
