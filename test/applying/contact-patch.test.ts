import { expect, test } from "@jest/globals";
import { isAsCreated, newContact, plainPatch, remainingPatch } from "../../src/applying/contact-patch.ts";
import type { FieldChange, OperationOf } from "../../src/model/plan.ts";
import { handle, remoteContact } from "../support/builders.ts";

type Update = OperationOf<"update-contact">;
type Creation = OperationOf<"create-contact">;
type Attributes = NonNullable<Parameters<typeof remoteContact>[1]>;

const BASE = { id: "x", subjects: ["front_contact.ada"], dependsOn: [] };

function update(parts: Partial<Update>): Update {
  return { ...BASE, kind: "update-contact", contact: { id: "crd_ada" }, before: {}, ...parts };
}

function creation(parts: Partial<Creation> = {}): Creation {
  return { ...BASE, kind: "create-contact", handles: [handle("ada@x.example")], ...parts };
}

function currentContact(attributes: Attributes) {
  return remoteContact("ada@x.example", attributes);
}

/** A field that the plan changes from "Old" to "New". */
const TITLE: FieldChange = { name: "Title", type: "string", before: "Old", after: "New" };
const CLEARED_TITLE: FieldChange = { name: "Title", type: "string", before: "Old" };

const fields = (customFields: NonNullable<Attributes["customFields"]>) => ({ customFields });

const cases: [string, Partial<Update>, Attributes, object | undefined][] = [
  ["sets a name", { name: "Ada" }, { name: undefined }, { name: "Ada" }],
  ["omits a name that Front already has", { name: "Ada" }, { name: "Ada " }, undefined],
  [
    "clears a description",
    { description: "", before: { description: "x" } },
    { description: "x" },
    { description: "" },
  ],
  ["keeps all other links in order", { addLinks: ["new"] }, { links: ["b", "a"] }, { links: ["b", "a", "new"] }],
  ["does not add a link that Front already has", { addLinks: ["a"] }, { links: ["a"] }, undefined],
  [
    "keeps all other fields",
    { customFields: [TITLE] },
    fields({ A: 1, Title: "Old", Z: ["t"] }),
    fields({ A: 1, Title: "New", Z: ["t"] }),
  ],
  [
    "omits a field that is null in Front",
    { customFields: [TITLE] },
    fields({ Title: "Old", A: null }),
    fields({ Title: "New" }),
  ],
  [
    "clears a field by omitting it",
    { customFields: [CLEARED_TITLE] },
    fields({ Title: "Old", A: 1 }),
    fields({ A: 1 }),
  ],
  ["clears the last field", { customFields: [CLEARED_TITLE] }, fields({ Title: "Old" }), fields({})],
  [
    "does not clear a field that has another value after a merge",
    { customFields: [CLEARED_TITLE, { name: "A", type: "number", after: 2 }], afterMerge: true },
    fields({ Title: "Other", A: 1 }),
    fields({ Title: "Other", A: 2 }),
  ],
  [
    "omits custom fields if Front already has the values",
    { customFields: [TITLE] },
    fields({ Title: "New", A: 1 }),
    undefined,
  ],
  [
    "sends only the remaining changes",
    { name: "Ada", customFields: [TITLE] },
    { name: "Ada", ...fields({ Title: "Old" }) },
    fields({ Title: "New" }),
  ],
];

test.each(cases)("a PATCH %s", (_, operation, attributes, expected) => {
  const patch = remainingPatch(update(operation), currentContact(attributes));
  const sentFields = patch?.customFields && fields(Object.fromEntries(patch.customFields));
  expect(patch && { ...patch, ...sentFields }).toEqual(expected);
});

test("a PATCH preserves the order of existing fields", () => {
  const current = currentContact(fields({ Z: 1, Title: "Old", A: 2 }));
  const patch = remainingPatch(update({ customFields: [TITLE] }), current);
  expect([...(patch?.customFields ?? [])]).toEqual([
    ["Z", 1],
    ["Title", "New"],
    ["A", 2],
  ]);
});

const NEW_NAME = { name: "Ada", before: { name: "Eva" } };

