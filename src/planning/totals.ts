import { undeclaredAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { Attributes, AttributeValue, Change, Difference } from "../model/change.ts";
import { isEmptyField } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { memberChanges } from "./member-changes.ts";

/** Changes with the same effect on the same attribute. */
export interface Total {
  /**
   * `account` for values of accounts; `merge` for values that merges probably lose. Omitted for other values of
   * contacts.
   */
  readonly of?: "account" | "merge";
  readonly attribute: keyof Attributes;
  /** The list, the custom field, or the source of the handle. Omitted for other attributes. */
  readonly key?: string;
  readonly effect: "added" | "changed" | "removed";
  /**
   * The values that all changes have in common. Set only for the attributes `custom_fields` and `account`, unless the
   * values were removed or the total combines several pairs of values.
   */
  readonly values?: { readonly before?: AttributeValue; readonly after?: AttributeValue };
  /** Number of different pairs of values, if the total combines several. */
  readonly pairs?: number;
  /** True if the more frequent values of the field have their own totals. */
  readonly isRemainder?: boolean;
  readonly changes: readonly Change[];
}

export interface Totals {
  readonly created: readonly Change[];
  readonly updated: readonly Change[];
  /** Resources that are deleted, except contacts that are merged into another contact. */
  readonly deleted: readonly Change[];
  readonly merged: readonly Change[];
  /** Values that are removed from contacts and accounts, the most frequent first. */
  readonly removed: readonly Total[];
  /** Values of contacts and accounts that are added or changed, the most frequent first. */
  readonly changed: readonly Total[];
  /** The part of `removed` and `changed` that overwrites changes made in Front, the most frequent first. */
  readonly overwritten: readonly Total[];
  /**
   * The contacts that are deleted or merged away, or that lose a value. Contacts that only a list change affects come
   * last.
   */
  readonly losing: readonly Change[];
  readonly losingAccounts: readonly Change[];
  /** The contacts and accounts in which changes made in Front are overwritten. */
  readonly overwriting: readonly Change[];
}

export function totalsOf(changes: readonly Change[]): Totals {
  const deletions = changes.filter(({ action }) => action === "delete");
  const members = changes.flatMap(memberChanges);
  const totals = collectTotals([...changes, ...members]);
  return {
    created: changes.filter(({ action }) => action === "create"),
    updated: changes.filter(({ action }) => action === "update"),
    deleted: deletions.filter((change) => !isMergedAway(change)),
    merged: deletions.filter(isMergedAway),
    removed: totals.filter(({ effect }) => effect === "removed"),
    changed: totals.filter(({ effect }) => effect !== "removed"),
    overwritten: collectTotals([...changes, ...members], isOverwriting),
    losing: losingContacts(changes, members),
    losingAccounts: changes.filter((change) => change.type === "front_account" && losesData(change)),
    overwriting: addMembers(
      changes.filter((change) => change.type !== "front_contact_list" && overwritesFront(change)),
      members.filter(overwritesFront),
    ),
  };
}

function collectTotals(changes: readonly Change[], isCounted?: (difference: Difference) => boolean): Total[] {
  return joinRareValues([...collect(changes, isCounted).values()]).sort(mostFrequentFirst);
}

/** Only a merge deletes an undeclared contact. */
export function isMergedAway({ action, address, id }: Change): boolean {
  return action === "delete" && address === undeclaredAddress(id ?? "");
}

export function losesData({ action, differences, lostInMerge }: Change): boolean {
  return action === "delete" || differences.some(isRemoval) || lostInMerge !== undefined;
}

/**
 * Returns one change for each contact that would lose data, including contacts that the change of a list removes from
 * the list.
 */
export function losingContacts(
  changes: readonly Change[],
  members: readonly Change[] = changes.flatMap(memberChanges),
): readonly Change[] {
  return addMembers(
    changes.filter((change) => change.type === "front_contact" && losesData(change)),
    members,
  );
}

/** Adds one change for each contact that only the change of a list affects. */
function addMembers(changes: readonly Change[], members: readonly Change[]): readonly Change[] {
  const ids = new Set(changes.map(({ id }) => id));
  const others = members.filter(({ id }) => !ids.has(id));
  return [...changes, ...new Map(others.map((change) => [change.id, change])).values()];
}

/** Returns whether an update overwrites changes that were made in Front since the base or the last sync. */
export function overwritesFront({ differences }: Change): boolean {
  return differences.some(isOverwriting);
}

export function isOverwriting({ origin }: Difference): boolean {
  return origin === "front" || origin === "both";
}

/** Avatars are never removed, because the API can only replace them. */
export function isRemoval({ attribute, before, after }: Difference): boolean {
  return attribute !== "avatar" && !isEmptyField(before) && isEmptyField(after);
}

function effectOf(difference: Difference): Total["effect"] {
  if (isRemoval(difference)) return "removed";
  return isEmptyField(difference.before) ? "added" : "changed";
}

/** Attributes that are counted for new contacts, because many contacts have the same values. */
const SHARED_ATTRIBUTES: ReadonlySet<string> = new Set(["lists", "custom_fields", "account"]);
/** Attributes for which changes with different values have separate totals. */
const VALUED_ATTRIBUTES: ReadonlySet<string> = new Set(["custom_fields", "account"]);

type MutableTotal = Omit<Total, "changes"> & { readonly changes: Change[] };

function collect(
  changes: readonly Change[],
  isCounted: (difference: Difference) => boolean = () => true,
): ReadonlyMap<string, MutableTotal> {
  const totals = new Map<string, MutableTotal>();
  for (const change of changes) {
    for (const emptyTotal of totalsFor(change, isCounted)) {
      const label = labelOf(emptyTotal);
      const total = totals.get(label) ?? emptyTotal;
      totals.set(label, total);
      // A contact to which two phone numbers are added is counted once.
      if (total.changes.at(-1) !== change) total.changes.push(change);
    }
  }
  return totals;
}

/** Returns an empty total for each value. */
function totalsFor(change: Change, isCounted: (difference: Difference) => boolean): MutableTotal[] {
  const { lostInMerge = [] } = change;
  return [
    ...countedDifferences(change)
      .filter(isCounted)
      .map((difference) => totalFor(change, difference)),
    ...lostInMerge.filter(isCounted).map((lost) => {
      const { attribute } = lost;
      return omitUndefined({
        of: "merge" as const,
        attribute,
        key: keyOf(lost),
        effect: "removed" as const,
        changes: [],
      });
    }),
  ];
}

function countedDifferences({ type, action, differences }: Change): readonly Difference[] {
  if (type === "front_contact_list" || action === "delete") return [];
  return action === "create" ? differences.filter(({ attribute }) => SHARED_ATTRIBUTES.has(attribute)) : differences;
}

function totalFor({ type }: Change, difference: Difference): MutableTotal {
  const { attribute, before, after } = difference;
  const effect = effectOf(difference);
  const hasValues = VALUED_ATTRIBUTES.has(attribute) && effect !== "removed";
  const values = hasValues ? omitUndefined({ before, after }) : undefined;
  const of = type === "front_account" ? ("account" as const) : undefined;
  return omitUndefined({ of, attribute, key: keyOf(difference), effect, values, changes: [] });
}

function keyOf(difference: Difference): string | undefined {
  if (difference.attribute === "handles") return (difference.after ?? difference.before)?.source;
  return difference.attribute === "links" || difference.attribute === "domains" ? undefined : difference.key;
}

/** Maximum number of totals for one field. */
const MAX_TOTALS = 6;
/** Values with fewer changes are combined if a field has more than `MAX_TOTALS` totals. */
const MIN_CHANGES_PER_TOTAL = 2;

/**
 * If a field, such as a date, has more than `MAX_TOTALS` totals, combines all but the most frequent values into one
 * total.
 */
function joinRareValues(totals: readonly MutableTotal[]): Total[] {
  const byField = new Map<string, MutableTotal[]>();
  for (const total of totals) {
    append(byField, JSON.stringify([total.of, total.attribute, total.key, total.effect]), total);
  }
  return [...byField.values()].flatMap(limitTotals);
}

function limitTotals(totals: readonly MutableTotal[]): readonly Total[] {
  if (totals.length <= MAX_TOTALS) return totals;
  const sorted = totals.toSorted(mostFrequentFirst);
  const frequent = sorted.slice(0, MAX_TOTALS - 1).filter(({ changes }) => changes.length >= MIN_CHANGES_PER_TOTAL);
  const rare = sorted.slice(frequent.length);
  return [
    ...frequent,
    ...rare.slice(0, 1).map((first) => ({ ...joinTotals(first, rare), isRemainder: frequent.length > 0 })),
  ];
}

function joinTotals({ values: _, ...first }: MutableTotal, totals: readonly MutableTotal[]): Total {
  return { ...first, pairs: totals.length, changes: totals.flatMap(({ changes }) => changes) };
}

function mostFrequentFirst(a: Total, b: Total): number {
  return b.changes.length - a.changes.length || compareText(labelOf(a), labelOf(b));
}

function labelOf({ of, attribute, key, effect, values }: Omit<Total, "changes">): string {
  return JSON.stringify([...(of === undefined ? [] : [of]), attribute, key, effect, values?.before, values?.after]);
}

/** Compares texts independently of the locale, so that equal plans result in equal output. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
