import { expect, test } from "@jest/globals";
import type { ApplyOptions, ApplyReport } from "../../src/applying/apply.ts";
import { systemClock } from "../../src/clock/clock.ts";
import { revalidationOf } from "../../src/history/revalidate.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { desiredContact, desiredState, handle } from "../support/builders.ts";
import { FULL_PAGES, PICTURES_AS_SENT } from "../support/emulator.ts";
import { portrait } from "../support/pictures.ts";
import { type World, withWorld } from "../support/world.ts";

/** A clock that tests advance. */
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

/** Makes an apply check for changes in Front before its first write. */
const OUTDATED = { validatedAt: Number.NEGATIVE_INFINITY };

/** Plans, edits Front, and applies one operation at a time with revalidation between operations. */
async function applyAfter(
  world: World,
  desired: DesiredState,
  { edit, ...options }: Partial<ApplyOptions> & { readonly edit: () => Promise<unknown> },
): Promise<ApplyReport> {
  const plan = await world.plan(desired);
  world.advanceMinute();
  world.advanceMinute();
  await edit();
  const front = world.connect();
  await front.me();
  const revalidate = revalidationOf(plan, desired, front);
  return await world.apply(plan, { parallelism: 1, revalidate, ...options }, front);
}

function statuses({ results }: ApplyReport): Record<string, string> {
  return Object.fromEntries(results.map(({ operation, status }) => [operation.id, status]));
}

const listings = (world: World) =>
  world.emulator.requests.filter(({ query }) => query.includes("updated_after")).length;

const ADA_AND_BOB = desiredState([
  desiredContact("ada@x.example", { name: "Ada" }),
  desiredContact("bob@x.example", { name: "Bob" }),
]);

async function adaAndBob(world: World): Promise<string> {
  const ada = await world.contact([handle("ada@x.example")], { name: "Eva", description: "old" });
  await world.contact([handle("bob@x.example")], { name: "Rob" });
  return ada;
}

test("a name that changed before the approval is not overwritten, and the rest is applied", () =>
  withWorld(async (world) => {
    const ada = await adaAndBob(world);
    const edit = () => world.request("PATCH", `/contacts/${ada}`, { name: "Ada Lovelace" });
    const report = await applyAfter(world, ADA_AND_BOB, { edit, ...OUTDATED });
    expect(report.results).toMatchObject([
      {
        status: "failed",
        message: "ada changed in Front after this plan: name",
        advice: expect.stringMatching(/^Create and review a new plan/),
      },
      { status: "applied" },
    ]);
    expect(report.refusals).toMatchObject([{ address: "front_contact.ada" }]);
    expect((await world.contacts()).map(({ name }) => name)).toEqual(["Ada Lovelace", "Bob"]);
  }));

test("a plan is applied after an edit of an unmanaged attribute", () =>
  withWorld(async (world) => {
    const ada = await adaAndBob(world);
    const edit = () =>
      world.request("PATCH", `/contacts/${ada}`, { description: "theirs", links: ["https://x.example"] });
    const report = await applyAfter(world, ADA_AND_BOB, { edit, ...OUTDATED });
    expect(report.refusals).toBeUndefined();
    expect(await world.contacts()).toMatchObject([{ name: "Ada", description: "theirs" }, { name: "Bob" }]);
  }));

test("a change that someone already made is reported as applied without a request", () =>
  withWorld(async (world) => {
    const ada = await adaAndBob(world);
    const edit = () => world.request("PATCH", `/contacts/${ada}`, { name: "Ada" });
    const report = await applyAfter(world, ADA_AND_BOB, { edit, ...OUTDATED });
    expect(new Set(Object.values(statuses(report)))).toEqual(new Set(["applied"]));
    expect(world.sent().filter((request) => request.startsWith("PATCH"))).toHaveLength(1);
  }));

test("a contact that someone created is not created again, and its other changes are applied", () =>
  withWorld(
    async (world) => {
      const avatar = world.picture("ada.png", await portrait(1).png().toBuffer());
      const desired = desiredState([desiredContact("ada@x.example", { name: "Ada", avatar })]);
      const edit = () => world.contact([handle("ada@x.example")], { name: "Ada" });
      const report = await applyAfter(world, desired, { edit, ...OUTDATED });
      expect(statuses(report)).toEqual({
        "create-contact front_contact.ada": "applied",
        "upload-avatar front_contact.ada": "applied",
      });
      expect(await world.contacts()).toHaveLength(1);
      expect((await world.plan(desired)).operations).toEqual([]);
    },
    { behavior: PICTURES_AS_SENT },
  ));

