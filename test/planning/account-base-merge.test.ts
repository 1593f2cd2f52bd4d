import { expect, test } from "@jest/globals";
import { decodePlan, encodePlan } from "../../src/history/saved-plan-file.ts";
import type { RemoteAccount } from "../../src/model/account.ts";
import type { Difference } from "../../src/model/change.ts";
import type { Plan } from "../../src/model/plan.ts";
import { codesOf, declaredAccount, desiredState, planFor, remoteAccount, remoteState } from "../support/builders.ts";

type EntryAttributes = Parameters<typeof declaredAccount>[1];

const FIELDS = { Tier: "string", Size: "string" };

/** Plans an entry that has a different version at the base. `undefined` means no entry. */
function plan(
  before: EntryAttributes | undefined,
  now: EntryAttributes | undefined,
  remote: readonly RemoteAccount[],
  overwrite = false,
) {
  const accountsOf = (attributes: EntryAttributes | undefined) =>
    attributes === undefined ? [] : [declaredAccount("fbi", attributes)];
  const base = {
    revision: "main",
    tree: "abc:contacts",
    overwrite,
    contacts: [],
    lists: [],
    accounts: accountsOf(before),
  };
  const state = remoteState([], { accounts: remote, accountFields: FIELDS });
  return planFor({ ...desiredState([], { accounts: accountsOf(now) }), base }, state);
}

const textOf = (value: Difference["before"]) => (value === undefined ? "none" : String(value));

function summarize({ changes, base }: Plan) {
  const describe = ({ attribute, key, before, after, origin }: Difference) =>
    `${key ?? attribute}: ${textOf(before)} -> ${textOf(after)} (${origin})`;
  return {
    planned: changes.flatMap(({ action, differences }) => (action === "update" ? differences.map(describe) : [action])),
    drifted: (base?.drift ?? []).flatMap(({ action, origin, differences }) =>
      differences.length === 0 ? [`${action} (${origin})`] : differences.map(describe),
    ),
  };
}

const ID = { id: "acc_1", name: undefined };
const remoteAccounts = (traits: Parameters<typeof remoteAccount>[1]) => [remoteAccount("acc_1", traits)];

const cases: readonly (readonly [
  string,
  EntryAttributes,
  EntryAttributes,
  readonly RemoteAccount[],
  string[],
  string[],
])[] = [
  [
    "a name that changed in the configuration",
    { ...ID, name: "Old" },
    { ...ID, name: "New" },
    remoteAccounts({ name: "Old" }),
    ["name: Old -> New (files)"],
    [],
  ],
  [
    "a name that changed in Front",
    { ...ID, name: "Old" },
    { ...ID, name: "Old" },
    remoteAccounts({ name: "Theirs" }),
    [],
    ["name: Theirs -> Old (front)"],
  ],
  [
    "a name that changed in both",
    { ...ID, name: "Old" },
    { ...ID, name: "New" },
    remoteAccounts({ name: "Theirs" }),
    [],
    ["name: Theirs -> New (both)"],
  ],
  [
    "a domain that is new in the configuration",
    { ...ID, domains: ["a.example"] },
    { ...ID, domains: ["a.example", "b.example"] },
    remoteAccounts({ domains: ["a.example"] }),
    ["b.example: none -> b.example (files)"],
    [],
  ],
  [
    "a domain that was removed from the configuration",
    { ...ID, domains: ["a.example", "b.example"] },
    { ...ID, domains: ["a.example"] },
    remoteAccounts({ domains: ["a.example", "b.example", "kept.example"] }),
    ["b.example: b.example -> none (files)"],
    [],
  ],
  [
    "a domain that was removed in Front",
    { ...ID, domains: ["a.example", "b.example"] },
    { ...ID, domains: ["a.example", "b.example"] },
    remoteAccounts({ domains: ["a.example"] }),
    [],
    ["b.example: none -> b.example (front)"],
  ],
  [
    "a domain that was added in Front although the domains are exact",
    { ...ID, domains: ["a.example"], exact: ["domains"] },
    { ...ID, domains: ["a.example"], exact: ["domains"] },
    remoteAccounts({ domains: ["a.example", "theirs.example"] }),
    [],
    ["theirs.example: theirs.example -> none (front)"],
  ],
  [
    "custom fields that changed in the configuration or were removed from it",
    { ...ID, customFields: { Tier: "Gold", Size: "L" } },
    { ...ID, customFields: { Tier: "Silver" } },
    remoteAccounts({ customFields: { Tier: "Gold", Size: "L" } }),
    ["Tier: Gold -> Silver (files)", "Size: L -> none (files)"],
    [],
  ],
  [
    "a custom field that was removed from the configuration and changed in Front",
    { ...ID, customFields: { Size: "L" } },
    ID,
    remoteAccounts({ customFields: { Size: "XL" } }),
    [],
    ["Size: XL -> none (both)"],
  ],
];

test.each(cases)("merges %s", (_, before, now, remote, planned, drifted) => {
  const merged = plan(before, now, remote);
  expect(codesOf(merged).filter((code) => code !== "base-conflict")).toEqual([]);
  expect(summarize(merged)).toEqual({ planned, drifted });
  expect(merged.operations).toHaveLength(planned.length === 0 ? 0 : 1);
});

test("with overwrite, the plan changes values that changed in Front", () => {
  const merged = plan({ ...ID, name: "Old" }, { ...ID, name: "Old" }, remoteAccounts({ name: "Theirs" }), true);
  expect(summarize(merged)).toEqual({ planned: ["name: Theirs -> Old (front)"], drifted: [] });
});

const ENTRY = { domains: ["a.example"], name: "A" };
const TOMBSTONE = { domains: ["a.example"], ensure: "absent" } as const;

test.each([
  ["that was deleted in Front is not created again", ENTRY, ENTRY, [], [], ["delete (front)"]],
  ["that is new in the configuration is created", undefined, ENTRY, [], ["create"], []],
  [
    "that the configuration deletes is deleted",
    ENTRY,
    TOMBSTONE,
    remoteAccounts({ name: "A", domains: ["a.example"] }),
    ["delete"],
    [],
  ],
  [
    "that the configuration deletes is not deleted if it changed in Front",
    ENTRY,
    TOMBSTONE,
    remoteAccounts({ name: "Theirs", domains: ["a.example"] }),
    [],
    ["name: Theirs -> none (both)"],
  ],
] as const)("an account %s", (_, before, now, remote, planned, drifted) => {
  expect(summarize(plan(before, now, remote))).toEqual({ planned, drifted });
});

test("an account that was removed from the configuration is no longer managed", () => {
  const { changes, base } = plan(ENTRY, undefined, remoteAccounts({ name: "A", domains: ["a.example"] }));
  expect(changes).toEqual([]);
  expect(base?.released).toMatchObject([{ address: "front_account.fbi", name: "fbi" }]);
});

test("a plan that leaves a changed value of an account unchanged can be saved", () => {
  const now = { ...ENTRY, name: "Ours" };
  const { changes, operations, base, ...rest } = plan(
    ENTRY,
    now,
    remoteAccounts({ name: "Theirs", domains: ["a.example"] }),
  );
  expect(base?.drift).toMatchObject([{ address: "front_account.fbi", id: "acc_1" }]);
  const tree = `${"0".repeat(40)}:contacts`;
  const saved = { ...rest, changes, operations, ...(base && { base: { ...base, tree } }) };
  const text = encodePlan(saved, desiredState([], { accounts: [declaredAccount("fbi", now)] }), {
    version: "1.0.0",
    now: 0,
  });
  expect(decodePlan(text, "plan.json").diagnostics).toEqual([]);
});
