import { expect, test } from "@jest/globals";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import { compareWithPlan } from "../../src/verifying/compare-with-plan.ts";
import {
  desiredContact,
  desiredState,
  list,
  locationAt,
  planFor,
  remoteContact,
  remoteState,
} from "../support/builders.ts";

const ADA = "ada@x.example";
const FIELDS = { Title: "string", Joined: "datetime", Boss: "teammate", Badge: "number" };
const JOINED = Date.UTC(2024, 0, 1) / 1000;

/** Plans the change of one contact, and compares that change with the contact after the apply. */
function outcome(desired: DesiredContact, before: RemoteContact | undefined, after: RemoteContact) {
  const state = remoteState(before === undefined ? [] : [before], { lists: ["A", "B"], fields: FIELDS });
  const { changes, operations, diagnostics } = planFor(desiredState([desired]), state);
  expect(diagnostics).toEqual([]);
  const [change] = changes;
  if (change === undefined) throw new Error("no change");
  return compareWithPlan(change, operations, after);
}

const picture = {
  path: "ada.png",
  sha256: "a".repeat(64),
  size: 1,
  type: "image/png" as const,
  location: locationAt(9),
};
const withHandles = (...written: string[]) => remoteContact([ADA, ...written]);

type Row = [string, DesiredContact, RemoteContact | undefined, RemoteContact, object[]];

const MISMATCHES: Row[] = [
  [
    "a name",
    desiredContact(ADA, { name: "Ada" }),
    remoteContact(ADA),
    remoteContact(ADA, { name: "Eva" }),
    [{ attribute: "name", problem: "different", expected: '"Ada"', found: '"Eva"' }],
  ],
  [
    "a cleared description",
    desiredContact(ADA, { description: "" }),
    remoteContact(ADA, { description: "x" }),
    remoteContact(ADA, { description: "x" }),
    [{ attribute: "description", problem: "different", expected: "empty", found: '"x"' }],
  ],
  [
    "a handle that is missing",
    desiredContact([ADA, "+442079460001"]),
    remoteContact(ADA),
    remoteContact(ADA),
    [{ attribute: "phone +442079460001", problem: "missing" }],
  ],
  [
    "a handle that was not removed",
    desiredContact(ADA, { exact: ["handles"] }),
    withHandles("+442079460001"),
    withHandles("+442079460001"),
    [{ attribute: "phone +442079460001", problem: "not-removed" }],
  ],
  [
    "a link",
    desiredContact(ADA, { links: ["l"] }),
    remoteContact(ADA),
    remoteContact(ADA),
    [{ attribute: "link l", problem: "missing" }],
  ],
  [
    "a list",
    desiredContact(ADA, { lists: ["A"] }),
    remoteContact(ADA),
    remoteContact(ADA, { lists: ["B"] }),
    [{ attribute: "list A", problem: "missing" }],
  ],
  [
    "a list from which the contact was not removed",
    desiredContact(ADA, { lists: [], exact: ["lists"] }),
    remoteContact(ADA, { lists: ["B"] }),
    remoteContact(ADA, { lists: ["B"] }),
    [{ attribute: "list B", problem: "not-removed" }],
  ],
  [
    "a custom field",
    desiredContact(ADA, { customFields: { Title: "T" } }),
    remoteContact(ADA),
    remoteContact(ADA, { customFields: { Title: "U" } }),
    [{ attribute: "custom field Title", problem: "different", expected: '"T"', found: '"U"' }],
  ],
  [
    "a number that became a string",
    desiredContact(ADA, { customFields: { Badge: 7 } }),
    remoteContact(ADA),
    remoteContact(ADA, { customFields: { Badge: "7" } }),
    [{ attribute: "custom field Badge", problem: "different", expected: "7", found: '"7"' }],
  ],
  [
    "a field that was not cleared",
    desiredContact(ADA, { customFields: { Title: null } }),
    remoteContact(ADA, { customFields: { Title: "T" } }),
    remoteContact(ADA, { customFields: { Title: "T" } }),
    [{ attribute: "custom field Title", problem: "different", expected: "empty", found: '"T"' }],
  ],
  [
    "a missing picture",
    desiredContact(ADA, { avatar: picture }),
    remoteContact(ADA),
    remoteContact(ADA),
    [{ attribute: "avatar", problem: "different", expected: "a new picture", found: "none" }],
  ],
  [
    "the previous picture",
    desiredContact(ADA, { avatar: picture }),
    remoteContact(ADA, { avatarUrl: "u1" }),
    remoteContact(ADA, { avatarUrl: "u1" }),
    [{ attribute: "avatar", problem: "different", expected: "a new picture", found: "the previous picture" }],
  ],
  [
    "every attribute of a new contact",
    desiredContact(ADA, { name: "Ada", lists: ["A"] }),
    undefined,
    remoteContact(ADA),
    [{ attribute: "name" }, { attribute: "list A" }],
  ],
];

