import { expect, test } from "@jest/globals";
import { withFront } from "./support.ts";

test("the emulator returns the custom field definitions at both endpoints", () =>
  withFront({}, async (front) => {
    const { status, body } = await front.call("GET", "/contacts/custom_fields");
    expect(status).toBe(200);
    expect(body._pagination).toEqual({ next: null });
    expect(body._results.map(({ name, type }: { name: string; type: string }) => [name, type])).toEqual([
      ["Job Title", "string"],
      ["Location", "string"],
      ["Badge Number", "number"],
      ["On Duty", "boolean"],
      ["Joined", "datetime"],
      ["Clearance", "enum"],
      ["Supervisor", "teammate"],
      ["Inbox", "inbox"],
    ]);
    expect(body._results[0]).toMatchObject({
      id: expect.stringMatching(/^fld_/),
      description: "What the contact does",
    });
    expect(body._results[5].values).toContainEqual({ value: "secret", label: "Blue Rose" });
    expect((await front.get("/custom_fields"))._results).toHaveLength(8);
  }));

test("the emulator returns teammates and inboxes", () =>
  withFront({}, async (front) => {
    const teammates = await front.call("GET", "/teammates");
    expect(teammates.body._results).toContainEqual(
      expect.objectContaining({ email: "lucy@sheriff.twinpeaks.example", first_name: "Lucy" }),
    );
    const inboxes = await front.call("GET", "/inboxes");
    expect(inboxes.body._results).toEqual([expect.objectContaining({ id: "inb_1a", name: "Front desk" })]);
  }));

test("the emulator replaces all custom fields if the request contains custom_fields, and otherwise leaves them unchanged", () =>
  withFront({}, async (front) => {
    const id = await front.contact("a@b.example", { custom_fields: { "Job Title": "Agent", Location: "Room 315" } });
    const readFields = async () => (await front.get(`/contacts/${id}`)).custom_fields;
    await front.call("PATCH", `/contacts/${id}`, { name: "Dale" });
    expect(await readFields()).toEqual({ "Job Title": "Agent", Location: "Room 315" });
    await front.call("PATCH", `/contacts/${id}`, { custom_fields: { Location: "Room 316" } });
    expect(await readFields()).toEqual({ Location: "Room 316" });
    await front.call("PATCH", `/contacts/${id}`, { custom_fields: {} });
    expect(await readFields()).toEqual({});
  }));

test.each([
  ["Job Title", "Agent"],
  ["Job Title", ""],
  ["Badge Number", 90],
  ["Badge Number", 1.5],
  ["On Duty", false],
  ["Joined", 1767225600],
  ["Clearance", "secret"],
  ["Supervisor", "lucy@sheriff.twinpeaks.example"],
  ["Inbox", "inb_1a"],
])("the emulator accepts %s = %j", (name, value) =>
  withFront({}, async (front) => {
    const id = await front.contact("a@b.example", { custom_fields: { [name]: value } });
    expect((await front.get(`/contacts/${id}`)).custom_fields).toEqual({ [name]: value });
  }),
);

test.each([
  ["Job title", "Agent", "unknown custom field"],
  ["toString", "x", "unknown custom field"],
  ["Job Title", 4, "must be a string"],
  ["Job Title", null, "must be a string"],
  ["Badge Number", "90", "must be a number"],
  ["On Duty", "true", "must be a boolean"],
  ["Joined", "", "must be a timestamp in seconds"],
  ["Joined", "2026-01-01", "must be a timestamp in seconds"],
  ["Clearance", "Blue Rose", "must be one of public, restricted, secret"],
  ["Supervisor", "bob@lodge.example", "must be the email of a teammate"],
  ["Inbox", "inb_zz", "must be the id of an inbox"],
])("the emulator rejects %s = %j and changes nothing", (name, value, problem) =>
  withFront({}, async (front) => {
    const id = await front.contact("a@b.example", { name: "Ann" });
    const response = await front.call("PATCH", `/contacts/${id}`, { name: "Bob", custom_fields: { [name]: value } });
    expect(response.status).toBe(400);
    expect(response.body._error.details).toEqual([`body.custom_fields.${name}: ${problem}`]);
    expect((await front.get(`/contacts/${id}`)).name).toBe("Ann");
  }),
);

test.each([
  [
    "unknownFields drop, the emulator ignores an unknown field",
    { unknownFields: "drop" },
    { Nonsense: 1, Location: "x" },
    { Location: "x" },
  ],
  [
    "wrongTypes coerce, the emulator converts values of the wrong type",
    { wrongTypes: "coerce" },
    { "Badge Number": "90", "On Duty": "true", "Job Title": 4, Joined: "1767225600" },
    { "Badge Number": 90, "On Duty": true, "Job Title": "4", Joined: 1767225600 },
  ],
  [
    "emptyStrings clear, the emulator clears a string field whose new value is an empty string",
    { emptyStrings: "clear" },
    { Location: "" },
    {},
  ],
] as const)("with %s", (_, behavior, sent, stored) =>
  withFront({ behavior }, async (front) => {
    const id = await front.contact("a@b.example", { custom_fields: sent });
    expect((await front.get(`/contacts/${id}`)).custom_fields).toEqual(stored);
  }),
);

const LEGACY_FIELDS = {
  custom_fields: [
    { name: "Team", type: "teammate_list" },
    { name: "Boss", type: "teammate" },
    { name: "City", type: "string" },
  ],
  contacts: [
    {
      id: "crd_9",
      handles: ["email:a@b.example"],
      custom_fields: { Team: ["a@x.example", "b@x.example"], Boss: "left@x.example" },
    },
  ],
};

test("the emulator accepts a read-only value only if it is unchanged", () =>
  withFront({ seed: LEGACY_FIELDS }, async (front) => {
    const patch = (custom_fields: object) => front.call("PATCH", "/contacts/crd_9", { custom_fields });
    expect((await patch({ Team: ["a@x.example", "b@x.example"], City: "x" })).status).toBe(204);
    expect((await patch({ Team: ["a@x.example"] })).body._error.details).toEqual([
      "body.custom_fields.Team: fields of type teammate_list cannot be changed through the API",
    ]);
  }));

test("the emulator rejects a change to custom fields if a stored value has become invalid", () =>
  withFront({ seed: LEGACY_FIELDS }, async (front) => {
    expect((await front.get("/contacts/crd_9")).custom_fields.Boss).toBe("left@x.example");
    const response = await front.call("PATCH", "/contacts/crd_9", { custom_fields: { Boss: "left@x.example" } });
    expect(response.body._error.details).toEqual(["body.custom_fields.Boss: must be the email of a teammate"]);
  }));
