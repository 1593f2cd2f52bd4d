import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  decodeAccounts,
  decodeCompany,
  decodeContact,
  decodeContactPage,
  decodeError,
  decodeFieldDefinitions,
  decodeInboxes,
  decodeLists,
  decodeTeammates,
  ShapeError,
} from "../../src/front/decode.ts";
import { parseLosslessJson } from "../../src/front/json.ts";

const COOPER = {
  _links: { self: "https://twin-peaks.api.frontapp.com/contacts/crd_9zq1" },
  id: "crd_9zq1",
  name: "Dale Cooper",
  description: "Special agent",
  avatar_url: null,
  links: ["https://fbi.example"],
  lists: [{ id: "grp_77", name: "VIP", is_private: false }],
  groups: [{ id: "grp_77", name: "VIP", is_private: false }],
  handles: [{ source: "email", handle: "cooper@fbi.example" }],
  custom_fields: { "Job Title": "Agent", Joined: 1767225600, "On Duty": true, Supervisor: null, Inbox: ["inb_1"] },
  is_private: false,
  updated_at: 1767300000.123,
};

test("a contact is decoded without its unknown properties", () => {
  expect(decodeContact({ ...COOPER, is_spammer: true, unknown_property: {} })).toEqual({
    id: "crd_9zq1",
    name: "Dale Cooper",
    description: "Special agent",
    handles: [{ source: "email", handle: "cooper@fbi.example" }],
    links: ["https://fbi.example"],
    lists: [{ id: "grp_77", name: "VIP" }],
    customFields: new Map(Object.entries(COOPER.custom_fields)),
    avatarUrl: undefined,
    updatedAt: 1767300000.123,
  });
});

const OLD_LIST = { id: "grp_1", name: "Old" };
const PIGEON = { source: "pigeon", handle: "7" };

const TOLERATED_CHANGES: [string, object, object][] = [
  ["no name", { name: null }, { name: undefined }],
  ["no description", { description: null }, { description: "" }],
  ["groups instead of lists", { lists: undefined, groups: [OLD_LIST] }, { lists: [OLD_LIST] }],
  ["a handle with an unknown source", { handles: [PIGEON] }, { handles: [PIGEON] }],
  ["no links", { links: undefined }, { links: [] }],
  ["null for is_private", { is_private: null }, {}],
  ["text for is_private, which is treated as private", { is_private: "yes" }, { isPrivate: true }],
  ["null for links", { links: null }, { links: [] }],
  ["neither lists nor groups", { lists: undefined, groups: undefined }, { lists: [] }],
  ["null for lists", { lists: null, groups: null }, { lists: [] }],
  ["null for handles", { handles: null }, { handles: [] }],
  ["null for custom fields", { custom_fields: null }, { customFields: new Map() }],
  [
    "custom fields of unknown types",
    { custom_fields: { A: { b: [1, { c: null }] }, B: [1], C: [] } },
    {
      customFields: new Map<string, unknown>([
        ["A", { json: '{"b":[1,{"c":null}]}' }],
        ["B", { json: "[1]" }],
        ["C", []],
      ]),
    },
  ],
  ["no update time", { updated_at: undefined }, { updatedAt: undefined }],
  ["an update time that is a string", { updated_at: "yesterday" }, { updatedAt: undefined }],
];

test.each(TOLERATED_CHANGES)("a contact may have %s", (_, change, expected) => {
  expect(decodeContact({ ...COOPER, ...change })).toMatchObject(expected);
});

test("custom fields may have any name", () => {
  const json = JSON.parse('{"__proto__":"x","constructor":1,"":false,"10":"ten"}');
  expect([...decodeContact({ ...COOPER, custom_fields: json }).customFields]).toEqual(
    expect.arrayContaining([
      ["__proto__", "x"],
      ["constructor", 1],
      ["", false],
      ["10", "ten"],
    ]),
  );
});

const NOT_CONTACTS: [string, unknown][] = [
  ["null", null],
  ["an array", []],
  ["an empty object", {}],
  ["a string", "crd_1"],
  ["a contact without an ID", { ...COOPER, id: undefined }],
  ["a contact with a number as ID", { ...COOPER, id: 9 }],
  ["a contact with the ID of an account", { ...COOPER, id: "acc_1" }],
  ["a contact with a path in its ID", { ...COOPER, id: "crd_1/../../me" }],
  ["a contact with a line break in its ID", { ...COOPER, id: "crd_1\n" }],
  ["a contact with an ID that is only a prefix", { ...COOPER, id: "crd_" }],
  ["a contact with an object as handles", { ...COOPER, handles: {} }],
  ["a contact with a string as handle", { ...COOPER, handles: ["cooper@fbi.example"] }],
  ["a contact without custom fields", { ...COOPER, custom_fields: undefined }],
  ["a contact with a number as avatar_url", { ...COOPER, avatar_url: 5 }],
];

