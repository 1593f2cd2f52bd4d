import { describe, expect, test } from "@jest/globals";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import { skippedEntry } from "../../src/model/diagnostic.ts";
import type { Plan } from "../../src/model/plan.ts";
import {
  codesOf,
  desiredContact as desired,
  desiredState,
  idsOf,
  list,
  planFor,
  remoteContact as remote,
  remoteState,
  UNGUARDED,
  withMembers,
} from "../support/builders.ts";
import { ADA, BOB, EXACT, onVip, removedIds, VIP } from "../support/vip-list.ts";

const REMOVAL = 'remove-from-list front_contact_list.this["VIP"] members 1';

const UNDECODABLE_CONTACT = {
  id: "crd_x",
  property: "handles",
  problem: "handles is not an array",
  handles: undefined,
};

const planWithMembers: typeof planFor = (entries, state, policy) => planFor(entries, withMembers(state), policy);

function plan(entries: readonly DesiredContact[], contacts: readonly RemoteContact[], policy = UNGUARDED): Plan {
  return planWithMembers(desiredState(entries, EXACT), remoteState(contacts, { lists: [VIP] }), policy);
}

type Case = [string, readonly DesiredContact[], readonly RemoteContact[], readonly string[]];

const cases: Case[] = [
  ["keeps a contact that an entry adds to the list", [desired(ADA, onVip)], [remote(ADA, onVip)], []],
  ["removes an undeclared contact", [], [remote(ADA, onVip)], ["crd_ada"]],
  ["removes a contact whose entry omits lists", [desired(ADA)], [remote(ADA, onVip)], ["crd_ada"]],
  [
    "removes a contact whose entry declares only other lists",
    [desired(ADA, { lists: ["Other"] })],
    [remote(ADA, { lists: ["VIP", "Other"] })],
    ["crd_ada"],
  ],
  [
    "keeps a contact whose entry refers to the list by ID",
    [desired(ADA, { lists: [{ id: VIP.id }] })],
    [remote(ADA, onVip)],
    [],
  ],
  ["keeps a pinned contact", [desired(BOB, { ...onVip, id: "crd_ada" })], [remote([ADA, BOB], onVip)], []],
  ["keeps a contact whose email is spelled differently", [desired("ADA@X.example", onVip)], [remote(ADA, onVip)], []],
  [
    "keeps a contact whose number is spelled differently",
    [desired("+13605550123", onVip)],
    [remote("13605550123", onVip)],
    [],
  ],
  ["keeps private contacts", [], [remote(ADA, { ...onVip, isPrivate: true })], []],
  [
    "keeps a shared contact whose handle is also on a private contact",
    [desired(ADA, onVip)],
    [remote(ADA, { ...onVip, isPrivate: true }), remote(ADA, { ...onVip, id: "crd_shared" })],
    [],
  ],
  [
    "removes a contact once if the exact lists of its entry also remove it",
    [desired(ADA, { lists: [], exact: ["lists"] })],
    [remote(ADA, onVip)],
    ["crd_ada"],
  ],
  ["does not remove a contact that the plan deletes", [desired(ADA, { ensure: "absent" })], [remote(ADA, onVip)], []],
  [
    "keeps contacts that are merged by an entry that names the list",
    [desired([ADA, BOB], { ...onVip, merge: true })],
    [remote(ADA, onVip), remote(BOB, onVip)],
    [],
  ],
];

