import { expect, test } from "@jest/globals";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import { compareWithPlan } from "../../src/verifying/compare-with-plan.ts";
import { at, desired, files, front, list, planFor, remote } from "../support/builders.ts";

const ADA = "ada@x.example";
const FIELDS = { Title: "string", Joined: "datetime", Boss: "teammate", Badge: "number" };
const JOINED = Date.UTC(2024, 0, 1) / 1000;

/** Compares the plan for one contact with its state in Front. */
function outcome(wanted: DesiredContact, before: RemoteContact | undefined, after: RemoteContact) {
  const state = front(before === undefined ? [] : [before], { lists: ["A", "B"], fields: FIELDS });
  const { changes, operations, diagnostics } = planFor(files([wanted]), state);
  expect(diagnostics).toEqual([]);
  const [change] = changes;
  if (change === undefined) throw new Error("no change");
  return compareWithPlan(change, operations, after);
}

const picture = { path: "ada.png", sha256: "a".repeat(64), size: 1, type: "image/png" as const, location: at(9) };
const withHandles = (...written: string[]) => remote([ADA, ...written]);

type Row = [string, DesiredContact, RemoteContact | undefined, RemoteContact, object[]];

const MISMATCHES: Row[] = [
  [
    "a name",
    desired(ADA, { name: "Ada" }),
    remote(ADA),
    remote(ADA, { name: "Eva" }),
    [{ attribute: "name", problem: "different", expected: '"Ada"', found: '"Eva"' }],
  ],
  [
    "a cleared description",
    desired(ADA, { description: "" }),
    remote(ADA, { description: "x" }),
    remote(ADA, { description: "x" }),
    [{ attribute: "description", problem: "different", expected: "empty", found: '"x"' }],
  ],
  [
    "a handle that is missing",
    desired([ADA, "+442079460001"]),
    remote(ADA),
    remote(ADA),
    [{ attribute: "phone +442079460001", problem: "missing" }],
  ],
  [
    "a handle that was not removed",
    desired(ADA, { exact: ["handles"] }),
    withHandles("+442079460001"),
    withHandles("+442079460001"),
    [{ attribute: "phone +442079460001", problem: "not-removed" }],
  ],
  ["a link", desired(ADA, { links: ["l"] }), remote(ADA), remote(ADA), [{ attribute: "link l", problem: "missing" }]],
  [
    "a list",
    desired(ADA, { lists: ["A"] }),
    remote(ADA),
    remote(ADA, { lists: ["B"] }),
    [{ attribute: "list A", problem: "missing" }],
  ],
  [
    "a list from which the contact was not removed",
    desired(ADA, { lists: [], exact: ["lists"] }),
    remote(ADA, { lists: ["B"] }),
    remote(ADA, { lists: ["B"] }),
    [{ attribute: "list B", problem: "not-removed" }],
  ],
  [
    "a custom field",
    desired(ADA, { customFields: { Title: "T" } }),
    remote(ADA),
    remote(ADA, { customFields: { Title: "U" } }),
    [{ attribute: "custom field Title", problem: "different", expected: '"T"', found: '"U"' }],
  ],
  [
    "a number that became a text",
    desired(ADA, { customFields: { Badge: 7 } }),
    remote(ADA),
    remote(ADA, { customFields: { Badge: "7" } }),
    [{ attribute: "custom field Badge", problem: "different", expected: "7", found: '"7"' }],
  ],
  [
    "a field that was not cleared",
    desired(ADA, { customFields: { Title: null } }),
    remote(ADA, { customFields: { Title: "T" } }),
    remote(ADA, { customFields: { Title: "T" } }),
    [{ attribute: "custom field Title", problem: "different", expected: "empty", found: '"T"' }],
  ],
  [
    "a missing picture",
    desired(ADA, { avatar: picture }),
    remote(ADA),
    remote(ADA),
    [{ attribute: "avatar", problem: "different", expected: "a new picture", found: "none" }],
  ],
  [
    "the previous picture",
    desired(ADA, { avatar: picture }),
    remote(ADA, { avatarUrl: "u1" }),
    remote(ADA, { avatarUrl: "u1" }),
    [{ attribute: "avatar", problem: "different", expected: "a new picture", found: "the previous picture" }],
  ],
  [
    "all of a new contact",
    desired(ADA, { name: "Ada", lists: ["A"] }),
    undefined,
    remote(ADA),
    [{ attribute: "name" }, { attribute: "list A" }],
  ],
];

