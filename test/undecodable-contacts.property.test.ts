import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { planChanges } from "../src/planning/plan-changes.ts";
import { idsOf, UNGUARDED } from "./support/builders.ts";
import { contactScenarios, UNDECODABLE, undecodableProperties } from "./support/contact-scenarios.ts";
import { applyWithoutFailure, createLawTest, errorsOf } from "./support/scenarios.ts";
import type { World } from "./support/world.ts";

/** Registers a property-based test over companies with a contact that cannot be decoded. */
const testLaw = createLawTest(
  test,
  fc.tuple(contactScenarios(), undecodableProperties).map(([{ seed, ...rest }, shownAs]) => {
    const { contacts = [], ...others } = seed;
    return { ...rest, seed: { ...others, contacts: [{ ...UNDECODABLE.seed, shown_as: shownAs }, ...contacts] } };
  }),
);

testLaw("a plan skips only the entry whose contact cannot be decoded", 30, async ({ world, desired }) => {
  const withUndecodable = { ...desired, contacts: [UNDECODABLE.entry, ...desired.contacts] };
  const expectedPlan = await world.plan(desired);
  for (const refresh of ["scan", "lookup"] as const) {
    const plan = planChanges(withUndecodable, await world.read(withUndecodable, undefined, { refresh }), UNGUARDED);
    expect(idsOf(plan)).toEqual(idsOf(expectedPlan));
    expect(errorsOf(plan)).toMatchObject([{ excludedAddress: "front_contact.odd" }]);
  }
});

testLaw(
  "an apply does not change a contact that cannot be decoded, and the other contacts converge",
  20,
  async ({ world, desired }) => {
    const withUndecodable = { ...desired, contacts: [...desired.contacts, UNDECODABLE.entry] };
    const before = JSON.stringify(undecodableContactIn(world));
    const plan = await world.plan(withUndecodable);
    await applyWithoutFailure(world, plan);
    expect(JSON.stringify(undecodableContactIn(world))).toBe(before);
    expect(idsOf(await world.plan(withUndecodable))).toEqual([]);
  },
);

function undecodableContactIn({ emulator }: World) {
  return emulator.snapshot().contacts?.find(({ id }) => id === "crd_odd");
}
