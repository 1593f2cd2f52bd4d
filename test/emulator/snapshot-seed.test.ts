import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Seed, startEmulator } from "../../src/emulator/index.ts";
import { withFront } from "./support.ts";

const SCHEMA = JSON.parse(readFileSync(new URL("../../schemas/snapshot.schema.json", import.meta.url), "utf8"));
const matchesSchema = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(SCHEMA);

/** Returns a seed that contains a copy of a company, like a snapshot. */
function createCopy(parts: Omit<Seed, "snapshot">): Seed {
  return { snapshot: { format: 1, taken_at: "2026-11-29T12:00:00.000Z" }, ...parts };
}

test("the emulator lists the contacts of a copy in the order of the seed", () => {
  const contacts = ["crd_9", "crd_1", "crd_5"].map((id) => ({ id, handles: [`custom:${id}`] }));
  return withFront({ seed: createCopy({ contacts }) }, async (front) => {
    const added = await front.contact("new@x.example");
    const sorted = (order: string) => front.results(`/contacts?sort_by=created_at&sort_order=${order}`, "id");
    expect(await sorted("asc")).toEqual(["crd_9", "crd_1", "crd_5", added]);
    expect(await sorted("desc")).toEqual([added, "crd_5", "crd_1", "crd_9"]);
  });
});

const DUPLICATES = [
  { id: "crd_1", handles: ["email:a@x.example", "custom:1"], is_private: true },
  { id: "crd_2", handles: ["email:A@x.example", "custom:2"] },
  { id: "crd_3", handles: ["email:a@x.example", "custom:3"] },
];

test("if several contacts of a copy have the same handle, the emulator finds the first shared contact", () =>
  withFront({ seed: createCopy({ contacts: DUPLICATES }), behavior: { privateAliases: "last" } }, async (front) => {
    const findId = async () => (await front.get("/contacts/alt:email:a@x.example")).id;
    expect(await findId()).toBe("crd_2");
    await front.call("DELETE", "/contacts/crd_2");
    expect(await findId()).toBe("crd_3");
    await front.call("DELETE", "/contacts/crd_3/handles", { source: "email", handle: "a@x.example" });
    expect(await findId()).toBe("crd_1");
    await front.call("DELETE", "/contacts/crd_1");
    expect((await front.call("GET", "/contacts/alt:email:a@x.example")).status).toBe(404);
  }));

test("the emulator returns unknown and malformed properties of a copy until a request changes them", () => {
  const shown_as = { vip: { level: 3 }, links: null, handles: "none", updated_at: 1.23456, description: 7 };
  const contacts = [{ id: "crd_1", handles: ["custom:1"], shown_as }];
  return withFront({ seed: createCopy({ contacts }) }, async (front) => {
    expect(await front.get("/contacts/crd_1")).toMatchObject(shown_as);
    await front.call("PATCH", "/contacts/crd_1", { links: ["https://a.example"] });
    const body = await front.get("/contacts/crd_1");
    expect(body).toMatchObject({ vip: { level: 3 }, links: ["https://a.example"], handles: "none", description: 7 });
    expect(body.updated_at).toBeGreaterThan(2);
    await front.call("POST", "/contacts/crd_1/handles", { source: "custom", handle: "2" });
    expect((await front.get("/contacts/crd_1")).handles).toHaveLength(2);
  });
});

test("the emulator replaces malformed properties of a copy when lists, avatars or merges change them", () => {
  const shown_as = { lists: "none", groups: "none", avatar_url: 7, links: null };
  const contacts = ["crd_1", "crd_2", "crd_3", "crd_4"].map((id) => {
    return { id, handles: [`custom:${id}`], lists: ["grp_1"], shown_as };
  });
  return withFront({ seed: createCopy({ contacts, lists: [{ id: "grp_1", name: "VIP" }] }) }, async (front) => {
    await front.call("PATCH", "/contacts/crd_1", { list_names: ["VIP"] });
    expect((await front.get("/contacts/crd_1")).lists).toHaveLength(1);
    const form = new FormData();
    form.set("avatar", new Blob(["picture"], { type: "image/png" }), "a.png");
    await front.call("PATCH", "/contacts/crd_2", form);
    expect((await front.get("/contacts/crd_2")).avatar_url).toMatch(/^https:/);
    await front.call("POST", "/contacts/merge", { target_contact_id: "crd_3", contact_ids: ["crd_4"] });
    const merged = await front.get("/contacts/crd_3");
    expect(merged).toMatchObject({ avatar_url: null, lists: [{ id: "grp_1" }] });
    expect(merged.links ?? []).toEqual([]);
    await front.call("DELETE", "/contact_lists/grp_1");
    expect((await front.get("/contacts/crd_2")).lists ?? []).toEqual([]);
  });
});

