import { expect, test } from "@jest/globals";
import { isAsCreated, newContact, plainPatch, remainingPatch } from "../../src/applying/patch.ts";
import type { FieldChange, Operation } from "../../src/model/plan.ts";
import { handle, remote } from "../support/builders.ts";

type Update = Extract<Operation, { kind: "update-contact" }>;
type Creation = Extract<Operation, { kind: "create-contact" }>;
type Traits = Parameters<typeof remote>[1];

const BASE = { id: "x", subjects: ["front_contact.ada"], dependsOn: [] };

function update(parts: Partial<Update>): Update {
  return { ...BASE, kind: "update-contact", contact: { id: "crd_ada" }, before: {}, ...parts };
}

function creation(parts: Partial<Creation> = {}): Creation {
  return { ...BASE, kind: "create-contact", handles: [handle("ada@x.example")], ...parts };
}

function freshContact(traits: Traits) {
  return remote("ada@x.example", traits);
}

/** A field that the plan changes from "Old" to "New". */
const TITLE: FieldChange = { name: "Title", type: "string", before: "Old", after: "New" };

function failureOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

type Case = [string, Partial<Update>, Traits, object | undefined];

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
  ["adds no link that Front already has", { addLinks: ["a"] }, { links: ["a"] }, undefined],
  [
    "keeps all other fields",
    { customFields: [TITLE] },
    { customFields: { A: 1, Title: "Old", Z: ["t"] } },
    { customFields: { A: 1, Title: "New", Z: ["t"] } },
  ],
  [
    "sends no field that Front shows as null",
    { customFields: [TITLE] },
    { customFields: { Title: "Old", A: null } },
    { customFields: { Title: "New" } },
  ],
  [
    "clears a field by leaving it out",
    { customFields: [{ name: "Title", type: "string", before: "Old" }] },
    { customFields: { Title: "Old", A: 1 } },
    { customFields: { A: 1 } },
  ],
  [
    "may clear the last one",
    { customFields: [{ name: "Title", type: "string", before: "Old" }] },
    { customFields: { Title: "Old" } },
    { customFields: {} },
  ],
  [
    "sends no fields if Front already has the values",
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

test.each(cases)("a PATCH %s", (_, operation, traits, expected) => {
  const patch = remainingPatch(update(operation), freshContact(traits));
  const fields = patch?.customFields && { customFields: Object.fromEntries(patch.customFields) };
  expect(patch && { ...patch, ...fields }).toEqual(expected);
});

test("keeps the order of existing fields in a PATCH", () => {
  const patch = remainingPatch(
    update({ customFields: [TITLE] }),
    freshContact({ customFields: { Z: 1, Title: "Old", A: 2 } }),
  );
  expect([...(patch?.customFields ?? [])]).toEqual([
    ["Z", 1],
    ["Title", "New"],
    ["A", 2],
  ]);
});

type Moved = [string, Partial<Update>, Traits, RegExp | undefined];

const moved: Moved[] = [
  [
    "a name that somebody changed",
    { name: "Ada", before: { name: "Eva" } },
    { name: "Ava" },
    /^name changed in Front after this plan/,
  ],
  ["a name that somebody added", { name: "Ada", before: {} }, { name: "Ava" }, /^name changed/],
  [
    "a description that somebody changed",
    { description: "a", before: { description: "b" } },
    { description: "c" },
    /^description changed/,
  ],
  ["a field that somebody changed", { customFields: [TITLE] }, { customFields: { Title: "Other" } }, /^Title changed/],
  ["a field that somebody cleared", { customFields: [TITLE] }, {}, /^Title changed/],
  [
    "all of them",
    { name: "Ada", before: { name: "Eva" }, customFields: [TITLE] },
    { name: "x" },
    /^name and Title changed/,
  ],
  [
    "nothing if somebody already made the change",
    { name: "Ada", before: { name: "Eva" }, customFields: [TITLE] },
    { name: "Ada", customFields: { Title: "New" } },
    undefined,
  ],
  [
    "nothing if only something else changed",
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
    "nothing if one handle of the entry is left, in another spelling",
    { name: "Ada", handles: [handle("eve@x.example"), handle("ADA@x.example")] },
    { name: undefined },
    undefined,
  ],
  ["nothing if only a spelling changed", { name: "Ada", before: { name: "Eva" } }, { name: "Eva " }, undefined],
];

test.each(moved)("does not send a PATCH over %s", (_, operation, traits, message) => {
  const patch = () => remainingPatch(update(operation), freshContact(traits));
  if (message === undefined) expect(patch).not.toThrow();
  else expect(patch).toThrow(message);
});

test("reports that a withheld PATCH was not sent", () => {
  const patch = () => remainingPatch(update({ customFields: [TITLE] }), freshContact({}));
  expect(failureOf(patch)).toMatchObject({
    name: "FrontError",
    code: "changed",
    outcome: "not-done",
    advice: expect.stringContaining("Run plan again"),
  });
});

test("sends the values of the plan in a PATCH of single values", () => {
  const operation = update({ name: "Ada", description: "" });
  expect(plainPatch(operation)).toEqual({ name: "Ada", description: "" });
});

test("sends custom fields of a creation by name, without cleared ones", () => {
  expect(newContact(creation({ name: "Ada", lists: ["A"], customFields: [{ ...TITLE, name: "__proto__" }] }))).toEqual({
    handles: [handle("ada@x.example")],
    name: "Ada",
    listNames: ["A"],
    customFields: Object.fromEntries([["__proto__", "New"]]),
  });
  expect(Object.keys(newContact(creation()))).toEqual(["handles"]);
});

type Found = [string, Partial<Creation>, Traits, boolean];

const found: Found[] = [
  [
    "is that of the run if it has all values that were sent",
    { name: "Ada", links: ["l"], lists: ["A"], customFields: [TITLE] },
    { name: "Ada", links: ["l"], lists: ["A"], customFields: { Title: "New" } },
    true,
  ],
  [
    "is that of the run if Front added something",
    { name: "Ada" },
    { name: "Ada", lists: ["Auto"], customFields: { A: 1 } },
    true,
  ],
  ["is another one if it lacks a handle", { handles: [handle("ada@x.example"), handle("+1")] }, {}, false],
  ["is another one if it has another name", { name: "Ada" }, { name: "Eva" }, false],
  ["is another one if it has no name", { name: "Ada" }, {}, false],
  ["is another one if it has another description", { description: "x" }, {}, false],
  ["is another one if a link is missing", { links: ["l"] }, {}, false],
  ["is another one if a list is missing", { lists: ["A"] }, {}, false],
  ["is another one if a field has another value", { customFields: [TITLE] }, { customFields: { Title: "Old" } }, false],
];

test.each(found)("a contact found after a creation with an unknown outcome %s", (_, parts, traits, ours) => {
  expect(isAsCreated(freshContact(traits), creation(parts))).toBe(ours);
});
