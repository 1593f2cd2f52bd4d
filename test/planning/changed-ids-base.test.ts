import { expect, test } from "@jest/globals";
import type { DesiredContact } from "../../src/model/contact.ts";
import {
  codesOf,
  desiredContact,
  desiredState,
  idsOf,
  planFor,
  remoteContact,
  remoteState,
} from "../support/builders.ts";
import { operationsOf } from "../support/scenarios.ts";

const [ADA, NEW, OLD] = ["ada@x.example", "new@x.example", "old@x.example"];
const LINK = "https://ada.example";

type EntryAttributes = Parameters<typeof desiredContact>[1];

const entry = (handles: readonly string[], id: string, attributes: EntryAttributes = {}) =>
  desiredContact([...handles], { key: "ada", id, ...attributes });

const VALUES = { name: "Ada", links: [LINK], lists: ["A"], customFields: { Place: "Spokane" } };
function planSince(base: DesiredContact, now: DesiredContact | readonly DesiredContact[], overwrite = false) {
  const baseState = {
    revision: "HEAD",
    tree: `${"0".repeat(40)}:contacts`,
    overwrite,
    contacts: [base],
    lists: [],
  };
  const contacts = [
    remoteContact([ADA, OLD], { id: "crd_old", ...VALUES }),
    remoteContact(NEW, { id: "crd_new", ...VALUES, name: "New" }),
  ];
  const state = remoteState(contacts, { lists: ["A"], fields: { Place: "string" } });
  return planFor({ ...desiredState([now].flat()), base: baseState }, state, { allowHandleMoves: true });
}

const move = [
  `remove-handle front_contact.undeclared["crd_old"] email:${ADA}`,
  `add-handle front_contact.ada email:${ADA}`,
];

test.each<[string, readonly string[], readonly string[]]>([
  ["has none of the entry's handles", [NEW], []],
  ["has one of the entry's handles", [NEW, ADA], move],
])(
  "an entry with a new ID removes no values from the contact with this ID if the old contact %s",
  (_, handles, moves) => {
    for (const overwrite of [false, true]) {
      const plan = planSince(entry([ADA, OLD, NEW], "crd_old", VALUES), entry(handles, "crd_new"), overwrite);
      expect([idsOf(plan), plan.base?.drift, codesOf(plan)]).toEqual([moves, [], ["base-id-changed"]]);
    }
  },
);

test("an entry with a new ID is planned in full, although its values did not change", () => {
  const plan = planSince(entry([NEW], "crd_old", VALUES), entry([NEW], "crd_new", VALUES));
  expect([idsOf(plan), plan.base?.drift]).toEqual([["update-contact front_contact.ada"], []]);
});

test("a tombstone with a new ID does not delete a contact that differs from the base", () => {
  const tombstone = entry([NEW], "crd_new", { ensure: "absent" });
  expect(operationsOf(planSince(entry([NEW], "crd_old", VALUES), tombstone))).toEqual([]);
});

test("an entry whose ID was removed is compared with its version at the base", () => {
  const { id: _, ...unpinned } = entry([ADA], "crd_old");
  expect(idsOf(planSince(entry([ADA, OLD], "crd_old"), unpinned))).toEqual([
    `remove-handle front_contact.ada email:${OLD}`,
  ]);
});

test("an entry with an added ID removes no values if another contact has its handles", () => {
  const { id: _, ...unpinned } = entry([ADA], "crd_old", VALUES);
  const plan = planSince(unpinned, entry([ADA], "crd_new"));
  expect([idsOf(plan), plan.base?.drift, codesOf(plan)]).toEqual([move, [], ["base-id-changed"]]);
});

test("an entry to which the ID of its own contact was added removes values that it no longer declares", () => {
  const { id: _, ...unpinned } = entry([ADA, OLD], "crd_old", { lists: ["A"] });
  const plan = planSince(unpinned, entry([ADA, OLD], "crd_old"));
  expect([idsOf(plan), codesOf(plan)]).toEqual([['remove-from-list front_contact_list.this["A"] (grp_a) 1'], []]);
});

test("an entry whose added ID does not exist in Front has only the error about the ID", () => {
  const { id: _, ...unpinned } = entry([ADA], "crd_old", VALUES);
  expect(codesOf(planSince(unpinned, entry([ADA], "crd_gone")))).toEqual(["id-unknown"]);
});

test("the rest of a split entry is compared with the base if the ID of another contact was added to the part with the old key", () => {
  const { id: _, ...unpinned } = entry([ADA, OLD], "crd_old", VALUES);
  const parts = [entry([ADA], "crd_new"), desiredContact(OLD, { key: "rest" })];
  const plan = planSince(unpinned, parts);
  expect([idsOf(plan), codesOf(plan)]).toEqual([
    [
      `remove-handle front_contact.rest email:${ADA}`,
      "update-contact front_contact.rest",
      `add-handle front_contact.ada email:${ADA}`,
      'remove-from-list front_contact_list.this["A"] (grp_a) 1',
    ],
    ["base-id-changed"],
  ]);
});

test("values that were removed from an entry are removed from the merged contact if an ID and merge: true were added", () => {
  const { id: _, ...unpinned } = entry([ADA, OLD], "crd_old", VALUES);
  const plan = planSince(unpinned, entry([ADA, NEW], "crd_new", { merge: true }));
  expect([idsOf(plan), codesOf(plan)]).toEqual([
    [
      "merge-contacts front_contact.ada",
      `remove-handle front_contact.ada email:${OLD}`,
      "update-contact front_contact.ada",
      'remove-from-list front_contact_list.this["A"] (grp_a) 1',
    ],
    [],
  ]);
  const origins = plan.changes[0]?.differences.map(({ origin }) => origin);
  expect(new Set(origins)).toEqual(new Set(["files"]));
});

test.each([
  ["added", undefined],
  ["changed", "crd_old"],
])("a warning states that removed values stay in Front if the ID of an entry that merges contacts was %s", (_, id) => {
  const { id: _id, ...unpinned } = entry([ADA, OLD], "crd_old", { ...VALUES, merge: true });
  const { diagnostics } = planSince({ ...unpinned, ...(id && { id }) }, entry([ADA, NEW], "crd_new", { merge: true }));
  const staysInFront =
    id === undefined
      ? /; the plan does not remove them\.$/
      : /^Values that were removed from the entry stay in Front\./;
  expect(diagnostics.map(({ advice }) => advice)).toEqual([expect.stringMatching(staysInFront)]);
});
