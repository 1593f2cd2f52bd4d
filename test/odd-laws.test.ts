import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { planChanges } from "../src/planning/plan-changes.ts";
import { runs } from "./scale.ts";
import { idsOf, UNGUARDED } from "./support/builders.ts";
import { type World, withWorld } from "./support/world.ts";
import { behaviors, ODD, oddities, populate, type Situation, situations } from "./support/worlds.ts";

/** Laws for any company with a contact that cannot be decoded. */
function law(name: string, full: number, holds: (world: World, situation: Situation) => Promise<void>): void {
  test(name, () =>
    fc.assert(
      fc.asyncProperty(situations, behaviors, oddities, (situation, behavior, shownAs) =>
        withWorld(
          async (world) => {
            await populate(world, situation);
            await holds(world, situation);
          },
          {
            behavior,
            seed: { lists: ["Alpha", "Beta", "Gamma"], contacts: [{ ...ODD.seed, shown_as: shownAs }] },
          },
        ),
      ),
      { numRuns: runs(full) },
    ),
  );
}

law("an entry whose contact cannot be decoded is left out, and nothing else is", 30, async (world, { wanted }) => {
  const withOdd = { ...wanted, contacts: [ODD.entry, ...wanted.contacts] };
  const expected = await world.plan(wanted);
  for (const refresh of ["scan", "lookup"] as const) {
    const plan = planChanges(withOdd, await world.read(withOdd, undefined, { refresh }), UNGUARDED);
    expect(idsOf(plan)).toEqual(idsOf(expected));
    const errors = plan.diagnostics.filter(({ severity }) => severity === "error");
    expect(errors).toMatchObject([{ leavesOut: "front_contact.odd" }]);
  }
});

law("a contact that cannot be decoded stays unchanged, and the rest converges", 20, async (world, { wanted }) => {
  const withOdd = { ...wanted, contacts: [...wanted.contacts, ODD.entry] };
  const before = JSON.stringify(oddIn(world));
  const { report, verification } = await world.applyAndVerify(await world.plan(withOdd));
  expect(report.results.filter(({ status }) => status !== "applied")).toEqual([]);
  expect(verification.complete).toBe(true);
  expect(JSON.stringify(oddIn(world))).toBe(before);
  expect(idsOf(await world.plan(withOdd))).toEqual([]);
});

function oddIn({ emulator }: World) {
  return emulator.snapshot().contacts?.find(({ id }) => id === "crd_odd");
}
