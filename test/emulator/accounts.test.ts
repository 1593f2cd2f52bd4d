import { expect, test } from "@jest/globals";
import { type TestFront, withFront } from "./support.ts";

async function createAccount(front: TestFront, body: object): Promise<string> {
  return (await front.call("POST", "/accounts", body)).body.id;
}

const memberIds = (front: TestFront, id: string) => front.results(`/accounts/${id}/contacts`, "id");

test("the emulator creates an account", () =>
  withFront({ now: () => 1_500 }, async (front) => {
    const { status, body } = await front.call("POST", "/accounts", {
      name: "FBI",
      external_id: "f-1",
      domains: ["fbi.example"],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^acc_/),
      name: "FBI",
      logo_url: null,
      description: null,
      domains: ["fbi.example"],
      external_id: "f-1",
      custom_fields: {},
      created_at: 1.5,
      updated_at: 1.5,
    });
  }));

test("the emulator finds an account by its ID, domain and external ID", () =>
  withFront({}, async (front) => {
    const id = await createAccount(front, { name: "FBI", external_id: "f-1", domains: ["fbi.example"] });
    for (const reference of [id, "alt:domain:fbi.example", "alt:domain:FBI.example", "alt:ext_id:f-1"]) {
      expect((await front.get(`/accounts/${reference}`)).id).toBe(id);
    }
    const response = await front.call("GET", "/accounts/alt:ext_id:f-2");
    expect([response.status, response.body._error.message]).toEqual([404, "Unknown account ID alt:ext_id:f-2"]);
  }));

test("the emulator requires a name, and rejects domains and external IDs of other accounts", () =>
  withFront({}, async (front) => {
    expect((await front.call("POST", "/accounts", {})).body._error.details).toEqual(["body.name: missing"]);
    await createAccount(front, { name: "FBI", external_id: "f-1", domains: ["fbi.example"] });
    expect((await front.call("POST", "/accounts", { name: "x", domains: ["fbi.example"] })).status).toBe(409);
    expect((await front.call("POST", "/accounts", { name: "x", external_id: "f-1" })).status).toBe(409);
  }));

test("the emulator returns the updated account and does not change its external ID", () =>
  withFront({}, async (front) => {
    const id = await createAccount(front, { name: "FBI", external_id: "f-1" });
    const { status, body } = await front.call("PATCH", `/accounts/${id}`, { description: "Feds", external_id: "f-2" });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: "FBI", description: "Feds", external_id: "f-1" });
  }));

test("the emulator validates an account's custom fields and replaces all of them", () => {
  const seed = { account_custom_fields: [{ name: "Plan", type: "enum", values: ["free", "pro"] }] };
  return withFront({ seed }, async (front) => {
    const id = await createAccount(front, { name: "FBI", custom_fields: { Plan: "free" } });
    const response = await front.call("PATCH", `/accounts/${id}`, { custom_fields: { Plan: "gold" } });
    expect(response.body._error.details).toEqual(["body.custom_fields.Plan: must be one of free, pro"]);
    expect((await front.call("PATCH", `/accounts/${id}`, { custom_fields: {} })).body.custom_fields).toEqual({});
    expect((await front.get("/accounts/custom_fields"))._results[0].name).toBe("Plan");
  });
});

test("the emulator links all contacts in a request, or none if one is unknown, and unlinks contacts", () =>
  withFront({}, async (front) => {
    const id = await createAccount(front, { name: "FBI" });
    const contact = await front.contact("dale@fbi.example");
    const path = `/accounts/${id}/contacts`;
    expect((await front.call("POST", path, { contact_ids: [contact, "crd_x"] })).status).toBe(404);
    expect(await memberIds(front, id)).toEqual([]);
    const linked = await front.call("POST", path, { contact_ids: [contact] });
    expect([linked.status, linked.text]).toEqual([204, ""]);
    expect(await memberIds(front, id)).toEqual([contact]);
    expect((await front.call("DELETE", path, { contact_ids: [contact] })).status).toBe(204);
    expect(await memberIds(front, id)).toEqual([]);
  }));

