import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { frontEdits, performFrontEdit } from "../support/front-edits.ts";
import { twoConfigurations } from "../support/mixed-files.ts";
import { accountBehaviors, applyWithoutFailure, createPropertyTest, errorsOf } from "../support/scenarios.ts";
import { appliedPlan, planUndoIn } from "../support/undo.ts";
import { createdIn, lostIn, readUndoValues, type UndoSteps } from "../support/undo-values.ts";

const scenarios = fc
  .tuple(twoConfigurations(accountBehaviors), frontEdits)
  .map(([scenario, edits]) => ({ ...scenario, edits }));

const testProperty = createPropertyTest(test, scenarios);

/**
 * Returns the values that the undo lost, and the resources that it created if they outnumber those that the run deleted.
 */
function wrongChanges(steps: UndoSteps) {
  const created = createdIn(steps.edited, steps.undone);
  return [lostIn(steps), created.length > createdIn(steps.applied, steps.before).length ? created : []];
}

testProperty(
  "an undo changes only values that the run changed and that nobody edited since",
  40,
  async ({ environment, desired, policy, scenario, randomNumber }) => {
    if (randomNumber % 2 === 0) await environment.planAndApply(await scenario.base());
    const before = await readUndoValues(environment);
    const plan = await environment.plan(desired, policy);
    const applied = appliedPlan(plan, (await applyWithoutFailure(environment, plan)).report);
    const afterRun = await readUndoValues(environment);
    const edits = randomNumber % 3 === 0 ? [] : scenario.edits;
    for (const edit of edits) await performFrontEdit(edit, environment);
    const edited = await readUndoValues(environment);
    const undo = await planUndoIn(environment, applied);
    expect(errorsOf(undo.plan)).toEqual([]);
    const { report } = await applyWithoutFailure(environment, undo.plan);
    const undone = await readUndoValues(environment);
    const steps = { before, applied: afterRun, edited, undone };
    expect(wrongChanges(steps)).toEqual([[], []]);
    for (const edit of scenario.edits) await performFrontEdit({ ...edit, choice: 2 - edit.choice }, environment);
    const editedAgain = await readUndoValues(environment);
    const redo = await planUndoIn(environment, appliedPlan(undo.plan, report));
    expect(errorsOf(redo.plan)).toEqual([]);
    await applyWithoutFailure(environment, redo.plan);
    const redone = { before: edited, applied: undone, edited: editedAgain, undone: await readUndoValues(environment) };
    expect(wrongChanges(redone)).toEqual([[], []]);
  },
);
