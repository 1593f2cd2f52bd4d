import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type DesiredContact, type DesiredState, handleKey } from "../src/model/contact.ts";
import { BEHAVIOR_OVERRIDES, FULL_PAGES } from "./support/emulator.ts";
import { handleConflicts, isPlannable, scenariosOf } from "./support/handle-conflicts.ts";
import {
  applyFully,
  contactsWithUnmanagedLists,
  createPropertyTest,
  errorsOf,
  expectConverged,
  listRemoteContacts,
  type RemoteContactJson,
  withScenario,
} from "./support/scenarios.ts";
import type { TestEnvironment } from "./support/test-environment.ts";

// These properties hold for companies and configurations that assign handles to different contacts.

const plannableConflicts = handleConflicts.filter(isPlannable);
const testProperty = createPropertyTest(test, scenariosOf(plannableConflicts));

testProperty(
  "an applied plan leaves no changes and passes verification, and no request contains force",
  20,
  async (setup) => {
    await applyFully(setup);
    await expectConverged(setup);
    for (const { body } of setup.environment.emulator.requests) expect(body).not.toContain("force");
  },
);

createPropertyTest(
  test,
  scenariosOf(plannableConflicts, fc.constant({ ...BEHAVIOR_OVERRIDES, ...FULL_PAGES, listings: "whole" })),
)("applying and verifying a plan takes the predicted number of requests, or fewer after a merge", 20, async (setup) => {
  const { plan, requestCount } = await applyFully(setup);
  const merges = plan.operations.some(({ kind }) => kind === "merge-contacts");
  expect(requestCount)[merges ? "toBeLessThanOrEqual" : "toBe"](plan.requests.total);
});

createPropertyTest(test, scenariosOf(handleConflicts.filter((conflict) => !isPlannable(conflict))))(
  "an apply of a plan with an error sends no request",
  10,
  async ({ environment, desired, policy }) => {
    const plan = await environment.plan(desired, policy);
    expect(errorsOf(plan)).not.toEqual([]);
    expect((await environment.apply(plan)).requests).toBe(0);
  },
);

/** Returns the handles, links, lists and account names of each contact, in an order that does not depend on IDs. */
async function contentOf(environment: TestEnvironment): Promise<unknown> {
  const accounts = (await environment.request("GET", "/accounts"))._results as { id: string; name: string }[];
  const accountNames = new Map<string, string[]>();
  for (const { id, name } of accounts) {
    const members = (await environment.request("GET", `/accounts/${id}/contacts`))._results as RemoteContactJson[];
    for (const { id } of members) accountNames.set(id, [...(accountNames.get(id) ?? []), name]);
  }
  const contents = (await listRemoteContacts(environment)).map(({ id, handles, links, lists }) => ({
    handles: handles.map(handleKey).sort(),
    links: [...links].sort(),
    lists: lists.map(({ name }) => name).sort(),
    accounts: accountNames.get(id) ?? [],
  }));
  return contents.map((contact) => JSON.stringify(contact)).sort();
}

testProperty(
  "an apply that stops at any operation and is repeated has the result of an uninterrupted apply",
  15,
  async (setup) => {
    const { environment, desired, policy, randomNumber } = setup;
    await environment.applyInterrupted(await environment.plan(desired, policy), randomNumber);
    await applyFully(setup);
    await expectConverged(setup);
    await withScenario(setup.scenario, async (other) => {
      await applyFully(other);
      expect(await contentOf(environment)).toEqual(await contentOf(other.environment));
    });
  },
);

/** Returns the properties of a contact, with "managed" in place of the values that its entry manages. */
function unmanaged(contact: RemoteContactJson, entry: DesiredContact): unknown {
  const { name, description, links, lists, custom_fields } = contact;
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

/** Returns the first entry that declares a handle of the contact. */
function entryOf({ handles }: RemoteContactJson, { contacts }: DesiredState): DesiredContact | undefined {
  const contactHandles = new Set(handles.map(handleKey));
  return contacts.find((contact) => contact.handles.some((handle) => contactHandles.has(handleKey(handle))));
}

testProperty(
  "an apply leaves undeclared data other than handles unchanged, except in merged contacts",
  15,
  async ({ environment, desired, policy }) => {
    const before = await contactsWithUnmanagedLists(environment, desired);
    const plan = await environment.plan(desired, policy);
    await environment.apply(plan);
    const after = new Map(
      (await contactsWithUnmanagedLists(environment, desired)).map((contact) => [contact.id, contact]),
    );
    const deletedIds = plan.changes.flatMap(({ type, action, id }) =>
      type === "front_contact" && action === "delete" ? [id] : [],
    );
    const mergeTargets = plan.operations.flatMap((operation) =>
      operation.kind === "merge-contacts" ? [operation.target.id] : [],
    );
    expect(
      before
        .filter(({ id }) => !after.has(id))
        .map(({ id }) => id)
        .sort(),
    ).toEqual(deletedIds.sort());
    for (const contact of before.filter(({ id }) => after.has(id) && !mergeTargets.includes(id))) {
      const now = after.get(contact.id) ?? contact;
      const entry = entryOf(now, desired);
      if (entry !== undefined) expect(unmanaged(now, entry)).toEqual(unmanaged(contact, entry));
      else expect({ ...now, handles: [] }).toEqual({ ...contact, handles: [] });
    }
  },
);
