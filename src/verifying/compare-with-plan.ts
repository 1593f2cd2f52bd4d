import type { Change, Difference } from "../model/change.ts";
import { type FieldValue, isOpaque, type List, type RemoteContact } from "../model/contact.ts";
import { normalText, sameField } from "../model/field-values.ts";
import { type Handle, handleKey, mayBeSame } from "../model/handle.ts";
import { type Operation, undeclaredAddress } from "../model/plan.ts";

/** Something of a contact that is not what its plan said, in words for people. May hold foreign text. */
export interface Mismatch {
  /** Such as `name`, `phone +44 1`, `custom field Job Title`. */
  readonly attribute: string;
  readonly expected: string;
  readonly found: string;
}

/** Something that Front shows in another spelling than it was sent in. */
export interface Respelling {
  readonly attribute: string;
  readonly sent: string;
  readonly shown: string;
}

/** What a contact has come to, against what was planned for it. */
export interface Outcome {
  readonly mismatches: readonly Mismatch[];
  readonly respelled: readonly Respelling[];
}

/** What one difference of a plan has come to; nothing when it is to the byte as planned. */
type Finding = { readonly mismatch: Mismatch } | { readonly respelled: Respelling } | undefined;

const THERE = "there";
const GONE = "gone";

/**
 * Compares a contact with what was planned for it: only what the plan was to change counts, in the plan's own reading,
 * in which spellings of the same are no difference. Accounts do not show on a contact, and are left out.
 */
export function compareWithPlan(change: Change, operations: readonly Operation[], shown: RemoteContact): Outcome {
  const types = typesOf(operations);
  const found = [
    ...change.differences.map((difference) => lookAt(difference, shown, types)),
    ...missingHandles(change, operations, shown),
  ].filter((finding) => finding !== undefined);
  return {
    mismatches: found.flatMap((finding) => ("mismatch" in finding ? [finding.mismatch] : [])),
    respelled: found.flatMap((finding) => ("respelled" in finding ? [finding.respelled] : [])),
  };
}

function lookAt(difference: Difference, shown: RemoteContact, types: ReadonlyMap<string, string>): Finding {
  const { attribute, key = "" } = difference;
  switch (attribute) {
    case "name":
    case "description":
      return compareText(difference, shown[attribute] ?? "");
    case "handles":
      return compareHandle(difference, shown.handles);
    case "links":
      return compareLink(difference, shown.links);
    case "lists":
      return compareMembership(`list ${key}`, difference.after !== undefined, isIn(shown.lists, key));
    case "custom_fields":
      return compareField(difference, shown.customFields.get(key), types.get(key));
    case "avatar":
      return compareAvatar(difference, shown.avatarUrl);
    default:
      return undefined;
  }
}

function compareText({ attribute, after }: Difference, shown: string): Finding {
  const sent = String(after ?? "");
  if (normalText(sent) !== normalText(shown)) return mismatch(attribute, quoted(sent), quoted(shown));
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

/** A list whose name others have too goes by its name and its id. */
function isIn(lists: readonly List[], label: string): boolean {
  return lists.some(({ id, name }) => name === label || `${name} (${id})` === label);
}

function compareMembership(attribute: string, isWanted: boolean, isThere: boolean): Finding {
  if (isWanted === isThere) return undefined;
  return isThere ? mismatch(attribute, GONE, THERE) : mismatch(attribute, THERE, GONE);
}

function compareField({ key = "", after }: Difference, shown: FieldValue | undefined, type: string | undefined) {
  const sent = after as FieldValue | undefined;
  const attribute = `custom field ${key}`;
  /** Only dates are written in one way and shown in another. */
  const known = type ?? (typeof shown === "number" && typeof sent === "string" ? "datetime" : "unknown");
  if (!sameField(known, sent, shown)) return mismatch(attribute, quoted(sent), quoted(shown));
  const isRespelled = typeof sent === "string" && typeof shown === "string" && sent !== shown;
  return isRespelled ? respelled(attribute, sent, shown) : undefined;
}

/** Front shows a new picture at a new address (docs/front.md#avatars), and does not tell what it shows there. */
function compareAvatar({ before }: Difference, shown: string | undefined): Finding {
  if (shown === undefined) return mismatch("avatar", "a new picture", "none");
  return shown === before ? mismatch("avatar", "a new picture", "the one from before") : undefined;
}

/** Who gives handles away keeps the others, and whoever others are merged into holds what they held. */
function missingHandles(change: Change, operations: readonly Operation[], shown: RemoteContact): Finding[] {
  const isGiver = change.address === undeclaredAddress(change.id ?? "");
  if (!isGiver && !operations.some(({ kind }) => kind === "merge-contacts")) return [];
  const compared = new Set(change.differences.map(({ key }) => key));
  const rest = (change.after?.handles ?? []).filter((handle) => !compared.has(handleKey(handle)));
  const held = new Set(shown.handles.map(handleKey));
  return rest
    .filter((handle) => !held.has(handleKey(handle)))
    .map(({ source, handle }) => mismatch(`${source} ${handle}`, THERE, GONE));
}

function typesOf(operations: readonly Operation[]): ReadonlyMap<string, string> {
  const fields = operations.flatMap((operation) => ("customFields" in operation ? (operation.customFields ?? []) : []));
  return new Map(fields.map(({ name, type }) => [name, type]));
}

function mismatch(attribute: string, expected: string, found: string): Finding {
  return { mismatch: { attribute, expected, found } };
}

function respelled(attribute: string, sent: string, shown: string): Finding {
  return { respelled: { attribute, sent, shown } };
}

function quoted(value: FieldValue | undefined): string {
  if (value === undefined || value === null || value === "") return "empty";
  return isOpaque(value) ? value.json : JSON.stringify(value);
}
