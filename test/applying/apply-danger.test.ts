import { expect, test } from "@jest/globals";
import type { ApplyReport } from "../../src/applying/apply.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { desired, files, handle } from "../support/builders.ts";
import { type World, withWorld as withAnyWorld } from "../support/world.ts";
import { WRITES } from "../support/writes.ts";

/** Front shows phone numbers as these tests write them. */
const withWorld: typeof withAnyWorld = (run, options = {}) =>
  withAnyWorld(run, { ...options, behavior: { phoneForm: "e164", ...options.behavior } });

/** Returns the handles of all contacts, and the message of an operation that was not applied. */
async function outcome(world: World, { results }: ApplyReport) {
  const contacts = (await world.contacts()) as unknown as { handles: { handle: string }[] }[];
  return {
    left: contacts.map(({ handles }) => handles.map((held) => held.handle).join(" ")),
    said: results.flatMap((result) => ("message" in result ? [`${result.operation.kind}: ${result.message}`] : [])),
  };
}

const GRAVE = files([desired("ada@x.example", { ensure: "absent" })]);
const FOLDED = files([desired(["ada@x.example", "eve@x.example"], { merge: true, name: "Both" })]);

interface Ids {
  readonly ada: string;
  readonly eve: string;
}

async function twoContacts(world: World): Promise<Ids> {
  const ada = await world.contact([handle("ada@x.example"), handle("+442079460001")]);
  return { ada, eve: await world.contact([handle("eve@x.example")]) };
}

type Edit = (world: World, ids: Ids) => Promise<unknown>;

const gains: Edit = (world, { ada }) => world.request("POST", `/contacts/${ada}/handles`, handle("+9"));
const loses: Edit = (world, { ada }) => world.request("DELETE", `/contacts/${ada}/handles`, handle("+442079460001"));
const otherGains: Edit = (world, { eve }) => world.request("POST", `/contacts/${eve}/handles`, handle("+9"));
const goes: Edit = (world, { ada }) => world.request("DELETE", `/contacts/${ada}`);
const otherGoes: Edit = (world, { eve }) => world.request("DELETE", `/contacts/${eve}`);
const renamed: Edit = (world, { ada }) => world.request("PATCH", `/contacts/${ada}`, { name: "Ada" });

const described: Edit = (world, { eve }) =>
  world.request("PATCH", `/contacts/${eve}`, { description: "Do not delete." });
const joins: Edit = async (world, { ada }) => {
  const list = await world.list("VIP");
  await world.request("POST", `/contact_lists/${list}/contacts`, { contact_ids: [ada] });
};

const BELONGINGS = /^\S+: The values of \S+ changed in Front after this plan$/;
const CHANGED = /^\S+: The handles of \S+ changed in Front after this plan$/;
const GONE = /^\S+: \S+ no longer exists in Front$/;

test.each<[string, DesiredState, Edit, string[], RegExp[]]>([
  ["deleted when it gained a handle", GRAVE, gains, ["ada@x.example +442079460001 +9", "eve@x.example"], [CHANGED]],
  ["deleted when it lost a handle", GRAVE, loses, ["ada@x.example", "eve@x.example"], [CHANGED]],
  [
    "merged when it gained a handle",
    FOLDED,
    gains,
    ["ada@x.example +442079460001 +9", "eve@x.example"],
    [CHANGED, /depends on: merge/],
  ],
  ["merged when it lost a handle", FOLDED, loses, ["ada@x.example", "eve@x.example"], [CHANGED, /depends on: merge/]],
  [
    "merged when the other gained one",
    FOLDED,
    otherGains,
    ["ada@x.example +442079460001", "eve@x.example +9"],
    [CHANGED, /depends on: merge/],
  ],
  ["deleted when it got a name", GRAVE, renamed, ["ada@x.example +442079460001", "eve@x.example"], [BELONGINGS]],
  ["deleted when it joined a list", GRAVE, joins, ["ada@x.example +442079460001", "eve@x.example"], [BELONGINGS]],
  [
    "merged when somebody described the other",
    FOLDED,
    described,
    ["ada@x.example +442079460001", "eve@x.example"],
    [BELONGINGS, /depends on: merge/],
  ],
  ["merged if it was deleted", FOLDED, goes, ["eve@x.example"], [GONE, /depends on: merge/]],
  ["merged when the other is gone", FOLDED, otherGoes, ["ada@x.example +442079460001"], [GONE, /depends on: merge/]],
])("a contact is not %s since the plan", (_, wanted, edit, left, said) =>
  withWorld(async (world) => {
    const ids = await twoContacts(world);
    const plan = await world.plan(wanted);
    await edit(world, ids);
    const found = await outcome(world, await world.apply(plan));
    expect(found).toEqual({ left, said: said.map((words) => expect.stringMatching(words)) });
    expect(world.sent().filter((line) => /^DELETE|merge/.test(line))).toEqual([]);
  }),
);

