import type { WrittenField } from "../../model/change.ts";
import type { DesiredField, FieldValue } from "../../model/contact.ts";
import { isEmptyField, isSameFieldValue, isSameText, parseDatetime } from "../../model/field-values.ts";
import type { FieldChange } from "../../model/plan.ts";
import type { ContactChanges } from "./run-changes.ts";
import type { Subject, UndoReport } from "./undo-report.ts";

interface FieldContext {
  readonly definitions: readonly { readonly name: string; readonly type: string }[] | undefined;
  readonly report: UndoReport;
}

/**
 * Returns the text before the run if it must be restored; otherwise, undefined. `current` is the text in Front;
 * undefined means empty.
 */
export function textToRestore(
  changes: Subject & Pick<ContactChanges, "name" | "description">,
  attribute: "name" | "description",
  current: string | undefined,
  report: UndoReport,
): string | undefined {
  const values = changes[attribute];
  if (values === undefined) return undefined;
  const { before = "", after } = values;
  const state = { matchesBefore: isSameText(before, current), matchesAfter: isSameText(after, current) };
  if (!report.mayRestore(changes, attribute, state)) return undefined;
  if (attribute === "description" || before !== "") return before;
  return report.addImpossible(changes, "it had no name before, and Front cannot clear a name");
}

/** Returns the custom fields to restore, with their values before the run. `current` contains the values in Front. */
export function fieldsToRestore(
  changes: Subject & { readonly fields: readonly FieldChange[] },
  current: ReadonlyMap<string, FieldValue>,
  context: FieldContext,
): DesiredField[] {
  return changes.fields.flatMap(({ name, type, before, after }) => {
    const value = current.get(name);
    const state = {
      matchesBefore: isSameFieldValue(type, value, before),
      matchesAfter: isSameFieldValue(type, value, after),
    };
    if (!context.report.mayRestore(changes, `custom field ${name}`, state)) return [];
    return fieldToRestore(changes, name, before, context) ?? [];
  });
}

/** Returns the custom fields of a deleted contact or account. `before` contains their values as the plan shows them. */
export function deletedFields(
  subject: Subject,
  before: Readonly<Record<string, WrittenField>>,
  context: FieldContext,
): DesiredField[] {
  return Object.entries(before).flatMap(
    ([name, value]) => fieldToRestore(subject, name, valueInFront(value, typeOf(name, context)), context) ?? [],
  );
}

/** Returns whether a field has the same value as before the run. `before` is this value as the plan shows it. */
export function isFieldRestored(
  name: string,
  current: FieldValue | undefined,
  before: WrittenField,
  definitions: FieldContext["definitions"],
): boolean {
  const type = typeOf(name, { definitions });
  return isSameFieldValue(type ?? "", current, valueInFront(before, type));
}

function typeOf(name: string, { definitions }: Pick<FieldContext, "definitions">): string | undefined {
  return definitions?.find((definition) => definition.name === name)?.type;
}

/** Converts the value of a field from its form in a plan to its form in Front. Reverses `writtenField`. */
function valueInFront(value: WrittenField, type: string | undefined): FieldValue {
  if (typeof value !== "string" || value === "") return value;
  if (type === "datetime") return parseDatetime(value) ?? value;
  return type === "number" ? { json: value } : value;
}

/** Returns a custom field with its value before the run. Reports a field that the company no longer defines. */
function fieldToRestore(
  subject: Subject,
  name: string,
  before: FieldValue | undefined,
  { definitions, report }: FieldContext,
): DesiredField | undefined {
  if (!definitions?.some((definition) => definition.name === name)) {
    const advice = "To restore the value, create the custom field in Front before you undo this run.";
    return report.addImpossible(subject, `the custom field "${name}" no longer exists`, advice);
  }
  const { location } = subject;
  const value = { name, value: null, location, nameLocation: location };
  return before === undefined || isEmptyField(before) ? value : { ...value, valueToRestore: before };
}
