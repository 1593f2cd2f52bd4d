import type { Collection, DesiredContact, DesiredState } from "../../src/internal.ts";
import type { AccountCollection } from "../../src/model/account.ts";
import { type AccountRecord, type Company, type ContactRecord, fieldJson, handleText } from "./company.ts";
import { listName } from "./entry-matching.ts";

export type DeclaredAccount = NonNullable<DesiredState["accounts"]>[number];
export type DeclaredEntry = DesiredContact | DeclaredAccount;

/**
 * Values by path: `name`, `description`, `avatar`, a field such as `field Tier`, or a member of a collection, such as
 * `link https://a.example`. A field has its JSON as its value, and a member has the value `yes`. A missing value is
 * empty.
 */
type Values = ReadonlyMap<string, string>;

/** The first word of the path of a value in a collection. */
export const KINDS: Readonly<Record<Collection | AccountCollection, string>> = {
  handles: "handle",
  links: "link",
  lists: "list",
  domains: "domain",
  custom_fields: "field",
};

export function kindOf(path: string): string {
  return path.split(" ", 1)[0] ?? path;
}

export function isMember(path: string): boolean {
  return path.includes(" ") && !path.startsWith("field ");
}

export function fieldPath(name: string): string {
  return `field ${name}`;
}

function pathsOf(kind: string, members: Iterable<string> = []): string[] {
  return [...members].map((member) => `${kind} ${member}`);
}

function memberValues(members: Readonly<Record<string, Iterable<string> | undefined>>): [string, string][] {
  return Object.entries(members).flatMap(([kind, all]) =>
    pathsOf(kind, all).map((path): [string, string] => [path, "yes"]),
  );
}

const values = new WeakMap<AccountRecord | ContactRecord, Values>();

/** Returns the values of a record. Caches them, because every write is compared with the same records. */
export function valuesOf(record: AccountRecord | ContactRecord): Values {
  const cached = values.get(record);
  if (cached !== undefined) return cached;
  const { name, description, fields } = record;
  const members =
    "domains" in record
      ? { domain: record.domains }
      : { handle: record.handles, link: record.links, list: record.lists };
  const all: [string, string][] = [
    ["name", name],
    ["description", description],
    ["avatar", ("avatar" in record && record.avatar) || ""],
    ...[...fields].map(([field, json]): [string, string] => [fieldPath(field), json === '""' ? "" : json]),
    ...memberValues(members),
  ];
  const result = new Map(all.filter(([, value]) => value !== ""));
  values.set(record, result);
  return result;
}

export function valueIn(record: AccountRecord | ContactRecord, path: string): string {
  return valuesOf(record).get(path) ?? "";
}

interface RecordChange {
  readonly before: AccountRecord | ContactRecord;
  readonly after: AccountRecord | ContactRecord;
}

export function changedPaths({ before, after }: RecordChange): string[] {
  const paths = new Set([...valuesOf(before).keys(), ...valuesOf(after).keys()]);
  return [...paths].filter((path) => valueIn(before, path) !== valueIn(after, path));
}

/** The values that an entry manages. */
export interface Declaration {
  readonly values: Values;
  /** Returns undefined for a value that the entry does not manage. */
  readonly at: (path: string) => string | undefined;
}

/** Returns the values that an entry manages. `listIds` are the IDs of the lists that the entry names. */
export function declarationOf(entry: DeclaredEntry, listIds: readonly string[]): Declaration {
  const { name, description, customFields = [] } = entry;
  const single = { name, description, avatar: "avatar" in entry ? entry.avatar?.sha256 : undefined };
  const members =
    "handles" in entry
      ? { handle: entry.handles.map(handleText), link: entry.links, list: entry.lists && listIds }
      : { domain: entry.domains?.map(({ domain }) => domain) };
  const declared = new Map([
    ...Object.entries(single).flatMap(([path, value]): [string, string][] =>
      value === undefined ? [] : [[path, value]],
    ),
    ...customFields.map(({ name: field, value, valueToRestore = value }): [string, string] => [
      fieldPath(field),
      valueToRestore === null || valueToRestore === "" ? "" : fieldJson(valueToRestore),
    ]),
    ...memberValues(members),
  ]);
  const exactKinds = new Set(entry.exact.map((collection) => KINDS[collection]));
  return { values: declared, at: (path) => declared.get(path) ?? (exactKinds.has(kindOf(path)) ? "" : undefined) };
}

/** Returns the paths of the values that an undo removes because the run added them. */
export function pathsToRemove(entry: DeclaredEntry): string[] {
  if (!("handles" in entry)) return pathsOf("domain", entry.withoutDomains);
  const { handles, links, lists } = entry.without ?? {};
  return [
    ...pathsOf("handle", handles?.map(handleText)),
    ...pathsOf("link", links),
    ...pathsOf(
      "list",
      lists?.map(({ id }) => id),
    ),
  ];
}

/** Returns the IDs of all lists with a name that an entry refers to. */
export function listsNamedBy(entry: DeclaredEntry, { lists }: Pick<Company, "lists">): string[] {
  const names = new Set("lists" in entry ? entry.lists?.map(listName) : []);
  return [...lists].flatMap(([id, name]) => (names.has(name) || names.has(id) ? [id] : []));
}
