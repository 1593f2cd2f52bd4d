import { describe, expect, test } from "@jest/globals";
import { desiredContact, desiredState, handle, locationAt } from "../support/builders.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";

const [ADA, BOB, CARL] = ["ada@x.example", "bob@x.example", "carl@x.example"] as const;

/** Creates a list with Ada, Bob and Carl. In the desired state, the list has exact members, and only Ada is on it. */
async function createVipList(environment: TestEnvironment) {
  const listId = await environment.createList("VIP");
  const onVip = { list_names: ["VIP"] };
  const ada = await environment.createContact([handle(ADA)], onVip);
  const bob = await environment.createContact([handle(BOB)], onVip);
  const carl = await environment.createContact([handle(CARL)], onVip);
  const desired = desiredState([desiredContact(ADA, { lists: ["VIP"] })], {
    lists: [{ name: "VIP", members: "exact" }],
  });
  return { listId, ada, bob, carl, desired };
}

describe("removing members of a list", () => {
  test("the other contacts are removed if one of the contacts no longer exists", () =>
    withTestEnvironment({}, async (environment) => {
      const { listId, ada, bob, desired } = await createVipList(environment);
      const plan = await environment.plan(desired);
      await environment.request("DELETE", `/contacts/${bob}`);
      const { report, verification } = await environment.applyAndVerify(plan);
      expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
      expect(verification.complete).toBe(true);
      expect(await environment.memberIds(`/contact_lists/${listId}`)).toEqual([ada]);
    }));

  test("the removal succeeds if the list no longer exists", () =>
    withTestEnvironment({}, async (environment) => {
      const { listId, desired } = await createVipList(environment);
      const plan = await environment.plan(desired);
      await environment.request("DELETE", `/contact_lists/${listId}`);
      const { report, verification } = await environment.applyAndVerify(plan);
      expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
      expect(verification.complete).toBe(true);
    }));

  test("a contact that was added after the plan stays on the list", () =>
    withTestEnvironment({}, async (environment) => {
      const { listId, ada, desired } = await createVipList(environment);
      const plan = await environment.plan(desired);
      const addedLater = await environment.createContact([handle("late@x.example")], { list_names: ["VIP"] });
      await environment.applyAndVerify(plan);
      expect(await environment.memberIds(`/contact_lists/${listId}`)).toEqual([ada, addedLater]);
    }));

  test("the contact that results from a merge is removed", () =>
    withTestEnvironment({}, async (environment) => {
      const { listId, ada, desired } = await createVipList(environment);
      const merging = desiredContact([BOB, CARL], { merge: true });
      await environment.applyAndVerify(
        await environment.plan({ ...desired, contacts: [...desired.contacts, merging] }),
      );
      expect(await environment.memberIds(`/contact_lists/${listId}`)).toEqual([ada]);
    }));
});

const KEYS = ["a", "b", "c", "d", "e"];

async function createMembers(environment: TestEnvironment, attributes: Parameters<typeof desiredContact>[1]) {
  const ids: string[] = [];
  for (const key of KEYS) ids.push(await environment.createContact([handle(`${key}@x.example`)]));
  return { ids, desired: desiredState(KEYS.map((key) => desiredContact(`${key}@x.example`, { key, ...attributes }))) };
}

const TARGETS = {
  "a list": async (environment: TestEnvironment) => {
    const id = await environment.createList("VIP");
    return { path: `/contact_lists/${id}`, ...(await createMembers(environment, { lists: ["VIP"] })), listId: id };
  },
  "an account": async (environment: TestEnvironment) => {
    const { id } = await environment.request("POST", "/accounts", { name: "Acme" });
    const account = { id, location: locationAt(9) };
    return { path: `/accounts/${id}`, ...(await createMembers(environment, { account })) };
  },
};

