import {
  type AttributeValue,
  type Change,
  type Difference,
  HANDLE_SOURCES,
  type Total,
  type Totals,
} from "../../../src/internal.ts";
import { omitCommonStart } from "../line-comparison.ts";
import { groupDigits, joinFirst, plural } from "../text.ts";
import { isMember, memberName } from "./change-lines.ts";

/** Maximum number of characters of a value that every `EscapeValue` shows in full. */
const VALUE_LIMIT = 60;

/** Escapes untrusted text for an output format, for example by quoting it. */
export type EscapeValue = (text: string) => string;

/** A line of the totals: changes with the same effect. */
interface TotalLine {
  /** The number of preceding lines in all sections. */
  readonly index: number;
  readonly effect: Total["effect"];
  /** Escaped text. */
  readonly text: string;
  readonly changes: readonly Change[];
}

/** A plan describes what would happen, and the result of an apply describes what happened. */
export type Tense = "plan" | "result";

const ACTION_WORDS = {
  created: { plan: "to create", result: "created" },
  updated: { plan: "to update", result: "updated" },
  deleted: { plan: "to destroy", result: "destroyed" },
  merged: { plan: "to merge away", result: "merged away" },
} as const satisfies Partial<Record<keyof Totals, Readonly<Record<Tense, string>>>>;

const NOUNS = { front_contact: "contact", front_contact_list: "list", front_account: "account" } as const;

/** A section of the totals. A section without lines is not shown, except the title of the losses. */
export interface TotalsSection {
  readonly id: "lost" | "overwritten" | "changed";
  readonly kind: "loss" | "change";
  readonly title: string;
  readonly lines: readonly TotalLine[];
}

export interface TotalsOptions {
  readonly tense: Tense;
  /** Separates the values before and after. */
  readonly to?: string;
}

/** Returns the sections of the totals. The first lists destroyed resources, merged contacts, then removed values. */
export function totalsSections(
  totals: Totals,
  escapeValue: EscapeValue,
  { tense, to }: TotalsOptions,
): readonly [losses: TotalsSection, ...others: TotalsSection[]] {
  const { deleted, merged, removed, overwritten, changed } = totals;
  const lineOf = (total: Total) => {
    return { effect: total.effect, text: describeTotal(total, escapeValue, to), changes: total.changes };
  };
  const lost = [
    ...Object.entries(NOUNS).map(([type, noun]) => {
      const changes = deleted.filter((change) => change.type === type);
      const text = `${changes.length === 1 ? noun : `${noun}s`} ${ACTION_WORDS.deleted[tense]}`;
      return { text: `${text}${describeMembers(changes, tense)}`, changes };
    }),
    { text: ACTION_WORDS.merged[tense], changes: merged },
  ].flatMap(({ text, changes }) => (changes.length === 0 ? [] : [{ effect: "removed" as const, text, changes }]));
  let count = 0;
  const number = (lines: readonly Omit<TotalLine, "index">[]) => lines.map((line) => ({ index: count++, ...line }));
  const titles = [describeLosses(totals, tense), describeOverwriting(totals, tense)] as const;
  return [
    { id: "lost", kind: "loss", title: titles[0], lines: number([...lost, ...removed.map(lineOf)]) },
    { id: "overwritten", kind: "loss", title: titles[1], lines: number(overwritten.map(lineOf)) },
    { id: "changed", kind: "change", title: "Added or changed", lines: number(changed.map(lineOf)) },
  ];
}

/** Returns text such as `, which have 15 contacts`; an empty string if no deleted account has contacts. */
function describeMembers(changes: readonly Change[], tense: Tense): string {
  const count = changes.reduce((sum, { accountContacts = 0 }) => sum + accountContacts, 0);
  if (count === 0) return "";
  return `, which ${tense === "result" ? "had" : changes.length === 1 ? "has" : "have"} ${plural(count, "contact")}`;
}

const LISTED: Readonly<Record<Total["effect"], string>> = {
  added: "added to",
  changed: "changed in",
  removed: "removed from",
};

/** Returns text such as `added to list "VIP"`. */
export function describeTotal(total: Total, escapeValue: EscapeValue, to = "→"): string {
  const { of, attribute, key = "" } = total;
  const text = describe(total, escapeValue, to);
  if (of !== "merge") return of === undefined ? text : `${of} ${text}`;
  const subject = attribute === "custom_fields" ? escapeValue(key) : attribute;
  return isJoined(total) ? `${text} after a merge` : `${subject} ${describeLostInMerge(total)}`;
}

/** Returns whether a merge joins the values of the contacts. A joined value is lost only if the entry removes it. */
export function isJoined({ attribute }: Pick<Difference, "attribute">): boolean {
  return attribute === "handles" || attribute === "links" || attribute === "lists";
}

export function describeLostInMerge(value: Pick<Difference, "attribute">): string {
  return isJoined(value) ? "removed after a merge" : "probably lost in a merge";
}

