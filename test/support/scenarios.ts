import { expect, type test } from "@jest/globals";
import fc from "fast-check";
import { BEHAVIOR_OPTIONS, type Behavior, type Seed } from "../../src/emulator/index.ts";
import type { DesiredState, Handle } from "../../src/model/contact.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import type { Plan } from "../../src/model/plan.ts";
import { runs } from "../scale.ts";
import { type Policy, UNGUARDED } from "./builders.ts";
import { BEHAVIOR_OVERRIDES } from "./emulator.ts";
import { forAllAsync } from "./for-all.ts";
import { type TestEnvironment, withTestEnvironment } from "./test-environment.ts";

export interface Scenario {
  readonly seed: Seed;
  readonly behavior: Partial<Behavior>;
  readonly desired: DesiredState | (() => Promise<DesiredState>);
  /** Default: changes and removals are not limited, and handles do not move from undeclared contacts. */
  readonly policy?: Policy;
}

/** A running emulator with the company of a scenario. */
interface Setup {
  readonly environment: TestEnvironment;
  readonly desired: DesiredState;
  readonly policy: Policy;
}

export async function withScenario(
  { seed, behavior, desired: stateOrLoader, policy = UNGUARDED }: Scenario,
  act: (setup: Setup) => Promise<void>,
): Promise<void> {
  const desired = typeof stateOrLoader === "function" ? await stateOrLoader() : stateOrLoader;
  await withTestEnvironment({ seed, behavior }, (environment) => act({ environment, desired, policy }));
}

/** A generated scenario with its running emulator, and a random number for further choices. */
export type Sample<S = Scenario> = Setup & { readonly scenario: S; readonly randomNumber: number };

/**
 * Returns a function that registers a property-based test. A failure shows the seed that reproduces it. `register` is
 * the `test` function of the test file, because all test files of a process share this module.
 */
export function createPropertyTest<S extends Scenario>(
  register: typeof test,
  scenarios: fc.Arbitrary<S>,
  parameters: fc.Parameters<[S, number]> = {},
) {
  return (name: string, runCount: number, check: (sample: Sample<S>) => Promise<void>): void => {
    register(name, () =>
      forAllAsync([scenarios, fc.nat(1000)], { numRuns: runs(runCount), ...parameters }, (scenario, randomNumber) =>
        withScenario(scenario, (setup) => check({ ...setup, scenario, randomNumber })),
      ),
    );
  };
}

export function errorsOf({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === "error");
}

/** Returns the operations of a plan. Throws if the plan has errors, because such a plan may have no operations. */
export function operationsOf(plan: Pick<Plan, "operations" | "diagnostics">): Plan["operations"] {
  expect(errorsOf(plan)).toEqual([]);
  return plan.operations;
}

/** Plans, applies and verifies; every step must succeed. */
export async function applyFully({ environment, desired, policy }: Setup) {
  const plan = await environment.plan(desired, policy);
  expect(errorsOf(plan)).toEqual([]);
  return { plan, ...(await applyWithoutFailure(environment, plan)) };
}

/** Applies a plan and verifies the apply; both must succeed. */
export async function applyWithoutFailure(environment: TestEnvironment, plan: Plan) {
  const applyResult = await environment.applyAndVerify(plan);
  expect(applyResult.report.results.filter(({ status }) => status !== "applied")).toEqual([]);
  expect(errorsOf(applyResult.verification)).toEqual([]);
  expect(applyResult.verification.complete).toBe(true);
  return applyResult;
}

/** Expects that a new plan has no changes, and that the names of lists and the external IDs of accounts are unique. */
export async function expectConverged({
  environment,
  desired,
  policy,
}: Omit<Setup, "policy"> & Partial<Setup>): Promise<void> {
  const plan = await environment.plan(desired, policy);
  expect([errorsOf(plan), plan.operations, plan.changes]).toEqual([[], [], []]);
  const { accounts = [] } = environment.emulator.snapshot();
  const externalIds = accounts.flatMap(({ external_id: id }) => id ?? []);
  for (const names of [await environment.listNames(), externalIds]) expect(names).toEqual([...new Set(names)]);
}

export interface RemoteContactJson {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly handles: readonly Handle[];
  readonly links: readonly string[];
  readonly lists: readonly { readonly id: string; readonly name: string }[];
  readonly custom_fields: Readonly<Record<string, unknown>>;
  readonly is_private: boolean;
}

export async function listRemoteContacts(environment: TestEnvironment): Promise<RemoteContactJson[]> {
  return (await environment.contacts()) as unknown as RemoteContactJson[];
}

/** Returns all contacts without the lists that the configuration deletes or declares with exact members. */
export async function contactsWithUnmanagedLists(
  environment: TestEnvironment,
  desired: DesiredState,
): Promise<RemoteContactJson[]> {
  const managedLists = new Set(
    desired.lists.flatMap(({ name, members, ensure }) => ((members ?? ensure) ? [name] : [])),
  );
  const contacts = await listRemoteContacts(environment);
  return contacts.map((contact) => ({
    ...contact,
    lists: contact.lists.filter(({ name }) => !managedLists.has(name)),
  }));
}

/** Generates values for these behaviors. Behavior that is set for the whole test run takes precedence. */
export function variedBehavior(...names: readonly (keyof Behavior)[]): fc.Arbitrary<Partial<Behavior>> {
  const values = names.map((name) => [name, fc.constantFrom<unknown>(...BEHAVIOR_OPTIONS[name])]);
  return fc.record(Object.fromEntries(values)).map((behavior) => ({ ...behavior, ...BEHAVIOR_OVERRIDES }));
}

/** Undocumented behavior of Front. */
export const behaviors = variedBehavior(
  ...(["phoneForm", "respelledHandle", "conflictStatus", "unknownAlias", "privateAliases", "emptyStrings"] as const),
  ...(["paging", "shortPages", "emptyPages", "showUpdatedAt", "listChangesSetUpdatedAt", "emptyCollections"] as const),
  ...(["avatarHost", "errorParts", "etags"] as const),
);

/** Undocumented behavior of Front's accounts. */
export const accountBehaviors = variedBehavior("linkMoves", "sameAccount", "accountOnContacts");
