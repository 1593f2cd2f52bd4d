import type { Diagnostic, SourceLocation } from "../model/diagnostic.ts";
import type { MessageParameters, RuleCode } from "./messages.ts";
import type { UncheckedAccount } from "./unchecked-accounts.ts";
import type { UncheckedConfig, UncheckedContact } from "./unchecked-config.ts";
import type { LocatedText, UncheckedField } from "./written-values.ts";

export interface CheckedConfig extends UncheckedConfig {
  /**
   * True if all files and tables were read without errors. Otherwise, a missing declaration may be in a file that was
   * not read, so the rules about references to declarations report only likely typos.
   */
  readonly complete: boolean;
}

export interface Finding<Code extends RuleCode> {
  readonly parameters: MessageParameters<Code>;
  readonly location: SourceLocation;
  readonly related?: Diagnostic["related"];
}

export type Rule<Code extends RuleCode> = (config: CheckedConfig) => Iterable<Finding<Code>>;

export function checkEachContact<Code extends RuleCode>(
  check: (contact: UncheckedContact) => Iterable<Finding<Code>>,
): Rule<Code> {
  return ({ contacts }) => findingsIn(contacts, check);
}

export function checkEachResource<Code extends RuleCode>(
  check: (resource: UncheckedContact | UncheckedAccount) => Iterable<Finding<Code>>,
): Rule<Code> {
  return ({ contacts, accounts }) => [...findingsIn(contacts, check), ...findingsIn(accounts, check)];
}

function findingsIn<Item, Found>(items: readonly Item[], check: (item: Item) => Iterable<Found>): readonly Found[] {
  const findings: Found[] = [];
  for (const item of items) for (const finding of check(item)) findings.push(finding);
  return findings;
}

/** Yields each item that has the same key as an earlier item, together with the first item that has the key. */
export function* duplicates<Item extends { readonly location: SourceLocation }>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Iterable<{ readonly item: Item; readonly first: Item; readonly related: Diagnostic["related"] }> {
  const firsts = new Map<string, Item>();
  for (const item of items) {
    const key = keyOf(item);
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, item);
    else yield { item, first, related: [{ location: first.location, note: "first declared" }] };
  }
}

/** Returns a rule that reports each item that has the same key as an earlier item of its group. */
export function rejectDuplicates<Code extends RuleCode, Item extends { readonly location: SourceLocation }>(
  groupsIn: (config: CheckedConfig) => readonly (readonly Item[] | undefined)[],
  keyOf: (item: Item) => string,
  parametersOf: (item: Item, first: Item) => MessageParameters<Code>,
): Rule<Code> {
  return function* (config) {
    for (const group of groupsIn(config)) {
      for (const { item, first, related } of duplicates(group ?? [], keyOf))
        yield { parameters: parametersOf(item, first), location: item.location, related };
    }
  };
}

/** Yields the values of all contacts and defaults. A default is yielded once, even if several contacts inherit it. */
export function* distinctValues<T>(
  { contacts, defaults }: UncheckedConfig,
  valuesOf: (contact: UncheckedContact) => readonly T[] | undefined,
): Iterable<T> {
  const defaultValues = new Set(defaults.flatMap((contact) => valuesOf(contact) ?? []));
  for (const contact of contacts) {
    for (const value of valuesOf(contact) ?? []) if (!defaultValues.has(value)) yield value;
  }
  yield* defaultValues;
}

/** Returns the name and the description that have a location, because rules report only values with a location. */
export function reportedTexts(resource: UncheckedContact | UncheckedAccount): LocatedText[] {
  const { name = "", nameLocation, description = "", descriptionLocation } = resource;
  return [
    ...(nameLocation === undefined ? [] : [{ text: name, location: nameLocation }]),
    ...(descriptionLocation === undefined ? [] : [{ text: description, location: descriptionLocation }]),
  ];
}

export function fieldsOf(config: CheckedConfig): Iterable<UncheckedField> {
  return distinctValues(config, ({ customFields }) => customFields);
}
