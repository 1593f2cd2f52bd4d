import { expect, test } from "@jest/globals";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import type { Plan } from "../../src/model/plan.ts";
import {
  codesOf,
  desiredContact as desired,
  idsOf,
  locationAt,
  planFor,
  remoteContact as remote,
  remoteState,
  UNGUARDED,
} from "../support/builders.ts";
import { replayOperations } from "../support/replay-operations.ts";

const MOVES_ALLOWED = { ...UNGUARDED, allowHandleMoves: true };

const ADA = remote(["ada@x.example", "+441"]);
const BOB = remote(["bob@x.example", "+442"]);
const EVE = remote(["eve@x.example", "+443"]);

type Case = [string, DesiredContact[], RemoteContact[], string[]];

const ONLY_HANDLE: Case = [
  "that is the only handle of its source contact is removed after another handle is added",
  [desired("new@x.example", { key: "ada", id: "crd_ada" }), desired(["bob@x.example", "ada@x.example"])],
  [remote("ada@x.example"), BOB],
  [
    "add-handle front_contact.ada email:new@x.example",
    "remove-handle front_contact.ada email:ada@x.example",
    "add-handle front_contact.bob email:ada@x.example",
  ],
];

const moves: Case[] = [
  [
    "is removed before it is added to another contact",
    [desired(["bob@x.example", "+441"]), desired("ada@x.example")],
    [ADA, BOB],
    ["remove-handle front_contact.ada phone:+441", "add-handle front_contact.bob phone:+441"],
  ],
  [
    "is removed before a contact is created with it",
    [desired(["new@x.example", "+441"]), desired(["ada@x.example", "twitter:a"])],
    [remote(["ada@x.example", "twitter:a", "+441"])],
    ["remove-handle front_contact.ada phone:+441", "create-contact front_contact.new"],
  ],
  [
    "is swapped for another: both are removed, then both are added",
    [desired(["ada@x.example", "+442"]), desired(["bob@x.example", "+441"])],
    [ADA, BOB],
    [
      "remove-handle front_contact.bob phone:+442",
      "remove-handle front_contact.ada phone:+441",
      "add-handle front_contact.ada phone:+442",
      "add-handle front_contact.bob phone:+441",
    ],
  ],
  [
    "moves in a cycle of three contacts that each have another handle",
    [desired(["ada@x.example", "+443"]), desired(["bob@x.example", "+441"]), desired(["eve@x.example", "+442"])],
    [ADA, BOB, EVE],
    [
      "remove-handle front_contact.eve phone:+443",
      "remove-handle front_contact.ada phone:+441",
      "remove-handle front_contact.bob phone:+442",
      "add-handle front_contact.ada phone:+443",
      "add-handle front_contact.bob phone:+441",
      "add-handle front_contact.eve phone:+442",
    ],
  ],
  ONLY_HANDLE,
  [
    "that is the only handle of its contact moves along a chain, starting at the end",
    [
      desired("c@x.example", { key: "b", id: "crd_b" }),
      desired("b@x.example", { key: "a", id: "crd_a" }),
      desired("free@x.example", { key: "c", id: "crd_c" }),
    ],
    [remote("a@x.example"), remote("b@x.example"), remote("c@x.example")],
    [
      "add-handle front_contact.c email:free@x.example",
      "remove-handle front_contact.c email:c@x.example",
      "add-handle front_contact.b email:c@x.example",
      "remove-handle front_contact.b email:b@x.example",
      "add-handle front_contact.a email:b@x.example",
    ],
  ],
  [
    "moves from a contact with exact handles, whose other handles are then removed",
    [desired("new@x.example", { key: "ada", id: "crd_ada", exact: ["handles"] }), desired(["bob@x.example", "+441"])],
    [remote(["ada@x.example", "+441"]), BOB],
    [
      "remove-handle front_contact.ada phone:+441",
      "add-handle front_contact.ada email:new@x.example",
      "remove-handle front_contact.ada email:ada@x.example",
      "add-handle front_contact.bob phone:+441",
    ],
  ],
];

function planWithoutErrors(entries: readonly DesiredContact[], contacts: readonly RemoteContact[], policy = UNGUARDED) {
  const plan = planFor(entries, remoteState(contacts), policy);
  expect(plan.diagnostics).toEqual([]);
  return plan;
}

