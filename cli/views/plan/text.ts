import {
  type Action,
  type Change,
  countChanges,
  escapeText,
  formatDuration,
  type Plan,
  type Total,
  totalsOf,
} from "../../../src/internal.ts";
import type { Colors } from "../colors.ts";
import { type Mask, NO_MASK } from "../mask-handles.ts";
import { groupDigits, plural, quoted, shorten } from "../text.ts";
import { type ChangeLine, ChangeRenderer, lineOf, SIGNS, type Sign } from "./change-lines.ts";
import { driftNote, driftSections, importAdvice } from "./drift.ts";
import { riskyFirst } from "./risk-order.ts";
import { shownPlan } from "./shown-plan.ts";
import { ACTION_PHRASES, coverageNote, noChangesLine, redoNote, requestsLine, summaryLine } from "./summary-lines.ts";
import {
  countActions,
  createdSuffix,
  listNames,
  moreKinds,
  type TotalsSection,
  totalsSections,
} from "./totals-text.ts";

const ACTION_VERBS: Readonly<Record<Action, string>> = { create: "create", update: "update", delete: "destroy" };
const LEGEND: Readonly<Record<Action, string>> = { create: "create", update: "update in-place", delete: "destroy" };
const ACTIONS = ["create", "update", "delete"] as const;

const MAX_CHANGES = 200;

export interface TextOptions {
  readonly mask?: Mask;
  readonly full?: boolean;
  readonly contacts?: string;
  /** True to name the command that accepts the changes made in Front that the plan would overwrite. */
  readonly advisesImport?: boolean;
}

/** Returns a plan as text, formatted like Terraform's. A shortened plan repeats the totals at the end. */
export function renderPlan(
  unmasked: Plan,
  colors: Colors,
  { mask = NO_MASK, full = false, contacts, advisesImport = false }: TextOptions = {},
): string {
  const plan = shownPlan(unmasked, mask);
  if (plan.changes.length === 0) {
    return [
      "",
      ...driftLines(plan, colors, { contacts, full }),
      colors.green(colors.bold(noChangesLine(plan))),
      coverageNote(plan),
    ].join("\n");
  }
  const renderer = new ChangeRenderer(plan, colors, { full });
  const actions = ACTIONS.filter((action) => plan.changes.some((change) => change.action === action));
  const legend = actions.map((action) => `  ${colorSign(SIGNS[action], colors)} ${LEGEND[action]}`).join("\n");
  const totals = plan.changes.length === 1 ? [] : renderTotals(plan, colors);
  const shownChanges = full ? plan.changes : selectChanges(plan);
  const omitted = plan.changes.length - shownChanges.length;
  const drift = driftNote(plan);
  return [
    "",
    `Front company: ${escapeText(plan.company.name)} (${plan.company.id})`,
    ...(plan.undoes === undefined ? [] : [`Undo of: ${escapeText(plan.undoes)}${redoNote(plan, escapeText)}`]),
    "",
    ...totals,
    ...(drift === undefined ? [] : [drift, ""]),
    "front-contacts will perform the following actions:",
    legend,
    "",
    ...shownChanges.map((change) => renderChange(change, renderer.render(change), colors)),
    ...addressesByAction(plan, colors),
    ...driftLines(plan, colors, { contacts, full }),
    ...(advisesImport ? importAdvice(plan, contacts) : []),
    ...(omitted === 0 ? [] : [...totals, ...omittedNote(omitted, plan.changes.length, colors)]),
    colors.bold(summaryLine(countChanges(plan.changes))),
    requestsLine(plan),
    "",
  ].join("\n");
}

interface DriftOptions {
  readonly contacts: string | undefined;
  readonly full: boolean;
}

function driftLines(plan: Plan, colors: Colors, { contacts, full }: DriftOptions): string[] {
  const limit = full ? Number.POSITIVE_INFINITY : MAX_CHANGES;
  const note = (omitted: number) => `and ${groupDigits(omitted)} more, which --full shows`;
  return driftSections(plan, contacts).flatMap(({ title, entries, advice = "" }) => [
    colors.bold(title),
    "",
    ...entries
      .slice(0, limit)
      .flatMap(([first = "", ...rest]) => [
        colors.bold(`  # ${first}`),
        ...shorten(rest, limit, (omitted) => `  ${note(omitted)}`).map((line) => `    ${line}`),
      ]),
    ...(entries.length <= limit ? [] : [colors.dim(`  # ${note(entries.length - limit)}`)]),
    "",
    ...(advice === "" ? [] : [advice, ""]),
  ]);
}

