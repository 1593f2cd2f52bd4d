import { expect, type test } from "@jest/globals";
import fc from "fast-check";
import type { Behavior, Seed } from "../../src/emulator/index.ts";
import type { DesiredState, Handle } from "../../src/model/contact.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import type { Plan } from "../../src/model/plan.ts";
import { runs } from "../scale.ts";
import { type Policy, UNGUARDED } from "./builders.ts";
import { BEHAVIOR_OVERRIDES } from "./emulator.ts";
import { type World, withWorld } from "./world.ts";

/** A company in Front, and the configuration for it. */
export interface Scenario {
  readonly seed: Seed;
  readonly behavior: Partial<Behavior>;
  /** The desired state, or a function that loads it. */
  readonly desired: DesiredState | (() => Promise<DesiredState>);
  /** Default: any number of changes and removals, and no handle is taken from a contact without an entry. */
  readonly policy?: Policy;
}

/** A scenario whose company is in an emulator. */
interface Setup {
  readonly world: World;
  readonly desired: DesiredState;
  readonly policy: Policy;
}

/** Calls `act` with the company of a scenario in an emulator, and stops the emulator afterwards. */
export async function withScenario(
  { seed, behavior, desired: stateOrLoader, policy = UNGUARDED }: Scenario,
  act: (setup: Setup) => Promise<void>,
): Promise<void> {
  const desired = typeof stateOrLoader === "function" ? await stateOrLoader() : stateOrLoader;
  await withWorld((world) => act({ world, desired, policy }), { seed, behavior });
}

/** A scenario whose company is in an emulator, with a number for random choices. */
export type Sample<S = Scenario> = Setup & { readonly scenario: S; readonly chance: number };

/**
 * Returns a function that registers a test of a law in generated scenarios. A failure names the seed that reproduces it.
 * `register` is the `test` of the file, because this module is shared by all test files of a process.
 */
export function createLawTest<S extends Scenario>(
  register: typeof test,
  scenarios: fc.Arbitrary<S>,
  parameters: fc.Parameters<[S, number]> = {},
) {
  return (name: string, runCount: number, check: (sample: Sample<S>) => Promise<void>): void => {
    register(name, () =>
      fc.assert(
        fc.asyncProperty(scenarios, fc.nat(1000), (scenario, chance) =>
          withScenario(scenario, (setup) => check({ ...setup, scenario, chance })),
        ),
        { numRuns: runs(runCount), ...parameters },
      ),
    );
  };
}

/** Returns the diagnostics that are errors. */
export function errorsOf({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === "error");
}

/** Plans, applies and verifies, which must all succeed. Also returns the plan. */
export async function applyFully({ world, desired, policy }: Setup) {
  const plan = await world.plan(desired, policy);
  expect(errorsOf(plan)).toEqual([]);
  return { plan, ...(await applyWithoutFailure(world, plan)) };
}

/** Applies and verifies a plan, which must succeed. */
export async function applyWithoutFailure(world: World, plan: Plan) {
  const applied = await world.applyAndVerify(plan);
  expect(applied.report.results.filter(({ status }) => status !== "applied")).toEqual([]);
  expect(errorsOf(applied.verification)).toEqual([]);
  expect(applied.verification.complete).toBe(true);
  return applied;
}

/** Expects that a new plan has no changes, and that no list or account exists twice. */
export async function expectConverged({ world, desired, policy }: Setup): Promise<void> {
  const plan = await world.plan(desired, policy);
  expect([errorsOf(plan), plan.operations, plan.changes]).toEqual([[], [], []]);
  const { accounts = [] } = world.emulator.snapshot();
  const keys = accounts.flatMap(({ external_id: id }) => id ?? []);
  for (const names of [await world.listNames(), keys]) expect(names).toEqual([...new Set(names)]);
}

/** A contact in a response of Front. */
export interface ShownContact {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly handles: readonly Handle[];
  readonly links: readonly string[];
  readonly lists: readonly { readonly id: string; readonly name: string }[];
  readonly custom_fields: Readonly<Record<string, unknown>>;
  readonly is_private: boolean;
}

/** Returns all contacts in Front. */
export async function shownContacts(world: World): Promise<ShownContact[]> {
  return (await world.contacts()) as unknown as ShownContact[];
}

/** Returns the contacts in Front, without lists that the files delete or declare with exact members. */
export async function unmanagedListsOf(world: World, desired: DesiredState): Promise<ShownContact[]> {
  const managed = new Set(desired.lists.flatMap(({ name, members, ensure }) => ((members ?? ensure) ? [name] : [])));
  const contacts = await shownContacts(world);
  return contacts.map((shown) => ({ ...shown, lists: shown.lists.filter(({ name }) => !managed.has(name)) }));
}

/** Behavior that Front's documentation leaves open. Switches of the test run take precedence. */
export const behaviors: fc.Arbitrary<Partial<Behavior>> = fc
  .record({
    phoneForm: fc.constantFrom("e164" as const, "as-sent" as const, "digits" as const),
    respelledHandle: fc.constantFrom("ignore" as const, "refuse" as const),
    conflictStatus: fc.constantFrom(409 as const, 400 as const),
    unknownAlias: fc.constantFrom(404 as const, 400 as const),
    privateAliases: fc.constantFrom("first" as const, "last" as const, "never" as const),
    emptyStrings: fc.constantFrom("keep" as const, "clear" as const),
    paging: fc.constantFrom("cursor" as const, "offset" as const),
    shortPages: fc.boolean(),
    emptyPages: fc.boolean(),
    showUpdatedAt: fc.boolean(),
    listChangesBump: fc.boolean(),
    emptyCollections: fc.constantFrom("empty" as const, "null" as const, "absent" as const),
    avatarHost: fc.constantFrom("own" as const, "foreign" as const),
    errorParts: fc.constantFrom("all" as const, "message" as const, "status" as const),
    etags: fc.constantFrom("weak" as const, "none" as const),
  })
  .map((behavior) => ({ ...behavior, ...BEHAVIOR_OVERRIDES }));

/** Behavior of accounts that Front's documentation leaves open. */
export const accountBehaviors: fc.Arbitrary<Partial<Behavior>> = fc
  .record({
    linkMoves: fc.boolean(),
    sameAccount: fc.constantFrom("refuse" as const, "allow" as const),
    accountOnContacts: fc.constantFrom("always" as const, "members" as const, "never" as const),
  })
  .map((behavior) => ({ ...behavior, ...BEHAVIOR_OVERRIDES }));