test.each(NOT_CONTACTS)("%s cannot be decoded as a contact", (_, json) => {
  expect(() => decodeContact(json)).toThrow(ShapeError);
});

const propertyName = fc.constantFrom(...Object.keys(COOPER));

test("a contact with any value of a property is decoded or rejected with a ShapeError", () => {
  const property = fc.property(propertyName, fc.jsonValue(), (name, value) => {
    try {
      decodeContact({ ...COOPER, [name]: value });
    } catch (error) {
      expect(error).toBeInstanceOf(ShapeError);
    }
  });
  fc.assert(property, { numRuns: 2000 });
});

function pageOf(next: unknown, items: unknown = [COOPER]): object {
  return { _pagination: { next }, _results: items, _links: { next: "https://front.example/?page_token=wrong" } };
}

const NEXT_PAGES: [next: unknown, token: string | undefined][] = [
  [null, undefined],
  ["https://twin-peaks.api.frontapp.com/contacts?limit=100&page_token=abc", "abc"],
  ["https://evil.example/contacts?page_token=abc", "abc"],
  ["http://api2.frontapp.com:1/contacts?page_token=abc", "abc"],
  ["https://cooper:coffee@api2.frontapp.com/contacts?page_token=abc", "abc"],
  ["//evil.example/contacts?page_token=abc", "abc"],
  ["/contacts?page_token=abc", "abc"],
  ["?page_token=abc", "abc"],
  ["javascript:alert(1)?page_token=abc", "abc"],
  ["https://x.example/?page_token=a%26limit%3D1", "a&limit=1"],
];

test.each(NEXT_PAGES)("if the next page is %j, decodeContactPage returns the token %j", (next, token) => {
  expect(decodeContactPage(pageOf(next)).next).toBe(token);
});

test.each([undefined, "", "garbage", "https://", 7, {}, [], true, "https://x.example/?page_token=", "abc"])(
  "%j is not a valid next page",
  (next) => {
    expect(() => decodeContactPage(pageOf(next))).toThrow(ShapeError);
  },
);

const NOT_PAGES: [string, unknown][] = [
  ["null", null],
  ["an array", []],
  ["an empty object", {}],
  ["an object without pagination", { _results: [] }],
  ["an object without results", { _pagination: { next: null } }],
  ["a page with an object as results", pageOf(null, {})],
];

test.each(NOT_PAGES)("%s cannot be decoded as a page", (_, json) => {
  expect(() => decodeContactPage(json)).toThrow(ShapeError);
});

test("a contact in a listing is incomplete without custom_fields, and complete with empty custom_fields", () => {
  const { custom_fields: _, ...withoutFields } = COOPER;
  const { items } = decodeContactPage(pageOf(null, [{ ...COOPER, custom_fields: {} }, withoutFields]));
  expect(items.map((item) => ("contact" in item ? item.contact?.customFields.size : "undecodable"))).toEqual([
    0,
    undefined,
  ]);
});

const UNDECODABLE: [property: string, value: unknown, problem: string][] = [
  ["name", 5, "name is not a string"],
  ["handles", "none", "handles is not an array"],
  ["handles", undefined, "handles is missing"],
  ["handles", [{ source: "email", handle: "a@b.example" }, "c@d.example"], "handles[1] is not an object"],
  ["handles", [{ source: "email", handle: null }], "handles[0].handle is not a string"],
  ["links", [1], "links[0] is not a string"],
  ["lists", [{ name: "VIP" }], "lists[0].id is not of the form grp_…"],
  ["custom_fields", [], "custom_fields is not an object"],
  ["avatar_url", {}, "avatar_url is not a string"],
];

