import { expect, test } from "@jest/globals";
import type { ApplyReport } from "../../src/applying/apply.ts";
import type { LoggedRequest } from "../../src/emulator/index.ts";
import { desired, files, handle } from "../support/builders.ts";
import { type World, withFullPages, withWorld } from "../support/world.ts";

type React = (request: Pick<LoggedRequest, "method" | "path">) => Promise<unknown>;

/** Starts a Front that calls a function immediately before a request is processed. */
function withOthers(run: (world: World, react: (how: React) => void) => Promise<void>, behavior = {}) {
  let react: React = async () => {};
  return withWorld(
    (world) =>
      run(world, (how) => {
        react = how;
      }),
    { behavior, onRequest: async (request) => void (await react(request)) },
  );
}

function statuses({ results }: ApplyReport): Record<string, string> {
  return Object.fromEntries(results.map(({ operation, status }) => [operation.id, status]));
}

const NEW = files([desired("ada@x.example", { lists: ["VIP"] })], { lists: ["VIP"] });

/** Returns the lists with one name and their numbers of members. */
async function listsOf(world: World): Promise<[string, number][]> {
  const lists: { id: string; name: string }[] = (await world.request("GET", "/contact_lists"))._results;
  return await Promise.all(
    lists.map(
      async ({ id, name }): Promise<[string, number]> => [
        name,
        (await world.request("GET", `/contact_lists/${id}/contacts`))._results.length,
      ],
    ),
  );
}

test("uses a list that someone created after the plan", () =>
  withWorld(async (world) => {
    await world.contact([handle("ada@x.example")]);
    const plan = await world.plan(NEW);
    await world.list("VIP");
    expect((await world.apply(plan)).results.every(({ status }) => status === "applied")).toBe(true);
    expect(await listsOf(world)).toEqual([["VIP", 1]]);
  }));

test.each([["allow"], ["refuse"]])(
  "a list that somebody creates at the same moment is used, where Front would %s a second one",
  (sameListName) =>
    withOthers(
      async (world, react) => {
        await world.contact([handle("ada@x.example")]);
        const plan = await world.plan(NEW);
        let made = false;
        react(async ({ method, path }) => {
          if (made || method !== "POST" || path !== "/contact_lists") return;
          made = true;
          await world.list("VIP");
        });
        const { results } = await world.apply(plan);
        expect(results.every(({ status }) => status === "applied")).toBe(true);
        expect(await listsOf(world)).toEqual([["VIP", 1]]);
        expect((await world.plan(NEW)).operations).toEqual([]);
      },
      { sameListName },
    ),
);

const IN_TEAM = files([desired("ada@x.example", { lists: ["VIP"] })], { lists: [{ name: "VIP", team: "tim_1b" }] });

async function ownersOf(world: World): Promise<string[]> {
  const { _results: lists } = await world.request("GET", "/contact_lists");
  return lists.map(({ _links }: { _links: { related: { owner: string } } }) => _links.related.owner.split("/").at(-1));
}

test("creates a list in its workspace, and uses it from then on", () =>
  withWorld(async (world) => {
    await world.contact([handle("ada@x.example")]);
    const { report, verification } = await world.applyAndVerify(await world.plan(IN_TEAM));
    expect(report.results.every(({ status }) => status === "applied")).toBe(true);
    expect(verification.complete).toBe(true);
    expect(await ownersOf(world)).toEqual(["tim_1b"]);
    expect((await world.plan(IN_TEAM)).operations).toEqual([]);
  }));

test("takes as many requests for a list in a workspace as for any other", () =>
  withFullPages(async (world) => {
    await world.contact([handle("ada@x.example")]);
    const plan = await world.plan(IN_TEAM);
    expect((await world.applyAndVerify(plan)).requestCount).toBe(plan.requests.total);
  }));

test("uses a list of its workspace that somebody creates at the same moment", () =>
  withOthers(async (world, react) => {
    await world.contact([handle("ada@x.example")]);
    const plan = await world.plan(IN_TEAM);
    react(async ({ method, path }) => {
      if (method !== "POST" || path !== "/teams/tim_1b/contact_lists") return;
      react(async () => {});
      await world.request("POST", "/teams/tim_1b/contact_lists", { name: "VIP" });
    });
    const { results } = await world.apply(plan);
    expect(results.every(({ status }) => status === "applied")).toBe(true);
    expect(await listsOf(world)).toEqual([["VIP", 1]]);
  }));

