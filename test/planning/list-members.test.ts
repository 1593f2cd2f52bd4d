import { describe, expect, test } from "@jest/globals";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import type { Operation, Plan } from "../../src/model/plan.ts";
import {
  codesOf,
  desiredContact as desired,
  desiredState as files,
  remoteState as front,
  idsOf,
  list,
  planFor as planWith,
  remoteContact as remote,
  UNGUARDED,
  withMembers,
} from "../support/builders.ts";

const ADA = "ada@x.example";
const BOB = "bob@x.example";
const VIP = list("VIP");
const EXACT = { lists: [{ name: "VIP", members: "exact" as const }] };
const onVip = { lists: ["VIP"] };
const REMOVAL = 'remove-from-list front_contact_list.this["VIP"] members 1';

const planFor: typeof planWith = (entries, state, policy) => planWith(entries, withMembers(state), policy);

function plan(entries: readonly DesiredContact[], contacts: readonly RemoteContact[], policy = UNGUARDED): Plan {
  return planFor(files(entries, EXACT), front(contacts, { lists: [VIP] }), policy);
}

/** Returns the ids of the contacts that operations remove from the list. */
function leaving({ operations }: Pick<Plan, "operations">): string[] {
  return operations.flatMap((each) =>
    each.kind === "remove-from-list" ? each.contacts.flatMap((contact) => ("id" in contact ? [contact.id] : [])) : [],
  );
}

type Case = [string, readonly DesiredContact[], readonly RemoteContact[], readonly string[]];

const cases: Case[] = [
  ["keeps a contact that an entry puts on it", [desired(ADA, onVip)], [remote(ADA, onVip)], []],
  ["removes a contact that no file declares", [], [remote(ADA, onVip)], ["crd_ada"]],
  ["removes a contact whose entry omits lists", [desired(ADA)], [remote(ADA, onVip)], ["crd_ada"]],
  [
    "removes a contact whose entry puts it on other lists only",
    [desired(ADA, { lists: ["Other"] })],
    [remote(ADA, { lists: ["VIP", "Other"] })],
    ["crd_ada"],
  ],
  [
    "keeps a contact that is named by the list's id",
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
    "keeps the shared contact whose handle a private one has as well",
    [desired(ADA, onVip)],
    [remote(ADA, { ...onVip, isPrivate: true }), remote(ADA, { ...onVip, id: "crd_shared" })],
    [],
  ],
  [
    "removes no contact by the list if the contact's own exact lists remove it",
    [desired(ADA, { lists: [], exact: ["lists"] })],
    [remote(ADA, onVip)],
    ["crd_ada"],
  ],
  ["does not remove a contact that it deletes", [desired(ADA, { ensure: "absent" })], [remote(ADA, onVip)], []],
  [
    "keeps contacts that are merged by an entry that names the list",
    [desired([ADA, BOB], { ...onVip, merge: true })],
    [remote(ADA, onVip), remote(BOB, onVip)],
    [],
  ],
  [
    "removes the result of a merge by an entry that does not name the list",
    [desired([ADA, BOB], { merge: true })],
    [remote(ADA), remote(BOB, onVip)],
    ["crd_ada"],
  ],
];

