import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Behavior } from "../src/emulator/index.ts";
import { type DesiredContact, type DesiredState, type Handle, handleKey } from "../src/model/contact.ts";
import type { Diagnostic } from "../src/model/diagnostic.ts";
import { runs } from "./scale.ts";
import { front, type Policy, planFor, UNGUARDED } from "./support/builders.ts";
import { type Crossing, createCrossing, crossings, readCrossing } from "./support/crossings.ts";
import { FULL_PAGES, SWITCHED } from "./support/emulator.ts";
import { type World, withWorld } from "./support/world.ts";
import { behaviors, withoutManaged } from "./support/worlds.ts";

/** A company in the emulator, and files that disagree with it about which contact has which handle. */
interface Scene {
  readonly world: World;
  readonly wanted: DesiredState;
  readonly policy: Policy;
  readonly chance: number;
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function policyOf({ allowHandleMoves }: Crossing): Policy {
  return { ...UNGUARDED, allowHandleMoves };
}

function isAccepted(crossing: Crossing): boolean {
  const { present, wanted } = readCrossing(crossing);
  return planFor(wanted, front(present), policyOf(crossing)).diagnostics.length === 0;
}

function law(
  name: string,
  full: number,
  holds: (scene: Scene, crossing: Crossing) => Promise<void>,
  { accepted = true, switches = behaviors }: { accepted?: boolean; switches?: fc.Arbitrary<Partial<Behavior>> } = {},
) {
  const worlds = crossings.filter((crossing) => isAccepted(crossing) === accepted);
  test(name, () =>
    fc.assert(
      fc.asyncProperty(worlds, switches, fc.nat(1000), (crossing, behavior, chance) =>
        withWorld(
          async (world) =>
            holds(
              { world, wanted: await createCrossing(world, crossing), policy: policyOf(crossing), chance },
              crossing,
            ),
          { behavior },
        ),
      ),
      { numRuns: runs(full) },
    ),
  );
}

law("an applied plan leaves no changes and passes verification", 20, async (scene) => {
  const { world, wanted, policy } = scene;
  const plan = await world.plan(wanted, policy);
  expect(plan.diagnostics.filter(isError)).toEqual([]);
  const { report, verification } = await world.applyAndVerify(plan);
  expect(report.results.filter(({ status }) => status !== "applied")).toEqual([]);
  expect(verification.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(verification.complete).toBe(true);
  const again = await world.plan(wanted, policy);
  expect([again.diagnostics.filter(isError), again.operations, again.changes]).toEqual([[], [], []]);
  for (const { body } of world.emulator.requests) expect(body).not.toContain("force");
});

law(
  "applying and verifying a plan takes the estimated requests, or fewer after a merge",
  20,
  async ({ world, wanted, policy }) => {
    const plan = await world.plan(wanted, policy);
    const { made } = await world.applyAndVerify(plan);
    const merges = plan.operations.some(({ kind }) => kind === "merge-contacts");
    expect(made)[merges ? "toBeLessThanOrEqual" : "toBe"](plan.requests.total);
  },
  { switches: fc.constant({ ...SWITCHED, ...FULL_PAGES, listings: "whole" }) },
);

law(
  "a plan with an error sends nothing",
  10,
  async ({ world, wanted, policy }) => {
    const plan = await world.plan(wanted, policy);
    expect(plan.diagnostics).not.toEqual([]);
    expect((await world.apply(plan)).requests).toBe(0);
  },
  { accepted: false },
);

/** A contact as Front shows it. */
interface Shown {
  readonly id: string;
  readonly name: string | null;
  readonly description: string;
  readonly handles: readonly Handle[];
  readonly links: readonly string[];
  readonly lists: readonly { readonly name: string }[];
  readonly custom_fields: Readonly<Record<string, unknown>>;
}

async function shownBy(world: World): Promise<Shown[]> {
  return (await world.contacts()) as unknown as Shown[];
}

/** Returns all contacts by their handles, without properties that depend on the time of an update. */
async function contentOf(world: World): Promise<unknown> {
  const accounts = (await world.ask("GET", "/accounts"))._results as { id: string; name: string }[];
  const accountNames = new Map<string, string[]>();
  for (const { id, name } of accounts) {
    const members = (await world.ask("GET", `/accounts/${id}/contacts`))._results as Shown[];
    for (const { id } of members) accountNames.set(id, [...(accountNames.get(id) ?? []), name]);
  }
  const shown = (await shownBy(world)).map(({ id, handles, links, lists }) => ({
    handles: handles.map(handleKey).sort(),
    links: [...links].sort(),
    lists: lists.map(({ name }) => name).sort(),
    accounts: accountNames.get(id) ?? [],
  }));
  return shown.map((each) => JSON.stringify(each)).sort();
}

law("an apply that stops at any operation reaches the same result when it is repeated", 15, async (scene, crossing) => {
  const { world, wanted, policy, chance } = scene;
  const plan = await world.plan(wanted, policy);
  await world.applyInterrupted(plan, chance);
  const rest = await world.plan(wanted, policy);
  expect(rest.diagnostics.filter(isError)).toEqual([]);
  await world.apply(rest);
  expect((await world.plan(wanted, policy)).operations).toEqual([]);
  await withWorld(async (other) => {
    const undisturbed = await createCrossing(other, crossing);
    await other.apply(await other.plan(undisturbed, policy));
    expect(await contentOf(world)).toEqual(await contentOf(other));
  });
});

/** Returns the unmanaged properties of a contact that an entry matches. */
function unmanaged(shown: Shown, entry: DesiredContact): unknown {
  const { name, description, links, lists, custom_fields } = shown;
  const fields = entry.customFields?.map((field) => field.name);
  const exact = fields !== undefined && entry.exact.includes("custom_fields");
  return {
    name: entry.name === undefined ? name : "managed",
    description: entry.description === undefined ? description : "managed",
    links: entry.links === undefined ? links : "managed",
    lists: entry.lists === undefined ? lists : "managed",
    fields: exact ? "managed" : Object.entries(custom_fields).filter(([field]) => !fields?.includes(field)),
  };
}

/** Returns the entry that matches a contact by its final handles. */
function entryOf({ handles }: Shown, { contacts }: DesiredState): DesiredContact | undefined {
  const held = new Set(handles.map(handleKey));
  return contacts.find((contact) => contact.handles.some((each) => held.has(handleKey(each))));
}

law("an apply leaves undeclared data unchanged, except in merged contacts", 15, async ({ world, wanted, policy }) => {
  const shownNow = async () =>
    (await shownBy(world)).map((shown) => ({ ...shown, lists: withoutManaged(shown.lists, wanted) }));
  const before = await shownNow();
  const plan = await world.plan(wanted, policy);
  await world.apply(plan);
  const after = new Map((await shownNow()).map((shown) => [shown.id, shown]));
  const gone = plan.changes.flatMap(({ type, action, id }) =>
    type === "front_contact" && action === "delete" ? [id] : [],
  );
  const merged = plan.operations.flatMap((operation) =>
    operation.kind === "merge-contacts" ? [operation.target.id] : [],
  );
  expect(
    before
      .filter(({ id }) => !after.has(id))
      .map(({ id }) => id)
      .sort(),
  ).toEqual(gone.sort());
  for (const shown of before.filter(({ id }) => after.has(id) && !merged.includes(id))) {
    const now = after.get(shown.id) ?? shown;
    const entry = entryOf(now, wanted);
    if (entry !== undefined) expect(unmanaged(now, entry)).toEqual(unmanaged(shown, entry));
    else expect({ ...now, handles: [] }).toEqual({ ...shown, handles: [] });
  }
});
