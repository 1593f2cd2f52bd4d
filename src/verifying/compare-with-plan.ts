import { domainKey, type RemoteAccount } from "../model/account.ts";
import { undeclaredAddress } from "../model/address.ts";
import type { Change, Difference } from "../model/change.ts";
import { type FieldValue, isOpaque, type RemoteContact } from "../model/contact.ts";
import { normalText, sameField } from "../model/field-values.ts";
import { type Handle, handleKey, mayBeSame } from "../model/handle.ts";
import type { Operation } from "../model/plan.ts";

/** A difference between a plan and Front. May contain untrusted text. */
export type Mismatch = {
  /** Such as `name`, `phone +44 1`, `custom field Job Title`. */
  readonly attribute: string;
} & (
  | { readonly problem: "missing" | "not-removed" }
  | { readonly problem: "different"; readonly expected: string; readonly found: string }
  | { readonly problem: "undecodable"; readonly detail: string }
);

/** A value that Front spells differently than it was sent. */
export interface Respelling {
  readonly attribute: string;
  readonly sent: string;
  readonly shown: string;
}

/** The result of comparing a contact in Front with its plan. */
export interface Comparison {
  readonly mismatches: readonly Mismatch[];
  readonly respelled: readonly Respelling[];
}

/** The result of comparing one difference of a plan with Front; undefined if Front shows exactly the planned value. */
export type Finding = { readonly mismatch: Mismatch } | { readonly respelled: Respelling } | undefined;

/**
 * Compares a contact or an account with its plan. Compares only values that the plan changes. Different spellings of a
 * value are equal, as in the planner. Front does not show a contact's account, so accounts are left out.
 */
export function compareWithPlan(
  change: Change,
  operations: readonly Operation[],
  shown: RemoteContact | RemoteAccount,
): Comparison {
  const types = typesOf(operations);
  return comparisonOf([
    ...change.differences.map((difference) => compareDifference(difference, shown, types)),
    ...("handles" in shown ? missingHandles(change, operations, shown) : []),
  ]);
}

export function comparisonOf(findings: readonly Finding[]): Comparison {
  const found = findings.filter((finding) => finding !== undefined);
  return {
    mismatches: found.flatMap((finding) => ("mismatch" in finding ? [finding.mismatch] : [])),
    respelled: found.flatMap((finding) => ("respelled" in finding ? [finding.respelled] : [])),
  };
}

function compareDifference(
  difference: Difference,
  shown: RemoteContact | RemoteAccount,
  types: ReadonlyMap<string, string>,
): Finding {
  const { attribute, key = "" } = difference;
  switch (attribute) {
    case "name":
    case "description":
      return compareText(difference, shown[attribute] ?? "");
    case "custom_fields":
      return compareField(difference, shown.customFields.get(key), types.get(key));
    default:
      return "handles" in shown ? compareOfContact(difference, shown, key) : compareOfAccount(difference, shown, key);
  }
}

function compareOfContact(difference: Difference, shown: RemoteContact, key: string): Finding {
  switch (difference.attribute) {
    case "handles":
      return compareHandle(difference, shown.handles);
    case "links":
      return compareLink(difference, shown.links);
    case "lists": {
      // The key is the name of the list, or name and id if several lists share the name.
      const isOn = shown.lists.some(({ id, name }) => name === key || `${name} (${id})` === key);
      return compareMembership(`list ${key}`, difference.after !== undefined, isOn);
    }
    case "avatar":
      return compareAvatar(difference, shown.avatarUrl);
    default:
      return undefined;
  }
}

function compareOfAccount(difference: Difference, { externalId = "", domains }: RemoteAccount, key: string): Finding {
  if (difference.attribute === "external_id") return compareText(difference, externalId);
  if (difference.attribute !== "domains") return undefined;
  const isThere = domains.some((domain) => domainKey(domain) === key);
  return compareMembership(`domain ${key}`, difference.after !== undefined, isThere);
}

