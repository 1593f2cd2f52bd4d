import { expect, test } from "@jest/globals";
import type { DeclaredAccount } from "../../src/model/account.ts";
import { indexAccounts } from "../../src/model/account-index.ts";
import type { Plan, Targets } from "../../src/model/plan.ts";
import {
  codesOf,
  declaredAccount,
  desiredContact,
  desiredState,
  locationAt,
  planFor,
  remoteAccount,
  remoteContact,
  remoteState,
  UNGUARDED,
} from "../support/builders.ts";

const FIELDS = { Tier: "string", Since: "datetime", Size: { type: "enum", values: ["S", "L"] } };
const FBI = remoteAccount("acc_1", {
  name: "FBI",
  description: "Bureau",
  domains: ["fbi.example", "fbi.gov"],
  externalId: "A-1",
  customFields: { Tier: "Gold", Other: "kept" },
});

function plan(account: DeclaredAccount, contactCount = 0, policy = UNGUARDED): Plan {
  const members = new Set(Array.from({ length: contactCount }, (_, index) => `crd_${index}`));
  const state = remoteState([], { accounts: [FBI], accountFields: FIELDS });
  const accountMembers = new Map([[FBI.id, { all: members, manual: new Set<string>() }]]);
  return planFor(desiredState([], { accounts: [account] }), { ...state, accountMembers }, policy);
}

const TOMBSTONE = declaredAccount("fbi", { ensure: "absent", id: "acc_1" });

/** Returns differences as text, such as `name: FBI -> Bureau`. */
function changesOf({ changes }: Plan): string[] {
  return changes.flatMap(({ differences }) =>
    differences.map(({ attribute, key, before, after }) => {
      const label = key === undefined ? attribute : `${attribute} ${key}`;
      return `${label}: ${before ?? "none"} -> ${after ?? "none"}`;
    }),
  );
}

test.each<[string, Parameters<typeof declaredAccount>[1], readonly string[]]>([
  ["nothing that it omits", { name: undefined, domains: ["fbi.example"] }, []],
  ["nothing that is equal", { name: "FBI", domains: ["FBI.example"], externalId: "A-1" }, []],
  ["the name", { id: "acc_1", name: "Bureau" }, ["name: FBI -> Bureau"]],
  ["the description", { id: "acc_1", name: "FBI", description: "" }, ["description: Bureau -> "]],
  [
    "domains that the account lacks",
    { name: "FBI", domains: ["fbi.example", "new.example"] },
    ["domains new.example: none -> new.example"],
  ],
  [
    "domains that are removed because domains are exact",
    { name: "FBI", domains: ["fbi.example"], exact: ["domains"] },
    ["domains fbi.gov: fbi.gov -> none"],
  ],
  [
    "custom fields",
    { id: "acc_1", name: "FBI", customFields: { Tier: null, Since: "1908-07-26", Size: "S" } },
    ["custom_fields Tier: Gold -> none", "custom_fields Since: none -> 1908-07-26", "custom_fields Size: none -> S"],
  ],
  [
    "custom fields that are cleared because custom fields are exact",
    { id: "acc_1", name: "FBI", customFields: { Tier: "Gold" }, exact: ["custom_fields"] },
    ["custom_fields Other: kept -> none"],
  ],
])("an entry changes %s", (_, attributes, expected) => {
  const planned = plan(declaredAccount("fbi", attributes));
  expect(codesOf(planned)).toEqual([]);
  expect(changesOf(planned).sort()).toEqual([...expected].sort());
  expect(planned.operations).toHaveLength(expected.length === 0 ? 0 : 1);
});

test("an update contains the changed values and counts the unmanaged values", () => {
  const { changes, operations, requests } = plan(
    declaredAccount("fbi", { domains: ["fbi.example", "new.example"], customFields: { Tier: "Silver" } }),
  );
  expect(changes[0]).toMatchObject({
    address: "front_account.fbi",
    type: "front_account",
    id: "acc_1",
    action: "update",
    kept: { domains: 1, customFields: 1 },
  });
  expect(operations).toEqual([
    {
      ...{
        kind: "update-account",
        id: "update-account front_account.fbi",
        subjects: ["front_account.fbi"],
        dependsOn: [],
      },
      account: { id: "acc_1" },
      before: { name: "FBI" },
      name: "fbi",
      addDomains: ["new.example"],
      customFields: [{ name: "Tier", type: "string", before: "Gold", after: "Silver" }],
    },
  ]);
  expect(requests.byKind).toEqual({ "update-account": 1, read: 1, verification: 1 });
});

test("an account that does not exist in Front is created with all values of its entry", () => {
  const { changes, operations, requests } = plan(
    declaredAccount("cia", {
      name: "CIA",
      description: "",
      domains: ["cia.example"],
      externalId: "A-2",
      customFields: { Since: "1947-09-18", Tier: null },
    }),
  );
  expect(changes).toMatchObject([
    {
      address: "front_account.cia",
      action: "create",
      before: null,
      after: { name: "CIA", domains: ["cia.example"], external_id: "A-2", custom_fields: { Since: "1947-09-18" } },
    },
  ]);
  expect(operations).toMatchObject([
    {
      kind: "create-account",
      name: "CIA",
      domains: ["cia.example"],
      externalId: "A-2",
      customFields: [{ name: "Since", type: "datetime", after: Date.UTC(1947, 8, 18) / 1000 }],
    },
  ]);
  expect(requests.byKind).toEqual({ "create-account": 1, read: 2, verification: 1 });
});

