import { posix } from "node:path";
import type { Collection, DesiredList, InheritedValue } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { normalText } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { UncheckedContact } from "./unchecked-config.ts";
import type { LocatedText } from "./written-values.ts";

/** As for other YAML files, the extension is case-insensitive. */
const DEFAULTS_NAME = /^defaults\.[yY][aA]?[mM][lL]$/;

export function isDefaultsFile(path: string): boolean {
  return DEFAULTS_NAME.test(posix.basename(path));
}

type Attribute = InheritedValue["attribute"];

interface Located {
  readonly location: SourceLocation;
}

export class Defaults {
  /** By directory. */
  readonly #declared: ReadonlyMap<string, UncheckedContact>;
  readonly #applicable = new Map<string, UncheckedContact | undefined>();
  /** By location. Contacts share these objects to save memory. */
  readonly #inheritedValues = new Map<SourceLocation, InheritedValue>();

  /** Values outside defaults files are ignored, because a rule reports them. */
  constructor(all: readonly UncheckedContact[]) {
    const inDefaultsFiles = all.filter(({ location }) => isDefaultsFile(location.file));
    this.#declared = new Map(
      inDefaultsFiles.map((declaration) => [posix.dirname(declaration.location.file), declaration]),
    );
  }

  /** Returns the defaults that apply in each directory with a defaults file. */
  ofEachDirectory(): UncheckedContact[] {
    return [...this.#declared.keys()].flatMap((directory) => this.#defaultsIn(directory) ?? []);
  }

  /** Returns the location of the `protect: true` that contacts in a directory inherit; undefined if there is none. */
  protectionIn(directory: string): Located | undefined {
    return this.#defaultsIn(directory)?.protect || undefined;
  }

  /**
   * Returns a contact with the defaults of a directory. A contact to delete inherits no defaults. For a table row,
   * `directory` is the directory of the file that declares the table.
   */
  apply(contact: UncheckedContact, directory: string): UncheckedContact {
    if (this.#declared.size === 0 || contact.ensure === "absent") return contact;
    const defaults = this.#defaultsIn(directory);
    if (defaults === undefined) return contact;
    const contentsOf = (collection: Collection) =>
      collectionsOf(contact)[collection] ?? collectionsOf(defaults)[collection];
    // A rule would report a collection that is in the default of `exact`, but that the contact does not have.
    const exact = defaults.exact?.filter(({ text }) => contentsOf(text) !== undefined);
    return this.#inherit(contact, defaults, exact);
  }

  #defaultsIn(directory: string): UncheckedContact | undefined {
    if (this.#applicable.has(directory)) return this.#applicable.get(directory);
    const declared = this.#declared.get(directory);
    const parent = posix.dirname(directory);
    const outer = parent === directory ? undefined : this.#defaultsIn(parent);
    const { descriptionLocation } = outer ?? {};
    const merged =
      declared && outer && omitUndefined({ descriptionLocation, ...this.#inherit(declared, outer, outer.exact) });
    const defaults = merged ?? declared ?? outer;
    this.#applicable.set(directory, defaults);
    return defaults;
  }

  /** Returns a contact, or the defaults of a directory, with the defaults that it does not override. */
  #inherit(own: UncheckedContact, defaults: UncheckedContact, exact: UncheckedContact["exact"]): UncheckedContact {
    const inherited: InheritedValue[] = [];
    const withDefault = <T extends Located | false>(attribute: Attribute, value: T | undefined, fallback?: T) => {
      if (value !== undefined || !fallback) return value ?? fallback;
      inherited.push(this.#inheritedValue(attribute, fallback.location));
      return fallback;
    };
    // An empty default becomes an empty array, not undefined, because an exact empty collection removes all values.
    const withDefaultItems = <T extends Located>(
      attribute: Attribute,
      values: readonly T[] | undefined,
      items: readonly T[] | undefined,
      keyOf: (value: T) => string,
    ): readonly T[] | undefined => {
      if (items === undefined) return values;
      const keys = new Set(values?.map(keyOf));
      const added = items.filter((item) => !keys.has(keyOf(item)));
      for (const item of added) inherited.push(this.#inheritedValue(attribute, item.location, keyOf(item)));
      return [...(values ?? []), ...added];
    };
    const description = withDefault("description", descriptionOf(own), descriptionOf(defaults));
    const links = withDefaultItems("links", own.links, defaults.links, keyOfLink);
    const lists = withDefaultItems("lists", own.lists, defaults.lists, keyOfList);
    const fields = withDefaultItems("custom_fields", own.customFields, defaults.customFields, ({ name }) => name);
    return omitUndefined({
      ...own,
      description: description?.text,
      links,
      lists,
      customFields: fields,
      avatar: withDefault("avatar", own.avatar, defaults.avatar),
      account: withDefault("account", own.account, defaults.account),
      protect: withDefault("protect", own.protect, defaults.protect),
      exact: own.exact ?? withDefaultItems("exact", undefined, exact, ({ text }) => text),
      inherited: inherited.length === 0 ? undefined : inherited,
    });
  }

  #inheritedValue(attribute: Attribute, location: SourceLocation, key?: string): InheritedValue {
    const value = this.#inheritedValues.get(location) ?? omitUndefined({ attribute, key, location });
    this.#inheritedValues.set(location, value);
    return value;
  }
}

type Collections = { readonly [Name in Collection]: readonly unknown[] | undefined };

function collectionsOf({ handles, links, lists, customFields }: UncheckedContact): Collections {
  return { handles, links, lists, custom_fields: customFields };
}

function descriptionOf(contact: UncheckedContact): LocatedText | undefined {
  const { description: text, descriptionLocation, location } = contact;
  return text === undefined ? undefined : { text, location: descriptionLocation ?? location };
}

function keyOfLink({ text }: LocatedText): string {
  return normalText(text);
}

export function keyOfList(list: DesiredList): string {
  return "id" in list ? list.id : list.name;
}