describe.each(Object.entries(TARGETS))("adding contacts to %s", (_, setUp) => {
  test("contacts that no longer exist are skipped and reported", () =>
    withTestEnvironment({}, async (environment) => {
      const { path, ids, desired, ...resultIds } = await setUp(environment);
      const plan = await environment.plan(desired);
      for (const index of [1, 4]) await environment.request("DELETE", `/contacts/${ids[index]}`);
      const { report, verification } = await environment.applyAndVerify(plan);
      const subjects = ["a", "c", "d"].map((key) => `front_contact.${key}`);
      expect(report.results).toMatchObject([{ status: "applied", operation: { subjects }, ...resultIds }]);
      expect(report.refusals?.map(({ diagnostic }) => diagnostic.summary)).toEqual([
        `front_contact.b is refused, because ${ids[1]} no longer exists in Front`,
        `front_contact.e is refused, because ${ids[4]} no longer exists in Front`,
      ]);
      expect(verification).toMatchObject({ complete: true, resources: 3 });
      expect(await environment.memberIds(path)).toEqual([0, 2, 3].map((index) => ids[index]));
    }));

  test("the operation fails if none of the contacts exists", () =>
    withTestEnvironment({}, async (environment) => {
      const { ids, desired } = await setUp(environment);
      const plan = await environment.plan(desired);
      for (const id of ids) await environment.request("DELETE", `/contacts/${id}`);
      const { results, refusals } = await environment.apply(plan);
      expect(results).toMatchObject([{ status: "failed", message: `${ids[0]} no longer exists in Front` }]);
      expect(refusals).toHaveLength(KEYS.length);
    }));

  test("the operation fails after two requests if the list or account no longer exists", () =>
    withTestEnvironment({}, async (environment) => {
      const { path, desired } = await setUp(environment);
      const plan = await environment.plan(desired);
      await environment.request("DELETE", path);
      const { results, requests } = await environment.apply(plan);
      const message = expect.stringMatching(/^The (list "VIP"|account acc_\w+) no longer exists in Front$/);
      expect(results).toMatchObject([{ status: "failed", message }]);
      expect(requests).toBe(2);
    }));

  test("the outcome is unknown if some of the contacts were added before an error", () =>
    withTestEnvironment({}, async (environment) => {
      const { path, ids, desired } = await setUp(environment);
      const plan = await environment.plan(desired);
      await environment.request("DELETE", `/contacts/${ids[4]}`);
      environment.emulator.faults = [{ kind: "status", status: 403, method: "POST", path: `${path}/contacts`, nth: 3 }];
      const { results } = await environment.apply(plan);
      expect(results).toMatchObject([{ status: "unknown" }]);
      expect(await environment.memberIds(path)).toHaveLength(3);
    }));
});

const LIST_CHANGES = {
  "the list has exact members": { members: "exact" },
  "the list is deleted": { ensure: "absent" },
} as const;

test.each(Object.entries(LIST_CHANGES))(
  "the verification of a merged contact ignores its membership in a list if %s",
  (_, list) =>
    withTestEnvironment({}, async (environment) => {
      const { carl, desired } = await createVipList(environment);
      await environment.request("DELETE", `/contacts/${carl}`);
      const id = await environment.createContact([handle("dan@x.example")]);
      const merging = desiredContact(["dan@x.example", BOB], { id, key: "dan", merge: true, lists: [] });
      const contacts = "ensure" in list ? [merging] : [...desired.contacts, merging];
      const plan = await environment.plan(desiredState(contacts, { lists: [{ name: "VIP", ...list }] }));
      const change = plan.changes.find(({ name }) => name === "dan");
      expect(change?.differences.map(({ attribute }) => attribute)).toEqual(["handles"]);
      expect((await environment.applyAndVerify(plan)).verification).toMatchObject({ complete: true, diagnostics: [] });
    }),
);

test.each([
  ["the target of the merge", "dan"],
  ["another contact of the merge", "eve"],
])(
  "a merged contact is removed from a list with exact members if a handle moves from %s to another entry",
  (_, source) =>
    withTestEnvironment({}, async (environment) => {
      const { listId, ada, desired } = await createVipList(environment);
      const movedHandle = handle("twitter:ada");
      const handlesOf = (name: string) => [handle(`${name}@x.example`), ...(name === source ? [movedHandle] : [])];
      const id = await environment.createContact(handlesOf("dan"));
      await environment.createContact(handlesOf("eve"));
      const merging = desiredContact(["dan@x.example", "eve@x.example", BOB, CARL], { id, key: "dan", merge: true });
      const receivingEntry = desiredContact([ADA, "twitter:ada"], { lists: ["VIP"] });
      const { report } = await environment.applyAndVerify(
        await environment.plan({ ...desired, contacts: [receivingEntry, merging] }),
      );
      expect(report.results.filter(({ status }) => status !== "applied")).toEqual([]);
      expect(await environment.memberIds(`/contact_lists/${listId}`)).toEqual([ada]);
    }),
);

describe("deleting a list", () => {
  const absent = desiredState([], { lists: [{ name: "VIP", ensure: "absent" }] });

  test("a list with the planned members is deleted", () =>
    withTestEnvironment({}, async (environment) => {
      await createVipList(environment);
      const { report, verification } = await environment.applyAndVerify(await environment.plan(absent));
      expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
      expect(verification.complete).toBe(true);
      expect(await environment.listNames()).toEqual([]);
      expect(await environment.contacts()).toHaveLength(3);
    }));

  test("a list to which a contact was added after the plan is not deleted", () =>
    withTestEnvironment({}, async (environment) => {
      await createVipList(environment);
      const plan = await environment.plan(absent);
      await environment.createContact([handle("late@x.example")], { list_names: ["VIP"] });
      const { results } = await environment.apply(plan);
      expect(results).toMatchObject([{ status: "failed", message: 'The list "VIP" has unexpected members' }]);
      expect(await environment.listNames()).toEqual(["VIP"]);
    }));
});