describe("a list with exact members", () => {
  test.each(cases)("%s", (_, entries, contacts, expected) => {
    const planned = planWithMembers(
      desiredState(entries, { lists: [...EXACT.lists, "Other"] }),
      remoteState(contacts, { lists: [VIP, "Other"] }),
    );
    expect(codesOf(planned).filter((code) => code !== "private-contact")).toEqual([]);
    expect(removedIds(planned)).toEqual(expected);
  });

  test("shows the name and a handle of every contact that is removed", () => {
    const { changes, operations } = plan(
      [desired(ADA, onVip)],
      [remote(ADA, onVip), remote(BOB, { ...onVip, name: "Bob" })],
    );
    expect(changes).toMatchObject([
      {
        address: 'front_contact_list.this["VIP"]',
        action: "update",
        id: VIP.id,
        location: { line: 40 },
        before: { members: [{ id: "crd_bob", name: "Bob", handles: [{ source: "email", handle: BOB }] }] },
        after: { members: [] },
        differences: [{ attribute: "members", key: "crd_bob" }],
      },
    ]);
    expect(idsOf({ operations })).toEqual([REMOVAL]);
  });

  test("adds a note about contacts that their own entries remove from the list", () => {
    const bob = remote(BOB, onVip);
    const { changes, operations } = plan([desired(ADA, { lists: [], exact: ["lists"] })], [remote(ADA, onVip), bob]);
    expect(removedIds({ operations })).toEqual(["crd_bob", "crd_ada"]);
    expect(changes[0]?.notes).toEqual(["removed by their own entry: front_contact.ada"]);
  });

  test("adds a note about private contacts, and about contacts that cannot be decoded", () => {
    const state = remoteState([], { lists: [VIP] });
    const contacts = [remote(ADA, { ...onVip, isPrivate: true }), remote(BOB, onVip)];
    const listMembers = new Map([[VIP.id, { contacts, undecodable: [UNDECODABLE_CONTACT, UNDECODABLE_CONTACT] }]]);
    const { changes } = planFor(desiredState([], EXACT), { ...state, listMembers }, UNGUARDED);
    expect(changes[0]?.notes).toEqual([
      "2 contacts that cannot be decoded are not removed",
      "1 private contact is not removed",
    ]);
  });

  test("removes at most 50 contacts in one request", () => {
    const contacts = Array.from({ length: 120 }, (_, index) => remote(`p${index}@x.example`, onVip));
    expect(idsOf(plan([], contacts))).toEqual(
      [1, 2, 3].map((number) => `remove-from-list front_contact_list.this["VIP"] members ${number}`),
    );
  });

  test("removes the result of a merge, after the merge, if its entry does not contain the list", () => {
    const { operations } = plan([desired([ADA, BOB], { merge: true })], [remote(ADA), remote(BOB, onVip)]);
    expect(operations).toMatchObject([
      { kind: "merge-contacts" },
      { kind: "remove-from-list", dependsOn: ["merge-contacts front_contact.ada"], contacts: [{ id: "crd_ada" }] },
    ]);
  });
});

test("contacts stay on a list whose members are not declared as exact", () => {
  const planned = planWithMembers(
    desiredState([], { lists: ["VIP"] }),
    remoteState([remote(ADA, onVip)], { lists: [VIP] }),
  );
  expect([planned.diagnostics, planned.changes]).toEqual([[], []]);
});

