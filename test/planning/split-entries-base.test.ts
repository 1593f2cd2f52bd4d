import { expect, test } from "@jest/globals";
import type { DesiredContact } from "../../src/model/contact.ts";
import { desiredContact, desiredState, idsOf, planFor, remoteContact, remoteState } from "../support/builders.ts";
import { operationsOf } from "../support/scenarios.ts";

const [WORK, HOME, OTHER] = ["ada@work.example", "ada@home.example", "eve@x.example"];
const ada = desiredContact([WORK, HOME], { key: "ada" });
const contacts = [remoteContact([WORK, HOME], { id: "crd_ada" }), remoteContact(OTHER, { id: "crd_eve" })];

function planSince(base: readonly DesiredContact[], now: readonly DesiredContact[]) {
  const baseState = {
    revision: "HEAD",
    tree: `${"0".repeat(40)}:contacts`,
    overwrite: false,
    contacts: base,
    lists: [],
  };
  const plan = planFor({ ...desiredState(now), base: baseState }, remoteState(contacts));
  return { ...plan, operations: operationsOf(plan) };
}

test.each([
  ["a contact in Front", desiredContact([OTHER, HOME], { key: "eve" }), "add-handle front_contact.eve email:"],
  ["a new contact", desiredContact(HOME, { key: "eve" }), "create-contact front_contact.eve"],
])("a handle moves from an entry to a new entry for %s", (_, eve, expected) => {
  const { operations, base } = planSince([ada], [desiredContact(WORK, { key: "ada" }), eve]);
  const addition = expected.startsWith("add") ? `${expected}${HOME}` : expected;
  expect(idsOf({ operations })).toEqual([`remove-handle front_contact.ada email:${HOME}`, addition]);
  expect(base?.drift).toEqual([]);
});

test("an entry that is split into two entries with new keys is the earlier version of one of them", () => {
  const [work, home] = [desiredContact(WORK, { key: "work" }), desiredContact(HOME, { key: "home" })];
  for (const now of [
    [work, home],
    [home, work],
  ]) {
    const { operations, base } = planSince([ada], now);
    expect(idsOf({ operations })).toEqual([
      `remove-handle front_contact.home email:${WORK}`,
      "create-contact front_contact.work",
    ]);
    expect([base?.drift, base?.removedEntries]).toEqual([[], []]);
  }
});

test("a handle stays on the contact to which it moved in Front if its entry now has merge: true", () => {
  const eve = desiredContact(OTHER, { key: "eve" });
  const base = [desiredContact(WORK, { key: "ada" }), desiredContact(HOME, { key: "home" }), eve];
  const { operations } = planSince(base, [
    desiredContact(WORK, { key: "ada" }),
    desiredContact(HOME, { key: "home", merge: true }),
    eve,
  ]);
  expect(operations).toEqual([]);
});

test("a handle stays on its contact if it moves to an entry whose contact was deleted in Front", () => {
  const base = [ada, desiredContact("gone@x.example", { key: "gone" })];
  const { operations } = planSince(base, [
    desiredContact(WORK, { key: "ada" }),
    desiredContact(["gone@x.example", HOME], { key: "gone" }),
  ]);
  expect(operations).toEqual([]);
});

test("an entry with exact handles keeps the last handle of its contact if the declared handle moved to another contact in Front", () => {
  const pinned = { key: "eve", id: "crd_eve", exact: ["handles"] } as const;
  const now = [desiredContact(HOME, pinned), desiredContact(WORK, { key: "ada" })];
  const { operations } = planSince([desiredContact([OTHER, HOME], pinned), desiredContact(WORK, { key: "ada" })], now);
  expect(operations).toEqual([]);
});

const exactEve = { key: "eve", id: "crd_eve", exact: ["handles"] } as const;

test.each([
  ["is new", [], {}],
  ["was a tombstone at the base", [desiredContact("old@x.example", { key: "eve", ensure: "absent" })], {}],
  ["starts merging contacts", [desiredContact(OTHER, { key: "eve", id: "crd_eve" })], { merge: true }],
])(
  "an entry with exact handles that %s keeps a handle that another entry declares and that moved to its contact in Front",
  (_, eveAtBase, merge) => {
    const unchanged = desiredContact([WORK, OTHER], { key: "ada" });
    const eve = desiredContact("new@x.example", { ...exactEve, ...merge });
    const { operations, base } = planSince([unchanged, ...eveAtBase], [unchanged, eve]);
    expect(idsOf({ operations })).toEqual(["add-handle front_contact.eve email:new@x.example"]);
    expect(base?.drift).toMatchObject([
      { name: "ada", differences: [{ key: `email:${OTHER}`, after: { handle: OTHER }, origin: "front" }] },
      { name: "eve", differences: [{ key: `email:${OTHER}`, before: { handle: OTHER }, origin: "front" }] },
    ]);
  },
);

test("a new entry with exact handles removes undeclared handles, except a handle that moved to its contact in Front", () => {
  const unchanged = desiredContact([OTHER, HOME], { key: "eve" });
  const ada = desiredContact("new@x.example", { key: "ada", id: "crd_ada", exact: ["handles"] });
  expect(idsOf(planSince([unchanged], [unchanged, ada]))).toEqual([
    "add-handle front_contact.ada email:new@x.example",
    `remove-handle front_contact.ada email:${WORK}`,
  ]);
});
