import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { planChanges } from "../src/planning/plan-changes.ts";
import { idsOf, UNGUARDED } from "./support/builders.ts";
import { contactScenarios, UNDECODABLE, undecodableProperties } from "./support/contact-scenarios.ts";
import { applyWithoutFailure, createLawTest, errorsOf } from "./support/scenarios.ts";
import type { World } from "./support/world.ts";

/** Laws for any company with a contact that cannot be decoded. */
const law = createLawTest(
  test,
  fc.tuple(contactScenarios(), undecodableProperties).map(([{ seed, ...rest }, shownAs]) => {
    const { contacts = [], ...others } = seed;
    return { ...rest, seed: { ...others, contacts: [{ ...UNDECODABLE.seed, shown_as: shownAs }, ...contacts] } };
  }),
);

law(
  "a plan leaves out an entry whose contact cannot be decoded, and no other entry",
  30,
  async ({ world, desired }) => {
    const withOdd = { ...desired, contacts: [UNDECODABLE.entry, ...desired.contacts] };
    const expected = await world.plan(desired);
    for (const refresh of ["scan", "lookup"] as const) {
      const plan = planChanges(withOdd, await world.read(withOdd, undefined, { refresh }), UNGUARDED);
      expect(idsOf(plan)).toEqual(idsOf(expected));
      expect(errorsOf(plan)).toMatchObject([{ leavesOut: "front_contact.odd" }]);
    }
  },
);

law("a contact that cannot be decoded stays unchanged, and the rest converges", 20, async ({ world, desired }) => {
  const withOdd = { ...desired, contacts: [...desired.contacts, UNDECODABLE.entry] };
  const before = JSON.stringify(oddIn(world));
  const plan = await world.plan(withOdd);
  await applyWithoutFailure(world, plan);
  expect(JSON.stringify(oddIn(world))).toBe(before);
  expect(idsOf(await world.plan(withOdd))).toEqual([]);
});

function oddIn({ emulator }: World) {
  return emulator.snapshot().contacts?.find(({ id }) => id === "crd_odd");
}
