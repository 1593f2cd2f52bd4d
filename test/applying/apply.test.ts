import { expect, test } from "@jest/globals";
import type { ApplyReport } from "../../src/applying/apply.ts";
import { changesOf } from "../../src/history/undo/run-changes.ts";
import { UserError } from "../../src/model/user-error.ts";
import type { Verification } from "../../src/verifying/verify.ts";
import {
  codesOf,
  declaredAccount,
  desiredContact,
  desiredState,
  handle,
  locationAt,
  statusesOf,
} from "../support/builders.ts";
import { PICTURES_AS_SENT } from "../support/emulator.ts";
import { portrait } from "../support/portrait.ts";
import { expectConverged } from "../support/scenarios.ts";
import { type TestEnvironment, withFullPages, withTestEnvironment } from "../support/test-environment.ts";
import { appliedPlan } from "../support/undo.ts";
import { WRITES } from "../support/writes.ts";

function messageOf({ results }: ApplyReport, id: string): string {
  const result = results.find(({ operation }) => operation.id === id);
  return result !== undefined && "message" in result ? result.message : "";
}

const emails = (count: number) => Array.from({ length: count }, (_, index) => `c${index}@x.example`);
const newContacts = (count: number) =>
  desiredState(emails(count).map((email) => desiredContact(email, { name: email })));

/** Expects a complete verification without mismatches. A value in a different format is not a mismatch. */
function expectVerified(verification: Verification): void {
  expect(verification.complete).toBe(true);
  expect(codesOf(verification).filter((code) => code !== "spelled-differently")).toEqual([]);
}

test.each(Object.entries(WRITES))(
  "%s is applied in the predicted number of requests, and unmanaged values are preserved",
  (_, { kind, setUp }) =>
    withFullPages({}, async (environment) => {
      const desired = await setUp(environment);
      const plan = await environment.plan(desired);
      expect(plan.operations.map((operation) => operation.kind)).toContain(kind);
      const before = await environment.contacts();
      const { report, verification, requestCount } = await environment.applyAndVerify(plan);
      expect(report.results.every(({ status }) => status === "applied")).toBe(true);
      expectVerified(verification);
      expect(requestCount).toBe(plan.requests.total);
      await expectConverged({ environment, desired });
      expect(unmanagedPart(await environment.contacts())).toEqual(unmanagedPart(before));
    }),
);

function unmanagedPart(contacts: readonly Record<string, unknown>[]): unknown[] {
  const unmanagedValues = ({ handles, links, custom_fields }: Record<string, unknown>) => {
    const values = [...(handles as { handle: string }[]).map((item) => item.handle), ...(links as string[])];
    return {
      values: values.filter((value) => value.includes("kept")),
      fields: (custom_fields as { Location?: string }).Location,
    };
  };
  return contacts.filter(({ custom_fields }) => "Location" in (custom_fields as object)).map(unmanagedValues);
}

test("a plan with several kinds of operations is applied in the predicted number of requests", () =>
  withTestEnvironment({ behavior: { listings: "whole" } }, async (environment) => {
    await environment.createList("Old");
    for (const email of emails(3)) await environment.createContact([handle(email)]);
    const avatar = environment.addPicture("ada.png", await portrait(1).png().toBuffer());
    const newLists = ["New", "Newer", "Newest"];
    const attributes = { name: "N", customFields: { "Job Title": "x" }, avatar, lists: ["Old", ...newLists] };
    const desired = desiredState(
      [...emails(6), "+442079460009"].map((email) => desiredContact([email, `twitter:@${email}`], attributes)),
      { lists: newLists },
    );
    const plan = await environment.plan(desired);
    const { report, verification, requestCount } = await environment.applyAndVerify(plan);
    expect(new Set(Object.values(statusesOf(report)))).toEqual(new Set(["applied"]));
    expectVerified(verification);
    expect(requestCount).toBe(plan.requests.total);
    await expectConverged({ environment, desired });
  }));

test("a list that is created slowly causes no additional requests", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    environment.emulator.faults = [{ kind: "delay", ms: 40, method: "POST", path: "/contact_lists", nth: 2 }];
    const plan = await environment.plan(
      desiredState([desiredContact("ada@x.example", { lists: ["A", "B"] })], { lists: ["A", "B"] }),
    );
    const { report, requestCount } = await environment.applyAndVerify(plan);
    expect(new Set(Object.values(statusesOf(report)))).toEqual(new Set(["applied"]));
    expect(requestCount).toBe(plan.requests.total);
  }));

