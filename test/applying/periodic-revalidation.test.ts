import { expect, test } from "@jest/globals";
import type { ApplyOptions, ApplyReport } from "../../src/applying/apply.ts";
import { systemClock } from "../../src/clock/clock.ts";
import { revalidationOf } from "../../src/history/revalidate.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { desiredContact, desiredState, handle, locationAt, statusesOf } from "../support/builders.ts";
import { FULL_PAGES, PICTURES_AS_SENT } from "../support/emulator.ts";
import { portrait } from "../support/portrait.ts";
import { expectConverged } from "../support/scenarios.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";

function steppingClock() {
  let offset = 0;
  const monotonic = () => performance.now() + offset;
  const clock = { ...systemClock, monotonic };
  return {
    clock,
    advanceMinute: () => {
      offset += 60_000;
    },
  };
}

/**
 * Plans, and applies one operation at a time with periodic re-validation. If `edit` is given, it is called between the
 * plan and the apply, and changes in Front are also read before the first write.
 */
async function applyWithRevalidation(
  environment: TestEnvironment,
  desired: DesiredState,
  { edit, ...options }: Partial<ApplyOptions> & { readonly edit?: () => Promise<unknown> } = {},
): Promise<ApplyReport> {
  const plan = await environment.plan(desired);
  environment.advanceMinute();
  environment.advanceMinute();
  await edit?.();
  const front = environment.connect();
  await front.me();
  const revalidate = revalidationOf(plan, desired, front);
  const validatedAt = edit && { validatedAt: Number.NEGATIVE_INFINITY };
  return await environment.apply(plan, { parallelism: 1, revalidate, ...validatedAt, ...options }, front);
}

const countListings = (environment: TestEnvironment) =>
  environment.emulator.requests.filter(({ query }) => query.includes("updated_after")).length;

const ADA_AND_BOB = desiredState([
  desiredContact("ada@x.example", { name: "Ada" }),
  desiredContact("bob@x.example", { name: "Bob" }),
]);

async function createAdaAndBob(environment: TestEnvironment): Promise<string> {
  const ada = await environment.createContact([handle("ada@x.example")], { name: "Eva", description: "old" });
  await environment.createContact([handle("bob@x.example")], { name: "Rob" });
  return ada;
}

test("a name that changed after the plan is not overwritten, and the rest of the plan is applied", () =>
  withTestEnvironment({}, async (environment) => {
    const ada = await createAdaAndBob(environment);
    const edit = () => environment.request("PATCH", `/contacts/${ada}`, { name: "Ada Lovelace" });
    const report = await applyWithRevalidation(environment, ADA_AND_BOB, { edit });
    expect(report.results).toMatchObject([
      {
        status: "failed",
        message: 'ada changed in Front after this plan: name "Eva" -> "Ada Lovelace"',
        advice: expect.stringMatching(/^Create and review a new plan/),
      },
      { status: "applied" },
    ]);
    expect(report.refusals).toMatchObject([{ address: "front_contact.ada" }]);
    expect((await environment.contacts()).map(({ name }) => name)).toEqual(["Ada Lovelace", "Bob"]);
  }));

test.each([
  ["", {}],
  [" if custom fields are declared", { customFields: { "Job Title": "string" } }],
] as const)("a plan is applied after an edit of unmanaged attributes%s", (_, declared) =>
  withTestEnvironment({}, async (environment) => {
    const ada = await createAdaAndBob(environment);
    const edit = () =>
      environment.request("PATCH", `/contacts/${ada}`, { description: "theirs", links: ["https://x.example"] });
    const report = await applyWithRevalidation(environment, desiredState(ADA_AND_BOB.contacts, declared), { edit });
    expect(report.refusals).toBeUndefined();
    expect(await environment.contacts()).toMatchObject([{ name: "Ada", description: "theirs" }, { name: "Bob" }]);
  }),
);

test.each([
  ["a picture that someone uploaded after the plan is not overwritten", true, ["failed", "failed"]],
  ["a contact is put on a list after the upload of a picture that cannot be read", false, ["applied", "applied"]],
])("%s", (_, isEdited, statuses) =>
  withTestEnvironment({ behavior: { avatarHost: "foreign" } }, async (environment) => {
    const { clock, advanceMinute } = steppingClock();
    const id = await environment.createContact([handle("ada@x.example")]);
    await environment.createList("VIP");
    const avatar = environment.addPicture("ada.png", await portrait(1).png().toBuffer());
    const desired = desiredState([desiredContact("ada@x.example", { avatar, lists: ["VIP"] })]);
    const form = new FormData();
    form.set("avatar", new Blob([await portrait(2).png().toBuffer()], { type: "image/png" }), "theirs.png");
    const edit = async () => {
      if (isEdited) await environment.emulator.asTeammate("PATCH", `/contacts/${id}`, form);
    };
    const report = await applyWithRevalidation(environment, desired, { clock, onEnd: advanceMinute, edit });
    expect(report.results.map(({ operation: { kind } }) => kind)).toEqual(["upload-avatar", "add-to-list"]);
    expect(report.results.map(({ status }) => status)).toEqual(statuses);
  }),
);