test.each(MISMATCHES)("a mismatch is reported: %s", (_, desired, before, after, mismatches) => {
  const result = outcome(desired, before, after).mismatches;
  expect(result).toHaveLength(mismatches.length);
  expect(result).toMatchObject(mismatches);
});

const DIFFERENT_FORMATS: Row[] = [
  [
    "spaces around a name",
    desiredContact(ADA, { name: " Ada " }),
    remoteContact(ADA),
    remoteContact(ADA, { name: "Ada" }),
    [{ attribute: "name", sent: " Ada ", stored: "Ada" }],
  ],
  [
    "line endings",
    desiredContact(ADA, { description: "a\nb" }),
    remoteContact(ADA),
    remoteContact(ADA, { description: "a\r\nb" }),
    [{ attribute: "description", sent: "a\nb", stored: "a\r\nb" }],
  ],
  [
    "a phone number",
    desiredContact([ADA, "+442079460001"]),
    remoteContact(ADA),
    withHandles("phone:442079460001"),
    [{ attribute: "phone", sent: "+442079460001", stored: "442079460001" }],
  ],
  [
    "a link",
    desiredContact(ADA, { links: ["l "] }),
    remoteContact(ADA),
    remoteContact(ADA, { links: ["l"] }),
    [{ attribute: "link", sent: "l ", stored: "l" }],
  ],
  [
    "the email address of a teammate",
    desiredContact(ADA, { customFields: { Boss: "B@x.example" } }),
    remoteContact(ADA),
    remoteContact(ADA, { customFields: { Boss: "b@x.example" } }),
    [{ attribute: "custom field Boss" }],
  ],
];

test.each(DIFFERENT_FORMATS)("a value in a different format is reported: %s", (_, desired, before, after, expected) => {
  const result = outcome(desired, before, after);
  expect(result.mismatches).toEqual([]);
  expect(result.formatDifferences).toMatchObject(expected);
});

const AS_PLANNED: Row[] = [
  [
    "a date",
    desiredContact(ADA, { customFields: { Joined: "2024-01-01" } }),
    remoteContact(ADA),
    remoteContact(ADA, { customFields: { Joined: JOINED } }),
    [],
  ],
  [
    "a cleared field that is null",
    desiredContact(ADA, { customFields: { Title: null } }),
    remoteContact(ADA, { customFields: { Title: "T" } }),
    remoteContact(ADA, { customFields: { Title: null } }),
    [],
  ],
  [
    "a new picture",
    desiredContact(ADA, { avatar: picture }),
    remoteContact(ADA, { avatarUrl: "u1" }),
    remoteContact(ADA, { avatarUrl: "u2" }),
    [],
  ],
  [
    "unmanaged values that a teammate changed",
    desiredContact(ADA, { name: "Ada" }),
    remoteContact(ADA),
    remoteContact(ADA, { name: "Ada", description: "new", lists: ["B"] }),
    [],
  ],
  [
    "a list that shares its name with another list",
    desiredContact(ADA, { lists: [{ id: "grp_a" }] }),
    remoteContact(ADA),
    remoteContact(ADA, { lists: [list("A")] }),
    [],
  ],
];

test.each(AS_PLANNED)("nothing is reported: %s", (_, desired, before, after) => {
  expect(outcome(desired, before, after)).toEqual({ mismatches: [], formatDifferences: [] });
});

test("reports a missing handle of a source contact", () => {
  const sourceContact = remoteContact(["old@x.example", ADA, "+442079460001"]);
  const state = remoteState([remoteContact("bob@x.example"), sourceContact]);
  const { changes, operations } = planFor([desiredContact(["bob@x.example", ADA], { key: "bob" })], state, {
    allowHandleMoves: true,
  });
  const [sourceChange] = changes.filter(({ id }) => id === sourceContact.id);
  if (sourceChange === undefined) throw new Error("no change of the source contact");
  const sourceWith = (...others: string[]) => remoteContact(["old@x.example", ...others]);
  expect(compareWithPlan(sourceChange, operations, sourceWith("+442079460001")).mismatches).toEqual([]);
  expect(compareWithPlan(sourceChange, operations, sourceWith(ADA)).mismatches).toEqual([
    { attribute: "email ada@x.example", problem: "not-removed" },
    { attribute: "phone +442079460001", problem: "missing" },
  ]);
});

test("reports a handle that is missing from the target contact of a merge", () => {
  const desired = desiredContact([ADA, "bob@x.example"], { merge: true });
  const contacts = [remoteContact(ADA), remoteContact(["bob@x.example", "+442079460001"])];
  const { changes, operations } = planFor([desired], remoteState(contacts));
  const [targetChange] = changes.filter(({ action }) => action === "update");
  if (targetChange === undefined) throw new Error("no change of the target contact");
  expect(compareWithPlan(targetChange, operations, withHandles("bob@x.example", "+442079460001")).mismatches).toEqual(
    [],
  );
  expect(compareWithPlan(targetChange, operations, withHandles("bob@x.example")).mismatches).toEqual([
    { attribute: "phone +442079460001", problem: "missing" },
  ]);
});