test("if a contact is not created, only its own avatar is skipped", () =>
  withTestEnvironment({ behavior: PICTURES_AS_SENT }, async (environment) => {
    const avatar = environment.addPicture("ada.png", await portrait(1).png().toBuffer());
    const desired = desiredState([
      desiredContact("ada@x.example", { avatar }),
      desiredContact("bob@x.example", { avatar }),
    ]);
    environment.emulator.faults = [{ kind: "status", status: 400, method: "POST", path: "/contacts", nth: 1 }];
    const report = await environment.planAndApply(desired, { parallelism: 1 });
    expect(statusesOf(report)).toEqual({
      "create-contact front_contact.ada": "failed",
      "create-contact front_contact.bob": "applied",
      "upload-avatar front_contact.ada": "skipped",
      "upload-avatar front_contact.bob": "applied",
    });
    expect(messageOf(report, "upload-avatar front_contact.ada")).toMatch(
      /must succeed first: create-contact front_contact\.ada/,
    );
    expect(statusesOf(await environment.planAndApply(desired))).toEqual({
      "create-contact front_contact.ada": "applied",
      "upload-avatar front_contact.ada": "applied",
    });
  }));

test("created contacts are linked to their account even if the creation of another contact fails", () =>
  withTestEnvironment({}, async (environment) => {
    const accounts = [declaredAccount("acme", { name: "Acme", externalId: "A-1" })];
    const account = { externalId: "A-1", location: locationAt(9) };
    const desired = desiredState(
      emails(3).map((email) => desiredContact(email, { account })),
      { accounts },
    );
    environment.emulator.faults = [{ kind: "status", status: 400, method: "POST", path: "/contacts", nth: 2 }];
    const plan = await environment.plan(desired);
    const report = await environment.apply(plan, { parallelism: 1 });
    expect(statusesOf(report)).toEqual({
      "create-account front_account.acme": "applied",
      "create-contact front_contact.c0": "applied",
      "create-contact front_contact.c1": "failed",
      "create-contact front_contact.c2": "applied",
      "link-account front_account.acme 1": "applied",
    });
    expect(report.results.at(-1)?.operation.subjects).toEqual(["front_contact.c0", "front_contact.c2"]);
    const contacts = changesOf(appliedPlan(plan, report)).contacts.map(({ address }) => address);
    expect(contacts).toEqual(["front_contact.c0", "front_contact.c2"]);
    expect(statusesOf(await environment.planAndApply(desired))).toMatchObject({
      "create-contact front_contact.c1": "applied",
    });
    await expectConverged({ environment, desired });
  }));

test("no contact is linked to an account if no contact was created", () =>
  withTestEnvironment({}, async (environment) => {
    const { id } = await environment.request("POST", "/accounts", { name: "Acme" });
    environment.emulator.faults = [{ kind: "status", status: 400, method: "POST", path: "/contacts", times: 2 }];
    const account = { id, location: locationAt(9) };
    const report = await environment.planAndApply(
      desiredState(emails(2).map((email) => desiredContact(email, { account }))),
    );
    expect(statusesOf(report)[`link-account ${id} 1`]).toBe("skipped");
    expect(messageOf(report, `link-account ${id} 1`)).toMatch(/must succeed first: create-contact/);
  }));

test("other operations on a contact are performed after Front rejects one operation", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    await environment.createList("Old");
    environment.emulator.faults = [{ kind: "status", status: 400, method: "PATCH" }];
    const desired = desiredState([desiredContact(["ada@x.example", "+1"], { name: "Ada", lists: ["Old"] })]);
    expect(statusesOf(await environment.planAndApply(desired))).toEqual({
      "update-contact front_contact.ada": "failed",
      "add-handle front_contact.ada phone:+1": "applied",
      'add-to-list front_contact_list.this["Old"] 1': "applied",
    });
  }));

