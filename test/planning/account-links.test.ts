import { expect, test } from "@jest/globals";
import { indexAccounts } from "../../src/model/account-index.ts";
import { type AccountState, accountIdentifier } from "../../src/model/company.ts";
import type { DesiredAccount, DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import { accountKey } from "../../src/model/plan.ts";
import {
  codesOf,
  declaredAccount,
  desiredContact as desired,
  desiredState,
  handle,
  locationAt,
  planFor,
  remoteContact as remote,
  remoteState,
} from "../support/builders.ts";
import { expectConverged } from "../support/scenarios.ts";
import { withTestEnvironment } from "../support/test-environment.ts";

type Reference = { readonly id: string } | { readonly domain: string } | { readonly externalId: string };

function belongsTo(reference: Reference): { account: DesiredAccount } {
  return { account: { location: locationAt(9), ...reference } };
}

const ACME = belongsTo({ id: "acc_acme" });
const BETA = belongsTo({ id: "acc_beta" });

function account(id: string, members: readonly string[] = [], attributes: Partial<AccountState> = {}): AccountState {
  return { identifier: id, id, domains: [], members: new Set(members), ...attributes };
}

function plan(
  entries: readonly DesiredContact[],
  contacts: readonly RemoteContact[],
  accounts: readonly AccountState[],
) {
  return planFor(desiredState(entries), { ...remoteState(contacts), referencedAccounts: indexAccounts(accounts) });
}

const BY_DOMAIN = { identifier: "alt:domain:beta.example", domains: ["x.example"] };

test.each([
  [
    "the account that Front returned with the contact",
    [adaIn({ id: "acc_old", name: "Old Inc" })],
    [account("acc_acme")],
    "acc_old",
    ["it may leave the account Old Inc (acc_old)"],
  ],
  [
    "an account that Front returned without a name",
    [adaIn({ id: "acc_old", name: "" })],
    [account("acc_acme")],
    "acc_old",
    ["it may leave the account acc_old"],
  ],
  ["none if Front did not return an account", [adaIn(undefined)], [account("acc_acme")], null, []],
  ["none if the contact has no account", [adaIn(null)], [account("acc_acme")], null, []],
  [
    "an account in the configuration",
    [adaIn(undefined)],
    [account("acc_acme"), account("acc_beta", ["crd_ada"])],
    "acc_beta",
    ["it leaves the account acc_beta"],
  ],
  [
    "an account in the configuration to which Front links the contact because of its domain",
    [adaIn(undefined)],
    [account("acc_acme"), account("acc_beta", ["crd_ada"], BY_DOMAIN)],
    "acc_beta",
    ["it may leave the account beta.example (acc_beta)"],
  ],
] as const)("a change shows the previous account: %s", (_, contacts, accounts, before, notes) => {
  const [change] = plan([desired("ada@x.example", ACME)], contacts, accounts).changes;
  expect(change?.before?.account).toBe(before);
  expect(change?.after?.account).toBe("acc_acme");
  expect(change?.notes).toEqual(notes);
});

function adaIn(accountOfAda: RemoteContact["account"]): RemoteContact {
  return remote("ada@x.example", accountOfAda === undefined ? {} : { account: accountOfAda });
}

/** Returns the links as text, such as `link-account acc_a: crd_ada`. */
function linksIn(planned: ReturnType<typeof plan>): string[] {
  return planned.operations.flatMap((operation) => {
    if (operation.kind !== "link-account" && operation.kind !== "unlink-account") return [];
    const contacts = operation.contacts.map((contact) => ("id" in contact ? contact.id : contact.createdAs));
    return [`${operation.kind} ${accountKey(operation.account)}: ${contacts.join(" ")}`];
  });
}

const ADA = remote("ada@x.example");
const BOB = remote("bob@x.example");

type Case = [string, DesiredContact[], RemoteContact[], AccountState[], string[]];

const cases: Case[] = [
  [
    "links a contact without an account",
    [desired("ada@x.example", ACME)],
    [ADA],
    [account("acc_acme")],
    ["link-account acc_acme: crd_ada"],
  ],
  [
    "does not link a contact that is already in the account",
    [desired("ada@x.example", ACME)],
    [ADA],
    [account("acc_acme", ["crd_ada"])],
    [],
  ],
  [
    "unlinks a contact from another account before it links the contact",
    [desired("ada@x.example", ACME), desired("bob@x.example", BETA)],
    [ADA, BOB],
    [account("acc_acme"), account("acc_beta", ["crd_ada", "crd_bob"])],
    ["unlink-account acc_beta: crd_ada", "link-account acc_acme: crd_ada"],
  ],
  [
    "unlinks a contact from another account if it is in both accounts",
    [desired("ada@x.example", ACME), desired("bob@x.example", BETA)],
    [ADA, BOB],
    [account("acc_acme", ["crd_ada"]), account("acc_beta", ["crd_ada", "crd_bob"])],
    ["unlink-account acc_beta: crd_ada"],
  ],
  [
    "unlinks a contact once from every other account in the configuration",
    [desired("ada@x.example", ACME), desired("bob@x.example", BETA)],
    [ADA, BOB],
    [
      account("acc_acme"),
      account("acc_beta", ["crd_ada", "crd_bob"]),
      account("acc_beta", ["crd_ada", "crd_bob"], { identifier: "alt:domain:beta.example" }),
      account("acc_zeta", ["crd_ada"]),
    ],
    ["unlink-account acc_beta: crd_ada", "unlink-account acc_zeta: crd_ada", "link-account acc_acme: crd_ada"],
  ],
  [
    "does not remove a link that results from the domain of an email address",
    [desired("ada@x.example", ACME), desired("bob@x.example", BETA)],
    [ADA, BOB],
    [account("acc_acme"), account("acc_beta", ["crd_ada", "crd_bob"], { domains: ["X.example"] })],
    ["link-account acc_acme: crd_ada"],
  ],
  [
    "does not confuse a domain with a longer domain",
    [desired("ada@x.example", ACME), desired("bob@x.example", BETA)],
    [ADA, BOB],
    [account("acc_acme"), account("acc_beta", ["crd_ada", "crd_bob"], { domains: ["example", "ada@x.example"] })],
    ["unlink-account acc_beta: crd_ada", "link-account acc_acme: crd_ada"],
  ],
  [
    "does not change contacts whose entries declare no account",
    [desired("ada@x.example"), desired("bob@x.example", BETA)],
    [ADA, BOB],
    [account("acc_beta", ["crd_ada", "crd_bob"])],
    [],
  ],
  [
    "links a new contact",
    [desired("new@x.example", ACME)],
    [],
    [account("acc_acme")],
    ["link-account acc_acme: front_contact.new"],
  ],
  [
    "links several contacts in one request",
    [desired("ada@x.example", ACME), desired("bob@x.example", ACME)],
    [ADA, BOB],
    [account("acc_acme")],
    ["link-account acc_acme: crd_ada crd_bob"],
  ],
  [
    "combines links to one account with different identifiers",
    [desired("ada@x.example", belongsTo({ domain: "a.example" })), desired("bob@x.example", ACME)],
    [ADA, BOB],
    [account("acc_acme", [], { identifier: "alt:domain:a.example" }), account("acc_acme")],
    ["link-account acc_acme: crd_ada crd_bob"],
  ],
  [
    "unlinks the target of a merge from accounts of the merged contacts",
    [desired(["ada@x.example", "bob@x.example"], { merge: true, ...ACME }), desired("eve@x.example", BETA)],
    [ADA, BOB, remote("eve@x.example")],
    [account("acc_acme", ["crd_ada"]), account("acc_beta", ["crd_bob", "crd_eve"])],
    ["unlink-account acc_beta: crd_ada"],
  ],
];

test.each(cases)("a plan %s", (_, entries, contacts, accounts, expected) => {
  const planned = plan(entries, contacts, accounts);
  expect(planned.diagnostics).toEqual([]);
  expect(linksIn(planned)).toEqual(expected);
});

test("a new contact is linked after its creation, and the target of a merge after the merge", () => {
  const entries = [
    desired("new@x.example", ACME),
    desired(["ada@x.example", "bob@x.example"], { merge: true, ...ACME }),
  ];
  const { operations } = plan(entries, [ADA, BOB], [account("acc_acme")]);
  expect(operations.at(-1)).toMatchObject({
    kind: "link-account",
    dependsOn: ["create-contact front_contact.new", "merge-contacts front_contact.ada"],
  });
});

test("an unknown account is an error at its location", () => {
  const planned = plan(
    [desired("ada@x.example", belongsTo({ externalId: "k1" }))],
    [ADA],
    [account("", [], { identifier: "alt:ext_id:k1", id: undefined })],
  );
  expect(codesOf(planned)).toEqual(["account-unknown"]);
  expect(planned.diagnostics[0]).toMatchObject({
    summary: 'ada has the account "k1", which does not exist in Front',
    location: locationAt(9),
  });
  expect(planned.operations).toEqual([]);
});

test("an unknown account of several contacts is one error, which counts the contacts", () => {
  const entryAt = (line: number) =>
    desired(`p${line}@x.example`, { account: { location: locationAt(line), externalId: "k1" } });
  const missing = account("", [], { identifier: "alt:ext_id:k1", id: undefined });
  const errorsOf = (lines: readonly number[]) => plan(lines.map(entryAt), [], [missing]).diagnostics;
  expect(errorsOf([1, 2])).toMatchObject([
    {
      summary: 'p1 and p2 have the account "k1", which does not exist in Front',
      location: locationAt(1),
      related: [{ location: locationAt(2), note: "also" }],
    },
  ]);
  expect(errorsOf([1, 2, 3, 4, 5, 6])).toMatchObject([
    {
      summary: 'p1 and 5 other contacts have the account "k1", which does not exist in Front',
      related: [2, 3, 4].map((line) => ({ location: locationAt(line) })),
    },
  ]);
});

test.each([
  ["the previous account", [], "acc_beta"],
  ["both accounts if the contact is already in the declared account", ["crd_ada"], "acc_beta, acc_acme"],
])("a change shows the accounts before and after a move: %s", (_, members, before) => {
  const entries = [desired("ada@x.example", ACME), desired("bob@x.example", BETA)];
  const accounts = [account("acc_acme", members), account("acc_beta", ["crd_ada", "crd_bob"])];
  expect(plan(entries, [ADA, BOB], accounts).changes).toMatchObject([
    { address: "front_contact.ada", differences: [{ attribute: "account", before, after: "acc_acme" }] },
  ]);
});

test.each<[string, (id: string) => Reference]>([
  ["its domain", () => ({ domain: "acme.example" })],
  ["its external ID", () => ({ externalId: "k/1" })],
  ["its ID", (id) => ({ id })],
])("a contact is linked to an account by %s and unlinked from another account", (_, referenceTo) =>
  withTestEnvironment({}, async (environment) => {
    const { id } = await environment.request("POST", "/accounts", {
      name: "Acme",
      domains: ["acme.example"],
      external_id: "k/1",
    });
    const other = await environment.request("POST", "/accounts", { name: "Beta" });
    const ada = await environment.createContact([handle("ada@x.example")]);
    const bob = await environment.createContact([handle("bob@x.example")]);
    await environment.request("POST", `/accounts/${other.id}/contacts`, { contact_ids: [ada, bob] });
    const newAccount = belongsTo(referenceTo(id));
    const entries = desiredState([
      desired("ada@x.example", newAccount),
      desired("bob@x.example", belongsTo({ id: other.id })),
      desired("new@x.example", newAccount),
    ]);
    const planned = await environment.plan(entries);
    const { report, verification, requestCount } = await environment.applyAndVerify(planned);
    expect(new Set(report.results.map(({ status }) => status))).toEqual(new Set(["applied"]));
    expect(verification).toMatchObject({ complete: true, diagnostics: [] });
    expect(requestCount).toBe(planned.requests.total);
    const members = async (accountId: string) =>
      (await environment.request("GET", `/accounts/${accountId}/contacts`))._results.flatMap(
        ({ handles }: { handles: { handle: string }[] }) => handles.map((item) => item.handle),
      );
    expect(await members(id)).toEqual(["ada@x.example", "new@x.example"]);
    expect(await members(other.id)).toEqual(["bob@x.example"]);
    await expectConverged({ environment, desired: entries });
  }),
);

test("the identifier of an account is its ID or an alias", () => {
  const identifiers = [{ id: "acc_1" }, { domain: "a.example" }, { externalId: "k" }].map(accountIdentifier);
  expect(identifiers).toEqual(["acc_1", "alt:domain:a.example", "alt:ext_id:k"]);
});

const NEW = belongsTo({ domain: "new.example" });
const NEW_ACCOUNT: AccountState = {
  identifier: "alt:domain:new.example",
  id: undefined,
  domains: [],
  members: new Set(),
  address: "front_account.new",
};
const DELETED: AccountState = { identifier: "acc_acme", id: undefined, domains: [], members: new Set() };

test.each([
  ["it joined another account, and the declared account is new", [account("acc_acme"), NEW_ACCOUNT], NEW, "acc_old"],
  ["it left the account, and the declared account is new", [account("acc_acme"), NEW_ACCOUNT], NEW, undefined],
  [
    "it joined another account, and the account at the base was deleted",
    [DELETED, account("acc_beta")],
    BETA,
    "acc_old",
  ],
])("a plan with a base does not link a contact whose account changed in Front: %s", (_, accounts, now, current) => {
  const contact = adaIn(current === undefined ? null : { id: current, name: "Old Inc" });
  const base = {
    revision: "main",
    tree: "abc:contacts",
    overwrite: false,
    contacts: [desired("ada@x.example", ACME)],
    lists: [],
  };
  const planned = planFor(
    {
      ...desiredState([desired("ada@x.example", now)], {
        accounts: [declaredAccount("new", { domains: ["new.example"] })],
      }),
      base,
    },
    { ...remoteState([contact]), referencedAccounts: indexAccounts(accounts) },
  );
  expect(planned.operations.filter(({ kind }) => kind === "link-account")).toEqual([]);
  expect(planned.base?.drift).toMatchObject([
    { origin: "both", differences: [{ attribute: "account", origin: "both" }] },
  ]);
});
