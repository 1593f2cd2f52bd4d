import { type AttributeValue, type Change, type Difference, isMergedAway, losesData } from "../../../src/internal.ts";
import { type ResourceOutcome, STATUS_LABELS } from "../apply/apply-summary.ts";
import { compareLines, isMultiline, omitCommonStart, omitUnchanged } from "../line-comparison.ts";
import { ATTRIBUTE_NAMES, describeUnmanaged, ORIGINS, shownBefore } from "../plan/change-lines.ts";
import { describeLostInMerge, plainValue, resourceLabel } from "../plan/totals-text.ts";
import { escapeHtml, escapeLines } from "./markup.ts";

export interface RowOptions {
  /** Indexes of the totals that count a change. */
  readonly totals: ReadonlyMap<Change, readonly number[]>;
  /** Indexes of lists by name. */
  readonly lists: ReadonlyMap<string, number>;
  /** `data:` URLs of pictures, by the value of the attribute `avatar`. */
  readonly thumbnails: ReadonlyMap<string, string>;
  /** Paths of picture files, by the value of the attribute `avatar`. */
  readonly pictures: ReadonlyMap<string, string>;
  readonly outcomes?: ReadonlyMap<string, ResourceOutcome> | undefined;
}

/** Maximum total number of characters of full rows. Later rows are shortened. */
const FULL_ROWS_SIZE = 24_000_000;
/** Maximum number of graphemes in a line of a value, in a full row and in a shortened row. */
const LINE_LIMIT = { full: 400, shortened: 40 };

/**
 * Returns the changes as list items, and the number of shortened rows at the end. Each item begins on a new line, where
 * the page's script splits the list.
 */
export function renderRows(changes: readonly Change[], options: RowOptions): { rows: string; shortened: number } {
  let size = 0;
  let shortened = 0;
  const rows = changes.map((change) => {
    const isFull = size < FULL_ROWS_SIZE;
    const row = renderRow(change, options, isFull ? LINE_LIMIT.full : LINE_LIMIT.shortened);
    if (!isFull) shortened += 1;
    size += row.length;
    return row;
  });
  return { rows: rows.join(""), shortened };
}

export const ACTION_TAGS = { create: "create", update: "update", delete: "destroy", merge: "merged away" } as const;

function renderRow(change: Change, options: RowOptions, limit: number): string {
  const { address, location } = change;
  const differences = tableOf(change);
  const action = isMergedAway(change) ? "merge" : change.action;
  const label = resourceLabel(change);
  const outcome = options.outcomes?.get(address);
  const title = label === undefined ? `<h3><code>${escapeHtml(address)}</code></h3>` : `<h3>${escapeHtml(label)}</h3>`;
  const lines = [
    ...(label === undefined ? [] : [`<code>${escapeHtml(address)}</code>`]),
    ...(location === undefined ? [] : [`<span class="where">${escapeHtml(location.file)}:${location.line}</span>`]),
  ];
  return [
    `\n<li${dataAttributes(change, action, options)}><div>`,
    `<span class="tag ${action}">${ACTION_TAGS[action]}</span>`,
    outcome === undefined ? "" : `<span class="tag ${outcome.status}">${STATUS_LABELS[outcome.status]}</span>`,
    `${title}<br>${lines.join("<br>")}</div><div>`,
    differences.length === 0
      ? ""
      : `${TABLE}${differences.map((difference) => renderDifference(change, difference, options, limit)).join("")}</table>`,
    "</div>",
    renderNotes(change, outcome),
    "</li>",
  ].join("");
}

/**
 * Returns the names of the lists in a change: those that a contact joins or leaves, or the list that contacts leave.
 */
export function listsIn({ name, differences, lostInMerge = [] }: Change): readonly string[] {
  const names = [...differences, ...lostInMerge].flatMap(({ attribute, key = "" }) => {
    if (attribute === "lists") return [key];
    return attribute === "members" ? [name] : [];
  });
  return [...new Set(names)];
}

const TABLE =
  '<table><thead class="visually-hidden"><tr><th scope="col">Attribute</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>';

/**
 * Returns the differences to show in the table of a row. For a contact that is merged away, these are all its values,
 * and a note lists those that the merge loses.
 */
function tableOf({ action, differences, lostInMerge = [] }: Change): readonly Difference[] {
  return action === "delete" ? differences : [...lostInMerge, ...differences];
}