/** Returns up to `MAX_CHANGES` changes in order. If there are more, risky changes have priority. */
function selectChanges(plan: Plan): readonly Change[] {
  if (plan.changes.length <= MAX_CHANGES) return plan.changes;
  const selected = new Set(riskyFirst(plan).slice(0, MAX_CHANGES));
  return plan.changes.filter((change) => selected.has(change));
}

function omittedNote(omitted: number, total: number, colors: Colors): string[] {
  const subject = `${groupDigits(omitted)} of ${groupDigits(total)} changes ${omitted === 1 ? "is" : "are"}`;
  return [
    colors.bold(`${subject} not shown.`),
    "To see all of them, run the command with --full, or with --html FILE and open the file in a browser.",
    "",
  ];
}

function renderChange({ action, address, location }: Change, lines: readonly ChangeLine[], colors: Colors): string {
  return [
    colors.bold(`  # ${escapeText(address)} ${ACTION_PHRASES[action]}`),
    ...(location === undefined ? [] : [colors.dim(`  # ${lineOf(location)}`)]),
    ...lines.map((line) => renderLine(line, colors)),
    "",
  ].join("\n");
}

function renderLine({ sign, column, text }: ChangeLine, colors: Colors): string {
  if (sign === undefined) return `${" ".repeat(column)}${text}`;
  return `${" ".repeat(column - 2)}${colorSign(sign, colors)} ${text}`;
}

/** Maximum number of addresses to list for each action. A plan with at most this many changes lists none. */
const MAX_ADDRESSES = 20;

function addressesByAction(plan: Plan, colors: Colors): string[] {
  const changes = riskyFirst(plan);
  if (changes.length <= MAX_ADDRESSES) return [];
  const sections = ACTIONS.flatMap((action) => {
    const sign = colorSign(SIGNS[action], colors);
    const lines = changes
      .filter((change) => change.action === action)
      .map(({ address }) => `  ${sign} ${escapeText(address)}`);
    if (lines.length === 0) return [];
    return [
      colors.bold(`${groupDigits(lines.length)} to ${ACTION_VERBS[action]}:`),
      ...shorten(lines, MAX_ADDRESSES, (omitted) => `    and ${groupDigits(omitted)} more`),
    ];
  });
  return [...sections, ""];
}

const MAX_LINES = 20;
/** Maximum number of names in a line. If there are more, a line about a loss omits some; any other line omits all. */
const MAX_NAMES = { loss: 5, change: 3 };

const EFFECT_SIGNS: Readonly<Record<Total["effect"], Sign>> = {
  added: SIGNS.create,
  changed: SIGNS.update,
  removed: SIGNS.delete,
};

function renderTotals({ changes, requests: { total, seconds } }: Plan, colors: Colors): string[] {
  const totals = totalsOf(changes);
  const sections = totalsSections(totals, quoteShort, { tense: "plan" });
  const counts = sections.flatMap(({ lines }) => lines.map((line) => groupDigits(line.changes.length).length));
  const width = Math.max(0, ...counts);
  const render = ({ kind, title, lines }: TotalsSection) => {
    if (lines.length === 0) return [];
    const counted = lines.map(({ effect, text, changes: named }) => {
      const count = groupDigits(named.length).padStart(width);
      const isNamed = kind === "loss" || named.length <= MAX_NAMES.change;
      const suffix = isNamed ? `: ${listNames(named, quoteShort, MAX_NAMES[kind])}` : createdSuffix(named);
      return `    ${colorSign(EFFECT_SIGNS[effect], colors)} ${count}  ${text}${suffix}`;
    });
    const shown = shorten(counted, MAX_LINES, (omitted) => `      and ${moreKinds(omitted)}`);
    return [`  ${colors.bold(`${title}:`)}`, ...shown, ""];
  };
  const [losses] = sections;
  const actions = countActions(totals, "plan").map(({ count, text }) => `${groupDigits(count)} ${text}`);
  const requests = plural(total, "request");
  const duration = seconds === undefined ? "" : `, about ${formatDuration(seconds)}`;
  return [
    colors.bold(`Totals: ${actions.join(", ")}; ${requests}${duration}.`),
    ...(losses.lines.length === 0 ? [`${losses.title}.`] : []),
    "",
    ...sections.flatMap(render),
  ];
}

function quoteShort(text: string): string {
  return quoted(text, 60);
}

function colorSign(sign: Sign, colors: Colors): string {
  if (sign === "+") return colors.green(sign);
  return sign === "~" ? colors.yellow(sign) : colors.red(sign);
}
