import { expect, test } from "@jest/globals";
import { withFront } from "./support.ts";

test("the emulator creates a contact with every property that Front returns", () =>
  withFront({ now: () => 1767300000123 }, async (front) => {
    const { status, body } = await front.call("POST", "/contacts", {
      name: "Dale Cooper",
      handles: [{ source: "email", handle: "dale@fbi.example" }],
      custom_fields: { "Job Title": "Agent" },
    });
    expect(status).toBe(201);
    expect(body.id).toMatch(/^crd_[0-9a-z]+$/);
    const self = `https://twin-peaks-sheriffs-department.api.front.example/contacts/${body.id}`;
    expect(body).toEqual({
      _links: { self, related: { notes: `${self}/notes`, conversations: `${self}/conversations`, owner: null } },
      account: null,
      id: body.id,
      name: "Dale Cooper",
      description: "",
      avatar_url: null,
      links: [],
      lists: [],
      groups: [],
      handles: [{ source: "email", handle: "dale@fbi.example" }],
      custom_fields: { "Job Title": "Agent" },
      is_private: false,
      updated_at: 1767300000.123,
    });
    expect(await front.get("/contacts/alt:email:dale%40fbi.example")).toEqual(body);
  }));

test("the emulator returns null as the name of a contact without a name", () =>
  withFront({}, async (front) => {
    const id = await front.contact("laura@palmer.example");
    expect((await front.get(`/contacts/${id}`)).name).toBeNull();
  }));

test("with showUpdatedAt false, the emulator omits updated_at", () =>
  withFront({ behavior: { showUpdatedAt: false } }, async (front) => {
    const id = await front.contact("laura@palmer.example");
    expect(await front.get(`/contacts/${id}`)).not.toHaveProperty("updated_at");
  }));

test.each([
  ["no handles", {}, ["body.handles: missing"]],
  ["handles that are null", { handles: null }, ["body.handles: missing"]],
  ["an empty array of handles", { handles: [] }, ["body.handles: must not be empty"]],
  ["a handle without a value", { handles: [{ source: "email" }] }, ["body.handles[0].handle: missing"]],
  [
    "a handle with a read-only source",
    { handles: [{ source: "whatsapp", handle: "1" }] },
    [expect.stringMatching(/^body\.handles\[0\]\.source: must be one of email, phone/)],
  ],
  [
    "several problems",
    { handles: [{ source: "email", handle: "a@b.example" }], name: 4, links: "x" },
    ["body.name: must be a string", "body.links: must be an array of strings"],
  ],
])("the emulator rejects a new contact with %s", (_, body, details) =>
  withFront({}, async (front) => {
    const response = await front.call("POST", "/contacts", body);
    expect(response.status).toBe(400);
    expect(response.body._error).toMatchObject({ status: 400, title: "Bad request", details });
  }),
);

test("the emulator reports every conflicting contact and creates nothing", () =>
  withFront({}, async (front) => {
    const daleId = await front.contact("dale@fbi.example");
    const harryId = await front.contact("harry@sheriff.example");
    const handles = ["new@x.example", "Dale@fbi.example", "harry@sheriff.example"];
    const response = await front.call("POST", "/contacts", {
      handles: handles.map((handle) => ({ source: "email", handle })),
      list_names: ["Never created"],
    });
    expect(response.status).toBe(409);
    expect(response.body._error.title).toBe("Conflict");
    expect(response.body._error.message).toContain(daleId);
    expect(response.body._error.message).toContain(harryId);
    expect((await front.call("GET", "/contacts/alt:email:new%40x.example")).status).toBe(404);
    expect((await front.get("/contact_lists"))._results).toEqual([]);
  }));

test("the emulator updates only the properties in the request and returns 204 without a body", () =>
  withFront({}, async (front) => {
    const id = await front.contact("dale@fbi.example", { name: "Dale", links: ["https://a.example"] });
    const response = await front.call("PATCH", `/contacts/${id}`, { description: "Special agent" });
    expect([response.status, response.text]).toEqual([204, ""]);
    const body = await front.get(`/contacts/${id}`);
    expect(body).toMatchObject({ name: "Dale", description: "Special agent", links: ["https://a.example"] });
  }));

test("the emulator replaces all links, and clears the description if it is an empty string", () =>
  withFront({}, async (front) => {
    const id = await front.contact("dale@fbi.example", { description: "x", links: ["https://a.example"] });
    await front.call("PATCH", `/contacts/${id}`, { description: "", links: ["https://b.example"] });
    expect(await front.get(`/contacts/${id}`)).toMatchObject({
      description: "",
      links: ["https://b.example"],
    });
  }));

