import type { FieldDefinition } from "../model/company.ts";
import type { DeclaredList, DesiredContact, DesiredList, DesiredState, List } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { suggest } from "../model/suggest.ts";
import { FieldResolver, type ResolvedField } from "./resolve-fields.ts";

/** A list of a contact; without an id, it must be created. */
export interface ResolvedList {
  readonly name: string;
  readonly id?: string;
  /** The name to display, with the id if several lists have the same name. */
  readonly label: string;
}

/** A desired contact whose lists and custom fields are resolved against the company. */
export interface ResolvedContact {
  readonly desired: DesiredContact;
  readonly lists: readonly ResolvedList[] | undefined;
  readonly customFields: readonly ResolvedField[] | undefined;
}

/** A list in Front that the files delete, or whose members they manage. */
export interface ManagedList {
  readonly declared: DeclaredList;
  readonly list: List;
}

/** The values that references are resolved against. */
export interface CompanyReferences {
  readonly fields: readonly FieldDefinition[];
  readonly lists: readonly List[];
  /** The ids of the lists in each workspace that the files name, by workspace id. */
  readonly teamLists?: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The desired state with references resolved against the company. */
export interface Resolution {
  readonly contacts: readonly ResolvedContact[];
  /** Names of declared lists that a contact needs and Front does not have. */
  readonly missingLists: readonly string[];
  /** Managed lists in file order. */
  readonly managedLists: readonly ManagedList[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Resolves lists and custom fields against the company. Invalid references are errors, and omitted from the result. */
export function resolveReferences(desired: DesiredState, company: CompanyReferences): Resolution {
  const resolver = new Resolver(desired, company);
  const managedLists = desired.lists.flatMap((list) => resolver.managedList(list));
  const contacts = desired.contacts.map((contact) => resolver.contact(contact));
  resolver.checkDeclarations();
  return { contacts, managedLists, missingLists: resolver.missingLists, diagnostics: resolver.diagnostics };
}

/** Returns the lists in Front that a declaration may refer to: those with its name, in its workspace if it has one. */
export function listsDeclaredBy(
  { name, team }: Pick<DeclaredList, "name" | "team">,
  { lists, teamLists }: Pick<CompanyReferences, "lists" | "teamLists">,
): readonly List[] {
  const named = lists.filter((list) => list.name === name);
  return team === undefined ? named : named.filter(({ id }) => teamLists?.get(team)?.has(id));
}

class Resolver {
  readonly #desired: DesiredState;
  readonly #fields: FieldResolver;
  readonly #company: CompanyReferences;
  readonly #declared: ReadonlyMap<string, DeclaredList>;
  /** Declarations of lists to delete, by the id of the list. */
  readonly #absent = new Map<string, DeclaredList>();
  readonly #missing = new Set<string>();
  /** The lists that entries name, by name. Shared by the entries to save memory. */
  readonly #named = new Map<string, ResolvedList>();

  constructor(desired: DesiredState, company: CompanyReferences) {
    this.#desired = desired;
    this.#fields = new FieldResolver(company.fields, "contacts");
    this.#company = company;
    this.#declared = new Map(desired.lists.map((list) => [list.name, list]));
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#fields.diagnostics;
  }

  get #lists(): readonly List[] {
    return this.#company.lists;
  }

  /** Returns the list in Front whose members a declaration manages, or that it deletes; nothing if Front has none. */
  managedList(declared: DeclaredList): ManagedList[] {
    const { name, location, team, members, ensure } = declared;
    const isManaged = members !== undefined || ensure !== undefined;
    if (!isManaged && team === undefined) return [];
    const found = this.#listsNamed(name, location, isManaged);
    const [list] = found ?? [];
    if (list === undefined || !isManaged) return [];
    if (list.isPrivate) {
      this.#fields.report("list-private", { name, id: list.id }, location);
      return [];
    }
    if (ensure === "absent") this.#absent.set(list.id, declared);
    return [{ declared, list }];
  }

  /** Returns the list with a name, if there is one; reports an ambiguous name or workspace and returns undefined. */
  #listsNamed(name: string, location: Diagnostic["location"], isManaged = false): readonly List[] | undefined {
    const { team, location: declaredAt } = this.#declared.get(name) ?? {};
    const idsOf = (lists: readonly List[]) => lists.map(({ id }) => id);
    const found = listsDeclaredBy(omitUndefined({ name, team }), this.#company);
    if (found.length > 1)
      return this.#fields.report("list-ambiguous", { name, ids: idsOf(found), isManaged }, location);
    const elsewhere = listsDeclaredBy({ name }, this.#company);
    if (found.length === 1 || elsewhere.length === 0 || team === undefined) return found;
    return this.#fields.report("list-elsewhere", { name, team, ids: idsOf(elsewhere) }, declaredAt);
  }

  get missingLists(): readonly string[] {
    const isMissing = ({ name, restored }: DeclaredList) =>
      this.#missing.has(name) || (restored && !this.#lists.some((list) => list.name === name));
    return [...this.#declared.values()].filter(isMissing).map(({ name }) => name);
  }

  contact(desired: DesiredContact): ResolvedContact {
    const lists = desired.lists?.map((list) => this.#list(list, desired.key)).filter((list) => list !== undefined);
    const byLabel = new Map(lists?.map((list) => [list.label, list]));
    const customFields = this.#fields.fields(desired.customFields);
    return { desired, lists: lists && [...byLabel.values()], customFields };
  }

  /** Reports declarations that differ from the company, because plan would reject values that validate accepts. */
  checkDeclarations(): void {
    for (const { name, type, values = [], location } of this.#desired.customFields) {
      const definition = this.#fields.definition(name);
      if (definition === undefined) {
        this.#fields.reportUnknown(name, location);
      } else if (definition.type !== type) {
        this.#fields.report("field-type-differs", { name, declared: type, type: definition.type }, location);
      } else {
        const unknown = values.filter((value) => !definition.values.includes(value));
        if (unknown.length === 0) continue;
        this.#fields.report("field-values-differ", { name, unknown, values: definition.values }, location);
      }
    }
  }

  #list(wanted: DesiredList, key: string): ResolvedList | undefined {
    if ("id" in wanted) {
      const found = this.#lists.find(({ id }) => id === wanted.id);
      const absent = this.#absent.get(wanted.id);
      if (absent !== undefined) return this.#reportAbsent(key, absent, wanted.location);
      if (found !== undefined) return this.#known(found);
      return this.#fields.report("list-unknown", { list: { id: wanted.id } }, wanted.location);
    }
    const { name, location } = wanted;
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const named = this.#listsNamed(name, location);
    if (named === undefined) return undefined;
    const [found] = named;
    if (found !== undefined) {
      const resolved = this.#known(found);
      this.#named.set(name, resolved);
      return resolved;
    }
    if (this.#declared.has(name)) {
      this.#missing.add(name);
      return { name, label: name };
    }
    const near = suggest(
      name,
      [...this.#lists, ...this.#desired.lists].map((list) => list.name),
    );
    return this.#fields.report("list-unknown", { list: { name }, near }, location);
  }

  #known({ id, name }: List): ResolvedList {
    const unique = this.#lists.filter((list) => list.name === name).length === 1;
    return { id, name, label: unique ? name : `${name} (${id})` };
  }

  #reportAbsent(key: string, { name, location: declared }: DeclaredList, location: Diagnostic["location"]): undefined {
    const related = [{ location: declared, note: "deleted here" }];
    return this.#fields.report("list-absent", { key, list: name }, location, related);
  }
}
