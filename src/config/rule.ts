import type { Diagnostic, SourceLocation } from "../model/diagnostic.ts";
import type { Parameters, RuleCode } from "./messages.ts";
import type { UncheckedAccount } from "./unchecked-accounts.ts";
import type { UncheckedConfig, UncheckedContact } from "./unchecked-config.ts";
import type { LocatedText, UncheckedField } from "./written-values.ts";

/** The contents of all files together. */
export interface CheckedConfig extends UncheckedConfig {
  /** True if every file could be read. If not, nothing is reported as missing. */
  readonly complete: boolean;
}

/** One violation of a rule: the parameters of its message, and its location. */
export interface Finding<Code extends RuleCode> {
  readonly parameters: Parameters<Code>;
  readonly location: SourceLocation;
  readonly related?: Diagnostic["related"];
}

export type Rule<Code extends RuleCode> = (config: CheckedConfig) => Iterable<Finding<Code>>;

/** Returns a rule that checks each contact on its own. */
export function each<Code extends RuleCode>(check: (contact: UncheckedContact) => Iterable<Finding<Code>>): Rule<Code> {
  return ({ contacts }) => contacts.flatMap((contact) => [...check(contact)]);
}

/** Returns a rule that checks each contact and each account on its own. */
export function eachResource<Code extends RuleCode>(
  check: (resource: UncheckedContact | UncheckedAccount) => Iterable<Finding<Code>>,
): Rule<Code> {
  return ({ contacts, accounts }) => [...contacts, ...accounts].flatMap((resource) => [...check(resource)]);
}

export interface Keyed {
  readonly key: string;
  readonly location: SourceLocation;
}

/** Yields each thing with the same key as an earlier one, and that earlier one. */
export function* duplicates<Thing extends Keyed>(
  things: Iterable<Thing>,
): Iterable<{ readonly thing: Thing; readonly first: Thing; readonly related: Diagnostic["related"] }> {
  const firsts = new Map<string, Thing>();
  for (const thing of things) {
    const first = firsts.get(thing.key);
    if (first === undefined) firsts.set(thing.key, thing);
    else yield { thing, first, related: [{ location: first.location, note: "first declared" }] };
  }
}

/** Yields the values of all contacts and defaults. A default that several contacts inherit is yielded once. */
export function distinctValues<T>(
  { contacts, defaults }: CheckedConfig,
  valuesOf: (contact: UncheckedContact) => readonly T[] | undefined,
): Iterable<T> {
  return new Set([...contacts, ...defaults].flatMap((contact) => valuesOf(contact) ?? []));
}

export function fieldsOf(config: CheckedConfig): Iterable<UncheckedField> {
  return distinctValues(config, ({ customFields }) => customFields);
}

/**
 * Returns a text of a contact, if it has one. The location is computed when it is read, because that may parse the file
 * again.
 */
export function writtenText(contact: UncheckedContact, property: "description" | "id" | "name"): LocatedText[] {
  const { [property]: text, written, location } = contact;
  if (text === undefined) return [];
  return [
    {
      text,
      get location() {
        return written.get(property)?.location ?? location;
      },
    },
  ];
}
