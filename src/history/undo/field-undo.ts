import type { DesiredField, FieldValue } from "../../model/contact.ts";
import { isEmptyField, sameField } from "../../model/field-values.ts";
import type { FieldChange } from "../../model/plan.ts";
import type { Subject, UndoReport } from "./report.ts";

interface FieldContext {
  /** The custom fields that the company defines. */
  readonly definitions: readonly { readonly name: string }[] | undefined;
  readonly report: UndoReport;
}

/** Returns the custom fields of a contact or an account to restore. `now`: its present values. */
export function fieldsToRestore(
  changes: Subject & { readonly fields: readonly FieldChange[] },
  now: ReadonlyMap<string, FieldValue>,
  context: FieldContext,
): DesiredField[] {
  return changes.fields.flatMap(({ name, type, before, after }) => {
    const value = now.get(name);
    const state = { isBefore: sameField(type, value, before), isLeft: sameField(type, value, after) };
    if (!context.report.mayRestore(changes, `custom field ${name}`, state)) return [];
    return fieldToRestore(changes, name, before, context) ?? [];
  });
}

/** Returns a custom field with its value before the run; undefined if the company no longer defines the field. */
export function fieldToRestore(
  subject: Subject,
  name: string,
  before: FieldValue | undefined,
  { definitions, report }: FieldContext,
): DesiredField | undefined {
  if (!definitions?.some((each) => each.name === name)) {
    return report.addImpossible(subject, `the custom field "${name}" no longer exists`);
  }
  const { location } = subject;
  const value = { name, value: null, location, nameLocation: location };
  return before === undefined || isEmptyField(before) ? value : { ...value, restored: before };
}