/** Returns the data attributes of a row. The script reads them with a pattern, so their order matters. */
function dataAttributes(change: Change, action: string, { totals, lists, outcomes }: RowOptions): string {
  const attributes = [...new Set(tableOf(change).map(({ attribute }) => ATTRIBUTE_NAMES.indexOf(attribute)))];
  const inLists = listsIn(change).map((name) => lists.get(name) ?? 0);
  const numbers = (values: readonly number[]) => values.join(" ");
  const status = outcomes === undefined ? "" : (outcomes.get(change.address)?.status ?? "applied");
  return (
    ` data-a="${action}" data-t="${numbers(attributes)}" data-g="${numbers(totals.get(change) ?? [])}"` +
    ` data-l="${numbers(inLists)}" data-o="${status}"${losesData(change) ? " data-d" : ""}`
  );
}

function renderDifference(change: Change, difference: Difference, options: RowOptions, limit: number): string {
  const { origin, defaultLocation } = difference;
  const [before, after] = renderValues(difference, options, limit);
  const isLost = change.lostInMerge?.includes(difference);
  const reason = isLost ? describeLostInMerge(difference) : origin && ORIGINS[origin];
  const reasonHtml = reason === undefined ? "" : ` <span class="where">(${reason})</span>`;
  const defaultHtml =
    defaultLocation === undefined
      ? ""
      : `<br><span class="where">default in ${escapeHtml(defaultLocation.file)}:${defaultLocation.line}</span>`;
  return `<tr><th scope="row">${labelOf(difference)}${reasonHtml}${defaultHtml}</th><td>${before}</td><td>${after}</td></tr>`;
}

/** Returns the values before and after. If both are long texts, omits most of what they have in common. */
function renderValues(difference: Difference, options: RowOptions, limit: number): readonly [string, string] {
  const [before, after] = [shownBefore(difference), difference.after];
  const render = (tag: "del" | "ins", value: AttributeValue | undefined) =>
    renderValue(tag, difference, value, options, limit);
  if (typeof before !== "string" || typeof after !== "string") return [render("del", before), render("ins", after)];
  if (isMultiline(before) || isMultiline(after)) return renderLines(before, after, limit);
  const [shownOld, shownNew] = omitCommonStart(before, after, limit);
  return [render("del", shownOld), render("ins", shownNew)];
}

function renderLines(before: string, after: string, limit: number): readonly [string, string] {
  const lines = omitUnchanged(compareLines(before, after, limit));
  const side = (changed: "-" | "+", tag: "del" | "ins") =>
    lines
      .filter(({ sign }) => sign === " " || sign === "#" || sign === changed)
      .map(({ sign, text }) => {
        const html = escapeHtml(text, Number.POSITIVE_INFINITY);
        if (sign === "#") return `<span class="where">(${html})</span>`;
        return sign === " " ? html : `<${tag}>${html}</${tag}>`;
      })
      .join("\n");
  return [side("-", "del"), side("+", "ins")];
}

/** The labels of single values, if they differ from the name of the attribute. */
const LABELS: Readonly<Partial<Record<Difference["attribute"], string>>> = {
  lists: "list",
  domains: "domain",
  links: "link",
  members: "member",
  external_id: "external ID",
};

function labelOf({ attribute, key = "", before, after }: Difference): string {
  if (attribute === "handles") return escapeHtml((after ?? before)?.source ?? "handle", 40);
  return attribute === "custom_fields" ? escapeHtml(key, 80) : (LABELS[attribute] ?? attribute);
}

function renderValue(
  tag: "del" | "ins",
  { attribute }: Difference,
  value: AttributeValue | undefined,
  { thumbnails, pictures }: RowOptions,
  limit: number,
): string {
  if (value === undefined || value === null || value === "") return "";
  if (attribute === "avatar") {
    const when = tag === "del" ? "before" : "after";
    const thumbnail = thumbnails.get(String(value));
    if (thumbnail !== undefined) return `<img src="${thumbnail}" width="56" height="56" alt="avatar ${when}">`;
    return `<${tag}>${escapeHtml(pictures.get(String(value)) ?? "avatar in Front")}</${tag}>`;
  }
  const text = typeof value === "object" && "handle" in value ? value.handle : plainValue(value);
  return `<${tag}>${escapeLines(text, limit)}</${tag}>`;
}

function renderNotes({ kept, notes }: Change, outcome: ResourceOutcome | undefined): string {
  const unmanaged = describeUnmanaged(kept);
  const lines = [...(outcome?.operations ?? []), ...notes, ...(unmanaged === "" ? [] : [unmanaged])];
  if (lines.length === 0) return "";
  return `<ul class="notes">${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`;
}