test("a change that someone already made is reported as applied without a write", () =>
  withTestEnvironment({}, async (environment) => {
    const ada = await createAdaAndBob(environment);
    const edit = () => environment.request("PATCH", `/contacts/${ada}`, { name: "Ada" });
    const report = await applyWithRevalidation(environment, ADA_AND_BOB, { edit });
    expect(new Set(Object.values(statusesOf(report)))).toEqual(new Set(["applied"]));
    expect(environment.sentRequests().filter((request) => request.startsWith("PATCH"))).toHaveLength(1);
  }));

test("a contact that someone created is not created again, and its other changes are applied", () =>
  withTestEnvironment({ behavior: PICTURES_AS_SENT }, async (environment) => {
    const avatar = environment.addPicture("ada.png", await portrait(1).png().toBuffer());
    const desired = desiredState([desiredContact("ada@x.example", { name: "Ada", avatar })]);
    const edit = () => environment.createContact([handle("ada@x.example")], { name: "Ada" });
    const report = await applyWithRevalidation(environment, desired, { edit });
    expect(statusesOf(report)).toEqual({
      "create-contact front_contact.ada": "applied",
      "upload-avatar front_contact.ada": "applied",
    });
    expect(await environment.contacts()).toHaveLength(1);
    await expectConverged({ environment, desired });
  }));

test("a contact whose number someone stored without the country code is not created again", () =>
  withTestEnvironment({ behavior: { phoneForm: "as-sent" } }, async (environment) => {
    const declaredHandle = { ...handle("+1 360 555 0100"), written: "(360) 555-0100", location: locationAt(11) };
    const desired = desiredState([desiredContact([], { key: "ada", name: "Ada", handles: [declaredHandle] })]);
    const edit = () => environment.createContact([handle("3605550100")], { name: "Ada" });
    const report = await applyWithRevalidation(environment, desired, { edit });
    expect(statusesOf(report)).toEqual({ "create-contact front_contact.ada": "applied" });
    expect(await environment.contacts()).toHaveLength(1);
  }));

test.each([
  ["creation of a contact", false, "create-contact front_contact.ada"],
  ["addition of a number to a contact", true, "add-handle front_contact.ada phone:+13605550100"],
])("the %s is not performed if someone created a contact with a number that may be the same", (_, exists, id) =>
  withTestEnvironment({ behavior: { phoneForm: "as-sent" } }, async (environment) => {
    if (exists) await environment.createContact([handle("ada@x.example")]);
    const desired = desiredState([
      desiredContact(exists ? ["ada@x.example", "+13605550100"] : ["+13605550100"], { key: "ada" }),
    ]);
    const edit = () => environment.createContact([handle("3605550100")], { name: "Eve" });
    const report = await applyWithRevalidation(environment, desired, { edit });
    expect(report.results).toMatchObject([
      {
        operation: { id },
        status: "failed",
        message: expect.stringMatching(/^front_contact.ada is skipped, because its phone \+13605550100 may be/),
      },
    ]);
    expect((await environment.contacts()).flatMap(({ handles }) => handles)).not.toContainEqual(handle("+13605550100"));
  }),
);

test("an apply that takes less than a minute does not read changes in Front", () =>
  withTestEnvironment({}, async (environment) => {
    await createAdaAndBob(environment);
    const report = await applyWithRevalidation(environment, ADA_AND_BOB);
    expect(report.requests).toBe(2);
    expect(countListings(environment)).toBe(0);
  }));

