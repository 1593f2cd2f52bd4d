import { expect, test } from "@jest/globals";
import { compareWithConfiguration } from "../../src/history/compare-with-configuration.ts";
import { revalidatePlan } from "../../src/history/revalidate.ts";
import { decodePlan, encodePlan } from "../../src/history/saved-plan-file.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { omitUndefined } from "../../src/model/omit-undefined.ts";
import {
  declaredAccount,
  desiredContact,
  desiredState,
  idsOf,
  planFor,
  remoteAccount,
  remoteContact,
  remoteState,
} from "../support/builders.ts";

/**
 * The base, at which the entry `old` was not yet split into `kept` and `new`. In `STATE`, Front already has a contact and
 * an account for each.
 */
const BASE = {
  revision: "HEAD",
  tree: `${"0".repeat(40)}:contacts`,
  overwrite: false,
  contacts: [desiredContact(["ada@x.example", "eve@x.example"], { key: "old", name: "Ada" })],
  lists: [],
  accounts: [declaredAccount("old", { name: "Acme", domains: ["a.example", "b.example"] })],
};
const STATE = remoteState(
  [remoteContact("ada@x.example", { name: "Ada" }), remoteContact("eve@x.example", { name: "E" })],
  {
    accounts: [
      remoteAccount("acc_1", { name: "Acme", domains: ["a.example"] }),
      remoteAccount("acc_2", { name: "B", domains: ["b.example"] }),
    ],
  },
);

function splitInto(kept: { readonly name: string }): DesiredState {
  const contacts = [
    desiredContact("ada@x.example", { key: "kept", ...kept }),
    desiredContact("eve@x.example", { key: "new", name: "Eve" }),
  ];
  const accounts = [
    declaredAccount("kept", { domains: ["a.example"], ...kept, name: kept.name.replace("Ada", "Acme") }),
    declaredAccount("new", { domains: ["b.example"], name: "Beta" }),
  ];
  return { ...desiredState(contacts, { accounts }), base: BASE };
}

const UPDATES = ["update-account front_account.new", "update-contact front_contact.new"];

test.each([
  ["does not change", "Ada", UPDATES],
  [
    "differs from the configuration at the time of the apply",
    "Ann",
    ["update-account front_account.kept", "update-contact front_contact.kept", ...UPDATES],
  ],
])("if an entry in a saved plan %s, its earlier version is not used for a new entry", (_, name, planned) => {
  const desired = splitInto({ name });
  const plan = planFor(desired, STATE);
  expect(idsOf(plan).toSorted()).toEqual(planned.toSorted());
  const { saved } = decodePlan(encodePlan(plan, desired, { version: "1.2.3", now: 0 }), "plan.json");
  if (saved === undefined) throw new Error("the plan cannot be read");
  // The command line reads the whole base from git again.
  for (const base of [saved.desired.base, BASE]) {
    const savedDesired = omitUndefined({ ...saved.desired, base });
    const confirmed = compareWithConfiguration(savedDesired, splitInto({ name: "Ada" }));
    const revalidated = revalidatePlan({ ...saved, desired: confirmed.desired }, STATE);
    expect(idsOf(revalidated.plan)).toEqual(UPDATES);
    expect(revalidated.refusals.map(({ address }) => address)).not.toContain("front_contact.new");
  }
});

test.each([
  [
    "although the entry of the contact no longer declares the handle",
    desiredContact("ada@x.example", { key: "p", name: "Ada" }),
  ],
  [
    "although the handles of the contact are exact",
    desiredContact("ada@x.example", { key: "p", name: "Ada", exact: ["handles"] }),
  ],
])(
  "a saved plan leaves a handle on its contact %s, if the contact of the entry that declares it was deleted",
  (_, p) => {
    const base = {
      ...BASE,
      contacts: [
        desiredContact(["ada@x.example", "eve@x.example"], { key: "p" }),
        desiredContact("bob@x.example", { key: "q" }),
      ],
      accounts: [],
    };
    const desired = { ...desiredState([p, desiredContact(["bob@x.example", "eve@x.example"], { key: "q" })]), base };
    const state = remoteState([remoteContact(["ada@x.example", "eve@x.example"], { name: "A" })]);
    const plan = planFor(desired, state);
    expect(idsOf(plan)).toEqual(["update-contact front_contact.p"]);
    const { saved, diagnostics } = decodePlan(encodePlan(plan, desired, { version: "1.2.3", now: 0 }), "plan.json");
    expect(diagnostics).toEqual([]);
    if (saved === undefined) throw new Error("the plan cannot be read");
    const revalidated = revalidatePlan(saved, state);
    expect({ operations: idsOf(revalidated.plan), refusals: revalidated.refusals }).toEqual({
      operations: ["update-contact front_contact.p"],
      refusals: [],
    });
  },
);