test.each(UNDECODABLE)(
  "decodeContactPage reports a contact whose %s is %j, and returns the others",
  (name, value, problem) => {
    const undecodable = { ...COOPER, id: "crd_bad", [name]: value };
    const { items } = decodeContactPage(pageOf(null, [COOPER, undecodable, { ...COOPER, id: "crd_2" }]));
    const handles = name === "handles" ? undefined : COOPER.handles;
    expect(items.map((item) => ("id" in item ? item.id : item.undecodable))).toEqual([
      "crd_9zq1",
      { id: "crd_bad", property: name, problem, handles },
      "crd_2",
    ]);
  },
);

test.each([
  ["null", null],
  ["a string", "crd_1"],
  ["a contact with a path as ID", { ...COOPER, id: "../me" }],
  ["an array", []],
])("%s on a page is reported without an ID", (_, item) => {
  const { items } = decodeContactPage(pageOf(null, [item, COOPER]));
  expect(items).toMatchObject([{ undecodable: { id: undefined, property: "id" } }, { id: "crd_9zq1" }]);
});

test("a contact with a value that is nested too deeply is undecodable", () => {
  const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`);
  const { items } = decodeContactPage(pageOf(null, [{ ...COOPER, custom_fields: { A: deep } }]));
  expect(items).toMatchObject([{ undecodable: { id: "crd_9zq1", property: "custom_fields" } }]);
});

test("null in a list, a custom field or a teammate is decoded as a default, or the item is omitted", () => {
  expect(decodeLists({ _results: [{ id: "grp_1", name: null }] }).items).toEqual([{ id: "grp_1", name: "" }]);
  const fields = [
    { name: "Plan", type: "enum", values: [{ value: "free" }, null] },
    { name: "Age", type: "number", values: null },
    { name: null, type: "string" },
  ];
  expect(decodeFieldDefinitions({ _results: fields }).items).toEqual([
    { name: "Plan", type: "enum", values: ["free"] },
    { name: "Age", type: "number", values: [] },
  ]);
  expect(decodeTeammates({ _results: [{ email: null }, { email: "a@b.example" }] }).items).toEqual([
    { email: "a@b.example", name: "" },
  ]);
});

const LISTINGS = { decodeLists, decodeFieldDefinitions, decodeTeammates, decodeInboxes };

test.each(Object.entries({ decodeContactPage, decodeAccounts }))(
  "%s ends a listing only if next is null",
  (_, decode) => {
    expect(decode({ _results: null, _pagination: { next: null } })).toEqual({ items: [], next: undefined });
    for (const pagination of [{}, { _pagination: null }, { _pagination: {} }, { _pagination: { next: 7 } }]) {
      expect(() => decode({ _results: [], ...pagination })).toThrow(ShapeError);
    }
  },
);

test.each(Object.entries(LISTINGS))("%s reads null as empty, and returns the token of the next page", (_, decode) => {
  const next = "https://x.example/?page_token=abc";
  expect(decode({ _results: null, _pagination: null })).toEqual({ items: [], next: undefined });
  expect(decode({ _results: [], _pagination: { next } })).toEqual({ items: [], next: "abc" });
  for (const json of [null, [], {}, "", 0, true, { _results: {} }, { _results: [], _pagination: { next: 7 } }]) {
    expect(() => decode(json)).toThrow(ShapeError);
  }
});

test.each(['"8739674733"', "8739674733", "8739674733000000000001"])(
  "the external ID %s is decoded as a string",
  (id) => {
    const account = parseLosslessJson(`{ "id": "acc_1", "external_id": ${id} }`);
    const { items } = decodeAccounts(pageOf(null, [account]));
    expect(items).toMatchObject([{ externalId: id.replaceAll('"', "") }]);
  },
);

test("a list that cannot be decoded is rejected, because it would be created again", () => {
  expect(() => decodeLists({ _results: [{ id: null, name: "VIP" }] })).toThrow(ShapeError);
});

const DECODERS = { decodeCompany, decodeContactPage, decodeContact };

test.each(Object.entries(DECODERS))("%s rejects values of other shapes with a ShapeError", (_, decode) => {
  for (const json of [null, [], {}, "", 0, true, { _results: null }, { id: null }]) {
    expect(() => decode(json)).toThrow(ShapeError);
  }
});

test("any error body is decoded as a string", () => {
  const property = fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (message, title, details) => {
    expect(typeof decodeError({ _error: { message, title, details } })).toBe("string");
  });
  fc.assert(property);
  expect([null, [], {}, "no", { _error: null }, { _error: "no" }].map(decodeError)).toEqual(["", "", "", "", "", ""]);
});
