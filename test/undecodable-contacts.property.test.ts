import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { planChanges } from "../src/planning/plan-changes.ts";
import { idsOf, UNGUARDED } from "./support/builders.ts";
import { contactScenarios, UNDECODABLE, undecodableProperties } from "./support/contact-scenarios.ts";
import { applyWithoutFailure, createPropertyTest, errorsOf } from "./support/scenarios.ts";
import type { TestEnvironment } from "./support/test-environment.ts";

const testProperty = createPropertyTest(
  test,
  fc.tuple(contactScenarios(), undecodableProperties).map(([{ seed, ...rest }, shownAs]) => {
    const { contacts = [], ...others } = seed;
    return { ...rest, seed: { ...others, contacts: [{ ...UNDECODABLE.seed, shown_as: shownAs }, ...contacts] } };
  }),
);

testProperty("a plan skips only the entry whose contact cannot be decoded", 30, async ({ environment, desired }) => {
  const withUndecodable = { ...desired, contacts: [UNDECODABLE.entry, ...desired.contacts] };
  const expectedPlan = await environment.plan(desired);
  for (const refresh of ["scan", "lookup"] as const) {
    const plan = planChanges(
      withUndecodable,
      await environment.read(withUndecodable, undefined, { refresh }),
      UNGUARDED,
    );
    expect(idsOf(plan)).toEqual(idsOf(expectedPlan));
    expect(errorsOf(plan)).toMatchObject([{ excludedAddress: "front_contact.odd" }]);
  }
});

testProperty(
  "an apply does not change a contact that cannot be decoded, and the other contacts converge",
  20,
  async ({ environment, desired }) => {
    const withUndecodable = { ...desired, contacts: [...desired.contacts, UNDECODABLE.entry] };
    const before = JSON.stringify(undecodableContactIn(environment));
    const plan = await environment.plan(withUndecodable);
    await applyWithoutFailure(environment, plan);
    expect(JSON.stringify(undecodableContactIn(environment))).toBe(before);
    expect(idsOf(await environment.plan(withUndecodable))).toEqual([]);
  },
);

function undecodableContactIn({ emulator }: TestEnvironment) {
  return emulator.snapshot().contacts?.find(({ id }) => id === "crd_odd");
}
