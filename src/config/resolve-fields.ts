import type { DeclaredAccount } from "../model/account.ts";
import type { FieldDefinition } from "../model/company.ts";
import { type ConfigValue, type DesiredField, FIELD_TYPES, type FieldType, type FieldValue } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { parseDatetime } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { shrinkToFit } from "../model/shrink-to-fit.ts";
import { Suggestions } from "../model/suggest.ts";
import { checkField, valueOfField } from "./field-cells.ts";
import { ProblemList } from "./problem-list.ts";

export interface ResolvedField {
  readonly name: string;
  readonly type: string;
  /** Undefined to clear the field. */
  readonly value: FieldValue | undefined;
}

export interface ResolvedAccount {
  readonly desired: DeclaredAccount;
  readonly customFields: readonly ResolvedField[] | undefined;
}

/** Resolves the custom fields of accounts. Invalid custom fields are reported and omitted. */
export function resolveAccounts(
  accounts: readonly DeclaredAccount[],
  fields: readonly FieldDefinition[],
): { readonly accounts: readonly ResolvedAccount[]; readonly diagnostics: readonly Diagnostic[] } {
  const problems = new ProblemList();
  const resolver = new FieldResolver(fields, "accounts", problems);
  return {
    accounts: accounts.map((desired) => ({ desired, customFields: resolver.fields(desired.customFields) })),
    diagnostics: problems.diagnostics,
  };
}

export class FieldResolver {
  /** By name. */
  readonly definitions: ReadonlyMap<string, FieldDefinition>;
  readonly #owner: "contacts" | "accounts";
  readonly #problems: ProblemList;
  readonly #suggestions = new Suggestions(() => this.definitions.keys());

  constructor(definitions: readonly FieldDefinition[], owner: "contacts" | "accounts", problems: ProblemList) {
    this.definitions = new Map(definitions.map((field) => [field.name, field]));
    this.#owner = owner;
    this.#problems = problems;
  }

  fields(written: readonly DesiredField[] | undefined): readonly ResolvedField[] | undefined {
    return written && shrinkToFit(written.map((field) => this.#field(field)).filter((field) => field !== undefined));
  }

  reportUnknown(name: string, location: Diagnostic["location"]): undefined {
    const suggestion = this.#suggestions.suggestFor(name);
    return this.#problems.report("field-unknown", { name, suggestion, owner: this.#owner }, location);
  }

  #field({ name, value, isCell, valueToRestore, location, nameLocation }: DesiredField): ResolvedField | undefined {
    const definition = this.definitions.get(name);
    if (definition === undefined) return this.reportUnknown(name, nameLocation);
    const { type, values } = definition;
    if (valueToRestore !== undefined) return { name, type, value: valueToRestore };
    if (value === null) return { name, type, value: undefined };
    if (!isWritable(type)) return this.#problems.report("field-not-writable", { name, type }, location);
    const written = omitUndefined({ value, isCell });
    const problem = checkField(written, omitUndefined({ type, values: type === "enum" ? values : undefined }));
    if (problem !== undefined) return this.#problems.report("field-type", { name, problem }, location);
    return { name, type, value: encodeField(type, valueOfField(written, type)) };
  }
}

function isWritable(type: string): type is FieldType {
  return (FIELD_TYPES as readonly string[]).includes(type);
}

/** Returns the value to send to Front: a datetime in epoch seconds, other values unchanged. */
function encodeField(type: FieldType, value: ConfigValue): FieldValue {
  if (type !== "datetime" || typeof value !== "string") return value;
  return parseDatetime(value) ?? value;
}
