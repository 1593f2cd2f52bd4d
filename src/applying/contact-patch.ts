import type { ContactPatch, NewContact } from "../front/api.ts";
import type { CustomFields, FieldValue, RemoteContact } from "../model/contact.ts";
import { isSameFieldValue, isSameText, normalText } from "../model/field-values.ts";
import { hasHandle } from "../model/handle.ts";
import { omitUndefined, unlessEmpty } from "../model/omit-undefined.ts";
import type { FieldChange, OperationOf } from "../model/plan.ts";
import { changedAfterPlanError, noLongerMatchesError } from "./messages.ts";

/** An update of a contact. Without `before`, name and description are overwritten without a check. */
type Update = Omit<OperationOf<"update-contact">, "before"> & {
  readonly before?: OperationOf<"update-contact">["before"] | undefined;
};

export function newContact({
  handles,
  name,
  description,
  links,
  lists,
  customFields,
}: OperationOf<"create-contact">): NewContact {
  const fields = customFields && Object.fromEntries(customFields.map(({ name: field, after }) => [field, after ?? ""]));
  return omitUndefined({ handles, name, description, links, listNames: lists, customFields: fields });
}

/** Returns whether a contact has all values that an operation creates it with. */
export function isAsCreated(contact: RemoteContact, operation: OperationOf<"create-contact">): boolean {
  const listNames = new Set(contact.lists.map(({ name }) => name));
  const links = new Set(contact.links.map(normalText));
  return (
    // Each handle was looked up at a different time, so the contact may have lost one of them.
    operation.handles.every((handle) => hasHandle(contact, handle)) &&
    isTextAsPlanned(operation.name, contact.name) &&
    isTextAsPlanned(operation.description, contact.description) &&
    (operation.links ?? []).every((link) => links.has(normalText(link))) &&
    (operation.lists ?? []).every((name) => listNames.has(name)) &&
    (operation.customFields ?? []).every(({ name, type, after }) =>
      isSameFieldValue(type, contact.customFields.get(name), after),
    )
  );
}

/** Returns whether a text equals the planned text after normalization, or no text is planned. */
export function isTextAsPlanned(planned: string | undefined, current: string | undefined): boolean {
  return planned === undefined || isSameText(planned, current);
}

/** Returns a patch that needs no previous read, because it replaces no collection. */
export function plainPatch({ name, description }: OperationOf<"update-contact">): ContactPatch {
  return omitUndefined({ name, description });
}

/**
 * Returns the patch that a contact still needs, if any. Throws a `FrontError` if someone else removed all handles by
 * which the contact was matched or, unless the update follows a merge, changed a value that the patch would overwrite.
 */
