import {
  type AttributeValue,
  type Change,
  formatDuration,
  HANDLE_SOURCES,
  type Plan,
  type Total,
  type Totals,
} from "../../../src/internal.ts";
import { plural } from "../text.ts";
import { isMember, memberName } from "./change-lines.ts";

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

/** Returns the lines about losses: destroyed resources, merged contacts, then removed values by frequency. */
export function lossLines({ deleted, merged, removed }: Totals, escapeValue: EscapeValue, to?: string): TotalLine[] {
  return [
    ...DESTROYED.flatMap(([type, text]) =>
      lineUnlessEmpty(
        text,
        deleted.filter((change) => change.type === type),
      ),
    ),
    ...lineUnlessEmpty("merged into another contact", merged),
    ...removed.map((total) => lineOf(total, escapeValue, to)),
  ];
}

/** Returns the lines about added and changed values, the most frequent first. */
export function changeLines({ changed }: Totals, escapeValue: EscapeValue, to?: string): TotalLine[] {
  return changed.map((total) => lineOf(total, escapeValue, to));
}

function lineUnlessEmpty(text: string, changes: readonly Change[]): TotalLine[] {
  return changes.length === 0 ? [] : [{ effect: "removed", text, changes }];
}

function lineOf(total: Total, escapeValue: EscapeValue, to: string | undefined): TotalLine {
  const { effect, changes } = total;
  return { effect, text: describeTotal(total, escapeValue, to), changes };
}

const LISTED: Readonly<Record<Total["effect"], string>> = {
  added: "added to",
  changed: "changed in",
  removed: "removed from",
};

/** Returns a total as text, such as `added to list "VIP"`. `to` separates the values before and after. */
export function describeTotal(total: Total, escapeValue: EscapeValue, to = "→"): string {
  return total.of === undefined ? describe(total, escapeValue, to) : `${total.of} ${describe(total, escapeValue, to)}`;
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
      return effect === "added" ? "picture added" : "picture replaced";
    case "custom_fields":
      return describeValues(escapeValue(key), total, escapeValue, to);
    default:
      return describeValues(attribute, total, escapeValue, to);
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
  if (pairs !== undefined) return `${subject} ${action} (${pairs} different values)`;
  if (values === undefined) return `${subject} ${action}`;
  return effect === "added"
    ? `${subject} set to ${escapeValue(plainValue(values.after))}`
    : `${subject}: ${escapeValue(plainValue(values.before))} ${to} ${escapeValue(plainValue(values.after))}`;
}

/** Returns a value as unescaped text. */
export function plainValue(value: AttributeValue | undefined): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "handle" in value) return `${value.source} ${value.handle}`;
  if (isMember(value))
    return [...new Set([memberName(value), ...value.handles.map(({ handle }) => handle)])].join(", ");
  return value === undefined || value === null ? "none" : JSON.stringify(value);
}

/** Returns the name of a contact after the change; undefined if it has none, and for lists and accounts. */
export function contactName({ type, before, after }: Change): string | undefined {
  if (type !== "front_contact") return undefined;
  return [after?.name, before?.name].find((name) => typeof name === "string" && name.trim() !== "") ?? undefined;
}

/** Returns the name of a contact, or its first handle if it has no name; undefined for lists and accounts. */
export function contactLabel(change: Change): string | undefined {
  const { type, before, after } = change;
  return type === "front_contact" ? (contactName(change) ?? (after ?? before)?.handles?.[0]?.handle) : undefined;
}

/** Returns how many resources would lose data, such as `2 contacts and 1 account would lose data`. */
export function describeLosses({ losing, losingAccounts, deleted }: Totals): string {
  const lists = deleted.filter(({ type }) => type === "front_contact_list");
  const parts = [
    ...(losing.length === 0 ? [] : [plural(losing.length, "contact")]),
    ...(losingAccounts.length === 0 ? [] : [plural(losingAccounts.length, "account")]),
    ...(lists.length === 0 ? [] : [plural(lists.length, "list")]),
  ];
  if (parts.length === 0) return "No contact would lose data";
  return `${new Intl.ListFormat("en").format(parts)} would lose data`;
}

/** Returns the totals by action, such as `62 created, 254 updated, 9 destroyed, 5 merged into another contact`. */
export function describeActions({ created, updated, deleted, merged }: Totals): string {
  const parts: readonly (readonly [number, string])[] = [
    [created.length, "created"],
    [updated.length, "updated"],
    [deleted.length, "destroyed"],
    [merged.length, "merged into another contact"],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, participle]) => `${count} ${participle}`)
    .join(", ");
}

/** Returns the request estimate and how long an apply takes, such as `62 requests, about 7 min`. */
export function durationOf({ requests: { seconds, total } }: Pick<Plan, "requests">): string {
  const requests = `${total} ${total === 1 ? "request" : "requests"}`;
  return seconds === undefined ? requests : `${requests}, about ${formatDuration(seconds)}`;
}

/** Returns how many of the changes create a contact, such as ` (3 new)`; an empty string if none of them does. */
export function createdAmong(changes: readonly Change[]): string {
  const createdCount = changes.filter(({ action }) => action === "create").length;
  return createdCount === 0 ? "" : ` (${createdCount === changes.length ? "all" : createdCount} new)`;
}

/** Returns the names of the first contacts and the number of the others, such as `Ann Lee, Bob Ray and 7 more`. */
export function listNames(changes: readonly Change[], escapeValue: EscapeValue, limit: number): string {
  const named = changes.slice(0, limit).map((change) => escapeValue(contactLabel(change) ?? change.name));
  const omittedCount = changes.length - named.length;
  return `${named.join(", ")}${omittedCount === 0 ? "" : ` and ${omittedCount} more`}`;
}
