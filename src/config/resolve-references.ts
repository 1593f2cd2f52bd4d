import { append } from "../model/append.ts";
import type { FieldDefinition } from "../model/company.ts";
import {
  type DeclaredList,
  type DesiredContact,
  type DesiredList,
  type DesiredState,
  type List,
  oldestFirst,
} from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { Suggestions } from "../model/suggest.ts";
import { differOnlyInForm, hasForms } from "../model/unicode-forms.ts";
import { ProblemList } from "./problem-list.ts";
import { FieldResolver, type ResolvedField } from "./resolve-fields.ts";

export interface ResolvedList {
  readonly name: string;
  /** Undefined if the list must be created. */
  readonly id?: string;
  /** The name to display, with the ID if several lists have the same name. */
  readonly label: string;
  /**
   * True if the list is private, or declared in a workspace. Front does not document which lists a request can identify
   * by name.
   */
  readonly needsId?: true;
}

export interface ResolvedContact {
  readonly desired: DesiredContact;
  readonly lists: readonly ResolvedList[] | undefined;
  readonly customFields: readonly ResolvedField[] | undefined;
}

/** A list in Front that the configuration deletes or whose members it manages. */
export interface ManagedList {
  readonly declared: DeclaredList;
  readonly list: List;
}

interface CompanyReferences {
  readonly fields: readonly FieldDefinition[];
  readonly lists: readonly List[];
  /**
   * The IDs of the lists in each declared workspace, by workspace ID. Omits a workspace if no list that is declared in
   * it exists in Front.
   */
  readonly teamLists?: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Resolution {
  readonly contacts: readonly ResolvedContact[];
  /** The names of declared lists that must be created. */
  readonly missingLists: readonly string[];
  /** In the order of the declarations. */
  readonly managedLists: readonly ManagedList[];
  readonly diagnostics: readonly Diagnostic[];
}

interface ResolveOptions {
  /**
   * True if an ambiguous name refers to the oldest list with this name; to a private list only if no shared list has the
   * name. Default: an ambiguous name is an error.
   */
  readonly preferOldestList?: boolean;
}

/** Resolves the lists and custom fields of a desired state. Invalid references are reported and omitted. */
export function resolveReferences(
  desired: DesiredState,
  company: CompanyReferences,
  options: ResolveOptions = {},
): Resolution {
  const resolver = new Resolver(desired, company, options);
  const managedLists = desired.lists.flatMap((list) => resolver.managedList(list));
  const contacts = desired.contacts.map((contact) => resolver.contact(contact));
  resolver.checkDeclarations();
  return { contacts, managedLists, missingLists: resolver.missingLists, diagnostics: resolver.problems.diagnostics };
}

/** Returns the lists in Front with the declared name, in the declared workspace if there is one. */
export function listsDeclaredBy(
  { name, team }: Pick<DeclaredList, "name" | "team">,
  { lists, teamLists }: Pick<CompanyReferences, "lists" | "teamLists">,
): readonly List[] {
  const candidates = lists.filter((list) => list.name === name);
  return team === undefined ? candidates : candidates.filter(({ id }) => teamLists?.get(team)?.has(id));
}

class Resolver {
  readonly problems = new ProblemList();
  readonly #desired: DesiredState;
  readonly #preferOldestList: boolean;
  readonly #fields: FieldResolver;
  readonly #company: CompanyReferences;
  readonly #declared: ReadonlyMap<string, DeclaredList>;
  readonly #listsById: ReadonlyMap<string, List>;
  readonly #listsByName = new Map<string, List[]>();
  /** Lists to delete, by ID. */
  readonly #absent = new Map<string, DeclaredList>();
  readonly #missing = new Set<string>();
  readonly #suggestions = new Suggestions(() => this.#listNames());
  /** Resolved lists by name. Contacts share them to save memory. */
  readonly #resolved = new Map<string, ResolvedList>();

