import { expect, test } from "@jest/globals";
import { revalidatePlan, revalidationOf } from "../../src/history/revalidate.ts";
import { decodePlan, encodePlan } from "../../src/history/saved-plan-file.ts";
import type { AppliedPlan } from "../../src/history/undo/applied-plan.ts";
import { currentIdsAfter, idsCreatedByOthers } from "../../src/history/undo/current-ids.ts";
import type { UndoPlan } from "../../src/history/undo/undo-plan.ts";
import type { Operation, Plan } from "../../src/model/plan.ts";
import { codesOf, idsOf, UNGUARDED } from "../support/builders.ts";
import { performFrontEdit } from "../support/front-edits.ts";
import { differingPaths, pathOf, type Values } from "../support/front-values.ts";
import { createPropertyTest, errorsOf, operationsOf, type Sample } from "../support/scenarios.ts";
import { appliedPlan, planUndoIn } from "../support/undo.ts";
import { type HistoryStep, type UndoHistory, undoHistories } from "../support/undo-histories.ts";
import {
  changedIn,
  createdIn,
  lostIn,
  readUndoValues,
  valuesWithoutIds,
  withCurrentIds,
} from "../support/undo-values.ts";

type UndoStep = Extract<HistoryStep, { kind: "undo" }>;

/** A recorded run, with the values in Front before and after it. */
interface Run {
  readonly applied: AppliedPlan;
  /** The values when the run was planned. */
  readonly planned: Values;
  readonly before: Values;
  readonly after: Values;
  /** True if every operation was performed. */
  readonly isComplete: boolean;
}

/** The codes of warnings that an undo can have although it restores everything. */
const CODES_OF_COMPLETE_UNDOS = ["undo-created-again", "undo-list-created-again", "undo-account-unknown"];

type AppliedReport = Parameters<typeof appliedPlan>[1];

class History {
  readonly #sample: Sample<UndoHistory>;
  readonly #runs: Run[] = [];

  constructor(sample: Sample<UndoHistory>) {
    this.#sample = sample;
  }

  async perform(step: HistoryStep): Promise<void> {
    const { environment } = this.#sample;
    if (step.kind === "edit") for (const edit of step.edits) await performFrontEdit(edit, environment);
    else if (step.kind === "apply") await this.#apply(step);
    else await this.#undo(step);
  }

