import { expect, test } from "@jest/globals";
import {
  codesOf,
  desiredContact,
  desiredState,
  idsOf,
  planFor,
  remoteContact,
  remoteState,
} from "../support/builders.ts";

const [ADA, EVE, NEW] = ["ada@x.example", "eve@x.example", "new@x.example"];
const VALUES = { links: ["https://ada.example"], lists: ["A"], customFields: { Place: "Spokane" } };

const ada = desiredContact(ADA, { key: "ada", ...VALUES });
const eve = desiredContact(EVE, { key: "eve" });

/** Plans the entry `ada` after its values were removed and NEW was added. The contact `crd_new` has these values. */
function planWith(adaHandlesInFront: readonly string[], eveHandlesInFront: readonly string[]) {
  const base = {
    revision: "HEAD",
    tree: `${"0".repeat(40)}:contacts`,
    overwrite: false,
    contacts: [ada, eve],
    lists: [],
  };
  const contacts = [
    remoteContact([...eveHandlesInFront], { id: "crd_eve" }),
    remoteContact([...adaHandlesInFront], { id: "crd_new", ...VALUES }),
  ];
  const now = desiredState([desiredContact([ADA, NEW], { key: "ada" }), eve]);
  return planFor({ ...now, base }, remoteState(contacts, { lists: ["A"], fields: { Place: "string" } }));
}

test("an entry removes no values from a contact without its earlier handles, if a handle moved to another contact in Front", () => {
  const { operations, base } = planWith([NEW], [EVE, ADA]);
  expect(operations).toEqual([]);
  expect(base?.drift.map(({ address, id }) => [address, id])).toEqual([["front_contact.ada", "crd_new"]]);
});

test("an entry removes no values from a contact without its earlier handles, if its former contact no longer exists", () => {
  expect(planWith([NEW], [EVE]).operations).toEqual([]);
});

test("an entry removes values from a contact that has one of its earlier handles", () => {
  expect(idsOf(planWith([NEW, ADA], [EVE]))).toEqual([
    "update-contact front_contact.ada",
    'remove-from-list front_contact_list.this["A"] (grp_a) 1',
  ]);
});

test.each([
  { adaHandles: [ADA], codes: ["match-ambiguous"], operations: [] },
  { adaHandles: [ADA, NEW], codes: [], operations: ["update-contact front_contact.ada"] },
])(
  "--allow-handle-moves does not affect which contact an entry matches if a handle moved in Front and $adaHandles did not",
  ({ adaHandles, codes, operations }) => {
    const atBase = desiredContact([ADA, EVE, NEW], { key: "ada" });
    const base = {
      revision: "HEAD",
      tree: `${"0".repeat(40)}:contacts`,
      overwrite: false,
      contacts: [atBase],
      lists: [],
    };
    const contacts = [
      remoteContact([EVE, "eve@home.example"], { id: "crd_1" }),
      remoteContact(adaHandles, { id: "crd_2" }),
    ];
    const now = desiredState([{ ...atBase, name: "Ada" }]);
    const plan = planFor({ ...now, base }, remoteState(contacts), { allowHandleMoves: true });
    expect([codesOf(plan), idsOf(plan)]).toEqual([codes, operations]);
  },
);