test("deletes nothing when the contact no longer exists", () =>
  withWorld(async (world) => {
    const ids = await twoContacts(world);
    const plan = await world.plan(GRAVE);
    await goes(world, ids);
    expect(await outcome(world, await world.apply(plan))).toEqual({ left: ["eve@x.example"], said: [] });
  }));

test("deletes a contact that has one email in two spellings", () =>
  withWorld(
    async (world) => {
      await world.contact([handle("ada@x.example"), handle("Ada@x.example")]);
      expect(await outcome(world, await world.planAndApply(GRAVE))).toEqual({ left: [], said: [] });
    },
    { behavior: { foldEmails: false } },
  ));

test("does not remove a handle that became the last one after the plan", () =>
  withWorld(
    async (world) => {
      const ada = await world.contact([handle("ada@x.example"), handle("+442079460001"), handle("+442079460002")]);
      const plan = await world.plan(files([desired(["ada@x.example", "+442079460001"], { exact: ["handles"] })]));
      for (const lost of ["ada@x.example", "+442079460001"])
        await world.request("DELETE", `/contacts/${ada}/handles`, handle(lost));
      const found = await outcome(world, await world.apply(plan));
      expect(found).toEqual({ left: ["+442079460002"], said: [expect.stringContaining("last handle")] });
    },
    { behavior: { errorParts: "all", phoneForm: "e164" } },
  ));

test.each([404, 400] as const)("counts a missing handle as removed when Front responds with %i", (missingHandle) =>
  withWorld(
    async (world) => {
      const { ada } = await twoContacts(world);
      const plan = await world.plan(files([desired("ada@x.example", { exact: ["handles"] })]));
      await loses(world, { ada, eve: "" });
      expect(await outcome(world, await world.apply(plan))).toEqual({
        ...{ left: ["ada@x.example", "eve@x.example"], said: [] },
      });
    },
    { behavior: { missingHandle } },
  ),
);

test("deletes contacts after all other operations have ended", () =>
  withWorld(async (world) => {
    await twoContacts(world);
    world.emulator.faults = [{ kind: "status", status: 400, method: "POST", path: "/contacts" }];
    const wanted = files([...GRAVE.contacts, desired("eve@x.example", { name: "Eve" }), desired("new@x.example")]);
    await world.planAndApply(wanted);
    const writes = world.sent().filter((line) => !line.startsWith("GET"));
    expect(writes.at(-1)).toBe("DELETE /contacts/*");
    expect(writes).toHaveLength(3);
  }));

test("sends nothing for a plan with an error", () =>
  withWorld(async (world) => {
    await twoContacts(world);
    const unclear = desired(["ada@x.example", "eve@x.example"]);
    const plan = await world.plan(files([unclear, desired("new@x.example"), desired("x@x.example", { name: "X" })]));
    expect(plan.diagnostics.map(({ code }) => code)).toEqual(["match-ambiguous"]);
    expect(await world.apply(plan)).toEqual({ results: [], interrupted: false, requests: 0 });
  }));

test.each(Object.entries(WRITES))("never sends force to write %s", (_, { setUp }) =>
  withWorld(async (world) => {
    await world.planAndApply(await setUp(world));
    expect(world.emulator.requests.length).toBeGreaterThan(0);
    for (const { body, query, path } of world.emulator.requests) expect(body + query + path).not.toContain("force");
  }),
);
