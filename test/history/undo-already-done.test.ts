import { expect, test } from "@jest/globals";
import { revalidationOf } from "../../src/history/revalidate.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { declaredAccount, desiredContact, desiredState, handle, locationAt } from "../support/builders.ts";
import { errorsOf } from "../support/scenarios.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";
import { appliedPlan, planUndoIn } from "../support/undo.ts";

/**
 * Plans, calls `edit` while the plan waits for approval, and applies the plan. Returns the IDs of the operations that
 * undo the apply.
 */
async function planUndoAfterEdit(environment: TestEnvironment, edit: () => Promise<unknown>) {
  const desired = desiredState([
    desiredContact("ada@x.example", { name: "Ada" }),
    desiredContact("bob@x.example", { name: "Bob" }),
  ]);
  const plan = await environment.plan(desired);
  environment.advanceMinute();
  await edit();
  const revalidate = revalidationOf(plan, desired, environment.connect());
  const report = await environment.apply(plan, { revalidate, validatedAt: Number.NEGATIVE_INFINITY });
  expect(report.results.map(({ status }) => status)).toEqual(["applied", "applied"]);
  const { plan: undo } = await planUndoIn(environment, appliedPlan(plan, report));
  return undo.operations.map(({ id }) => id);
}

test("an undo keeps a value that someone else set while the apply waited for approval", () =>
  withTestEnvironment({}, async (environment) => {
    const ada = await environment.createContact([handle("ada@x.example")], { name: "Eva" });
    await environment.createContact([handle("bob@x.example")], { name: "Rob" });
    const edit = () => environment.request("PATCH", `/contacts/${ada}`, { name: "Ada" });
    expect(await planUndoAfterEdit(environment, edit)).toEqual(["update-contact front_contact.bob"]);
  }));

test("an undo keeps a contact that someone else created while the apply waited for approval", () =>
  withTestEnvironment({}, async (environment) => {
    const edit = () => environment.createContact([handle("ada@x.example")], { name: "Ada" });
    expect(await planUndoAfterEdit(environment, edit)).toEqual(["delete-contact front_contact.bob"]);
  }));

test.each([
  {
    kept: "a domain",
    values: { domains: ["acme.example", "more.example"] },
    restored: { name: "Old", domains: ["acme.example", "more.example"] },
  },
  { kept: "the name", values: { name: "Acme" }, restored: { name: "Acme", domains: ["acme.example"] } },
  {
    kept: "the name and a domain",
    values: { name: "Acme", domains: ["acme.example", "more.example"] },
    restored: { name: "Acme", domains: ["acme.example", "more.example"] },
  },
])("an undo keeps $kept of an account that someone else set between the plan and the apply", ({ values, restored }) =>
  withTestEnvironment({}, async (environment) => {
    const { id } = await environment.request("POST", "/accounts", { name: "Old", domains: ["acme.example"] });
    const entry = declaredAccount("acme", { name: "Acme", domains: ["acme.example", "more.example"] });
    const plan = await environment.plan(desiredState([], { accounts: [entry] }));
    await environment.request("PATCH", `/accounts/${id}`, values);
    const { report } = await environment.applyAndVerify(plan);
    expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
    const { plan: undo } = await planUndoIn(environment, appliedPlan(plan, report));
    await environment.applyAndVerify(undo);
    expect(await environment.accounts()).toEqual([expect.objectContaining(restored)]);
  }),
);

const LINKS = ["https://old.example/", "https://ada.example/"];
const PLANNED = { custom_fields: { "Job Title": "Buyer", Location: "Rome" }, links: LINKS };
const BEFORE = { custom_fields: { "Job Title": "Clerk", Location: "Oslo" }, links: LINKS.slice(0, 1) };

