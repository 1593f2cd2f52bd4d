import { expect, test } from "@jest/globals";
import { type AccountMatch, matchAccounts } from "../../src/matching/match-accounts.ts";
import type { DeclaredAccount, RemoteAccount } from "../../src/model/account.ts";
import { declaredAccount, remoteAccount } from "../support/builders.ts";

function matched(entries: readonly DeclaredAccount[], remote: readonly RemoteAccount[] | undefined) {
  const resolved = entries.map((desired) => ({ desired, customFields: undefined }));
  const { entries: found, diagnostics } = matchAccounts(resolved, remote);
  const shown = ({ ...match }: AccountMatch) => ("account" in match ? `${match.kind} ${match.account.id}` : match.kind);
  return [...found.map(({ match }) => shown(match)), ...diagnostics.map(({ code }) => code)];
}

const FBI = remoteAccount("acc_1", { domains: ["fbi.example"], externalId: "A-1" });
const CIA = remoteAccount("acc_2", { domains: ["cia.example"], externalId: "A-2" });
const BARE = remoteAccount("acc_3", { domains: ["bare.example"] });
const ALL = [FBI, CIA, BARE];

const cases: readonly (readonly [string, readonly DeclaredAccount[], readonly string[]])[] = [
  ["by its id", [declaredAccount("fbi", { id: "acc_1" })], ["match acc_1"]],
  ["by its external id", [declaredAccount("fbi", { externalId: "A-1" })], ["match acc_1"]],
  ["by a domain, whatever its case", [declaredAccount("fbi", { domains: ["FBI.example"] })], ["match acc_1"]],
  [
    "by its id rather than its external id",
    [declaredAccount("fbi", { id: "acc_1", externalId: "A-2" })],
    ["invalid", "account-external-id"],
  ],
  [
    "by its external id rather than a domain",
    [declaredAccount("fbi", { externalId: "A-1", domains: ["cia.example"] })],
    ["invalid", "account-domain-taken"],
  ],
  ["to nothing", [declaredAccount("new", { domains: ["new.example"] })], ["no-match"]],
  [
    "to nothing, but has no name to be created with",
    [declaredAccount("new", { name: undefined, domains: ["new.example"] })],
    ["invalid", "account-without-name"],
  ],
  [
    "to several accounts",
    [declaredAccount("both", { domains: ["fbi.example", "cia.example"] })],
    ["invalid", "account-ambiguous"],
  ],
  ["with an id that Front does not have", [declaredAccount("fbi", { id: "acc_9" })], ["invalid", "account-id-unknown"]],
  [
    "to an account without an external id, which cannot get one",
    [declaredAccount("bare", { externalId: "A-3", domains: ["bare.example"] })],
    ["invalid", "account-external-id"],
  ],
  [
    "to the account of another entry",
    [declaredAccount("one", { id: "acc_1" }), declaredAccount("two", { domains: ["fbi.example"] })],
    ["match acc_1", "invalid", "account-matched-twice"],
  ],
  [
    "to the account to delete",
    [declaredAccount("fbi", { ensure: "absent", domains: ["fbi.example"] })],
    ["deletion acc_1"],
  ],
  [
    "to an account that no longer exists",
    [declaredAccount("x", { ensure: "absent", id: "acc_9" })],
    ["already-deleted"],
  ],
  [
    "to several accounts to delete",
    [declaredAccount("x", { ensure: "absent", externalId: "A-2", domains: ["fbi.example"] })],
    ["invalid", "account-ambiguous"],
  ],
];

test.each(cases)("an entry matches %s", (_, entries, expected) => {
  expect(matched(entries, ALL)).toEqual(expected);
});

test("nothing is planned for accounts that the token may not read", () => {
  expect(matched([declaredAccount("fbi", { id: "acc_1" })], undefined)).toEqual(["unreadable"]);
});

test("an ambiguous match names all accounts and the fix", () => {
  const entry = declaredAccount("both", { domains: ["fbi.example", "cia.example"] });
  const { diagnostics } = matchAccounts([{ desired: entry, customFields: undefined }], ALL);
  expect(diagnostics).toMatchObject([
    {
      summary:
        "both matches 2 accounts in Front: Acc 1 (acc_1) with external id A-1, fbi.example, and Acc 2 (acc_2) with external id A-2, cia.example",
      advice: expect.stringContaining("Write the id of one of them into the entry, such as `id: acc_1`"),
      location: entry.location,
    },
  ]);
});
