import { expect, test } from "@jest/globals";
import { desiredContact, desiredState, handle, statusesOf } from "../support/builders.ts";
import { expectConverged } from "../support/scenarios.ts";
import { type TestEnvironment, withFullPages, withTestEnvironment } from "../support/test-environment.ts";

const ON_VIP = desiredState([desiredContact("ada@x.example", { lists: ["VIP"] })], { lists: ["VIP"] });

async function listsOf(environment: TestEnvironment): Promise<[string, number][]> {
  const lists: { id: string; name: string }[] = (await environment.request("GET", "/contact_lists"))._results;
  const count = async (id: string) => (await environment.memberIds(`/contact_lists/${id}`)).length;
  return await Promise.all(lists.map(async ({ id, name }): Promise<[string, number]> => [name, await count(id)]));
}

test("a list that someone created after the plan is used", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    const plan = await environment.plan(ON_VIP);
    await environment.createList("VIP");
    expect((await environment.apply(plan)).results.every(({ status }) => status === "applied")).toBe(true);
    expect(await listsOf(environment)).toEqual([["VIP", 1]]);
  }));

test.each(["allow", "refuse"] as const)(
  "one list remains if someone creates it at the same time and Front would %s a second list",
  (sameListName) =>
    withTestEnvironment({ behavior: { sameListName } }, async (environment) => {
      await environment.createContact([handle("ada@x.example")]);
      const plan = await environment.plan(ON_VIP);
      environment.beforeNext("POST /contact_lists", () => environment.createList("VIP"));
      const { results } = await environment.apply(plan);
      expect(results.every(({ status }) => status === "applied")).toBe(true);
      expect(await listsOf(environment)).toEqual([["VIP", 1]]);
      await expectConverged({ environment, desired: ON_VIP });
    }),
);

const IN_TEAM = desiredState([desiredContact("ada@x.example", { lists: ["VIP"] })], {
  lists: [{ name: "VIP", team: "tim_1b" }],
});

async function ownersOf(environment: TestEnvironment): Promise<string[]> {
  const { _results: lists } = await environment.request("GET", "/contact_lists");
  return lists.map(({ _links }: { _links: { related: { owner: string } } }) => _links.related.owner.split("/").at(-1));
}

test("a list is created in its workspace, and the next plan is empty", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    const { report, verification } = await environment.applyAndVerify(await environment.plan(IN_TEAM));
    expect(report.results.every(({ status }) => status === "applied")).toBe(true);
    expect(verification.complete).toBe(true);
    expect(await ownersOf(environment)).toEqual(["tim_1b"]);
    await expectConverged({ environment, desired: IN_TEAM });
  }));

test("a list in a workspace is created in the predicted number of requests", () =>
  withFullPages({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    const plan = await environment.plan(IN_TEAM);
    expect((await environment.applyAndVerify(plan)).requestCount).toBe(plan.requests.total);
  }));

test("a list that someone creates in its workspace at the same time is used", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    const plan = await environment.plan(IN_TEAM);
    const create = () => environment.request("POST", "/teams/tim_1b/contact_lists", { name: "VIP" });
    environment.beforeNext("POST /teams/tim_1b/contact_lists", create);
    const { results } = await environment.apply(plan);
    expect(results.every(({ status }) => status === "applied")).toBe(true);
    expect(await listsOf(environment)).toEqual([["VIP", 1]]);
  }));

test("a list is not created if someone created a list with the same name in another workspace after the plan", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    const plan = await environment.plan(IN_TEAM);
    await environment.createList("VIP");
    const { results } = await environment.apply(plan);
    expect(results).toMatchObject([
      { status: "failed", message: 'A list named "VIP" now exists in a workspace other than "tim_1b"' },
      { status: "skipped" },
    ]);
    expect(await listsOf(environment)).toEqual([["VIP", 0]]);
  }));

