import {
  type Change,
  countChanges,
  type Diagnostic,
  hasBlockingErrors,
  overwritesFront,
  type Plan,
} from "../../../src/internal.ts";
import { adviceOf, bySeverity, commandLine, targetOptions } from "../advice.ts";
import { NO_COLORS } from "../colors.ts";
import { codeFence, codeSpan } from "../markdown-code.ts";
import { type Mask, NO_MASK } from "../mask-handles.ts";
import { plural, shellQuote } from "../text.ts";
import { type ChangeLine, ChangeRenderer, type Sign } from "./change-lines.ts";
import { type DriftSection, driftNote, driftSections } from "./drift.ts";
import { renderRow, type SourceLink, totalsPart } from "./markdown-parts.ts";
import { riskyFirst } from "./risk-order.ts";
import { shownPlan } from "./shown-plan.ts";
import { ACTION_PHRASES, coverageNote, noChangesLine, redoNote, requestsLine, summaryLine } from "./summary-lines.ts";

/** The first line, by which a bot can find the comment to update. */
const MARKER = "<!-- front-contacts plan -->";

/** Default maximum number of characters. GitHub accepts 65,536, and a workflow may add text before the plan. */
const LIMIT = 60_000;
/** Characters reserved for notes about omitted changes and diagnostics. */
const RESERVED = 1_000;

export interface MarkdownOptions {
  /** Diagnostics of the configuration and of the plan. */
  readonly diagnostics: readonly Diagnostic[];
  readonly mask: Mask;
  readonly limit?: number;
  /** The first sentence if no plan is shown. Must be trusted text. */
  readonly headline?: string | undefined;
  readonly contacts?: string;
  /** The command that shows this plan in full. Default: the command that creates such a plan again. */
  readonly showCommand?: string | undefined;
  readonly link?: SourceLink;
}

/**
 * Returns a plan as Markdown, for a pull request comment. Equal plans produce equal text. Untrusted text appears only
 * in code spans and code blocks. The totals count all changes. Changes that destroy, merge, remove or overwrite
 * something come first. If the text is too long, details of changes are omitted, then links, then rows; a note counts
 * omitted changes.
 */
export function renderMarkdown(unmasked: Plan | undefined, options: MarkdownOptions): string {
  const { mask, limit = LIMIT } = options;
  const plan = unmasked && shownPlan(unmasked, mask);
  const problems = excessLast(options.diagnostics).map((diagnostic) => renderProblem(diagnostic, mask));
  const head = [headOf(plan, options), ...(plan === undefined ? [] : totalsPart(plan, "plan"))].join("\n\n");
  const budget = new CharacterBudget(limit - RESERVED - head.length);
  const parts = [
    head,
    ...problemsPart(problems, budget, shareOfProblems(plan, options.diagnostics)),
    ...(plan === undefined ? [] : changesPart(plan, budget, options)),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** Maximum number of diagnostics with the same severity and code before the others are moved to the end. */
const MAX_OF_A_KIND = 10;

function excessLast(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const counts = new Map<string, number>();
  const excess = new Set<Diagnostic>();
  const sorted = diagnostics.toSorted(bySeverity);
  for (const diagnostic of sorted) {
    const kind = `${diagnostic.severity} ${diagnostic.code}`;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count > MAX_OF_A_KIND) excess.add(diagnostic);
  }
  return sorted.toSorted((a, b) => Number(excess.has(a)) - Number(excess.has(b)));
}

export function failureMarkdown(error: Diagnostic): string {
  return renderMarkdown(undefined, { diagnostics: [error], mask: NO_MASK });
}

function headOf(plan: Plan | undefined, { diagnostics, headline }: MarkdownOptions): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const counts = [plural(errors, "error"), plural(warnings, "warning")].filter((text) => !text.startsWith("0 "));
  const isBlocked = hasBlockingErrors(diagnostics);
  const isShown = plan !== undefined && (!isBlocked || plan.changes.length > 0);
  return [
    MARKER,
    ...(isShown ? planHead(plan) : [`**${headline ?? "No plan was created."}**`]),
    ...(counts.length === 0 ? [] : ["", `**${counts.join(", ")}**`]),
    ...(isShown && isBlocked ? ["", "This plan cannot be applied."] : []),
  ].join("\n");
}

function planHead(plan: Plan): string[] {
  const { changes, company } = plan;
  if (changes.length === 0) return [`**${noChangesLine(plan)}** ${coverageNote(plan)}`.trim()];
  const about = `Front company: ${codeSpan(company.name.slice(0, 100))} (${codeSpan(company.id)}). ${requestsLine(plan)}`;
  const undoLines =
    plan.undoes === undefined ? [] : [`Undo of ${codeSpan(plan.undoes)}${redoNote(plan, codeSpan)}.`, ""];
  const drift = driftNote(plan);
  const driftLines = drift === undefined ? [] : ["", codeSpan(drift)];
  return [`**${summaryLine(countChanges(changes))}**`, "", ...undoLines, about, ...driftLines];
}

class CharacterBudget {
  #remaining: number;

  constructor(characters: number) {
    this.#remaining = characters;
  }

  fits(entries: readonly string[]): boolean {
    return entries.reduce((sum, entry) => sum + entry.length + 2, 0) <= this.#remaining;
  }

