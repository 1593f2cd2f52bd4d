import type { ContactPatch, NewContact } from "../front/api.ts";
import type { CustomFields, FieldValue, RemoteContact } from "../model/contact.ts";
import { normalText, sameField } from "../model/field-values.ts";
import { hasHandle } from "../model/handle.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { FieldChange, Operation } from "../model/plan.ts";
import { changedAfterPlan, noLongerMatches } from "./messages.ts";

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;

/** An update of a contact. Without `before`, name and description are overwritten without a check. */
type Update = Omit<Kind<"update-contact">, "before"> & {
  readonly before?: Kind<"update-contact">["before"] | undefined;
};

/** Returns the body of a creation. One POST takes all values. */
export function newContact({
  handles,
  name,
  description,
  links,
  lists,
  customFields,
}: Kind<"create-contact">): NewContact {
  const fields = customFields?.map(({ name: field, after }) => [field, after ?? ""] as const);
  const customFieldsSent = fields && Object.fromEntries(fields);
  return omitUndefined({ handles, name, description, links, listNames: lists, customFields: customFieldsSent });
}

/** Returns whether a contact has all values of this creation. */
export function isAsCreated(found: RemoteContact, operation: Kind<"create-contact">): boolean {
  const listNames = new Set(found.lists.map(({ name }) => name));
  const links = new Set(found.links.map(normalText));
  return (
    // Checked on the contact itself, because several handles are looked up at different times.
    operation.handles.every((handle) => hasHandle(found, handle)) &&
    sameText(operation.name, found.name) &&
    sameText(operation.description, found.description) &&
    (operation.links ?? []).every((link) => links.has(normalText(link))) &&
    (operation.lists ?? []).every((name) => listNames.has(name)) &&
    (operation.customFields ?? []).every(({ name, type, after }) =>
      sameField(type, found.customFields.get(name), after),
    )
  );
}

export function sameText(wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || normalText(wanted) === normalText(found ?? "");
}

/** Returns the part of an update that needs no fresh read, because it replaces no collection. */
export function plainPatch({ name, description }: Kind<"update-contact">): ContactPatch {
  return omitUndefined({ name, description });
}

/**
 * Returns the patch that is still needed for the contact's current state, if any. Throws a `FrontError` when someone
 * else changed a value that the patch would overwrite, or removed the handles by which the contact was matched.
 */
export function patchOver(operation: Update, fresh: RemoteContact): ContactPatch | undefined {
  if (operation.handles?.every((handle) => !hasHandle(fresh, handle))) throw noLongerMatches(fresh.id);
  const changed = operation.afterMerge ? [] : changedSincePlan(operation, fresh);
  if (changed.length > 0) throw changedAfterPlan(changed);
  const { addLinks, removeLinks } = operation;
  const links = membersOver(fresh.links, { add: addLinks, remove: removeLinks }, normalText);
  const patch: ContactPatch = omitUndefined({ ...valuesOver(operation, fresh), links });
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Returns the name, the description and the custom fields that are still needed, of a contact or an account. */
export function valuesOver(
  { name, description, customFields = [] }: Pick<Update, "name" | "description" | "customFields">,
  fresh: Pick<RemoteContact, "name" | "description" | "customFields">,
) {
  const fields = customFields.filter(
    (field) => !sameField(field.type, fresh.customFields.get(field.name), field.after),
  );
  return {
    name: sameText(name, fresh.name) ? undefined : name,
    description: sameText(description, fresh.description) ? undefined : description,
    customFields: fields.length === 0 ? undefined : mergeFields(fresh.customFields, fields),
  };
}

/**
 * Returns all links or domains to send, with unmanaged ones, because Front replaces the collection; undefined if none
 * changes.
 */
export function membersOver(
  present: readonly string[],
  {
    add = [],
    remove = [],
  }: { readonly add: readonly string[] | undefined; readonly remove: readonly string[] | undefined },
  keyOf: (member: string) => string,
): readonly string[] | undefined {
  const has = new Set(present.map(keyOf));
  const goes = new Set(remove.map(keyOf));
  const added = add.filter((member) => !has.has(keyOf(member)));
  const stays = present.filter((member) => !goes.has(keyOf(member)));
  return added.length === 0 && stays.length === present.length ? undefined : [...stays, ...added];
}

/** Returns the attributes whose current value is neither the desired value nor the one the plan was computed from. */
export function changedSincePlan(
  { before, name, description, customFields = [] }: Pick<Update, "before" | "name" | "description" | "customFields">,
  fresh: Pick<RemoteContact, "name" | "description" | "customFields">,
): string[] {
  const texts = [
    { attribute: "name", was: before?.name, wanted: name, now: fresh.name },
    { attribute: "description", was: before?.description, wanted: description, now: fresh.description },
  ];
  const changedTexts = texts.filter(({ was, wanted, now }) => !sameText(wanted, now) && !sameText(was ?? "", now));
  const changedFields = customFields.filter((field) => {
    const now = fresh.customFields.get(field.name);
    return !sameField(field.type, now, field.after) && !sameField(field.type, now, field.before);
  });
  const names = before === undefined ? [] : changedTexts.map(({ attribute }) => attribute);
  return [...names, ...changedFields.map((field) => field.name)];
}

/** Returns all custom fields to send, with unmanaged ones, because Front replaces all of them. */
function mergeFields(present: CustomFields, changes: readonly FieldChange[]): CustomFields {
  const merged = new Map<string, FieldValue>([...present].filter(([, value]) => value !== null));
  for (const { name, after } of changes) {
    if (after === undefined) merged.delete(name);
    else merged.set(name, after);
  }
  return merged;
}