describe("on a list with exact members, a contact that may belong to an entry", () => {
  const ambiguous = [remote(ADA, onVip), remote(BOB, onVip)];

  test("stays on the list if the match is ambiguous", () => {
    const planned = plan([desired([ADA, BOB], onVip)], ambiguous);
    expect(codesOf(planned)).toEqual(["match-ambiguous"]);
    expect(planned.operations).toEqual([]);
  });

  test("is removed after the handle of the entry moves to another contact", () => {
    const policy = { ...UNGUARDED, allowHandleMoves: true };
    const contacts = [remote(ADA, onVip), remote([BOB, "rob@x.example"], onVip)];
    const { operations } = plan([desired([ADA, BOB], onVip)], contacts, policy);
    expect(operations.find(({ kind }) => kind === "remove-from-list")).toMatchObject({
      contacts: [{ id: "crd_bob" }],
      dependsOn: [`remove-handle front_contact.undeclared["crd_bob"] email:${BOB}`],
    });
  });

  test.each([
    ["is unclear", "contact-unclear"],
    ["cannot be decoded", "contact-undecodable"],
  ] as const)("stays on the list if the contact of an entry that names the list %s", (_, code) => {
    const state = remoteState([remote(ADA, onVip), remote(BOB, onVip)], { lists: [VIP] });
    const carl = desired("carl@x.example", onVip);
    const searchDiagnostics = [skippedEntry("front_contact.carl", carl.location, code, "…", "…")];
    const planned = planWithMembers(desiredState([carl], EXACT), { ...state, searchDiagnostics });
    expect(codesOf(planned)).toEqual([code, "list-members-kept"]);
    expect(planned.changes).toEqual([]);
  });

  test("stays on the list if the entry is not targeted", () => {
    const policy = { ...UNGUARDED, targets: { only: ['front_contact_list.this["VIP"]'] } };
    const planned = plan([desired(ADA, { ...onVip, name: "Ada" })], [remote(ADA, onVip), remote(BOB, onVip)], policy);
    expect(idsOf(planned)).toEqual([REMOVAL]);
    expect(removedIds(planned)).toEqual(["crd_bob"]);
  });

  test("stays on the list if an entry whose contact is unclear is not targeted", () => {
    const state = remoteState([remote(ADA, onVip)], { lists: [VIP] });
    const policy = { ...UNGUARDED, targets: { only: ['front_contact_list.this["VIP"]'] } };
    const carl = desired("carl@x.example", onVip);
    const searchDiagnostics = [skippedEntry("front_contact.carl", carl.location, "contact-unclear", "…", "…")];
    const planned = planWithMembers(desiredState([carl], EXACT), { ...state, searchDiagnostics }, policy);
    expect(planned.operations).toEqual([]);
    expect(codesOf(planned)).toContain("list-members-kept");
  });
});

describe("a plan with targets", () => {
  const entries = [desired(ADA, { ...onVip, name: "Ada" })];
  const contacts = [remote(ADA, onVip), remote(BOB, onVip)];

  test.each([
    ["changes only a targeted contact", { only: ["front_contact.ada"] }, ["update-contact front_contact.ada"]],
    ["changes only the members of a targeted list", { only: ['front_contact_list.this["VIP"]'] }, [REMOVAL]],
    [
      "does not change the members of an excluded list",
      { except: ["front_contact_list.*"] },
      ["update-contact front_contact.ada"],
    ],
    ["changes the members of a list if another contact is excluded", { except: ["front_contact.ada"] }, [REMOVAL]],
  ])("%s", (_, targets, expected) => {
    expect(idsOf(plan(entries, contacts, { ...UNGUARDED, targets }))).toEqual(expected);
  });
});

describe("the removal guard", () => {
  const members = (count: number) => Array.from({ length: count }, (_, index) => remote(`p${index}@x.example`, onVip));

  test.each([
    [3, {}, []],
    [4, {}, ["too-many-removals"]],
    [4, { allowed: { removals: 4 } }, []],
  ])("counts %d contacts that leave a list, with the policy %j: the errors are %j", (count, policy, codes) => {
    expect(codesOf(plan([], members(count), policy))).toEqual(codes);
  });

  test("counts a contact only once if it also loses a handle", () => {
    const entries = members(4).map(({ handles: [first] }) => desired(first?.handle ?? "", { exact: ["handles"] }));
    const contacts = members(4).map((contact) => ({
      ...contact,
      handles: [...contact.handles, { source: "custom", handle: contact.id }],
    }));
    expect(codesOf(plan(entries, contacts, { allowed: { removals: 3 } }))).toEqual(["too-many-removals"]);
    expect(codesOf(plan(entries, contacts, { allowed: { removals: 4 } }))).toEqual([]);
  });
});

