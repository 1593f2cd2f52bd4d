import { expect, test } from "@jest/globals";
import { withFront } from "./support.ts";

const JSON_TYPE = { headers: { "content-type": "application/json" } };

test("the emulator rejects malformed JSON with an error that contains only a message", () =>
  withFront({}, async (front) => {
    const response = await front.call("POST", "/contacts", "{", JSON_TYPE);
    expect(response.status).toBe(400);
    expect(Object.keys(response.body._error).sort()).toEqual(["message"]);
  }));

test.each(["null", "[]", "4"])("the emulator rejects the JSON body %s", (text) =>
  withFront({}, async (front) => {
    const response = await front.call("POST", "/contacts", text, JSON_TYPE);
    expect(response.body._error.details).toEqual(["body: must be an object"]);
  }),
);

test("the emulator reads form fields with brackets in their names", () =>
  withFront({}, async (front) => {
    const form = new FormData();
    form.set("name", "Dale");
    form.set("handles[0][handle]", "dale@fbi.example");
    form.set("handles[0][source]", "email");
    form.set("custom_fields[Job Title]", "Agent");
    form.append("list_names[]", "FBI");
    form.append("list_names[]", "Coffee");
    const { status, body } = await front.call("POST", "/contacts", form);
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: "Dale", custom_fields: { "Job Title": "Agent" } });
    expect(body.handles).toEqual([{ handle: "dale@fbi.example", source: "email" }]);
    expect(body.lists.map(({ name }: { name: string }) => name)).toEqual(["FBI", "Coffee"]);
  }));

test("the emulator treats every form value as a string, which a number field rejects", () =>
  withFront({}, async (front) => {
    const id = await front.contact("dale@fbi.example");
    const form = new FormData();
    form.set("custom_fields[Badge Number]", "12");
    const response = await front.call("PATCH", `/contacts/${id}`, form);
    expect(response.body._error.details).toEqual(["body.custom_fields.Badge Number: must be a number"]);
  }));

test("the emulator ignores a URL-encoded body", () =>
  withFront({}, async (front) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const response = await front.call("POST", "/contacts", "handles[0][handle]=a@b.example", { headers });
    expect(response.body._error.details).toEqual(["body.handles: missing"]);
  }));

test("the emulator rejects a malformed form", () =>
  withFront({}, async (front) => {
    const headers = { "content-type": "multipart/form-data" };
    expect((await front.call("POST", "/contacts", "nonsense", { headers })).status).toBe(400);
  }));

test("the emulator stores a custom field named __proto__", () =>
  withFront({ seed: { custom_fields: [{ name: "__proto__", type: "string" }] } }, async (front) => {
    const id = await front.contact("dale@fbi.example");
    const body = '{"custom_fields":{"__proto__":"x"}}';
    expect((await front.call("PATCH", `/contacts/${id}`, body, JSON_TYPE)).status).toBe(204);
    expect((await front.call("GET", `/contacts/${id}`)).text).toContain('"custom_fields":{"__proto__":"x"}');
    const form = new FormData();
    form.set("custom_fields[__proto__]", "y");
    await front.call("PATCH", `/contacts/${id}`, form);
    expect((await front.call("GET", `/contacts/${id}`)).text).toContain('"custom_fields":{"__proto__":"y"}');
  }));