test("a contact whose number someone stored without the country code is not created again", () =>
  withWorld(
    async (world) => {
      const [ada] = desiredState([desiredContact(["+1 360 555 0100"], { key: "ada", name: "Ada" })]).contacts;
      const handles = ada?.handles.map((declared) => ({ ...declared, written: "(360) 555-0100" })) ?? [];
      const desired = desiredState([desiredContact([], { key: "ada", name: "Ada", handles })]);
      const edit = () => world.contact([handle("3605550100")], { name: "Ada" });
      const report = await applyAfter(world, desired, { edit, ...OUTDATED });
      expect(statuses(report)).toEqual({ "create-contact front_contact.ada": "applied" });
      expect(await world.contacts()).toHaveLength(1);
    },
    { behavior: { phoneForm: "as-sent" } },
  ));

test.each([
  ["creation of a contact", false, "create-contact front_contact.ada"],
  ["number of a contact", true, "add-handle front_contact.ada phone:+13605550100"],
])("the %s is skipped if someone stored a number that may be the same", (_, exists, id) =>
  withWorld(
    async (world) => {
      if (exists) await world.contact([handle("ada@x.example")]);
      const desired = desiredState([
        desiredContact(exists ? ["ada@x.example", "+13605550100"] : ["+13605550100"], { key: "ada" }),
      ]);
      const edit = () => world.contact([handle("3605550100")], { name: "Eve" });
      const report = await applyAfter(world, desired, { edit, ...OUTDATED });
      expect(report.results).toMatchObject([
        {
          operation: { id },
          status: "failed",
          message: expect.stringMatching(/^front_contact.ada is skipped, because its phone \+13605550100 may be/),
        },
      ]);
      expect((await world.contacts()).flatMap(({ handles }) => handles)).not.toContainEqual(handle("+13605550100"));
    },
    { behavior: { phoneForm: "as-sent" } },
  ),
);

test("declared custom fields are read again if a contact changed", () =>
  withWorld(async (world) => {
    const ada = await adaAndBob(world);
    const edit = () => world.request("PATCH", `/contacts/${ada}`, { description: "theirs" });
    const desired = {
      ...ADA_AND_BOB,
      ...desiredState([], { customFields: { "Job Title": "string" } }),
      contacts: ADA_AND_BOB.contacts,
    };
    const report = await applyAfter(world, desired, { edit, ...OUTDATED });
    expect(report.refusals).toBeUndefined();
    expect((await world.contacts()).map(({ name }) => name)).toEqual(["Ada", "Bob"]);
  }));

test("Front is not read again within a minute of the last read", () =>
  withWorld(async (world) => {
    await adaAndBob(world);
    const report = await applyAfter(world, ADA_AND_BOB, { edit: async () => {} });
    expect(report.requests).toBe(2);
    expect(listings(world)).toBe(0);
  }));

test("changes are listed once a minute during a long apply", () =>
  withWorld(
    async (world) => {
      const { clock, advanceMinute } = steppingClock();
      const ada = await adaAndBob(world);
      const desired = desiredState([
        desiredContact("bob@x.example", { name: "Bob" }),
        desiredContact("ada@x.example", { name: "Ada", description: "new" }),
        desiredContact("eve@x.example"),
      ]);
      let endedCount = 0;
      const onEnd = () => {
        endedCount += 1;
        if (endedCount === 1) advanceMinute();
      };
      const onRequest = async ({ query, path }: { query: string; path: string }) => {
        if (path !== "/contacts" || !query.includes("updated_after")) return;
        await world.request("PATCH", `/contacts/${ada}`, { description: "theirs" });
      };
      requestHook = onRequest;
      const report = await applyAfter(world, desired, { edit: async () => {}, clock, onEnd });
      expect(statuses(report)).toEqual({
        "create-contact front_contact.eve": "applied",
        "update-contact front_contact.bob": "applied",
        "update-contact front_contact.ada": "failed",
      });
      expect(listings(world)).toBe(1);
      expect((await world.contacts())[0]).toMatchObject({ name: "Eva", description: "theirs" });
    },
    { behavior: FULL_PAGES, onRequest: (request) => requestHook(request) },
  ));

let requestHook: (request: { query: string; path: string }) => Promise<void> = async () => {};

test("a changed contact is added to a list in a workspace", () =>
  withWorld(async (world) => {
    const ada = await adaAndBob(world);
    await world.emulator.asTeammate("POST", "/teams/tim_1b/contact_lists", { name: "VIP" });
    const lists = [{ name: "VIP", team: "tim_1b" }];
    const desired = desiredState([desiredContact("ada@x.example", { lists: ["VIP"] })], { lists });
    const edit = () => world.request("PATCH", `/contacts/${ada}`, { description: "theirs" });
    const report = await applyAfter(world, desired, { ...OUTDATED, edit });
    expect(Object.values(statuses(report))).toEqual(["applied"]);
    expect((await world.contacts())[0]).toMatchObject({ lists: [{ name: "VIP" }] });
  }));