test.each(moves)("a handle %s", (_, entries, contacts, operations) => {
  const plan = planWithoutErrors(entries, contacts);
  expect(new Set(idsOf(plan))).toEqual(new Set(operations));
  expect(() => replayOperations(contacts, plan.operations)).not.toThrow();
  expect(() => replayOperations(contacts, plan.operations, (count) => count - 1)).not.toThrow();
});

test.each(moves)("the order of entries does not affect the plan: a handle %s", (_, entries, contacts) => {
  const backwards = entries.map((entry) => ({ ...entry, handles: entry.handles.toReversed() })).toReversed();
  const order = ({ operations }: Plan) => operations.map(({ id, dependsOn }) => `${id} after ${dependsOn}`).sort();
  expect(order(planWithoutErrors(backwards, contacts.toReversed()))).toEqual(
    order(planWithoutErrors(entries, contacts)),
  );
});

test("an addition depends on the removal, and a removal depends on the handles that the source contact gains", () => {
  const [, entries, contacts] = ONLY_HANDLE;
  const { operations } = planWithoutErrors(entries, contacts);
  expect(operations.map(({ kind, dependsOn }) => [kind, dependsOn])).toEqual([
    ["add-handle", []],
    ["remove-handle", ["add-handle front_contact.ada email:new@x.example"]],
    ["add-handle", ["remove-handle front_contact.ada email:ada@x.example"]],
  ]);
});

test("a handle is removed in Front's spelling and added in the entry's spelling", () => {
  const entries = [desired("ada@x.example"), desired(["bob@x.example", "+44 1"])];
  const { operations } = planWithoutErrors(entries, [remote(["ada@x.example", "+44-1"]), BOB]);
  expect(operations).toMatchObject([
    { kind: "remove-handle", contact: { id: "crd_ada" }, handle: { source: "phone", handle: "+44-1" } },
    { kind: "add-handle", contact: { id: "crd_bob" }, handle: { source: "phone", handle: "+44 1" } },
  ]);
});

test("the change of the source contact shows the removal, and the change of the target contact shows the addition", () => {
  const { changes } = planWithoutErrors([desired("ada@x.example"), desired(["bob@x.example", "+441"])], [ADA, BOB]);
  const phone = { source: "phone", handle: "+441" };
  expect(changes.map(({ address, differences }) => [address, differences])).toEqual([
    ["front_contact.ada", [{ attribute: "handles", key: "phone:+441", before: phone }]],
    ["front_contact.bob", [{ attribute: "handles", key: "phone:+441", after: phone }]],
  ]);
});

const pinned = (key: string, handle: string) => desired(handle, { key, id: `crd_${key}` });

test.each<[string, DesiredContact[], RemoteContact[], number]>([
  [
    "two contacts that swap their only handles",
    [pinned("a", "b@x.example"), pinned("b", "a@x.example")],
    [remote("a@x.example"), remote("b@x.example")],
    2,
  ],
  [
    "three contacts that move their only handles in a cycle",
    [pinned("a", "b@x.example"), pinned("b", "c@x.example"), pinned("c", "a@x.example")],
    [remote("a@x.example"), remote("b@x.example"), remote("c@x.example")],
    3,
  ],
  [
    "two contacts in a cycle, while a handle could move between two other contacts",
    [
      pinned("a", "b@x.example"),
      pinned("b", "a@x.example"),
      desired(["bob@x.example", "+441"]),
      desired("ada@x.example"),
    ],
    [remote("a@x.example"), remote("b@x.example"), ADA, BOB],
    2,
  ],
])("a cycle of handle moves is an error at each handle, and nothing is planned: %s", (_, entries, contacts, count) => {
  const plan = planFor(entries, remoteState(contacts));
  expect(codesOf(plan)).toEqual(Array(count).fill("handle-move-stuck"));
  expect(plan).toMatchObject({ changes: [], operations: [] });
  expect(plan.diagnostics[0]).toMatchObject({
    summary: "email b@x.example cannot be moved to a: a contact without a name (crd_b) would have no handle left",
    advice: expect.stringMatching(/^Declare a temporary handle for b, .*\.$/),
    location: locationAt(11),
    related: [{ note: "b is declared here" }],
  });
});

const ENTRY = desired(["ada@x.example", "+443"]);

test("the handle of an undeclared contact does not move without --allow-handle-moves", () => {
  const plan = planFor([ENTRY], remoteState([ADA, EVE]));
  expect(codesOf(plan)).toEqual(["match-ambiguous"]);
  expect(plan.operations).toEqual([]);
});

