import { posix } from "node:path";
import type { Collection, DesiredList, InheritedValue } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { normalText } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { LocatedValue } from "../yaml/located-value.ts";
import type { UncheckedContact } from "./unchecked-config.ts";
import { type LocatedText, locationOfProperty, type UncheckedField } from "./written-values.ts";

/** As for other YAML files, the extension is case-insensitive. */
const DEFAULTS_NAME = /^defaults\.[yY][aA]?[mM][lL]$/;

export function isDefaultsFile(path: string): boolean {
  return DEFAULTS_NAME.test(posix.basename(path));
}

export class Defaults {
  /** By directory. */
  readonly #declared: ReadonlyMap<string, UncheckedContact>;
  readonly #applicable = new Map<string, DirectoryDefaults | undefined>();

  /** Values outside defaults files are ignored, because a rule reports them. */
  constructor(all: readonly UncheckedContact[]) {
    const inDefaultsFiles = all.filter(({ location }) => isDefaultsFile(location.file));
    this.#declared = new Map(
      inDefaultsFiles.map((declaration) => [posix.dirname(declaration.location.file), declaration]),
    );
  }

  /** Returns the defaults that apply in each directory with a defaults file. */
  ofEachDirectory(): UncheckedContact[] {
    return [...this.#declared].map(([directory, values]) => this.apply(values, posix.dirname(directory)));
  }

  /** Returns the location of the `protect: true` that contacts in a directory inherit; undefined if there is none. */
  protectionIn(directory: string): UncheckedContact["protect"] {
    return this.#defaultsIn(directory)?.protect?.value;
  }

  /**
   * Returns a contact with the defaults of a directory. A contact to delete inherits no defaults. For a table row,
   * `directory` is the directory of the file that declares the table.
   */
  apply(contact: UncheckedContact, directory: string): UncheckedContact {
    if (this.#declared.size === 0 || contact.ensure === "absent") return contact;
    const defaults = this.#defaultsIn(directory);
    return defaults === undefined ? contact : inherit(contact, defaults);
  }

  #defaultsIn(directory: string): DirectoryDefaults | undefined {
    if (this.#applicable.has(directory)) return this.#applicable.get(directory);
    const declared = this.#declared.get(directory);
    const parent = posix.dirname(directory);
    const outer = parent === directory ? undefined : this.#defaultsIn(parent);
    const defaults = declared === undefined ? outer : mergeDefaults(readDefaults(declared), outer);
    this.#applicable.set(directory, defaults);
    return defaults;
  }
}

interface Default<T> {
  readonly value: T;
  readonly inherited: InheritedValue;
}

interface DirectoryDefaults {
  readonly description?: Default<string>;
  readonly avatar?: Default<LocatedText>;
  readonly account?: Default<NonNullable<UncheckedContact["account"]>>;
  readonly links?: readonly Default<LocatedText>[];
  readonly lists?: readonly Default<DesiredList>[];
  readonly customFields?: readonly Default<UncheckedField>[];
  /** The value is undefined for `protect: false`. */
  readonly protect?: Default<UncheckedContact["protect"]>;
  readonly exact?: readonly Default<Collection>[];
}

function readDefaults(declared: UncheckedContact): DirectoryDefaults {
  const { written, description, avatar, account, links, lists, customFields } = declared;
  const valueDefault = <T>(attribute: "description" | "avatar" | "account", value: T | undefined) =>
    value === undefined
      ? undefined
      : { value, inherited: { attribute, location: locationOfProperty(declared, attribute) } };
  const protect = written.get("protect");
  const exact = written.get("exact");
  return omitUndefined({
    description: valueDefault("description", description),
    avatar: valueDefault("avatar", avatar),
    account: valueDefault("account", account),
    links: links?.map((value) => itemDefault("links", keyOfLink(value), value, value.location)),
    lists: lists?.map((value) => itemDefault("lists", keyOfList(value), value, value.location)),
    customFields: customFields?.map((value) => itemDefault("custom_fields", value.name, value, value.location)),
    protect: protect && {
      value: declared.protect,
      inherited: { attribute: "protect" as const, location: protect.keyLocation },
    },
    exact: exact && declared.exact.map((value) => itemDefault("exact", value, value, locationOfItem(exact, value))),
  });
}

function itemDefault<T>(
  attribute: InheritedValue["attribute"],
  key: string,
  value: T,
  location: SourceLocation,
): Default<T> {
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

function mergeDefaults(inner: DirectoryDefaults, outer: DirectoryDefaults | undefined): DirectoryDefaults {
  if (outer === undefined) return inner;
  return omitUndefined({
    ...outer,
    ...inner,
    links: mergeItems(inner.links, outer.links),
    lists: mergeItems(inner.lists, outer.lists),
    customFields: mergeItems(inner.customFields, outer.customFields),
  });
}

function mergeItems<T>(
  inner: readonly Default<T>[] | undefined,
  outer: readonly Default<T>[] | undefined,
): readonly Default<T>[] | undefined {
  if (inner === undefined || outer === undefined) return inner ?? outer;
  const keys = new Set(inner.map(({ inherited }) => inherited.key));
  return [...inner, ...outer.filter(({ inherited }) => !keys.has(inherited.key))];
}

function inherit(contact: UncheckedContact, defaults: DirectoryDefaults): UncheckedContact {
  const inherited: InheritedValue[] = [];
  const withDefault = <T>(value: T | undefined, fallback: Default<T> | undefined): T | undefined => {
    if (value !== undefined || fallback?.value === undefined) return value;
    inherited.push(fallback.inherited);
    return fallback.value;
  };
  // An empty default becomes an empty array, not undefined, because an exact empty collection removes all values.
  const withDefaultItems = <T>(
    values: readonly T[] | undefined,
    items: readonly Default<T>[] | undefined,
    keyOf: (value: T) => string,
  ): readonly T[] | undefined => {
    if (items === undefined) return values;
    const keys = new Set(values?.map(keyOf));
    const added = items.filter((item) => !keys.has(item.inherited.key ?? ""));
    for (const item of added) inherited.push(item.inherited);
    return [...(values ?? []), ...added.map(({ value }) => value)];
  };
  const isInherited = (property: "protect" | "exact") =>
    defaults[property] !== undefined && contact.written.get(property) === undefined;
  const { protect: _, ...others } = contact;
  const description = withDefault(contact.description, defaults.description);
  const links = withDefaultItems(contact.links, defaults.links, keyOfLink);
  const lists = withDefaultItems(contact.lists, defaults.lists, keyOfList);
  const customFields = withDefaultItems(contact.customFields, defaults.customFields, ({ name }) => name);
  const managed = { handles: contact.handles, links, lists, custom_fields: customFields };
  // A rule would report a collection that is in the default of `exact`, but that the contact does not have.
  const exact = defaults.exact?.filter(({ value }) => managed[value] !== undefined);
  return omitUndefined({
    ...others,
    description,
    links,
    lists,
    customFields,
    avatar: withDefault(contact.avatar, defaults.avatar),
    account: withDefault(contact.account, defaults.account),
    protect: isInherited("protect") ? withDefault(undefined, defaults.protect) : contact.protect,
    exact: (isInherited("exact") ? withDefaultItems([], exact, String) : undefined) ?? contact.exact,
    inherited: inherited.length === 0 ? undefined : inherited,
  });
}
