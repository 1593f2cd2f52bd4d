import { undeclaredAddress } from "../model/address.ts";
import type { Attributes, AttributeValue, Change, Difference } from "../model/change.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { memberChanges } from "./member-changes.ts";

/** The changes that do the same to the same attribute. */
export interface Total {
  /** Only for accounts. */
  readonly of?: "account";
  readonly attribute: keyof Attributes;
  /**
   * The list, the custom field, or the source of the handle. Undefined for attributes with one value, and for links.
   */
  readonly key?: string;
  readonly effect: "added" | "changed" | "removed";
  /** The values, if all changes have the same. Only of custom fields and accounts. */
  readonly values?: { readonly before?: AttributeValue; readonly after?: AttributeValue };
  /** Number of different pairs of values that are counted together, because each pair is rare. */
  readonly pairs?: number;
  readonly changes: readonly Change[];
}

/** The totals of a plan. */
export interface Totals {
  readonly created: readonly Change[];
  readonly updated: readonly Change[];
  /** Contacts that are deleted, except those that are merged into another one. */
  readonly deleted: readonly Change[];
  readonly merged: readonly Change[];
  /** Losses of contacts that remain, the most frequent first. */
  readonly removed: readonly Total[];
  /** Gains and changes of contacts, the most frequent first. */
  readonly changed: readonly Total[];
  /** The contacts that lose something, in the order of the plan: all in `deleted`, `merged` and `removed`. */
  readonly losing: readonly Change[];
  readonly losingAccounts: readonly Change[];
}

/** Counts the changes of a plan by action, and by attribute and value. Takes linear time. */
export function totalsOf(changes: readonly Change[]): Totals {
  const removals = changes.filter(({ action }) => action === "delete");
  const all = [...changes, ...changes.flatMap(memberChanges)];
  const totals = joinRareValues([...collect(all).values()]).sort(mostFrequentFirst);
  return {
    created: changes.filter(({ action }) => action === "create"),
    updated: changes.filter(({ action }) => action === "update"),
    deleted: removals.filter((change) => !isMergedAway(change)),
    merged: removals.filter(isMergedAway),
    removed: totals.filter(({ effect }) => effect === "removed"),
    changed: totals.filter(({ effect }) => effect !== "removed"),
    losing: losingContacts(changes),
    losingAccounts: changes.filter((change) => change.type === "front_account" && losesSomething(change)),
  };
}

/** Returns whether a contact is merged into another: only a merge deletes an undeclared contact. */
export function isMergedAway({ action, address, id }: Change): boolean {
  return action === "delete" && address === undeclaredAddress(id ?? "");
}

/** Returns whether a contact is deleted, or loses a handle, a link, a list or the value of a field. */
export function losesSomething({ action, differences }: Change): boolean {
  return action === "delete" || differences.some(isRemoval);
}

/** Returns each contact that loses something once, even if it also leaves a list because of the list's change. */
export function losingContacts(changes: readonly Change[]): readonly Change[] {
  const losing = changes.filter((change) => change.type === "front_contact" && losesSomething(change));
  const ids = new Set(losing.map(({ id }) => id));
  const members = new Map(changes.flatMap(memberChanges).map((change) => [change.id, change]));
  return [...losing, ...[...members.values()].filter(({ id }) => !ids.has(id))];
}

/** Returns whether a value disappears. A picture never does, because the API can only replace it. */
export function isRemoval({ attribute, before, after }: Difference): boolean {
  return attribute !== "avatar" && !isEmpty(before) && isEmpty(after);
}

function isEmpty(value: AttributeValue | undefined): boolean {
  return value === undefined || value === null || value === "";
}

function effectOf(difference: Difference): Total["effect"] {
  if (isRemoval(difference)) return "removed";
  return isEmpty(difference.before) ? "added" : "changed";
}

/** Attributes of new contacts that are counted, because many contacts share their values. */
const SHARED: ReadonlySet<string> = new Set(["lists", "custom_fields", "account"]);
/** Attributes whose values a total names. */
const VALUED: ReadonlySet<string> = new Set(["custom_fields", "account"]);

type Growing = Omit<Total, "changes"> & { readonly changes: Change[] };

function collect(changes: readonly Change[]): ReadonlyMap<string, Growing> {
  const totals = new Map<string, Growing>();
  for (const change of changes) {
    for (const difference of countedDifferences(change)) {
      const fresh = totalFor(change, difference);
      const id = labelOf(fresh);
      const total = totals.get(id) ?? fresh;
      totals.set(id, total);
      // A contact that gains two phone numbers counts once.
      if (total.changes.at(-1) !== change) total.changes.push(change);
    }
  }
  return totals;
}

function countedDifferences({ type, action, differences }: Change): readonly Difference[] {
  if (type === "front_contact_list" || action === "delete") return [];
  return action === "create" ? differences.filter(({ attribute }) => SHARED.has(attribute)) : differences;
}

function totalFor({ type }: Change, difference: Difference): Growing {
  const { attribute, before, after } = difference;
  const effect = effectOf(difference);
  const hasValues = VALUED.has(attribute) && effect !== "removed";
  const values = hasValues ? omitUndefined({ before, after }) : undefined;
  const of = type === "front_account" ? ("account" as const) : undefined;
  return omitUndefined({ of, attribute, key: keyOf(difference), effect, values, changes: [] });
}

function keyOf(difference: Difference): string | undefined {
  if (difference.attribute === "handles") return (difference.after ?? difference.before)?.source;
  return difference.attribute === "links" || difference.attribute === "domains" ? undefined : difference.key;
}

/** Totals of one field with more values than this are shortened to the most frequent ones. */
const MAX_VALUES = 6;
/** Minimum number of contacts with a value that is not rare. */
const FREQUENT = 2;

/** Joins the rare values of a field with many different ones, such as a date, into one total. */
function joinRareValues(totals: readonly Growing[]): Total[] {
  const fields = new Map<string, Growing[]>();
  for (const total of totals) {
    const id = JSON.stringify([total.of, total.attribute, total.key, total.effect]);
    const field = fields.get(id) ?? [];
    field.push(total);
    fields.set(id, field);
  }
  return [...fields.values()].flatMap(foldField);
}

function foldField(field: readonly Growing[]): readonly Total[] {
  if (field.length <= MAX_VALUES) return field;
  const sorted = field.toSorted(mostFrequentFirst);
  const frequent = sorted.slice(0, MAX_VALUES - 1).filter(({ changes }) => changes.length >= FREQUENT);
  const rare = sorted.slice(frequent.length);
  return [...frequent, ...rare.slice(0, 1).map((first) => joinTotals(first, rare))];
}

function joinTotals({ values: _, ...first }: Growing, totals: readonly Growing[]): Total {
  return { ...first, pairs: totals.length, changes: totals.flatMap(({ changes }) => changes) };
}

function mostFrequentFirst(a: Total, b: Total): number {
  return b.changes.length - a.changes.length || compareText(labelOf(a), labelOf(b));
}

function labelOf({ of, attribute, key, effect, values }: Omit<Total, "changes">): string {
  return JSON.stringify([...(of === undefined ? [] : [of]), attribute, key, effect, values?.before, values?.after]);
}

/** Compares texts independently of the machine's language, so that equal plans produce equal text. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
