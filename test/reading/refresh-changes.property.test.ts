import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { DesiredState } from "../../src/model/contact.ts";
import type { Plan } from "../../src/model/plan.ts";
import { planChanges } from "../../src/planning/plan-changes.ts";
import type { Refresh } from "../../src/reading/contact-search.ts";
import { BEHAVIOR_OVERRIDES } from "../support/emulator.ts";
import { type FrontEdit, handleEdits, performFrontEdit } from "../support/front-edits.ts";
import { handleConflicts, isPlannable, scenariosOf } from "../support/handle-conflicts.ts";
import { createMemoryCache } from "../support/populated-company.ts";
import {
  behaviors,
  createPropertyTest,
  errorsOf,
  listRemoteContacts,
  type Sample,
  type Scenario,
} from "../support/scenarios.ts";

// Front does not list deleted contacts, so a deleted contact stays in the cache until a plan would change it.

interface EditedScenario extends Scenario {
  readonly desired: DesiredState;
  /** The configuration of the first reading. */
  readonly earlier: DesiredState;
  /** The edits before the second and before the third reading. */
  readonly edits: readonly (readonly FrontEdit[])[];
}

const plannable = handleConflicts.filter(isPlannable);
const behavior = behaviors.map((values) => ({ ...values, listChangesSetUpdatedAt: true, ...BEHAVIOR_OVERRIDES }));

const scenarios: fc.Arbitrary<EditedScenario> = fc
  .tuple(plannable, plannable, fc.constantFrom("same", "other", "base"), fc.tuple(handleEdits, handleEdits), behavior)
  .chain(([conflict, other, kind, edits, values]) => {
    const current = kind === "same" ? conflict : { ...conflict, entries: other.entries };
    const [earlierScenario, scenario] = [conflict, current].map((each) =>
      scenariosOf(fc.constant(each), fc.constant(values)),
    ) as [fc.Arbitrary<Scenario>, fc.Arbitrary<Scenario>];
    return fc.tuple(earlierScenario, scenario).map(([{ desired: earlier }, { desired, ...rest }]) => ({
      ...rest,
      edits,
      earlier: earlier as DesiredState,
      desired: kind === "base" ? withBase(desired as DesiredState, earlier as DesiredState) : (desired as DesiredState),
    }));
  });

function withBase(desired: DesiredState, { contacts, lists }: DesiredState): DesiredState {
  const base = { revision: "main", tree: `${"0".repeat(40)}:contacts`, overwrite: false, contacts, lists };
  return { ...desired, base };
}

async function planWith(
  refresh: Refresh,
  { environment, desired, policy }: Sample<EditedScenario>,
  readingCache = createMemoryCache(),
): Promise<Plan> {
  const { allowHandleMoves = false } = policy;
  const state = await environment.read(desired, undefined, { refresh, readingCache, allowHandleMoves });
  return planChanges(desired, state, policy);
}

function contentOf(plan: Plan) {
  const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort();
  return { operations: sorted(plan.operations), changes: sorted(plan.changes), errors: sorted(errorsOf(plan)) };
}

/** Performs edits so much later that a listing of changes contains no earlier change. */
async function editLater({ environment }: Sample<EditedScenario>, edits: readonly FrontEdit[]): Promise<void> {
  for (let minute = 0; minute < 3; minute += 1) environment.advanceMinute();
  for (const edit of edits) await performFrontEdit(edit, environment);
}

createPropertyTest(test, scenarios)(
  "a plan with --refresh changes equals the plan of a complete reading, unless a contact in the cache was deleted",
  40,
  async (sample) => {
    const { environment, scenario, randomNumber } = sample;
    // Most samples do not store the number of contacts. With this number, all pages would be read after a few changes.
    const cache = { ...createMemoryCache(), ...(randomNumber % 4 > 0 && { storeContactCount: () => {} }) };
    await editLater(sample, []);
    await planWith("changes", { ...sample, desired: scenario.earlier }, cache);
    for (const edits of scenario.edits) {
      await editLater(sample, edits);
      const ids = new Set((await listRemoteContacts(environment)).map(({ id }) => id));
      const isDeleted = cache.cachedContacts?.contacts.some(({ id }) => !ids.has(id)) ?? false;
      const found = contentOf(await planWith("changes", sample, cache));
      const complete = contentOf(await planWith("scan", sample));
      if (isDeleted) expect(complete.operations).toEqual(expect.arrayContaining(found.operations));
      else expect(found).toEqual(complete);
    }
  },
);
