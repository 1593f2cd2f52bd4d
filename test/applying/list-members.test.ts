import { describe, expect, test } from "@jest/globals";
import { at, desiredContact, desiredState, handle } from "../support/builders.ts";
import { type World, withWorld } from "../support/world.ts";

const [ADA, BOB, CARL] = ["ada@x.example", "bob@x.example", "carl@x.example"] as const;

/** Creates a list with exact members that contains Ada, Bob and Carl. Only Ada is declared. */
async function createVipList(world: World) {
  const listId = await world.list("VIP");
  const onVip = { list_names: ["VIP"] };
  const ada = await world.contact([handle(ADA)], onVip);
  const bob = await world.contact([handle(BOB)], onVip);
  const carl = await world.contact([handle(CARL)], onVip);
  const desired = desiredState([desiredContact(ADA, { lists: ["VIP"] })], {
    lists: [{ name: "VIP", members: "exact" }],
  });
  return { listId, ada, bob, carl, desired };
}

async function membersOf(world: World, listId: string): Promise<string[]> {
  const { _results: members } = await world.request("GET", `/contact_lists/${listId}/contacts`);
  return members.map(({ id }: { id: string }) => id);
}

describe("removing members of a list", () => {
  test("the other contacts are removed if one of the contacts no longer exists", () =>
    withWorld(async (world) => {
      const { listId, ada, bob, desired } = await createVipList(world);
      const plan = await world.plan(desired);
      await world.request("DELETE", `/contacts/${bob}`);
      const { report, verification } = await world.applyAndVerify(plan);
      expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
      expect(verification.complete).toBe(true);
      expect(await membersOf(world, listId)).toEqual([ada]);
    }));

  test("the removal succeeds if the list no longer exists", () =>
    withWorld(async (world) => {
      const { listId, desired } = await createVipList(world);
      const plan = await world.plan(desired);
      await world.request("DELETE", `/contact_lists/${listId}`);
      const { report, verification } = await world.applyAndVerify(plan);
      expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
      expect(verification.complete).toBe(true);
    }));

  test("a contact that was added after the plan stays on the list", () =>
    withWorld(async (world) => {
      const { listId, ada, desired } = await createVipList(world);
      const plan = await world.plan(desired);
      const addedLater = await world.contact([handle("late@x.example")], { list_names: ["VIP"] });
      await world.applyAndVerify(plan);
      expect(await membersOf(world, listId)).toEqual([ada, addedLater]);
    }));

  test("the contact that results from a merge is removed", () =>
    withWorld(async (world) => {
      const { listId, ada, desired } = await createVipList(world);
      const merging = desiredContact([BOB, CARL], { merge: true });
      await world.applyAndVerify(await world.plan({ ...desired, contacts: [...desired.contacts, merging] }));
      expect(await membersOf(world, listId)).toEqual([ada]);
    }));
});

const KEYS = ["a", "b", "c", "d", "e"];

/** Creates contacts that one request adds to a list or an account. */
async function createMembers(world: World, attributes: Parameters<typeof desiredContact>[1]) {
  const ids: string[] = [];
  for (const key of KEYS) ids.push(await world.contact([handle(`${key}@x.example`)]));
  return { ids, desired: desiredState(KEYS.map((key) => desiredContact(`${key}@x.example`, { key, ...attributes }))) };
}

const TARGETS = {
  "a list": async (world: World) => {
    const id = await world.list("VIP");
    return { path: `/contact_lists/${id}`, ...(await createMembers(world, { lists: ["VIP"] })), listId: id };
  },
  "an account": async (world: World) => {
    const { id } = await world.request("POST", "/accounts", { name: "Acme" });
    return { path: `/accounts/${id}`, ...(await createMembers(world, { account: { id, location: at(9) } })) };
  },
};