test("an apply lists changes after a minute, and does not overwrite them", () =>
  withTestEnvironment({ behavior: FULL_PAGES }, async (environment) => {
    const { clock, advanceMinute } = steppingClock();
    const ada = await createAdaAndBob(environment);
    const desired = desiredState([
      desiredContact("bob@x.example", { name: "Bob" }),
      desiredContact("ada@x.example", { name: "Ada", description: "new" }),
      desiredContact("eve@x.example"),
    ]);
    const edit = () => environment.request("PATCH", `/contacts/${ada}`, { description: "theirs" });
    let endedCount = 0;
    const onEnd = () => {
      endedCount += 1;
      if (endedCount > 1) return;
      advanceMinute();
      environment.beforeNext("GET /contacts?", edit);
    };
    const report = await applyWithRevalidation(environment, desired, { clock, onEnd });
    expect(statusesOf(report)).toEqual({
      "create-contact front_contact.eve": "applied",
      "update-contact front_contact.bob": "applied",
      "update-contact front_contact.ada": "failed",
    });
    expect(countListings(environment)).toBe(1);
    expect((await environment.contacts())[0]).toMatchObject({ name: "Eva", description: "theirs" });
  }));

test("a contact that changed after the plan is added to a list of a workspace", () =>
  withTestEnvironment({}, async (environment) => {
    const ada = await createAdaAndBob(environment);
    await environment.emulator.asTeammate("POST", "/teams/tim_1b/contact_lists", { name: "VIP" });
    const lists = [{ name: "VIP", team: "tim_1b" }];
    const desired = desiredState([desiredContact("ada@x.example", { lists: ["VIP"] })], { lists });
    const edit = () => environment.request("PATCH", `/contacts/${ada}`, { description: "theirs" });
    const report = await applyWithRevalidation(environment, desired, { edit });
    expect(Object.values(statusesOf(report))).toEqual(["applied"]);
    expect((await environment.contacts())[0]).toMatchObject({ lists: [{ name: "VIP" }] });
  }));

test("a refused contact is excluded from operations on several contacts", () =>
  withTestEnvironment({}, async (environment) => {
    const ada = await createAdaAndBob(environment);
    await environment.createList("VIP");
    const desired = desiredState(
      ADA_AND_BOB.contacts.map((entry) => ({ ...entry, lists: [{ name: "VIP", location: entry.location }] })),
    );
    const edit = () => environment.request("PATCH", `/contacts/${ada}`, { name: "Theirs" });
    const report = await applyWithRevalidation(environment, desired, { edit });
    expect(statusesOf(report)['add-to-list front_contact_list.this["VIP"] 1']).toBe("applied");
    expect(await environment.contacts()).toMatchObject([{ lists: [] }, { lists: [{ name: "VIP" }] }]);
  }));

test("re-validation during a handle move refuses no contact", () =>
  withTestEnvironment({}, async (environment) => {
    const { clock, advanceMinute } = steppingClock();
    await environment.createContact([handle("ada@x.example"), handle("+44 20 7946 0001")], { name: "Eva" });
    await environment.createContact([handle("bob@x.example")], { name: "Rob" });
    const desired = desiredState([
      desiredContact("ada@x.example", { name: "Ada" }),
      desiredContact(["bob@x.example", "+44 20 7946 0001"], { name: "Bob" }),
    ]);
    const report = await applyWithRevalidation(environment, desired, { clock, onEnd: advanceMinute });
    expect(new Set(Object.values(statusesOf(report)))).toEqual(new Set(["applied"]));
    expect(report.refusals).toBeUndefined();
    await expectConverged({ environment, desired });
  }));

test("no operation is started if recent changes cannot be read", () =>
  withTestEnvironment({}, async (environment) => {
    await createAdaAndBob(environment);
    const edit = async () => {
      environment.emulator.faults = [{ kind: "status", status: 403, method: "GET", path: "/contacts" }];
    };
    const report = await applyWithRevalidation(environment, ADA_AND_BOB, { edit });
    expect(report.results).toMatchObject([
      { status: "skipped", message: expect.stringContaining("could not be read") },
      { status: "skipped" },
    ]);
    expect((await environment.contacts()).map(({ name }) => name)).toEqual(["Eva", "Rob"]);
  }));

const EXACT = desiredState([desiredContact("ada@x.example", { lists: ["VIP"] })], {
  lists: [{ name: "VIP", members: "exact" }],
});

/** Creates a list with Ada and Bob. `EXACT` removes Bob from the list. Returns the IDs of Bob and the list. */
async function createListWithBoth(environment: TestEnvironment): Promise<readonly [bob: string, list: string]> {
  const listId = await environment.createList("VIP");
  await environment.createContact([handle("ada@x.example")], { list_names: ["VIP"] });
  return [await environment.createContact([handle("bob@x.example")], { list_names: ["VIP"] }), listId];
}

