import { expect, test } from "@jest/globals";
import { resolveReferences } from "../../src/config/resolve-references.ts";
import type { ConfigValue, DesiredState, List } from "../../src/model/contact.ts";
import { desiredContact, desiredState, fieldDefinitions, list, locationAt } from "../support/builders.ts";

const CHARACTERS = list("Characters");
/** Two Unicode forms of the same name. */
const [COMPOSED, DECOMPOSED] = ["Caf\u00e9", "Cafe\u0301"];

function resolve(
  state: DesiredState,
  lists: readonly List[] = [],
  fields: Parameters<typeof fieldDefinitions>[0] = {},
) {
  return resolveReferences(state, { lists, fields: fieldDefinitions(fields) });
}

function inLists(...lists: (string | { id: string })[]): DesiredState {
  return desiredState([desiredContact("ada@x.example", { lists })], { lists: ["Declared"] });
}

type ListCase = [string, DesiredState, List[], { lists?: object[]; missing?: string[]; codes?: string[] }];

const listCases: ListCase[] = [
  ["is found by its name", inLists("Characters"), [CHARACTERS], { lists: [{ ...CHARACTERS, label: "Characters" }] }],
  [
    "is found by its ID",
    inLists({ id: "grp_characters" }),
    [CHARACTERS],
    { lists: [{ ...CHARACTERS, label: "Characters" }] },
  ],
  [
    "is created if it is declared and does not exist in Front",
    inLists("Declared"),
    [],
    { lists: [{ name: "Declared", label: "Declared" }], missing: ["Declared"] },
  ],
  ["is not created if no contact refers to it", inLists(), [], { lists: [] }],
  ["is reported if it is neither declared nor in Front", inLists("Typo"), [CHARACTERS], { codes: ["list-unknown"] }],
  ["is reported if its letter case differs", inLists("characters"), [CHARACTERS], { codes: ["list-unknown"] }],
  ["is reported if its ID is unknown", inLists({ id: "grp_gone" }), [CHARACTERS], { codes: ["list-unknown"] }],
  [
    "is reported if several lists have its name",
    inLists("Declared"),
    [list("Declared", "grp_1"), list("Declared", "grp_2")],
    { codes: ["list-ambiguous"] },
  ],
  [
    "has a label with its ID if another list has the same name",
    inLists({ id: "grp_2" }),
    [list("Declared", "grp_1"), list("Declared", "grp_2")],
    { lists: [{ id: "grp_2", name: "Declared", label: "Declared (grp_2)" }] },
  ],
  [
    "is resolved once if it is referred to by name and by ID",
    inLists("Characters", { id: "grp_characters" }, "Characters"),
    [CHARACTERS],
    { lists: [{ ...CHARACTERS, label: "Characters" }] },
  ],
  [
    "is found even if the name of another list in Front looks the same",
    desiredState([desiredContact("ada@x.example", { lists: [DECOMPOSED] })], { lists: [DECOMPOSED] }),
    [list(COMPOSED, "grp_1"), list(DECOMPOSED, "grp_2")],
    { lists: [{ ...list(DECOMPOSED, "grp_2"), label: DECOMPOSED }] },
  ],
  [
    "is created once if an entry contains it twice",
    inLists("Declared", "Declared"),
    [],
    { lists: [{ name: "Declared", label: "Declared" }], missing: ["Declared"] },
  ],
];

test.each(listCases)("a list %s", (_, state, existing, { lists = [], missing = [], codes = [] }) => {
  const { contacts, missingLists, diagnostics } = resolve(state, existing);
  expect(contacts.map((contact) => contact.lists)).toEqual([lists]);
  expect(missingLists).toEqual(missing);
  expect(diagnostics.map(({ code, location }) => [code, location])).toEqual(
    codes.map((code) => [code, locationAt(20)]),
  );
});

test("a list that is declared twice is created once", () => {
  const state = desiredState([desiredContact("ada@x.example", { lists: ["New"] })], { lists: ["New", "New"] });
  expect(resolve(state).missingLists).toEqual(["New"]);
});

test("lists and custom fields that an entry omits are not managed", () => {
  const [contact] = resolve(desiredState([desiredContact("ada@x.example")]), [CHARACTERS], { Plan: "string" }).contacts;
  expect(contact).toMatchObject({ lists: undefined, customFields: undefined });
});

const FIELDS = {
  Title: "string",
  Joined: "datetime",
  Age: "number",
  Friends: "teammate_list",
  Plan: { type: "enum", values: ["free", "pro"] },
};

type FieldCase = [string, string, ConfigValue | null, { type: string; value: unknown } | string];

const fieldCases: FieldCase[] = [
  ["is sent unchanged", "Title", "Agent", { type: "string", value: "Agent" }],
  ["is sent as a number", "Age", 42, { type: "number", value: 42 }],
  [
    "is sent in epoch seconds if it is a datetime",
    "Joined",
    "2024-01-01T00:00:00Z",
    { type: "datetime", value: 1704067200 },
  ],
  ["is cleared by null", "Title", null, { type: "string", value: undefined }],
  [
    "is cleared by null even if its type cannot be written",
    "Friends",
    null,
    { type: "teammate_list", value: undefined },
  ],
  ["is reported if it does not exist in Front", "title", "Agent", "field-unknown"],
  ["is reported if its type cannot be written", "Friends", "ada@x.example", "field-not-writable"],
];