test.each([
  ["custom fields are not written to a contact that lost the handles of its entry", false, "failed", "Old"],
  [
    "custom fields are written to a contact that lost the handles of its entry if the entry declares the ID of the contact",
    true,
    "applied",
    "New",
  ],
])("%s", (_, declaresId, status, title) =>
  withTestEnvironment({}, async (environment) => {
    const fields = (value: string) => ({ custom_fields: { "Job Title": value } });
    const id = await environment.createContact([handle("ada@x.example"), handle("twitter:ada")], fields("Old"));
    const attributes = { ...(declaresId && { id }), customFields: { "Job Title": "New" } };
    const plan = await environment.plan(desiredState([desiredContact("ada@x.example", attributes)]));
    await environment.request("DELETE", `/contacts/${id}/handles`, handle("ada@x.example"));
    const report = await environment.apply(plan);
    expect(statusesOf(report)).toEqual({ "update-contact front_contact.ada": status });
    expect(await environment.contacts()).toMatchObject([fields(title)]);
    if (status === "failed")
      expect(messageOf(report, "update-contact front_contact.ada")).toBe(`${id} no longer has a handle of this entry`);
  }),
);

test("a contact that lost the handles of its entry is not changed, and other contacts are changed", () =>
  withTestEnvironment({ behavior: PICTURES_AS_SENT }, async (environment) => {
    await environment.createList("VIP");
    const { id } = await environment.request("POST", "/accounts", { name: "Acme" });
    const account = { id: String(id), location: locationAt(9) };
    const avatar = environment.addPicture("ada.png", await portrait(1).png().toBuffer());
    const ada = await environment.createContact([handle("ada@x.example"), handle("twitter:ada")]);
    await environment.createContact([handle("bob@x.example")]);
    const attributes = { customFields: { "Job Title": "New" }, lists: ["VIP"], account };
    const desired = desiredState([
      desiredContact(["ada@x.example", "+1"], { ...attributes, avatar }),
      desiredContact(["bob@x.example", "+2"], attributes),
    ]);
    const plan = await environment.plan(desired);
    await environment.request("DELETE", `/contacts/${ada}/handles`, handle("ada@x.example"));
    const report = await environment.apply(plan);
    expect(
      Object.fromEntries(report.results.map(({ operation, status }) => [operation.id, [status, operation.subjects]])),
    ).toEqual({
      "update-contact front_contact.ada": ["failed", ["front_contact.ada"]],
      "add-handle front_contact.ada phone:+1": ["skipped", ["front_contact.ada"]],
      "upload-avatar front_contact.ada": ["skipped", ["front_contact.ada"]],
      "update-contact front_contact.bob": ["applied", ["front_contact.bob"]],
      "add-handle front_contact.bob phone:+2": ["applied", ["front_contact.bob"]],
      'add-to-list front_contact_list.this["VIP"] 1': ["applied", ["front_contact.bob"]],
      [`link-account ${account.id} 1`]: ["applied", ["front_contact.bob"]],
    });
    expect(messageOf(report, "upload-avatar front_contact.ada")).toBe(
      "not started, because another operation must succeed first: update-contact front_contact.ada",
    );
  }));

test("an addition to a list is skipped if its only contact lost the handles of its entry", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createList("VIP");
    const ada = await environment.createContact([handle("ada@x.example"), handle("twitter:ada")]);
    const plan = await environment.plan(
      desiredState([desiredContact("ada@x.example", { customFields: { "Job Title": "New" }, lists: ["VIP"] })]),
    );
    await environment.request("DELETE", `/contacts/${ada}/handles`, handle("ada@x.example"));
    expect(statusesOf(await environment.apply(plan))).toEqual({
      "update-contact front_contact.ada": "failed",
      'add-to-list front_contact_list.this["VIP"] 1': "skipped",
    });
  }));

test("if a list is not created, only the contacts that need it are skipped", () =>
  withTestEnvironment({}, async (environment) => {
    environment.emulator.faults = [{ kind: "status", status: 403, method: "POST", path: "/contact_lists", nth: 1 }];
    const desired = desiredState(
      [desiredContact("ada@x.example", { lists: ["A"] }), desiredContact("bob@x.example", { lists: ["B"] })],
      { lists: ["A", "B"] },
    );
    const report = await environment.planAndApply(desired, { parallelism: 1 });
    expect(statusesOf(report)).toMatchObject({
      "create-contact front_contact.ada": "skipped",
      "create-contact front_contact.bob": "applied",
    });
    expect(await environment.listNames()).toEqual(["B"]);
  }));

