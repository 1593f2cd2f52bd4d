import { expect, test } from "@jest/globals";
import { type TestFront, withFront } from "./support.ts";

async function createList(front: TestFront, name: string): Promise<string> {
  await front.call("POST", "/contact_lists", { name });
  return (await front.results("/contact_lists", "id")).at(-1) ?? "";
}

const memberIds = (front: TestFront, id: string) => front.results(`/contact_lists/${id}/contacts`, "id");

test("the emulator creates a list without returning its ID, and includes it in the next listing", () =>
  withFront({}, async (front) => {
    const response = await front.call("POST", "/contact_lists", { name: "FBI" });
    expect([response.status, response.text]).toEqual([204, ""]);
    const body = await front.get("/contact_lists");
    expect(body._pagination).toEqual({ next: null });
    expect(body._results).toEqual([
      expect.objectContaining({ id: expect.stringMatching(/^grp_/), name: "FBI", is_private: false }),
    ]);
    expect((await front.get("/contact_groups"))._results).toHaveLength(1);
  }));

test("the emulator requires a name for a list", () =>
  withFront({}, async (front) => {
    expect((await front.call("POST", "/contact_lists", {})).body._error.details).toEqual(["body.name: missing"]);
  }));

test.each([
  ["allow", 204, 2],
  ["refuse", 409, 1],
] as const)(
  "with sameListName %s, creating a second list with the same name returns %s",
  (sameListName, status, count) =>
    withFront({ behavior: { sameListName } }, async (front) => {
      await front.call("POST", "/contact_lists", { name: "FBI" });
      expect((await front.call("POST", "/contact_lists", { name: "FBI" })).status).toBe(status);
      expect(await front.results("/contact_lists", "id")).toHaveLength(count);
    }),
);

test("the emulator allows two lists with the same name in a seed", () =>
  withFront({ seed: { lists: ["VIP", { id: "grp_7", name: "VIP" }] } }, async (front) => {
    expect(await front.results("/contact_lists", "name")).toEqual(["VIP", "VIP"]);
  }));

test("the emulator adds and removes members", () =>
  withFront({}, async (front) => {
    const list = await createList(front, "FBI");
    const ids = [await front.contact("a@x.example"), await front.contact("b@x.example")];
    const path = `/contact_lists/${list}/contacts`;
    expect((await front.call("POST", path, { contact_ids: ids })).status).toBe(204);
    expect((await front.call("POST", path, { contact_ids: ids })).status).toBe(204);
    expect(await memberIds(front, list)).toEqual(ids);
    expect((await front.get(`/contacts/${ids[0]}`)).lists[0].name).toBe("FBI");
    expect((await front.call("DELETE", path, { contact_ids: ids.slice(0, 1) })).status).toBe(204);
    expect((await front.call("DELETE", path, { contact_ids: ids.slice(0, 1) })).status).toBe(204);
    expect(await memberIds(front, list)).toEqual(ids.slice(1));
  }));

test("the emulator adds no member if one of the IDs is unknown", () =>
  withFront({}, async (front) => {
    const list = await createList(front, "FBI");
    const id = await front.contact("a@x.example");
    const response = await front.call("POST", `/contact_lists/${list}/contacts`, {
      contact_ids: [id, "crd_no", "crd_non"],
    });
    expect(response.status).toBe(404);
    expect(response.body._error.message).toBe("Unknown contact ID crd_no");
    expect(await memberIds(front, list)).toEqual([]);
  }));

test.each([
  [false, 404],
  [true, 204],
])("with listAliases %s, a request with an alias in contact_ids returns %s", (listAliases, status) =>
  withFront({ behavior: { listAliases } }, async (front) => {
    const list = await createList(front, "FBI");
    await front.contact("a@x.example");
    const added = await front.call("POST", `/contact_lists/${list}/contacts`, {
      contact_ids: ["alt:email:a@x.example"],
    });
    expect(added.status).toBe(status);
  }),
);

