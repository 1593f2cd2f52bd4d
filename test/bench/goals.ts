import type { Cost } from "./cpu.ts";
import { type Outcome, ratio } from "./requests.ts";
import { renderTable } from "./table.ts";

/** A figure that must not exceed its target. */
export interface Goal {
  readonly case: string;
  readonly name: string;
  readonly value: number;
  readonly target: number;
}

/**
 * Maximum request count of a first plan and its apply, as a multiple of the minimum, when the number of contacts is not
 * known in advance.
 */
const MAX_RATIO_WITHOUT_SIZE = 2;

export function requestGoals(outcome: Outcome): Goal[] {
  const { secondPlan, minimum, limited, isSizeUnknown } = outcome;
  const createGoal = (name: string, value: number, target: number) => ({ case: outcome.case, name, value, target });
  return [
    createGoal("requests, relative to the minimum", ratio(outcome), isSizeUnknown ? MAX_RATIO_WITHOUT_SIZE : 1),
    createGoal("requests of a second plan", secondPlan, minimum.plan),
    createGoal("429s under a rate limit", limited.rejected, 0),
  ];
}

/** Returns a goal for each measured figure that has a target. */
export function costGoals(caseName: string, { program, best, against, targets = {}, perOperation }: Cost): Goal[] {
  const figures = [
    ["cpu, relative to the baseline", against?.cpu, targets.cpu],
    ["memory in MB", best.memory, targets.memory],
    ["wall in s", best.wall / 1000, targets.wall],
    ["cpu per operation in ms", perOperation, targets.perOperation],
  ] as const;
  return figures.flatMap(([metric, value, target]) =>
    value === undefined || target === undefined
      ? []
      : [{ case: caseName, name: `${program}: ${metric}`, value, target }],
  );
}

export function isMet({ value, target }: Goal): boolean {
  return value <= target;
}

/** Returns a table of the goals, with the figures of an earlier run and the changes if `earlier` is given. */
export function renderGoals(goals: readonly Goal[], earlier: readonly Goal[] | undefined): string {
  const before = new Map(earlier?.map((goal) => [keyOf(goal), goal.value]));
  return renderTable(
    ["case", "goal", "value", "target", "", ...(earlier === undefined ? [] : ["before", "change"])],
    goals.map((goal) => [
      ...[goal.case, goal.name, formatFigure(goal.value), formatFigure(goal.target), isMet(goal) ? "met" : "missed"],
      ...(earlier === undefined ? [] : compareFigures(goal.value, before.get(keyOf(goal)))),
    ]),
  );
}

function keyOf({ case: caseName, name }: Goal): string {
  return `${caseName} ${name}`;
}

function compareFigures(now: number, before: number | undefined): [before: string, change: string] {
  if (before === undefined) return ["-", "-"];
  const change = before === 0 ? "" : `${now < before ? "" : "+"}${Math.round((now / before - 1) * 100)}%`;
  return [formatFigure(before), change];
}

function formatFigure(value: number): string {
  return Number.isInteger(value) || value >= 100 ? String(Math.round(value)) : value.toFixed(2);
}