test.each([
  [
    "Front rejects the token",
    (environment: TestEnvironment) => environment.emulator.revoke(environment.emulator.token),
  ],
  [
    "a response that does not come from the API",
    (environment: TestEnvironment) => {
      environment.emulator.faults = [{ kind: "html", status: 404 }];
    },
  ],
])("no operation is started after %s", (_, trigger) =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(newContacts(20));
    let endedCount = 0;
    const onEnd = () => {
      endedCount += 1;
      if (endedCount === 3) trigger(environment);
    };
    const report = await environment.apply(plan, { parallelism: 1, onEnd });
    const resultStatuses = report.results.map(({ status }) => status);
    expect(resultStatuses).toEqual(["applied", "applied", "applied", "failed", ...Array(16).fill("skipped")]);
    expect(report.requests).toBe(4);
    expect(await environment.contacts()).toHaveLength(3);
  }),
);

test("no operation is started after an interrupt, and all operations are reported", () =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(newContacts(20));
    const interrupt = new AbortController();
    const started: string[] = [];
    const onStart = ({ id }: { id: string }) => started.push(id);
    const onEnd = () => interrupt.abort();
    const report = await environment.apply(plan, { signal: interrupt.signal, parallelism: 3, onStart, onEnd });
    expect(report).toMatchObject({ interrupted: true });
    expect(report.results.map(({ operation }) => operation.id)).toEqual(plan.operations.map(({ id }) => id));
    expect(started.length).toBeLessThanOrEqual(3);
    const applied = report.results.filter(({ status }) => status === "applied").length;
    expect(await environment.contacts()).toHaveLength(applied);
    expect(applied).toBeGreaterThan(0);
    expect(new Set(Object.values(statusesOf(report)))).toEqual(new Set(["applied", "skipped"]));
  }));

test("requests in flight finish after an interrupt", () =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(newContacts(4));
    const interrupt = new AbortController();
    environment.emulator.faults = [{ kind: "delay", ms: 60, method: "POST" }];
    setTimeout(() => interrupt.abort(), 20);
    const report = await environment.apply(plan, { signal: interrupt.signal, parallelism: 1 });
    expect(report.results.map(({ status }) => status)).toEqual(["applied", "skipped", "skipped", "skipped"]);
  }));

test("no request is sent if the run is interrupted before it starts", () =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(newContacts(2));
    const report = await environment.apply(plan, { signal: AbortSignal.abort() });
    expect(report).toMatchObject({ interrupted: true, requests: 0 });
    expect(report.results.map(({ status }) => status)).toEqual(["skipped", "skipped"]);
  }));

test("a picture that changed after the plan is not uploaded", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    const avatar = environment.addPicture("ada.png", await portrait(1).png().toBuffer());
    const plan = await environment.plan(desiredState([desiredContact("ada@x.example", { avatar })]));
    const readPicture = () => Promise.reject(new UserError("picture-changed", "ada.png", { advice: "Plan again." }));
    const report = await environment.apply(plan, { readPicture });
    expect(statusesOf(report)).toEqual({ "upload-avatar front_contact.ada": "failed" });
    expect(report.requests).toBe(0);
  }));

test("an internal error stops the run, and all operations are reported", () =>
  withTestEnvironment({}, async (environment) => {
    const avatar = environment.addPicture("ada.png", await portrait(1).png().toBuffer());
    const plan = await environment.plan(
      desiredState(newContacts(2).contacts.map((contact) => ({ ...contact, avatar }))),
    );
    const readPicture = () => Promise.reject(new TypeError("nothing is not a function"));
    const { results } = await environment.apply(plan, { readPicture, parallelism: 1 });
    expect(results.map(({ status }) => status)).toEqual(["applied", "applied", "unknown", "skipped"]);
    expect(results[2]).toMatchObject({
      message: "Internal error in front-contacts: nothing is not a function",
      advice: expect.stringMatching(
        /^Create a new plan .* report this as a bug in front-contacts \(at .*apply\.test\.ts/,
      ),
    });
    expect(results[3]).toMatchObject({ message: expect.stringContaining("Internal error in front-contacts") });
  }));

test("the number of concurrent operations is limited by parallelism", () =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(newContacts(12));
    const running = new Set<string>();
    let maximum = 0;
    const onStart = ({ id }: { id: string }) => {
      running.add(id);
      maximum = Math.max(maximum, running.size);
    };
    const onEnd = ({ operation }: { operation: { id: string } }) => running.delete(operation.id);
    await environment.apply(plan, { parallelism: 3, onStart, onEnd });
    expect([maximum, running.size]).toEqual([3, 0]);
  }));

test("an empty plan is applied without a request", () =>
  withTestEnvironment({}, async (environment) => {
    expect(await environment.planAndApply(desiredState([]))).toEqual({ results: [], interrupted: false, requests: 0 });
  }));
