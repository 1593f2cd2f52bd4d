import type { ResolvedContact } from "../config/resolve-references.ts";
import {
  type CustomFields,
  type FieldValue,
  handleKey,
  isOpaque,
  oldestFirst,
  type RemoteContact,
} from "../model/contact.ts";
import { normalText, sameField } from "../model/field-values.ts";

/**
 * Predicts the result of a merge by Front's rules (docs/front.md#merging-contacts). Front does not show whether a
 * person entered the name of a contact, and may omit the time of its last update; then the newest contact counts as
 * updated last.
 */
export function previewMerge(target: RemoteContact, others: readonly RemoteContact[]): RemoteContact {
  const all = [target, ...[...others].sort(oldestFirst)];
  const recent = [...all].sort((a, b) => (b.updatedAt ?? 0) - (a.updatedAt ?? 0) || oldestFirst(b, a));
  return {
    id: target.id,
    name: recent.find(({ name }) => name !== undefined)?.name,
    description: all
      .map(({ description }) => description)
      .filter((text) => text !== "")
      .join("\n"),
    handles: uniqueBy(
      all.flatMap(({ handles }) => handles),
      handleKey,
    ),
    links: [...new Set(all.flatMap(({ links }) => links))],
    lists: uniqueBy(
      all.flatMap(({ lists }) => lists),
      ({ id }) => id,
    ),
    customFields: mostRecentFields(recent),
    avatarUrl: recent.find(({ avatarUrl }) => avatarUrl !== undefined)?.avatarUrl,
    updatedAt: recent[0]?.updatedAt,
    ...accountAfter(all),
  };
}

/** Returns the account after a merge: the target's, or that of another contact. Omits it if Front shows no accounts. */
function accountAfter(targetFirst: readonly RemoteContact[]): Pick<RemoteContact, "account"> {
  const shown = targetFirst.flatMap(({ account }) => (account === undefined ? [] : [account]));
  return shown.length === 0 ? {} : { account: shown.find((account) => account !== null) ?? null };
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

/** A description of a value that a merge loses. */
export interface LostByMerge {
  readonly what: string;
  /** True if a value of the entry replaces it, rather than one of another contact. */
  readonly managed: boolean;
}

/** Returns the values of a contact that neither the merge nor the entry keeps. */
export function lostByMerge(contact: RemoteContact, resolved: ResolvedContact, merged: RemoteContact): LostByMerge[] {
  const { name, description, avatar } = resolved.desired;
  const losesName = contact.name !== undefined && contact.name !== (name ?? merged.name);
  const losesText = description !== undefined && !sameText(contact.description, description);
  const losesPicture =
    contact.avatarUrl !== undefined && (avatar !== undefined || contact.avatarUrl !== merged.avatarUrl);
  return [
    ...(losesName ? [{ what: `name "${contact.name}"`, managed: name !== undefined }] : []),
    ...(losesText && contact.description !== "" ? [{ what: "its description", managed: true }] : []),
    ...lostFields(contact, resolved, merged),
    ...(losesPicture ? [{ what: "its picture", managed: avatar !== undefined }] : []),
  ];
}

function sameText(a: string, b: string): boolean {
  return normalText(a) === normalText(b);
}

function lostFields(
  contact: RemoteContact,
  { desired, customFields }: ResolvedContact,
  merged: RemoteContact,
): LostByMerge[] {
  const declared = new Map(customFields?.map((field) => [field.name, field]));
  const cleared = customFields !== undefined && desired.exact.includes("custom_fields");
  return [...contact.customFields].flatMap(([name, value]) => {
    const field = declared.get(name);
    const managed = field !== undefined || cleared;
    const stays = managed ? field?.value : merged.customFields.get(name);
    if (sameField(field?.type ?? "unknown", value, stays)) return [];
    return [{ what: `${name} ${isOpaque(value) ? value.json : JSON.stringify(value)}`, managed }];
  });
}
