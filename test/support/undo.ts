import type { ApplyReport } from "../../src/applying/apply.ts";
import { recordResult } from "../../src/history/run-record.ts";
import { desiredToRead } from "../../src/history/undo/desired-to-read.ts";
import type { UndoOptions } from "../../src/history/undo/desired-to-undo.ts";
import { type AppliedPlan, changesOf } from "../../src/history/undo/run-changes.ts";
import { type UndoPlan, undoPlanOf } from "../../src/history/undo/undo-plan.ts";
import type { Plan } from "../../src/model/plan.ts";
import { UNGUARDED } from "./builders.ts";
import type { World } from "./world.ts";

/** Returns an applied plan as its record has it. */
export function appliedPlan(plan: Plan, { results }: Pick<ApplyReport, "results">): AppliedPlan {
  const planned = new Map(plan.operations.map((operation) => [operation.id, operation]));
  const recorded = results.map((result) => recordResult(result, planned.get(result.operation.id)));
  return JSON.parse(JSON.stringify({ name: "run", plan, results: recorded }));
}

/** Plans the undo of a run in a world. Removals are allowed, and guards are off. */
export async function planUndoIn(
  world: World,
  applied: AppliedPlan,
  options: Partial<UndoOptions> = {},
): Promise<UndoPlan> {
  const undoOptions = { settings: {}, allowRemovals: true, ...options };
  const state = await world.read(desiredToRead(changesOf(applied), undoOptions));
  const pictureAt = (url: string) => world.remembered.get(url);
  return undoPlanOf(applied, state, {
    overwrite: [],
    replacedPictures: new Map(),
    pictureAt,
    ...undoOptions,
    policy: UNGUARDED,
  });
}