test("the emulator returns the account of a copied contact until its membership changes", () => {
  const shown_as = { account: { id: "acc_1", name: "FBI" } };
  const contacts = ["crd_1", "crd_2"].map((id) => ({ id, handles: [`custom:${id}`], shown_as }));
  const accounts = [{ id: "acc_1", name: "FBI", contacts: ["crd_1", "crd_2"] }];
  return withFront({ seed: createCopy({ contacts, accounts }) }, async (front) => {
    const getAccount = async (id: string) => (await front.get(`/contacts/${id}`)).account;
    await front.call("DELETE", "/accounts/acc_1/contacts", { contact_ids: ["crd_1"] });
    expect([await getAccount("crd_1"), await getAccount("crd_2")]).toEqual([null, shown_as.account]);
    await front.call("DELETE", "/accounts/acc_1");
    expect(await getAccount("crd_2")).toBe(null);
  });
});

test("the emulator returns the original avatar URLs and serves the copied pictures", () => {
  const base64 = Buffer.from("picture").toString("base64");
  const standardUrl = "https://acme.api.frontapp.com/contacts/crd_1/avatar-1700000000000";
  const otherUrl = "https://acme.api.frontapp.com/pictures/2?size=big";
  const contacts = [
    { id: "crd_1", handles: ["custom:1"], avatar: { url: standardUrl, type: "image/png", base64 } },
    { id: "crd_2", handles: ["custom:2"], avatar: { url: otherUrl, type: "image/png", base64 } },
    { id: "crd_3", handles: ["custom:3"], avatar: { url: standardUrl.replace("crd_1", "crd_3") } },
  ];
  return withFront({ seed: createCopy({ contacts }) }, async (front) => {
    const getAvatarUrl = async (id: string) => (await front.get(`/contacts/${id}`)).avatar_url;
    expect([await getAvatarUrl("crd_1"), await getAvatarUrl("crd_2")]).toEqual([standardUrl, otherUrl]);
    const pictures = ["/contacts/crd_1/avatar-1700000000000", "/pictures/2", "/contacts/crd_3/avatar-1700000000000"];
    const responses = await Promise.all(pictures.map((path) => front.call("GET", path)));
    expect(responses.map(({ status, text }) => (status === 200 ? text : status))).toEqual(["picture", "picture", 404]);
    expect((await front.get("/nowhere"))._error.message).toBe("No such route.");
  });
});

test("the emulator omits an unlisted list from the listing but not from its contacts", () => {
  const lists = [
    { id: "grp_1", name: "VIP" },
    { id: "grp_2", name: "Own", is_private: true, is_listed: false },
  ];
  const contacts = [{ id: "crd_1", handles: ["custom:1"], lists: ["grp_1", "grp_2"] }];
  return withFront({ seed: createCopy({ lists, contacts }) }, async (front) => {
    expect(await front.results("/contact_lists", "name")).toEqual(["VIP"]);
    expect((await front.get("/contacts/crd_1")).lists).toMatchObject([{ name: "VIP" }, { name: "Own" }]);
  });
});

test("the emulator uses the behavior in the seed unless an option overrides it", async () => {
  const seed = createCopy({ behavior: { showUpdatedAt: false }, contacts: [{ id: "crd_1", handles: ["custom:1"] }] });
  await withFront({ seed }, async (front) => {
    expect(await front.get("/contacts/crd_1")).not.toHaveProperty("updated_at");
  });
  await withFront({ seed, behavior: { showUpdatedAt: true } }, async (front) => {
    expect(await front.get("/contacts/crd_1")).toHaveProperty("updated_at");
  });
});

