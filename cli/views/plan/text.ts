import {
  type Action,
  type Change,
  type ChangeCount,
  countChanges,
  escapeText,
  formatDuration,
  leavesOutEntries,
  losesSomething,
  type Plan,
  type Total,
  totalsOf,
} from "../../../src/internal.ts";
import type { Colors } from "../colors.ts";
import { type Mask, maskPlan, NO_MASK } from "../mask.ts";
import { plural, quoted } from "../text.ts";
import { type ChangeLine, ChangeLines, SIGNS, type Sign } from "./change-lines.ts";
import { driftCount, driftSections } from "./drift.ts";
import {
  changeLines,
  createdAmong,
  describeActions,
  describeLosses,
  durationOf,
  lossLines,
  someNames,
  type TotalLine,
} from "./total-words.ts";

export const SENTENCES: Readonly<Record<Action, string>> = {
  create: "will be created",
  update: "will be updated in-place",
  delete: "will be destroyed",
};
const LEGEND: Readonly<Record<Action, string>> = { create: "create", update: "update in-place", delete: "destroy" };
const ACTIONS = ["create", "update", "delete"] as const;

/** Returns the summary of a plan, which is exact because other programs parse it. */
export function summaryLine({ add, change, destroy }: ChangeCount): string {
  return `Plan: ${add} to add, ${change} to change, ${destroy} to destroy.`;
}

/** Returns the text of a plan without changes. The first two words are exact, because other programs parse them. */
export function noChanges(plan: Plan): string {
  const { targets, undoes, diagnostics } = plan;
  if (undoes !== undefined) {
    return `No changes. ${diagnostics.length === 0 ? "Nothing is left to undo." : "The rest of the run is kept."}`;
  }
  const drifted = driftCount(plan);
  if (drifted !== undefined) return `No changes. ${drifted} changed in Front; the plan keeps these edits.`;
  if (leavesOutEntries(diagnostics)) return "No changes to the entries that could be planned.";
  return targets === undefined
    ? "No changes. Front matches your files."
    : "No changes. Front matches the targeted entries.";
}

/** A longer plan is shortened to this many changes. */
const PAGE = 200;

export interface TextOptions {
  readonly mask?: Mask;
  /** True to show every change of a long plan. */
  readonly full?: boolean;
}

/**
 * Returns a plan as text, formatted like Terraform's. A long plan is shortened, with its totals once more at the end.
 */
export function renderPlan(given: Plan, paint: Colors, { mask = NO_MASK, full = false }: TextOptions = {}): string {
  const plan = maskPlan(given, mask);
  if (plan.changes.length === 0) {
    return ["", ...driftLines(plan, paint), paint.green(paint.bold(noChanges(plan))), coverageNote(plan)].join("\n");
  }
  const lines = new ChangeLines(plan, paint);
  const actions = ACTIONS.filter((action) => plan.changes.some((each) => each.action === action));
  const legend = actions.map((action) => `  ${paintSign(SIGNS[action], paint)} ${LEGEND[action]}`).join("\n");
  const totals = plan.changes.length === 1 ? [] : renderTotals(plan, paint);
  const shown = full ? plan.changes : firstChanges(plan.changes);
  const omitted = plan.changes.length - shown.length;
  return [
    "",
    `Front company: ${escapeText(plan.company.name)} (${plan.company.id})`,
    ...(plan.undoes === undefined ? [] : [`Undo of: ${escapeText(plan.undoes)}`]),
    "",
    ...totals,
    "front-contacts will perform the following actions:",
    legend,
    "",
    ...shown.map((change) => renderChange(change, lines.of(change), paint)),
    ...addressesByAction(plan.changes, paint),
    ...driftLines(plan, paint),
    ...(omitted === 0 ? [] : [...totals, ...omittedNote(omitted, plan.changes.length, paint)]),
    paint.bold(summaryLine(countChanges(plan.changes))),
    requestsLine(plan),
    "",
  ].join("\n");
}

function driftLines(plan: Plan, paint: Colors): string[] {
  return driftSections(plan).flatMap(({ title, entries, advice = "" }) => [
    paint.bold(title),
    "",
    ...entries.flatMap(([first = "", ...rest]) => [paint.bold(`  # ${first}`), ...rest.map((line) => `    ${line}`)]),
    "",
    ...(advice === "" ? [] : [advice, ""]),
  ]);
}

/** Returns the changes that a shortened plan shows, in order. Those that lose something come before others. */
function firstChanges(changes: readonly Change[]): readonly Change[] {
  if (changes.length <= PAGE) return changes;
  const losing = changes.filter(losesSomething).slice(0, PAGE);
  const others = changes.filter((change) => !losesSomething(change)).slice(0, PAGE - losing.length);
  const chosen = new Set([...losing, ...others]);
  return changes.filter((change) => chosen.has(change));
}

function omittedNote(omitted: number, all: number, paint: Colors): string[] {
  const them = omitted === 1 ? "1 change is" : `${omitted} changes are`;
  return [
    paint.bold(`${them} not shown, of ${all}.`),
    "To see all of them, run the command with --full, or with --html FILE and open the file in a browser.",
    "",
  ];
}

export function requestsLine(plan: Plan): string {
  const { requests } = plan;
  return `Requests: ${describeEstimate(requests)} ${describeCoverage(plan)}`;
}

