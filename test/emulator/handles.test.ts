import { expect, test } from "@jest/globals";
import { type TestFront, withFront } from "./support.ts";

const email = (handle: string) => ({ source: "email", handle });

async function handlesOf(front: TestFront, id: string): Promise<unknown> {
  return (await front.get(`/contacts/${id}`)).handles;
}

test("the emulator adds a handle, and ignores a handle that the contact already has", () =>
  withFront({}, async (front) => {
    const id = await front.contact("dale@fbi.example");
    for (const handle of ["coop@fbi.example", "coop@fbi.example", "DALE@fbi.example"]) {
      const added = await front.call("POST", `/contacts/${id}/handles`, email(handle));
      expect([added.status, added.text]).toEqual([204, ""]);
    }
    expect(await handlesOf(front, id)).toEqual([email("dale@fbi.example"), email("coop@fbi.example")]);
  }));

test("the emulator rejects a handle of another contact and reports the other contact's ID", () =>
  withFront({}, async (front) => {
    const id = await front.contact("dale@fbi.example");
    const harryId = await front.contact("harry@sheriff.example");
    const response = await front.call("POST", `/contacts/${id}/handles`, email("harry@sheriff.example"));
    expect(response.status).toBe(409);
    expect(response.body._error.message).toContain(harryId);
  }));

test("the emulator allows the same handle with two sources", () =>
  withFront({}, async (front) => {
    await front.contact("dale@fbi.example");
    const created = await front.call("POST", "/contacts", {
      handles: [{ source: "custom", handle: "dale@fbi.example" }],
    });
    expect(created.status).toBe(201);
  }));

test.each([
  [true, 409],
  [false, 201],
])("with foldEmails %s, creating a contact whose email address differs only in case returns %s", (foldEmails, status) =>
  withFront({ behavior: { foldEmails } }, async (front) => {
    await front.contact("dale@fbi.example");
    expect((await front.call("POST", "/contacts", { handles: [email("Dale@FBI.example")] })).status).toBe(status);
  }),
);

test.each([
  ["as-sent", "+1 (360) 555-0123"],
  ["digits", "13605550123"],
] as const)(
  "with phoneForm %s, the emulator returns a phone number as %s and compares it by its digits",
  (phoneForm, expected) =>
    withFront({ behavior: { phoneForm } }, async (front) => {
      const phone = { source: "phone", handle: "+1 (360) 555-0123" };
      const { body } = await front.call("POST", "/contacts", { handles: [phone] });
      expect(body.handles).toEqual([{ source: "phone", handle: expected }]);
      const samePhone = { handles: [{ source: "phone", handle: "+13605550123" }] };
      expect((await front.call("POST", "/contacts", samePhone)).status).toBe(409);
    }),
);

test("with phoneForm e164-us, the emulator treats numbers without a plus as US numbers", () =>
  withFront({ behavior: { phoneForm: "e164-us" } }, async (front) => {
    const phones = ["24365", "360-555-0123", "1 360 555 0124", "442079460000", "+44 20 7946 0001"];
    const handles = phones.map((handle) => ({ source: "phone", handle }));
    const { body } = await front.call("POST", "/contacts", { handles });
    expect(body.handles.map(({ handle }: { handle: string }) => handle)).toEqual([
      "+124365",
      "+13605550123",
      "+13605550124",
      "+1442079460000",
      "+442079460001",
    ]);
    expect((await front.call("GET", "/contacts/alt:phone:24365")).status).toBe(200);
  }));

test("the emulator removes the handle in the JSON body", () =>
  withFront({}, async (front) => {
    const id = await front.contact("dale@fbi.example");
    await front.call("POST", `/contacts/${id}/handles`, email("coop@fbi.example"));
    const removed = await front.call("DELETE", `/contacts/${id}/handles`, email("dale@fbi.example"));
    expect([removed.status, removed.text]).toEqual([204, ""]);
    expect(await handlesOf(front, id)).toEqual([email("coop@fbi.example")]);
    expect((await front.call("GET", "/contacts/alt:email:dale%40fbi.example")).status).toBe(404);
  }));

test("the emulator does not remove the last handle of a contact, but deletes the contact with force", () =>
  withFront({}, async (front) => {
    const id = await front.contact("dale@fbi.example");
    const path = `/contacts/${id}/handles`;
    expect((await front.call("DELETE", path, email("dale@fbi.example"))).status).toBe(400);
    expect((await front.call("DELETE", path, { ...email("dale@fbi.example"), force: false })).status).toBe(400);
    expect((await front.call("GET", `/contacts/${id}`)).status).toBe(200);
    expect((await front.call("DELETE", path, { ...email("dale@fbi.example"), force: true })).status).toBe(204);
    expect((await front.call("GET", `/contacts/${id}`)).status).toBe(404);
  }));

test.each([404, 400] as const)(
  "with missingHandle %s, the removal of a handle that the contact does not have returns that status",
  (missingHandle) =>
    withFront({ behavior: { missingHandle } }, async (front) => {
      const id = await front.contact("dale@fbi.example");
      await front.contact("harry@sheriff.example");
      for (const handle of ["nobody@x.example", "harry@sheriff.example"]) {
        const response = await front.call("DELETE", `/contacts/${id}/handles`, { ...email(handle), force: true });
        expect(response.status).toBe(missingHandle);
      }
      expect((await front.call("GET", "/contacts/alt:email:harry%40sheriff.example")).status).toBe(200);
    }),
);

test("adding a handle does not remove handles with read-only sources", () => {
  const seed = { contacts: [{ id: "crd_9", handles: ["whatsapp:123", "email:a@b.example"] }] };
  return withFront({ seed }, async (front) => {
    await front.call("POST", "/contacts/crd_9/handles", email("c@d.example"));
    expect(await handlesOf(front, "crd_9")).toContainEqual({ source: "whatsapp", handle: "123" });
  });
});

test("two contacts can swap handles", () =>
  withFront({}, async (front) => {
    const firstId = await front.contact("one@x.example", { handles: [email("one@x.example"), email("a@x.example")] });
    const secondId = await front.contact("b@x.example", { handles: [email("two@x.example"), email("b@x.example")] });
    await front.call("DELETE", `/contacts/${firstId}/handles`, email("a@x.example"));
    await front.call("DELETE", `/contacts/${secondId}/handles`, email("b@x.example"));
    expect((await front.call("POST", `/contacts/${firstId}/handles`, email("b@x.example"))).status).toBe(204);
    expect((await front.call("POST", `/contacts/${secondId}/handles`, email("a@x.example"))).status).toBe(204);
    expect((await front.get("/contacts/alt:email:a@x.example")).id).toBe(secondId);
  }));