test("a refused contact is excluded from operations on several contacts", () =>
  withWorld(async (world) => {
    const ada = await adaAndBob(world);
    await world.list("VIP");
    const desired = desiredState(
      ADA_AND_BOB.contacts.map((entry) => ({ ...entry, lists: [{ name: "VIP", location: entry.location }] })),
    );
    const edit = () => world.request("PATCH", `/contacts/${ada}`, { name: "Theirs" });
    const report = await applyAfter(world, desired, { edit, ...OUTDATED });
    expect(statuses(report)['add-to-list front_contact_list.this["VIP"] 1']).toBe("applied");
    expect(await world.contacts()).toMatchObject([{ lists: [] }, { lists: [{ name: "VIP" }] }]);
  }));

test("contacts are not refused during a handle move", () =>
  withWorld(async (world) => {
    const { clock, advanceMinute } = steppingClock();
    await world.contact([handle("ada@x.example"), handle("+44 20 7946 0001")], { name: "Eva" });
    await world.contact([handle("bob@x.example")], { name: "Rob" });
    const desired = desiredState([
      desiredContact("ada@x.example", { name: "Ada" }),
      desiredContact(["bob@x.example", "+44 20 7946 0001"], { name: "Bob" }),
    ]);
    const report = await applyAfter(world, desired, { edit: async () => {}, clock, onEnd: advanceMinute });
    expect(new Set(Object.values(statuses(report)))).toEqual(new Set(["applied"]));
    expect(report.refusals).toBeUndefined();
    expect((await world.plan(desired)).operations).toEqual([]);
  }));

test("no operation is started if recent changes cannot be read", () =>
  withWorld(async (world) => {
    await adaAndBob(world);
    const edit = async () => {
      world.emulator.faults = [{ kind: "status", status: 403, method: "GET", path: "/contacts" }];
    };
    const report = await applyAfter(world, ADA_AND_BOB, { edit, ...OUTDATED });
    expect(report.results).toMatchObject([
      { status: "skipped", message: expect.stringContaining("could not be read") },
      { status: "skipped" },
    ]);
    expect((await world.contacts()).map(({ name }) => name)).toEqual(["Eva", "Rob"]);
  }));

const EXACT = desiredState([desiredContact("ada@x.example", { lists: ["VIP"] })], {
  lists: [{ name: "VIP", members: "exact" }],
});

/** Creates a list with Ada and Bob. `EXACT` removes Bob from the list. Returns the ids of Bob and the list. */
async function createListWithBoth(world: World): Promise<readonly [bob: string, list: string]> {
  const listId = await world.list("VIP");
  await world.contact([handle("ada@x.example")], { list_names: ["VIP"] });
  return [await world.contact([handle("bob@x.example")], { list_names: ["VIP"] }), listId];
}

test.each([
  ["a contact that got a handle of an entry stays on a list with exact members", "ada@work.example"],
  ["a contact that got an undeclared handle stays on a list with exact members", "bob@work.example"],
])("%s", (_, address) =>
  withWorld(async (world) => {
    const [bob] = await createListWithBoth(world);
    const edit = () => world.request("POST", `/contacts/${bob}/handles`, handle(address));
    const report = await applyAfter(world, EXACT, { edit, ...OUTDATED });
    expect(report.results).toMatchObject([{ status: "failed" }]);
    expect(report.refusals).toMatchObject([{ address: 'front_contact_list.this["VIP"]' }]);
    expect((await world.contacts()).map(({ lists }) => lists)).toMatchObject([[{ name: "VIP" }], [{ name: "VIP" }]]);
  }),
);

test("a contact into which a declared contact was merged stays on a list with exact members", () =>
  withWorld(async (world) => {
    const [bob] = await createListWithBoth(world);
    const edit = async () => {
      const [ada] = await world.contacts();
      await world.request("POST", "/contacts/merge", { contact_ids: [ada?.["id"]], target_contact_id: bob });
    };
    const report = await applyAfter(world, EXACT, { edit, ...OUTDATED });
    expect(report.results).toMatchObject([{ status: "failed" }]);
    expect(await world.contacts()).toMatchObject([{ id: bob, lists: [{ name: "VIP" }] }]);
  }));

test("a contact that changed in another way is removed from a list with exact members", () =>
  withWorld(async (world) => {
    const [bob] = await createListWithBoth(world);
    const edit = () => world.request("PATCH", `/contacts/${bob}`, { name: "Bob" });
    const report = await applyAfter(world, EXACT, { edit, ...OUTDATED });
    expect(report.results).toMatchObject([{ status: "applied" }]);
    expect((await world.contacts()).map(({ lists }) => lists)).toMatchObject([[{ name: "VIP" }], []]);
  }));