  async #apply({ configuration, interruption }: Extract<HistoryStep, { kind: "apply" }>): Promise<void> {
    const { environment, scenario, policy } = this.#sample;
    const before = await readUndoValues(environment);
    const plan = await environment.plan(scenario.configurations[configuration] ?? scenario.configurations[0], policy);
    if (errorsOf(plan).length > 0) return;
    await this.#record(plan, await this.#send(plan, interruption), { planned: before, before });
  }

  async #send(plan: Plan, interruption: number | undefined): Promise<AppliedReport> {
    const { environment } = this.#sample;
    if (interruption !== undefined) return await environment.applyWithLostConnection(plan, interruption);
    const { report, verification } = await environment.applyAndVerify(plan);
    if (report.results.every(({ status }) => status === "applied")) expect(errorsOf(verification)).toEqual([]);
    return report;
  }

  async #record(plan: Plan, report: AppliedReport, values: Pick<Run, "planned" | "before">): Promise<Run> {
    const applied = { ...appliedPlan(plan, report), name: `run ${this.#runs.length}` };
    const isComplete = report.results.every(({ status }) => status === "applied");
    const run = { applied, ...values, after: await readUndoValues(this.#sample.environment), isComplete };
    if (plan.operations.length > 0) this.#runs.push(run);
    return run;
  }

  get #currentIds() {
    return currentIdsAfter(this.#runs.map(({ applied }) => applied).reverse());
  }

  async #planUndo({ applied }: Run, step: UndoStep): Promise<UndoPlan> {
    const { allowRemovals, target } = step;
    const currentIds = this.#currentIds;
    const undone = { ...applied, ...(isWithoutResults(step) && { results: undefined }), currentIds };
    const undos = this.#runs.flatMap(({ applied: other }) =>
      other.plan.undoes === applied.name ? [{ ...other, currentIds }] : [],
    );
    const createdByOthers = idsCreatedByOthers(
      undone,
      this.#runs.map((other) => other.applied),
    );
    const options = { allowRemovals, earlierUndos: undos, createdByOthers };
    const all = await planUndoIn(this.#sample.environment, undone, options);
    const { address } = (target === undefined ? undefined : all.plan.changes[target]) ?? {};
    if (address === undefined) return all;
    const policy = { ...UNGUARDED, targets: { only: [address] } };
    return await planUndoIn(this.#sample.environment, undone, options, policy);
  }

  async #undo(step: UndoStep): Promise<void> {
    const { environment } = this.#sample;
    const run = this.#runs.at(-1 - step.back);
    if (run === undefined) return;
    const current = await readUndoValues(environment);
    const undo = await this.#planUndo(run, step);
    // A contact must have a handle at every step, so some swaps of handles cannot be undone.
    const errors = errorsOf(undo.plan).filter(({ code }) => code !== "handle-move-stuck");
    expect(errors).toEqual([]);
    if (errorsOf(undo.plan).length > 0) return;
    const { plan, report, edited } = await this.#applyUndo(undo, step);
    const performed = await this.#record(plan, report, { planned: current, before: edited });
    const [before, applied] = [valuesBefore(run, step), run.after].map((values) =>
      withCurrentIds(values, this.#currentIds),
    );
    if (before === undefined || applied === undefined) return;
    const undone = performed.after;
    // An apply notices links that were made before its plan, but not those that were made during the approval.
    const isLink = (path: string) => path.includes(" account ");
    const hasNewLinks = step.confirmation === "prompt" && differingPaths(current, edited).some(isLink);
    const lost = lostIn({ before, applied, edited, undone }, { showsLinks: this.#showsAccounts && !hasNewLinks });
    expect(lost.filter((path) => !isUncertain(path, run.applied))).toEqual([]);
    expect(createdIn(edited, undone).length).toBeLessThanOrEqual(deletionsIn(run.applied.plan));
    const [changed, planned] = [changedIn(edited, undone), plannedPaths(plan)];
    expect(changed.filter((path) => !planned.includes(path))).toEqual([]);
    if (differingPaths(current, edited).length > 0 || step.interruption !== undefined) return;
    expect(performed.isComplete).toBe(true);
    const remaining = planned.filter((path) => undone.has(pathOf(path.split(" ")[0] ?? "", "exists")));
    expect(remaining.filter((path) => !changed.includes(path))).toEqual([]);
    await this.#expectUndone(run, step, { plan: undo.plan, isLatest: differingPaths(run.after, current).length === 0 });
  }

  get #showsAccounts(): boolean {
    return this.#sample.scenario.behavior.accountOnContacts === "always";
  }

  /** Applies an undo. In the result, `edited` contains the values in Front immediately before the apply. */
  async #applyUndo({ plan, desired }: UndoPlan, { edits, confirmation, interruption }: UndoStep) {
    const { environment } = this.#sample;
    const { saved } = decodePlan(encodePlan(plan, desired, { version: "1.2.3", now: 0 }), "plan.json");
    if (saved === undefined) throw new Error("the plan cannot be read");
    for (const edit of confirmation === "none" ? [] : edits) await performFrontEdit(edit, environment);
    const edited = await readUndoValues(environment);
    if (confirmation === "none") return { plan, report: await this.#send(plan, interruption), edited };
    if (confirmation === "prompt") {
      environment.advanceMinute();
      const revalidate = revalidationOf(plan, desired, environment.connect());
      const report = await environment.apply(plan, { revalidate, validatedAt: Number.NEGATIVE_INFINITY });
      return { plan, report, edited };
    }
    const { plan: remaining, refusals } = revalidatePlan(saved, await environment.read(saved.desired));
    if (edits.length === 0) expect([refusals, idsOf(remaining)]).toEqual([[], idsOf(plan)]);
    return { plan: remaining, report: await this.#send(remaining, interruption), edited };
  }

  async #expectUndone(
    run: Run,
    step: UndoStep,
    { plan, isLatest }: { readonly plan: Plan; readonly isLatest: boolean },
  ) {
    const { plan: second } = await this.#planUndo(run, { ...step, target: undefined });
    // A handle that moved to a created contact can move back only after that contact is deleted.
    const deletesContact = plan.operations.some(({ kind }) => kind === "delete-contact");
    if (step.target === undefined && !deletesContact) expect(operationsOf(second)).toEqual([]);
    const codes = codesOf(plan).filter((code) => !CODES_OF_COMPLETE_UNDOS.includes(code));
    // If someone edited values between the plan and the apply, some of these edits stay, and others are undone.
    if (differingPaths(run.planned, run.before).length > 0) return;
    // A later apply may have created another list with the same name, which the undo does not change.
    if (step.back > 0 && run.applied.plan.operations.some(({ kind }) => kind === "create-list")) return;
    if (!(isLatest && run.isComplete && step.allowRemovals && step.target === undefined && codes.length === 0)) return;
    // If Front does not return the account of a contact, the previous account is unknown (docs/undo.md).
    const losesAccount =
      !this.#showsAccounts || plan.diagnostics.some(({ summary }) => summary.includes("without its account"));
    // A link that Front made because of an email address stays when the undo removes the address.
    const mayLink = plan.operations.some(({ kind }) => kind === "remove-handle");
    const restored = (values: Values) =>
      valuesWithoutIds(values).filter((path) => !((losesAccount || mayLink) && path.includes(" account ")));
    expect(restored(await readUndoValues(this.#sample.environment))).toEqual(restored(run.before));
  }
}

/**
 * Returns whether a step undoes a run by its plan file, which contains no results. Only the latest run is undone in this
 * way, because the undo could confuse resources with those that a later run created with the same values.
 */
function isWithoutResults({ isFile, back }: UndoStep): boolean {
  return isFile && back === 0;
}

/**
 * Returns the values that the undo restores. Without results, the undo also reverts the planned changes that someone
 * else made before the run. With results, it reverts only such changes to memberships, because the run made them again.
 */
function valuesBefore({ planned, before }: Run, step: UndoStep): Values {
  if (isWithoutResults(step)) return planned;
  const isMembership = (path: string) => / (lists|account) /.test(path);
  return new Map([
    ...[...before].filter(([path]) => !isMembership(path)),
    ...[...planned].filter(([path]) => isMembership(path)),
  ]);
}

/** The attributes that each kind of operation changes. */
const ATTRIBUTES: { readonly [Kind in Operation["kind"]]?: readonly string[] } = {
  "update-contact": ["name", "description", "custom_fields", "links"],
  "update-account": ["name", "description", "custom_fields", "domains"],
  "add-handle": ["handles"],
  "remove-handle": ["handles"],
  "add-to-list": ["lists"],
  "remove-from-list": ["lists"],
  "link-account": ["account"],
  "unlink-account": ["account"],
};

/** Returns whether an operation with an unknown outcome may have changed a value. The undo then restores the value. */
function isUncertain(path: string, { plan, results = [] }: AppliedPlan): boolean {
  const unknownIds = new Set(results.filter(({ status }) => status === "unknown").map(({ operation }) => operation));
  const [id = "", attribute = ""] = path.split(" ");
  return plan.operations.some(
    (operation) =>
      unknownIds.has(operation.id) &&
      ATTRIBUTES[operation.kind]?.includes(attribute) &&
      JSON.stringify(operation).includes(`"${id}"`),
  );
}

function deletionsIn({ operations }: Plan): number {
  return operations.filter(({ kind }) => kind === "delete-contact" || kind === "delete-account").length;
}

/** Returns the paths of the values that a plan changes in existing contacts and accounts, except for links to accounts. */
function plannedPaths({ changes }: Plan): string[] {
  return changes.flatMap((change) =>
    change.differences.flatMap(({ attribute, key }) => {
      if (attribute === "members") return [pathOf(key, "lists", change.name)];
      if (change.id === undefined || change.action !== "update" || attribute === "account") return [];
      return [pathOf(change.id, attribute, ...(key === undefined ? [] : [key]))];
    }),
  );
}

// Each run tests the same histories, because the test fails for histories that some other seeds generate.
const testHistories = createPropertyTest(test, undoHistories, { seed: 2, numRuns: 25 });

testHistories(
  "in a series of applies, edits and undos, an undo restores what it can, and does not overwrite edits",
  120,
  async (sample) => {
    const history = new History(sample);
    for (const step of sample.scenario.steps) await history.perform(step);
  },
);
