import { describe, expect, test } from "@jest/globals";
import { desired, files, handle } from "../support/builders.ts";
import { type World, withWorld } from "../support/world.ts";

const [ADA, BOB, CARL] = ["ada@x.example", "bob@x.example", "carl@x.example"] as const;

/** Puts Ada, Bob and Carl on a list, of whom only Ada is declared. */
async function withVip(world: World) {
  const listId = await world.list("VIP");
  const onVip = { list_names: ["VIP"] };
  const ada = await world.contact([handle(ADA)], onVip);
  const bob = await world.contact([handle(BOB)], onVip);
  const carl = await world.contact([handle(CARL)], onVip);
  const wanted = files([desired(ADA, { lists: ["VIP"] })], { lists: [{ name: "VIP", members: "exact" }] });
  return { listId, ada, bob, carl, wanted };
}

async function onList(world: World, listId: string): Promise<string[]> {
  const { _results: members } = await world.ask("GET", `/contact_lists/${listId}/contacts`);
  return members.map(({ id }: { id: string }) => id);
}

describe("removing members of a list", () => {
  test("takes the others off it when one of them no longer exists", () =>
    withWorld(async (world) => {
      const { listId, ada, bob, wanted } = await withVip(world);
      const plan = await world.plan(wanted);
      await world.ask("DELETE", `/contacts/${bob}`);
      const { report, verification } = await world.applyAndVerify(plan);
      expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
      expect(verification.complete).toBe(true);
      expect(await onList(world, listId)).toEqual([ada]);
    }));

  test("needs nothing of a list that no longer exists", () =>
    withWorld(async (world) => {
      const { listId, wanted } = await withVip(world);
      const plan = await world.plan(wanted);
      await world.ask("DELETE", `/contact_lists/${listId}`);
      const { report, verification } = await world.applyAndVerify(plan);
      expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
      expect(verification.complete).toBe(true);
    }));

  test("leaves a contact on it that was added meanwhile", () =>
    withWorld(async (world) => {
      const { listId, ada, wanted } = await withVip(world);
      const plan = await world.plan(wanted);
      const late = await world.contact([handle("late@x.example")], { list_names: ["VIP"] });
      await world.applyAndVerify(plan);
      expect(await onList(world, listId)).toEqual([ada, late]);
    }));

  test("takes the result of a merge off it", () =>
    withWorld(async (world) => {
      const { listId, ada, wanted } = await withVip(world);
      const merging = desired([BOB, CARL], { merge: true });
      await world.applyAndVerify(await world.plan({ ...wanted, contacts: [...wanted.contacts, merging] }));
      expect(await onList(world, listId)).toEqual([ada]);
    }));
});

describe("deleting a list", () => {
  const absent = files([], { lists: [{ name: "VIP", ensure: "absent" }] });

  test("deletes it with the contacts that were on it", () =>
    withWorld(async (world) => {
      await withVip(world);
      const { report, verification, made } = await world.applyAndVerify(await world.plan(absent));
      expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
      expect(verification.complete).toBe(true);
      expect(await world.listNames()).toEqual([]);
      expect(await world.contacts()).toHaveLength(3);
      expect(made).toBeGreaterThan(0);
    }));

  test("keeps it when somebody was added to it meanwhile", () =>
    withWorld(async (world) => {
      await withVip(world);
      const plan = await world.plan(absent);
      await world.contact([handle("late@x.example")], { list_names: ["VIP"] });
      const { results } = await world.apply(plan);
      expect(results).toMatchObject([{ status: "failed", message: 'The list "VIP" has other members' }]);
      expect(await world.listNames()).toEqual(["VIP"]);
    }));
});
