import { expect, test } from "@jest/globals";
import type { ApplyReport } from "../../src/applying/apply.ts";
import type { Behavior, Seed } from "../../src/emulator/index.ts";
import { declaredAccount, desiredContact, desiredState, handle, locationAt } from "../support/builders.ts";
import { FULL_PAGES } from "../support/emulator.ts";
import { expectConverged } from "../support/scenarios.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";

const SEED: Seed = {
  account_custom_fields: [
    { name: "Tier", type: "string" },
    { name: "Since", type: "datetime" },
    { name: "Other", type: "string" },
  ],
};

function withAccountFields(run: (environment: TestEnvironment) => Promise<void>, behavior: Partial<Behavior> = {}) {
  return withTestEnvironment({ seed: SEED, behavior: { ...FULL_PAGES, ...behavior } }, run);
}

const ACME = declaredAccount("acme", {
  name: "Acme",
  description: "Rockets",
  domains: ["acme.example"],
  externalId: "A-1",
  customFields: { Tier: "Gold", Since: "2020-01-02" },
});
const IN_ACME = { account: { externalId: "A-1", location: locationAt(9) } };

function outcomes({ results }: ApplyReport): string[] {
  return results.map(({ operation, status }) => `${operation.kind}: ${status}`);
}

test("an account is created, and existing and new contacts are linked to it", () =>
  withAccountFields(async (environment) => {
    const ada = await environment.createContact([handle("ada@x.example")]);
    await environment.createContact([handle("eve@acme.example")]);
    const desired = desiredState([desiredContact("ada@x.example", IN_ACME), desiredContact("bob@x.example", IN_ACME)], {
      accounts: [ACME],
    });
    const plan = await environment.plan(desired);
    const { report, verification, requestCount } = await environment.applyAndVerify(plan);
    expect(outcomes(report)).toEqual([
      "create-account: applied",
      "create-contact: applied",
      "link-account: applied",
      "link-account: applied",
    ]);
    expect(verification).toMatchObject({ complete: true, resources: 3 });
    expect(requestCount).toBe(plan.requests.total);
    expect(await environment.accounts()).toEqual([
      {
        name: "Acme",
        description: "Rockets",
        domains: ["acme.example"],
        external_id: "A-1",
        custom_fields: { Tier: "Gold", Since: 1577923200 },
      },
    ]);
    const [id] = (await environment.request("GET", "/accounts"))._results.map((account: { id: string }) => account.id);
    const members = await environment.memberIds(`/accounts/${id}`);
    expect(members).toHaveLength(3);
    expect(members).toContain(ada);
    await expectConverged({ environment, desired });
  }));

test("an update preserves undeclared domains and custom fields of an account, including changes made after the plan", () =>
  withAccountFields(async (environment) => {
    const { id } = await environment.request("POST", "/accounts", {
      name: "Old",
      domains: ["kept.example"],
      external_id: "A-1",
      custom_fields: { Other: "kept" },
    });
    const plan = await environment.plan(desiredState([], { accounts: [ACME] }));
    const patch = { domains: ["kept.example", "late.example"], custom_fields: { Other: "late" } };
    environment.beforeNext(`GET /accounts/${id}`, () => environment.request("PATCH", `/accounts/${id}`, patch));
    const { report, verification, requestCount } = await environment.applyAndVerify(plan);
    expect(outcomes(report)).toEqual(["update-account: applied"]);
    expect(verification.complete).toBe(true);
    expect(requestCount).toBe(plan.requests.total);
    expect(await environment.accounts()).toEqual([
      {
        name: "Acme",
        description: "Rockets",
        external_id: "A-1",
        domains: ["kept.example", "late.example", "acme.example"],
        custom_fields: { Other: "late", Tier: "Gold", Since: 1577923200 },
      },
    ]);
  }));

