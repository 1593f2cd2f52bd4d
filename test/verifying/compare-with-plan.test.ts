import { expect, test } from "@jest/globals";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import { compareWithPlan, type Finding, type FormatDifference } from "../../src/verifying/compare-with-plan.ts";
import {
  desiredContact,
  desiredState,
  list,
  PICTURE,
  planFor,
  remoteContact,
  remoteState,
} from "../support/builders.ts";

const FIELDS = { Title: "string", Joined: "datetime", Boss: "teammate", Badge: "number" };

/** Plans the change of one contact, and returns the differences between that change and the contact after the apply. */
function findingsAfterApply(desired: DesiredContact, before: RemoteContact | undefined, after: RemoteContact) {
  const state = remoteState(before === undefined ? [] : [before], { lists: ["A", "B"], fields: FIELDS });
  const { changes, operations, diagnostics } = planFor(desiredState([desired]), state);
  expect(diagnostics).toEqual([]);
  const [change] = changes;
  if (change === undefined) throw new Error("no change");
  return compareWithPlan(change, operations, after);
}

const ADA = "ada@x.example";
const PHONE = "+442079460001";
const NO_LISTS = { lists: [], exact: ["lists"] } as const;

const fields = (customFields: Record<string, string | number | null>) => ({ customFields });

function describeFinding(finding: Finding): string {
  const { attribute, problem } = finding;
  return problem === "different"
    ? `${attribute}: ${finding.found}, not ${finding.expected}`
    : `${attribute}: ${problem}`;
}

type WithHandles<Attributes> = Omit<NonNullable<Attributes>, "handles"> & { readonly handles?: readonly string[] };
type Desired = WithHandles<Parameters<typeof desiredContact>[1]>;
type Remote = WithHandles<Parameters<typeof remoteContact>[1]>;
const desiredAda = ({ handles = [], ...others }: Desired) => desiredContact([ADA, ...handles], others);
const remoteAda = ({ handles = [], ...others }: Remote = {}) => remoteContact([ADA, ...handles], others);

type Row<Report> = [title: string, desired: Desired, before: Remote, after: Remote, report: Report];

test.each<Row<string>>([
  ["a different name", { name: "Ada" }, {}, { name: "Eva" }, 'name: "Eva", not "Ada"'],
  [
    "a description that was not cleared",
    { description: "" },
    { description: "x" },
    { description: "x" },
    'description: "x", not empty',
  ],
  [
    "unmanaged custom fields that are gone",
    { name: "Ada", customFields: { Title: "New" } },
    fields({ Badge: 7 }),
    { name: "Ada", ...fields({ Title: "New", Badge: null }) },
    "custom fields: unmanaged-lost",
  ],
  [
    "unmanaged links that are gone",
    { avatar: PICTURE },
    { links: ["a"] },
    { links: [], avatarUrl: "https://x.example/1" },
    "links: unmanaged-lost",
  ],
  ["a handle that is missing", { handles: [PHONE] }, {}, {}, `phone ${PHONE}: missing`],
  [
    "a handle that was not removed",
    { exact: ["handles"] },
    { handles: [PHONE] },
    { handles: [PHONE] },
    `phone ${PHONE}: not-removed`,
  ],
  ["a missing link", { links: ["l"] }, {}, {}, "link l: missing"],
  ["a missing list", { lists: ["A"] }, {}, { lists: ["B"] }, "list A: missing"],
  [
    "a list from which the contact was not removed",
    NO_LISTS,
    { lists: ["B"] },
    { lists: ["B"] },
    "list B: not-removed",
  ],
  ["a different custom field", fields({ Title: "T" }), {}, fields({ Title: "U" }), 'custom field Title: "U", not "T"'],
  ["a number that became a string", fields({ Badge: 7 }), {}, fields({ Badge: "7" }), 'custom field Badge: "7", not 7'],
  [
    "a field that was not cleared",
    fields({ Title: null }),
    fields({ Title: "T" }),
    fields({ Title: "T" }),
    'custom field Title: "T", not empty',
  ],
  ["a missing picture", { avatar: PICTURE }, {}, {}, "avatar: none, not a new picture"],
  [
    "the previous picture",
    { avatar: PICTURE },
    { avatarUrl: "u1" },
    { avatarUrl: "u1" },
    "avatar: the previous picture, not a new picture",
  ],
])("a mismatch is reported: %s", (_, desired, before, after, mismatch) => {
  const findings = findingsAfterApply(desiredAda(desired), remoteAda(before), remoteAda(after));
  expect(findings.map(describeFinding)).toEqual([mismatch]);
});

