import type { FieldDefinition } from "../model/company.ts";
import {
  type DesiredContact,
  type DesiredField,
  type DesiredList,
  type DesiredState,
  FIELD_TYPES,
  type FieldType,
  type FieldValue,
  type List,
  type WrittenValue,
} from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { checkFieldValue, parseDatetime } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { suggest } from "../model/suggest.ts";

/** A custom field with its value as Front wants it. Undefined clears it. */
export interface ResolvedField {
  readonly name: string;
  readonly type: string;
  readonly value: FieldValue | undefined;
}

/** A list that a contact is to be in. Without an id it is yet to be created. */
export interface ResolvedList {
  readonly name: string;
  readonly id?: string;
  /** The name to display, with the id if several lists have the same name. */
  readonly label: string;
}

/** A desired contact in which everything the company decides is settled: lists have ids, values are Front's. */
export interface ResolvedContact {
  readonly desired: DesiredContact;
  readonly lists: readonly ResolvedList[] | undefined;
  readonly customFields: readonly ResolvedField[] | undefined;
}

/** The desired state with references resolved against the company. */
export interface Resolution {
  readonly contacts: readonly ResolvedContact[];
  /** Names of declared lists that some contact needs and Front lacks. */
  readonly missingLists: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Settles lists and custom fields against the company. What does not fit is an error at its place, and left out. */
export function resolveReferences(
  desired: DesiredState,
  company: { readonly fields: readonly FieldDefinition[]; readonly lists: readonly List[] },
): Resolution {
  const resolver = new Resolver(desired, company.fields, company.lists);
  const contacts = desired.contacts.map((contact) => resolver.contact(contact));
  resolver.checkDeclarations();
  return { contacts, missingLists: resolver.missingLists, diagnostics: resolver.diagnostics };
}

class Resolver {
  readonly diagnostics: Diagnostic[] = [];
  readonly #desired: DesiredState;
  readonly #fields: ReadonlyMap<string, FieldDefinition>;
  readonly #lists: readonly List[];
  readonly #missing = new Set<string>();

  constructor(desired: DesiredState, fields: readonly FieldDefinition[], lists: readonly List[]) {
    this.#desired = desired;
    this.#fields = new Map(fields.map((field) => [field.name, field]));
    this.#lists = lists;
  }

  get missingLists(): readonly string[] {
    const declared = new Set(this.#desired.lists.map(({ name }) => name));
    return [...declared].filter((name) => this.#missing.has(name));
  }

  contact(desired: DesiredContact): ResolvedContact {
    const lists = desired.lists?.map((list) => this.#list(list)).filter((list) => list !== undefined);
    const byLabel = new Map(lists?.map((list) => [list.label, list]));
    const customFields = desired.customFields
      ?.map((field) => this.#field(field))
      .filter((field) => field !== undefined);
    return { desired, lists: lists && [...byLabel.values()], customFields };
  }

  /** A declaration that the company contradicts would make `validate` promise what `plan` refuses. */
  checkDeclarations(): void {
    for (const { name, type, values = [], location } of this.#desired.customFields) {
      const definition = this.#fields.get(name);
      if (definition === undefined) {
        this.#reportUnknownField(name, location);
      } else if (definition.type !== type) {
        const summary = `${name} is declared as ${type}, but in Front it is a ${definition.type} field`;
        this.#report("field-type-differs", summary, `Declare it as { type: ${definition.type} }.`, location);
      } else {
        const unknown = values.filter((value) => !definition.values.includes(value));
        if (unknown.length === 0) continue;
        const summary = `${name} has no value ${unknown.join(", ")} in Front`;
        this.#report("field-values-differ", summary, `Front's are ${definition.values.join(", ")}.`, location);
      }
    }
  }

  #list(wanted: DesiredList): ResolvedList | undefined {
    if ("id" in wanted) {
      const found = this.#lists.find(({ id }) => id === wanted.id);
      if (found !== undefined) return this.#known(found);
      const advice = "Look the id up in Front, or write the list's name.";
      return this.#report("list-unknown", `Front has no list ${wanted.id}`, advice, wanted.location);
    }
    const { name, location } = wanted;
    const [found, another] = this.#lists.filter((list) => list.name === name);
    if (another !== undefined) {
      const ids = this.#lists.filter((list) => list.name === name).map(({ id }) => id);
      const advice = `Write the one you mean by its id, as { id: ${ids[0]} }.`;
      return this.#report(
        "list-ambiguous",
        `Front has more than one list "${name}": ${ids.join(", ")}`,
        advice,
        location,
      );
    }
    if (found !== undefined) return this.#known(found);
    if (this.#desired.lists.some((declared) => declared.name === name)) {
      this.#missing.add(name);
      return { name, label: name };
    }
    const near = suggest(
      name,
      [...this.#lists, ...this.#desired.lists].map((list) => list.name),
    );
    const advice = `${near === undefined ? "" : `Did you mean "${near}"? `}To have it created, add it under lists: at the top of a file.`;
    return this.#report("list-unknown", `Front has no list "${name}", and no file declares it`, advice, location);
  }

  #known({ id, name }: List): ResolvedList {
    const unique = this.#lists.filter((list) => list.name === name).length === 1;
    return { id, name, label: unique ? name : `${name} (${id})` };
  }

  #field({ name, value, location, nameLocation }: DesiredField): ResolvedField | undefined {
    const definition = this.#fields.get(name);
    if (definition === undefined) return this.#reportUnknownField(name, nameLocation);
    const { type, values } = definition;
    if (value === null) return { name, type, value: undefined };
    if (!isWritable(type)) {
      const advice = "Take it out of the file; what Front has in it is kept.";
      return this.#report(
        "field-not-writable",
        `${name} is a ${type} field, which cannot be written`,
        advice,
        location,
      );
    }
    const problem = checkFieldValue(type, value, type === "enum" ? values : undefined);
    if (problem !== undefined) {
      return this.#report("field-type", `${name}: ${problem.summary}`, problem.advice, location);
    }
    return { name, type, value: encodeField(type, value) };
  }

  #reportUnknownField(name: string, location: Diagnostic["location"]): undefined {
    const near = suggest(name, this.#fields.keys());
    const advice =
      near === undefined
        ? "Create it in Front's settings (the API cannot), or take it out of the file."
        : `Did you mean "${near}"? Names are case-sensitive.`;
    return this.#report("field-unknown", `Front has no custom field "${name}" for contacts`, advice, location);
  }

  #report(code: string, summary: string, advice: string, location: Diagnostic["location"]): undefined {
    this.diagnostics.push(omitUndefined({ severity: "error" as const, code, summary, advice, location }));
    return undefined;
  }
}

function isWritable(type: string): type is FieldType {
  return (FIELD_TYPES as readonly string[]).includes(type);
}

/** A datetime is written as ISO 8601 and sent as epoch seconds; everything else is sent as written. */
function encodeField(type: FieldType, value: WrittenValue): FieldValue {
  if (type !== "datetime" || typeof value !== "string") return value;
  return parseDatetime(value) ?? value;
}
