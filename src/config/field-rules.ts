import type { DeclaredField } from "../model/contact.ts";
import { checkFieldValue } from "../model/field-values.ts";
import { suggest } from "../model/suggest.ts";
import type { Checked, Finding } from "./rule.ts";
import type { UncheckedField } from "./unchecked-config.ts";

function fieldsOf({ contacts }: Checked): readonly UncheckedField[] {
  return contacts.flatMap(({ customFields = [] }) => customFields);
}

function declarations({ customFields }: Checked): ReadonlyMap<string, DeclaredField> {
  return new Map(customFields.map((field) => [field.name, field]));
}

export function* fieldDeclaredTwice({ customFields }: Checked): Iterable<Finding> {
  const firsts = new Map<string, DeclaredField>();
  for (const field of customFields) {
    const first = firsts.get(field.name);
    if (first === undefined) {
      firsts.set(field.name, field);
    } else if (!isSameField(field, first)) {
      yield {
        summary: `${field.name} is declared twice, and differently`,
        advice: "Keep the declaration that is like the field in Front.",
        location: field.location,
        related: [{ location: first.location, note: "first declared" }],
      };
    }
  }
}

function isSameField(one: DeclaredField, other: DeclaredField): boolean {
  return one.type === other.type && String(one.values?.toSorted()) === String(other.values?.toSorted());
}

export function* fieldValuesOfNoEnum({ customFields }: Checked): Iterable<Finding> {
  for (const { name, type, values, location } of customFields) {
    if (values === undefined || type === "enum") continue;
    yield {
      summary: `${name} has values, and is no enum`,
      advice: "Write `type: enum`, or take values out.",
      location,
    };
  }
}

/**
 * Once some are declared, the others are taken for slips. A file that could not be read may have declared them; a name
 * that is nearly a declared one is a slip all the same.
 */
export function* checkFieldName(checked: Checked): Iterable<Finding> {
  const declared = checked.declaredNames;
  if (declared.size === 0) return;
  for (const { name, nameLocation } of fieldsOf(checked)) {
    const near = declared.has(name) ? undefined : suggest(name, declared);
    if (near !== undefined) {
      const advice = `Names are case-sensitive. Write ${near}, or declare ${name} under custom_fields: at the top of a file.`;
      yield { summary: `${name} is not declared: did you mean ${near}?`, advice, location: nameLocation };
    } else if (!declared.has(name) && checked.complete) {
      const advice = "Add it under custom_fields: at the top of a file, or take it out.";
      yield { summary: `${name} is not declared`, advice, location: nameLocation };
    }
  }
}

export function* checkFieldType(checked: Checked): Iterable<Finding> {
  const declared = declarations(checked);
  for (const { name, value, location } of fieldsOf(checked)) {
    const field = declared.get(name);
    const problem = field && value !== null ? checkFieldValue(field.type, value, field.values) : undefined;
    if (problem !== undefined) yield { summary: `${name}: ${problem.summary}`, advice: problem.advice, location };
  }
}

/** YAML reads 0123 as 123 and 1e3 as 1000, and rounds what is too long: people rarely mean it. */
export function* checkFieldNumber(checked: Checked): Iterable<Finding> {
  for (const { name, value, source, location } of fieldsOf(checked)) {
    // What is not finite is no number to the schema either.
    if (typeof value !== "number" || !Number.isFinite(value) || String(value) === source || isPlainDecimal(source))
      continue;
    yield {
      summary: `${name}: YAML reads ${source} as the number ${value}`,
      advice: `Put it in quotes if it is text: "${source}". Write ${value} if it is that number.`,
      location,
    };
  }
}

/** `1.50` is 1.5 to everybody. */
function isPlainDecimal(spelling: string): boolean {
  return /^-?(?:0|[1-9]\d*)\.\d+$/.test(spelling) && spelling.length <= 16;
}
