import { posix } from "node:path";
import type { Collection, DesiredContact, DesiredList } from "../model/contact.ts";
import { isSameText, normalText } from "../model/field-values.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type Entry, type EntryField, type EntryList, fieldProperty, isSameAccount, isSameField } from "./entry.ts";

export type DefaultsByDirectory = ReadonlyMap<string, DesiredContact>;

export function defaultsFor(directory: string, defaults: DefaultsByDirectory): DesiredContact | undefined {
  const found = defaults.get(directory);
  const parent = posix.dirname(directory);
  return found === undefined && parent !== directory && defaults.size > 0 ? defaultsFor(parent, defaults) : found;
}

interface DefaultedEntry {
  /** The entry without the values that its defaults provide. */
  readonly entry: Entry;
  /**
   * Default values that the contact lacks and that an entry cannot override, such as `the link "https://x.example"`.
   */
  readonly differing: readonly string[];
  readonly problem?: string;
}

export interface ValueSource {
  /** True if the source contains all values of the contact. The entry then clears defaults that the contact lacks. */
  readonly complete: boolean;
  /**
   * Properties that the contact has and the entry lacks, named as in `EntryProblem`. Also `account`, if the account of
   * the contact is unknown.
   */
  readonly omitted: ReadonlySet<string>;
}

/**
 * Returns the entry to write in a directory with defaults. If the source is complete, the returned entry has, where
 * possible, the same meaning with the defaults as `entry` has without them.
 */
export function withoutDefaults(
  entry: Entry,
  defaults: DesiredContact | undefined,
  source: ValueSource,
): DefaultedEntry {
  if (defaults === undefined) return { entry, differing: [] };
  const isDefault = defaultPredicates(defaults);
  const { description: _, account, ...rest } = entry;
  const ownEntry: Entry = omitUndefined({
    ...rest,
    description: ownDescription(entry, defaults, source),
    account: isSameAccount(account ?? null, defaults.account) ? undefined : account,
    links: entry.links.filter((link) => !isDefault.link(link)),
    lists: entry.lists.filter((list) => !isDefault.list(list)),
    customFields: [
      ...entry.customFields.filter((field) => !isDefault.field(field)),
      ...(source.complete ? clearedFields(entry, defaults, source.omitted) : []),
    ],
  });
  const exact = exactFor(ownEntry, defaults, source);
  const differing = source.complete ? describeDifferences(entry, defaults, source.omitted) : [];
  return omitUndefined({
    entry: omitUndefined({ ...ownEntry, exact }),
    differing,
    problem: checkLimits(ownEntry, defaults),
  });
}

/**
 * Returns the description to write; undefined if the entry needs none, for example because the default is the same. An
 * empty description clears the default.
 */
function ownDescription(
  { description }: Entry,
  defaults: DesiredContact,
  { complete, omitted }: ValueSource,
): string | undefined {
  const inherited = defaults.description;
  if (inherited === undefined) return description;
  if (isSameText(inherited, description)) return undefined;
  return description ?? (complete && !omitted.has("description") ? "" : undefined);
}

function checkLimits(own: Entry, { links = [], lists = [], customFields = [] }: DesiredContact): string | undefined {
  const counts = [
    { collection: "lists", count: own.lists.length + lists.length, limit: LIMITS.lists },
    { collection: "links", count: own.links.length + links.length, limit: LIMITS.entries },
    { collection: "custom fields", count: own.customFields.length + customFields.length, limit: LIMITS.entries },
  ];
  const exceeded = counts.find(({ count, limit }) => count > limit);
  return exceeded && `would have too many ${exceeded.collection}, including defaults`;
}

function defaultPredicates({ links = [], lists = [], customFields = [] }: DesiredContact) {
  const linkKeys = new Set(links.map(normalText));
  const listKeys = new Set(lists.map((list) => ("id" in list ? list.id : `name ${list.name}`)));
  const fields = new Map(customFields.map((field) => [field.name, field.value]));
  return {
    link: (link: string) => linkKeys.has(normalText(link)),
    list: ({ id, name, byId = false }: EntryList) =>
      (id !== undefined && listKeys.has(id)) || (!byId && listKeys.has(`name ${name}`)),
    field: (field: EntryField) => {
      const value = fields.get(field.name);
      return value !== undefined && isSameField(value, field);
    },
  };
}

function clearedFields(
  { customFields }: Entry,
  defaults: DesiredContact,
  omitted: ReadonlySet<string>,
): readonly EntryField[] {
  const names = new Set(customFields.map(({ name }) => name));
  return (defaults.customFields ?? [])
    .filter(({ name, value }) => value !== null && !names.has(name) && !omitted.has(fieldProperty(name)))
    .map(({ name }) => ({ name, type: undefined, value: null }));
}

/**
 * Returns the entry's own `exact`; undefined if the `exact` of the defaults can apply. Leaves out collections with
 * omitted values, because apply would delete these values, and collections that neither the entry nor the defaults
 * contain, because they would make the entry invalid.
 */
function exactFor(
  own: Entry,
  { exact, links, lists, customFields }: DesiredContact,
  { omitted }: ValueSource,
): readonly Collection[] | undefined {
  const isOmitted = (collection: Collection) =>
    [...omitted].some((property) => property === collection || property.startsWith(`${collection}.`));
  if (!exact.some(isOmitted)) return undefined;
  const defaults = { handles: undefined, links, lists, custom_fields: customFields };
  const contents = { ...own, custom_fields: own.customFields };
  return exact.filter(
    (collection) => !isOmitted(collection) && (contents[collection].length > 0 || defaults[collection] !== undefined),
  );
}

function describeDifferences(entry: Entry, defaults: DesiredContact, omitted: ReadonlySet<string>): string[] {
  const { links = [], lists = [], customFields = [], description, account } = defaults;
  const linkKeys = new Set(entry.links.map(normalText));
  const hasList = (list: DesiredList) =>
    entry.lists.some(({ id, name }) => ("id" in list ? id === list.id : name === list.name));
  return [
    ...links.filter((link) => !linkKeys.has(normalText(link))).map((link) => `the link "${link}"`),
    ...lists.filter((list) => !hasList(list)).map((list) => `the list "${"id" in list ? list.id : list.name}"`),
    ...(description !== undefined && omitted.has("description") ? ["the description"] : []),
    ...(account !== undefined && entry.account === undefined && !omitted.has("account") ? ["the account"] : []),
    ...customFields
      .filter(({ name }) => omitted.has(fieldProperty(name)))
      .map(({ name }) => `the custom field "${name}"`),
  ];
}