test("--allow-handle-moves moves a handle of an undeclared contact and shows that contact as a change", () => {
  const plan = planWithoutErrors([ENTRY], [ADA, { ...EVE, name: "Eve" }], MOVES_ALLOWED);
  expect(idsOf(plan)).toEqual([
    'remove-handle front_contact.undeclared["crd_eve"] phone:+443',
    "add-handle front_contact.ada phone:+443",
  ]);
  expect(plan.changes.at(-1)).toMatchObject({
    address: 'front_contact.undeclared["crd_eve"]',
    action: "update",
    id: "crd_eve",
    notes: ["this contact is not in the configuration; the removed handles move to ada"],
    differences: [{ attribute: "handles", before: { handle: "+443" } }],
  });
});

test("an undeclared contact keeps its last handle even with --allow-handle-moves", () => {
  const plan = planFor([desired(["eve@x.example", "+443"], { id: "crd_ada" })], remoteState([ADA, EVE]), MOVES_ALLOWED);
  expect(codesOf(plan)).toEqual(["handle-move-stuck", "handle-move-stuck"]);
  expect(plan.diagnostics[0]?.advice).toMatch(/^Set merge: true/);
  expect(plan.operations).toEqual([]);
});

test("the error for the last handle of an undeclared contact does not suggest merge: true for a row", () => {
  const row = desired(["ada@x.example", "eve@x.example"], { key: 'crm["A"]' });
  const plan = planFor([row], remoteState([ADA, remote("eve@x.example")]), MOVES_ALLOWED);
  expect(codesOf(plan)).toEqual(["handle-move-stuck"]);
  expect(plan.diagnostics[0]?.advice).toMatch(/^Merge the two contacts in Front, remove the handle/);
});

test("two entries cannot take all handles of an undeclared contact", () => {
  const entries = [desired(["ada@x.example", "eve@x.example"]), desired(["bob@x.example", "+443"])];
  expect(codesOf(planFor(entries, remoteState([ADA, BOB, EVE]), MOVES_ALLOWED))).toEqual([
    "handle-move-stuck",
    "handle-move-stuck",
  ]);
});

test("handles that other entries declare are moved before their contact is merged", () => {
  const entries = [
    desired(["ada@x.example", "eve@x.example"], { merge: true }),
    desired(["bob@x.example", "+442", "+443"]),
  ];
  const plan = planWithoutErrors(entries, [ADA, BOB, EVE]);
  expect(plan.operations).toMatchObject([
    { kind: "remove-handle", contact: { id: "crd_eve" }, handle: { handle: "+443" }, dependsOn: [] },
    {
      kind: "merge-contacts",
      dependsOn: ["remove-handle front_contact.ada phone:+443"],
      others: [{ id: "crd_eve", handles: [{ handle: "eve@x.example" }] }],
    },
    { kind: "add-handle", contact: { id: "crd_bob" }, handle: { handle: "+443" } },
  ]);
  expect(replayOperations([ADA, BOB, EVE], plan.operations)).toEqual({
    crd_ada: ["email:ada@x.example", "email:eve@x.example", "phone:+441"],
    crd_bob: ["email:bob@x.example", "phone:+442", "phone:+443"],
  });
});

test("handles that other entries declare are moved from the target of a merge after the merge", () => {
  const entries = [
    desired("eve@x.example", { key: "ada", merge: true, id: "crd_ada" }),
    desired(["bob@x.example", "ada@x.example", "+441"]),
  ];
  const plan = planWithoutErrors(entries, [ADA, BOB, EVE]);
  expect(idsOf(plan)).toEqual([
    "merge-contacts front_contact.ada",
    "remove-handle front_contact.ada email:ada@x.example",
    "remove-handle front_contact.ada phone:+441",
    "add-handle front_contact.bob email:ada@x.example",
    "add-handle front_contact.bob phone:+441",
  ]);
  expect(plan.operations[1]?.dependsOn).toEqual(["merge-contacts front_contact.ada"]);
  expect(() => replayOperations([ADA, BOB, EVE], plan.operations)).not.toThrow();
});

test("a chain of handle moves may include every entry", () => {
  const contacts = Array.from({ length: 800 }, (_, index) => remote(`h${index}@x.example`, { id: `crd_${index}` }));
  const entries = contacts.map(({ id }, index) => desired(`h${index + 1}@x.example`, { key: `k${index}`, id }));
  const plan = planWithoutErrors(entries, contacts);
  expect(plan.operations).toHaveLength(2 * 800 - 1);
});
