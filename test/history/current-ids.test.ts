import { expect, test } from "@jest/globals";
import type { AppliedPlan } from "../../src/history/undo/applied-plan.ts";
import { currentIdsAfter } from "../../src/history/undo/current-ids.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { declaredAccount, desiredContact, desiredState, handle, locationAt } from "../support/builders.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";
import { appliedPlan, planUndoIn } from "../support/undo.ts";

/** Applies and undoes plans, and records the runs. */
class History {
  readonly #environment: TestEnvironment;
  readonly #runs: AppliedPlan[] = [];

  constructor(environment: TestEnvironment) {
    this.#environment = environment;
  }

  async apply(desired: DesiredState): Promise<AppliedPlan> {
    return await this.#record(await this.#environment.plan(desired));
  }

  /** Undoes a run, and returns the summaries of the plan's diagnostics. */
  async undo(run: AppliedPlan): Promise<string[]> {
    const currentIds = currentIdsAfter(this.#runs);
    const { plan } = await planUndoIn(this.#environment, { ...run, currentIds });
    await this.#record(plan);
    return plan.diagnostics.map(({ summary }) => summary);
  }

  async #record(plan: AppliedPlan["plan"]): Promise<AppliedPlan> {
    const { report } = await this.#environment.applyAndVerify(plan);
    expect(report.results.filter(({ status }) => status !== "applied")).toEqual([]);
    const run = { ...appliedPlan(plan, report), name: `run ${this.#runs.length}` };
    this.#runs.unshift(run);
    return run;
  }
}

const LISTS = [{ name: "Old" }];
const CHANGED = desiredState(
  [
    desiredContact("ada@x.example", {
      name: "New",
      lists: ["Old"],
      account: { domain: "acme.example", location: locationAt(9) },
    }),
  ],
  { lists: LISTS, accounts: [declaredAccount("acme", { name: "New", domains: ["acme.example"] })] },
);
const DELETED = desiredState([desiredContact("ada@x.example", { ensure: "absent" })], {
  lists: [{ name: "Old", ensure: "absent" as const }],
  accounts: [declaredAccount("acme", { ensure: "absent", domains: ["acme.example"] })],
});

async function membersOfAcme(environment: TestEnvironment): Promise<readonly string[]> {
  const { id } = await environment.request("GET", "/accounts/alt:domain:acme.example");
  return await environment.memberIds(`/accounts/${id}`);
}

test.each([
  ["always", []],
  ["never", ["The account of 1 contact before the run is unknown and is not restored"]],
] as const)(
  "a run can be undone after later runs deleted its contact, list and account and were undone (accountOnContacts %s)",
  (accountOnContacts, warnings) =>
    withTestEnvironment({ behavior: { accountOnContacts } }, async (environment) => {
      await environment.createList("Old");
      await environment.createContact([handle("ada@x.example")], { name: "Ada" });
      await environment.request("POST", "/accounts", { name: "Acme", domains: ["acme.example"] });
      const history = new History(environment);
      const run = await history.apply(CHANGED);
      for (const _ of [1, 2]) await history.undo(await history.apply(DELETED));
      expect(await membersOfAcme(environment)).toHaveLength(1);
      expect(await history.undo(run)).toEqual(warnings);
      expect(await environment.contacts()).toMatchObject([{ name: "Ada", lists: [] }]);
      expect(await environment.accounts()).toMatchObject([{ name: "Acme", domains: ["acme.example"] }]);
      expect(await membersOfAcme(environment)).toEqual([]);
    }),
);
