import { expect, test } from "@jest/globals";
import type { ApplyReport } from "../../src/applying/apply.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { desiredContact, desiredState, handle } from "../support/builders.ts";
import { type World, withWorld as withAnyWorld } from "../support/world.ts";
import { WRITES } from "../support/writes.ts";

/** Runs a test with an emulator that returns phone numbers in E.164, as these tests write them. */
const withWorld: typeof withAnyWorld = (run, options = {}) =>
  withAnyWorld(run, { ...options, behavior: { phoneForm: "e164", ...options.behavior } });

/** Returns the handles of all contacts after an apply, and the messages of operations that were not applied. */
async function outcome(world: World, { results }: ApplyReport) {
  const contacts = (await world.contacts()) as unknown as { handles: { handle: string }[] }[];
  return {
    contacts: contacts.map(({ handles }) => handles.map(({ handle }) => handle).join(" ")),
    messages: results.flatMap((result) => ("message" in result ? [`${result.operation.kind}: ${result.message}`] : [])),
  };
}

const DELETION = desiredState([desiredContact("ada@x.example", { ensure: "absent" })]);
const MERGE = desiredState([desiredContact(["ada@x.example", "eve@x.example"], { merge: true, name: "Both" })]);

interface Ids {
  readonly ada: string;
  readonly eve: string;
}

async function twoContacts(world: World): Promise<Ids> {
  const ada = await world.contact([handle("ada@x.example"), handle("+442079460001")]);
  return { ada, eve: await world.contact([handle("eve@x.example")]) };
}

type Edit = (world: World, ids: Ids) => Promise<unknown>;

const adaGetsHandle: Edit = (world, { ada }) => world.request("POST", `/contacts/${ada}/handles`, handle("+9"));
const adaLosesHandle: Edit = (world, { ada }) =>
  world.request("DELETE", `/contacts/${ada}/handles`, handle("+442079460001"));
const eveGetsHandle: Edit = (world, { eve }) => world.request("POST", `/contacts/${eve}/handles`, handle("+9"));
const adaIsDeleted: Edit = (world, { ada }) => world.request("DELETE", `/contacts/${ada}`);
const eveIsDeleted: Edit = (world, { eve }) => world.request("DELETE", `/contacts/${eve}`);
const adaGetsName: Edit = (world, { ada }) => world.request("PATCH", `/contacts/${ada}`, { name: "Ada" });

const eveGetsDescription: Edit = (world, { eve }) =>
  world.request("PATCH", `/contacts/${eve}`, { description: "Do not delete." });
const adaJoinsList: Edit = async (world, { ada }) => {
  const list = await world.list("VIP");
  await world.request("POST", `/contact_lists/${list}/contacts`, { contact_ids: [ada] });
};

const VALUES_CHANGED = /^\S+: The values of \S+ changed in Front after this plan$/;
const HANDLES_CHANGED = /^\S+: The handles of \S+ changed in Front after this plan$/;
const MISSING = /^\S+: \S+ no longer exists in Front$/;

test.each<[string, DesiredState, Edit, string[], RegExp[]]>([
  [
    "deleted if it got a handle",
    DELETION,
    adaGetsHandle,
    ["ada@x.example +442079460001 +9", "eve@x.example"],
    [HANDLES_CHANGED],
  ],
  ["deleted if it lost a handle", DELETION, adaLosesHandle, ["ada@x.example", "eve@x.example"], [HANDLES_CHANGED]],
  [
    "merged if it got a handle",
    MERGE,
    adaGetsHandle,
    ["ada@x.example +442079460001 +9", "eve@x.example"],
    [HANDLES_CHANGED, /depends on: merge/],
  ],
  [
    "merged if it lost a handle",
    MERGE,
    adaLosesHandle,
    ["ada@x.example", "eve@x.example"],
    [HANDLES_CHANGED, /depends on: merge/],
  ],
  [
    "merged if the other contact got a handle",
    MERGE,
    eveGetsHandle,
    ["ada@x.example +442079460001", "eve@x.example +9"],
    [HANDLES_CHANGED, /depends on: merge/],
  ],
  [
    "deleted if it got a name",
    DELETION,
    adaGetsName,
    ["ada@x.example +442079460001", "eve@x.example"],
    [VALUES_CHANGED],
  ],
  [
    "deleted if it joined a list",
    DELETION,
    adaJoinsList,
    ["ada@x.example +442079460001", "eve@x.example"],
    [VALUES_CHANGED],
  ],
  [
    "merged if the other contact got a description",
    MERGE,
    eveGetsDescription,
    ["ada@x.example +442079460001", "eve@x.example"],
    [VALUES_CHANGED, /depends on: merge/],
  ],
  ["merged if it was deleted", MERGE, adaIsDeleted, ["eve@x.example"], [MISSING, /depends on: merge/]],
  [
    "merged if the other contact was deleted",
    MERGE,
    eveIsDeleted,
    ["ada@x.example +442079460001"],
    [MISSING, /depends on: merge/],
  ],
])("a contact is not %s after the plan", (_, desired, edit, contacts, messages) =>
  withWorld(async (world) => {
    const ids = await twoContacts(world);
    const plan = await world.plan(desired);
    await edit(world, ids);
    expect(await outcome(world, await world.apply(plan))).toEqual({
      ...{ contacts, messages: messages.map((message) => expect.stringMatching(message)) },
    });
    expect(world.sent().filter((line) => /^DELETE|merge/.test(line))).toEqual([]);
  }),
);

