import { posix } from "node:path";
import type { Collection, DesiredList, InheritedValue } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { normalText } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { LocatedValue } from "../yaml/located-value.ts";
import type { UncheckedContact } from "./unchecked-config.ts";
import type { LocatedText, UncheckedField } from "./written-values.ts";

/** Matches the name of a file that may have defaults. */
const DEFAULTS_NAME = /^defaults\.ya?ml$/i;

export function isDefaultsFile(path: string): boolean {
  const name = posix.basename(path);
  return name.startsWith("defaults") && DEFAULTS_NAME.test(name);
}

/** The defaults of each directory that has a defaults file. */
export class Defaults {
  readonly #byDirectory: ReadonlyMap<string, UncheckedContact>;
  /** The defaults that apply in a directory; undefined if there are none. */
  readonly #applicable = new Map<string, SharedValues | undefined>();

  /** `all`: the values under each `defaults` key. Those outside defaults files are ignored; a rule reports them. */
  constructor(all: readonly UncheckedContact[]) {
    const used = all.filter(({ location }) => isDefaultsFile(location.file));
    this.#byDirectory = new Map(used.map((each) => [posix.dirname(each.location.file), each]));
  }

  /** Returns the defaults that apply in each directory that has a defaults file. */
  all(): (readonly [directory: string, values: UncheckedContact])[] {
    return [...this.#byDirectory].map(([directory, own]) => [directory, this.apply(own, posix.dirname(directory))]);
  }

  /** Returns the location of the `protect: true` that contacts of a directory inherit. */
  protectionIn(directory: string): UncheckedContact["protect"] {
    return this.#of(directory)?.protect?.value;
  }

  /**
   * Returns a contact with the defaults of its directory. A table row belongs to the directory of the table's
   * declaration.
   */
  apply(contact: UncheckedContact, directory: string): UncheckedContact {
    if (this.#byDirectory.size === 0 || contact.ensure === "absent") return contact;
    const shared = this.#of(directory);
    return shared === undefined ? contact : inherit(contact, shared);
  }

  #of(directory: string): SharedValues | undefined {
    if (this.#applicable.has(directory)) return this.#applicable.get(directory);
    const shared = this.#sharedIn(directory);
    this.#applicable.set(directory, shared);
    return shared;
  }

  #sharedIn(directory: string): SharedValues | undefined {
    const own = this.#byDirectory.get(directory);
    const parent = posix.dirname(directory);
    const outer = parent === directory ? undefined : this.#of(parent);
    if (own === undefined) return outer;
    return outer === undefined
      ? sharedBy(own)
      : { ...outer, ...sharedBy(own), ...unitedCollections(sharedBy(own), outer) };
  }
}

/** A default and its location. */
interface Shared<T> {
  readonly value: T;
  readonly inherited: InheritedValue;
}

/** The defaults of a directory: those of its own file and of the directories above it. */
interface SharedValues {
  readonly description?: Shared<string>;
  readonly avatar?: Shared<LocatedText>;
  readonly account?: Shared<NonNullable<UncheckedContact["account"]>>;
  readonly links?: readonly Shared<LocatedText>[];
  readonly lists?: readonly Shared<DesiredList>[];
  readonly customFields?: readonly Shared<UncheckedField>[];
  /** The value is undefined for `protect: false`. */
  readonly protect?: { readonly value: UncheckedContact["protect"]; readonly inherited: InheritedValue };
  readonly exact?: readonly Shared<Collection>[];
}

function sharedBy({ written, location, description, avatar, account, ...rest }: UncheckedContact): SharedValues {
  const { links, lists, customFields } = rest;
  const at = (property: string) => written.get(property)?.location ?? location;
  const one = <T>(attribute: "description" | "avatar" | "account", value: T | undefined) =>
    value === undefined ? undefined : { value, inherited: { attribute, location: at(attribute) } };
  const protect = written.get("protect");
  const exact = written.get("exact");
  return omitUndefined({
    description: one("description", description),
    avatar: one("avatar", avatar),
    account: one("account", account),
    links: links?.map((value) => itemOf("links", keyOfLink(value), value)),
    lists: lists?.map((value) => itemOf("lists", keyOfList(value), value)),
    customFields: customFields?.map((value) => itemOf("custom_fields", value.name, value)),
    protect: protect && {
      value: rest.protect,
      inherited: { attribute: "protect" as const, location: protect.keyLocation },
    },
    exact: exact && rest.exact.map((value) => itemOf("exact", value, value, locationOfItem(exact, value))),
  });
}

function itemOf<T>(
  attribute: InheritedValue["attribute"],
  key: string,
  value: T,
  location = (value as { readonly location: SourceLocation }).location,
): Shared<T> {
  return { value, inherited: { attribute, key, location } };
}

function locationOfItem(list: LocatedValue, item: string): SourceLocation {
  return list.items().find(({ value }) => value === item)?.location ?? list.location;
}

function keyOfLink({ text }: LocatedText): string {
  return normalText(text);
}

export function keyOfList(list: DesiredList): string {
  return "id" in list ? list.id : list.name;
}

function unitedCollections(
  own: SharedValues,
  outer: SharedValues,
): Pick<SharedValues, "links" | "lists" | "customFields"> {
  return omitUndefined({
    links: unite(own.links, outer.links),
    lists: unite(own.lists, outer.lists),
    customFields: unite(own.customFields, outer.customFields),
  });
}

function unite<T>(
  own: readonly Shared<T>[] | undefined,
  outer: readonly Shared<T>[] | undefined,
): readonly Shared<T>[] | undefined {
  if (own === undefined || outer === undefined) return own ?? outer;
  const keys = new Set(own.map(({ inherited }) => inherited.key));
  return [...own, ...outer.filter(({ inherited }) => !keys.has(inherited.key))];
}

function inherit(contact: UncheckedContact, shared: SharedValues): UncheckedContact {
  const inherited: InheritedValue[] = [];
  const one = <T>(own: T | undefined, value: Shared<T> | undefined): T | undefined => {
    if (own !== undefined || value === undefined) return own;
    inherited.push(value.inherited);
    return value.value;
  };
  /** An empty collection is also managed: with `exact`, it removes everything. */
  const many = <T>(
    own: readonly T[] | undefined,
    values: readonly Shared<T>[] | undefined,
    keyOf: (value: T) => string,
  ): readonly T[] | undefined => {
    if (values === undefined) return own;
    const added = own === undefined ? values : missingIn(own, values, keyOf);
    for (const value of added) inherited.push(value.inherited);
    return [...(own ?? []), ...added.map(({ value }) => value)];
  };
  const { protect: _, ...rest } = contact;
  const description = one(contact.description, shared.description);
  const links = many(contact.links, shared.links, keyOfLink);
  const lists = many(contact.lists, shared.lists, keyOfList);
  const customFields = many(contact.customFields, shared.customFields, ({ name }) => name);
  const present = { handles: contact.handles, links, lists, custom_fields: customFields };
  return omitUndefined({
    ...rest,
    ...{ description, links, lists, customFields },
    avatar: one(contact.avatar, shared.avatar),
    account: one(contact.account, shared.account),
    protect: protectionOf(contact, shared, inherited),
    exact: exactOf(contact, shared, { present, inherited }),
    inherited: inherited.length === 0 ? undefined : inherited,
  });
}

function missingIn<T>(
  own: readonly T[],
  values: readonly Shared<T>[],
  keyOf: (value: T) => string,
): readonly Shared<T>[] {
  const keys = new Set(own.map(keyOf));
  return values.filter(({ inherited }) => !keys.has(inherited.key ?? ""));
}

function protectionOf(
  contact: UncheckedContact,
  { protect }: SharedValues,
  inherited: InheritedValue[],
): UncheckedContact["protect"] {
  if (protect?.value === undefined || contact.written.get("protect") !== undefined) return contact.protect;
  inherited.push(protect.inherited);
  return protect.value;
}

/** Applies a default `exact` only to managed collections: it would remove everything from others. */
function exactOf(
  contact: UncheckedContact,
  { exact }: SharedValues,
  {
    present,
    inherited,
  }: { readonly present: Partial<Record<Collection, unknown>>; readonly inherited: InheritedValue[] },
): readonly Collection[] {
  if (exact === undefined || contact.written.get("exact") !== undefined) return contact.exact;
  const managed = exact.filter(({ value }) => present[value] !== undefined);
  for (const value of managed) inherited.push(value.inherited);
  return managed.map(({ value }) => value);
}
