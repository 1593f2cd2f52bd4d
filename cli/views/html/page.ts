import {
  type Change,
  type Diagnostic,
  formatDuration,
  hasBlockingErrors,
  type Plan,
  type Totals,
  totalsOf,
} from "../../../src/internal.ts";
import { adviceOf, bySeverity } from "../advice.ts";
import {
  type ApplyOutcome,
  outcomesOf,
  type ResourceOutcome,
  requestsMade,
  STATUS_LABELS,
  skippedLines,
  summaryMessage,
  unappliedAddresses,
  unappliedResources,
} from "../apply/apply-summary.ts";
import type { Mask } from "../mask-handles.ts";
import { ATTRIBUTE_LABELS, uploadedFiles } from "../plan/change-lines.ts";
import { driftNote, driftSections } from "../plan/drift.ts";
import { riskyFirst } from "../plan/risk-order.ts";
import { shownPlan } from "../plan/shown-plan.ts";
import { coverageNote, describeCoverage, noChangesLine, redoNote } from "../plan/summary-lines.ts";
import {
  countActions,
  createdSuffix,
  listNames,
  moreKinds,
  type Tense,
  type TotalsSection,
  totalsSections,
} from "../plan/totals-text.ts";
import { groupDigits, plural, shorten } from "../text.ts";
import { escapeHtml, inlineFile } from "./markup.ts";
import { ACTION_TAGS, listsIn, renderRows } from "./rows.ts";

export interface PageOptions {
  /** Diagnostics of the configuration and of the plan. */
  readonly diagnostics: readonly Diagnostic[];
  readonly mask: Mask;
  readonly contacts?: string;
  readonly version: string;
  /** `data:` URLs of pictures, by the value of the attribute `avatar`. */
  readonly thumbnails?: ReadonlyMap<string, string> | undefined;
  /** The result of the apply; undefined for a plan that was not applied. */
  readonly outcome?: ApplyOutcome;
}

