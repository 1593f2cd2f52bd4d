import { expect, test } from "@jest/globals";
import { withFront } from "./support.ts";

test("creates a contact and shows every field Front shows", () =>
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
    expect((await front.call("GET", "/contacts/alt:email:dale%40fbi.example")).body).toEqual(body);
  }));
