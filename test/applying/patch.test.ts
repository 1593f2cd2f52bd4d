import { expect, test } from "@jest/globals";
import { isAsCreated, newContact, plainPatch, remainingPatch } from "../../src/applying/patch.ts";
import type { FieldChange, Operation } from "../../src/model/plan.ts";
import { handle, remoteContact } from "../support/builders.ts";

type Update = Extract<Operation, { kind: "update-contact" }>;
type Creation = Extract<Operation, { kind: "create-contact" }>;
type Attributes = Parameters<typeof remoteContact>[1];

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

function errorOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

type Case = [string, Partial<Update>, Attributes, object | undefined];

const cases: Case[] = [
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
    { customFields: { A: 1, Title: "Old", Z: ["t"] } },
    { customFields: { A: 1, Title: "New", Z: ["t"] } },
  ],
  [
    "omits a field that is null in Front",
    { customFields: [TITLE] },
    { customFields: { Title: "Old", A: null } },
    { customFields: { Title: "New" } },
  ],
  [
    "clears a field by omitting it",
    { customFields: [{ name: "Title", type: "string", before: "Old" }] },
    { customFields: { Title: "Old", A: 1 } },
    { customFields: { A: 1 } },
  ],
  [
    "clears the last field",
    { customFields: [{ name: "Title", type: "string", before: "Old" }] },
    { customFields: { Title: "Old" } },
    { customFields: {} },
  ],
  [
    "omits custom fields if Front already has the values",
    { customFields: [TITLE] },
    { customFields: { Title: "New", A: 1 } },
    undefined,
  ],
  [
    "sends only the remaining changes",
    { name: "Ada", customFields: [TITLE] },
    { name: "Ada", customFields: { Title: "Old" } },
    { customFields: { Title: "New" } },
  ],
];

test.each(cases)("a PATCH %s", (_, operation, attributes, expected) => {
  const patch = remainingPatch(update(operation), currentContact(attributes));
  const fields = patch?.customFields && { customFields: Object.fromEntries(patch.customFields) };
  expect(patch && { ...patch, ...fields }).toEqual(expected);
});

test("a PATCH preserves the order of existing fields", () => {
  const patch = remainingPatch(
    update({ customFields: [TITLE] }),
    currentContact({ customFields: { Z: 1, Title: "Old", A: 2 } }),
  );
  expect([...(patch?.customFields ?? [])]).toEqual([
    ["Z", 1],
    ["Title", "New"],
    ["A", 2],
  ]);
});

type ConflictCase = [string, Partial<Update>, Attributes, RegExp | undefined];

const conflicts: ConflictCase[] = [
  [
    "a name that someone changed",
    { name: "Ada", before: { name: "Eva" } },
    { name: "Ava" },
    /^name changed in Front after this plan/,
  ],
  ["a name that someone added", { name: "Ada", before: {} }, { name: "Ava" }, /^name changed/],
  [
    "a description that someone changed",
    { description: "a", before: { description: "b" } },
    { description: "c" },
    /^description changed/,
  ],
  ["a field that someone changed", { customFields: [TITLE] }, { customFields: { Title: "Other" } }, /^Title changed/],
  ["a field that someone cleared", { customFields: [TITLE] }, {}, /^Title changed/],
  [
    "a name and a field that someone changed",
    { name: "Ada", before: { name: "Eva" }, customFields: [TITLE] },
    { name: "x" },
    /^name and Title changed/,
  ],
  [
    "anything if someone already made the change",
    { name: "Ada", before: { name: "Eva" }, customFields: [TITLE] },
    { name: "Ada", customFields: { Title: "New" } },
    undefined,
  ],
  [
    "anything if only other values changed",
    { customFields: [TITLE] },
    { name: "x", description: "y", customFields: { Title: "Old", A: 5 } },
    undefined,
  ],
  [
    "a contact without a handle of the entry",
    { name: "Ada", before: {}, handles: [handle("eve@x.example"), handle("+13605550100")] },
    {},
    /^crd_ada no longer has a handle of this entry/,
  ],
  [
    "anything if the contact has a handle of the entry in a different spelling",
    { name: "Ada", handles: [handle("eve@x.example"), handle("ADA@x.example")] },
    { name: undefined },
    undefined,
  ],
  [
    "anything if only the spelling of a value changed",
    { name: "Ada", before: { name: "Eva" } },
    { name: "Eva " },
    undefined,
  ],
];

test.each(conflicts)("a PATCH does not overwrite %s", (_, operation, attributes, message) => {
  const patch = () => remainingPatch(update(operation), currentContact(attributes));
  if (message === undefined) expect(patch).not.toThrow();
  else expect(patch).toThrow(message);
});

test("the error for a PATCH that was not sent has the outcome not-done", () => {
  const patch = () => remainingPatch(update({ customFields: [TITLE] }), currentContact({}));
  expect(errorOf(patch)).toMatchObject({
    name: "FrontError",
    code: "changed",
    outcome: "not-done",
    advice: expect.stringContaining("Run plan again"),
  });
});

test("a PATCH of name and description has the planned values", () => {
  const operation = update({ name: "Ada", description: "" });
  expect(plainPatch(operation)).toEqual({ name: "Ada", description: "" });
});

test("a creation has custom fields by name, and no undefined values", () => {
  expect(newContact(creation({ name: "Ada", lists: ["A"], customFields: [{ ...TITLE, name: "__proto__" }] }))).toEqual({
    handles: [handle("ada@x.example")],
    name: "Ada",
    listNames: ["A"],
    customFields: Object.fromEntries([["__proto__", "New"]]),
  });
  expect(Object.keys(newContact(creation()))).toEqual(["handles"]);
});

type CreatedCase = [string, Partial<Creation>, Attributes, boolean];

const createdCases: CreatedCase[] = [
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
    { customFields: { Title: "Old" } },
    false,
  ],
];

test.each(createdCases)("after a creation with an unknown outcome, a contact %s", (_, parts, attributes, isCreated) => {
  expect(isAsCreated(currentContact(attributes), creation(parts))).toBe(isCreated);
});
