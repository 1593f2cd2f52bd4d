import { expect, test } from "@jest/globals";
import type { DesiredState } from "../../src/model/contact.ts";
import { planChanges } from "../../src/planning/plan-changes.ts";
import type { Refresh } from "../../src/reading/contact-search.ts";
import { desiredContact, desiredState, handle } from "../support/builders.ts";
import { createMemoryCache, email, kindOf, populate } from "../support/populated-company.ts";
import { type TestEnvironment, withFullPages as withTestEnvironment } from "../support/test-environment.ts";

async function readAndCount(
  environment: TestEnvironment,
  desired: DesiredState,
  refresh: Refresh,
  cache = createMemoryCache(),
) {
  const before = environment.emulator.requests.length;
  const state = await environment.read(desired, undefined, { refresh, readingCache: cache });
  const sent = environment.emulator.requests.slice(before).map(kindOf);
  const count = (kind: string) => sent.filter((request) => request === kind).length;
  return {
    state,
    pages: count("contacts"),
    aliases: count("alias"),
    changes: count("changes"),
    ids: count("contacts/id"),
  };
}

const declareContacts = (...indexes: number[]) =>
  desiredState(indexes.map((index) => desiredContact(email(index), { key: `c${index}`, name: `Contact ${index}` })));

test.each([
  ["scan", { pages: 3, aliases: 0 }],
  ["lookup", { pages: 0, aliases: 2 }],
  ["auto", { pages: 1, aliases: 1 }],
] as const)("--refresh %s sends these requests: %j", (refresh, expected) =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 250);
    expect(await readAndCount(environment, declareContacts(0, 199), refresh)).toMatchObject(expected);
  }),
);

test.each([
  ["lookups if there are more pages than lookups", 350, declareContacts(349, 348), { pages: 0, aliases: 2 }],
  ["pages if there are more lookups than pages", 150, declareContacts(149, 148, 147), { pages: 2, aliases: 0 }],
])("with a cached number of contacts, a search uses only %s", (_, population, desired, expected) =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, population);
    expect(await readAndCount(environment, desired, "auto", createMemoryCache(population))).toMatchObject(expected);
  }),
);

test("a search estimates the number of contacts after lookups, so the next search uses only lookups", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 350);
    const cache = createMemoryCache();
    expect(await readAndCount(environment, declareContacts(349, 348), "auto", cache)).toMatchObject({
      pages: 2,
      aliases: 2,
    });
    expect(cache).toMatchObject({ estimate: 201, count: undefined });
    expect(await readAndCount(environment, declareContacts(349, 348), "auto", cache)).toMatchObject({
      pages: 0,
      aliases: 2,
    });
  }));

test("the estimate of the number of contacts assumes an even distribution of declared contacts", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 1500);
    const cache = createMemoryCache();
    const desired = declareContacts(50, 350, 650, 950, 1250);
    expect(await readAndCount(environment, desired, "auto", cache)).toMatchObject({ pages: 4, aliases: 3 });
    expect(cache).toMatchObject({ estimate: 1000 });
    expect(await readAndCount(environment, desired, "auto", cache)).toMatchObject({ pages: 0, aliases: 5 });
  }));

test("with an estimate that is too high, a search reads pages for many entries, and uses lookups for few entries", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 50);
    const cache = { ...createMemoryCache(), estimate: 201 };
    const desired = declareContacts(...Array.from({ length: 30 }, (_, index) => index));
    expect(await readAndCount(environment, desired, "auto", cache)).toMatchObject({ pages: 1, aliases: 0 });
    expect(cache.count).toBe(50);
    const higherEstimate = { ...createMemoryCache(), estimate: 301 };
    expect(await readAndCount(environment, declareContacts(1, 2), "auto", higherEstimate)).toMatchObject({
      aliases: 2,
    });
  }));

test("a search switches to pages if many lookups are needed", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 250);
    const newcomers = [
      desiredContact(["n1@x.example", "+1", "+2", "+3", "+4", "+5"]),
      desiredContact(["n2@x.example", "+7", "+8"]),
    ];
    const { pages, aliases } = await readAndCount(environment, desiredState(newcomers), "auto");
    expect([pages, aliases]).toEqual([3, 2]);
  }));

const manyContacts = declareContacts(...Array.from({ length: 120 }, (_, index) => index), 400);

const contact3Renamed = desiredState(
  manyContacts.contacts.map((entry) => (entry.key === "c3" ? { ...entry, name: "New name" } : entry)),
);

/** Reads all contacts, calls `act` an hour later, and then reads the changes. */
async function readAgain(
  desired: DesiredState,
  act: (environment: TestEnvironment, ids: readonly string[]) => Promise<unknown>,
) {
  let time = Date.now();
  const passHour = () => {
    time += 3_600_000;
  };
  return await withTestEnvironment({ now: () => time }, async (environment) => {
    const ids = await populate(environment, 250);
    const cache = createMemoryCache(250);
    passHour();
    await readAndCount(environment, manyContacts, "changes", cache);
    passHour();
    await act(environment, ids);
    const { state, ...cost } = await readAndCount(environment, desired, "changes", cache);
    return { state, cost, changed: planChanges(desired, state, {}).changes.map(({ name }) => name) };
  });
}

