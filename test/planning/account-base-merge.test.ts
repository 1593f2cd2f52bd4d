import { expect, test } from "@jest/globals";
import { decodePlan, encodePlan } from "../../src/history/saved-plan-file.ts";
import type { RemoteAccount } from "../../src/model/account.ts";
import type { Difference } from "../../src/model/change.ts";
import type { Plan } from "../../src/model/plan.ts";
import { codesOf, declaredAccount, desiredState, planFor, remoteAccount, remoteState } from "../support/builders.ts";

type EntryAttributes = Parameters<typeof declaredAccount>[1];

const FIELDS = { Tier: "string", Size: "string" };

/** Plans the account entry `now`, which was `before` at the base. `undefined` means no entry. */
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

const remoteAccounts = (attributes: Parameters<typeof remoteAccount>[1]) => [remoteAccount("acc_1", attributes)];

interface Case {
  readonly base: EntryAttributes;
  readonly now: EntryAttributes;
  readonly front: Parameters<typeof remoteAccount>[1];
  readonly planned?: readonly string[];
  readonly drifted?: readonly string[];
}

const ONE_DOMAIN = { domains: ["a.example"] };
const TWO_DOMAINS = { domains: ["a.example", "b.example"] };
const EXACT = { ...ONE_DOMAIN, exact: ["domains"] } as const;
const EXACT_FIELDS = { customFields: { Tier: "Gold" }, exact: ["custom_fields"] } as const;
const SILVER_TO_GOLD = "Tier: Silver -> Gold (front)";
const [OLD, NEW, THEIRS] = [{ name: "Old" }, { name: "New" }, { name: "Theirs" }];

const cases: readonly (readonly [string, Case])[] = [
  [
    "applies a name that changed in the configuration",
    { base: OLD, now: NEW, front: OLD, planned: ["name: Old -> New (files)"] },
  ],
  [
    "reports a name that changed in Front",
    { base: OLD, now: OLD, front: THEIRS, drifted: ["name: Theirs -> Old (front)"] },
  ],
  [
    "reports a name that changed in the configuration and in Front",
    { base: OLD, now: NEW, front: THEIRS, drifted: ["name: Theirs -> New (both)"] },
  ],
  [
    "adds a domain that is new in the configuration",
    { base: ONE_DOMAIN, now: TWO_DOMAINS, front: ONE_DOMAIN, planned: ["b.example: none -> b.example (files)"] },
  ],
  [
    "removes a domain that was removed from the configuration",
    {
      base: TWO_DOMAINS,
      now: ONE_DOMAIN,
      front: { domains: [...TWO_DOMAINS.domains, "kept.example"] },
      planned: ["b.example: b.example -> none (files)"],
    },
  ],
  [
    "reports a domain that was removed in Front",
    { base: TWO_DOMAINS, now: TWO_DOMAINS, front: ONE_DOMAIN, drifted: ["b.example: none -> b.example (front)"] },
  ],
  [
    "reports a domain that was added in Front although the domains are exact",
    { base: EXACT, now: EXACT, front: TWO_DOMAINS, drifted: ["b.example: b.example -> none (front)"] },
  ],
  [
    "changes custom fields that changed in the configuration, and clears those that were removed from it",
    {
      base: { customFields: { Tier: "Gold", Size: "L" } },
      now: { customFields: { Tier: "Silver" } },
      front: { customFields: { Tier: "Gold", Size: "L" } },
      planned: ["Tier: Gold -> Silver (files)", "Size: L -> none (files)"],
    },
  ],
  [
    "reports a custom field that changed in Front, in an entry with exact custom fields",
    { base: EXACT_FIELDS, now: EXACT_FIELDS, front: { customFields: { Tier: "Silver" } }, drifted: [SILVER_TO_GOLD] },
  ],
  [
    "reports a custom field that was removed from the configuration and changed in Front",
    {
      base: { customFields: { Size: "L" } },
      now: {},
      front: { customFields: { Size: "XL" } },
      drifted: ["Size: XL -> none (both)"],
    },
  ],
];

const pinned = (attributes: EntryAttributes) => ({ id: "acc_1", name: undefined, ...attributes });

test.each(cases)("a plan with a base %s", (_, { base, now, front, planned = [], drifted = [] }) => {
  const merged = plan(pinned(base), pinned(now), remoteAccounts(front));
  expect(codesOf(merged).filter((code) => code !== "base-conflict")).toEqual([]);
  expect(summarize(merged)).toEqual({ planned, drifted });
  expect(merged.operations).toHaveLength(planned.length === 0 ? 0 : 1);
});

test("with overwrite, the plan changes values that changed in Front", () => {
  const merged = plan(pinned(OLD), pinned(OLD), remoteAccounts(THEIRS), true);
  expect(summarize(merged)).toEqual({ planned: ["name: Theirs -> Old (front)"], drifted: [] });
});

const ENTRY = { ...ONE_DOMAIN, name: "A" };
const TOMBSTONE = { ...ONE_DOMAIN, ensure: "absent" } as const;

test.each([
  ["that was deleted in Front is not created again", ENTRY, ENTRY, [], [], ["delete (front)"]],
  ["that is new in the configuration is created", undefined, ENTRY, [], ["create"], []],
  ["that the configuration deletes is deleted", ENTRY, TOMBSTONE, remoteAccounts(ENTRY), ["delete"], []],
  [
    "that the configuration deletes is not deleted if it changed in Front",
    ...[ENTRY, TOMBSTONE, remoteAccounts({ ...ONE_DOMAIN, ...THEIRS })],
    ...[[], ["name: Theirs -> none (both)"]],
  ],
] as const)("an account %s", (_, before, now, remote, planned, drifted) => {
  expect(summarize(plan(before, now, remote))).toEqual({ planned, drifted });
});

test("an account that was removed from the configuration is no longer managed", () => {
  const { changes, base } = plan(ENTRY, undefined, remoteAccounts(ENTRY));
  expect(changes).toEqual([]);
  expect(base?.removedEntries).toMatchObject([{ address: "front_account.fbi", name: "fbi" }]);
});

test("a plan that does not overwrite a changed value of an account can be saved", () => {
  const now = { ...ENTRY, name: "Ours" };
  const { changes, operations, base, ...rest } = plan(ENTRY, now, remoteAccounts({ ...ONE_DOMAIN, ...THEIRS }));
  expect(base?.drift).toMatchObject([{ address: "front_account.fbi", id: "acc_1" }]);
  const tree = `${"0".repeat(40)}:contacts`;
  const saved = { ...rest, changes, operations, ...(base && { base: { ...base, tree } }) };
  const text = encodePlan(saved, desiredState([], { accounts: [declaredAccount("fbi", now)] }), {
    version: "1.0.0",
    now: 0,
  });
  expect(decodePlan(text, "plan.json").diagnostics).toEqual([]);
});