describe.each(Object.entries(TARGETS))("adding contacts to %s", (_, setUp) => {
  test("contacts that no longer exist are skipped and reported", () =>
    withWorld(async (world) => {
      const { path, ids, desired, ...performedOn } = await setUp(world);
      const plan = await world.plan(desired);
      for (const index of [1, 4]) await world.request("DELETE", `/contacts/${ids[index]}`);
      const { report, verification } = await world.applyAndVerify(plan);
      const subjects = ["a", "c", "d"].map((key) => `front_contact.${key}`);
      expect(report.results).toMatchObject([{ status: "applied", operation: { subjects }, ...performedOn }]);
      expect(report.refusals?.map(({ diagnostic }) => diagnostic.summary)).toEqual([
        `front_contact.b is skipped, because ${ids[1]} no longer exists in Front`,
        `front_contact.e is skipped, because ${ids[4]} no longer exists in Front`,
      ]);
      expect(verification).toMatchObject({ complete: true, contacts: 3 });
      const { _results: members } = await world.request("GET", `${path}/contacts`);
      expect(members.map(({ id }: { id: string }) => id)).toEqual([0, 2, 3].map((index) => ids[index]));
    }));

  test("the operation fails if none of the contacts exists", () =>
    withWorld(async (world) => {
      const { ids, desired } = await setUp(world);
      const plan = await world.plan(desired);
      for (const id of ids) await world.request("DELETE", `/contacts/${id}`);
      const { results, refusals } = await world.apply(plan);
      expect(results).toMatchObject([{ status: "failed", message: `${ids[0]} no longer exists in Front` }]);
      expect(refusals).toHaveLength(KEYS.length);
    }));

  test("the operation fails after two requests if the list or account no longer exists", () =>
    withWorld(async (world) => {
      const { path, desired } = await setUp(world);
      const plan = await world.plan(desired);
      await world.request("DELETE", path);
      const { results, requests } = await world.apply(plan);
      expect(results).toMatchObject([
        {
          status: "failed",
          message: expect.stringMatching(/^The (list "VIP"|account acc_\w+) no longer exists in Front$/),
        },
      ]);
      expect(requests).toBe(2);
    }));

  test("the outcome is unknown if some of the contacts were added before an error", () =>
    withWorld(async (world) => {
      const { path, ids, desired } = await setUp(world);
      const plan = await world.plan(desired);
      await world.request("DELETE", `/contacts/${ids[4]}`);
      world.emulator.faults = [{ kind: "status", status: 403, method: "POST", path: `${path}/contacts`, nth: 3 }];
      const { results } = await world.apply(plan);
      expect(results).toMatchObject([{ status: "unknown" }]);
      expect((await world.request("GET", `${path}/contacts`))._results).toHaveLength(3);
    }));
});

const LIST_CHANGES = {
  "the list has exact members": { members: "exact" },
  "the list is deleted": { ensure: "absent" },
} as const;

test.each(Object.entries(LIST_CHANGES))(
  "the verification of a merged contact ignores its membership in a list if %s",
  (_, list) =>
    withWorld(async (world) => {
      const { carl, desired } = await createVipList(world);
      await world.request("DELETE", `/contacts/${carl}`);
      const id = await world.contact([handle("dan@x.example")]);
      const merging = desiredContact(["dan@x.example", BOB], { id, key: "dan", merge: true, lists: [] });
      const contacts = "ensure" in list ? [merging] : [...desired.contacts, merging];
      const plan = await world.plan(desiredState(contacts, { lists: [{ name: "VIP", ...list }] }));
      const change = plan.changes.find(({ name }) => name === "dan");
      expect(change?.differences.map(({ attribute }) => attribute)).toEqual(["handles"]);
      expect((await world.applyAndVerify(plan)).verification).toMatchObject({ complete: true, diagnostics: [] });
    }),
);

test.each(["dan", "eve"])(
  "a merged contact is removed from a list with exact members if a handle moves from %s to another entry",
  (source) =>
    withWorld(async (world) => {
      const { listId, ada, desired } = await createVipList(world);
      const movedHandle = handle("twitter:ada");
      const handlesOf = (name: string) => [handle(`${name}@x.example`), ...(name === source ? [movedHandle] : [])];
      const id = await world.contact(handlesOf("dan"));
      await world.contact(handlesOf("eve"));
      const merging = desiredContact(["dan@x.example", "eve@x.example", BOB, CARL], { id, key: "dan", merge: true });
      const receivingEntry = desiredContact([ADA, "twitter:ada"], { lists: ["VIP"] });
      const { report } = await world.applyAndVerify(
        await world.plan({ ...desired, contacts: [receivingEntry, merging] }),
      );
      expect(report.results.filter(({ status }) => status !== "applied")).toEqual([]);
      expect(await membersOf(world, listId)).toEqual([ada]);
    }),
);

describe("deleting a list", () => {
  const absent = desiredState([], { lists: [{ name: "VIP", ensure: "absent" }] });

  test("a list with the planned members is deleted", () =>
    withWorld(async (world) => {
      await createVipList(world);
      const { report, verification, requestCount } = await world.applyAndVerify(await world.plan(absent));
      expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
      expect(verification.complete).toBe(true);
      expect(await world.listNames()).toEqual([]);
      expect(await world.contacts()).toHaveLength(3);
      expect(requestCount).toBeGreaterThan(0);
    }));

  test("a list to which a contact was added after the plan is not deleted", () =>
    withWorld(async (world) => {
      await createVipList(world);
      const plan = await world.plan(absent);
      await world.contact([handle("late@x.example")], { list_names: ["VIP"] });
      const { results } = await world.apply(plan);
      expect(results).toMatchObject([{ status: "failed", message: 'The list "VIP" has unexpected members' }]);
      expect(await world.listNames()).toEqual(["VIP"]);
    }));
});
