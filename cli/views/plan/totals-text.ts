import { type AttributeValue, type Change, HANDLE_SOURCES, type Total, type Totals } from "../../../src/internal.ts";
import { groupDigits, joinFirst, omitCommonStart, plural } from "../text.ts";
import { isMember, memberName } from "./change-lines.ts";

/** The smallest number of characters to which `EscapeValue` shortens a value. */
const VALUE_LIMIT = 60;

/** Escapes untrusted text for an output format, for example by quoting it. */
export type EscapeValue = (text: string) => string;

/** A line of the totals: changes with the same effect. */
export interface TotalLine {
  readonly effect: Total["effect"];
  /** Escaped text. */
  readonly text: string;
  readonly changes: readonly Change[];
}

const DESTROYED: readonly (readonly [type: Change["type"], text: string])[] = [
  ["front_contact", "destroyed"],
  ["front_contact_list", "list destroyed"],
  ["front_account", "account destroyed"],
];

export interface TotalLines {
  /** Destroyed resources, merged contacts, then removed values. */
  readonly lost: readonly TotalLine[];
  readonly overwritten: readonly TotalLine[];
  readonly changed: readonly TotalLine[];
}

/** `to` separates the values before and after. */
export function totalLines(
  { deleted, merged, removed, overwritten, changed }: Totals,
  escapeValue: EscapeValue,
  to?: string,
): TotalLines {
  const lineOf = (total: Total): TotalLine => {
    return { effect: total.effect, text: describeTotal(total, escapeValue, to), changes: total.changes };
  };
  const lost = [
    ...DESTROYED.map(([type, text]) => ({ text, changes: deleted.filter((change) => change.type === type) })),
    { text: "merged into another contact", changes: merged },
  ].flatMap(({ text, changes }): TotalLine[] => (changes.length === 0 ? [] : [{ effect: "removed", text, changes }]));
  return {
    lost: [...lost, ...removed.map(lineOf)],
    overwritten: overwritten.map(lineOf),
    changed: changed.map(lineOf),
  };
}

const LISTED: Readonly<Record<Total["effect"], string>> = {
  added: "added to",
  changed: "changed in",
  removed: "removed from",
};

/** Returns a text such as `added to list "VIP"`. */
export function describeTotal(total: Total, escapeValue: EscapeValue, to = "→"): string {
  const text = describe(total, escapeValue, to);
  return total.of === undefined ? text : `${total.of} ${text}`;
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
  { effect, values, pairs }: Total,
  escapeValue: EscapeValue,
  to: string,
): string {
  if (effect === "removed") return `${subject} cleared`;
  const action = effect === "added" ? "set" : "changed";
  if (pairs !== undefined) return `${subject} ${action} (${groupDigits(pairs)} different values)`;
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
 * Returns the name after the change or, if there is none, the name in Front before it; undefined for lists and
 * accounts.
 */
export function contactName({ type, before, after, unmanagedName }: Change): string | undefined {
  if (type !== "front_contact") return undefined;
  return (
    [after?.name, before?.name, unmanagedName].find((name) => typeof name === "string" && name.trim() !== "") ??
    undefined
  );
}

/** Returns the name or, if there is none, the first handle; undefined for lists and accounts. */
export function contactLabel(change: Change): string | undefined {
  const { type, before, after } = change;
  return type === "front_contact" ? (contactName(change) ?? (after ?? before)?.handles?.[0]?.handle) : undefined;
}

/** Returns a text such as `2 contacts and 1 account would lose data`. */
export function describeLosses({ losing, losingAccounts, deleted }: Totals): string {
  const lists = deleted.filter(({ type }) => type === "front_contact_list");
  const counts = describeCounts([
    [losing, "contact"],
    [losingAccounts, "account"],
    [lists, "list"],
  ]);
  return counts === "" ? "No contact would lose data" : `${counts} would lose data`;
}

/** Returns a text such as `Changes made in Front would be overwritten in 2 contacts`. */
export function describeOverwriting({ overwriting }: Totals): string {
  const accounts = overwriting.filter(({ type }) => type === "front_account");
  const contacts = overwriting.filter(({ type }) => type !== "front_account");
  const counts = describeCounts([
    [contacts, "contact"],
    [accounts, "account"],
  ]);
  return `Changes made in Front would be overwritten in ${counts}`;
}

/** Omits counts of zero. */
function describeCounts(parts: readonly (readonly [changes: readonly Change[], noun: string])[]): string {
  const counts = parts.flatMap(([changes, noun]) => (changes.length === 0 ? [] : [plural(changes.length, noun)]));
  return new Intl.ListFormat("en").format(counts);
}

/** Returns a text such as `62 created, 254 updated, 9 destroyed, 5 merged into another contact`. */
export function describeActions({ created, updated, deleted, merged }: Totals): string {
  const parts = [
    [created, "created"],
    [updated, "updated"],
    [deleted, "destroyed"],
    [merged, "merged into another contact"],
  ] as const;
  return parts
    .flatMap(([changes, result]) => (changes.length === 0 ? [] : [`${groupDigits(changes.length)} ${result}`]))
    .join(", ");
}

/** Returns a text such as ` (3 new)`, or an empty string. */
export function createdSuffix(changes: readonly Change[]): string {
  const createdCount = changes.filter(({ action }) => action === "create").length;
  return createdCount === 0 ? "" : ` (${createdCount === changes.length ? "all" : groupDigits(createdCount)} new)`;
}

export function listNames(changes: readonly Change[], escapeValue: EscapeValue, limit: number): string {
  return joinFirst(changes, limit, (change) => escapeValue(contactLabel(change) ?? change.name));
}

/** Returns a text such as `2 more kinds of changes`. */
export function moreKinds(omitted: number): string {
  return plural(omitted, "more kind of change", "more kinds of changes");
}
