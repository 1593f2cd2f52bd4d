import { expect, test } from "@jest/globals";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import { countChanges, type OperationKind } from "../../src/model/plan.ts";
import {
  codesOf,
  desiredContact,
  desiredState,
  fieldDefinitions,
  idsOf,
  list,
  locationAt,
  PICTURE,
  planFor,
  remoteContact as remote,
  remoteState,
} from "../support/builders.ts";

const FIELDS = { Title: "string" };

const ADA = "ada@x.example";

const cases: [string, DesiredContact[], RemoteContact[], string[]][] = [
  ["is empty without entries", [], [], []],
  ["is empty if Front matches the configuration", [desiredContact(ADA)], [remote(ADA)], []],
  ["does not change undeclared contacts", [], [remote(ADA)], []],
  ["does not change unmanaged attributes", [desiredContact(ADA)], [remote(ADA, { name: "Ada", lists: ["A"] })], []],
  ["creates a missing contact", [desiredContact(ADA)], [], ["create-contact front_contact.ada"]],
  [
    "does not remove a contact with exact lists from a private list",
    [desiredContact(ADA, { lists: [], exact: ["lists"] })],
    [remote(ADA, { lists: [{ id: "grp_p", name: "P", isPrivate: true }] })],
    [],
  ],
  [
    "creates a contact with all attributes that one request can set",
    [
      desiredContact([ADA, "+441"], {
        name: "Ada",
        description: "x",
        links: ["l"],
        lists: ["A"],
        customFields: { Title: "T" },
      }),
    ],
    [],
    ["create-contact front_contact.ada"],
  ],
  [
    "uploads the picture of a new contact after its creation",
    [desiredContact(ADA, { avatar: PICTURE })],
    [],
    ["create-contact front_contact.ada", "upload-avatar front_contact.ada"],
  ],
  [
    "updates all attributes that one PATCH can set together",
    [desiredContact(ADA, { name: "Ada", description: "x", links: ["l"], customFields: { Title: "T" } })],
    [remote(ADA)],
    ["update-contact front_contact.ada"],
  ],
  [
    "adds each handle separately",
    [desiredContact([ADA, "+441", "twitter:ada"])],
    [remote(ADA)],
    ["add-handle front_contact.ada phone:+441", "add-handle front_contact.ada twitter:ada"],
  ],
  [
    "adds existing contacts to a list together",
    [desiredContact(ADA, { lists: ["A"] }), desiredContact("bob@x.example", { lists: ["A", "B"] })],
    [remote(ADA), remote("bob@x.example")],
    ['add-to-list front_contact_list.this["A"] 1', 'add-to-list front_contact_list.this["B"] 1'],
  ],
  [
    "does not add a contact that is already on the list",
    [desiredContact(ADA, { lists: ["A"] })],
    [remote(ADA, { lists: ["A"] })],
    [],
  ],
  [
    "sorts creations before updates, and bulk operations last",
    [
      desiredContact(["ada@x.example", "+441"], { name: "Ada", lists: ["A", "New"], avatar: PICTURE }),
      desiredContact("bob@x.example", { lists: ["New"] }),
    ],
    [remote(ADA)],
    [
      'create-list front_contact_list.this["New"]',
      "create-contact front_contact.bob",
      "update-contact front_contact.ada",
      "add-handle front_contact.ada phone:+441",
      "upload-avatar front_contact.ada",
      'add-to-list front_contact_list.this["A"] 1',
      'add-to-list front_contact_list.this["New"] 1',
    ],
  ],
];

function plan(desired: readonly DesiredContact[], contacts: readonly RemoteContact[]) {
  return planFor(
    desiredState(desired, { lists: ["New"] }),
    remoteState(contacts, { lists: ["A", "B"], fields: FIELDS }),
  );
}

test.each(cases)("a plan %s", (_, desired, contacts, operations) => {
  const planned = plan(desired, contacts);
  expect(planned.diagnostics).toEqual([]);
  expect(idsOf(planned)).toEqual(operations);
});

test("a plan does not change when it is converted to JSON and back", () => {
  const planned = plan(
    [
      desiredContact([ADA, "+441"], { name: "Ada", customFields: { Title: null }, lists: ["New"] }),
      desiredContact("bob@x.example"),
    ],
    [remote(ADA, { customFields: { Title: "x" } })],
  );
  expect(planned.operations).not.toEqual([]);
  expect(JSON.parse(JSON.stringify(planned))).toEqual(planned);
});

function operationOf(kind: OperationKind, entry: DesiredContact, contacts: RemoteContact[] = []) {
  return plan([entry], contacts).operations.find((operation) => operation.kind === kind);
}

test("a creation contains only the declared attributes that are not empty", () => {
  const attributes = { name: "Ada", description: "", links: [], lists: [], customFields: { Title: "" } };
  expect(operationOf("create-contact", desiredContact([ADA, "+44 1"], attributes))).toEqual({
    ...{
      kind: "create-contact",
      id: "create-contact front_contact.ada",
      subjects: ["front_contact.ada"],
      dependsOn: [],
    },
    handles: [
      { source: "email", handle: ADA },
      { source: "phone", handle: "+44 1" },
    ],
    name: "Ada",
  });
});