describe("a list with exact members", () => {
  test.each(cases)("%s", (_, entries, contacts, expected) => {
    const made = planFor(
      files(entries, { lists: [...EXACT.lists, "Other"] }),
      front(contacts, { lists: [VIP, "Other"] }),
    );
    expect(codesOf(made).filter((code) => code !== "private-contact")).toEqual([]);
    expect(leaving(made)).toEqual(expected);
  });

  test("is shown with every contact that leaves it, by name and handle", () => {
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

  test("is not planned without declaring that its members are exact", () => {
    const made = planFor(files([], { lists: ["VIP"] }), front([remote(ADA, onVip)], { lists: [VIP] }));
    expect(made.changes).toEqual([]);
  });

  test("loses a contact once if its own entry removes it too, and shows both", () => {
    const bob = remote(BOB, onVip);
    const { changes, operations } = plan([desired(ADA, { lists: [], exact: ["lists"] })], [remote(ADA, onVip), bob]);
    expect(leaving({ operations })).toEqual(["crd_bob", "crd_ada"]);
    expect(changes[0]?.notes).toEqual(["removed by their own entry: front_contact.ada"]);
  });

  test("loses at most 50 contacts with one request", () => {
    const contacts = Array.from({ length: 120 }, (_, index) => remote(`p${index}@x.example`, onVip));
    expect(idsOf(plan([], contacts))).toEqual(
      [1, 2, 3].map((number) => `remove-from-list front_contact_list.this["VIP"] members ${number}`),
    );
  });

  test("loses the result of a merge after the merge", () => {
    const { operations } = plan([desired([ADA, BOB], { merge: true })], [remote(ADA), remote(BOB, onVip)]);
    expect(operations).toMatchObject([
      { kind: "merge-contacts" },
      { kind: "remove-from-list", dependsOn: ["merge-contacts front_contact.ada"], contacts: [{ id: "crd_ada" }] },
    ]);
  });
});

describe("a contact on a list with exact members that may be the contact of an entry", () => {
  const ambiguous = [remote(ADA, onVip), remote(BOB, onVip)];

  test("stays while the match is ambiguous", () => {
    const made = plan([desired([ADA, BOB], onVip)], ambiguous);
    expect(codesOf(made)).toEqual(["match-ambiguous"]);
    expect(made.operations).toEqual([]);
  });

  test("leaves after the handle of the entry moved away from it", () => {
    const policy = { ...UNGUARDED, allowHandleMoves: true };
    const contacts = [remote(ADA, onVip), remote([BOB, "rob@x.example"], onVip)];
    const { operations } = plan([desired([ADA, BOB], onVip)], contacts, policy);
    const removal = operations.find(
      (each): each is Extract<Operation, { kind: "remove-from-list" }> => each.kind === "remove-from-list",
    );
    expect(removal?.contacts).toEqual([{ id: "crd_bob" }]);
    expect(removal?.dependsOn).toEqual([`remove-handle front_contact.undeclared["crd_bob"] email:${BOB}`]);
  });

  test("stays, with all others, while the match of an entry that names the list is ambiguous", () => {
    const state = front([remote(ADA, onVip), remote(BOB, onVip)], { lists: [VIP] });
    const made = planFor(files([desired("carl@x.example", onVip)], EXACT), { ...state, unclear: new Set(["carl"]) });
    expect(codesOf(made)).toEqual(["list-members-kept"]);
    expect(made.changes).toEqual([]);
  });

  test("stays, with all others, while the contact of an entry that names the list cannot be decoded", () => {
    const state = front([remote(ADA, onVip)], { lists: [VIP] });
    const broken = { id: "crd_carl", property: "handles", problem: "handles is not an array", handles: undefined };
    const made = planFor(files([desired("carl@x.example", onVip)], EXACT), {
      ...state,
      undecodable: { contacts: [broken], byKey: new Map([["carl", broken]]) },
    });
    expect(codesOf(made)).toEqual(["contact-undecodable", "list-members-kept"]);
    expect(made.changes).toEqual([]);
  });

  test("stays while that entry is not among the targets", () => {
    const policy = { ...UNGUARDED, targets: { only: ['front_contact_list.this["VIP"]'] } };
    const made = plan([desired(ADA, { ...onVip, name: "Ada" })], [remote(ADA, onVip), remote(BOB, onVip)], policy);
    expect(idsOf(made)).toEqual([REMOVAL]);
    expect(leaving(made)).toEqual(["crd_bob"]);
  });

  test("stays while an entry that is left out is not among the targets", () => {
    const state = front([remote(ADA, onVip)], { lists: [VIP] });
    const policy = { ...UNGUARDED, targets: { only: ['front_contact_list.this["VIP"]'] } };
    const made = planFor(
      files([desired("carl@x.example", onVip)], EXACT),
      { ...state, unclear: new Set(["carl"]) },
      policy,
    );
    expect(made.operations).toEqual([]);
    expect(codesOf(made)).toContain("list-members-kept");
  });
});

describe("targets", () => {
  const entries = [desired(ADA, { ...onVip, name: "Ada" })];
  const contacts = [remote(ADA, onVip), remote(BOB, onVip)];

  test.each([
    ["leave out the list", { only: ["front_contact.ada"] }, ["update-contact front_contact.ada"]],
    ["select the list only", { only: ['front_contact_list.this["VIP"]'] }, [REMOVAL]],
    ["exclude the list", { except: ["front_contact_list.*"] }, ["update-contact front_contact.ada"]],
    ["exclude a contact", { except: ["front_contact.ada"] }, [REMOVAL]],
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
  ])("counts %d contacts that leave a list", (count, policy, codes) => {
    expect(codesOf(plan([], members(count), policy))).toEqual(codes);
  });

  test("counts a contact once that also loses a handle", () => {
    const entries = members(4).map(({ handles: [one] }) => desired(one?.handle ?? "", { exact: ["handles"] }));
    const contacts = members(4).map((each) => ({
      ...each,
      handles: [...each.handles, { source: "custom", handle: each.id }],
    }));
    expect(codesOf(plan(entries, contacts, { allowed: { removals: 3 } }))).toEqual(["too-many-removals"]);
    expect(codesOf(plan(entries, contacts, { allowed: { removals: 4 } }))).toEqual([]);
  });
});

describe("a list with ensure: absent", () => {
  const ABSENT = { lists: [{ name: "VIP", ensure: "absent" as const }] };
  const deletion = (contacts: readonly RemoteContact[], policy = {}) =>
    planFor(files([], ABSENT), front(contacts, { lists: [VIP] }), policy);

  test("is deleted if it is empty", () => {
    expect(idsOf(deletion([]))).toEqual(['delete-list front_contact_list.this["VIP"]']);
  });

  test("stays with a warning if a contact on it cannot be decoded", () => {
    const broken = { id: "crd_x", property: "handles", problem: "handles is not an array", handles: undefined };
    const state = front([], { lists: [VIP] });
    const listMembers = new Map([[VIP.id, { contacts: [], undecodable: [broken] }]]);
    const made = planWith(files([], ABSENT), { ...state, listMembers });
    expect(codesOf(made)).toEqual(["list-members-kept"]);
    expect(made.changes).toEqual([]);
  });

  test("causes no operation if Front does not have it", () => {
    expect(planFor(files([], ABSENT), front([], {})).changes).toEqual([]);
  });

  test.each([
    [{}, ["list-not-empty"]],
    [{ allowed: { removals: 1 } }, ["list-not-empty"]],
    [{ allowed: { removals: 2 } }, []],
  ])("is deleted with two contacts on it only if %j", (policy, codes) => {
    const made = deletion([remote(ADA, onVip), remote(BOB, onVip)], policy);
    expect(codesOf(made)).toEqual(codes);
    expect(made.changes).toMatchObject([
      { action: "delete", before: { members: [{ id: "crd_ada" }, { id: "crd_bob" }] } },
    ]);
    expect(made.operations).toMatchObject(
      codes.length > 0 ? [] : [{ kind: "delete-list", members: ["crd_ada", "crd_bob"] }],
    );
  });

  test("is an error at both locations for an entry that names it by its id", () => {
    const made = planFor(
      files([desired(ADA, { lists: [{ id: VIP.id }] })], ABSENT),
      front([remote(ADA)], { lists: [VIP] }),
    );
    expect(made.diagnostics).toMatchObject([
      { code: "list-absent", location: { line: 20 }, related: [{ location: { line: 40 } }] },
    ]);
  });
});

describe("a list in a workspace", () => {
  const inTeam = (more = {}) => files([desired(ADA, onVip)], { lists: [{ name: "VIP", team: "tim_1", ...more }] });
  const state = (lists: readonly (typeof VIP)[], ids: readonly string[]) => ({
    ...front([remote(ADA)], { lists }),
    teamLists: new Map([["tim_1", new Set(ids)]]),
  });

  test("is created there", () => {
    expect(planFor(inTeam(), state([], [])).operations).toMatchObject([
      { kind: "create-list", name: "VIP", team: "tim_1" },
      { kind: "add-to-list" },
    ]);
  });

  test("is used if it exists, even beside a list with the same name", () => {
    const made = planFor(inTeam(), state([list("VIP", "grp_1"), list("VIP", "grp_2")], ["grp_2"]));
    expect(made.operations).toMatchObject([{ kind: "add-to-list", list: { id: "grp_2" } }]);
  });

  test("is an error if another workspace has a list with that name", () => {
    const made = planFor(inTeam(), state([VIP], []));
    expect(made.diagnostics).toMatchObject([{ code: "list-elsewhere", location: { line: 40 } }]);
    expect(made.operations).toEqual([]);
  });
});

test("an ambiguous name of a list to manage is an error at its declaration", () => {
  const made = planFor(files([], EXACT), front([], { lists: [list("VIP", "grp_1"), list("VIP", "grp_2")] }));
  expect(made.diagnostics).toMatchObject([{ code: "list-ambiguous", location: { line: 40 } }]);
});

test("a teammate's private list is not managed", () => {
  const made = planFor(files([], EXACT), front([], { lists: [{ ...VIP, isPrivate: true }] }));
  expect(made.diagnostics).toMatchObject([{ code: "list-private", location: { line: 40 } }]);
});

describe("a plan with a base", () => {
  const contacts = [remote(ADA, onVip), remote(BOB, onVip)];
  type Lists = typeof EXACT.lists | readonly string[];
  function planSince(base: readonly DesiredContact[], baseLists: Lists, overwrite = false): Plan {
    const { lists } = files([], { lists: baseLists });
    const since = { revision: "HEAD", tree: `${"0".repeat(40)}:contacts`, overwrite, contacts: base, lists };
    const desiredWithBase = { ...files([desired(ADA, onVip)], EXACT), base: since };
    return planFor(desiredWithBase, front(contacts, { lists: [VIP] }));
  }

  test("keeps a contact on the list that was added in Front, and shows it", () => {
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

  test("removes a contact from the list that was removed from the files", () => {
    const made = planSince([desired(ADA, onVip), desired(BOB, onVip)], EXACT.lists);
    expect(leaving(made)).toEqual(["crd_bob"]);
    expect(made.changes).toMatchObject([{ differences: [{ key: "crd_bob", origin: "files" }] }]);
  });

  test.each([
    ["when the list was not exact at the base", ["VIP"], false],
    ["when the list was not declared at the base", [], false],
    ["with overwrite", EXACT.lists, true],
  ])("removes a contact from the list that was added in Front %s", (_, lists, overwrite) => {
    expect(leaving(planSince([desired(ADA, onVip)], lists, overwrite))).toEqual(["crd_bob"]);
  });

  test("reports a list that is no longer declared, and changes nothing on it", () => {
    const { lists } = files([], EXACT);
    const since = { revision: "HEAD", tree: "", overwrite: false, contacts: [desired(ADA)], lists };
    const made = planFor({ ...files([desired(ADA)]), base: since }, front(contacts, { lists: [VIP] }));
    expect(made.operations).toEqual([]);
    expect(made.base?.released).toMatchObject([{ address: 'front_contact_list.this["VIP"]', location: { line: 40 } }]);
  });
});