/** Returns a remote state in which a declared account, whose domain is `KEY.example`, does not exist. */
function withNewAccount(key: string) {
  const identifier = `alt:domain:${key}.example`;
  const account = {
    identifier,
    id: undefined,
    domains: [],
    members: new Set<string>(),
    address: `front_account.${key}`,
  };
  return {
    ...remoteState([remoteContact("ada@x.example")], { accounts: [FBI] }),
    referencedAccounts: indexAccounts([account]),
  };
}

test("contacts with an account are linked after the account is created", () => {
  const account = { domain: "cia.example", location: locationAt(9) };
  const { changes, operations } = planFor(
    desiredState([desiredContact("ada@x.example", { account }), desiredContact("new@x.example", { account })], {
      accounts: [declaredAccount("cia", { domains: ["cia.example"] })],
    }),
    withNewAccount("cia"),
  );
  expect(changes.map(({ address, after }) => [address, after?.account])).toEqual([
    ["front_account.cia", undefined],
    ["front_contact.ada", "front_account.cia"],
    ["front_contact.new", "front_account.cia"],
  ]);
  expect(operations.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
    ["create-account front_account.cia", []],
    ["create-contact front_contact.new", []],
    ["link-account front_account.cia 1", ["create-account front_account.cia"]],
    ["link-account front_account.cia 2", ["create-account front_account.cia", "create-contact front_contact.new"]],
  ]);
});

test.each([
  [0, "it has no contacts"],
  [1, "it has 1 contact"],
  [12, "it has 12 contacts"],
])("a deletion shows that the account has %i contacts", (count, note) => {
  const planned = plan(TOMBSTONE, count);
  expect(planned.changes).toMatchObject([
    { action: "delete", id: "acc_1", notes: [note], before: { name: "FBI", external_id: "A-1" }, after: null },
  ]);
  expect(planned.operations).toMatchObject([{ kind: "delete-account", account: { id: "acc_1", contacts: count } }]);
});

test.each([
  ["Unknown", "x", "field-unknown"],
  ["Since", "someday", "field-type"],
  ["Size", "M", "field-type"],
])("a value of the custom field %s that Front would reject is an error", (name, value, code) => {
  const planned = plan(declaredAccount("fbi", { id: "acc_1", customFields: { [name]: value } }));
  expect(codesOf(planned)).toEqual([code]);
  expect(planned.operations).toEqual([]);
});

const MANY = Array.from({ length: 20 }, (_, index) =>
  remoteAccount(`acc_${index + 10}`, { domains: [`d${index}.example`], description: "was" }),
);

test.each([
  ["reject updates of many accounts", 11, { description: "is" }, {}, ["too-many-changes"]],
  ["accept updates that are allowed", 11, { description: "is" }, { changes: 11 }, []],
  ["reject the removal of values from many accounts", 6, { description: "" }, {}, ["too-many-removals"]],
  ["accept removals that are allowed", 6, { description: "" }, { removals: 6 }, []],
] as const)("guards %s", (_, count, attributes, allowed, expected) => {
  const accounts = MANY.map(({ id }, index) =>
    declaredAccount(id, { id, name: undefined, ...(index < count ? attributes : {}) }),
  );
  const planned = planFor(desiredState([], { accounts }), remoteState([], { accounts: MANY }), { allowed });
  expect(codesOf(planned)).toEqual(expected);
});

test.each([
  [0, {}, []],
  [2, {}, ["account-not-empty"]],
  [2, { removals: 2 }, ["account-not-empty"]],
  [2, { removals: 3 }, []],
])("deleting an account with %i contacts, with %j allowed, results in the errors %j", (count, allowed, expected) => {
  const planned = plan(TOMBSTONE, count, { allowed });
  expect(codesOf(planned)).toEqual(expected);
  expect(planned.changes.map(({ accountContacts }) => accountContacts)).toEqual([count === 0 ? undefined : count]);
});

test("a protected account is not deleted", () => {
  const tombstone = declaredAccount("fbi", { ensure: "absent", id: "acc_1", protect: true });
  const planned = plan(tombstone);
  expect(planned.diagnostics).toMatchObject([{ code: "account-protected", location: tombstone.protect?.location }]);
  expect(planned.operations).toEqual([]);
});

test("a target selects an account, a targeted contact also selects its account, and excluding an account excludes its contacts", () => {
  const account = { domain: "new.example", location: locationAt(9) };
  const accounts = [
    declaredAccount("new", { domains: ["new.example"] }),
    declaredAccount("fbi", { id: "acc_1", description: "Changed" }),
  ];
  const desired = desiredState([desiredContact("ada@x.example", { name: "Ada", account })], { accounts });
  const state = withNewAccount("new");
  const targeting = (targets: Targets) =>
    planFor(desired, state, { ...UNGUARDED, targets }).changes.map(({ address }) => address);
  expect(targeting({ only: ["front_account.fbi"] })).toEqual(["front_account.fbi"]);
  expect(targeting({ only: ["front_contact.ada"] })).toEqual(["front_account.new", "front_contact.ada"]);
  expect(targeting({ except: ["front_account.new"] })).toEqual(["front_account.fbi"]);
  expect(planFor(desired, state, { ...UNGUARDED, targets: { only: ["fbi"] } }).diagnostics).toMatchObject([
    { code: "target-unknown", advice: expect.stringContaining("Did you mean front_account.fbi?") },
  ]);
});
