import { expect, test } from "@jest/globals";
import type { AppliedPlan } from "../../src/history/undo/applied-plan.ts";
import { idsCreatedByOthers } from "../../src/history/undo/current-ids.ts";
import { declaredAccount, desiredContact, desiredState } from "../support/builders.ts";
import { withTestEnvironment } from "../support/test-environment.ts";
import { appliedPlan, planUndoIn } from "../support/undo.ts";

test.each([
  {
    resource: "a contact",
    desired: desiredState([desiredContact("ada@x.example", { name: "Ada" })]),
    deletion: "delete-contact front_contact.ada",
  },
  {
    resource: "an account",
    desired: desiredState([], { accounts: [declaredAccount("acme", { name: "Acme", domains: ["acme.example"] })] }),
    deletion: "delete-account front_account.acme",
  },
])("an undo of a creation with an unknown outcome keeps $resource that a later run created", ({ desired, deletion }) =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(desired);
    const unknown = plan.operations.map(({ id }) => ({ operation: id, status: "unknown" as const }));
    const interrupted: AppliedPlan = { name: "run 1", plan, results: unknown };
    const later = { ...appliedPlan(plan, await environment.apply(plan)), name: "run 2" };
    const undo = async (applied: AppliedPlan, other: AppliedPlan = later) => {
      const createdByOthers = idsCreatedByOthers(applied, [other, interrupted]);
      const { plan: undoPlan } = await planUndoIn(environment, applied, { createdByOthers });
      return undoPlan.operations.map(({ id }) => id);
    };
    expect(await undo(interrupted)).toEqual([]);
    expect(await undo(later)).toEqual([deletion]);
    // The later run did not create the resource if it reported that the resource already existed.
    const alreadyDone = later.results?.map((result) => ({ ...result, already_done: true as const }));
    expect(await undo(interrupted, { ...later, results: alreadyDone })).toEqual([deletion]);
    // The plan file of a run is undone without its results.
    expect(await undo({ name: "plan.json", plan, results: undefined })).toEqual([deletion]);
  }),
);
