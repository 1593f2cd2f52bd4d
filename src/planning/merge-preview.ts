import type { ResolvedContact } from "../config/resolve-references.ts";
import { byAge } from "../matching/match.ts";
import { type CustomFields, type FieldValue, handleKey, isOpaque, type RemoteContact } from "../model/contact.ts";
import { normalText, sameField } from "../model/field-values.ts";

/**
 * Front's merge rules (docs/front.md#merging-contacts), as far as one contact's answer lets them be foretold: whether a name was given
 * by hand does not show, and where updates have no time the youngest contact counts as the last one updated.
 */
export function previewMerge(target: RemoteContact, others: readonly RemoteContact[]): RemoteContact {
  const all = [target, ...[...others].sort(byAge)];
  const recent = [...all].sort((a, b) => (b.updatedAt ?? 0) - (a.updatedAt ?? 0) || byAge(b, a));
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

/** The target keeps its account; without one, the survivor has that of another contact. Absent when Front shows none. */
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

/** What a contact has and the survivor will not; in words. */
export interface LostByMerge {
  readonly what: string;
  /** Whether it makes way for what the entry says, rather than for another contact's. */
  readonly managed: boolean;
}

/** What of a contact neither Front's merge nor the entry after it keeps. */
export function lostByMerge(contact: RemoteContact, wanted: ResolvedContact, folded: RemoteContact): LostByMerge[] {
  const { name, description, avatar } = wanted.desired;
  const losesName = contact.name !== undefined && contact.name !== (name ?? folded.name);
  const losesText = description !== undefined && !sameText(contact.description, description);
  const losesPicture =
    contact.avatarUrl !== undefined && (avatar !== undefined || contact.avatarUrl !== folded.avatarUrl);
  return [
    ...(losesName ? [{ what: `name "${contact.name}"`, managed: name !== undefined }] : []),
    ...(losesText && contact.description !== "" ? [{ what: "its description", managed: true }] : []),
    ...lostFields(contact, wanted, folded),
    ...(losesPicture ? [{ what: "its picture", managed: avatar !== undefined }] : []),
  ];
}

function sameText(a: string, b: string): boolean {
  return normalText(a) === normalText(b);
}

function lostFields(
  contact: RemoteContact,
  { desired, customFields }: ResolvedContact,
  folded: RemoteContact,
): LostByMerge[] {
  const written = new Map(customFields?.map((field) => [field.name, field]));
  const cleared = customFields !== undefined && desired.exact.includes("custom_fields");
  return [...contact.customFields].flatMap(([name, value]) => {
    const field = written.get(name);
    const managed = field !== undefined || cleared;
    const stays = managed ? field?.value : folded.customFields.get(name);
    if (sameField(field?.type ?? "unknown", value, stays)) return [];
    return [{ what: `${name} ${isOpaque(value) ? value.json : JSON.stringify(value)}`, managed }];
  });
}