const conflicts: [string, Partial<Update>, Attributes, RegExp][] = [
  ["a name that someone changed", NEW_NAME, { name: "Ava" }, /^name changed in Front after this plan/],
  ["a name that someone added", { name: "Ada", before: {} }, { name: "Ava" }, /^name changed/],
  [
    "a description that someone changed",
    { description: "a", before: { description: "b" } },
    { description: "c" },
    /^description changed/,
  ],
  ["a field that someone changed", { customFields: [TITLE] }, fields({ Title: "Other" }), /^Title changed/],
  ["a field that someone cleared", { customFields: [TITLE] }, {}, /^Title changed/],
  [
    "a name and a field that someone changed",
    { ...NEW_NAME, customFields: [TITLE] },
    { name: "x" },
    /^name and Title changed/,
  ],
  [
    "a contact without a handle of the entry",
    { name: "Ada", before: {}, handles: [handle("eve@x.example"), handle("+13605550100")] },
    {},
    /^crd_ada no longer has a handle of this entry/,
  ],
];

test.each(conflicts)("a PATCH does not overwrite %s", (_, operation, attributes, message) => {
  expect(() => remainingPatch(update(operation), currentContact(attributes))).toThrow(message);
});

test.each<[string, Partial<Update>, Attributes]>([
  [
    "someone already made the change",
    { ...NEW_NAME, customFields: [TITLE] },
    { name: "Ada", ...fields({ Title: "New" }) },
  ],
  [
    "only other values changed",
    { customFields: [TITLE] },
    { name: "x", description: "y", ...fields({ Title: "Old", A: 5 }) },
  ],
  [
    "the contact has a handle of the entry in a different spelling",
    { name: "Ada", handles: [handle("eve@x.example"), handle("ADA@x.example")] },
    { name: undefined },
  ],
  ["only the spaces around a value changed", NEW_NAME, { name: "Eva " }],
])("a PATCH causes no error if %s", (_, operation, attributes) => {
  expect(() => remainingPatch(update(operation), currentContact(attributes))).not.toThrow();
});

test("the error for a PATCH that was not sent has the outcome not-done", () => {
  const patch = () => remainingPatch(update({ customFields: [TITLE] }), currentContact({}));
  const advice = expect.stringContaining("Create a new plan");
  const error = { name: "FrontError", code: "changed", outcome: "not-done", advice };
  expect(patch).toThrow(expect.objectContaining(error));
});

test("a PATCH of name and description has the planned values", () => {
  const operation = update({ name: "Ada", description: "" });
  expect(plainPatch(operation)).toEqual({ name: "Ada", description: "" });
});

test("the values of a new contact contain custom fields by name, and no undefined values", () => {
  expect(newContact(creation({ name: "Ada", lists: ["A"], customFields: [{ ...TITLE, name: "__proto__" }] }))).toEqual({
    handles: [handle("ada@x.example")],
    name: "Ada",
    listNames: ["A"],
    customFields: Object.fromEntries([["__proto__", "New"]]),
  });
  expect(Object.keys(newContact(creation()))).toEqual(["handles"]);
});

const createdCases: [string, Partial<Creation>, Attributes, boolean][] = [
  [
    "is the created contact if it has all values in the request",
    { name: "Ada", links: ["l"], lists: ["A"], customFields: [TITLE] },
    { name: "Ada", links: ["l"], lists: ["A"], customFields: { Title: "New" } },
    true,
  ],
  [
    "is the created contact if Front added values",
    { name: "Ada" },
    { name: "Ada", lists: ["Auto"], customFields: { A: 1 } },
    true,
  ],
  ["is a different contact if it lacks a handle", { handles: [handle("ada@x.example"), handle("+1")] }, {}, false],
  ["is a different contact if it has a different name", { name: "Ada" }, { name: "Eva" }, false],
  ["is a different contact if it has no name", { name: "Ada" }, {}, false],
  ["is a different contact if it has a different description", { description: "x" }, {}, false],
  ["is a different contact if a link is missing", { links: ["l"] }, {}, false],
  ["is a different contact if a list is missing", { lists: ["A"] }, {}, false],
  [
    "is a different contact if a field has a different value",
    { customFields: [TITLE] },
    fields({ Title: "Old" }),
    false,
  ],
];

test.each(createdCases)("after a creation with an unknown outcome, a contact %s", (_, parts, attributes, isCreated) => {
  expect(isAsCreated(currentContact(attributes), creation(parts))).toBe(isCreated);
});