test.each([
  { kept: "a link", edit: { links: LINKS }, restored: { ...BEFORE, links: LINKS } },
  {
    kept: "a custom field",
    edit: { custom_fields: { "Job Title": "Buyer", Location: "Oslo" } },
    restored: { ...BEFORE, custom_fields: { "Job Title": "Buyer", Location: "Oslo" } },
  },
  { kept: "custom fields and a link", edit: PLANNED, restored: PLANNED },
])("an undo keeps $kept that someone else set between the plan and the apply", ({ edit, restored }) =>
  withTestEnvironment({}, async (environment) => {
    const id = await environment.createContact([handle("ada@x.example")], BEFORE);
    const links = ["https://ada.example/"];
    const desired = desiredState([desiredContact("ada@x.example", { customFields: PLANNED.custom_fields, links })]);
    await undoAfterEdit(environment, desired, () => environment.request("PATCH", `/contacts/${id}`, edit));
    expect(await environment.request("GET", `/contacts/${id}`)).toMatchObject(restored);
  }),
);

test("an undo keeps a contact that someone else created between the plan and the apply", () =>
  withTestEnvironment({}, async (environment) => {
    const desired = desiredState([desiredContact("ada@x.example", { name: "Ada" })]);
    const create = () => environment.createContact([handle("ada@x.example")], { name: "Ada" });
    expect(await undoAfterEdit(environment, desired, create)).toEqual([]);
    expect(await environment.contacts()).toHaveLength(1);
  }));

const ACME = { name: "Acme", domains: ["acme.example"] };
const IN_ACME = desiredContact("ada@x.example", { account: { domain: "acme.example", location: locationAt(9) } });

/** Applies a plan after `edit`, undoes the apply, and returns the kinds of the operations of the undo. */
async function undoAfterEdit(environment: TestEnvironment, desired: DesiredState, edit: () => Promise<unknown>) {
  const plan = await environment.plan(desired);
  await edit();
  const { report, verification } = await environment.applyAndVerify(plan);
  expect([report.results.map(({ status }) => status), errorsOf(verification)]).toEqual([
    plan.operations.map(() => "applied"),
    [],
  ]);
  const { plan: undo } = await planUndoIn(environment, appliedPlan(plan, report));
  await environment.applyAndVerify(undo);
  return undo.operations.map(({ kind }) => kind);
}

test("an undo keeps an account that someone else created before the apply, and unlinks the contacts that the apply linked", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    const desired = desiredState([IN_ACME], { accounts: [declaredAccount("acme", ACME)] });
    const create = () => environment.request("POST", "/accounts", ACME);
    expect(await undoAfterEdit(environment, desired, create)).toEqual(["unlink-account"]);
    expect(await environment.accounts()).toEqual([expect.objectContaining(ACME)]);
  }));

test("an undo does not create an account again that someone else deleted before the apply", () =>
  withTestEnvironment({}, async (environment) => {
    const { id } = await environment.request("POST", "/accounts", ACME);
    const entry = declaredAccount("acme", { ensure: "absent", domains: ["acme.example"] });
    const remove = () => environment.request("DELETE", `/accounts/${id}`);
    expect(await undoAfterEdit(environment, desiredState([], { accounts: [entry] }), remove)).toEqual([]);
    expect(await environment.accounts()).toEqual([]);
  }));

test("an undo keeps a list that someone else created before the apply, and removes the contacts that the apply added", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    const desired = desiredState([desiredContact("ada@x.example", { lists: ["New"] })], { lists: ["New"] });
    expect(await undoAfterEdit(environment, desired, () => environment.createList("New"))).toEqual([
      "remove-from-list",
    ]);
  }));

test("an undo does not create a list again that someone else deleted before the apply", () =>
  withTestEnvironment({}, async (environment) => {
    const id = await environment.createList("Old");
    await environment.createContact([handle("ada@x.example")], { list_names: ["Old"] });
    const desired = desiredState([], { lists: [{ name: "Old", ensure: "absent" as const }] });
    const remove = () => environment.request("DELETE", `/contact_lists/${id}`);
    expect(await undoAfterEdit(environment, desired, remove)).toEqual([]);
  }));
