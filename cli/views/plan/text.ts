import {
  type Action,
  type Change,
  type ChangeCount,
  countChanges,
  durationWords,
  escapeText,
  leavesOutEntries,
  type Plan,
} from "../../../src/index.ts";
import type { Colors } from "../colors.ts";
import { type Mask, maskPlan, NO_MASK } from "../mask.ts";
import { type ChangeLine, ChangeLines, SIGNS, type Sign } from "./change-lines.ts";

export const SENTENCES: Readonly<Record<Action, string>> = {
  create: "will be created",
  update: "will be updated in-place",
  delete: "will be destroyed",
};
const LEGEND: Readonly<Record<Action, string>> = { create: "create", update: "update in-place", delete: "destroy" };
const ACTIONS = ["create", "update", "delete"] as const;

/** Exact, because other programs read it. */
export function summaryLine({ add, change, destroy }: ChangeCount): string {
  return `Plan: ${add} to add, ${change} to change, ${destroy} to destroy.`;
}

/** The first two words are exact, because other programs read them. */
export function noChanges({ targets, diagnostics }: Plan): string {
  if (leavesOutEntries(diagnostics)) return "No changes to the entries that could be planned.";
  return targets === undefined
    ? "No changes. Front matches your files."
    : "No changes. Front matches what was chosen of your files.";
}

/** A plan for people, in Terraform's manner. */
export function renderPlan(given: Plan, paint: Colors, mask: Mask = NO_MASK): string {
  if (given.changes.length === 0) return `\n${paint.green(paint.bold(noChanges(given)))}\n${unseen(given)}`;
  const plan = maskPlan(given, mask);
  const lines = new ChangeLines(plan, paint);
  const actions = ACTIONS.filter((action) => plan.changes.some((each) => each.action === action));
  const legend = actions.map((action) => `  ${paintSign(SIGNS[action], paint)} ${LEGEND[action]}`).join("\n");
  return [
    "",
    `Front company: ${escapeText(plan.company.name)} (${plan.company.id})`,
    "",
    "front-contacts will do what is marked by these signs:",
    legend,
    "",
    ...plan.changes.map((change) => renderChange(change, lines.of(change), paint)),
    ...touched(plan.changes, paint),
    paint.bold(summaryLine(countChanges(plan.changes))),
    requestsLine(plan),
    "",
  ].join("\n");
}

export function requestsLine({ requests, coverage }: Plan): string {
  return `Requests: ${estimateWords(requests)} ${coverageSentence(coverage)}`;
}

function estimateWords({ total, byKind, seconds, perMinute }: Plan["requests"]): string {
  const kinds = Object.entries(byKind).map(([kind, count]) => `${count} ${kind}`);
  const parts = kinds.length === 0 ? "" : ` (${kinds.join(", ")})`;
  const time = seconds === undefined ? "" : `, about ${durationWords(seconds)} at ${perMinute} a minute`;
  return `${total} to apply this${parts}${time}.`;
}

/** "No changes" is only as good as what was seen. */
export function unseen({ coverage }: Plan): string {
  return coverage.contacts === "changes" ? `${coverageSentence(coverage)}\n` : "";
}

/** What the plan has seen of Front, and above all what it has not. */
function coverageSentence({ contacts, read, since = 0 }: Plan["coverage"]): string {
  if (contacts === "declared") return "The declared contacts were looked up.";
  if (contacts === "all") return `Front has ${read} ${read === 1 ? "contact" : "contacts"}, and all were read.`;
  const when = `${new Date(since * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return `What moved in Front since ${when} was read. What was deleted there since, or only joined or left lists, may not show: --refresh scan sees it.`;
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

function paintSign(sign: Sign, paint: Colors): string {
  if (sign === "+") return paint.green(sign);
  return sign === "~" ? paint.yellow(sign) : paint.red(sign);
}

/** Fewer changes than this are seen at a glance. */
const MANY = 20;
const WORDS: Readonly<Record<Action, string>> = { create: "created", update: "updated", delete: "destroyed" };

/** Who is touched, once more and in short, where a plan is too long to be remembered. What is destroyed is all named. */
function touched(changes: readonly Change[], paint: Colors): string[] {
  if (changes.length <= MANY) return [];
  const sections = ACTIONS.flatMap((action) => {
    const addresses = changes.filter((change) => change.action === action).map(({ address }) => escapeText(address));
    if (addresses.length === 0) return [];
    const named = action === "delete" ? addresses : addresses.slice(0, MANY);
    const more = addresses.length - named.length;
    return [
      paint.bold(`${addresses.length} ${WORDS[action]}:`),
      ...named.map((address) => `  ${paintSign(SIGNS[action], paint)} ${address}`),
      ...(more === 0 ? [] : [`    and ${more} more`]),
    ];
  });
  return [...sections, ""];
}
