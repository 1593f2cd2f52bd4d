import type { Cost } from "./cpu.ts";
import type { Outcome } from "./requests.ts";
import { ratio } from "./requests.ts";
import { table } from "./table.ts";

/** A figure that must not exceed its target. */
export interface Goal {
  readonly case: string;
  readonly what: string;
  readonly value: number;
  readonly target: number;
}

/** Maximum ratio to the minimum number of requests for reading, if the size of the company is unknown at first. */
const FIRST_PLAN_OF_FEW = 2;

export function requestGoals(outcome: Outcome): Goal[] {
  const { secondPlan, floor, limited, isSizeUnknown } = outcome;
  const of = (what: string, value: number, target: number) => ({ case: outcome.case, what, value, target });
  return [
    of("requests, relative to the minimum", ratio(outcome), isSizeUnknown ? FIRST_PLAN_OF_FEW : 1),
    of("requests of a second plan", secondPlan, floor.plan),
    of("429s under a rate limit", limited.refused, 0),
  ];
}

/** The goals of a measured process: all figures that have a target. */
export function costGoals(name: string, { what, best, against, targets = {}, perOperation }: Cost): Goal[] {
  const figures = [
    ["cpu, relative to the baseline", against?.cpu, targets.cpu],
    ["memory in MB", best.memory, targets.memory],
    ["wall in s", best.wall / 1000, targets.wall],
    ["cpu an operation in ms", perOperation, targets.perOperation],
  ] as const;
  return figures.flatMap(([figure, value, target]) =>
    value === undefined || target === undefined ? [] : [{ case: name, what: `${what}: ${figure}`, value, target }],
  );
}

export function isMet({ value, target }: Goal): boolean {
  return value <= target;
}

/** Renders goals, with the figures of an earlier run beside them. */
export function goalsTable(goals: readonly Goal[], earlier: readonly Goal[] | undefined): string {
  const before = new Map(earlier?.map((goal) => [nameOf(goal), goal.value]));
  return table(
    ["case", "goal", "value", "target", "", ...(earlier === undefined ? [] : ["before", "change"])],
    goals.map((goal) => [
      ...[goal.case, goal.what, figure(goal.value), figure(goal.target), isMet(goal) ? "met" : "missed"],
      ...(earlier === undefined ? [] : comparison(goal.value, before.get(nameOf(goal)))),
    ]),
  );
}

function nameOf({ case: name, what }: Goal): string {
  return `${name} ${what}`;
}

function comparison(now: number, before: number | undefined): [before: string, change: string] {
  if (before === undefined) return ["-", "-"];
  const change = before === 0 ? "" : `${now < before ? "" : "+"}${Math.round((now / before - 1) * 100)}%`;
  return [figure(before), change];
}

function figure(value: number): string {
  return Number.isInteger(value) || value >= 100 ? String(Math.round(value)) : value.toFixed(2);
}
