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
export function checkEachContact<Code extends RuleCode>(
  check: (contact: UncheckedContact) => Iterable<Finding<Code>>,
): Rule<Code> {
  return ({ contacts }) => findingsIn(contacts, check);
}

/** Returns a rule that checks each contact and each account on its own. */
export function checkEachResource<Code extends RuleCode>(
  check: (resource: UncheckedContact | UncheckedAccount) => Iterable<Finding<Code>>,
): Rule<Code> {
  return ({ contacts, accounts }) => [...findingsIn(contacts, check), ...findingsIn(accounts, check)];
}

function findingsIn<T, Found>(checked: readonly T[], check: (each: T) => Iterable<Found>): readonly Found[] {
  const findings: Found[] = [];
  for (const each of checked) for (const finding of check(each)) findings.push(finding);
  return findings;
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
export function* distinctValues<T>(
  { contacts, defaults }: CheckedConfig,
  valuesOf: (contact: UncheckedContact) => readonly T[] | undefined,
): Iterable<T> {
  const shared = new Set(defaults.length === 0 ? undefined : defaults.flatMap((each) => valuesOf(each) ?? []));
  const inherited = shared.size === 0 ? undefined : shared;
  for (const contact of contacts) {
    for (const value of valuesOf(contact) ?? []) if (!inherited?.has(value)) yield value;
  }
  yield* shared;
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
