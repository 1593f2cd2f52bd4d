import { expect, test } from "@jest/globals";
import { type TestFront, withFront } from "./support.ts";

const SEED = {
  custom_fields: [
    { name: "City", type: "string" },
    { name: "Job", type: "string" },
  ],
  lists: ["One", "Two"],
  contacts: [
    {
      id: "crd_1",
      name: "Oldest",
      description: "first",
      links: ["https://a.example"],
      lists: ["One"],
      handles: ["email:a@x.example"],
      custom_fields: { City: "old" },
      conversations: 2,
      created_at: 100,
      updated_at: 500,
    },
    {
      id: "crd_2",
      name: "Middle",
      name_edited: false,
      description: "second",
      lists: ["Two"],
      handles: ["email:b@x.example"],
      custom_fields: { City: "new", Job: "x" },
      created_at: 200,
      updated_at: 900,
    },
    {
      id: "crd_3",
      description: "third",
      handles: ["email:c@x.example", "phone:123"],
      notes: [{ author: "lucy@sheriff.twinpeaks.example", body: "hi" }],
      created_at: 300,
      updated_at: 300,
    },
  ],
  accounts: [{ id: "acc_1", name: "FBI", contacts: ["crd_1"] }],
};

const merge = (front: TestFront, body: object) => front.call("POST", "/contacts/merge", body);

test("a merge unites collections, joins descriptions, and keeps the edited name and the most recently updated fields", () =>
  withFront({ seed: SEED }, async (front) => {
    const ids = ["crd_1", "crd_2", "crd_3"];
    const { status, body } = await merge(front, { contact_ids: ids, target_contact_id: "crd_3" });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: "crd_3",
      name: "Oldest",
      description: "third\nfirst\nsecond",
      links: ["https://a.example"],
      custom_fields: { City: "new", Job: "x" },
    });
    expect(body.handles.map(({ handle }: { handle: string }) => handle).sort()).toEqual([
      ...["123", "a@x.example", "b@x.example", "c@x.example"],
    ]);
    expect(body.lists.map(({ name }: { name: string }) => name).sort()).toEqual(["One", "Two"]);
    expect((await front.get("/contacts/crd_3/notes"))._results).toHaveLength(1);
    expect((await front.get("/contacts/crd_3/conversations"))._results).toHaveLength(2);
    expect((await front.get("/accounts/acc_1/contacts"))._results[0].id).toBe("crd_3");
    expect((await front.get("/contacts/alt:email:a%40x.example")).id).toBe("crd_3");
  }));

test("a merge deletes the other contacts", () =>
  withFront({ seed: SEED }, async (front) => {
    await merge(front, { contact_ids: ["crd_2"], target_contact_id: "crd_1" });
    const response = await front.call("GET", "/contacts/crd_2");
    expect([response.status, response.body._error.message]).toEqual([404, "Unknown contact ID crd_2"]);
  }));

test("with mergedContacts moved, the emulator redirects from the ID of a merged contact to the remaining contact", () =>
  withFront({ seed: SEED, behavior: { mergedContacts: "moved" } }, async (front) => {
    await merge(front, { contact_ids: ["crd_2"], target_contact_id: "crd_1" });
    const redirect = await front.call("GET", "/contacts/crd_2");
    expect(redirect.status).toBe(301);
    expect(redirect.headers.get("location")).toMatch(/^https:\/\/.*\.api\.front\.example\/contacts\/crd_1$/);
  }));

test("a merge without a target keeps the contact that was updated last", () =>
  withFront({ seed: SEED }, async (front) => {
    const { body } = await merge(front, { contact_ids: ["crd_1", "crd_2"] });
    expect(body).toMatchObject({ id: "crd_2", name: "Oldest", description: "first\nsecond" });
  }));

test("a merge accepts an alias instead of an ID", () =>
  withFront({ seed: SEED }, async (front) => {
    const { body } = await merge(front, { contact_ids: ["alt:email:a@x.example", "crd_3"] });
    expect(body.handles).toHaveLength(3);
  }));

test.each([
  ["one ID", { contact_ids: ["crd_1"] }, 400],
  ["the target alone", { contact_ids: ["crd_1"], target_contact_id: "crd_1" }, 400],
  ["no IDs", {}, 400],
  ["an ID and an alias of one contact", { contact_ids: ["crd_1", "alt:email:a@x.example"] }, 400],
  ["an unknown ID", { contact_ids: ["crd_1", "crd_x"] }, 404],
  ["an unknown target", { contact_ids: ["crd_1"], target_contact_id: "crd_x" }, 404],
])("the emulator rejects a merge of %s", (_, body, status) =>
  withFront({ seed: SEED }, async (front) => {
    expect((await merge(front, body)).status).toBe(status);
    expect((await front.get("/contacts"))._results).toHaveLength(3);
  }),
);

test.each([
  [50, 200],
  [51, 400],
])("a merge of %s contacts, including the target, returns %s", (count, status) => {
  const contacts = Array.from({ length: count }, (_, index) => ({
    id: `crd_${index + 1}`,
    handles: [`custom:${index}`],
  }));
  return withFront({ seed: { contacts } }, async (front) => {
    const [first, ...others] = contacts.map(({ id }) => id);
    expect((await merge(front, { contact_ids: others, target_contact_id: first })).status).toBe(status);
  });
});