function describeEstimate({ total, byKind, seconds, perMinute }: Plan["requests"]): string {
  const kinds = Object.entries(byKind).map(([kind, count]) => `${count} ${kind}`);
  const parts = kinds.length === 0 ? "" : ` (${kinds.join(", ")})`;
  const time = seconds === undefined ? "" : `, about ${formatDuration(seconds)} at ${perMinute} a minute`;
  return `${total} to apply this${parts}${time}.`;
}

/** Returns a note for a plan without changes if the reading was incomplete. */
export function coverageNote(plan: Plan): string {
  return plan.coverage.contacts === "changes" ? `${describeCoverage(plan)}\n` : "";
}

/** Describes which contacts were read and which were not. */
export function describeCoverage({ coverage, declared, targets }: Plan): string {
  const { contacts, read, since = 0 } = coverage;
  if (contacts === "declared") {
    const count = targets === undefined ? plural(declared, "declared contact") : "the targets";
    return `Looked up ${count}; the rest of Front was not read.`;
  }
  if (contacts === "all") return read === 1 ? "Read the only contact in Front." : `Read all ${read} contacts in Front.`;
  const when = `${new Date(since * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return `Read the contacts that changed in Front since ${when}. Contacts deleted since then and changes of list members alone may be missing; use --refresh scan to include them.`;
}

function renderChange({ action, address, location }: Change, lines: readonly ChangeLine[], paint: Colors): string {
  return [
    paint.bold(`  # ${escapeText(address)} ${SENTENCES[action]}`),
    ...(location === undefined ? [] : [paint.dim(`  # ${escapeText(location.file)}:${location.line}`)]),
    ...lines.map((line) => renderLine(line, paint)),
    "",
  ].join("\n");
}

function renderLine({ sign, column, text }: ChangeLine, paint: Colors): string {
  if (sign === undefined) return `${" ".repeat(column)}${text}`;
  return `${" ".repeat(column - 2)}${paintSign(sign, paint)} ${text}`;
}

/** Longer plans end with a list of addresses. This is the maximum number for each action. */
const MANY = 20;
const DONE: Readonly<Record<Action, string>> = { create: "created", update: "updated", delete: "destroyed" };

/** Returns the addresses by action at the end of a long plan, with every address that is destroyed. */
function addressesByAction(changes: readonly Change[], paint: Colors): string[] {
  if (changes.length <= MANY) return [];
  const sections = ACTIONS.flatMap((action) => {
    const addresses = changes.filter((change) => change.action === action).map(({ address }) => escapeText(address));
    if (addresses.length === 0) return [];
    const named = action === "delete" ? addresses : addresses.slice(0, MANY);
    const more = addresses.length - named.length;
    return [
      paint.bold(`${addresses.length} ${DONE[action]}:`),
      ...named.map((address) => `  ${paintSign(SIGNS[action], paint)} ${address}`),
      ...(more === 0 ? [] : [`    and ${more} more`]),
    ];
  });
  return [...sections, ""];
}

/** Maximum number of lines in each part; the rest is counted. */
const MAX_LINES = 20;
/** Maximum number of contacts that are named, and of those that lose something. */
const RARE = 3;
const MAX_LOSING = 5;

const EFFECT_SIGNS: Readonly<Record<Total["effect"], Sign>> = {
  added: SIGNS.create,
  changed: SIGNS.update,
  removed: SIGNS.delete,
};

/** Returns the totals of a plan for the first screen: the losses, the most frequent changes, and the duration. */
function renderTotals(plan: Plan, paint: Colors): string[] {
  const totals = totalsOf(plan.changes);
  const lost = lossLines(totals, shown);
  const changed = changeLines(totals, shown);
  const all = [...lost, ...changed];
  const width = Math.max(0, ...all.map(({ changes }) => String(changes.length).length));
  const section = (title: string, lines: readonly TotalLine[], named: (line: TotalLine) => string) => {
    if (lines.length === 0) return [];
    const counted = lines.slice(0, MAX_LINES).map((line) => {
      const count = String(line.changes.length).padStart(width);
      return `    ${paintSign(EFFECT_SIGNS[line.effect], paint)} ${count}  ${line.text}${named(line)}`;
    });
    const more = lines.length - counted.length;
    return [
      `  ${paint.bold(title)}`,
      ...counted,
      ...(more === 0 ? [] : [`      and ${more} more kinds of changes`]),
      "",
    ];
  };
  const nameLosing = ({ changes }: TotalLine) => `: ${someNames(changes, shown, MAX_LOSING)}`;
  const nameRare = ({ changes }: TotalLine) =>
    changes.length > RARE ? createdAmong(changes) : `: ${someNames(changes, shown, RARE)}`;
  const who = describeLosses(totals);
  return [
    paint.bold(`Totals: ${describeActions(totals)}; ${durationOf(plan)}.`),
    ...(lost.length === 0 ? [`${who}.`] : []),
    "",
    ...section(`${who}:`, lost, nameLosing),
    ...section("Added or changed:", changed, nameRare),
  ];
}

function shown(text: string): string {
  return quoted(text, 60);
}

function paintSign(sign: Sign, paint: Colors): string {
  if (sign === "+") return paint.green(sign);
  return sign === "~" ? paint.yellow(sign) : paint.red(sign);
}