describe("a list with ensure: absent", () => {
  const ABSENT = { lists: [{ name: "VIP", ensure: "absent" as const }] };
  const deletion = (contacts: readonly RemoteContact[], policy = {}) =>
    planWithMembers(desiredState([], ABSENT), remoteState(contacts, { lists: [VIP] }), policy);

  test("is deleted if it is empty", () => {
    expect(idsOf(deletion([]))).toEqual(['delete-list front_contact_list.this["VIP"]']);
  });

  test("is not deleted, with a warning, if a contact on the list cannot be decoded", () => {
    const state = remoteState([], { lists: [VIP] });
    const listMembers = new Map([[VIP.id, { contacts: [], undecodable: [UNDECODABLE_CONTACT] }]]);
    const planned = planFor(desiredState([], ABSENT), { ...state, listMembers });
    expect(codesOf(planned)).toEqual(["list-members-kept"]);
    expect(planned.changes).toEqual([]);
  });

  test("causes no operation if it does not exist in Front", () => {
    const { diagnostics, changes } = planWithMembers(desiredState([], ABSENT), remoteState([], {}));
    expect([diagnostics, changes]).toEqual([[], []]);
  });

  test.each([
    [{}, ["list-not-empty"]],
    [{ allowed: { removals: 1 } }, ["list-not-empty"]],
    [{ allowed: { removals: 2 } }, []],
  ])("with two contacts on it, planned with %j, results in the errors %j", (policy, codes) => {
    const planned = deletion([remote(ADA, onVip), remote(BOB, onVip)], policy);
    expect(codesOf(planned)).toEqual(codes);
    expect(planned.changes).toMatchObject([
      { action: "delete", before: { members: [{ id: "crd_ada" }, { id: "crd_bob" }] } },
    ]);
    expect(planned.operations).toMatchObject(
      codes.length > 0 ? [] : [{ kind: "delete-list", members: ["crd_ada", "crd_bob"] }],
    );
  });

  test("is an error at both locations if an entry refers to the list by ID", () => {
    const planned = planWithMembers(
      desiredState([desired(ADA, { lists: [{ id: VIP.id }] })], ABSENT),
      remoteState([remote(ADA)], { lists: [VIP] }),
    );
    expect(planned.diagnostics).toMatchObject([
      { code: "list-absent", location: { line: 20 }, related: [{ location: { line: 40 } }] },
    ]);
  });
});

describe("a list in a workspace", () => {
  const inTeam = (properties = {}) =>
    desiredState([desired(ADA, onVip)], { lists: [{ name: "VIP", team: "tim_1", ...properties }] });
  const state = (lists: readonly (typeof VIP)[], ids: readonly string[]) => ({
    ...remoteState([remote(ADA)], { lists }),
    teamLists: new Map([["tim_1", new Set(ids)]]),
  });

  test("is created in the workspace", () => {
    expect(planWithMembers(inTeam(), state([], [])).operations).toMatchObject([
      { kind: "create-list", name: "VIP", team: "tim_1" },
      { kind: "add-to-list" },
    ]);
  });

  test("is used if it exists, even if another list has the same name", () => {
    const planned = planWithMembers(inTeam(), state([list("VIP", "grp_1"), list("VIP", "grp_2")], ["grp_2"]));
    expect(planned.operations).toMatchObject([{ kind: "add-to-list", list: { id: "grp_2" } }]);
  });

  test("is an error if another workspace has a list with that name", () => {
    const planned = planWithMembers(inTeam(), state([VIP], []));
    expect(planned.diagnostics).toMatchObject([{ code: "list-elsewhere", location: { line: 40 } }]);
    expect(planned.operations).toEqual([]);
  });
});

test("an ambiguous name of a list to manage is an error at its declaration", () => {
  const planned = planWithMembers(
    desiredState([], EXACT),
    remoteState([], { lists: [list("VIP", "grp_1"), list("VIP", "grp_2")] }),
  );
  expect(planned.diagnostics).toMatchObject([{ code: "list-ambiguous", location: { line: 40 } }]);
});

test("a teammate's private list is not managed, which is reported at its declaration", () => {
  const planned = planWithMembers(desiredState([], EXACT), remoteState([], { lists: [{ ...VIP, isPrivate: true }] }));
  expect(planned.diagnostics).toMatchObject([{ code: "list-private", location: { line: 40 } }]);
});
