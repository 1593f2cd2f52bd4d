import { expect, test } from "@jest/globals";
import { withFront } from "./support.ts";

test("the emulator adds notes, and lists them with the status 202", () =>
  withFront({ now: () => 5000 }, async (front) => {
    const id = await front.contact("laura@palmer.example");
    const note = { author_id: "tea_1d", body: "She's dead, wrapped in plastic." };
    const created = await front.call("POST", `/contacts/${id}/notes`, note);
    expect(created.status).toBe(201);
    const { status, body } = await front.call("GET", `/contacts/${id}/notes`);
    expect(status).toBe(202);
    expect(body._results).toEqual([created.body]);
    expect(body._results[0]).toMatchObject({
      body: note.body,
      created_at: 5,
      is_private: false,
      author: { id: "tea_1d", email: "lucy@sheriff.twinpeaks.example" },
    });
  }));

test.each([
  [{}, ["body.author_id: missing", "body.body: missing"]],
  [{ author_id: "tea_zz", body: "x" }, ["body.author_id: unknown teammate"]],
])("the emulator rejects the note %j", (note, details) =>
  withFront({}, async (front) => {
    const id = await front.contact("laura@palmer.example");
    expect((await front.call("POST", `/contacts/${id}/notes`, note)).body._error.details).toEqual(details);
  }),
);

test("the emulator paginates as many conversations as the seed specifies", () => {
  const seed = { contacts: [{ id: "crd_1", handles: ["email:a@x.example"], conversations: 3 }] };
  return withFront({ seed }, async (front) => {
    const body = await front.get("/contacts/crd_1/conversations?limit=2");
    expect(body._results).toHaveLength(2);
    expect(body._results[0].id).toMatch(/^cnv_/);
    expect(body._links.self).toMatch(/\/contacts\/crd_1\/conversations$/);
    const token = new URL(body._pagination.next).searchParams.get("page_token");
    const lastPage = await front.call("GET", `/contacts/crd_1/conversations?page_token=${token}`);
    expect([lastPage.body._results.length, lastPage.body._pagination.next]).toEqual([1, null]);
  });
});