test("the emulator restores a copied company from its own snapshot", async () => {
  const seed = createCopy({
    contacts: [...DUPLICATES, { id: "crd_4" } as never],
    custom_fields: [{ name: "x", type: "enum" }],
  });
  await using first = await startEmulator({ seed });
  const state = first.snapshot();
  await using second = await startEmulator({ seed: JSON.parse(JSON.stringify(state)) });
  expect(second.snapshot()).toEqual(state);
  expect(matchesSchema(JSON.parse(JSON.stringify(state)))).toBe(true);
});

const VALID: readonly (readonly [string, Seed])[] = [
  ["an empty seed", {}],
  [
    "a picture without a URL and a list without an ID",
    { contacts: [{ handles: ["email:a@x.example"], avatar: { type: "image/png", base64: "AA==" } }], lists: ["VIP"] },
  ],
  [
    "a copy with duplicate handles, and an account and a list without a name",
    createCopy({ contacts: DUPLICATES, accounts: [{ id: "acc_1" } as never], lists: [{ id: "grp_1", name: "" }] }),
  ],
];

test.each(VALID)("the schema and the emulator accept %s", async (_, seed) => {
  await using emulator = await startEmulator({ seed });
  expect(emulator.url).toContain("127.0.0.1");
  expect(matchesSchema(seed)).toBe(true);
});

const contactWith = (properties: object) => ({ contacts: [{ handles: ["custom:1"], ...properties }] });

test.each([
  ["snapshot.format must be the number 1. Write it without quotes.", { snapshot: { format: "1", taken_at: "now" } }],
  ["snapshot.format is 2, but this version supports only 1.", { snapshot: { format: 2, taken_at: "now" } }],
  ["snapshot.taken_at must be a non-empty string", { snapshot: { format: 1 } }],
  ["unknown key", { contact: [] }],
  ["contacts must be an array", { contacts: {} }],
  ["contacts[0] has an unknown key", { contacts: [{ nmae: "x" }] }],
  ["contacts[0].id must be an ID such as crd_4k2", { contacts: [{ id: "7", handles: ["custom:1"] }] }],
  ["has no source", { contacts: [{ handles: ["dale"] }] }],
  ["handles[0].source must be a non-empty string", { contacts: [{ handles: [{ source: "", handle: "x" }] }] }],
  ["contacts[0].is_private must be true or false", contactWith({ is_private: 1 })],
  ["contacts[0].avatar.type", contactWith({ avatar: { base64: "AA==" } })],
  ["contacts[0].avatar.base64", contactWith({ avatar: { type: "image/png" } })],
  ["contacts[0].created_at", contactWith({ created_at: "now" })],
  ["contacts[0].conversations", contactWith({ conversations: -1 })],
  ["custom_fields[0].type must be a non-empty string", { custom_fields: [{ name: "x" }] }],
  ["custom_fields[0].values[0].value", { custom_fields: [{ name: "x", type: "enum", values: [{}] }] }],
  ["company.name must be a string", { company: { name: 1 } }],
  ["teammates[0].email", { teammates: [{}] }],
  ["inboxes[0].id must be an ID such as inb_4k2", { inboxes: [{ id: "1", name: "x" }] }],
  ["lists[0].is_listed must be true or false", { lists: [{ name: "x", is_listed: "no" }] }],
  ["accounts[0].domains[0]", { accounts: [{ name: "x", domains: [1] }] }],
  ["serial must be a whole number", { serial: -1 }],
  ["oauth.clients[0].secret", { oauth: { clients: [{ id: "x" }] } }],
])("the schema and the emulator reject a seed: %s", async (message, seed) => {
  await expect(startEmulator({ seed: seed as unknown as Seed })).rejects.toThrow(message);
  expect(matchesSchema(seed)).toBe(false);
});

test.each([
  ["behavior.phoneForm must be ", { behavior: { phoneForm: "none" } }],
  ["behavior has an unknown key", { behavior: { phone: "none" } }],
])("the emulator rejects an invalid behavior: %s", async (message, seed) => {
  await expect(startEmulator({ seed: seed as unknown as Seed })).rejects.toThrow(message);
});
