import { expect, test } from "@jest/globals";
import { NO_UNMANAGED_VALUES } from "../../src/comparing/compare.ts";
import type { Change } from "../../src/model/change.ts";
import type { Limit } from "../../src/model/contact.ts";
import { type Allowance, checkGuards, checkStricterGuards } from "../../src/planning/guards.ts";

const BASE = {
  address: "front_contact.a",
  type: "front_contact",
  name: "a",
  kept: NO_UNMANAGED_VALUES,
  notes: [],
} as const;

function update(differences: Change["differences"]): Change {
  return { ...BASE, action: "update", id: "crd_a", before: {}, after: {}, differences };
}

const CREATED: Change = { ...BASE, action: "create", before: null, after: {}, differences: [] };
const RENAMED = update([{ attribute: "name", before: "A", after: "B" }]);
const DELETED: Change = { ...BASE, action: "delete", id: "crd_a", before: {}, after: null, differences: [] };

function repeat(count: number, change: Change): Change[] {
  return Array<Change>(count).fill(change);
}

interface GuardOptions {
  readonly guards?: { changes?: Limit; removals?: Limit };
  readonly allowed?: Allowance;
}

function codes(
  changes: readonly Change[],
  existing: number,
  { guards = {}, allowed = {} }: GuardOptions = {},
): string[] {
  return checkGuards(changes, existing, { guards }, allowed).map(({ code }) => code);
}

test.each([
  [0, 10, 3],
  [1, 10, 3],
  [9, 10, 3],
  [10, 10, 3],
  [11, 10, 3],
  [12, 10, 3],
  [15, 10, 3],
  [16, 10, 4],
  [33, 10, 8],
  [34, 10, 8],
  [36, 10, 9],
  [37, 11, 9],
  [100, 30, 25],
])("of %i contacts, %i may change and %i may be deleted", (existing, changes, removals) => {
  for (const count of [changes - 1, changes]) expect(codes(repeat(count, RENAMED), existing)).toEqual([]);
  expect(codes(repeat(changes + 1, RENAMED), existing)).toEqual(["too-many-changes"]);
  const options = { guards: { changes: { count: 1000 } } };
  for (const count of [removals - 1, removals]) expect(codes(repeat(count, DELETED), existing, options)).toEqual([]);
  expect(codes(repeat(removals + 1, DELETED), existing, options)).toEqual(["too-many-removals"]);
});

test("creations of contacts and lists are not counted", () => {
  const lists = repeat(500, { ...CREATED, type: "front_contact_list" });
  expect(codes([...repeat(500, CREATED), ...lists], 0)).toEqual([]);
});

test.each<[string, Limit, number, number]>([
  ["a count", { count: 5 }, 100, 5],
  ["a count below the default", { count: 0 }, 100, 0],
  ["a share", { share: 0.5 }, 100, 50],
  ["a share that is slightly smaller as a binary fraction", { share: 0.29 }, 100, 29],
  ["a share of 1, which means all", { share: 1 }, 57, 57],
  ["a share of few contacts, which has a minimum", { share: 0.01 }, 20, 10],
  ["a share of zero, which means none", { share: 0 }, 100, 0],
])("settings.guards.changes may be %s", (_, changes, existing, limit) => {
  const options = { guards: { changes } };
  expect(codes(repeat(limit, RENAMED), existing, options)).toEqual([]);
  expect(codes(repeat(limit + 1, RENAMED), existing, options)).toEqual(["too-many-changes"]);
});

test("settings.guards.removals limits removals", () => {
  const options = { guards: { removals: { count: 1 } } };
  expect(codes(repeat(1, DELETED), 100, options)).toEqual([]);
  expect(codes(repeat(2, DELETED), 100, options)).toEqual(["too-many-removals"]);
});

test.each([
  [40, "updates", { changes: 40 }, []],
  [41, "updates", { changes: 40 }, ["too-many-changes"]],
  [30, "updates", { changes: 1 }, []],
  [26, "deletions", { removals: 26 }, []],
  [27, "deletions", { removals: 26 }, ["too-many-removals"]],
])("%i %s of 100 contacts, with %j allowed, result in the errors %j", (count, action, allowed, expected) => {
  const change = action === "updates" ? RENAMED : DELETED;
  expect(codes(repeat(count, change), 100, { allowed })).toEqual(expected);
});

test("raising one limit does not raise the other", () => {
  expect(codes(repeat(50, DELETED), 100, { allowed: { changes: 50 } })).toEqual(["too-many-removals"]);
  expect(codes(repeat(50, DELETED), 100, { allowed: { removals: 50 } })).toEqual(["too-many-changes"]);
});