test("a duplicate list with members is not deleted, and the next plan reports the duplicate", () =>
  withTestEnvironment({ behavior: { sameListName: "allow" } }, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    const bob = await environment.createContact([handle("bob@x.example")]);
    const plan = await environment.plan(ON_VIP);
    const createWithBob = async () => {
      const id = await environment.createList("VIP");
      await environment.request("POST", `/contact_lists/${id}/contacts`, { contact_ids: [bob] });
    };
    environment.beforeNext("POST /contact_lists", () => environment.beforeNext("GET /contact_lists", createWithBob));
    await environment.apply(plan);
    expect(await listsOf(environment)).toEqual([
      ["VIP", 1],
      ["VIP", 1],
    ]);
    expect((await environment.plan(ON_VIP)).diagnostics.map(({ code }) => code)).toContain("list-ambiguous");
  }));

test("duplicate lists that existed before the apply are not deleted", () =>
  withTestEnvironment({ behavior: { sameListName: "allow" } }, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    await environment.createList("Other");
    await environment.createList("Other");
    const report = await environment.planAndApply(ON_VIP);
    expect(statusesOf(report)).toMatchObject({ 'create-list front_contact_list.this["VIP"]': "applied" });
    expect(await environment.listNames()).toEqual(["Other", "Other", "VIP"]);
  }));

test("a contact is not created if its list was deleted after the plan", () =>
  withTestEnvironment({}, async (environment) => {
    const id = await environment.createList("VIP");
    const desired = desiredState([
      desiredContact("ada@x.example", { lists: ["VIP"] }),
      desiredContact("bob@x.example", { name: "Bob" }),
    ]);
    const plan = await environment.plan(desired);
    await environment.request("DELETE", `/contact_lists/${id}`);
    const report = await environment.apply(plan);
    expect(report.results).toMatchObject([
      { status: "failed", message: 'The list "VIP" no longer exists in Front' },
      { status: "applied" },
    ]);
    expect(await environment.listNames()).toEqual([]);
    expect(await environment.contacts()).toHaveLength(1);
  }));

test("contacts are not created after their list was deleted during the apply", () =>
  withTestEnvironment({}, async (environment) => {
    const id = await environment.createList("VIP");
    const emails = Array.from({ length: 25 }, (_, index) => `c${index}@x.example`);
    const plan = await environment.plan(desiredState(emails.map((email) => desiredContact(email, { lists: ["VIP"] }))));
    const deleteList = () => environment.request("DELETE", `/contact_lists/${id}`);
    environment.beforeNext("GET /contact_lists", () => environment.beforeNext("GET /contact_lists", deleteList));
    const { results } = await environment.apply(plan, { parallelism: 1 });
    expect(results.map(({ status }) => status)).toEqual([...Array(10).fill("applied"), ...Array(15).fill("failed")]);
    expect(await environment.listNames()).toEqual([]);
  }));

test("contacts with lists are created in the predicted number of requests, because they share reads of the lists", () =>
  withFullPages({}, async (environment) => {
    await environment.createList("Old");
    const emails = Array.from({ length: 25 }, (_, index) => `c${index}@x.example`);
    const desired = desiredState(
      emails.map((email) => desiredContact(email, { lists: ["Old", "A", "B", "C"] })),
      { lists: ["A", "B", "C"] },
    );
    const plan = await environment.plan(desired);
    expect(plan.requests.byKind).toMatchObject({ "create-list": 3, "create-contact": 25, read: 7 });
    const { report, requestCount } = await environment.applyAndVerify(plan);
    expect(report.results.every(({ status }) => status === "applied")).toBe(true);
    expect(requestCount).toBe(plan.requests.total);
  }));

test("a run reports that it deleted a list even if the response is lost and Front still returns the list", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createList("VIP");
    const plan = await environment.plan(desiredState([], { lists: [{ name: "VIP", ensure: "absent" }] }));
    const listing = await environment.request("GET", "/contact_lists");
    let staleListings = 3;
    const front = environment.connect({
      fetch: async (request: Request) => {
        const { pathname } = new URL(request.url);
        if (staleListings === 0 || request.method !== "GET" || pathname !== "/contact_lists")
          return await fetch(request);
        staleListings -= 1;
        return Response.json(listing);
      },
    });
    environment.emulator.faults = [{ kind: "reset-after", method: "DELETE", times: 1 }];
    const { results } = await environment.apply(plan, {}, front);
    expect(results).toEqual([expect.not.objectContaining({ alreadyDone: true })]);
    expect(results).toMatchObject([{ status: "applied" }]);
    expect(environment.emulator.requests.filter(({ method }) => method === "DELETE")).toHaveLength(2);
  }));
