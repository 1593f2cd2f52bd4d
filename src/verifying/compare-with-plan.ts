import { domainKey, type RemoteAccount } from "../model/account.ts";
import { undeclaredAddress } from "../model/address.ts";
import type { Change, Difference } from "../model/change.ts";
import { type FieldValue, isOpaque, type RemoteContact } from "../model/contact.ts";
import { isEmptyField, isSameFieldValue, isSameText, normalText } from "../model/field-values.ts";
import { type Handle, handleKey, mayBeSame } from "../model/handle.ts";
import { differOnlyInCountry } from "../model/phone.ts";
import type { Operation } from "../model/plan.ts";

/** A difference between a plan and Front. May contain untrusted text. */
export type Finding = {
  /** The attribute, such as `name`, `phone +44 1` or `custom field Job Title`. */
  readonly attribute: string;
} & (
  | { readonly problem: "missing" | "not-removed" }
  /** All unmanaged values of a collection are missing in Front. */
  | { readonly problem: "unmanaged-lost" }
  | { readonly problem: "different"; readonly expected: string; readonly found: string }
  | { readonly problem: "undecodable"; readonly detail: string }
  /**
   * Front stored the value in a different format. `isUnclear` is true if a phone number lacks a country code, so it is
   * unclear whether the numbers are the same.
   */
  | { readonly problem: "format"; readonly sent: string; readonly stored: string; readonly isUnclear?: boolean }
);

export type FormatDifference = Extract<Finding, { problem: "format" }>;
export type Mismatch = Exclude<Finding, FormatDifference>;

export function isMismatch(finding: Finding): finding is Mismatch {
  return finding.problem !== "format";
}

/**
 * Compares the values that a plan changes with the values in Front. A different spelling of the same value is a format
 * difference, not a mismatch. The account of a contact is not compared, because the response for a contact may not
 * contain it.
 */
export function compareWithPlan(
  change: Change,
  operations: readonly Operation[],
  remote: RemoteContact | RemoteAccount,
): readonly Finding[] {
  const fieldTypes = fieldTypesIn(operations);
  return [
    ...change.differences.flatMap((difference) => compareDifference(difference, remote, fieldTypes)),
    ...("handles" in remote ? missingHandles(change, operations, remote) : []),
    ...lostCollections(change, remote),
    ...(operations.some(({ kind }) => kind === "upload-avatar") ? lostTexts(change, remote) : []),
  ];
}

/**
 * Returns the collections that lost all their unmanaged values. Front does not document that the upload of an avatar
 * keeps the other values. If only some of the values are missing, a person may have removed them.
 */
function lostCollections({ kept, after }: Change, remote: RemoteContact | RemoteAccount): readonly Finding[] {
  const declaredFields = new Set(Object.keys(after?.custom_fields ?? {}));
  const remaining = [...remote.customFields].filter(
    ([name, value]) => !isEmptyField(value) && !declaredFields.has(name),
  );
  const lost = [
    ...(kept.customFields > 0 && remaining.length === 0 ? ["custom fields"] : []),
    ...(kept.links > 0 && "links" in remote && remote.links.length === 0 ? ["links"] : []),
  ];
  return lost.map((attribute) => ({ attribute, problem: "unmanaged-lost" }));
}

/** Returns the unmanaged texts that are now empty. */
function lostTexts({ kept, unmanagedName }: Change, { name, description }: RemoteContact | RemoteAccount): Finding[] {
  const lost = [
    ...(unmanagedName && !name ? ["name"] : []),
    ...(kept.description && !description ? ["description"] : []),
  ];
  return lost.map((attribute) => ({ attribute, problem: "unmanaged-lost" }));
}

function compareDifference(
  difference: Difference,
  remote: RemoteContact | RemoteAccount,
  fieldTypes: ReadonlyMap<string, string>,
): readonly Finding[] {
  const { attribute, key = "" } = difference;
  switch (attribute) {
    case "name":
    case "description":
      return compareText(difference, remote[attribute] ?? "");
    case "custom_fields":
      return compareField(difference, remote.customFields.get(key), fieldTypes.get(key));
    default:
      return "handles" in remote
        ? compareContactAttribute(difference, remote)
        : compareAccountAttribute(difference, remote);
  }
}

function compareContactAttribute(difference: Difference, contact: RemoteContact): readonly Finding[] {
  const { attribute, key = "", after } = difference;
  switch (attribute) {
    case "handles":
      return compareHandle(difference, contact.handles);
    case "links":
      return compareLink(difference, contact.links);
    case "lists": {
      // The key is the name of the list, followed by the ID if several lists share the name.
      const isMember = contact.lists.some(({ id, name }) => name === key || `${name} (${id})` === key);
      return compareMembership(`list ${key}`, { expected: after !== undefined, actual: isMember });
    }
    case "avatar":
      return compareAvatar(difference, contact.avatarUrl);
    default:
      return [];
  }
}

