import type { ApplyReport } from "../../src/applying/apply.ts";
import { recordResult } from "../../src/history/run-record.ts";
import type { AppliedPlan } from "../../src/history/undo/applied-plan.ts";
import { desiredToRead } from "../../src/history/undo/desired-to-read.ts";
import type { UndoOptions } from "../../src/history/undo/desired-to-undo.ts";
import { changesOf } from "../../src/history/undo/run-changes.ts";
import { type UndoPlan, undoPlanOf } from "../../src/history/undo/undo-plan.ts";
import type { Plan } from "../../src/model/plan.ts";
import { type Policy, UNGUARDED } from "./builders.ts";
import type { TestEnvironment } from "./test-environment.ts";

/** Returns an applied plan in the form that its run record contains. */
export function appliedPlan(plan: Plan, { results }: Pick<ApplyReport, "results">): AppliedPlan {
  const operationsById = new Map(plan.operations.map((operation) => [operation.id, operation]));
  const recordedResults = results.map((result) => recordResult(result, operationsById.get(result.operation.id)));
  return JSON.parse(JSON.stringify({ name: "run", plan, results: recordedResults }));
}

/** Plans the undo of a run. By default, removals are allowed and guards are disabled. */
export async function planUndoIn(
  environment: TestEnvironment,
  applied: AppliedPlan,
  options: Partial<UndoOptions> = {},
  policy: Policy = UNGUARDED,
): Promise<UndoPlan> {
  const undoOptions = { settings: {}, allowRemovals: true, ...options };
  const state = await environment.read(desiredToRead(changesOf(applied), undoOptions));
  const pictureHashAt = (url: string) => environment.avatarHashes.get(url);
  return undoPlanOf(applied, state, {
    overwrite: [],
    replacedPictures: new Map(),
    pictureHashAt,
    ...undoOptions,
    policy,
  });
}
