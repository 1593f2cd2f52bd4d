import { expect, test } from "@jest/globals";
import type { EmulatorOptions, Seed } from "../../src/emulator/index.ts";
import type { FrontApi } from "../../src/front/api.ts";
import { planChanges } from "../../src/planning/plan-changes.ts";
import { ContactSearch } from "../../src/reading/contact-search.ts";
import {
  codesOf,
  desiredContact,
  desiredState,
  idsOf,
  locationAt,
  remoteContact,
  UNGUARDED,
} from "../support/builders.ts";
import { createMemoryCache } from "../support/populated-company.ts";
import { expectConverged } from "../support/scenarios.ts";
import { withTestEnvironment } from "../support/test-environment.ts";

const FIELDS = [
  { name: "Job Title", type: "string" },
  { name: "Balance", type: "number" },
  { name: "Address", type: "address" },
];

/** Returns a company with Bob, and with Ann, for whom responses contain `shownAs`. Cleo does not exist. */
function seedWithAnn(shownAs: Record<string, unknown>): Seed {
  return {
    custom_fields: FIELDS,
    lists: [{ id: "grp_1", name: "VIP" }],
    accounts: [{ id: "acc_1", name: "FBI", contacts: ["crd_1", "crd_2"] }],
    contacts: [
      { id: "crd_1", handles: ["email:ann@x.example"], lists: ["VIP"], shown_as: shownAs },
      { id: "crd_2", name: "Bob", handles: ["email:bob@x.example"], lists: ["VIP"] },
    ],
  };
}

const ANN = desiredContact("ann@x.example", { name: "Ann" });
const BOB = desiredContact("bob@x.example", { name: "Robert" });
const CLEO = desiredContact("cleo@x.example", { name: "Cleo" });
const DESIRED = desiredState([ANN, BOB, CLEO]);

const REFRESHES = ["scan", "lookup"] as const;
const UNDECODABLE: [string, Record<string, unknown>][] = [
  ["handles as a string", { handles: "none" }],
  ["a handle without a value", { handles: [{ source: "email", handle: null }] }],
  ["custom fields as an array", { custom_fields: [] }],
  ["links as a number", { links: 7 }],
  ["a list without an ID", { lists: [{ name: "VIP" }] }],
  ["a name as an object", { name: {} }],
];

const CASES = UNDECODABLE.flatMap(([name, shownAs]) => REFRESHES.map((refresh) => [name, refresh, shownAs] as const));

test.each(CASES)(
  "the entry of a contact with %s is skipped, and the others are applied (--refresh %s)",
  (_, refresh, shownAs) =>
    withTestEnvironment({ seed: seedWithAnn(shownAs) }, async (environment) => {
      const plan = planChanges(DESIRED, await environment.read(DESIRED, undefined, { refresh }), UNGUARDED);
      const errors = plan.diagnostics.filter(({ severity }) => severity === "error");
      expect(errors).toMatchObject([
        { code: "contact-undecodable", excludedAddress: "front_contact.ann", location: locationAt(11) },
      ]);
      expect(errors[0]?.summary).toContain("crd_1");
      expect(idsOf(plan)).toEqual(["create-contact front_contact.cleo", "update-contact front_contact.bob"]);
      const report = await environment.apply(plan);
      expect(report.results.map(({ status }) => status)).toEqual(["applied", "applied"]);
      expect((await environment.verify(plan, report)).complete).toBe(true);
      expect((await environment.contacts()).length).toBe(3);
    }),
);

test.each(REFRESHES)(
  "an undeclared contact that cannot be decoded is skipped, and only a scan reports it (--refresh %s)",
  (refresh) =>
    withTestEnvironment({ seed: seedWithAnn({ custom_fields: 7 }) }, async (environment) => {
      const desired = desiredState([BOB]);
      const plan = planChanges(desired, await environment.read(desired, undefined, { refresh }), UNGUARDED);
      expect(codesOf(plan)).toEqual(refresh === "scan" ? ["contact-undecodable"] : []);
      expect(idsOf(plan)).toEqual(["update-contact front_contact.bob"]);
    }),
);

