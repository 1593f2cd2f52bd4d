import {
  type Action,
  type Change,
  type Difference,
  isMergedAway,
  isRemoval,
  type Plan,
  type SourceLocation,
  totalsOf,
} from "../../../src/internal.ts";
import { codeCell } from "../markdown-code.ts";
import { plural } from "../text.ts";
import {
  changeLines,
  contactName,
  createdAmong,
  describeLosses,
  lossLines,
  plainValue,
  type TotalLine,
} from "./totals-text.ts";

/** Maximum number of lines in each part of the totals. */
const MAX_LINES = 20;
/** Maximum number of contacts that a line about a loss or about another change names. */
const MAX_NAMES = { loss: 8, change: 3 };

/** Returns the totals of a plan: the losses, then the other changes, the most frequent first. */
export function totalsPart({ changes }: Plan): string[] {
  if (changes.length < 2) return [];
  const totals = totalsOf(changes);
  const [lost, changed] = [lossLines(totals, shown, "to"), changeLines(totals, shown, "to")];
  const who = describeLosses(totals);
  return [
    lost.length === 0 ? `**${who}.**` : `**${who}:**`,
    ...totalsTable("Loss", lost, ({ changes }) => namesOf(changes, MAX_NAMES.loss)),
    ...(changed.length === 0 ? [] : ["**Added or changed:**"]),
    ...totalsTable("Change", changed, ({ changes }) =>
      changes.length > MAX_NAMES.change ? "" : namesOf(changes, MAX_NAMES.change),
    ),
  ];
}

const shown = (text: string) => codeCell(text, 60);

function totalsTable(heading: string, lines: readonly TotalLine[], names: (line: TotalLine) => string): string[] {
  if (lines.length === 0) return [];
  const rows = lines.slice(0, MAX_LINES).map((line) => {
    const { text, changes } = line;
    return `| ${changes.length} | ${text}${createdAmong(changes)} | ${names(line)} |`;
  });
  const more = lines.length - rows.length;
  return [
    [`| Contacts | ${heading} | Who |`, "|--:|---|---|", ...rows].join("\n"),
    ...(more === 0 ? [] : [`_and ${plural(more, "more kind", "more kinds")} of changes_`]),
  ];
}

function namesOf(changes: readonly Change[], limit: number): string {
  const named = changes.slice(0, limit).map((change) => shown(contactName(change) ?? change.address));
  const more = changes.length - named.length;
  return `${named.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}

export interface RowOptions {
  /** Returns the URL of a line in the repository. */
  readonly link: (location: SourceLocation) => string | undefined;
  /** The address of the contact that a contact is merged into, by the address of the latter. */
  readonly survivors: ReadonlyMap<string, string>;
  /** The addresses of all contacts in merges. */
  readonly merged: ReadonlySet<string>;
}

const ACTION_CELLS: Readonly<Record<Action, string>> = { create: "create", update: "update", delete: "**destroy**" };

/** Returns a change as a row of a table: the contact, the action, and the values that change. */
export function renderRow(change: Change, { link, merged, survivors }: RowOptions): string {
  const { address, action, location } = change;
  const name = contactName(change);
  const at = linkTo(location, link);
  const cell = action === "update" && merged.has(address) ? "**merge**" : ACTION_CELLS[action];
  return `| ${name === undefined ? "" : `${shown(name)} `}${codeCell(address)}${at} | ${cell} | ${valuesOf(change, survivors, link)} |`;
}

function linkTo(location: SourceLocation | undefined, link: RowOptions["link"]): string {
  const url = location && link(location);
  if (location === undefined || url === undefined) return "";
  return ` ([${codeCell(`${location.file.split("/").at(-1)}:${location.line}`, 60)}](${url}))`;
}

/** Maximum number of differences that a row shows. */
const MAX_VALUES = 4;

function valuesOf(change: Change, survivors: ReadonlyMap<string, string>, link: RowOptions["link"]): string {
  if (change.action === "delete") {
    const survivor = isMergedAway(change) ? survivors.get(change.address) : undefined;
    return survivor === undefined ? "" : `merged into ${codeCell(survivor)}`;
  }
  // The row of a new contact begins with its name.
  const differences = change.differences.filter(({ attribute }) => change.action !== "create" || attribute !== "name");
  // Losses come first, because the last differences may be omitted.
  const sorted = [...differences.filter(isRemoval), ...differences.filter((each) => !isRemoval(each))];
  const values = sorted
    .slice(0, MAX_VALUES)
    .map((each) => `${describeDifference(each)}${linkTo(each.defaultLocation, link)}`);
  const more = sorted.length - values.length;
  return `${values.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}

function describeDifference(difference: Difference): string {
  const { attribute, key = "", before, after } = difference;
  const effect = isRemoval(difference) ? "removed" : "added";
  switch (attribute) {
    case "handles":
    case "members":
      return `${shown(plainValue(after ?? before))} ${effect}`;
    case "links":
      return `link ${shown(plainValue(after ?? before))} ${effect}`;
    case "lists":
      return `list ${shown(key)} ${effect}`;
    case "description":
      return `description ${isRemoval(difference) ? "cleared" : "changed"}`;
    case "avatar":
      return before === undefined ? "picture added" : "picture replaced";
    case "custom_fields":
      return describeValues(shown(key), difference);
    default:
      return describeValues(attribute, difference);
  }
}

function describeValues(subject: string, difference: Difference): string {
  const { before, after } = difference;
  if (isRemoval(difference)) return `${subject} ${shown(plainValue(before))} **cleared**`;
  if (before === undefined || before === "") return `${subject} ${shown(plainValue(after))}`;
  return `${subject} ${shown(plainValue(before))} to ${shown(plainValue(after))}`;
}