export function remainingPatch(operation: Update, current: RemoteContact): ContactPatch | undefined {
  if (operation.handles?.every((handle) => !hasHandle(current, handle))) throw noLongerMatchesError(current.id);
  if (!operation.afterMerge) assertNotChangedByOthers(operation, current);
  const { addLinks: add, removeLinks: remove } = operation;
  const links = applyCollectionChanges(current.links, { add, remove }, normalText);
  const values = remainingValues(omitUnexpectedFields(operation, current), current);
  const patch: ContactPatch = omitUndefined({ ...values, links });
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/**
 * Returns the part of an update that a contact still needs, if any. Only this part is recorded, so that an undo does
 * not revert changes that others made.
 */
export function remainingContactUpdate(
  update: OperationOf<"update-contact">,
  current: RemoteContact,
): OperationOf<"update-contact"> | undefined {
  const { name, description, customFields, addLinks, removeLinks, ...operation } = omitUnexpectedFields(
    update,
    current,
  );
  const links = new Set(current.links.map(normalText));
  const remaining = omitUndefined({
    ...remainingChanges({ name, description, customFields }, current),
    addLinks: unlessEmpty(addLinks?.filter((link) => !links.has(normalText(link)))),
    removeLinks: unlessEmpty(removeLinks?.filter((link) => links.has(normalText(link)))),
  });
  return Object.keys(remaining).length === 0 ? undefined : { ...operation, ...remaining };
}

/**
 * Omits the custom fields that an update after a merge would clear and whose value is not the previous value in the
 * plan, because Front may have taken the value from another merged contact.
 */
function omitUnexpectedFields<U extends Pick<Update, "afterMerge" | "customFields">>(
  operation: U,
  current: RemoteContact,
): U {
  if (!operation.afterMerge || operation.customFields === undefined) return operation;
  const customFields = operation.customFields.filter(
    ({ name, type, before, after }) =>
      after !== undefined || before === undefined || isSameFieldValue(type, current.customFields.get(name), before),
  );
  return { ...operation, customFields };
}

type UpdatedValues = {
  readonly [K in "name" | "description" | "customFields"]?: Update[K] | undefined;
};

/** Returns the changes that a contact or an account still needs. A value that is already as planned is undefined. */
export function remainingChanges(
  { name, description, customFields }: UpdatedValues,
  current: Pick<RemoteContact, "name" | "description" | "customFields">,
) {
  return {
    name: isTextAsPlanned(name, current.name) ? undefined : name,
    description: isTextAsPlanned(description, current.description) ? undefined : description,
    customFields: unlessEmpty(
      customFields?.filter((field) => !isSameFieldValue(field.type, current.customFields.get(field.name), field.after)),
    ),
  };
}

/** Like `remainingChanges`, but returns all custom fields after the changes. */
export function remainingValues(
  update: UpdatedValues,
  current: Pick<RemoteContact, "name" | "description" | "customFields">,
) {
  const { customFields, ...texts } = remainingChanges(update, current);
  return { ...texts, customFields: customFields && mergeFields(current.customFields, customFields) };
}

/**
 * Returns all links or domains after a change, because Front replaces the whole collection; undefined if nothing
 * changes.
 */
export function applyCollectionChanges(
  current: readonly string[],
  { add = [], remove = [] }: Readonly<Record<"add" | "remove", readonly string[] | undefined>>,
  keyOf: (member: string) => string,
): readonly string[] | undefined {
  const currentKeys = new Set(current.map(keyOf));
  const removedKeys = new Set(remove.map(keyOf));
  const added = add.filter((member) => !currentKeys.has(keyOf(member)));
  const remaining = current.filter((member) => !removedKeys.has(keyOf(member)));
  return added.length === 0 && remaining.length === current.length ? undefined : [...remaining, ...added];
}

/**
 * Throws a `FrontError` if the current value of an attribute is neither the desired value nor the value at the time
 * of the plan.
 */
export function assertNotChangedByOthers(
  operation: Pick<Update, "before" | "name" | "description" | "customFields">,
  current: Pick<RemoteContact, "name" | "description" | "customFields">,
): void {
  const { before, customFields = [] } = operation;
  const texts = before === undefined ? [] : (["name", "description"] as const);
  const changedTexts = texts.filter((attribute) => {
    const currentValue = current[attribute];
    return (
      !isTextAsPlanned(operation[attribute], currentValue) && !isTextAsPlanned(before?.[attribute] ?? "", currentValue)
    );
  });
  const changedFields = customFields.filter(({ name, type, ...field }) => {
    const currentValue = current.customFields.get(name);
    return !isSameFieldValue(type, currentValue, field.after) && !isSameFieldValue(type, currentValue, field.before);
  });
  const changed = [...changedTexts, ...changedFields.map(({ name }) => name)];
  if (changed.length > 0) throw changedAfterPlanError(changed);
}

/** Returns all custom fields after changes, because Front replaces all of them. */
function mergeFields(current: CustomFields, changes: readonly FieldChange[]): CustomFields {
  const merged = new Map<string, FieldValue>([...current].filter(([, value]) => value !== null));
  for (const { name, after } of changes) {
    if (after === undefined) merged.delete(name);
    else merged.set(name, after);
  }
  return merged;
}