function describe(total: Total, escapeValue: EscapeValue, to: string): string {
  const { attribute, key = "", effect } = total;
  switch (attribute) {
    case "lists":
      return `${LISTED[effect]} list ${escapeValue(key)}`;
    case "handles":
      return `${HANDLE_SOURCES.some((source) => source === key) ? key : escapeValue(key)} ${effect}`;
    case "links":
      return `link ${effect}`;
    case "domains":
      return `domain ${effect}`;
    case "avatar":
      return effect === "added" ? "avatar added" : "avatar replaced";
    default:
      return describeValues(attribute === "custom_fields" ? escapeValue(key) : attribute, total, escapeValue, to);
  }
}

function describeValues(
  subject: string,
  { effect, values, pairs, isRemainder }: Total,
  escapeValue: EscapeValue,
  to: string,
): string {
  if (effect === "removed") return `${subject} cleared`;
  const action = effect === "added" ? "set" : "changed";
  if (pairs !== undefined)
    return `${subject} ${action} (${groupDigits(pairs)} ${isRemainder ? "other" : "different"} values)`;
  if (values === undefined) return `${subject} ${action}`;
  if (effect === "added") return `${subject} set to ${escapeValue(plainValue(values.after))}`;
  const [before, after] = omitCommonStart(plainValue(values.before), plainValue(values.after), VALUE_LIMIT);
  return `${subject}: ${escapeValue(before)} ${to} ${escapeValue(after)}`;
}

export function plainValue(value: AttributeValue | undefined): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "handle" in value) return `${value.source} ${value.handle}`;
  if (isMember(value))
    return [...new Set([memberName(value), ...value.handles.map(({ handle }) => handle)])].join(", ");
  return value === undefined || value === null ? "none" : JSON.stringify(value);
}

/**
 * Returns the name of a contact or an account after the change. If it has none, returns the name in Front before the
 * change. Returns undefined for lists.
 */
export function resourceName({ type, before, after, unmanagedName }: Change): string | undefined {
  if (type === "front_contact_list") return undefined;
  return (
    [after?.name, before?.name, unmanagedName].find((name) => typeof name === "string" && name.trim() !== "") ??
    undefined
  );
}

/** Returns the name or, if there is none, the first handle; undefined for lists, and for accounts without a name. */
export function resourceLabel(change: Change): string | undefined {
  const { before, after } = change;
  return resourceName(change) ?? (after ?? before)?.handles?.[0]?.handle;
}

/** Returns text such as `2 contacts and 1 account would lose data`. */
export function describeLosses({ losing, losingAccounts, deleted }: Totals, tense: Tense): string {
  const lists = deleted.filter(({ type }) => type === "front_contact_list");
  const counts = describeCounts([
    [losing, "contact"],
    [losingAccounts, "account"],
    [lists, "list"],
  ]);
  return `${counts === "" ? "No contact" : counts} ${tense === "plan" ? "would lose data" : "lost data"}`;
}

/** Returns text such as `Changes made in Front would be overwritten in 2 contacts`. */
function describeOverwriting({ overwriting }: Totals, tense: Tense): string {
  const accounts = overwriting.filter(({ type }) => type === "front_account");
  const contacts = overwriting.filter(({ type }) => type !== "front_account");
  const counts = describeCounts([
    [contacts, "contact"],
    [accounts, "account"],
  ]);
  return `Changes made in Front ${tense === "plan" ? "would be" : "were"} overwritten in ${counts}`;
}

/** Omits counts of zero. */
function describeCounts(parts: readonly (readonly [changes: readonly Change[], noun: string])[]): string {
  const counts = parts.flatMap(([changes, noun]) => (changes.length === 0 ? [] : [plural(changes.length, noun)]));
  // Unlike "en", "en-GB" has no comma before "and", as in other messages.
  return new Intl.ListFormat("en-GB").format(counts);
}

type CountedAction = keyof typeof ACTION_WORDS;

/** Returns the number of changes with each action, and text such as `to create`. Omits counts of zero. */
export function countActions(totals: Totals, tense: Tense) {
  return (Object.keys(ACTION_WORDS) as CountedAction[]).flatMap((action) => {
    const count = totals[action].length;
    return count === 0 ? [] : [{ action, count, text: ACTION_WORDS[action][tense] }];
  });
}

/** Returns text such as ` (3 new)`, or an empty string. */
export function createdSuffix(changes: readonly Change[]): string {
  const createdCount = changes.filter(({ action }) => action === "create").length;
  return createdCount === 0 ? "" : ` (${createdCount === changes.length ? "all" : groupDigits(createdCount)} new)`;
}

export function listNames(changes: readonly Change[], escapeValue: EscapeValue, limit: number): string {
  return joinFirst(changes, limit, (change) => escapeValue(resourceLabel(change) ?? change.name));
}

/** Returns text such as `2 more kinds of changes`. */
export function moreKinds(omitted: number): string {
  return plural(omitted, "more kind of change", "more kinds of changes");
}
