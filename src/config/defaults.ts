import { posix } from "node:path";
import type { Collection, DesiredList, InheritedValue } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { normalText } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { UncheckedContact } from "./unchecked-config.ts";

/** Matches the name of a file that may have defaults. */
const DEFAULTS_NAME = /^defaults\.ya?ml$/i;

export function isDefaultsFile(path: string): boolean {
  const name = posix.basename(path);
  return name.startsWith("defaults") && DEFAULTS_NAME.test(name);
}

/** The defaults of each directory that has a defaults file. */
export class Defaults {
  readonly #byDirectory: ReadonlyMap<string, UncheckedContact>;
  /** The defaults that apply in a directory, those of the deepest directory first. */
  readonly #applicable = new Map<string, readonly UncheckedContact[]>();

  /** `all`: the values under each `defaults`, of which those in other files are reported and not used. */
  constructor(all: readonly UncheckedContact[]) {
    const used = all.filter(({ location }) => isDefaultsFile(location.file));
    this.#byDirectory = new Map(used.map((each) => [posix.dirname(each.location.file), each]));
  }

  /** Returns the values that contacts of each directory with a defaults file have at least. */
  all(): (readonly [directory: string, values: UncheckedContact])[] {
    return [...this.#byDirectory].map(([directory, own]) => [directory, this.apply(own, posix.dirname(directory))]);
  }

  /** Returns the location of the `protect: true` that contacts of a directory have by default. */
  protectionIn(directory: string): UncheckedContact["protect"] {
    return this.#of(directory).find(({ written }) => written.get("protect") !== undefined)?.protect;
  }

  /** Returns a contact of a directory with its defaults. The directory of a table row is that of its declaration. */
  apply(contact: UncheckedContact, directory: string): UncheckedContact {
    if (this.#byDirectory.size === 0 || contact.ensure === "absent") return contact;
    const applicable = this.#of(directory);
    return applicable.length === 0 ? contact : inherit(contact, applicable);
  }

  #of(directory: string): readonly UncheckedContact[] {
    const known = this.#applicable.get(directory);
    if (known !== undefined) return known;
    const own = this.#byDirectory.get(directory);
    const parent = posix.dirname(directory);
    const outer = parent === directory ? [] : this.#of(parent);
    const all = own === undefined ? outer : [own, ...outer];
    this.#applicable.set(directory, all);
    return all;
  }
}

/** Values of one attribute, and those of them that come from defaults. */
interface Inherited<T> {
  readonly value: T | undefined;
  readonly values: readonly InheritedValue[];
}

function inherit(contact: UncheckedContact, defaults: readonly UncheckedContact[]): UncheckedContact {
  const description = nearest(contact, defaults, "description");
  const avatar = nearest(contact, defaults, "avatar");
  const account = nearest(contact, defaults, "account");
  const links = united(contact, defaults, {
    attribute: "links",
    valuesOf: (each) => each.links,
    keyOf: ({ text }) => normalText(text),
    locationOf: ({ location }) => location,
  });
  const lists = united(contact, defaults, {
    attribute: "lists",
    valuesOf: (each) => each.lists,
    keyOf: keyOfList,
    locationOf: ({ location }) => location,
  });
  const customFields = united(contact, defaults, {
    attribute: "custom_fields",
    valuesOf: (each) => each.customFields,
    keyOf: ({ name }) => name,
    locationOf: ({ location }) => location,
  });
  const protect = inheritProtection(contact, defaults);
  const present = omitUndefined({
    handles: contact.handles,
    links: links.value,
    lists: lists.value,
    custom_fields: customFields.value,
  });
  const exact = inheritExact(contact, defaults, (collection) => collection in present);
  const parts = [description, links, lists, customFields, avatar, account, protect, exact];
  const inherited = parts.flatMap(({ values }) => values);
  const { protect: _, ...rest } = contact;
  return omitUndefined({
    ...rest,
    description: description.value,
    links: links.value,
    lists: lists.value,
    customFields: customFields.value,
    avatar: avatar.value,
    account: account.value,
    protect: protect.value,
    exact: exact.value ?? contact.exact,
    inherited: inherited.length === 0 ? undefined : inherited,
  });
}

export function keyOfList(list: DesiredList): string {
  return "id" in list ? list.id : list.name;
}

function nearest<Name extends "description" | "avatar" | "account">(
  contact: UncheckedContact,
  defaults: readonly UncheckedContact[],
  attribute: Name,
): Inherited<UncheckedContact[Name]> {
  const found = contact[attribute] === undefined ? defaults.find((each) => each[attribute] !== undefined) : undefined;
  if (found === undefined) return { value: contact[attribute], values: [] };
  return { value: found[attribute], values: [{ attribute, location: locationIn(found, attribute) }] };
}

interface CollectionOf<T> {
  readonly attribute: "links" | "lists" | "custom_fields";
  readonly valuesOf: (contact: UncheckedContact) => readonly T[] | undefined;
  readonly keyOf: (value: T) => string;
  readonly locationOf: (value: T) => SourceLocation;
}

/** Returns the values of the contact, followed by those of the defaults that it does not have. */
function united<T>(
  contact: UncheckedContact,
  defaults: readonly UncheckedContact[],
  { attribute, valuesOf, keyOf, locationOf }: CollectionOf<T>,
): Inherited<readonly T[]> {
  const own = valuesOf(contact);
  const others = defaults.flatMap((each) => valuesOf(each) ?? []);
  // An empty collection manages the collection, too: with `exact`, it empties it.
  if (others.length === 0) return { value: own ?? defaults.map(valuesOf).find((values) => values), values: [] };
  const keys = new Set(own?.map(keyOf));
  const added = others.filter((value) => !keys.has(keyOf(value)) && keys.add(keyOf(value)));
  return {
    value: added.length === 0 ? own : [...(own ?? []), ...added],
    values: added.map((value) => ({ attribute, key: keyOf(value), location: locationOf(value) })),
  };
}

function inheritProtection(
  contact: UncheckedContact,
  defaults: readonly UncheckedContact[],
): Inherited<UncheckedContact["protect"]> {
  if (contact.written.get("protect") !== undefined) return { value: contact.protect, values: [] };
  const { protect } = defaults.find(({ written }) => written.get("protect") !== undefined) ?? {};
  return { value: protect, values: protect === undefined ? [] : [{ attribute: "protect", ...protect }] };
}

/** A default does not make a collection exact that is not managed: it would remove everything from it. */
function inheritExact(
  contact: UncheckedContact,
  defaults: readonly UncheckedContact[],
  isManaged: (collection: Collection) => boolean,
): Inherited<readonly Collection[]> {
  if (contact.written.get("exact") !== undefined) return { value: contact.exact, values: [] };
  const found = defaults.find(({ written }) => written.get("exact") !== undefined);
  const items = found?.written.get("exact")?.items() ?? [];
  const exact = (found?.exact ?? []).filter(isManaged);
  return {
    value: exact,
    values: exact.map((collection) => ({
      attribute: "exact",
      key: collection,
      location: items.find(({ value }) => value === collection)?.location ?? contact.location,
    })),
  };
}

function locationIn({ written, location }: UncheckedContact, property: string): SourceLocation {
  return written.get(property)?.location ?? location;
}