test("a value of an account that changed after the plan is not overwritten", () =>
  withAccountFields(async (environment) => {
    const { id } = await environment.request("POST", "/accounts", { name: "Old", external_id: "A-1" });
    const plan = await environment.plan(desiredState([], { accounts: [ACME] }));
    await environment.request("PATCH", `/accounts/${id}`, { name: "Renamed" });
    const { results } = await environment.apply(plan);
    expect(results).toMatchObject([{ status: "failed", message: "name changed in Front after this plan" }]);
    expect(await environment.accounts()).toMatchObject([{ name: "Renamed", domains: [] }]);
  }));

test.each(["refuse", "allow"] as const)(
  "one account remains if two runs create it at the same time and Front would %s a second account",
  (sameAccount) =>
    withAccountFields(
      async (environment) => {
        await environment.createContact([handle("ada@x.example")]);
        await environment.createContact([handle("eve@acme.example")]);
        const desired = desiredState([desiredContact("ada@x.example", IN_ACME)], { accounts: [ACME] });
        const [plan, otherPlan] = [await environment.plan(desired), await environment.plan(desired)];
        let otherRun: Promise<ApplyReport> | undefined;
        environment.beforeNext("POST /accounts", () => {
          otherRun = environment.apply(otherPlan);
        });
        const first = await environment.apply(plan);
        const second = await otherRun;
        expect(outcomes(first)).toEqual(["create-account: applied", "link-account: applied"]);
        expect(second && outcomes(second)).toEqual(["create-account: applied", "link-account: applied"]);
        expect(await environment.accounts()).toHaveLength(1);
        await expectConverged({ environment, desired });
      },
      { sameAccount },
    ),
);

test("an account that someone created with different values is not changed", () =>
  withAccountFields(async (environment) => {
    const plan = await environment.plan(desiredState([], { accounts: [ACME] }));
    const { id } = await environment.request("POST", "/accounts", { name: "Acme Ltd", domains: ["acme.example"] });
    const { results } = await environment.apply(plan);
    expect(results).toMatchObject([{ status: "failed", message: expect.stringContaining(id) }]);
    expect(await environment.accounts()).toMatchObject([{ name: "Acme Ltd" }]);
  }));

test("the outcome of a creation is unknown if Front cannot be read afterward", () =>
  withAccountFields(async (environment) => {
    const plan = await environment.plan(desiredState([], { accounts: [ACME] }));
    environment.emulator.faults = [{ kind: "status", status: 403, method: "GET", path: "/accounts", nth: 2 }];
    expect(outcomes(await environment.apply(plan))).toEqual(["create-account: unknown"]);
    expect(await environment.accounts()).toHaveLength(1);
  }));

test("the outcome of a creation is unknown if the connection is closed and someone else created the same account", () =>
  withAccountFields(async (environment) => {
    const plan = await environment.plan(desiredState([], { accounts: [ACME] }));
    const theirs = { name: "Theirs", external_id: "A-1" };
    environment.beforeNext("POST", () => environment.request("POST", "/accounts", theirs));
    environment.emulator.faults = [{ kind: "reset-before", method: "POST", path: "/accounts", nth: 1 }];
    expect(outcomes(await environment.apply(plan))).toEqual(["create-account: unknown"]);
  }));

const ABSENT = desiredState([], { accounts: [declaredAccount("acme", { ensure: "absent", externalId: "A-1" })] });

test.each(["GET", "DELETE"])("a deletion succeeds if someone deletes the account before the %s request", (method) =>
  withAccountFields(async (environment) => {
    const { id } = await environment.request("POST", "/accounts", { name: "Acme", external_id: "A-1" });
    const plan = await environment.plan(ABSENT);
    const path = method === "GET" ? `/accounts/${id}/contacts` : `/accounts/${id}`;
    environment.beforeNext(`${method} ${path}`, () => environment.request("DELETE", `/accounts/${id}`));
    expect(outcomes(await environment.apply(plan))).toEqual(["delete-account: applied"]);
    expect(await environment.accounts()).toEqual([]);
  }),
);

