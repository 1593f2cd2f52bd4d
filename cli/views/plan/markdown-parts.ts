import {
  type Action,
  type Change,
  type Difference,
  isMergedAway,
  isOverwriting,
  isRemoval,
  type Plan,
  type SourceLocation,
  totalsOf,
} from "../../../src/internal.ts";
import { omitCommonStart } from "../line-comparison.ts";
import { codeCell } from "../markdown-code.ts";
import { groupDigits, joinFirst } from "../text.ts";
import {
  createdSuffix,
  isJoined,
  moreKinds,
  plainValue,
  resourceName,
  type Tense,
  type TotalsSection,
  totalsSections,
} from "./totals-text.ts";

const MAX_ROWS = 20;
/**
 * Maximum number of names in a row. If there are more, a row about lost or overwritten values shows some of them, and
 * other rows show none.
 */
const MAX_NAMES = { loss: 8, change: 3 };

export function totalsPart({ changes }: Plan, tense: Tense): string[] {
  if (changes.length < 2) return [];
  const sections = totalsSections(totalsOf(changes), toCode, { tense, to: "to" });
  return sections.flatMap((section) => {
    const { id, title, lines } = section;
    if (lines.length > 0) return [`**${title}:**`, ...totalsTable(section)];
    return id === "lost" ? [`**${title}.**`] : [];
  });
}

/** Maximum number of characters of a value. */
const CODE_LIMIT = 60;

const toCode = (text: string) => codeCell(text, CODE_LIMIT);

function totalsTable({ id, kind, lines }: TotalsSection): string[] {
  const rows = lines.slice(0, MAX_ROWS).map(({ text, changes }) => {
    const names = kind === "loss" || changes.length <= MAX_NAMES.change ? namesOf(changes, MAX_NAMES[kind]) : "";
    return `| ${groupDigits(changes.length)} | ${text}${createdSuffix(changes)} | ${names} |`;
  });
  const omittedCount = lines.length - rows.length;
  return [
    [`| Count | ${id === "lost" ? "Removal" : "Change"} | Resources |`, "|--:|---|---|", ...rows].join("\n"),
    ...(omittedCount === 0 ? [] : [`_and ${moreKinds(omittedCount)}_`]),
  ];
}

function namesOf(changes: readonly Change[], limit: number): string {
  return joinFirst(changes, limit, (change) => toCode(resourceName(change) ?? change.address));
}

/** Returns the URL of a location; undefined if there is none. */
export type SourceLink = (location: SourceLocation) => string | undefined;

export interface RowOptions {
  readonly link: SourceLink;
  /** The address of the merge target, by the address of each contact that is merged into it. */
  readonly mergeTargets: ReadonlyMap<string, string>;
  readonly mergedAddresses: ReadonlySet<string>;
}

const ACTION_CELLS: Readonly<Record<Action, string>> = { create: "create", update: "update", delete: "**destroy**" };

export function renderRow(change: Change, { link, mergedAddresses, mergeTargets }: RowOptions): string {
  const { address, action, location } = change;
  const name = resourceName(change);
  const locationLink = linkTo(location, link);
  const cell = action === "update" && mergedAddresses.has(address) ? "**merge**" : ACTION_CELLS[action];
  return `| ${name === undefined ? "" : `${toCode(name)} `}${codeCell(address)}${locationLink} | ${cell} | ${valuesOf(change, mergeTargets, link)} |`;
}

function linkTo(location: SourceLocation | undefined, link: SourceLink): string {
  const url = location && link(location);
  if (location === undefined || url === undefined) return "";
  return ` ([${codeCell(`${location.file.split("/").at(-1)}:${location.line}`, 60)}](${url}))`;
}

const MAX_VALUES = 4;

function valuesOf(change: Change, mergeTargets: ReadonlyMap<string, string>, link: SourceLink): string {
  const { action, address, lostInMerge = [] } = change;
  const [removed, lost] = [lostInMerge.filter(isJoined), lostInMerge.filter((value) => !isJoined(value))];
  const losses = [
    ...(lost.length === 0 ? [] : [`**probably lost:** ${joinFirst(lost, MAX_VALUES, describeLost)}`]),
    ...(removed.length === 0 ? [] : [`${joinFirst(removed, MAX_VALUES, describeDifference)} after the merge`]),
  ];
  if (action === "delete") {
    const mergeTarget = isMergedAway(change) ? mergeTargets.get(address) : undefined;
    return mergeTarget === undefined
      ? change.notes.map(toCode).join(", ")
      : [`merged into ${codeCell(mergeTarget)}`, ...losses].join("; ");
  }
  // The row of a new resource begins with its name.
  const differences = change.differences.filter(({ attribute }) => attribute !== "name" || action !== "create");
  // Losses and overwritten changes in Front come first, because the last differences may be omitted.
  const rank = (difference: Difference) => (isRemoval(difference) ? 0 : isOverwriting(difference) ? 1 : 2);
  const sorted = differences.toSorted((a, b) => rank(a) - rank(b));
  const changed = joinFirst(sorted, MAX_VALUES, (difference) => {
    const origin = isOverwriting(difference) ? " (changed in Front)" : "";
    return `${describeDifference(difference)}${origin}${linkTo(difference.defaultLocation, link)}`;
  });
  return [...losses, ...(changed === "" ? [] : [changed])].join("; ");
}

function describeLost({ attribute, key = "", before }: Difference): string {
  if (attribute === "avatar" || attribute === "description") return attribute;
  return `${attribute === "custom_fields" ? toCode(key) : attribute} ${toCode(plainValue(before))}`;
}

function describeDifference(difference: Difference): string {
  const { attribute, key = "", before, after } = difference;
  const effect = isRemoval(difference) ? "removed" : "added";
  switch (attribute) {
    case "handles":
    case "members":
      return `${toCode(plainValue(after ?? before))} ${effect}`;
    case "domains":
      return `domain ${toCode(plainValue(after ?? before))} ${effect}`;
    case "links":
      return `link ${toCode(plainValue(after ?? before))} ${effect}`;
    case "lists":
      return `list ${toCode(key)} ${effect}`;
    case "description":
      return describeDescription(difference);
    case "avatar":
      return before === undefined ? "avatar added" : "avatar replaced";
    case "custom_fields":
      return describeValues(toCode(key), difference);
    default:
      return describeValues(attribute, difference);
  }
}

function describeDescription(difference: Difference): string {
  if (isRemoval(difference)) return "description cleared";
  return difference.before ? "description changed" : "description set";
}

function describeValues(subject: string, difference: Difference): string {
  const { before, after } = difference;
  if (isRemoval(difference)) return `${subject} ${toCode(plainValue(before))} **cleared**`;
  if (before === undefined || before === "") return `${subject} ${toCode(plainValue(after))}`;
  const [oldValue, newValue] = omitCommonStart(plainValue(before), plainValue(after), CODE_LIMIT);
  return `${subject} ${toCode(oldValue)} to ${toCode(newValue)}`;
}