test("the error for too many removals contains the count and the total, and its remedy contains the limit to allow", () => {
  expect(checkGuards(repeat(26, DELETED), 100, {}, {})).toEqual([
    {
      severity: "error",
      code: "too-many-removals",
      summary: "26 of 100 contacts would be deleted or lose a handle, a link, a list or another value; the limit is 25",
      advice: expect.stringContaining("raise the limit for this run"),
      remedy: { kind: "allow-removals", count: 26 },
    },
  ]);
});

const HANDLE = { source: "phone", handle: "+1" };

test.each<[string, string, Change["differences"][number]]>([
  ["counts", "a handle is removed", { attribute: "handles", key: "phone:+1", before: HANDLE }],
  ["does not count", "a handle is added", { attribute: "handles", key: "phone:+1", after: HANDLE }],
  ["counts", "a link is removed", { attribute: "links", key: "l", before: "l" }],
  ["counts", "a list is removed", { attribute: "lists", key: "A", before: "A" }],
  ["does not count", "a list is added", { attribute: "lists", key: "A", after: "A" }],
  ["counts", "a field is cleared", { attribute: "custom_fields", key: "Title", before: "x" }],
  ["counts", "a field that is false is cleared", { attribute: "custom_fields", key: "On Duty", before: false }],
  ["counts", "a field that is 0 is cleared", { attribute: "custom_fields", key: "Badge", before: 0 }],
  ["does not count", "a field changes", { attribute: "custom_fields", key: "Title", before: "x", after: "y" }],
  [
    "does not count",
    "a field becomes false",
    { attribute: "custom_fields", key: "On Duty", before: true, after: false },
  ],
  ["counts", "a description is cleared", { attribute: "description", before: "x", after: "" }],
  ["does not count", "a description is written", { attribute: "description", before: "", after: "x" }],
  ["does not count", "a name changes", { attribute: "name", before: "A", after: "B" }],
  ["does not count", "an account changes", { attribute: "account", before: "acc_1", after: "acc_2" }],
])("the removal guard %s a contact if %s", (effect, _, difference) => {
  expect(codes(repeat(4, update([difference])), 4)).toEqual(effect === "counts" ? ["too-many-removals"] : []);
});

const RENAMED_ACCOUNT: Change = { ...RENAMED, type: "front_account" };

test.each<[string, string, Limit, Limit, boolean]>([
  ["explains", "a count is replaced by 100%", { count: 5 }, { share: 1 }, true],
  ["explains", "a percentage is replaced by a count", { share: 0.5 }, { count: 5 }, true],
  ["does not explain", "a percentage is lower", { share: 0.5 }, { share: 0.4 }, false],
])("the error for a saved plan %s that the limits cannot be compared if %s", (_, __, before, now, explains) => {
  const [error] = checkStricterGuards(
    repeat(11, RENAMED),
    { guards: { changes: before } },
    { guards: { changes: now } },
  );
  const share = "share" in now ? now.share * 100 : 50;
  const explanation = `it is unknown whether ${share}% allows more than 5.`;
  expect(error?.advice?.includes(explanation)).toBe(explains);
});

test.each<[string, string, GuardOptions["guards"], GuardOptions["guards"], Change[], string[]]>([
  ["rejected", "a lower share", {}, { changes: { share: 0.2 } }, repeat(11, RENAMED), ["changes is now 20%"]],
  [
    "accepted",
    "a lower share, which always allows 10 changes",
    {},
    { changes: { share: 0.2 } },
    repeat(10, RENAMED),
    [],
  ],
  ["accepted", "a higher share", {}, { changes: { share: 0.4 } }, repeat(11, RENAMED), []],
  ["rejected", "a share of zero", {}, { removals: { share: 0 } }, [DELETED], ["removals is now 0%"]],
  [
    "rejected",
    "a share instead of a count",
    { changes: { count: 20 } },
    {},
    repeat(11, RENAMED),
    ["changes is now 30%"],
  ],
  ["accepted", "a share that allows as much as the count", { changes: { count: 5 } }, {}, repeat(10, RENAMED), []],
  ["rejected", "a count instead of a share", {}, { changes: { count: 3 } }, repeat(4, RENAMED), ["changes is now 3"]],
  ["accepted", "a count that allows the changes", {}, { changes: { count: 4 } }, repeat(4, RENAMED), []],
  ["rejected", "a count for accounts", {}, { changes: { count: 1 } }, repeat(2, RENAMED_ACCOUNT), ["changes is now 1"]],
  [
    "accepted",
    "a count, which applies to each type separately",
    {},
    { changes: { count: 1 } },
    [RENAMED, RENAMED_ACCOUNT],
    [],
  ],
])("a saved plan is %s if a guard became %s", (_, __, before, now, changes, expected) => {
  const errors = checkStricterGuards(changes, { guards: before ?? {} }, { guards: now ?? {} });
  expect(errors.map(({ summary }) => summary.replace(/^settings\.guards\.(.*);.*/, "$1"))).toEqual(expected);
});