test.each(REFRESHES)("an entry with the ID of a contact that cannot be decoded is skipped (--refresh %s)", (refresh) =>
  withTestEnvironment({ seed: seedWithAnn({ links: {} }), behavior: { unknownAlias: 404 } }, async (environment) => {
    const desired = desiredState([desiredContact("other@x.example", { id: "crd_1", name: "Ann" }), BOB]);
    const plan = planChanges(desired, await environment.read(desired, undefined, { refresh }), UNGUARDED);
    expect(plan.diagnostics).toMatchObject([{ severity: "error", excludedAddress: "front_contact.other" }]);
    expect(idsOf(plan)).toEqual(["update-contact front_contact.bob"]);
  }),
);

test("a contact that cannot be decoded is not reported if its entry is not targeted", () =>
  withTestEnvironment({ seed: seedWithAnn({ links: {} }) }, async (environment) => {
    const policy = { ...UNGUARDED, targets: { only: ["front_contact.bob"] } };
    const plan = planChanges(DESIRED, await environment.read(DESIRED), policy);
    expect(plan.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  }));

test("the entry of a changed contact that cannot be decoded is skipped if only changes are read", () =>
  withTestEnvironment({ seed: seedWithAnn({ handles: "none" }) }, async (environment) => {
    const desired = desiredState([ANN, BOB]);
    const cachedContacts = { readAt: 1, handles: new Set<never>(), contacts: [] };
    const readingCache = { ...createMemoryCache(1000), cachedContacts };
    const state = await environment.read(desired, undefined, { refresh: "changes", readingCache });
    const plan = planChanges(desired, state, UNGUARDED);
    expect(plan.diagnostics).toMatchObject([{ severity: "error", excludedAddress: "front_contact.ann" }]);
    expect(idsOf(plan)).toEqual(["update-contact front_contact.bob"]);
  }));

test("an entry that was skipped is also skipped if only changes are read", () =>
  withTestEnvironment({ seed: seedWithAnn({ links: 7 }) }, async (environment) => {
    const readingCache = createMemoryCache();
    for (let run = 0; run < 3; run += 1) {
      environment.advanceMinute();
      environment.advanceMinute();
      const state = await environment.read(DESIRED, undefined, { refresh: "changes", readingCache });
      const plan = planChanges(DESIRED, state, UNGUARDED);
      expect(plan.diagnostics).toMatchObject([{ severity: "error", excludedAddress: "front_contact.ann" }]);
      expect(idsOf(plan)).toEqual(["create-contact front_contact.cleo", "update-contact front_contact.bob"]);
    }
  }));

test("a contact that cannot be decoded after an apply fails only its own verification", () =>
  withTestEnvironment(
    { seed: { contacts: [{ id: "crd_2", name: "Bob", handles: ["email:bob@x.example"] }] } },
    async (environment) => {
      const desired = desiredState([BOB, CLEO]);
      const plan = await environment.plan(desired);
      const report = await environment.apply(plan);
      const undecodable = { id: "crd_2", name: "Robert", handles: "none", custom_fields: {} };
      const listing = { _pagination: { next: null }, _results: [undecodable] };
      environment.emulator.faults = [
        { kind: "status", status: 200, body: undecodable, path: "/contacts/crd_2" },
        { kind: "status", status: 200, body: listing, path: "/contacts" },
      ];
      const { diagnostics, resources } = await environment.verify(plan, report);
      expect(resources).toBe(1);
      expect(diagnostics).toMatchObject([
        { severity: "error", summary: expect.stringContaining("handles is not an array") },
      ]);
      expect(diagnostics[0]?.summary).toContain("front_contact.bob");
    },
  ));

test("a listing with many times the expected number of contacts ends with an error", async () => {
  let pages = 0;
  async function* contacts() {
    for (; ; pages += 1) {
      const contacts = Array.from({ length: 10_000 }, (_, index) => remoteContact(`c${pages}x${index}@x.example`));
      yield { contacts, undecodable: [], last: false };
    }
  }
  const options = { refresh: "scan", expected: 10, earlier: undefined, onProgress: undefined } as const;
  const search = new ContactSearch([BOB], { contacts } as unknown as FrontApi, options);
  await expect(search.run()).rejects.toMatchObject({ code: "unreadable" });
  expect(pages).toBe(10);
});

test("the members of accounts and lists include contacts that cannot be decoded", () =>
  withTestEnvironment(
    { seed: seedWithAnn({ links: {} }), behavior: { shortPages: false, emptyPages: false } },
    async (environment) => {
      const desired = desiredState([{ ...BOB, name: "Bob", account: { id: "acc_1", location: locationAt(1) } }]);
      const state = await environment.read(desired);
      expect(state.referencedAccounts.all.map(({ members }) => [...members].sort())).toEqual([["crd_1", "crd_2"]]);
      const members = [];
      for await (const page of environment.connect().listMembers("grp_1")) members.push(page);
      expect(members).toMatchObject([{ contacts: [{ id: "crd_2" }], undecodable: [{ id: "crd_1" }] }]);
    },
  ));

test.each(["9007199254740993", "1e400", "-0.1000000000000000055511151231257827"])(
  "an unmanaged field with the number %s is sent unchanged",
  (number) =>
    withTestEnvironment(
      {
        seed: {
          custom_fields: FIELDS,
          contacts: [
            {
              name: "Bob",
              handles: ["email:bob@x.example"],
              custom_fields: { Balance: { $number: number }, Address: { street: "1 Main", geo: [1.5, null] } },
            },
          ],
        },
      },
      async (environment) => {
        const desired = desiredState([desiredContact("bob@x.example", { customFields: { "Job Title": "Agent" } })]);
        const report = await environment.planAndApply(desired);
        expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
        expect(environment.emulator.requests.at(-1)?.body).toContain(`"Balance":${number}`);
        await expectConverged({ environment, desired });
        expect(environment.emulator.snapshot().contacts?.[0]?.custom_fields).toEqual({
          "Job Title": "Agent",
          Balance: { $number: number },
          Address: { street: "1 Main", geo: [1.5, null] },
        });
      },
    ),
);

test.each<EmulatorOptions["behavior"]>([
  { emptyCollections: "null" },
  { emptyCollections: "absent" },
  { listings: "paged" },
  { errorParts: "message" },
  { errorParts: "status" },
])("a plan after an apply has no changes with the behavior %j", (behavior) =>
  withTestEnvironment(
    {
      behavior,
      seed: { lists: ["One", "Two", "Three", "Four", "Five"], contacts: [{ handles: ["email:bob@x.example"] }] },
    } as EmulatorOptions,
    async (environment) => {
      const desired = desiredState(
        [desiredContact("bob@x.example", { name: "Robert", lists: ["Five", "New"] }), { ...CLEO, lists: [] }],
        { lists: ["New"] },
      );
      const report = await environment.planAndApply(desired);
      expect(new Set(report.results.map(({ status }) => status))).toEqual(new Set(["applied"]));
      await expectConverged({ environment, desired });
      expect((await environment.connect().contactLists()).map(({ name }) => name)).toEqual([
        ...["One", "Two", "Three", "Four", "Five", "New"],
      ]);
    },
  ),
);

test("every page of a listing is read", () =>
  withTestEnvironment(
    {
      behavior: { listings: "paged" },
      seed: {
        custom_fields: ["A", "B", "C"].map((name) => ({ name, type: "string" })),
        teammates: ["a", "b", "c"].map((name) => ({ email: `${name}@x.example` })),
        inboxes: ["A", "B", "C"].map((name) => ({ name })),
        accounts: ["A", "B", "C"].map((name) => ({ name })),
      },
    },
    async (environment) => {
      const front = environment.connect();
      expect((await front.customFields()).map(({ name }) => name)).toEqual(["A", "B", "C"]);
      expect((await front.teammates()).map(({ email }) => email)).toEqual([
        "a@x.example",
        "b@x.example",
        "c@x.example",
      ]);
      expect((await front.inboxes()).map(({ name }) => name)).toEqual(["A", "B", "C"]);
      const accounts: string[] = [];
      for await (const page of front.accounts()) accounts.push(...page.accounts.map(({ name }) => name));
      expect(accounts).toEqual(["A", "B", "C"]);
    },
  ));