test("the contacts of a deleted account are not deleted", () =>
  withAccountFields(async (environment) => {
    await environment.createContact([handle("ada@acme.example")], { name: "Ada" });
    await environment.request("POST", "/accounts", { name: "Acme", domains: ["acme.example"], external_id: "A-1" });
    const plan = await environment.plan(ABSENT);
    expect(plan.changes).toMatchObject([{ action: "delete", notes: ["it has 1 contact"] }]);
    const { report, verification, requestCount } = await environment.applyAndVerify(plan);
    expect(outcomes(report)).toEqual(["delete-account: applied"]);
    expect(verification).toMatchObject({ complete: true, resources: 1 });
    expect(requestCount).toBe(plan.requests.total);
    expect(await environment.accounts()).toEqual([]);
    expect(await environment.contacts()).toMatchObject([{ name: "Ada" }]);
    await expectConverged({ environment, desired: ABSENT });
  }));

test.each([
  [
    "was renamed after the plan",
    (environment: TestEnvironment, id: string) => environment.request("PATCH", `/accounts/${id}`, { name: "Other" }),
  ],
  [
    "received a contact after the plan",
    async (environment: TestEnvironment, id: string) => {
      const ada = await environment.createContact([handle("ada@x.example")]);
      await environment.request("POST", `/accounts/${id}/contacts`, { contact_ids: [ada] });
    },
  ],
  [
    "received a contact in place of another one after the plan",
    async (environment: TestEnvironment, id: string) => {
      const contacts = `/accounts/${id}/contacts`;
      const eve = await environment.createContact([handle("eve@x.example")]);
      await environment.request("DELETE", contacts, { contact_ids: await environment.memberIds(`/accounts/${id}`) });
      await environment.request("POST", contacts, { contact_ids: [eve] });
    },
  ],
])("an account that %s is not deleted", (_, edit) =>
  withAccountFields(async (environment) => {
    const { id } = await environment.request("POST", "/accounts", { name: "Acme", external_id: "A-1" });
    const bob = await environment.createContact([handle("bob@x.example")]);
    await environment.request("POST", `/accounts/${id}/contacts`, { contact_ids: [bob] });
    const plan = await environment.plan(ABSENT);
    await edit(environment, id);
    const report = await environment.apply(plan);
    expect(outcomes(report)).toEqual(["delete-account: failed"]);
    expect(report.results).toMatchObject([{ advice: expect.stringMatching(/^(?!.*run plan again)/i) }]);
    expect(await environment.accounts()).toHaveLength(1);
  }),
);

test("an account is deleted even if the same apply creates and updates contacts with its domain", () =>
  withAccountFields(async (environment) => {
    await environment.request("POST", "/accounts", { name: "Acme", external_id: "A-1", domains: ["acme.example"] });
    const ada = await environment.createContact([handle("ada@x.example")]);
    const contacts = [
      desiredContact("new@acme.example"),
      desiredContact(["ada@x.example", "ada@acme.example"], { id: ada }),
    ];
    const report = await environment.planAndApply({ ...ABSENT, contacts });
    expect(new Set(report.results.map(({ status }) => status))).toEqual(new Set(["applied"]));
    expect(await environment.accounts()).toEqual([]);
  }));

test.each([
  ["is created", undefined],
  ["receives the domain of the contact", { name: "Acme", external_id: "A-1" }],
])("a contact that Front links to an account that %s is deleted in the predicted number of requests", (_, existing) =>
  withAccountFields(async (environment) => {
    await environment.createContact([handle("ada@acme.example")]);
    if (existing) await environment.request("POST", "/accounts", existing);
    const contacts = [desiredContact("ada@acme.example", { ensure: "absent" })];
    const plan = await environment.plan(desiredState(contacts, { accounts: [ACME] }));
    const { report, verification, requestCount } = await environment.applyAndVerify(plan);
    expect(outcomes(report)).toEqual([`${existing ? "update" : "create"}-account: applied`, "delete-contact: applied"]);
    expect(verification.complete).toBe(true);
    expect(requestCount).toBe(plan.requests.total);
  }),
);

