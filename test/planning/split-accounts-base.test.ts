import { expect, test } from "@jest/globals";
import type { DeclaredAccount, RemoteAccount } from "../../src/model/account.ts";
import { codesOf, declaredAccount, desiredState, planFor, remoteAccount, remoteState } from "../support/builders.ts";

const [SHOP, LAB, NEW] = ["shop.example", "lab.example", "new.example"];
const before = declaredAccount("acme", { name: "Acme", domains: [SHOP, LAB] });
const acme = declaredAccount("acme", { name: "Acme", domains: [SHOP] });
const acmeInFront = remoteAccount("acc_1", { name: "Acme", domains: [SHOP] });

/** Plans account entries with a base that contains only the entry `before`. */
function planSplit(accounts: readonly DeclaredAccount[], remote: readonly RemoteAccount[]) {
  const base = {
    revision: "main",
    tree: `${"0".repeat(40)}:contacts`,
    overwrite: false,
    contacts: [],
    lists: [],
    accounts: [before],
  };
  return planFor({ ...desiredState([], { accounts }), base }, remoteState([], { accounts: remote }));
}

test("two entries match the same account if a domain moves to a new entry but is still on its account in Front", () => {
  const lab = declaredAccount("lab", { name: "Lab", domains: [LAB] });
  const plan = planSplit([acme, lab], [remoteAccount("acc_1", { name: "Acme", domains: [SHOP, LAB] })]);
  expect([codesOf(plan), plan.operations]).toEqual([["account-matched-twice"], []]);
});

test("a domain that was removed from its account in Front moves to a new entry for a new account", () => {
  const lab = declaredAccount("lab", { name: "Lab", domains: [LAB] });
  for (const accounts of [
    [acme, lab],
    [lab, acme],
  ]) {
    const { operations, base } = planSplit(accounts, [acmeInFront]);
    expect(operations).toMatchObject([{ kind: "create-account", name: "Lab", domains: [LAB] }]);
    expect([base?.drift, base?.removedEntries]).toEqual([[], []]);
  }
});

test("a domain that was removed from its account in Front moves to a new entry for another account in Front", () => {
  const lab = declaredAccount("lab", { name: "Lab", domains: [NEW, LAB] });
  const { operations, base } = planSplit([acme, lab], [acmeInFront, remoteAccount("acc_2", { domains: [NEW] })]);
  expect(operations).toMatchObject([{ kind: "update-account", name: "Lab", addDomains: [LAB] }]);
  expect(base?.drift).toEqual([]);
});

test("an account entry that is split into two entries with new keys is the earlier version of one of them", () => {
  const shop = declaredAccount("acme-shop", { name: "Acme", domains: [SHOP] });
  const lab = declaredAccount("lab", { name: "Lab", domains: [LAB] });
  const { operations, base } = planSplit([lab, shop], [acmeInFront]);
  expect(operations).toMatchObject([{ kind: "create-account", name: "Lab", domains: [LAB] }]);
  expect([base?.drift, base?.removedEntries]).toEqual([[], []]);
});