test("an update contains the differences and the previous values", () => {
  const attributes = { name: "Ada", description: "same", links: ["a", "b"], customFields: { Title: "New" } };
  const contact = remote(ADA, {
    name: "Eva",
    description: "same",
    links: ["a"],
    customFields: { Title: "Old", Age: 1 },
  });
  expect(operationOf("update-contact", desiredContact(ADA, attributes), [contact])).toMatchObject({
    contact: { id: "crd_ada" },
    name: "Ada",
    before: { name: "Eva" },
    addLinks: ["b"],
    customFields: [{ name: "Title", type: "string", before: "Old", after: "New" }],
  });
});

test("operations on a new contact or list depend only on its creation", () => {
  const desired = [
    desiredContact(ADA, { lists: ["New", "A"], avatar: PICTURE }),
    desiredContact("bob@x.example", { lists: ["New"] }),
  ];
  const { operations } = plan(desired, [remote("bob@x.example")]);
  expect(Object.fromEntries(operations.map(({ kind, dependsOn }) => [kind, dependsOn]))).toEqual({
    "create-list": [],
    "create-contact": ['create-list front_contact_list.this["New"]'],
    "upload-avatar": ["create-contact front_contact.ada"],
    "add-to-list": ['create-list front_contact_list.this["New"]'],
  });
});

test("the subject of each operation on a contact is that contact", () => {
  const desired = [desiredContact([ADA, "+441"], { name: "Ada", lists: ["A"], avatar: PICTURE })];
  const { operations } = plan(desired, [remote(ADA)]);
  expect(operations.map(({ subjects }) => subjects)).toEqual(operations.map(() => ["front_contact.ada"]));
});

test.each([
  [49, [49]],
  [50, [50]],
  [51, [50, 1]],
  [120, [50, 50, 20]],
])("%i contacts are added to a list in requests of at most 50", (count, slices) => {
  const emails = Array.from({ length: count }, (_, index) => `c${index}@x.example`);
  const desired = emails.map((email) => desiredContact(email, { lists: ["A"] }));
  const contacts = emails.map((email) => remote(email));
  const { operations, requests } = planFor(desired, remoteState(contacts, { lists: ["A"] }));
  expect(
    operations.map((operation) => (operation.kind === "add-to-list" ? operation.contacts.length : operation.kind)),
  ).toEqual(slices);
  expect(requests.byKind).toMatchObject({ "add-to-list": slices.length });
});

const VIP = [list("VIP", "grp_1"), list("VIP", "grp_2")];

test("members are added to a list by ID if two lists have the same name", () => {
  const desired = [
    desiredContact(ADA, { lists: [{ id: "grp_1" }] }),
    desiredContact("bob@x.example", { lists: [{ id: "grp_2" }] }),
  ];
  const { operations } = planFor(desired, remoteState([remote(ADA), remote("bob@x.example")], { lists: VIP }));
  expect(operations).toMatchObject([
    { kind: "add-to-list", list: { id: "grp_1" }, contacts: [{ id: "crd_ada" }] },
    { kind: "add-to-list", list: { id: "grp_2" }, contacts: [{ id: "crd_bob" }] },
  ]);
});

test("a new contact is added to a list by ID if the name is ambiguous", () => {
  const { operations } = planFor(
    [desiredContact(ADA, { lists: [{ id: "grp_2" }, "A"] })],
    remoteState([], { lists: [...VIP, "A"] }),
  );
  expect(operations).toMatchObject([
    { kind: "create-contact", lists: ["A"] },
    {
      kind: "add-to-list",
      list: { id: "grp_2" },
      contacts: [{ createdAs: "front_contact.ada" }],
      dependsOn: ["create-contact front_contact.ada"],
    },
  ]);
});

test.each([
  ["is private", [{ id: "grp_vip", name: "VIP", isPrivate: true }], {}],
  ["is declared in a workspace", [list("VIP")], { lists: [{ name: "VIP", team: "tim_1" }] }],
  ["is created in a workspace", [], { lists: [{ name: "VIP", team: "tim_1" }] }],
] as const)("a new contact is added to a list by ID if the list %s", (_, lists, declared) => {
  const desired = desiredState([desiredContact(ADA, { lists: ["VIP", "A"] })], declared);
  const teamLists = new Map([["tim_1", new Set(["grp_vip"])]]);
  const { operations } = planFor(desired, { ...remoteState([], { lists: [...lists, "A"] }), teamLists });
  const [creation, addition] = operations.filter(({ kind }) => kind !== "create-list");
  expect(creation).toMatchObject({ kind: "create-contact", lists: ["A"] });
  expect(addition).toMatchObject({
    kind: "add-to-list",
    list: { name: "VIP", ...(lists.length > 0 && { id: "grp_vip" }) },
    contacts: [{ createdAs: "front_contact.ada" }],
  });
});

