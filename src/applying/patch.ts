import { type ContactPatch, FrontError, type NewContact } from "../front/api.ts";
import type { CustomFields, FieldValue, RemoteContact } from "../model/contact.ts";
import { normalText, sameField } from "../model/field-values.ts";
import { hasHandle } from "../model/handle.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { FieldChange, Operation } from "../model/plan.ts";

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;

/** Without `before` nothing is held against name and description. */
type Update = Omit<Kind<"update-contact">, "before"> & {
  readonly before?: Kind<"update-contact">["before"] | undefined;
};

/** The body of a creation: everything that one POST can carry. */
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

/** Whether a contact is what this creation would have made, as far as Front shows it. */
export function isAsCreated(found: RemoteContact, operation: Kind<"create-contact">): boolean {
  const listNames = new Set(found.lists.map(({ name }) => name));
  const links = new Set(found.links.map(normalText));
  return (
    /** Asked of the contact itself: the look-ups of several handles are not of one moment. */
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

function sameText(wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || normalText(wanted) === normalText(found ?? "");
}

/** What a PATCH sets without a look at the contact: single values, which nobody else's work is part of. */
export function plainPatch({ name, description }: Kind<"update-contact">): ContactPatch {
  return omitUndefined({ name, description });
}

/** What is left to send, given how the contact is now. Throws when somebody else changed what this would overwrite. */
export function patchOver(operation: Update, fresh: RemoteContact): ContactPatch | undefined {
  const moved = operation.afterMerge ? [] : movedSince(operation, fresh);
  if (moved.length > 0) {
    const message = `${moved.join(" and ")} changed in Front after this plan`;
    throw new FrontError("changed", message, { advice: "Plan again, and decide which value it should be." });
  }
  const { name, description, customFields = [] } = operation;
  const fields = customFields.filter(
    (field) => !sameField(field.type, fresh.customFields.get(field.name), field.after),
  );
  const patch: ContactPatch = omitUndefined({
    name: sameText(name, fresh.name) ? undefined : name,
    description: sameText(description, fresh.description) ? undefined : description,
    links: linksOver(operation, fresh.links),
    customFields: fields.length === 0 ? undefined : mergeFields(fresh.customFields, fields),
  });
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Front replaces links all at once too, so those that nobody mentions are sent along. */
function linksOver(
  { addLinks = [], removeLinks = [] }: Update,
  present: readonly string[],
): readonly string[] | undefined {
  const has = new Set(present.map(normalText));
  const goes = new Set(removeLinks.map(normalText));
  const added = addLinks.filter((link) => !has.has(normalText(link)));
  const stays = present.filter((link) => !goes.has(normalText(link)));
  return added.length === 0 && stays.length === present.length ? undefined : [...stays, ...added];
}

/** Three-way: what is already as wanted is fine, what is still as planned is ours to change, the rest is not. */
function movedSince({ before, name, description, customFields = [] }: Update, fresh: RemoteContact): string[] {
  const texts = [
    { attribute: "name", was: before?.name, wanted: name, now: fresh.name },
    { attribute: "description", was: before?.description, wanted: description, now: fresh.description },
  ];
  const movedTexts = texts.filter(({ was, wanted, now }) => !sameText(wanted, now) && !sameText(was ?? "", now));
  const movedFields = customFields.filter((field) => {
    const now = fresh.customFields.get(field.name);
    return !sameField(field.type, now, field.after) && !sameField(field.type, now, field.before);
  });
  const names = before === undefined ? [] : movedTexts.map(({ attribute }) => attribute);
  return [...names, ...movedFields.map((field) => field.name)];
}

/** Front replaces custom fields all at once, so those that no file mentions are sent back as they are. */
function mergeFields(present: CustomFields, changes: readonly FieldChange[]): CustomFields {
  const merged = new Map<string, FieldValue>([...present].filter(([, value]) => value !== null));
  for (const { name, after } of changes) {
    if (after === undefined) merged.delete(name);
    else merged.set(name, after);
  }
  return merged;
}
