import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { frontEdits, performFrontEdit } from "../support/front-edits.ts";
import { differingPaths, pathOf, readValues as readAllValues, type Values } from "../support/front-values.ts";
import { twoConfigurations } from "../support/mixed-files.ts";
import { accountBehaviors, applyWithoutFailure, createPropertyTest, errorsOf } from "../support/scenarios.ts";
import type { TestEnvironment } from "../support/test-environment.ts";
import { appliedPlan, planUndoIn } from "../support/undo.ts";

const scenarios = fc
  .tuple(twoConfigurations(accountBehaviors), frontEdits)
  .map(([scenario, edits]) => ({ ...scenario, edits }));

const testProperty = createPropertyTest(test, scenarios);

/** Returns the values in Front, with a separate value for each account of a contact. */
async function readValues(environment: TestEnvironment): Promise<Values> {
  const values = await readAllValues(environment);
  return new Map(
    [...values].flatMap(([path, value]) =>
      path.endsWith(" account")
        ? value.split(" ").flatMap((id) => (id === "" ? [] : [[pathOf(path, id), "yes"] as const]))
        : [[path, value] as const],
    ),
  );
}

const isLink = (path: string) => path.includes(" account ");
const accountOf = (path: string) => path.split(" ")[2] ?? "";
const idOf = (path: string) => path.split(" ")[0] ?? "";

/** The values before and after a run, after the edits that followed, and after the undo of the run. */
interface Steps {
  readonly before: Values;
  readonly applied: Values;
  readonly edited: Values;
  readonly undone: Values;
}

/**
 * Returns the values that the undo changed although the run did not change them or somebody edited them after the run,
 * and the resources that it deleted although somebody edited them, or created although the run did not delete any.
 */
function lostIn({ before, applied, edited, undone }: Steps): string[] {
  const editedPaths = new Set(differingPaths(applied, edited));
  // Front may not show the account of a contact, so a link does not prevent the deletion of a created contact.
  const editedIds = new Set([...editedPaths].filter((path) => !isLink(path)).map(idOf));
  const changedPaths = new Set(differingPaths(before, applied));
  const exists = (values: Values, path: string) => values.has(pathOf(idOf(path), "exists"));
  // An account that the run deleted is created again with another id.
  const linksBefore = [...changedPaths].filter((path) => isLink(path) && !exists(applied, accountOf(path)));
  const isRestoredLink = (path: string) => {
    const isOfContact = (other: string) => isLink(other) && idOf(other) === idOf(path);
    const isToNewAccount = isLink(path) && !exists(edited, accountOf(path));
    return isToNewAccount && linksBefore.some(isOfContact) && ![...editedPaths].some(isOfContact);
  };
  return differingPaths(edited, undone)
    .filter((path) => {
      if (!exists(edited, path) || isRestoredLink(path)) return false;
      if (!exists(undone, path)) return exists(before, path) || editedIds.has(idOf(path));
      return editedPaths.has(path) || !changedPaths.has(path);
    })
    .map((path) => [path, ...[before, applied, edited, undone].map((values) => values.get(path) ?? "-")].join(" | "));
}

function createdIn({ before, applied, edited, undone }: Steps): string[] {
  const idsIn = (values: Values) => [...new Set([...values.keys()].map(idOf))];
  const created = idsIn(undone).filter((id) => !idsIn(edited).includes(id));
  const deleted = idsIn(before).filter((id) => !idsIn(applied).includes(id));
  return created.length > deleted.length ? created : [];
}

testProperty(
  "an undo changes only values that the run changed and that nobody edited since",
  40,
  async ({ environment, desired, policy, scenario, randomNumber }) => {
    if (randomNumber % 2 === 0) await environment.planAndApply(await scenario.base());
    const before = await readValues(environment);
    const plan = await environment.plan(desired, policy);
    const applied = appliedPlan(plan, (await applyWithoutFailure(environment, plan)).report);
    const afterRun = await readValues(environment);
    const edits = randomNumber % 3 === 0 ? [] : scenario.edits;
    for (const edit of edits) await performFrontEdit(edit, environment);
    const edited = await readValues(environment);
    const undo = await planUndoIn(environment, applied);
    expect(errorsOf(undo.plan)).toEqual([]);
    const { report } = await applyWithoutFailure(environment, undo.plan);
    const undone = await readValues(environment);
    const steps = { before, applied: afterRun, edited, undone };
    expect([lostIn(steps), createdIn(steps)]).toEqual([[], []]);
    for (const edit of scenario.edits) await performFrontEdit({ ...edit, choice: 2 - edit.choice }, environment);
    const editedAgain = await readValues(environment);
    const redo = await planUndoIn(environment, appliedPlan(undo.plan, report));
    expect(errorsOf(redo.plan)).toEqual([]);
    await applyWithoutFailure(environment, redo.plan);
    const redone = { before: edited, applied: undone, edited: editedAgain, undone: await readValues(environment) };
    expect([lostIn(redone), createdIn(redone)]).toEqual([[], []]);
  },
);
