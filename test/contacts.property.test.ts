import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Fault } from "../src/emulator/index.ts";
import { type DesiredContact, type DesiredState, handleKey, type RemoteContact } from "../src/model/contact.ts";
import type { Operation, Plan } from "../src/model/plan.ts";
import { planChanges } from "../src/planning/plan-changes.ts";
import { planFor } from "./support/builders.ts";
import { contactScenarios } from "./support/contact-scenarios.ts";
import { BEHAVIOR_OVERRIDES, FULL_PAGES } from "./support/emulator.ts";
import {
  applyFully,
  behaviors,
  contactsWithUnmanagedLists,
  createPropertyTest,
  expectConverged,
  listRemoteContacts,
  type RemoteContactJson,
} from "./support/scenarios.ts";

const testProperty = createPropertyTest(test, contactScenarios());

/** Listings without unnecessary pages. Plans do not count the requests for such pages. */
const COUNTED_PAGES = { listings: "whole", ...FULL_PAGES } as const;

createPropertyTest(test, contactScenarios(behaviors.map((behavior) => ({ ...behavior, ...COUNTED_PAGES }))))(
  "an applied plan leaves no changes and passes verification",
  40,
  async (setup) => {
    const { plan, report } = await applyFully(setup);
    const predicted = plan.requests.total - (plan.requests.byKind.verification ?? 0);
    expect(report.requests).toBeGreaterThanOrEqual(predicted);
    // Front can return the members of a deleted list on more pages than necessary.
    expect(report.requests).toBeLessThanOrEqual(predicted + (plan.requests.byKind["delete-list"] ?? 0));
    await expectConverged(setup);
  },
);

/** If `updated_at` changed with the lists of a contact, the verification could need fewer requests than predicted. */
const PREDICTED_READS = { ...COUNTED_PAGES, listChangesSetUpdatedAt: false } as const;

createPropertyTest(test, contactScenarios(fc.constant({ ...BEHAVIOR_OVERRIDES, ...PREDICTED_READS })))(
  "applying and verifying a plan takes the predicted number of requests",
  25,
  async (setup) => {
    const { plan, requestCount } = await applyFully(setup);
    expect(requestCount).toBe(plan.requests.total);
  },
);

