import type { FieldEntry } from "../comparing/compare.ts";
import type { AttributeValue, Change, Difference, Origin } from "../model/change.ts";
import type { RemoteContact } from "../model/contact.ts";
import { isEmptyField, isSameFieldValue, isSameText, writtenField } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";

/** Returns a string that identifies the value of a difference within its resource. */
export function pathOf({ attribute, key }: { readonly attribute: string; readonly key?: string | undefined }): string {
  return JSON.stringify([attribute, key]);
}

/** Returns the difference with its origin. `base` is the value at the base, and is set only if it changed in Front. */
export function withOrigin(difference: Difference, origin: Origin, base?: AttributeValue): Difference {
  return omitUndefined({ ...difference, origin, base }) as Difference;
}

/** Adds the origins of the `known` differences to an update. Other differences originate in the configuration. */
export function withOrigins(change: Change, known: readonly Difference[] = []): Change {
  if (change.action !== "update") return change;
  const byPath = new Map(known.map((difference) => [pathOf(difference), difference]));
  const differences = change.differences.map((difference) => {
    const { origin = "files", base } = byPath.get(pathOf(difference)) ?? {};
    return withOrigin(difference, origin, base);
  });
  return { ...change, differences };
}

/**
 * Returns a difference as a conflict, because the configuration deletes the resource. In the argument, `after` is the
 * value at the base.
 */
export function asConflict({ after, ...difference }: Difference): Difference {
  return withOrigin(difference as Difference, "both", after);
}

/** Returns the difference of a text with its origin. `base` and `remote` are the texts at the base and in Front. */
export function withTextOrigin(
  difference: Difference & { readonly after?: string },
  base: string | undefined,
  remote: string | undefined,
): Difference {
  return withValueOrigin(difference, base, {
    isBaseInFiles: isSameText(base, difference.after),
    isBaseInFront: isSameText(base, remote),
  });
}

/**
 * Returns the difference with its origin. `isBaseInFiles` is true if the configuration still has the value at the base;
 * `isBaseInFront`, if Front still has it.
 */
export function withValueOrigin(
  difference: Difference,
  base: AttributeValue | undefined,
  { isBaseInFiles, isBaseInFront }: { readonly isBaseInFiles: boolean; readonly isBaseInFront: boolean },
): Difference {
  if (base === undefined || isBaseInFront) return withOrigin(difference, "files");
  return withOrigin(difference, isBaseInFiles ? "front" : "both", base);
}

export function withFieldOrigin(
  difference: Extract<Difference, { attribute: "custom_fields" }>,
  { resolved, base }: { readonly resolved: FieldEntry; readonly base: FieldEntry },
  remote: Pick<RemoteContact, "customFields">,
): Difference {
  const { key } = difference;
  const fieldIn = ({ customFields }: FieldEntry) => customFields?.find(({ name }) => name === key);
  const isExact = base.desired.exact.includes("custom_fields");
  const baseField = fieldIn(base) ?? (isExact ? { name: key, type: "unknown", value: undefined } : undefined);
  if (baseField === undefined) return withOrigin(difference, "files");
  const { type, value } = baseField;
  return withValueOrigin(difference, writtenField(type, value), {
    isBaseInFiles: isSameFieldValue(type, value, fieldIn(resolved)?.value),
    isBaseInFront: isSameFieldValue(type, value, remote.customFields.get(key)),
  });
}

/**
 * Returns the difference of a collection with its origin. The origin is Front if a value at the base was removed in
 * Front, or if a value was added in Front to an exact collection. Otherwise, the origin is the configuration.
 */
export function withMembershipOrigin(
  difference: Extract<Difference, { key: string }>,
  baseKeys: readonly string[] | undefined,
  baseExact: readonly string[],
): Difference {
  const wasPresent = baseKeys?.includes(difference.key) ?? false;
  if (difference.after !== undefined) {
    return wasPresent ? withOrigin(difference, "front", difference.after) : withOrigin(difference, "files");
  }
  const wasExact = baseExact.some((collection) => collection === difference.attribute);
  return withOrigin(difference, !wasPresent && wasExact ? "front" : "files");
}

export function missingKeys<T>(base: readonly T[], current: readonly T[]): ReadonlySet<T> {
  const keys = new Set(current);
  return new Set(base.filter((key) => !keys.has(key)));
}

/**
 * Returns the removals of the fields that were removed from the entry since the base. A removal is a conflict if the
 * value in Front differs from the value at the base.
 */
export function removedFields(
  { desired, customFields = [] }: FieldEntry,
  base: FieldEntry,
  remote: Pick<RemoteContact, "customFields">,
): Difference[] {
  if (desired.exact.includes("custom_fields")) return [];
  const names = new Set(customFields.map(({ name }) => name));
  return (base.customFields ?? []).flatMap(({ name, type, value }) => {
    const remoteValue = remote.customFields.get(name);
    if (names.has(name) || isEmptyField(value) || isEmptyField(remoteValue)) return [];
    const removal: Difference = { attribute: "custom_fields", key: name, before: writtenField(type, remoteValue) };
    if (isSameFieldValue(type, value, remoteValue)) return [withOrigin(removal, "files")];
    return [withOrigin(removal, "both", writtenField(type, value))];
  });
}