test.each(MISMATCHES)("a mismatch is reported: %s", (_, wanted, before, after, mismatches) => {
  const found = outcome(wanted, before, after).mismatches;
  expect(found).toHaveLength(mismatches.length);
  expect(found).toMatchObject(mismatches);
});

const RESPELLED: Row[] = [
  [
    "spaces around a name",
    desired(ADA, { name: " Ada " }),
    remote(ADA),
    remote(ADA, { name: "Ada" }),
    [{ attribute: "name", sent: " Ada ", shown: "Ada" }],
  ],
  [
    "line endings",
    desired(ADA, { description: "a\nb" }),
    remote(ADA),
    remote(ADA, { description: "a\r\nb" }),
    [{ attribute: "description", sent: "a\nb", shown: "a\r\nb" }],
  ],
  [
    "a phone number",
    desired([ADA, "+442079460001"]),
    remote(ADA),
    withHandles("phone:442079460001"),
    [{ attribute: "phone", sent: "+442079460001", shown: "442079460001" }],
  ],
  [
    "a link",
    desired(ADA, { links: ["l "] }),
    remote(ADA),
    remote(ADA, { links: ["l"] }),
    [{ attribute: "link", sent: "l ", shown: "l" }],
  ],
  [
    "a colleague's address",
    desired(ADA, { customFields: { Boss: "B@x.example" } }),
    remote(ADA),
    remote(ADA, { customFields: { Boss: "b@x.example" } }),
    [{ attribute: "custom field Boss" }],
  ],
];

test.each(RESPELLED)("a different spelling is reported: %s", (_, wanted, before, after, respelled) => {
  const found = outcome(wanted, before, after);
  expect(found.mismatches).toEqual([]);
  expect(found.respelled).toMatchObject(respelled);
});

const AS_PLANNED: Row[] = [
  [
    "a date",
    desired(ADA, { customFields: { Joined: "2024-01-01" } }),
    remote(ADA),
    remote(ADA, { customFields: { Joined: JOINED } }),
    [],
  ],
  [
    "a cleared field that is null",
    desired(ADA, { customFields: { Title: null } }),
    remote(ADA, { customFields: { Title: "T" } }),
    remote(ADA, { customFields: { Title: null } }),
    [],
  ],
  [
    "a new picture",
    desired(ADA, { avatar: picture }),
    remote(ADA, { avatarUrl: "u1" }),
    remote(ADA, { avatarUrl: "u2" }),
    [],
  ],
  [
    "unmanaged values that a colleague changed",
    desired(ADA, { name: "Ada" }),
    remote(ADA),
    remote(ADA, { name: "Ada", description: "new", lists: ["B"] }),
    [],
  ],
  [
    "a list that shares its name with another list",
    desired(ADA, { lists: [{ id: "grp_a" }] }),
    remote(ADA),
    remote(ADA, { lists: [list("A")] }),
    [],
  ],
];

test.each(AS_PLANNED)("nothing is reported: %s", (_, wanted, before, after) => {
  expect(outcome(wanted, before, after)).toEqual({ mismatches: [], respelled: [] });
});

test("a missing handle of a source contact is reported", () => {
  const stranger = remote(["old@x.example", ADA, "+442079460001"]);
  const state = front([remote("bob@x.example"), stranger]);
  const { changes, operations } = planFor([desired(["bob@x.example", ADA], { key: "bob" })], state, {
    allowHandleMoves: true,
  });
  const [sourceChange] = changes.filter(({ id }) => id === stranger.id);
  if (sourceChange === undefined) throw new Error("no change of the source contact");
  const left = (...others: string[]) => remote(["old@x.example", ...others]);
  expect(compareWithPlan(sourceChange, operations, left("+442079460001")).mismatches).toEqual([]);
  expect(compareWithPlan(sourceChange, operations, left(ADA)).mismatches).toEqual([
    { attribute: "email ada@x.example", problem: "not-removed" },
    { attribute: "phone +442079460001", problem: "missing" },
  ]);
});

test("a handle that the target of a merge lacks is reported", () => {
  const wanted = desired([ADA, "bob@x.example"], { merge: true });
  const both = [remote(ADA), remote(["bob@x.example", "+442079460001"])];
  const { changes, operations } = planFor([wanted], front(both));
  const [survivor] = changes.filter(({ action }) => action === "update");
  if (survivor === undefined) throw new Error("no survivor");
  expect(compareWithPlan(survivor, operations, withHandles("bob@x.example", "+442079460001")).mismatches).toEqual([]);
  expect(compareWithPlan(survivor, operations, withHandles("bob@x.example")).mismatches).toEqual([
    { attribute: "phone +442079460001", problem: "missing" },
  ]);
});
