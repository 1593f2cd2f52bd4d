import { type Plan, type Total, totalsOf } from "../../../src/internal.ts";
import type { Colors } from "../colors.ts";
import { quoted } from "../text.ts";
import { SIGNS, type Sign } from "./change-lines.ts";
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
export function renderTotals(plan: Plan, paint: Colors): string[] {
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

export function paintSign(sign: Sign, paint: Colors): string {
  if (sign === "+") return paint.green(sign);
  return sign === "~" ? paint.yellow(sign) : paint.red(sign);
}