test("existing contacts and new contacts are added to a list in separate requests", () => {
  const desired = [
    desiredContact(ADA, { lists: [{ id: "grp_2" }] }),
    desiredContact("bob@x.example", { lists: [{ id: "grp_2" }] }),
  ];
  const { operations } = planFor(desired, remoteState([remote("bob@x.example")], { lists: VIP }));
  const additions = operations.filter(({ kind }) => kind === "add-to-list");
  expect(additions.map(({ subjects, dependsOn }) => [subjects, dependsOn])).toEqual([
    [["front_contact.bob"], []],
    [["front_contact.ada"], ["create-contact front_contact.ada"]],
  ]);
});

test.each<[string, DesiredContact[], RemoteContact[], object]>([
  ["one for a creation", [desiredContact(ADA)], [], { total: 2, byKind: { "create-contact": 1, verification: 1 } }],
  [
    "one for a change of single values",
    [desiredContact(ADA, { name: "A" })],
    [remote(ADA)],
    { total: 2, byKind: { "update-contact": 1, verification: 1 } },
  ],
  [
    "one more to read collections that are replaced",
    [desiredContact(ADA, { links: ["l"] })],
    [remote(ADA)],
    { total: 3, byKind: { "update-contact": 1, read: 1, verification: 1 } },
  ],
  [
    "one more to read custom fields",
    [desiredContact(ADA, { customFields: { Title: "T" } })],
    [remote(ADA)],
    { total: 3, byKind: { "update-contact": 1, read: 1, verification: 1 } },
  ],
  [
    "two reads of the lists to create a list",
    [desiredContact(ADA, { lists: ["New"] })],
    [remote(ADA)],
    { total: 5, byKind: { "create-list": 1, "add-to-list": 1, read: 2, verification: 1 } },
  ],
  [
    "one more to check the lists of a creation",
    [desiredContact(ADA, { lists: ["New"] })],
    [],
    { total: 6, byKind: { "create-list": 1, "create-contact": 1, read: 3, verification: 1 } },
  ],
  [
    "one check of the lists for every ten creations",
    Array.from({ length: 11 }, (_, index) => desiredContact(`c${index}@x.example`, { lists: ["New"] })),
    [],
    { total: 17, byKind: { "create-list": 1, "create-contact": 11, read: 4, verification: 1 } },
  ],
])("the number of requests includes %s", (_, desired, contacts, requests) => {
  expect(plan(desired, contacts).requests).toEqual(requests);
});

test("the summary counts contacts and lists, not operations", () => {
  const planned = plan(
    [desiredContact([ADA, "+441"], { name: "Ada", lists: ["New", "A"] }), desiredContact("bob@x.example")],
    [remote(ADA)],
  );
  expect(countChanges(planned.changes)).toEqual({ add: 2, change: 1, destroy: 0 });
  expect(planned.changes.map(({ address, action }) => [address, action])).toEqual([
    ['front_contact_list.this["New"]', "create"],
    ["front_contact.ada", "update"],
    ["front_contact.bob", "create"],
  ]);
});

test.each([
  [
    "an ambiguous match",
    desiredState([desiredContact([ADA, "bob@x.example"]), desiredContact("eve@x.example")]),
    "match-ambiguous",
  ],
  [
    "a list that is not declared",
    desiredState([desiredContact(ADA, { lists: ["Typo"] }), desiredContact("eve@x.example")]),
    "list-unknown",
  ],
  ["another company", desiredState([desiredContact("eve@x.example")], { company: "cmp_other" }), "company-differs"],
])("an error results in an empty plan: %s", (_, desired, code) => {
  const planned = planFor(desired, remoteState([remote(ADA), remote("bob@x.example")]));
  expect(codesOf(planned)).toEqual([code]);
  expect(planned).toMatchObject({ changes: [], operations: [], requests: { total: 0 } });
});

test("the company in the settings is valid if the token belongs to it", () => {
  expect(codesOf(planFor(desiredState([], { company: "cmp_tp1" }), remoteState()))).toEqual([]);
});

test("an unknown custom field, list or value that many contacts use is reported once, with the first locations", () => {
  const entry = (index: number) => {
    const location = locationAt(100 + index);
    const field = (name: string) => ({ name, value: "glod", location, nameLocation: location });
    return {
      ...desiredContact(`p${index}@x.example`),
      customFields: [field("Jbo Title"), field("Tier")],
      lists: [{ name: "Typo", location }],
    };
  };
  const fields = fieldDefinitions({ "Job Title": "string", Tier: { type: "enum", values: ["gold"] } });
  const entries = Array.from({ length: 2000 }, (_, index) => entry(index));
  const { diagnostics } = planFor(desiredState(entries), { ...remoteState([]), fields });
  const related = [101, 102, 103].map((line) => ({ location: locationAt(line), note: "also" }));
  expect(diagnostics).toMatchObject([
    { code: "list-unknown", summary: expect.stringMatching(/^List "Typo" .*\(2,000 uses\)$/) },
    {
      code: "field-unknown",
      summary: 'Front has no custom field "Jbo Title" for contacts (2,000 uses)',
      location: locationAt(100),
      related,
    },
    { code: "field-type", location: locationAt(100), related },
  ]);
});