test("a deletion succeeds without a request if the contact no longer exists", () =>
  withWorld(async (world) => {
    const ids = await twoContacts(world);
    const plan = await world.plan(DELETION);
    await adaIsDeleted(world, ids);
    expect(await outcome(world, await world.apply(plan))).toEqual({ contacts: ["eve@x.example"], messages: [] });
  }));

test("a contact with one email in two spellings is deleted", () =>
  withWorld(
    async (world) => {
      await world.contact([handle("ada@x.example"), handle("Ada@x.example")]);
      expect(await outcome(world, await world.planAndApply(DELETION))).toEqual({ contacts: [], messages: [] });
    },
    { behavior: { foldEmails: false } },
  ));

test("a handle is not removed if it became the last handle after the plan", () =>
  withWorld(
    async (world) => {
      const ada = await world.contact([handle("ada@x.example"), handle("+442079460001"), handle("+442079460002")]);
      const plan = await world.plan(
        desiredState([desiredContact(["ada@x.example", "+442079460001"], { exact: ["handles"] })]),
      );
      for (const address of ["ada@x.example", "+442079460001"])
        await world.request("DELETE", `/contacts/${ada}/handles`, handle(address));
      expect(await outcome(world, await world.apply(plan))).toEqual({
        ...{ contacts: ["+442079460002"], messages: [expect.stringContaining("last handle")] },
      });
    },
    { behavior: { errorParts: "all", phoneForm: "e164" } },
  ));

test.each([404, 400] as const)("a missing handle is treated as removed if Front responds with %i", (missingHandle) =>
  withWorld(
    async (world) => {
      const { ada } = await twoContacts(world);
      const plan = await world.plan(desiredState([desiredContact("ada@x.example", { exact: ["handles"] })]));
      await adaLosesHandle(world, { ada, eve: "" });
      expect(await outcome(world, await world.apply(plan))).toEqual({
        ...{ contacts: ["ada@x.example", "eve@x.example"], messages: [] },
      });
    },
    { behavior: { missingHandle } },
  ),
);

test("contacts are deleted after all other operations have ended", () =>
  withWorld(async (world) => {
    await twoContacts(world);
    world.emulator.faults = [{ kind: "status", status: 400, method: "POST", path: "/contacts" }];
    const desired = desiredState([
      ...DELETION.contacts,
      desiredContact("eve@x.example", { name: "Eve" }),
      desiredContact("new@x.example"),
    ]);
    await world.planAndApply(desired);
    const writes = world.sent().filter((line) => !line.startsWith("GET"));
    expect(writes.at(-1)).toBe("DELETE /contacts/*");
    expect(writes).toHaveLength(3);
  }));

test("no request is sent for a plan with an error", () =>
  withWorld(async (world) => {
    await twoContacts(world);
    const ambiguous = desiredContact(["ada@x.example", "eve@x.example"]);
    const plan = await world.plan(
      desiredState([ambiguous, desiredContact("new@x.example"), desiredContact("x@x.example", { name: "X" })]),
    );
    expect(plan.diagnostics.map(({ code }) => code)).toEqual(["match-ambiguous"]);
    expect(await world.apply(plan)).toEqual({ results: [], interrupted: false, requests: 0 });
  }));

test.each(Object.entries(WRITES))("requests that write %s do not contain force", (_, { setUp }) =>
  withWorld(async (world) => {
    await world.planAndApply(await setUp(world));
    expect(world.emulator.requests.length).toBeGreaterThan(0);
    for (const { body, query, path } of world.emulator.requests) expect(body + query + path).not.toContain("force");
  }),
);
