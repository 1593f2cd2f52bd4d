import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { systemClock } from "../../src/clock/clock.ts";
import { type Behavior, type Emulator, readSeedFile, type Seed } from "../../src/emulator/index.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { takeSnapshot } from "../../src/snapshot/take-snapshot.ts";
import { runs } from "../scale.ts";
import { type Policy, UNGUARDED } from "../support/builders.ts";
import { companies } from "../support/companies.ts";
import { contactScenarios } from "../support/contact-scenarios.ts";
import { forAllAsync } from "../support/for-all.ts";
import { handleConflicts, scenariosOf } from "../support/handle-conflicts.ts";
import { behaviors, createPropertyTest, variedBehavior } from "../support/scenarios.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";

const listingBehaviors = fc
  .tuple(behaviors, variedBehavior("listings", "avatarRedirect", "accountOnContacts", "linkMoves"))
  .map(([some, others]) => ({ ...some, ...others }));

/** Returns the snapshot of a company, without the time it was taken. */
async function snapshotOf(environment: TestEnvironment): Promise<Seed> {
  using directory = new TemporaryDirectory();
  const path = directory.pathOf("company.json");
  await takeSnapshot(path, environment.connect({ readOnly: true }), {
    clock: systemClock,
    avatars: true,
    expectedContacts: () => undefined,
    onProgress: () => {},
    onResume: () => {},
  });
  return { ...(await readSeedFile(path)), snapshot: { format: 1, taken_at: "any time" } };
}

/**
 * Calls `check` with a copy of a company and the snapshot from which the copy was created. The copy takes `showUpdatedAt`
 * and `accountOnContacts` from the snapshot.
 */
async function withCopy(
  environment: TestEnvironment,
  { showUpdatedAt: _, accountOnContacts: __, ...behavior }: Partial<Behavior>,
  check: (copy: TestEnvironment, snapshot: Seed) => Promise<void>,
): Promise<void> {
  const seed = await snapshotOf(environment);
  await withTestEnvironment({ behavior, seed: JSON.parse(JSON.stringify(seed)) }, (copy) => check(copy, seed));
}

const LISTINGS = [
  ...["/me", "/contacts/custom_fields", "/accounts/custom_fields", "/teammates", "/inboxes", "/contact_lists"],
  ...["/contacts?limit=3", "/contacts?limit=3&sort_order=asc", "/contacts?limit=2&sort_by=updated_at", "/accounts"],
];

/**
 * Returns the pages of all listings, including the members of each list and account. Pages are identified by number,
 * because page tokens differ between a company and its copy.
 */
async function readListings(emulator: Emulator): Promise<Record<string, unknown>> {
  const pages: Record<string, unknown> = {};
  const paths = [...LISTINGS];
  // The loop also visits the paths that it adds.
  for (const path of paths) {
    let number = 1;
    for await (const { id: companyId, name, _results: items = [] } of pagesOf(emulator, path)) {
      pages[`${path} page ${number}`] = { companyId, name, items };
      number += 1;
      if (path === "/contact_lists" || path === "/accounts")
        paths.push(...items.map(({ id }: { id: string }) => `${path}/${id}/contacts`));
    }
  }
  return pages;
}

async function* pagesOf(emulator: Emulator, path: string) {
  for (let target: string | undefined = path; target !== undefined; ) {
    const { body } = await emulator.asTeammate("GET", target);
    yield body;
    const url: URL | undefined = body._pagination?.next ? new URL(body._pagination.next) : undefined;
    target = url && url.pathname + url.search;
  }
}

/** Returns a plan without the time at which Front was read. */
async function createPlan(environment: TestEnvironment, desired: DesiredState, policy: Policy): Promise<unknown> {
  const { changes, operations, requests, diagnostics, coverage } = await environment.plan(desired, policy);
  return { changes, operations, requests, diagnostics, coverage };
}

async function createAccounts(
  environment: TestEnvironment,
  contacts: readonly Record<string, unknown>[],
  randomNumber: number,
): Promise<void> {
  const byDomain = { name: "By domain", domains: ["x.example"], external_id: `A-${randomNumber}` };
  await environment.request("POST", "/accounts", byDomain);
  const account = await environment.request("POST", "/accounts", { name: "By hand", description: "Selected manually" });
  const members = contacts.filter((_, index) => (index + randomNumber) % 2 === 0).map(({ id }) => id);
  if (members.length > 0)
    await environment.request("POST", `/accounts/${account.id}/contacts`, { contact_ids: members });
}

createPropertyTest(test, contactScenarios(listingBehaviors))(
  "a copy has the same listings, plan and snapshot as the original",
  20,
  async ({ environment, desired, scenario, randomNumber }) => {
    await createAccounts(environment, await environment.contacts(), randomNumber);
    await withCopy(environment, scenario.behavior, async (copy, snapshot) => {
      expect(await readListings(copy.emulator)).toEqual(await readListings(environment.emulator));
      expect(await createPlan(copy, desired, UNGUARDED)).toEqual(await createPlan(environment, desired, UNGUARDED));
      expect(await snapshotOf(copy)).toEqual(snapshot);
    });
  },
);

createPropertyTest(test, scenariosOf(handleConflicts, listingBehaviors))(
  "a copy has the same plan and snapshot for handle moves, merges and deletions",
  12,
  async ({ environment, desired, policy, scenario }) => {
    await withCopy(environment, scenario.behavior, async (copy, snapshot) => {
      expect(await createPlan(copy, desired, policy)).toEqual(await createPlan(environment, desired, policy));
      expect(await snapshotOf(copy)).toEqual(snapshot);
    });
  },
);

test("a copy of a company with unusual values has the same listings and snapshot", () =>
  forAllAsync([fc.boolean().chain((hasStableIds) => companies({ hasStableIds }))], { numRuns: runs(20) }, (seed) =>
    withTestEnvironment({ seed }, (environment) =>
      withCopy(environment, {}, async (copy, snapshot) => {
        expect(await readListings(copy.emulator)).toEqual(await readListings(environment.emulator));
        expect(await snapshotOf(copy)).toEqual(snapshot);
      }),
    ),
  ));