function compareAccountAttribute(
  difference: Difference,
  { externalId = "", domains }: RemoteAccount,
): readonly Finding[] {
  const { attribute, key = "", after } = difference;
  if (attribute === "external_id") return compareText(difference, externalId);
  if (attribute !== "domains") return [];
  const hasDomain = domains.some((domain) => domainKey(domain) === key);
  return compareMembership(`domain ${key}`, { expected: after !== undefined, actual: hasDomain });
}

function compareText({ attribute, after }: Difference, stored: string): readonly Finding[] {
  const sent = String(after ?? "");
  if (!isSameText(sent, stored)) return [reportDifference(attribute, quoted(sent), quoted(stored))];
  return compareFormat(attribute, sent, stored);
}

function compareHandle({ key = "", before, after }: Difference, remoteHandles: readonly Handle[]): readonly Finding[] {
  const { source, handle } = (after ?? before) as unknown as Handle;
  const isAdded = after !== undefined;
  const same = remoteHandles.find((other) => handleKey(other) === key);
  if (isAdded && same !== undefined) return compareFormat(source, handle, same.handle);
  const candidates = isAdded ? remoteHandles.filter((other) => mayBeSame(other, { source, handle })) : [];
  const similar = candidates.find((other) => differOnlyInCountry(other.handle, handle)) ?? candidates[0];
  if (similar !== undefined)
    return [{ attribute: source, problem: "format", sent: handle, stored: similar.handle, isUnclear: true }];
  return compareMembership(`${source} ${handle}`, { expected: isAdded, actual: same !== undefined });
}

function compareLink({ key = "", after }: Difference, remoteLinks: readonly string[]): readonly Finding[] {
  const remote = remoteLinks.find((link) => normalText(link) === key);
  if (after !== undefined && remote !== undefined) return compareFormat("link", String(after), remote);
  return compareMembership(`link ${key}`, { expected: after !== undefined, actual: remote !== undefined });
}

export function compareMembership(
  attribute: string,
  { expected, actual }: { readonly expected: boolean; readonly actual: boolean },
): readonly Finding[] {
  return expected === actual ? [] : [{ attribute, problem: actual ? "not-removed" : "missing" }];
}

function compareField(
  { key = "", after }: Difference,
  stored: FieldValue | undefined,
  type: string | undefined,
): readonly Finding[] {
  // If the configuration cannot express a value, the plan contains its JSON text.
  const sent = isOpaque(stored) && stored.json === after ? stored : (after as FieldValue | undefined);
  const attribute = `custom field ${key}`;
  // Only dates are sent as one type and returned as another.
  const comparedType = type ?? (typeof stored === "number" && typeof sent === "string" ? "datetime" : "unknown");
  if (!isSameFieldValue(comparedType, sent, stored)) return [reportDifference(attribute, quoted(sent), quoted(stored))];
  return typeof sent === "string" && typeof stored === "string" ? compareFormat(attribute, sent, stored) : [];
}

/** A new picture gets a new URL (docs/front.md#avatars). */
function compareAvatar({ before }: Difference, stored: string | undefined): readonly Finding[] {
  if (stored === undefined) return [reportDifference("avatar", "a new picture", "none")];
  return stored === before ? [reportDifference("avatar", "a new picture", "the previous picture")] : [];
}

/**
 * Returns the missing handles that the plan does not change but requires: the remaining handles of a source contact,
 * and the handles of merged contacts on the target of the merge.
 */
function missingHandles(change: Change, operations: readonly Operation[], contact: RemoteContact): Finding[] {
  const isSource = change.address === undeclaredAddress(change.id ?? "");
  if (!isSource && !operations.some(({ kind }) => kind === "merge-contacts")) return [];
  const compared = new Set(change.differences.map(({ key }) => key));
  const remoteKeys = new Set(contact.handles.map(handleKey));
  return (change.after?.handles ?? [])
    .filter((handle) => !compared.has(handleKey(handle)) && !remoteKeys.has(handleKey(handle)))
    .map(({ source, handle }) => ({ attribute: `${source} ${handle}`, problem: "missing" }));
}

function fieldTypesIn(operations: readonly Operation[]): ReadonlyMap<string, string> {
  const fields = operations.flatMap((operation) => ("customFields" in operation ? (operation.customFields ?? []) : []));
  return new Map(fields.map(({ name, type }) => [name, type]));
}

function reportDifference(attribute: string, expected: string, found: string): Finding {
  return { attribute, problem: "different", expected, found };
}

function compareFormat(attribute: string, sent: string, stored: string): readonly Finding[] {
  return sent === stored ? [] : [{ attribute, problem: "format", sent, stored }];
}

function quoted(value: FieldValue | undefined): string {
  if (value === undefined || value === null || value === "") return "empty";
  return isOpaque(value) ? value.json : JSON.stringify(value);
}
