import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  decodeCompany,
  decodeContact,
  decodeError,
  decodeFieldDefinitions,
  decodeLists,
  decodePage,
  ShapeError,
} from "../../src/front/wire.ts";

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

test("a contact is read whole, without what is not known", () => {
  expect(decodeContact({ ...COOPER, is_spammer: true, surprise: {} })).toEqual({
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

const TOLERATED: [string, object, object][] = [
  ["a name that nobody gave", { name: null }, { name: undefined }],
  ["no description", { description: null }, { description: "" }],
  [
    "groups in place of lists",
    { lists: undefined, groups: [{ id: "grp_1", name: "Old" }] },
    { lists: [{ id: "grp_1", name: "Old" }] },
  ],
  [
    "a kind of handle to come",
    { handles: [{ source: "pigeon", handle: "7" }] },
    { handles: [{ source: "pigeon", handle: "7" }] },
  ],
  ["no time of update", { updated_at: undefined }, { updatedAt: undefined }],
  ["a time of update in words", { updated_at: "yesterday" }, { updatedAt: undefined }],
];

test.each(TOLERATED)("a contact may have %s", (_, change, read) => {
  expect(decodeContact({ ...COOPER, ...change })).toMatchObject(read);
});

test("a custom field may have any name, and stays what it is", () => {
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
  ["a list", []],
  ["an empty object", {}],
  ["a text", "crd_1"],
  ["no id", { ...COOPER, id: undefined }],
  ["a number as id", { ...COOPER, id: 9 }],
  ["another kind of id", { ...COOPER, id: "acc_1" }],
  ["an id that leads elsewhere", { ...COOPER, id: "crd_1/../../me" }],
  ["an id of two lines", { ...COOPER, id: "crd_1\n" }],
  ["an empty id", { ...COOPER, id: "crd_" }],
  ["a number as name", { ...COOPER, name: 5 }],
  ["no handles", { ...COOPER, handles: undefined }],
  ["handles by name", { ...COOPER, handles: {} }],
  ["a handle that is a text", { ...COOPER, handles: ["cooper@fbi.example"] }],
  ["a handle of nothing", { ...COOPER, handles: [{ source: "email", handle: null }] }],
  ["no links", { ...COOPER, links: undefined }],
  ["a link that is none", { ...COOPER, links: [1] }],
  ["neither lists nor groups", { ...COOPER, lists: undefined, groups: undefined }],
  ["a list without id", { ...COOPER, lists: [{ name: "VIP" }] }],
  ["no custom fields", { ...COOPER, custom_fields: undefined }],
  ["custom fields of null", { ...COOPER, custom_fields: null }],
  ["custom fields as a list", { ...COOPER, custom_fields: [] }],
  ["a custom field of another shape", { ...COOPER, custom_fields: { A: { b: 1 } } }],
  ["an avatar that is no address", { ...COOPER, avatar_url: 5 }],
];

test.each(NOT_CONTACTS)("%s is not a contact", (_, json) => {
  expect(() => decodeContact(json)).toThrow(ShapeError);
});

const anyPart = fc.constantFrom(...Object.keys(COOPER));

test("whatever one part of a contact is turned into, it is read, or it is not Front's", () => {
  const holds = fc.property(anyPart, fc.jsonValue(), (part, value) => {
    try {
      decodeContact({ ...COOPER, [part]: value });
    } catch (error) {
      expect(error).toBeInstanceOf(ShapeError);
    }
  });
  fc.assert(holds, { numRuns: 2000 });
});

function page(next: unknown, items: unknown = [COOPER]): object {
  return { _pagination: { next }, _results: items, _links: { next: "https://front.example/?page_token=wrong" } };
}

const NEXT: [next: unknown, token: string | undefined][] = [
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

test.each(NEXT)("of the next page %j only the token %j is used", (next, token) => {
  expect(decodePage(page(next)).next).toBe(token);
});

test.each([undefined, "", "garbage", "https://", 7, {}, [], true, "https://x.example/?page_token=", "abc"])(
  "%j does not say where the next page is",
  (next) => {
    expect(() => decodePage(page(next))).toThrow(ShapeError);
  },
);

const NOT_PAGES: [string, unknown][] = [
  ["null", null],
  ["a list", []],
  ["an empty object", {}],
  ["results without pagination", { _results: [] }],
  ["pagination without results", { _pagination: { next: null } }],
  ["results by name", page(null, {})],
  ["a contact of null", page(null, [null])],
  ["a contact that is a text", page(null, ["crd_1"])],
  ["a contact with an odd id", page(null, [{ ...COOPER, id: "../me" }])],
  ["one odd contact among good ones", page(null, [COOPER, { ...COOPER, handles: 5 }])],
];

test.each(NOT_PAGES)("%s is not a page", (_, json) => {
  expect(() => decodePage(json)).toThrow(ShapeError);
});

test("a listed contact without custom fields is told apart from one that has none", () => {
  const { custom_fields: _, ...bare } = COOPER;
  const { items } = decodePage(page(null, [{ ...COOPER, custom_fields: {} }, bare]));
  expect(items.map(({ whole }) => whole?.customFields.size)).toEqual([0, undefined]);
});

test("a company, its lists and its custom fields are read", () => {
  expect(decodeCompany({ id: "cmp_k30", name: "Twin Peaks" })).toEqual({ id: "cmp_k30", name: "Twin Peaks" });
  expect(decodeLists({ _results: [{ id: "grp_1", name: null }] })).toEqual([{ id: "grp_1", name: "" }]);
  const fields = [
    { name: "Plan", type: "enum", values: [{ value: "free" }] },
    { name: "Age", type: "number" },
  ];
  expect(decodeFieldDefinitions({ _results: fields })).toEqual([
    { name: "Plan", type: "enum", values: ["free"] },
    { name: "Age", type: "number", values: [] },
  ]);
});

const DECODERS = { decodeCompany, decodeLists, decodeFieldDefinitions, decodePage, decodeContact };

test.each(Object.entries(DECODERS))("%s finds fault with anything else, in no other way", (_, decode) => {
  for (const json of [null, [], {}, "", 0, true, { _results: null }, { _results: [null] }, { id: null }]) {
    expect(() => decode(json)).toThrow(ShapeError);
  }
});

test("what Front says went wrong is one line, whatever it is", () => {
  const holds = fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (message, title, details) => {
    expect(typeof decodeError({ _error: { message, title, details } })).toBe("string");
  });
  fc.assert(holds);
  expect([null, [], {}, "no", { _error: null }, { _error: "no" }].map(decodeError)).toEqual(["", "", "", "", "", ""]);
});
