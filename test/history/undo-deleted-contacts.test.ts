import { expect, test } from "@jest/globals";
import { desiredContact, desiredState, handle } from "../support/builders.ts";
import { withTestEnvironment } from "../support/test-environment.ts";
import { appliedPlan, planUndoIn } from "../support/undo.ts";

test.each([
  ["creates a contact again that the run deleted", false, ["create-contact front_contact.gone"]],
  ["does not create a contact again that a teammate deleted before the run could delete it", true, []],
])("an undo %s", (_, isDeletedByTeammate, operations) =>
  withTestEnvironment({}, async (environment) => {
    const id = await environment.createContact([handle("ada@x.example")]);
    const plan = await environment.plan(
      desiredState([desiredContact("ada@x.example", { key: "gone", ensure: "absent" })]),
    );
    if (isDeletedByTeammate) await environment.request("DELETE", `/contacts/${id}`);
    const { report, verification } = await environment.applyAndVerify(plan);
    expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
    expect(verification.diagnostics).toEqual([]);
    const { plan: undo } = await planUndoIn(environment, appliedPlan(plan, report));
    expect(undo.operations.map((operation) => operation.id)).toEqual(operations);
  }),
);

test("an undo keeps a created contact that got a handle after the run, even if its entry declares a handle twice", () =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(desiredState([desiredContact(["ada@x.example", "ada@x.example"])]));
    const applied = appliedPlan(plan, await environment.apply(plan));
    const kindsOf = async () => (await planUndoIn(environment, applied)).plan.operations.map(({ kind }) => kind);
    expect(await kindsOf()).toEqual(["delete-contact"]);
    const [ada] = await environment.contacts();
    await environment.request("POST", `/contacts/${ada?.["id"]}/handles`, handle("ada@y.example"));
    expect(await kindsOf()).toEqual([]);
  }));