test("the emulator ignores nulls, handles and unknown properties in a PATCH", () =>
  withFront({}, async (front) => {
    const id = await front.contact("dale@fbi.example", { name: "Dale" });
    const patch = {
      name: null,
      custom_fields: null,
      links: null,
      nmae: "x",
      avatar_url: "https://x.example/a.png",
      handles: [{ source: "email", handle: "other@x.example" }],
    };
    expect((await front.call("PATCH", `/contacts/${id}`, patch)).status).toBe(204);
    const body = await front.get(`/contacts/${id}`);
    expect(body.name).toBe("Dale");
    expect(body.avatar_url).toBeNull();
    expect(body.handles).toEqual([{ source: "email", handle: "dale@fbi.example" }]);
  }));

test.each([
  [false, "Dale"],
  [true, null],
])("with clearableName %s, the name is %s after a PATCH with an empty name", (clearableName, name) =>
  withFront({ behavior: { clearableName } }, async (front) => {
    const id = await front.contact("dale@fbi.example", { name: "Dale" });
    await front.call("PATCH", `/contacts/${id}`, { name: "" });
    expect((await front.get(`/contacts/${id}`)).name).toBe(name);
  }),
);

test("a PATCH sets updated_at to the current time", () => {
  let now = 1_000_000;
  return withFront({ now: () => now }, async (front) => {
    const id = await front.contact("dale@fbi.example");
    now += 1500;
    await front.call("PATCH", `/contacts/${id}`, { name: "Dale" });
    expect((await front.get(`/contacts/${id}`)).updated_at).toBe(1001.5);
  });
});

test("the emulator replaces a contact's lists with those in list_names and creates missing lists", () =>
  withFront(
    { seed: { lists: ["Old"], contacts: [{ handles: ["email:a@b.example"], lists: ["Old"] }] } },
    async (front) => {
      await front.call("PATCH", "/contacts/alt:email:a@b.example", { list_names: ["New", "Newer"] });
      const body = await front.get("/contacts/alt:email:a@b.example");
      expect(body.lists.map(({ name }: { name: string }) => name)).toEqual(["New", "Newer"]);
      expect(body.groups).toEqual(body.lists);
      expect(body.lists[0]).toMatchObject({ id: expect.stringMatching(/^grp_/), is_private: false });
      expect((await front.get("/contact_lists"))._results).toHaveLength(3);
    },
  ));

test("the emulator deletes a contact immediately, so that a new contact can have its handle", () =>
  withFront({}, async (front) => {
    const id = await front.contact("laura@palmer.example");
    expect((await front.call("DELETE", `/contacts/${id}`)).status).toBe(204);
    const response = await front.call("GET", `/contacts/${id}`);
    expect(response.status).toBe(404);
    expect(response.body._error.message).toBe(`Unknown contact ID ${id}`);
    expect(await front.contact("laura@palmer.example")).not.toBe(id);
  }));

test.each([
  ["alt:email:ann%2Btest%40example.org", "email", "ann+test@example.org"],
  ["alt:email:ann+test@example.org", "email", "ann+test@example.org"],
  ["alt%3Aemail%3Aann%2Btest%40example.org", "email", "ann+test@example.org"],
  ["alt:phone:%2B442079460000", "phone", "+44 20 7946 0000"],
  ["alt:phone:442079460000", "phone", "+44 20 7946 0000"],
  ["alt:custom:a%2Fb%3Ac", "custom", "a/b:c"],
])("the emulator finds a contact by the alias %s", (alias, source, handle) =>
  withFront({}, async (front) => {
    const created = await front.call("POST", "/contacts", { handles: [{ source, handle }] });
    const response = await front.call("GET", `/contacts/${alias}`);
    expect([response.status, response.body.id]).toEqual([200, created.body.id]);
  }),
);

test("the emulator decodes an alias once, and includes an unknown alias in the error message", () =>
  withFront({}, async (front) => {
    await front.contact("a@b.example");
    const response = await front.call("GET", "/contacts/alt:email:a%2540b.example");
    expect(response.status).toBe(404);
    expect(response.body._error.message).toBe("Unknown contact ID alt:email:a%40b.example");
  }));

test("the emulator returns 'No such route.' for an unknown route", () =>
  withFront({}, async (front) => {
    for (const [method, target] of [
      ["GET", "/v9/contacts"],
      ["PUT", "/contacts/crd_1"],
      ["GET", "/contacts/"],
    ] as const) {
      const response = await front.call(method, target);
      expect([response.status, response.body._error.message]).toEqual([404, "No such route."]);
    }
  }));