  constructor(desired: DesiredState, company: CompanyReferences, { preferOldestList = false }: ResolveOptions) {
    this.#desired = desired;
    this.#preferOldestList = preferOldestList;
    this.#fields = new FieldResolver(company.fields, "contacts", this.problems);
    this.#company = company;
    this.#declared = new Map(desired.lists.map((list) => [list.name, list]));
    this.#listsById = new Map(company.lists.map((list) => [list.id, list]));
    for (const list of company.lists) append(this.#listsByName, list.name, list);
  }

  managedList(declared: DeclaredList): ManagedList[] {
    const { name, location, team, members, ensure } = declared;
    const isManaged = members !== undefined || ensure !== undefined;
    if (!isManaged && team === undefined) return [];
    const list = this.#listNamed(name, location, isManaged);
    if (typeof list !== "object" || !isManaged) return [];
    if (list.isPrivate) {
      this.problems.report("list-private", { name, id: list.id }, location);
      return [];
    }
    if (ensure === "absent") this.#absent.set(list.id, declared);
    return [{ declared, list }];
  }

  /**
   * Returns the list in Front; "missing" if it does not exist. Reports a problem and returns undefined if the name is
   * ambiguous, or if the list is only in a workspace other than the declared one.
   */
  #listNamed(name: string, location: Diagnostic["location"], isManaged = false): List | "missing" | undefined {
    const { team, location: declaredAt } = this.#declared.get(name) ?? {};
    const idsOf = (lists: readonly List[]) => lists.map(({ id }) => id);
    const named = this.#listsByName.get(name) ?? [];
    const lists = listsDeclaredBy(omitUndefined({ name, team }), { ...this.#company, lists: named });
    if (lists.length > 1 && !this.#preferOldestList) {
      return this.problems.report(
        "list-ambiguous",
        omitUndefined({ name, ids: idsOf(lists.toSorted(sharedFirst)), isManaged, team }),
        location,
      );
    }
    const [list] = lists.toSorted((a, b) => sharedFirst(a, b) || oldestFirst(a, b));
    if (list !== undefined) return list;
    if (named.length === 0 || team === undefined) return "missing";
    return this.problems.report("list-elsewhere", { name, team, ids: idsOf(named) }, declaredAt);
  }

  get missingLists(): readonly string[] {
    const isMissing = ({ name, isRestored }: DeclaredList) =>
      this.#missing.has(name) || (isRestored && !this.#listsByName.has(name));
    return [...this.#declared.values()].filter(isMissing).map(({ name }) => name);
  }

  contact(desired: DesiredContact): ResolvedContact {
    const lists = desired.lists?.map((list) => this.#list(list, desired.key)).filter((list) => list !== undefined);
    const byLabel = new Map(lists?.map((list) => [list.label, list]));
    const customFields = this.#fields.fields(desired.customFields);
    return { desired, lists: lists && [...byLabel.values()], customFields };
  }

  /**
   * Reports field declarations that differ from Front. With such a declaration, plan would reject values that validate
   * accepts.
   */
  checkDeclarations(): void {
    for (const { name, type, values = [], location } of this.#desired.customFields) {
      const definition = this.#fields.definitions.get(name);
      if (definition === undefined) {
        this.#fields.reportUnknown(name, location);
      } else if (definition.type !== type) {
        this.problems.report("field-type-differs", { name, declared: type, type: definition.type }, location);
      } else {
        const unknown = values.filter((value) => !definition.values.includes(value));
        const parameters = { name, unknown, values: definition.values };
        // If the definition has no values, they could not be decoded.
        if (unknown.length > 0 && definition.values.length > 0)
          this.problems.report("field-values-differ", parameters, location);
      }
    }
  }

  #list(reference: DesiredList, key: string): ResolvedList | undefined {
    if ("id" in reference) return this.#listWithId(reference.id, key, reference.location);
    const { name, location } = reference;
    const resolved = this.#resolved.get(name);
    if (resolved !== undefined) return resolved;
    const list = this.#listNamed(name, location);
    if (list === undefined) return undefined;
    if (list !== "missing") {
      const labeled = this.#withLabel(list);
      this.#resolved.set(name, labeled);
      return labeled;
    }
    if (this.#declared.has(name)) {
      if (this.#reportLookalike(name)) return undefined;
      this.#missing.add(name);
      const missing = { name, label: name, ...this.#needsId({ name }) };
      this.#resolved.set(name, missing);
      return missing;
    }
    return this.problems.report(
      "list-unknown",
      { list: { name }, suggestion: this.#suggestions.suggestFor(name) },
      location,
    );
  }

  /** Reports a list to create, and returns true, if another name looks the same. Accepts a list that an undo restores. */
  #reportLookalike(name: string): boolean {
    const declared = this.#declared.get(name);
    if (declared?.isRestored) return false;
    const other = this.#lookalikeOf(name, this.#listsByName) ?? this.#lookalikeOf(name, this.#declared);
    if (other === undefined) return false;
    const exists = this.#listsByName.has(other);
    this.problems.report("list-lookalike", { name, other, exists }, declared?.location);
    return true;
  }

  #lookalikeOf(name: string, names: ReadonlyMap<string, unknown>): string | undefined {
    return hasForms(name) ? [...names.keys()].find((other) => differOnlyInForm(name, other)) : undefined;
  }

  *#listNames(): Iterable<string> {
    for (const { name } of this.#company.lists) yield name;
    for (const { name } of this.#desired.lists) yield name;
  }

  #listWithId(id: string, key: string, location: Diagnostic["location"]): ResolvedList | undefined {
    const absent = this.#absent.get(id);
    if (absent !== undefined) {
      const related = [{ location: absent.location, note: "deleted here" }];
      return this.problems.report("list-absent", { key, list: absent.name }, location, related);
    }
    const list = this.#listsById.get(id);
    if (list === undefined) return this.problems.report("list-unknown", { list: { id } }, location);
    return this.#withLabel(list);
  }

  #withLabel(list: List): ResolvedList {
    const { id, name } = list;
    const isUnique = this.#listsByName.get(name)?.length === 1;
    return { id, name, label: isUnique ? name : `${name} (${id})`, ...this.#needsId(list) };
  }

  #needsId({ name, isPrivate }: Pick<List, "name" | "isPrivate">): Pick<ResolvedList, "needsId"> {
    return isPrivate || this.#declared.get(name)?.team !== undefined ? { needsId: true } : {};
  }
}

/** Compares lists for sorting. Shared lists come before the private lists of teammates. */
function sharedFirst(a: List, b: List): number {
  return Number(a.isPrivate ?? false) - Number(b.isPrivate ?? false);
}