/** Returns an HTML page that loads no external resources. Without a plan, the page shows only diagnostics. */
export function renderPage(unmasked: Plan | undefined, options: PageOptions): string {
  const plan = unmasked && shownPlan(unmasked, options.mask);
  const title =
    plan === undefined
      ? "No plan was created"
      : `${options.outcome === undefined ? "Plan" : "Apply"} for ${escapeHtml(plan.company.name)}`;
  const [style, script] = [inlineFile("plan.css"), inlineFile("plan.js")];
  const policy = `default-src 'none'; img-src data:; style-src ${style.source}; script-src ${script.source}; base-uri 'none'; form-action 'none'`;
  const hasRows = plan !== undefined && plan.changes.length > 0;
  const totals = totalsOf(plan === undefined ? [] : countedChanges(plan, options));
  const sections = totalsSections(totals, highlight, { tense: tenseOf(options) });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${style.text}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${plan === undefined ? "" : renderAbout(plan)}</header>
<main>
${renderResult(options)}${renderSummary(plan, { sections, totals }, options)}${hasRows ? renderChanges(plan, sections, options) : ""}${renderDrift(plan, options.contacts)}</main>
<footer>Created by front-contacts ${escapeHtml(options.version)}. This page may contain personal data.</footer>
${hasRows ? `<script>${script.text}</script>\n` : ""}</body>
</html>
`;
}

function renderAbout(plan: Plan): string {
  const { company, basis } = plan;
  const readAt = `${new Date(basis.readAt * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const code = (run: string) => `<code>${escapeHtml(run)}</code>`;
  const undoNote = plan.undoes === undefined ? "" : `Undo of ${code(plan.undoes)}${redoNote(plan, code)}. `;
  return `<p class="muted">${undoNote}<code>${escapeHtml(company.id)}</code>, as of ${readAt}. ${escapeHtml(describeCoverage(plan), 400)}</p>\n`;
}

function renderResult({ outcome, mask }: PageOptions): string {
  if (outcome === undefined) return "";
  const unapplied = unappliedResources(outcome);
  const items = unapplied.map(({ address, status, reason }) => {
    const escapedReason = escapeHtml(mask.text(reason), 300);
    return `<li class="error"><code>${escapeHtml(mask.text(address))}</code>: ${STATUS_LABELS[status]}<br>${escapedReason}</li>\n`;
  });
  const list =
    unapplied.length === 0 ? "" : `<h3>Left to apply, and not counted in the totals</h3>${problemList(items)}`;
  const skipped = skippedLines(outcome).map((line) => `<p>${line}</p>\n`);
  return `<section aria-labelledby="result"><h2 id="result">${escapeHtml(summaryMessage(outcome))}</h2>\n${skipped.join("")}${list}</section>\n`;
}

function tenseOf({ outcome }: PageOptions): Tense {
  return outcome === undefined ? "plan" : "result";
}

/** Returns the changes to count in the totals: after an apply, those that were applied. */
function countedChanges({ changes }: Plan, { outcome, mask }: PageOptions): readonly Change[] {
  if (outcome === undefined) return changes;
  const unapplied = new Set([...unappliedAddresses(outcome)].map(mask.text));
  return changes.filter(({ address }) => !unapplied.has(address));
}

interface PageTotals {
  readonly totals: Totals;
  readonly sections: readonly TotalsSection[];
}

/** Returns the totals and the problems. Errors precede the totals; a link before the totals leads to warnings. */
function renderSummary(plan: Plan | undefined, pageTotals: PageTotals, options: PageOptions): string {
  const problems = renderProblems(options);
  const totals = plan === undefined ? "" : renderTotals(plan, pageTotals, options);
  const errors = options.diagnostics.filter(({ severity }) => severity === "error").length;
  if (problems === "" || errors > 0 || plan === undefined || plan.changes.length === 0) return problems + totals;
  const count = plural(options.diagnostics.length, "warning");
  return `<p><a href="#problems">${count}</a></p>\n${totals}${problems}`;
}

function renderProblems({ diagnostics, mask }: PageOptions): string {
  if (diagnostics.length === 0) return "";
  const items = diagnostics.toSorted(bySeverity).map(({ severity, summary, advice, remedy, location }) => {
    const locationHtml =
      location === undefined
        ? ""
        : `<br><code class="where">${escapeHtml(location.file)}:${location.line}:${location.column}</code>`;
    const [label, text] = [severity === "error" ? "Error" : "Warning", escapeHtml(mask.text(summary), 600)];
    return `<li class="${severity}"><strong>${label}: ${text}</strong>${locationHtml}<br>${escapeHtml(mask.text(adviceOf({ advice, remedy })), 600)}</li>\n`;
  });
  return `<section aria-labelledby="problems"><h2 id="problems">Errors and warnings</h2>\n${problemList(items)}</section>\n`;
}

const MAX_PROBLEMS = 500;

function problemList(items: readonly string[]): string {
  const shown = shorten(items, MAX_PROBLEMS, (omitted) => `<li>and ${groupDigits(omitted)} more</li>\n`);
  return `<ul class="problems">\n${shown.join("")}</ul>`;
}

function renderTotals(plan: Plan, { totals, sections }: PageTotals, options: PageOptions): string {
  const isValid = !hasBlockingErrors(plan.diagnostics);
  if (plan.changes.length === 0)
    return `<section><p><strong>${isValid ? noChangesLine(plan) : "No plan was created."}</strong> ${escapeHtml(coverageNote(plan), 400)}</p></section>\n`;
  const drift = driftNote(plan);
  const columnOf = (column: TotalsSection["kind"]) =>
    sections.map((section) => (section.kind === column ? renderSection(section) : "")).join("");
  return [
    isValid ? "" : '<section class="loss"><p><strong>This plan cannot be applied.</strong></p></section>\n',
    `<dl class="tiles">${tilesOf(plan, totals, options)}</dl>\n`,
    drift === undefined ? "" : `<p><a href="#drift">${escapeHtml(drift)}</a></p>\n`,
    `<div class="columns"><div>${columnOf("loss")}</div>${columnOf("change")}</div>\n`,
  ].join("");
}

const TILE_STYLES = { created: "create", updated: "update", deleted: "delete", merged: "delete" } as const;

function tilesOf({ requests: { total, seconds } }: Plan, totals: Totals, options: PageOptions): string {
  const { outcome } = options;
  const tiles = [
    ...countActions(totals, tenseOf(options)).map(({ action, count, text }) => [
      text,
      groupDigits(count),
      TILE_STYLES[action],
    ]),
    ["requests", groupDigits(outcome === undefined ? total : requestsMade(outcome)), ""],
    ...(seconds === undefined || outcome !== undefined ? [] : [["to apply", `about ${formatDuration(seconds)}`, ""]]),
  ];
  return tiles
    .map(([label, count, style]) => `<div class="${style}"><dt>${label}</dt><dd>${count}</dd></div>`)
    .join("");
}

const highlight = (text: string) => `<b>${escapeHtml(text, 80)}</b>`;
const escapeName = (text: string) => escapeHtml(text, 60);

/** Maximum number of names in a line. If there are more, a line about a loss omits some; any other line omits all. */
const MAX_NAMES = { loss: 10, change: 3 };

function renderSection({ id, kind, title, lines }: TotalsSection): string {
  if (lines.length === 0 && id !== "lost") return "";
  const maxNames = MAX_NAMES[kind];
  const maxCount = Math.max(...lines.map(({ changes }) => changes.length));
  const items = lines.map(({ index, text, changes }) => {
    const isNamed = kind === "loss" || changes.length <= maxNames;
    const names = isNamed ? `<span class="who">${listNames(changes, escapeName, maxNames)}</span>` : "";
    const width = Math.max(1, Math.round((100 * changes.length) / maxCount));
    const bar = `<svg width="100%" height="4" aria-hidden="true"><rect width="${width}%" height="4"/></svg>`;
    return `<li><span class="count">${groupDigits(changes.length)}</span><span data-total="${index}">${text}${createdSuffix(changes)}</span>${names}${bar}</li>\n`;
  });
  const note = (omitted: number) => `<li><span></span><span>and ${moreKinds(omitted)}</span></li>`;
  const list = lines.length === 0 ? "" : `<ul class="totals">\n${shorten(items, MAX_LINES, note).join("")}</ul>`;
  const style = kind === "loss" && lines.length > 0 ? ' class="loss"' : "";
  return `<section${style} aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${list}</section>\n`;
}

const MAX_LINES = 40;

function renderChanges(plan: Plan, sections: readonly TotalsSection[], options: PageOptions): string {
  const { thumbnails = new Map(), outcome, mask } = options;
  const lists = new Map<string, number>();
  for (const name of plan.changes.flatMap(listsIn)) if (!lists.has(name)) lists.set(name, lists.size);
  const { rows, shortened } = renderRows(riskyFirst(plan), {
    totals: totalsByChange(sections, plan),
    lists,
    thumbnails,
    pictures: uploadedFiles(plan),
    outcomes: outcome && outcomeRows(outcome, mask),
  });
  const note =
    shortened === 0
      ? ""
      : ` Long lines of the last ${plural(shortened, "change")} are shortened, because the page would otherwise be too large.`;
  return `<h2 id="changes">Changes</h2>
<p class="muted">Changes that remove or overwrite data come first.${note}</p>
${renderFilters(plan, lists, outcome)}<p id="status" role="status" class="muted"></p>
<p id="selected-total" class="muted"></p>
<ol id="list" class="changes"></ol>
<noscript id="rows"><ol class="changes">${rows}
</ol></noscript>
<button id="more" class="more" type="button" hidden>Show more</button>
`;
}

/** Returns the outcome of each row, by address. The addresses of a masked plan are masked too. */
function outcomeRows(outcome: ApplyOutcome, mask: Mask): ReadonlyMap<string, ResourceOutcome> {
  const rows = [...outcomesOf(outcome)].map(([address, { status, operations }]) => {
    return [mask.text(address), { status, operations: operations.map(mask.text) }] as const;
  });
  return new Map(rows);
}

function renderDrift(plan: Plan | undefined, contacts: string | undefined): string {
  return (plan === undefined ? [] : driftSections(plan, contacts))
    .map(({ title, entries, advice = "" }, index) => {
      const id = index === 0 ? ' id="drift"' : "";
      const items = entries.map(([address = "", ...lines]) => {
        const details = lines.map((line) => `<br>${escapeHtml(line.trim())}`);
        return `<li><code>${escapeHtml(address)}</code>${details.join("")}</li>\n`;
      });
      return `<section><h2${id}>${escapeHtml(title)}</h2>\n<ul class="problems">\n${items.join("")}</ul><p>${escapeHtml(advice)}</p></section>\n`;
    })
    .join("");
}

/**
 * Returns the indexes of the totals that count each change. A contact that only leaves a list with exact members has no
 * row, so its totals are assigned to the row of the list.
 */
function totalsByChange(sections: readonly TotalsSection[], { changes }: Plan): ReadonlyMap<Change, readonly number[]> {
  const byChange = new Map<Change, number[]>(changes.map((change) => [change, []]));
  const listsByName = new Map(
    changes.filter(({ type }) => type === "front_contact_list").map((list) => [list.name, list]),
  );
  for (const { index, changes: counted } of sections.flatMap(({ lines }) => lines)) {
    const rows = counted.map((change) => (byChange.has(change) ? change : listsByName.get(listsIn(change)[0] ?? "")));
    for (const row of new Set(rows)) if (row !== undefined) byChange.get(row)?.push(index);
  }
  return byChange;
}

type Choices = readonly (readonly [value: string, label: string])[];

function renderFilters(
  { changes }: Plan,
  lists: ReadonlyMap<string, number>,
  outcome: ApplyOutcome | undefined,
): string {
  const present = new Set<string>(changes.flatMap(({ differences }) => differences.map(({ attribute }) => attribute)));
  const attributes = Object.entries(ATTRIBUTE_LABELS).flatMap(([attribute, label], index) =>
    present.has(attribute) ? [[String(index), label] as const] : [],
  );
  const names = [...lists]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([list, index]) => [String(index), escapeHtml(list, 60)] as const);
  const select = (id: string, label: string, choices: Choices) => {
    const options = [["", "all"] as const, ...choices].map(
      ([value, text]) => `<option value="${value}">${text}</option>`,
    );
    return `<div><label for="${id}">${label}</label><select id="${id}">${options.join("")}</select></div>`;
  };
  return `<div id="filters" class="filters" role="search" aria-label="Filter changes" hidden>
<div class="search"><label for="search">Search</label><input id="search" type="search" autocomplete="off" spellcheck="false"></div>
${select("action", "Action", Object.entries(ACTION_TAGS))}
${select("attribute", "Attribute", attributes)}
${select("in-list", "List", names)}
${outcome === undefined ? "" : select("outcome", "Result", Object.entries(STATUS_LABELS))}
<div class="check"><input id="losing" type="checkbox"><label for="losing">Only losses</label></div>
<button id="clear" type="button">Clear filters</button>
</div>
`;
}