test("a mismatch is reported: an unmanaged name and description that an upload of an avatar emptied", () => {
  const before = remoteAda({ name: "Ada", description: "x" });
  const findings = findingsAfterApply(desiredAda({ avatar: PICTURE }), before, remoteAda({ avatarUrl: "u1" }));
  expect(findings.map(describeFinding)).toEqual(["name: unmanaged-lost", "description: unmanaged-lost"]);
  expect(findingsAfterApply(desiredAda({ avatar: PICTURE }), before, { ...before, avatarUrl: "u1" })).toEqual([]);
});

test("a mismatch is reported: a missing name and a missing list of a new contact", () => {
  const findings = findingsAfterApply(desiredAda({ name: "Ada", lists: ["A"] }), undefined, remoteAda());
  expect(findings.map(describeFinding)).toEqual(['name: empty, not "Ada"', "list A: missing"]);
});

const format = (attribute: string, sent: string, stored: string) => [
  { attribute, problem: "format" as const, sent, stored },
];

test.each<Row<readonly FormatDifference[]>>([
  ["spaces around a name", { name: " Ada " }, {}, { name: "Ada" }, format("name", " Ada ", "Ada")],
  ["line endings", { description: "a\nb" }, {}, { description: "a\r\nb" }, format("description", "a\nb", "a\r\nb")],
  [
    "a phone number",
    { handles: [PHONE] },
    {},
    { handles: ["phone:442079460001"] },
    format("phone", PHONE, "442079460001"),
  ],
  ["a link", { links: ["l "] }, {}, { links: ["l"] }, format("link", "l ", "l")],
  [
    "the email address of a teammate",
    fields({ Boss: "B@x.example" }),
    {},
    fields({ Boss: "b@x.example" }),
    format("custom field Boss", "B@x.example", "b@x.example"),
  ],
])("a different format is not a mismatch, but is reported: %s", (_, desired, before, after, expected) => {
  const result = findingsAfterApply(desiredAda(desired), remoteAda(before), remoteAda(after));
  expect(result).toEqual(expected);
});

test.each<[title: string, desired: Desired, before: Remote, after: Remote]>([
  ["a date", fields({ Joined: "2024-01-01" }), {}, fields({ Joined: Date.UTC(2024, 0, 1) / 1000 })],
  ["a cleared field that is null", fields({ Title: null }), fields({ Title: "T" }), fields({ Title: null })],
  ["a new picture", { avatar: PICTURE }, { avatarUrl: "u1" }, { avatarUrl: "u2" }],
  ["unmanaged values that a teammate changed", { name: "Ada" }, {}, { name: "Ada", description: "new", lists: ["B"] }],
  ["a list that was declared by ID", { lists: [{ id: "grp_a" }] }, {}, { lists: [list("A")] }],
])("nothing is reported for %s", (_, desired, before, after) => {
  const result = findingsAfterApply(desiredAda(desired), remoteAda(before), remoteAda(after));
  expect(result).toEqual([]);
});

test("a handle that a source contact kept and a handle that it lost are reported", () => {
  const sourceContact = remoteContact(["old@x.example", ADA, PHONE]);
  const state = remoteState([remoteContact("bob@x.example"), sourceContact]);
  const { changes, operations } = planFor([desiredContact(["bob@x.example", ADA], { key: "bob" })], state, {
    allowHandleMoves: true,
  });
  const [sourceChange] = changes.filter(({ id }) => id === sourceContact.id);
  if (sourceChange === undefined) throw new Error("no change of the source contact");
  const sourceWith = (...others: string[]) => remoteContact(["old@x.example", ...others]);
  expect(compareWithPlan(sourceChange, operations, sourceWith(PHONE))).toEqual([]);
  expect(compareWithPlan(sourceChange, operations, sourceWith(ADA)).map(describeFinding)).toEqual([
    "email ada@x.example: not-removed",
    `phone ${PHONE}: missing`,
  ]);
});

test("a handle that is missing from the target contact of a merge is reported", () => {
  const desired = desiredContact([ADA, "bob@x.example"], { merge: true });
  const contacts = [remoteContact(ADA), remoteContact(["bob@x.example", PHONE])];
  const { changes, operations } = planFor([desired], remoteState(contacts));
  const [targetChange] = changes.filter(({ action }) => action === "update");
  if (targetChange === undefined) throw new Error("no change of the target contact");
  const findings = (...handles: string[]) =>
    compareWithPlan(targetChange, operations, remoteAda({ handles })).map(describeFinding);
  expect(findings("bob@x.example", PHONE)).toEqual([]);
  expect(findings("bob@x.example")).toEqual([`phone ${PHONE}: missing`]);
});