test.each(["ada@work.example", "bob@work.example"])(
  "a contact that received the handle %s after the plan stays on a list with exact members",
  (address) =>
    withTestEnvironment({}, async (environment) => {
      const [bob] = await createListWithBoth(environment);
      const edit = () => environment.request("POST", `/contacts/${bob}/handles`, handle(address));
      const report = await applyWithRevalidation(environment, EXACT, { edit });
      expect(report.results).toMatchObject([{ status: "failed" }]);
      expect(report.refusals).toMatchObject([{ address: 'front_contact_list.this["VIP"]' }]);
      expect(await environment.contacts()).toMatchObject([{ lists: [{ name: "VIP" }] }, { lists: [{ name: "VIP" }] }]);
    }),
);

test("a contact into which a declared contact was merged stays on a list with exact members", () =>
  withTestEnvironment({}, async (environment) => {
    const [bob] = await createListWithBoth(environment);
    const edit = async () => {
      const [ada] = await environment.contacts();
      await environment.request("POST", "/contacts/merge", { contact_ids: [ada?.["id"]], target_contact_id: bob });
    };
    const report = await applyWithRevalidation(environment, EXACT, { edit });
    expect(report.results).toMatchObject([{ status: "failed" }]);
    expect(await environment.contacts()).toMatchObject([{ id: bob, lists: [{ name: "VIP" }] }]);
  }));

test("a contact that was renamed after the plan is removed from a list with exact members", () =>
  withTestEnvironment({}, async (environment) => {
    const [bob] = await createListWithBoth(environment);
    const edit = () => environment.request("PATCH", `/contacts/${bob}`, { name: "Bob" });
    const report = await applyWithRevalidation(environment, EXACT, { edit });
    expect(report.results).toMatchObject([{ status: "applied" }]);
    expect((await environment.contacts()).map(({ lists }) => lists)).toMatchObject([[{ name: "VIP" }], []]);
  }));

const BASE = { revision: "HEAD", tree: `${"0".repeat(40)}:contacts`, overwrite: false, contacts: [], lists: [] };

test.each([
  ["if the entry of the contact declares it only at the base", { declaredAtBase: true, exists: false, exact: [] }],
  ["even if the handles of the contact are exact", { declaredAtBase: false, exists: false, exact: ["handles"] }],
  ["if it moved to the contact in Front", { declaredAtBase: false, exists: true, exact: ["handles"] }],
] as const)("a plan with a base leaves a handle of another entry on its contact %s", (_, { exact, ...before }) =>
  withTestEnvironment({}, async (environment) => {
    const [others, eve] = [["bob@x.example", "dan@x.example"], "eve@x.example"];
    const ada = await environment.createContact([handle("ada@x.example"), handle(eve)], { name: "A" });
    if (before.exists) await environment.createContact(others.map(handle));
    const contacts = [
      desiredContact(["ada@x.example", ...(before.declaredAtBase ? [eve] : [])], { key: "p" }),
      desiredContact([...others, ...(before.declaredAtBase ? [] : [eve])], { key: "q" }),
    ];
    const current = [
      desiredContact("ada@x.example", { key: "p", name: "Ada", exact }),
      desiredContact([...others, eve], { key: "q" }),
    ];
    const desired = { ...desiredState(current), base: { ...BASE, contacts } };
    const edit = () => environment.request("PATCH", `/contacts/${ada}`, { description: "theirs" });
    const report = await applyWithRevalidation(environment, desired, { edit });
    expect(statusesOf(report)).toEqual({ "update-contact front_contact.p": "applied" });
    expect(report.refusals).toBeUndefined();
    expect((await environment.contacts())[0]).toMatchObject({ name: "Ada", description: "theirs", handles: [{}, {}] });
  }),
);

test("a plan with a base changes a part of a split entry after an edit of unmanaged attributes", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")], { name: "Ada" });
    const eve = await environment.createContact([handle("eve@x.example")], { name: "E" });
    const contacts = [desiredContact(["ada@x.example", "eve@x.example"], { key: "old", name: "Ada" })];
    const parts = [
      desiredContact("ada@x.example", { key: "old", name: "Ada" }),
      desiredContact("eve@x.example", { key: "new", name: "Eve" }),
    ];
    const desired = { ...desiredState(parts), base: { ...BASE, contacts } };
    const edit = () => environment.request("PATCH", `/contacts/${eve}`, { description: "theirs" });
    const report = await applyWithRevalidation(environment, desired, { edit });
    expect(statusesOf(report)).toEqual({ "update-contact front_contact.new": "applied" });
    expect(report.refusals).toBeUndefined();
  }));
