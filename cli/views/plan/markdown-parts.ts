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
  createdAmong,
  describeLosses,
  lossLines,
  nameOf,
  plainValue,
  type TotalLine,
} from "./total-words.ts";

/** Maximum number of lines in each part of the totals. */
const MAX_LINES = 20;
/** Maximum number of contacts that a line names. */
const MAX_NAMES = { loss: 8, rare: 3 };

/** Returns the totals of a plan: the losses, and the most frequent changes. */
export function totalsPart({ changes }: Plan): string[] {
  if (changes.length < 2) return [];
  const totals = totalsOf(changes);
  const [lost, changed] = [lossLines(totals, shown, "to"), changeLines(totals, shown, "to")];
  const who = describeLosses(totals);
  return [
    lost.length === 0 ? `**${who}.**` : `**${who}:**`,
    ...totalsTable("Loss", lost, MAX_NAMES.loss, MAX_NAMES.loss),
    ...(changed.length === 0 ? [] : ["**Added or changed:**"]),
    ...totalsTable("Change", changed, MAX_NAMES.rare, 0),
  ];
}

const shown = (text: string) => codeCell(text, 60);

/** Returns a table of totals. Names the contacts of rare lines, and up to `least` contacts of every line. */
function totalsTable(heading: string, lines: readonly TotalLine[], rare: number, least: number): string[] {
  if (lines.length === 0) return [];
  const rows = lines.slice(0, MAX_LINES).map(({ text, changes }) => {
    const isNamed = changes.length <= rare || least > 0;
    return `| ${changes.length} | ${text}${createdAmong(changes)} | ${isNamed ? namesOf(changes, Math.max(rare, least)) : ""} |`;
  });
  const more = lines.length - rows.length;
  return [
    [`| Contacts | ${heading} | Who |`, "|--:|---|---|", ...rows].join("\n"),
    ...(more === 0 ? [] : [`_and ${plural(more, "more kind", "more kinds")} of changes_`]),
  ];
}

function namesOf(changes: readonly Change[], limit: number): string {
  const named = changes.slice(0, limit).map((change) => shown(nameOf(change) ?? change.address));
  const more = changes.length - named.length;
  return `${named.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}

export interface RowOptions {
  /** Returns the URL of a line in the repository. */
  readonly link: (location: SourceLocation) => string | undefined;
  /** The addresses of contacts that others are merged into, by the address of each of the others. */
  readonly survivors: ReadonlyMap<string, string>;
  /** The addresses of contacts that others are merged into. */
  readonly merged: ReadonlySet<string>;
}

const ACTION_CELLS: Readonly<Record<Action, string>> = { create: "create", update: "update", delete: "**destroy**" };

/** Returns a change as a row of a table: the contact, the action, and the values that change. */
export function renderRow(change: Change, { link, merged, survivors }: RowOptions): string {
  const { address, action, location } = change;
  const name = nameOf(change);
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
  const told =
    change.action === "create"
      ? change.differences.filter(({ attribute }) => attribute !== "name")
      : change.differences;
  // Losses come first, so that they are always shown and never only counted.
  const sorted = [...told.filter(isRemoval), ...told.filter((each) => !isRemoval(each))];
  const words = sorted
    .slice(0, MAX_VALUES)
    .map((each) => `${describeDifference(each)}${linkTo(each.defaultLocation, link)}`);
  const more = sorted.length - words.length;
  return `${words.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}

function describeDifference(difference: Difference): string {
  const { attribute, key = "", before, after } = difference;
  const done = isRemoval(difference) ? "removed" : "added";
  switch (attribute) {
    case "handles":
      return `${shown(plainValue(after ?? before))} ${done}`;
    case "links":
      return `link ${shown(plainValue(after ?? before))} ${done}`;
    case "lists":
      return `list ${shown(key)} ${done}`;
    case "members":
      return `${shown(plainValue(after ?? before))} ${done}`;
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