test.each(fieldCases)("a custom field %s", (_, name, value, expected) => {
  const state = desiredState([desiredContact("ada@x.example", { customFields: { [name]: value } })]);
  const { contacts, diagnostics } = resolve(state, [], FIELDS);
  const isError = typeof expected === "string";
  expect(contacts[0]?.customFields).toEqual(isError ? [] : [{ name, ...expected }]);
  expect(diagnostics.map(({ code, location }) => [code, location])).toEqual(
    isError ? [[expected, locationAt(30)]] : [],
  );
});

type Declared = [string, Parameters<typeof desiredState>[1], string[]];

const declarations: Declared[] = [
  ["matches Front is valid", { customFields: { Title: "string", Plan: { type: "enum", values: ["pro"] } } }, []],
  ["names a field that does not exist in Front is reported", { customFields: { Titel: "string" } }, ["field-unknown"]],
  [
    "has a different type than the field in Front is reported",
    { customFields: { Title: "number" } },
    ["field-type-differs"],
  ],
  [
    "has values that the field in Front does not have is reported",
    { customFields: { Plan: { type: "enum", values: ["pro", "gold"] } } },
    ["field-values-differ"],
  ],
];

test.each(declarations)("a field declaration that %s", (_, declaration, codes) => {
  const { diagnostics } = resolve(desiredState([], declaration), [], FIELDS);
  expect(diagnostics.map(({ code, location }) => [code, location])).toEqual(
    codes.map((code) => [code, locationAt(50)]),
  );
});

test("resolveReferences names the declared values of an enum that do not exist in Front", () => {
  const customFields = { Plan: { type: "enum", values: ["pro", "gold", "silver"] } } as const;
  const [problem] = resolve(desiredState([], { customFields }), [], FIELDS).diagnostics;
  expect(problem?.summary).toBe(
    'Custom field "Plan" is declared with values that do not exist in Front: "gold", "silver"',
  );
});

test("resolveReferences does not advise declaring a field with a type that cannot be declared", () => {
  const { diagnostics } = resolve(desiredState([], { customFields: { Friends: "string" } }), [], FIELDS);
  expect(diagnostics).toMatchObject([
    { code: "field-type-differs", advice: "Remove the declaration. Custom fields of that type cannot be declared." },
  ]);
});

test("the advice for an ambiguous list name suggests a shared list", () => {
  const state = desiredState([desiredContact("ada@x.example", { lists: ["VIP"] })]);
  const lists: List[] = [
    { id: "grp_1", name: "VIP", isPrivate: true },
    { id: "grp_2", name: "VIP" },
  ];
  expect(resolve(state, lists).diagnostics).toMatchObject([
    { code: "list-ambiguous", advice: "Use the ID of one of them, such as { id: grp_2 }." },
  ]);
});

test.each([
  ["in Front", [DECOMPOSED], [list(COMPOSED)]],
  ["that is declared", [DECOMPOSED, COMPOSED], []],
])("a list is not created if the name of a list %s looks the same", (_, declared, lists) => {
  const contacts = ["ada@x.example", "bob@x.example"].map((handle) => desiredContact(handle, { lists: [DECOMPOSED] }));
  const state = desiredState(contacts, { lists: declared });
  const { missingLists, diagnostics } = resolve(state, lists);
  expect(missingLists).toEqual([]);
  expect(diagnostics).toMatchObject([{ code: "list-lookalike", location: state.lists[0]?.location }]);
});

test("the advice for a name that looks like an existing name shows how they differ", () => {
  const contact = desiredContact("ada@x.example", { lists: [DECOMPOSED], customFields: { [DECOMPOSED]: "x" } });
  expect(resolve(desiredState([contact]), [list(COMPOSED)], { [COMPOSED]: "string" }).diagnostics).toMatchObject([
    { code: "list-unknown", advice: expect.stringMatching(/^Did you mean "Caf\\u00e9"\? "Cafe\\u0301" and /) },
    { code: "field-unknown", advice: expect.stringMatching(/^Did you mean "Caf\\u00e9"\? "Cafe\\u0301" and /) },
  ]);
});

test("with preferOldestList, an ambiguous name refers to the oldest shared list", () => {
  const state = desiredState([desiredContact("ada@x.example", { lists: ["VIP"] })]);
  const lists: List[] = [
    { id: "grp_1", name: "VIP", isPrivate: true },
    { id: "grp_3", name: "VIP" },
    { id: "grp_2", name: "VIP" },
  ];
  const { contacts } = resolveReferences(state, { lists, fields: [] }, { preferOldestList: true });
  expect(contacts.map((contact) => contact.lists?.map(({ id }) => id))).toEqual([["grp_2"]]);
});

test("the values of an enum are not checked if they could not be decoded", () => {
  const fields = [{ name: "Plan", type: "enum", values: [] }];
  const state = desiredState([desiredContact("ada@x.example", { customFields: { Plan: "pro" } })], {
    customFields: { Plan: { type: "enum", values: ["pro"] } },
  });
  expect(resolveReferences(state, { lists: [], fields }).diagnostics).toEqual([]);
});

test("resolveReferences reports all invalid references together", () => {
  const state = desiredState(
    [
      desiredContact("ada@x.example", { lists: ["Nowhere"], customFields: { Titel: "x" } }),
      desiredContact("bob@x.example", { lists: ["No"] }),
    ],
    { customFields: { Age: "string" } },
  );
  expect(resolve(state, [], FIELDS).diagnostics.map(({ code }) => code)).toEqual([
    "list-unknown",
    "field-unknown",
    "list-unknown",
    "field-type-differs",
  ]);
});

test("the advice on an unknown list names the list to create", () => {
  expect(resolve(inLists("Character"), [CHARACTERS]).diagnostics).toMatchObject([
    { advice: 'Did you mean "Characters"? To create "Character", add it under the top-level key lists.' },
  ]);
});
