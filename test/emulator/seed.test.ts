import { expect, test } from "@jest/globals";
import { type Seed, startEmulator } from "../../src/emulator/index.ts";
import { withFront } from "./support.ts";

const SEED = {
  company: { id: "cmp_fbi", name: "FBI" },
  teammates: [{ email: "gordon@fbi.example", first_name: "Gordon" }],
  inboxes: [{ id: "inb_9", name: "Blue Rose" }],
  custom_fields: [
    { name: "City", type: "string" },
    { name: "Plan", type: "enum", values: ["free", { value: "pro", label: "Professional" }] },
  ],
  lists: ["Agents", { id: "grp_9", name: "Secret", is_private: true }],
  contacts: [
    {
      id: "crd_9",
      name: "Dale",
      description: "d",
      links: ["https://a.example"],
      is_private: true,
      handles: ["email:dale@fbi.example", { source: "whatsapp", handle: "12" }],
      lists: ["Agents", "grp_9"],
      custom_fields: { City: "Philadelphia", Plan: "gone" },
      avatar: { type: "image/png", base64: "AAEC", version: 1700000000000 },
      notes: [{ author: "gordon@fbi.example", body: "GOOD" }],
      conversations: 1,
      created_at: 100.5,
      updated_at: 200.25,
    },
    { handles: ["email:albert@fbi.example"] },
  ],
  accounts: [
    { id: "acc_9", name: "By domain", domains: ["fbi.example"] },
    { name: "By handle", domains: ["fbi.example"], contacts: ["email:albert@fbi.example"] },
  ],
};

test("the emulator starts with the company in the seed", () =>
  withFront({ seed: SEED }, async (front) => {
    expect(await front.get("/me")).toMatchObject({ id: "cmp_fbi", name: "FBI" });
    const body = await front.get("/contacts/crd_9");
    expect(body).toMatchObject({
      name: "Dale",
      description: "d",
      links: ["https://a.example"],
      is_private: true,
      updated_at: 200.25,
      avatar_url: "https://fbi.api.front.example/contacts/crd_9/avatar-1700000000000",
      handles: [
        { source: "email", handle: "dale@fbi.example" },
        { source: "whatsapp", handle: "12" },
      ],
      custom_fields: { City: "Philadelphia", Plan: "gone" },
    });
    expect(body.lists.map(({ name }: { name: string }) => name)).toEqual(["Agents", "Secret"]);
    const definitions = (await front.get("/contacts/custom_fields"))._results;
    expect(definitions[1].values).toEqual([
      { value: "free", label: "free" },
      { value: "pro", label: "Professional" },
    ]);
    expect((await front.get("/contacts/crd_9/notes"))._results[0].author.first_name).toBe("Gordon");
    expect((await front.get("/accounts/acc_9/contacts"))._results).toHaveLength(2);
  }));

test("the emulator uses the default company for parts that the seed omits", () =>
  withFront(
    { seed: { contacts: [{ handles: ["email:a@x.example"], custom_fields: { Location: "x" } }] } },
    async (front) => {
      expect((await front.get("/me")).id).toBe("cmp_tp1");
    },
  ));

test("a generated ID differs from every ID in the seed", () => {
  const seed = { contacts: [{ id: "crd_zzzz", handles: ["custom:1"] }, { handles: ["custom:2"] }] };
  return withFront({ seed }, async (front) => {
    const id = await front.contact("a@x.example");
    const ids = await front.results("/contacts", "id");
    expect(new Set(ids).size).toBe(3);
    expect(ids).toContain(id);
  });
});

test("the emulator restores the same company from its own snapshot", () =>
  withFront({ seed: SEED }, async (front) => {
    await front.call("POST", "/contacts/merge", { contact_ids: ["alt:email:albert@fbi.example", "crd_9"] });
    await front.contact("new@x.example");
    const snapshot = front.emulator.snapshot();
    await using restored = await startEmulator({ seed: JSON.parse(JSON.stringify(snapshot)) });
    expect(restored.snapshot()).toEqual(snapshot);
  }));

const contactWith = (properties: object) => ({ contacts: [{ handles: ["custom:1"], ...properties }] });

test.each([
  ["The seed must be an object", []],
  ['The seed has an unknown key "contact". Use any of: company, ', { contact: [] }],
  ["contacts[0] must be an object", { contacts: ["x"] }],
  ["contacts[0].handles must contain at least one handle", { contacts: [{}] }],
  ['Write it like "email:dale@fbi.example"', { contacts: [{ handles: ["dale"] }] }],
  [
    'contacts[1].handles[0] "A@x" is already a handle of crd_1. Remove one of the two.',
    { contacts: [{ id: "crd_1", handles: ["email:a@x"] }, { handles: ["email:A@x"] }] },
  ],
  ["is already a handle of the same contact", { contacts: [{ handles: ["email:a@x", "email:a@x"] }] }],
  [
    'contacts[1].id "crd_1" is already used. Use another ID, or omit it.',
    { contacts: ["custom:1", "custom:2"].map((handle) => ({ id: "crd_1", handles: [handle] })) },
  ],
  ['contacts[0].lists[0] "X" is not in the lists of the seed', contactWith({ lists: ["X"] })],
  ["is the name of several lists. Use the ID", { lists: ["X", "X"], ...contactWith({ lists: ["X"] }) }],
  [
    `contacts[0].custom_fields has "Nope", which the seed does not define. Define it in the seed's own custom_fields, `,
    contactWith({ custom_fields: { Nope: 1 } }),
  ],
  [
    'contacts[0].notes[0].author "bob" is not in the teammates of the seed. Add it there, or correct the value.',
    contactWith({ notes: [{ author: "bob" }] }),
  ],
  ['custom_fields[0] is an enum without values. Add "values".', { custom_fields: [{ name: "x", type: "enum" }] }],
  [
    'custom_fields has two fields named "x". Rename or remove one of them.',
    { custom_fields: ["string", "number"].map((type) => ({ name: "x", type })) },
  ],
  [
    'accounts[0].contacts[0] "crd_x" is not an ID or handle of a contact in the seed. Correct it, or add the contact',
    { accounts: [{ name: "x", contacts: ["crd_x"] }] },
  ],
])("the emulator rejects a seed: %s", async (sentence, seed) => {
  await expect(startEmulator({ seed: seed as Seed })).rejects.toThrow(sentence);
});
