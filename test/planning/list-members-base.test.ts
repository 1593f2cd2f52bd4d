import { expect, test } from "@jest/globals";
import type { DesiredContact } from "../../src/model/contact.ts";
import type { Plan } from "../../src/model/plan.ts";
import { totalsOf } from "../../src/planning/totals.ts";
import {
  desiredContact as desired,
  desiredState,
  planFor,
  remoteContact as remote,
  remoteState,
  withMembers,
} from "../support/builders.ts";
import { operationsOf } from "../support/scenarios.ts";
import { ADA, BOB, EXACT, onVip, removedIds, VIP } from "../support/vip-list.ts";

const contacts = [remote(ADA, onVip), remote(BOB, onVip)];
type Lists = typeof EXACT.lists | readonly string[];
const exactEntry = desired(BOB, { lists: [], exact: ["lists"] });
function planSince(
  base: readonly DesiredContact[],
  baseLists: Lists,
  { overwrite = false, now = [desired(ADA, onVip)] } = {},
): Plan {
  const { lists } = desiredState([], { lists: baseLists });
  const baseState = { revision: "HEAD", tree: `${"0".repeat(40)}:contacts`, overwrite, contacts: base, lists };
  const desiredWithBase = { ...desiredState(now, EXACT), base: baseState };
  const plan = planFor(desiredWithBase, withMembers(remoteState(contacts, { lists: [VIP] })));
  return { ...plan, operations: operationsOf(plan) };
}

test("a plan with a base does not remove a contact that was added to the list in Front, and shows the contact", () => {
  const { operations, base } = planSince([desired(ADA, onVip)], EXACT.lists);
  expect(operations).toEqual([]);
  expect(base?.drift).toMatchObject([
    {
      address: 'front_contact_list.this["VIP"]',
      origin: "front",
      differences: [{ attribute: "members", key: "crd_bob" }],
    },
  ]);
});

test("a plan with a base removes a contact that was removed from the list in the configuration", () => {
  const planned = planSince([desired(ADA, onVip), desired(BOB, onVip)], EXACT.lists);
  expect(removedIds(planned)).toEqual(["crd_bob"]);
  expect(planned.changes).toMatchObject([{ differences: [{ key: "crd_bob", origin: "files" }] }]);
});

test.each([
  ["if the list was not exact at the base", ["VIP"], false],
  ["if the list was not declared at the base", [], false],
  ["with overwrite", EXACT.lists, true],
])("%s, a plan with a base removes a contact that was added to the list in Front", (_, lists, overwrite) => {
  const planned = planSince([desired(ADA, onVip)], lists, { overwrite });
  expect(removedIds(planned)).toEqual(["crd_bob"]);
  expect(planned.changes).toMatchObject([{ differences: [{ origin: overwrite ? "front" : "files" }] }]);
  expect(totalsOf(planned.changes).overwriting.map(({ id }) => id)).toEqual(overwrite ? ["crd_bob"] : []);
});

test.each([
  ["lists of the contact were exact at the base, and the members of the list are exact now", ["VIP"], exactEntry],
  ["members of the list were exact at the base, and the lists of the contact are exact now", EXACT.lists, desired(BOB)],
])("a plan with a base does not remove a contact that was added to the list in Front if the %s", (_, lists, before) => {
  const [ada, now] = [desired(ADA, onVip), before === exactEntry ? desired(BOB) : exactEntry];
  const { operations, base } = planSince([ada, before], lists, { now: [ada, now] });
  expect(operations).toEqual([]);
  expect(base?.drift).toContainEqual(
    expect.objectContaining({ differences: [expect.objectContaining({ attribute: "members", key: "crd_bob" })] }),
  );
});

test("a plan with a base reports a list that is no longer declared, and does not change the list", () => {
  const { lists } = desiredState([], EXACT);
  const baseState = { revision: "HEAD", tree: "", overwrite: false, contacts: [desired(ADA)], lists };
  const planned = planFor(
    { ...desiredState([desired(ADA)]), base: baseState },
    withMembers(remoteState(contacts, { lists: [VIP] })),
  );
  expect(planned.operations).toEqual([]);
  expect(planned.base?.removedEntries).toMatchObject([
    { address: 'front_contact_list.this["VIP"]', location: { line: 40 } },
  ]);
});