test("does not create a list in its workspace that somebody created in another one since the plan", () =>
  withWorld(async (world) => {
    await world.contact([handle("ada@x.example")]);
    const plan = await world.plan(IN_TEAM);
    await world.list("VIP");
    const { results } = await world.apply(plan);
    expect(results).toMatchObject([
      { status: "failed", message: 'A list "VIP" now exists in a workspace other than tim_1b' },
      { status: "skipped" },
    ]);
    expect(await listsOf(world)).toEqual([["VIP", 0]]);
  }));

test("keeps a second list with members, and the next plan reports it", () =>
  withOthers(
    async (world, react) => {
      await world.contact([handle("ada@x.example")]);
      const bob = await world.contact([handle("bob@x.example")]);
      const plan = await world.plan(NEW);
      react(async ({ method, path }) => {
        if (method !== "GET" || path !== "/contact_lists" || !world.sent().includes("POST /contact_lists")) return;
        react(async () => {});
        const id = await world.list("VIP");
        await world.request("POST", `/contact_lists/${id}/contacts`, { contact_ids: [bob] });
      });
      await world.apply(plan);
      expect(await listsOf(world)).toEqual([
        ["VIP", 1],
        ["VIP", 1],
      ]);
      expect((await world.plan(NEW)).diagnostics.map(({ code }) => code)).toContain("list-ambiguous");
    },
    { sameListName: "allow" },
  ));

test("never deletes lists that existed before", () =>
  withWorld(
    async (world) => {
      await world.contact([handle("ada@x.example")]);
      await world.list("Other");
      await world.list("Other");
      const report = await world.planAndApply(NEW);
      expect(statuses(report)).toMatchObject({ 'create-list front_contact_list.this["VIP"]': "applied" });
      expect(await world.listNames()).toEqual(["Other", "Other", "VIP"]);
    },
    { behavior: { sameListName: "allow" } },
  ));

test("does not recreate a deleted list with a contact", () =>
  withWorld(async (world) => {
    const id = await world.list("VIP");
    const wanted = files([desired("ada@x.example", { lists: ["VIP"] }), desired("bob@x.example", { name: "Bob" })]);
    const plan = await world.plan(wanted);
    await world.request("DELETE", `/contact_lists/${id}`);
    const report = await world.apply(plan);
    expect(report.results).toMatchObject([
      { status: "failed", message: 'The list "VIP" no longer exists in Front' },
      { status: "applied" },
    ]);
    expect(await world.listNames()).toEqual([]);
    expect(await world.contacts()).toHaveLength(1);
  }));

test("notices a list that is deleted while contacts are created", () =>
  withOthers(async (world, react) => {
    const id = await world.list("VIP");
    const emails = Array.from({ length: 25 }, (_, index) => `c${index}@x.example`);
    const plan = await world.plan(files(emails.map((email) => desired(email, { lists: ["VIP"] }))));
    let looks = 0;
    react(async ({ method, path }) => {
      if (method === "GET" && path === "/contact_lists") looks += 1;
      if (looks === 2) await world.request("DELETE", `/contact_lists/${id}`).catch(() => undefined);
    });
    const { results } = await world.apply(plan, { parallelism: 1 });
    expect(results.map(({ status }) => status)).toEqual([...Array(10).fill("applied"), ...Array(15).fill("failed")]);
    expect(await world.listNames()).toEqual([]);
  }));

test("shares one reading of the lists among creations, as estimated", () =>
  withFullPages(async (world) => {
    await world.list("Old");
    const emails = Array.from({ length: 25 }, (_, index) => `c${index}@x.example`);
    const wanted = files(
      emails.map((email) => desired(email, { lists: ["Old", "A", "B", "C"] })),
      { lists: ["A", "B", "C"] },
    );
    const plan = await world.plan(wanted);
    expect(plan.requests.byKind).toMatchObject({ "create-list": 3, "create-contact": 25, read: 7 });
    const { report, requestCount } = await world.applyAndVerify(plan);
    expect(report.results.every(({ status }) => status === "applied")).toBe(true);
    expect(requestCount).toBe(plan.requests.total);
  }));