test("the emulator removes at most 50 members per request, but adds more", () =>
  withFront({ rate: Number.POSITIVE_INFINITY }, async (front) => {
    const list = await createList(front, "FBI");
    const ids: string[] = [];
    for (let count = 0; count < 51; count += 1) ids.push(await front.contact(`${count}@x.example`));
    const path = `/contact_lists/${list}/contacts`;
    expect((await front.call("POST", path, { contact_ids: ids })).status).toBe(204);
    const response = await front.call("DELETE", path, { contact_ids: ids });
    expect(response.body._error.details).toEqual(["body.contact_ids: must contain at most 50 ids"]);
    expect((await front.call("DELETE", path, { contact_ids: ids.slice(1) })).status).toBe(204);
    expect(await memberIds(front, list)).toEqual(ids.slice(0, 1));
  }));

test("the emulator deletes a list but not its contacts", () =>
  withFront({}, async (front) => {
    const list = await createList(front, "FBI");
    const id = await front.contact("a@x.example", { list_names: ["FBI"] });
    expect((await front.call("DELETE", `/contact_lists/${list}`)).status).toBe(204);
    expect((await front.get(`/contacts/${id}`)).lists).toEqual([]);
    const response = await front.call("GET", `/contact_lists/${list}/contacts`);
    expect([response.status, response.body._error.message]).toEqual([404, `Unknown contact list ID ${list}`]);
  }));

test.each([
  [false, 1000],
  [true, 1005],
])(
  "with listChangesSetUpdatedAt %s, updated_at is %s after a contact is added to a list",
  (listChangesSetUpdatedAt, updatedAt) => {
    let now = 1_000_000;
    return withFront({ now: () => now, behavior: { listChangesSetUpdatedAt } }, async (front) => {
      const list = await createList(front, "FBI");
      const id = await front.contact("a@x.example");
      now += 5000;
      await front.call("POST", `/contact_lists/${list}/contacts`, { contact_ids: [id] });
      expect((await front.get(`/contacts/${id}`)).updated_at).toBe(updatedAt);
    });
  },
);

test("the emulator paginates the members of a list", () =>
  withFront({}, async (front) => {
    const list = await createList(front, "FBI");
    for (const letter of ["a", "b", "c"]) await front.contact(`${letter}@x.example`, { list_names: ["FBI"] });
    const body = await front.get(`/contact_lists/${list}/contacts?limit=2`);
    expect(body._results).toHaveLength(2);
    const token = new URL(body._pagination.next).searchParams.get("page_token");
    const lastPage = await front.call("GET", `/contact_lists/${list}/contacts?limit=2&page_token=${token}`);
    expect([lastPage.body._results.length, lastPage.body._pagination.next]).toEqual([1, null]);
  }));

test("the emulator creates a list in the specified workspace, or in the oldest workspace by default", () =>
  withFront(
    { seed: { teams: ["One", "Two"].map((name, index) => ({ id: `tim_${index + 1}`, name })) } },
    async (front) => {
      await front.call("POST", "/contact_lists", { name: "FBI" });
      const response = await front.call("POST", "/teams/tim_2/contact_lists", { name: "CIA" });
      expect([response.status, response.text]).toEqual([204, ""]);
      expect(await front.results("/contact_lists", "name")).toEqual(["FBI", "CIA"]);
      expect(await front.results("/teams/tim_1/contact_lists", "name")).toEqual(["FBI"]);
      expect(await front.results("/teams/tim_2/contact_lists", "name")).toEqual(["CIA"]);
      const body = await front.get("/teams/tim_2/contact_lists");
      expect(body._results[0]._links.related.owner).toMatch(/\/teams\/tim_2$/);
      expect((await front.get("/teams/tim_3/contact_lists"))._error.message).toBe("Unknown team ID tim_3");
    },
  ));

test("with sameListName refuse, the emulator rejects a list name only if a list in the same workspace has it", () =>
  withFront({ behavior: { sameListName: "refuse" } }, async (front) => {
    expect((await front.call("POST", "/teams/tim_1a/contact_lists", { name: "FBI" })).status).toBe(204);
    expect((await front.call("POST", "/teams/tim_1b/contact_lists", { name: "FBI" })).status).toBe(204);
    expect((await front.call("POST", "/teams/tim_1b/contact_lists", { name: "FBI" })).status).toBe(409);
  }));
