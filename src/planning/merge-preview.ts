import type { ResolvedContact } from "../config/resolve-references.ts";
import type { Difference } from "../model/change.ts";
import type { FieldDefinition } from "../model/company.ts";
import {
  type CustomFields,
  type FieldValue,
  type HandleKey,
  handleKey,
  isOpaque,
  oldestFirst,
  type RemoteContact,
} from "../model/contact.ts";
import { isSameFieldValue, isSameText, writtenField } from "../model/field-values.ts";

/**
 * Predicts the result of a merge by Front's rules (docs/front.md#merging-contacts). A contact without `updatedAt` is
 * treated as the least recently updated; in a tie, the newest contact is preferred. Front prefers names that a person
 * entered, but the API does not show which names these are, so the predicted name may be wrong.
 */
export function previewMerge(target: RemoteContact, others: readonly RemoteContact[]): RemoteContact {
  const contacts = [target, ...[...others].sort(oldestFirst)];
  const recent = [...contacts].sort((a, b) => (b.updatedAt ?? 0) - (a.updatedAt ?? 0) || oldestFirst(b, a));
  return {
    id: target.id,
    name: recent.find(({ name }) => name !== undefined)?.name,
    description: contacts
      .map(({ description }) => description)
      .filter((text) => text !== "")
      .join("\n"),
    handles: uniqueBy(
      contacts.flatMap(({ handles }) => handles),
      ({ source, handle }) => `${source}:${handle}`,
    ),
    links: [...new Set(contacts.flatMap(({ links }) => links))],
    lists: uniqueBy(
      contacts.flatMap(({ lists }) => lists),
      ({ id }) => id,
    ),
    customFields: mostRecentFields(recent),
    avatarUrl: recent.find(({ avatarUrl }) => avatarUrl !== undefined)?.avatarUrl,
    updatedAt: recent[0]?.updatedAt,
    ...accountAfter(contacts),
  };
}

/**
 * Returns the contacts to merge into a target, without the handles that move to other contacts. These handles move
 * before the merge, because after an interrupted apply, the next plan might otherwise match the target to the entry that
 * declares them. A contact that a handle leaves is then the most recently updated one.
 */
export function mergeSources(
  others: readonly RemoteContact[],
  handlesMovingFrom: (contactId: string) => ReadonlySet<HandleKey> | undefined,
): RemoteContact[] {
  return others.map((other) => {
    const removedHandles = handlesMovingFrom(other.id) ?? new Set();
    const source = withoutHandles(other, removedHandles);
    return removedHandles.size === 0 ? source : { ...source, updatedAt: Number.MAX_VALUE };
  });
}

export function withoutHandles(contact: RemoteContact, removedHandles: ReadonlySet<HandleKey>): RemoteContact {
  return { ...contact, handles: contact.handles.filter((handle) => !removedHandles.has(handleKey(handle))) };
}

/**
 * Returns the account of the first contact that has one. Omits the account if Front returned all contacts without the
 * property `account`.
 */
function accountAfter(targetFirst: readonly RemoteContact[]): Pick<RemoteContact, "account"> {
  const accounts = targetFirst.flatMap(({ account }) => (account === undefined ? [] : [account]));
  return accounts.length === 0 ? {} : { account: accounts.find((account) => account !== null) ?? null };
}

function mostRecentFields(recent: readonly RemoteContact[]): CustomFields {
  const fields = new Map<string, FieldValue>();
  for (const { customFields } of [...recent].reverse()) {
    for (const [name, value] of customFields) fields.set(name, value);
  }
  return fields;
}

function uniqueBy<T>(values: readonly T[], keyOf: (value: T) => string): T[] {
  return [...new Map([...values].reverse().map((value) => [keyOf(value), value])).values()].reverse();
}

export interface LostValue {
  readonly description: string;
  /** Has no `after`. */
  readonly difference: Difference;
  /** True if the entry replaces or clears the value; false if the merge replaces it with another contact's value. */
  readonly isManaged: boolean;
}

/**
 * Returns the values of `contact` that differ after the merge and the update by the entry. `fields` are the custom fields
 * of the company, if they were read.
 */
export function lostByMerge(
  contact: RemoteContact,
  resolved: ResolvedContact,
  merged: RemoteContact,
  fields: readonly FieldDefinition[],
): LostValue[] {
  const { name, description, avatar } = resolved.desired;
  const [oldName, oldText, oldAvatar] = [contact.name, contact.description, contact.avatarUrl];
  const losesName = oldName !== undefined && oldName !== (name ?? merged.name);
  const losesText = description !== undefined && oldText !== "" && !isSameText(oldText, description);
  const losesAvatar = oldAvatar !== undefined && (avatar !== undefined || oldAvatar !== merged.avatarUrl);
  return [
    ...(losesName ? [lostValue("name", oldName, `name "${oldName}"`, name !== undefined)] : []),
    ...(losesText ? [lostValue("description", oldText, "its description", true)] : []),
    ...lostFields(contact, resolved, merged, fields),
    ...(losesAvatar ? [lostValue("avatar", oldAvatar, "its picture", avatar !== undefined)] : []),
  ];
}

function lostValue(
  attribute: "name" | "description" | "avatar",
  before: string,
  description: string,
  isManaged: boolean,
): LostValue {
  return { description, difference: { attribute, before }, isManaged };
}

function lostFields(
  contact: RemoteContact,
  { desired, customFields }: ResolvedContact,
  merged: RemoteContact,
  fields: readonly FieldDefinition[],
): LostValue[] {
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  const declared = new Map(customFields?.map((field) => [field.name, field]));
  const isExact = customFields !== undefined && desired.exact.includes("custom_fields");
  return [...contact.customFields].flatMap(([name, value]) => {
    const field = declared.get(name);
    const isManaged = field !== undefined || isExact;
    const result = isManaged ? field?.value : merged.customFields.get(name);
    const type = field?.type ?? types.get(name) ?? "unknown";
    if (isSameFieldValue(type, value, result)) return [];
    const before = writtenField(type, value);
    const description = `${name} ${isOpaque(value) ? value.json : JSON.stringify(before)}`;
    const difference = { attribute: "custom_fields" as const, key: name, before };
    return [{ description, difference, isManaged }];
  });
}