test("verification reports values that are no longer in Front", () =>
  withAccountFields(async (environment) => {
    const { id } = await environment.request("POST", "/accounts", { name: "Old", external_id: "A-1" });
    const plan = await environment.plan(desiredState([], { accounts: [ACME] }));
    const report = await environment.apply(plan);
    await environment.request("PATCH", `/accounts/${id}`, { domains: [], custom_fields: {} });
    const { complete, diagnostics } = await environment.verify(plan, report);
    expect(complete).toBe(false);
    expect(diagnostics.map(({ summary }) => summary)).toEqual([
      "front_account.acme is not as planned: domain acme.example is missing in Front",
      'front_account.acme is not as planned: custom field Tier is empty in Front instead of "Gold"',
      'front_account.acme is not as planned: custom field Since is empty in Front instead of "2020-01-02"',
    ]);
  }));

test("five accounts are created in the predicted number of requests, and verified with one listing", () =>
  withAccountFields(async (environment) => {
    const accounts = Array.from({ length: 5 }, (_, index) =>
      declaredAccount(`a${index}`, { domains: [`a${index}.example`], externalId: `A-${index}` }),
    );
    const plan = await environment.plan(desiredState([], { accounts }));
    expect(plan.coverage.requests).toBe(2);
    expect(plan.requests.byKind).toEqual({ "create-account": 5, read: 6, verification: 1 });
    const { verification, requestCount } = await environment.applyAndVerify(plan);
    expect(verification).toMatchObject({ complete: true, resources: 5 });
    expect(requestCount).toBe(plan.requests.total);
  }));

test("without accounts:read, a plan changes contacts and warns that accounts are not compared", () =>
  withAccountFields(async (environment) => {
    const desired = desiredState([desiredContact("ada@x.example", { name: "Ada", ...IN_ACME })], { accounts: [ACME] });
    environment.emulator.faults = [{ kind: "status", status: 403, path: "/accounts" }];
    const { changes, diagnostics } = await environment.plan(desired);
    expect(changes.map(({ address }) => address)).toEqual(["front_contact.ada"]);
    expect(diagnostics).toMatchObject([
      {
        severity: "warning",
        code: "scope-missing",
        summary: "1 account and the account of 1 contact are neither compared nor changed",
        advice:
          "Front responded: The emulator was configured to send this error. The token needs the scope accounts:read. Add it in Front under Settings, Developers.",
      },
    ]);
    const linked = ["ada@x.example", "bob@x.example"].map((email) => desiredContact(email, IN_ACME));
    environment.emulator.faults = [{ kind: "status", status: 403, path: "/accounts" }];
    expect((await environment.plan(desiredState(linked, { accounts: [ACME] }))).diagnostics).toMatchObject([
      { summary: "1 account and the accounts of 2 contacts are neither compared nor changed" },
    ]);
    const body = { _error: { status: 403, title: "Forbidden", message: "Your plan does not include accounts" } };
    environment.emulator.faults = [{ kind: "status", status: 403, path: "/accounts", body }];
    expect((await environment.plan(desired)).diagnostics).toMatchObject([
      {
        code: "scope-missing",
        advice: expect.stringMatching(/^Front responded: Your plan does not include accounts\. Change .*subscription/),
      },
    ]);
  }));

test("without accounts:read, a plan that only restores the account of a contact warns that accounts are not compared", () =>
  withAccountFields(async (environment) => {
    environment.emulator.faults = [{ kind: "status", status: 403, path: "/accounts/acc_1" }];
    const contact = desiredContact("ada@x.example", { restoredAccounts: ["acc_1"] });
    const { diagnostics } = await environment.plan(desiredState([contact]));
    expect(diagnostics.map(({ summary }) => summary)).toEqual(["Accounts are neither compared nor changed"]);
  }));