function compareText({ attribute, after }: Difference, shown: string): Finding {
  const sent = String(after ?? "");
  if (normalText(sent) !== normalText(shown)) return reportDifference(attribute, quoted(sent), quoted(shown));
  return sent === shown ? undefined : respelled(attribute, sent, shown);
}

function compareHandle({ key = "", before, after }: Difference, shown: readonly Handle[]): Finding {
  const { source, handle } = (after ?? before) as unknown as Handle;
  const exactly = shown.find((each) => handleKey(each) === key);
  const held = exactly ?? (after === undefined ? undefined : shown.find((each) => mayBeSame(each, { source, handle })));
  const missing = compareMembership(`${source} ${handle}`, after !== undefined, held !== undefined);
  if (missing !== undefined || held === undefined || held.handle === handle) return missing;
  return respelled(source, handle, held.handle);
}

function compareLink({ key = "", after }: Difference, shown: readonly string[]): Finding {
  const held = shown.find((link) => normalText(link) === key);
  const missing = compareMembership(`link ${key}`, after !== undefined, held !== undefined);
  if (missing !== undefined || held === undefined || held === after) return missing;
  return respelled("link", String(after), held);
}

export function compareMembership(attribute: string, isWanted: boolean, isThere: boolean): Finding {
  if (isWanted === isThere) return undefined;
  return { mismatch: { attribute, problem: isThere ? "not-removed" : "missing" } };
}

function compareField({ key = "", after }: Difference, shown: FieldValue | undefined, type: string | undefined) {
  // A plan shows a value that no file can contain as its JSON text.
  const sent = isOpaque(shown) && shown.json === after ? shown : (after as FieldValue | undefined);
  const attribute = `custom field ${key}`;
  // Only dates are sent as one type and returned as another.
  const known = type ?? (typeof shown === "number" && typeof sent === "string" ? "datetime" : "unknown");
  if (!sameField(known, sent, shown)) return reportDifference(attribute, quoted(sent), quoted(shown));
  const isRespelled = typeof sent === "string" && typeof shown === "string" && sent !== shown;
  return isRespelled ? respelled(attribute, sent, shown) : undefined;
}

/** Compares a picture by its URL, which Front changes with every new picture (docs/front.md#avatars). */
function compareAvatar({ before }: Difference, shown: string | undefined): Finding {
  if (shown === undefined) return reportDifference("avatar", "a new picture", "none");
  return shown === before ? reportDifference("avatar", "a new picture", "the previous picture") : undefined;
}

/**
 * Returns handles that should be there and are missing: other handles of a source contact, or those of merged contacts.
 */
function missingHandles(change: Change, operations: readonly Operation[], shown: RemoteContact): Finding[] {
  const isSource = change.address === undeclaredAddress(change.id ?? "");
  if (!isSource && !operations.some(({ kind }) => kind === "merge-contacts")) return [];
  const compared = new Set(change.differences.map(({ key }) => key));
  const rest = (change.after?.handles ?? []).filter((handle) => !compared.has(handleKey(handle)));
  const held = new Set(shown.handles.map(handleKey));
  return rest
    .filter((handle) => !held.has(handleKey(handle)))
    .map(({ source, handle }) => ({ mismatch: { attribute: `${source} ${handle}`, problem: "missing" } }));
}

function typesOf(operations: readonly Operation[]): ReadonlyMap<string, string> {
  const fields = operations.flatMap((operation) => ("customFields" in operation ? (operation.customFields ?? []) : []));
  return new Map(fields.map(({ name, type }) => [name, type]));
}

function reportDifference(attribute: string, expected: string, found: string): Finding {
  return { mismatch: { attribute, problem: "different", expected, found } };
}

function respelled(attribute: string, sent: string, shown: string): Finding {
  return { respelled: { attribute, sent, shown } };
}

function quoted(value: FieldValue | undefined): string {
  if (value === undefined || value === null || value === "") return "empty";
  return isOpaque(value) ? value.json : JSON.stringify(value);
}
