import { expect, test } from "@jest/globals";
import { type AccountMatch, matchAccounts } from "../../src/matching/match-accounts.ts";
import type { DeclaredAccount, RemoteAccount } from "../../src/model/account.ts";
import { declaredAccount, locationAt, remoteAccount } from "../support/builders.ts";

function matchKinds(entries: readonly DeclaredAccount[], remote: readonly RemoteAccount[] | undefined) {
  const resolved = entries.map((desired) => ({ desired, customFields: undefined }));
  const { entries: matches, diagnostics } = matchAccounts(resolved, remote);
  const describe = (match: AccountMatch) => ("account" in match ? `${match.kind} ${match.account.id}` : match.kind);
  return [...matches.map(({ match }) => describe(match)), ...diagnostics.map(({ code }) => code)];
}

const FBI = remoteAccount("acc_1", { domains: ["fbi.example"], externalId: "A-1" });
const CIA = remoteAccount("acc_2", { domains: ["cia.example"], externalId: "A-2" });
const BARE = remoteAccount("acc_3", { domains: ["bare.example"] });
const ALL = [FBI, CIA, BARE];

const cases: readonly (readonly [string, readonly DeclaredAccount[], readonly string[]])[] = [
  ["matches by its ID", [declaredAccount("fbi", { id: "acc_1" })], ["match acc_1"]],
  ["matches by its external ID", [declaredAccount("fbi", { externalId: "A-1" })], ["match acc_1"]],
  ["matches by a domain, ignoring case", [declaredAccount("fbi", { domains: ["FBI.example"] })], ["match acc_1"]],
  [
    "is invalid if its ID and its external ID belong to different accounts",
    [declaredAccount("fbi", { id: "acc_1", externalId: "A-2" })],
    ["invalid", "account-external-id"],
  ],
  [
    "is invalid if its external ID and a domain belong to different accounts",
    [declaredAccount("fbi", { externalId: "A-1", domains: ["cia.example"] })],
    ["invalid", "account-domain-taken"],
  ],
  [
    "has no match if the account does not exist in Front",
    [declaredAccount("new", { domains: ["new.example"] })],
    ["no-match"],
  ],
  [
    "is invalid if it has no match and no name",
    [declaredAccount("new", { name: undefined, domains: ["new.example"] })],
    ["invalid", "account-without-name"],
  ],
  [
    "is invalid if it matches several accounts",
    [declaredAccount("both", { domains: ["fbi.example", "cia.example"] })],
    ["invalid", "account-ambiguous"],
  ],
  [
    "is invalid if its ID does not exist in Front",
    [declaredAccount("fbi", { id: "acc_9" })],
    ["invalid", "account-id-unknown"],
  ],
  [
    "is invalid if the account has no external ID, because the API cannot set it",
    [declaredAccount("bare", { externalId: "A-3", domains: ["bare.example"] })],
    ["invalid", "account-external-id"],
  ],
  [
    "is invalid if another entry matches the same account",
    [declaredAccount("one", { id: "acc_1" }), declaredAccount("two", { domains: ["fbi.example"] })],
    ["match acc_1", "invalid", "account-matched-twice"],
  ],
  [
    "matches the account to delete",
    [declaredAccount("fbi", { ensure: "absent", domains: ["fbi.example"] })],
    ["deletion acc_1"],
  ],
  [
    "matches nothing if the account to delete does not exist in Front",
    [declaredAccount("x", { ensure: "absent", id: "acc_9" })],
    ["already-deleted"],
  ],
  [
    "is invalid if it would delete several accounts",
    [declaredAccount("x", { ensure: "absent", externalId: "A-2", domains: ["fbi.example"] })],
    ["invalid", "account-ambiguous"],
  ],
];

test.each(cases)("an entry %s", (_, entries, expected) => {
  expect(matchKinds(entries, ALL)).toEqual(expected);
});

test("an entry cannot be matched if the token cannot read accounts", () => {
  expect(matchKinds([declaredAccount("fbi", { id: "acc_1" })], undefined)).toEqual(["unreadable"]);
});

test("the error about an ID that does not exist points to the ID", () => {
  const entry = { ...declaredAccount("fbi", { id: "acc_9" }), idLocation: locationAt(12) };
  const { diagnostics } = matchAccounts([{ desired: entry, customFields: undefined }], ALL);
  expect(diagnostics).toMatchObject([{ code: "account-id-unknown", location: locationAt(12) }]);
});

test("the error about an ambiguous match lists all accounts and suggests an ID", () => {
  const entry = declaredAccount("both", { domains: ["fbi.example", "cia.example"] });
  const { diagnostics } = matchAccounts([{ desired: entry, customFields: undefined }], ALL);
  expect(diagnostics).toMatchObject([
    {
      summary:
        "both matches 2 accounts in Front: Acc 1 (acc_1) with external ID A-1, fbi.example, and Acc 2 (acc_2) with external ID A-2, cia.example",
      advice: expect.stringContaining("Set the ID of one of these accounts in the entry, for example `id: acc_1`"),
      location: entry.location,
    },
  ]);
});