testProperty("reading Front for a plan sends only GET requests", 15, async ({ environment, desired }) => {
  await environment.read(desired, environment.connect());
  expect(new Set(environment.emulator.requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
});

/** Returns the undeclared values of a contact, without items that were added to declared collections after `before`. */
function unmanaged(now: RemoteContactJson, before: RemoteContactJson, entry: DesiredContact | undefined): unknown {
  if (entry === undefined) return now;
  const { name, description, handles, links, lists, custom_fields, ...rest } = now;
  const managed = new Set(entry.customFields?.map((field) => field.name));
  return {
    ...rest,
    name: entry.name === undefined ? name : "managed",
    description: entry.description === undefined ? description : "managed",
    handles: handles.slice(0, before.handles.length),
    links: entry.links === undefined ? links : links.slice(0, before.links.length),
    lists: entry.lists === undefined ? lists : lists.slice(0, before.lists.length),
    custom_fields: JSON.stringify(Object.entries(custom_fields).filter(([field]) => !managed.has(field))),
  };
}

/** Returns the entry that matches a contact; undefined for a private contact, which is never managed. */
function entryOf(
  { handles, is_private: isPrivate }: RemoteContactJson,
  { contacts }: DesiredState,
): DesiredContact | undefined {
  if (isPrivate) return undefined;
  const contactHandles = new Set(handles.map(handleKey));
  return contacts.find((contact) => contact.handles.some((handle) => contactHandles.has(handleKey(handle))));
}

testProperty("an apply leaves undeclared data unchanged", 40, async ({ environment, desired }) => {
  const before = await contactsWithUnmanagedLists(environment, desired);
  await environment.planAndApply(desired);
  const after = new Map(
    (await contactsWithUnmanagedLists(environment, desired)).map((contact) => [contact.id, contact]),
  );
  for (const contact of before) {
    const entry = entryOf(contact, desired);
    expect(unmanaged(after.get(contact.id) ?? ({} as RemoteContactJson), contact, entry)).toEqual(
      unmanaged(contact, contact, entry),
    );
  }
  expect(after.size - before.length).toBe(
    desired.contacts.filter((entry) => !before.some((contact) => entryOf(contact, { ...desired, contacts: [entry] })))
      .length,
  );
});

testProperty("an interrupted apply converges if it is repeated", 30, async (setup) => {
  const { environment, desired, randomNumber } = setup;
  const plan = await environment.plan(desired);
  const report = await environment.applyInterrupted(plan, randomNumber);
  expect(report.results).toHaveLength(plan.operations.length);
  await applyFully(setup);
  await expectConverged(setup);
});

testProperty(
  "exact lists have the declared members, and lists with ensure: absent are deleted",
  20,
  async ({ environment, desired }) => {
    await environment.planAndApply(desired);
    const names = await environment.listNames();
    const contacts = await listRemoteContacts(environment);
    for (const { name, members: memberPolicy, ensure } of desired.lists) {
      if (ensure === "absent") expect(names).not.toContain(name);
      if (memberPolicy !== "exact") continue;
      const members = contacts.filter(({ lists }) => lists.some((list) => list.name === name));
      const declared = desired.contacts.filter(({ lists }) =>
        lists?.some((list) => "name" in list && list.name === name),
      );
      expect(members.every((contact) => entryOf(contact, { ...desired, contacts: declared }))).toBe(true);
      expect(members).toHaveLength(declared.length);
    }
  },
);

const FAULTS: readonly Fault[] = [
  { kind: "reset-before" },
  { kind: "reset-after" },
  { kind: "status", status: 503, processed: true },
  { kind: "status", status: 502 },
  { kind: "429", retryAfter: 0.25 },
  { kind: "apply-delay", ms: 3 },
];

testProperty(
  "no operation reported as applied is planned again after faults, and the next run converges",
  20,
  async (setup) => {
    const { environment, desired, randomNumber } = setup;
    const count = (await environment.contacts()).length;
    const plan = await environment.plan(desired);
    const created = plan.operations.filter(({ kind }) => kind === "create-contact").length;
    environment.emulator.faults = FAULTS.map((fault, index) => ({
      ...fault,
      probability: 0.08,
      seed: randomNumber * 10 + index,
    }));
    const report = await environment.apply(plan);
    environment.emulator.faults = [];
    expect(report.results.map(({ operation }) => operation.id)).toEqual(plan.operations.map(({ id }) => id));
    const appliedIds = report.results.filter(({ status }) => status === "applied").map(({ operation }) => operation.id);
    const { operations } = await environment.plan(desired);
    // The ID of an add-to-list operation contains a number instead of its contacts, so a later plan can reuse the ID.
    expect(
      operations.map(({ id }) => id).filter((id) => appliedIds.includes(id) && !id.startsWith("add-to-list")),
    ).toEqual([]);
    await applyFully(setup);
    await expectConverged(setup);
    expect(await environment.contacts()).toHaveLength(count + created);
  },
);

/** Returns the content of a plan in a form that does not depend on its order. */
function contentOf({ operations, changes, requests, diagnostics }: Plan): unknown {
  const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort();
  return {
    operations: sorted(operations.map(withoutOrder)),
    changes: sorted(
      changes.map(({ address, action, id, kept, differences }) => [address, action, id, kept, sorted(differences)]),
    ),
    requests: [requests.total, sorted(Object.entries(requests.byKind))],
    diagnostics: sorted(diagnostics),
  };
}

function withoutOrder(operation: Operation): unknown {
  const sortItems = (value: unknown) =>
    Array.isArray(value) ? value.map((item) => JSON.stringify(item)).sort() : value;
  return Object.entries(operation).map(([name, value]) => [name, sortItems(value)]);
}

function shuffle<T>(values: readonly T[], seed: number): T[] {
  const order = values.map((value, index) => ({ value, rank: ((index + 1) * 7919 * (seed + 1)) % 1009 }));
  return order.sort((a, b) => a.rank - b.rank).map(({ value }) => value);
}

function shuffleEntry(entry: DesiredContact, seed: number): DesiredContact {
  const { handles, links, lists, customFields } = entry;
  return {
    ...entry,
    handles: shuffle(handles, seed),
    ...(links && { links: shuffle(links, seed) }),
    ...(lists && { lists: shuffle(lists, seed) }),
    ...(customFields && { customFields: shuffle(customFields, seed) }),
  };
}

function shuffleRemote(contact: RemoteContact, seed: number): RemoteContact {
  const { handles, links, lists, customFields } = contact;
  return {
    ...contact,
    handles: shuffle(handles, seed),
    links: shuffle(links, seed),
    lists: shuffle(lists, seed),
    customFields: new Map(shuffle([...customFields], seed)),
  };
}

testProperty(
  "the order of contacts, handles, links, lists and custom fields does not affect a plan",
  25,
  async ({ environment, desired, randomNumber }) => {
    const state = await environment.read(desired);
    const contacts = shuffle(desired.contacts, randomNumber).map((entry) => shuffleEntry(entry, randomNumber));
    const shuffledState = {
      ...state,
      contacts: shuffle(state.contacts, randomNumber).map((contact) => shuffleRemote(contact, randomNumber)),
      lists: shuffle(state.lists, randomNumber),
    };
    const shuffledPlan = planFor(
      { ...desired, contacts, lists: shuffle(desired.lists, randomNumber) },
      shuffledState,
      {},
    );
    expect(contentOf(shuffledPlan)).toEqual(contentOf(planChanges(desired, state)));
  },
);