const FBI = expect.objectContaining({ id: expect.stringMatching(/^acc_/), name: "FBI" });

test.each([
  ["always", "every response with a contact contains its account", FBI, null, FBI],
  ["members", "only listings of the contacts of an account contain the account", undefined, undefined, FBI],
  ["never", "no response contains the account of a contact", undefined, undefined, undefined],
] as const)("with accountOnContacts %s, %s", (accountOnContacts, _, linked, unlinked, listed) =>
  withFront({ behavior: { accountOnContacts } }, async (front) => {
    const id = await createAccount(front, { name: "FBI" });
    const dale = await front.contact("dale@fbi.example");
    const bob = await front.contact("bob@x.example");
    await front.call("POST", `/accounts/${id}/contacts`, { contact_ids: [dale] });
    expect((await front.get(`/contacts/${dale}`)).account).toEqual(linked);
    expect((await front.get(`/contacts/${bob}`)).account).toEqual(unlinked);
    expect((await front.get(`/accounts/${id}/contacts`))._results[0].account).toEqual(listed);
  }),
);

test.each([
  [true, 0],
  [false, 1],
])(
  "with linkMoves %p, linking a contact to another account leaves %d members in the previous account",
  (linkMoves, count) =>
    withFront({ behavior: { linkMoves } }, async (front) => {
      const fbi = await createAccount(front, { name: "FBI" });
      const town = await createAccount(front, { name: "Town" });
      const dale = await front.contact("dale@fbi.example");
      for (const id of [fbi, town]) await front.call("POST", `/accounts/${id}/contacts`, { contact_ids: [dale] });
      expect(await memberIds(front, town)).toEqual([dale]);
      expect(await memberIds(front, fbi)).toHaveLength(count);
    }),
);

test("the emulator links existing and new contacts whose email domain belongs to an account", () =>
  withFront({}, async (front) => {
    const existing = await front.contact("dale@FBI.example");
    await front.contact("dale@notfbi.example");
    const id = await createAccount(front, { name: "FBI" });
    expect(await memberIds(front, id)).toEqual([]);
    await front.call("PATCH", `/accounts/${id}`, { domains: ["fbi.example"] });
    const added = await front.contact("albert@fbi.example");
    expect((await memberIds(front, id)).sort()).toEqual([existing, added].sort());
  }));

test("the emulator removes a deleted contact from its account, and deletes an account", () =>
  withFront({}, async (front) => {
    const id = await createAccount(front, { name: "FBI", domains: ["fbi.example"] });
    const contact = await front.contact("dale@fbi.example");
    await front.call("DELETE", `/contacts/${contact}`);
    expect(await memberIds(front, id)).toEqual([]);
    expect((await front.call("DELETE", `/accounts/${id}`)).status).toBe(204);
    expect((await front.call("GET", `/accounts/${id}`)).status).toBe(404);
  }));

test("the emulator paginates accounts, sorts them in both orders and ignores q", () => {
  const clock = { now: 1_000 };
  return withFront({ now: () => clock.now }, async (front) => {
    const first = await createAccount(front, { name: "FBI" });
    clock.now = 2_000;
    const second = await createAccount(front, { name: "Sheriff" });
    const oldestFirst = "/accounts?sort_by=created_at&sort_order=asc";
    expect(await front.results(`${oldestFirst}&q[updated_after]=1.5`, "id")).toEqual([first, second]);
    expect(await front.results("/accounts?sort_by=updated_at", "id")).toEqual([second, first]);
    const page = await front.get(`${oldestFirst}&limit=1`);
    expect(page._results).toEqual([expect.objectContaining({ id: first })]);
    expect(page._pagination.next).toContain("page_token=");
  });
});