test("a reading of changes requests only contacts that changed after the last reading", async () => {
  const { cost, changed, state } = await readAgain(manyContacts, (environment, ids) =>
    environment.request("PATCH", `/contacts/${ids[7]}`, { name: "Somebody else" }),
  );
  expect(cost).toEqual({ pages: 0, aliases: 0, changes: 1, ids: 0 });
  expect(changed).toEqual(["c7", "c400"]);
  expect(state.coverage).toMatchObject({ contacts: "changes", read: 1, since: expect.any(Number) });
});

test("a reading of changes includes a new contact with a declared handle", async () => {
  const { changed } = await readAgain(manyContacts, (environment) =>
    environment.createContact([handle(email(400))], { name: "Contact 400" }),
  );
  expect(changed).toEqual([]);
});

test("a reading of changes looks up handles that were not declared at the last reading", async () => {
  const { cost, changed } = await readAgain(
    desiredState([...manyContacts.contacts, ...declareContacts(200, 500).contacts]),
    async () => {},
  );
  expect(cost).toEqual({ pages: 0, aliases: 2, changes: 1, ids: 0 });
  expect(changed).toEqual(["c400", "c500"]);
});

test("a reading of changes reads a contact again before it is changed", async () => {
  const { cost, changed } = await readAgain(contact3Renamed, async () => {});
  expect(cost).toEqual({ pages: 0, aliases: 0, changes: 1, ids: 1 });
  expect(changed).toEqual(["c3", "c400"]);
});

test("a contact that was deleted in Front is created again if its entry changed", async () => {
  const { state } = await readAgain(contact3Renamed, (environment, ids) =>
    environment.request("DELETE", `/contacts/${ids[3]}`),
  );
  const actions = planChanges(contact3Renamed, state, {}).changes.map(({ name, action }) => `${action} ${name}`);
  expect(actions).toEqual(["create c3", "create c400"]);
});

test("a reading of changes does not detect the deletion of a contact whose entry did not change, and reports that only changes were read", async () => {
  const { changed, state } = await readAgain(manyContacts, (environment, ids) =>
    environment.request("DELETE", `/contacts/${ids[3]}`),
  );
  expect([changed, state.coverage.contacts]).toEqual([["c400"], "changes"]);
});

test("a reading of changes reads all pages if that takes fewer requests than reading each contact to change", async () => {
  const renamed = desiredState(manyContacts.contacts.map((entry) => ({ ...entry, name: "New name" })));
  const { cost, state } = await readAgain(renamed, async () => {});
  expect(cost).toMatchObject({ pages: 3, ids: 0 });
  expect(state.coverage).toMatchObject({ contacts: "all", read: 250 });
});

test("a reading of changes stops listing changes if reading all pages takes fewer requests", async () => {
  const { cost, state } = await readAgain(manyContacts, async (environment, ids) => {
    for (const id of ids) await environment.request("PATCH", `/contacts/${id}`, { description: "touched" });
    for (let index = 0; index < 100; index += 1) await environment.createContact([handle(`new${index}@x.example`)]);
  });
  expect([cost.changes, cost.pages, cost.aliases]).toEqual([3, 3, 1]);
  expect(state.coverage.contacts).not.toBe("changes");
});

test("without an earlier reading, --refresh changes reads like --refresh auto", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 50);
    const { pages, changes, state } = await readAndCount(environment, declareContacts(0, 1), "changes");
    expect([pages, changes, state.coverage.contacts]).toEqual([1, 0, "all"]);
  }));

test("a listing with an expired page token is restarted", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 350);
    environment.emulator.faults = [{ kind: "status", status: 400, path: /^\/contacts$/, nth: 3 }];
    const cache = createMemoryCache();
    const { pages, state } = await readAndCount(environment, declareContacts(0, 349), "scan", cache);
    expect([pages, state.coverage, state.contacts.length]).toEqual([
      7,
      expect.objectContaining({ contacts: "all", read: 350 }),
      2,
    ]);
    expect(cache.count).toBe(350);
  }));

test("a reading fails if the page token expires repeatedly", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 350);
    environment.emulator.faults = [3, 6, 9].map((nth) => ({ kind: "status", status: 400, path: /^\/contacts$/, nth }));
    await expect(readAndCount(environment, declareContacts(0, 349), "scan")).rejects.toMatchObject({
      advice: "Front rejects the token of the next page. Try again later.",
    });
  }));

test("a reading counts the members of each list if all contacts are read", () =>
  withTestEnvironment({}, async (environment) => {
    const vip = await environment.createList("VIP");
    const ids = await populate(environment, 5);
    await environment.request("POST", `/contact_lists/${vip}/contacts`, { contact_ids: ids.slice(1) });
    const { state } = await readAndCount(environment, declareContacts(0), "scan");
    expect(state.listSizes).toEqual(new Map([[vip, 4]]));
  }));