  /** Returns the entries that fit in a share of the remaining characters, in order. */
  take(entries: readonly string[], share = 1): string[] {
    let allowed = Math.floor(this.#remaining * share);
    return entries.filter((entry) => {
      const size = entry.length + 2;
      if (size > allowed) return false;
      allowed -= size;
      this.#remaining -= size;
      return true;
    });
  }
}

/** Returns the share of the characters for errors and warnings. Changes take precedence over warnings. */
function shareOfProblems(plan: Plan | undefined, diagnostics: readonly Diagnostic[]): number {
  const hasError = diagnostics.some(({ severity }) => severity === "error");
  return hasError || plan === undefined || plan.changes.length === 0 ? 0.5 : 0.2;
}

function problemsPart(problems: readonly string[], budget: CharacterBudget, share: number): string[] {
  if (problems.length === 0) return [];
  const shownProblems = budget.take(problems, share);
  const omitted = problems.length - shownProblems.length;
  const note = `_${plural(omitted, "more error or warning", "more errors and warnings")} did not fit here. See the output of the command._`;
  return [...(shownProblems.length === 0 ? [] : [shownProblems.join("\n")]), ...(omitted === 0 ? [] : [note])];
}

/** Returns a table of the changes, changes in Front that are not overwritten, and the details of the changes. */
function changesPart(plan: Plan, budget: CharacterBudget, options: MarkdownOptions): string[] {
  const changes = riskyFirst(plan);
  const drift = driftSections(plan, options.contacts);
  const rows = takeRows(plan, changes, { budget, link: options.link, share: drift.length === 0 ? 1 : 0.9 });
  const command = codeSpan(commandToShowAll(plan, options));
  const driftPart = drift.flatMap((section) => renderDrift(section, budget, command));
  const renderer = new ChangeRenderer(plan, NO_COLORS);
  const details = budget.take(changes.map((change) => renderDetail(change, renderer.render(change))));
  return [
    ...(rows.length === 0 ? [] : [["| Resource | Action | Changes |", "|---|---|---|", ...rows].join("\n")]),
    ...omittedNote(plural(changes.length - rows.length, "more change"), "in the table", command),
    ...driftPart,
    ...(details.length === 0 ? [] : ["<details><summary>Details</summary>", ...details, "</details>"]),
    ...omittedNote(plural(changes.length - details.length, "more change"), "in the details", command),
  ];
}

interface RowBudget {
  readonly budget: CharacterBudget;
  readonly share: number;
  readonly link: SourceLink | undefined;
}

function takeRows(
  { operations }: Plan,
  changes: readonly Change[],
  { budget, share, link = () => undefined }: RowBudget,
): string[] {
  const merges = operations.flatMap(({ kind, subjects }) => (kind === "merge-contacts" ? [subjects] : []));
  const mergedAddresses = new Set(merges.flat());
  const mergeTargets = new Map(merges.flatMap(([target = "", ...others]) => others.map((other) => [other, target])));
  const rowsWith = (to: SourceLink) =>
    changes.map((change) => renderRow(change, { link: to, mergedAddresses, mergeTargets }));
  const linkedRows = rowsWith(link);
  return budget.take(budget.fits(linkedRows) ? linkedRows : rowsWith(() => undefined), share);
}

function renderDrift(
  { title, entries, advice = "" }: DriftSection,
  budget: CharacterBudget,
  command: string,
): string[] {
  const texts = entries.map((lines) => lines.join("\n"));
  const shownEntries = budget.take(texts, 0.9);
  return [
    `**${codeSpan(title)}**`,
    ...(shownEntries.length === 0 ? [] : [codeFence("text", shownEntries)]),
    ...omittedNote(plural(entries.length - shownEntries.length, "more resource"), "here", command),
    codeSpan(advice, 600),
  ];
}

function omittedNote(count: string, where: string, command: string): string[] {
  return count.startsWith("0 ") ? [] : [`_${count} did not fit ${where}. Run ${command} to see all of them._`];
}

function commandToShowAll(plan: Plan, { contacts = "contacts", showCommand }: MarkdownOptions): string {
  if (showCommand !== undefined) return showCommand;
  const { undoes, base } = plan;
  if (undoes !== undefined) return commandLine("undo", contacts, `${shellQuote(undoes)} --dry-run --full`);
  const options = [
    ...(base === undefined ? [] : [`--base ${shellQuote(base.revision)}`]),
    // Only --overwrite lets a plan with a base overwrite changes in Front.
    ...(base !== undefined && plan.changes.some(overwritesFront) ? ["--overwrite"] : []),
    ...targetOptions(plan),
    "--full",
  ];
  return commandLine("plan", contacts, options.join(" "));
}

function renderDetail({ address, action, location }: Change, lines: readonly ChangeLine[]): string {
  const locationText = location === undefined ? "" : ` (${codeSpan(`${location.file}:${location.line}`)})`;
  const title = `**${ACTION_PHRASES[action].replace("will be ", "To be ")}:** ${codeSpan(address)}${locationText}`;
  return `${title}\n\n${codeFence("diff", lines.map(diffLine))}`;
}

/** GitHub colors a line of a diff by its first character. `!` marks an update, which is neither green nor red. */
const MARKS: Readonly<Record<Sign, string>> = { "+": "+", "-": "-", "~": "!" };

function diffLine({ sign, column, text }: ChangeLine): string {
  const mark = sign === undefined ? " " : MARKS[sign];
  return `${mark}${" ".repeat(column - 3)}${text}`;
}

/** Returns a list item. */
export function renderProblem({ severity, summary, advice, remedy, location }: Diagnostic, mask: Mask): string {
  const label = severity === "error" ? "Error" : "Warning";
  const locationText =
    location === undefined ? "" : ` at ${codeSpan(`${location.file}:${location.line}:${location.column}`)}`;
  const inOneLine = (text: string) => codeSpan(mask.text(text).replace(/\s*\n\s*/g, " "), 600);
  return `- **${label}**${locationText}: ${inOneLine(summary)}\n  ${inOneLine(adviceOf({ advice, remedy }))}`;
}
