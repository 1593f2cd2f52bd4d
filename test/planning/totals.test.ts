import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { describeTotal } from "../../cli/views/plan/totals-text.ts";
import type { Change } from "../../src/model/change.ts";
import type { DesiredContact, RemoteContact } from "../../src/model/contact.ts";
import { losesData, type Total, totalsOf } from "../../src/planning/totals.ts";
import {
  desiredContact as desired,
  desiredState,
  planFor,
  remoteContact as remote,
  remoteState,
} from "../support/builders.ts";
import { forAll } from "../support/for-all.ts";

const FIELDS = { Tier: "string", Renewal: "string" } as const;
const LISTS = ["VIP", "Press"];

/** Plans entries, each with its contact in Front, if any. */
function plan(...pairs: readonly (readonly [DesiredContact, (RemoteContact | undefined)?])[]) {
  const contacts = pairs.flatMap(([, contact]) => contact ?? []);
  return planFor(
    desiredState(
      pairs.map(([entry]) => entry),
      { lists: LISTS },
    ),
    remoteState(contacts, { lists: LISTS, fields: FIELDS }),
  );
}

const describeWithCount = (total: Total) => `${total.changes.length} ${describeTotal(total, (text) => text)}`;

const keysOf = (changes: readonly Change[]) => changes.map(({ name }) => name);

test.each([
  ["additions to a list", { lists: ["VIP"] }, {}, ["2 added to list VIP"], []],
  ["removals from a list", { lists: [], exact: ["lists"] }, { lists: ["Press"] }, [], ["2 removed from list Press"]],
  [
    "changes to a field, by value",
    { customFields: { Tier: "pro" } },
    { customFields: { Tier: "free" } },
    ["2 Tier: free → pro"],
    [],
  ],
  ["values of a field that was empty", { customFields: { Tier: "pro" } }, {}, ["2 Tier set to pro"], []],
  ["cleared fields", { customFields: { Tier: null } }, { customFields: { Tier: "free" } }, [], ["2 Tier cleared"]],
  ["changed names, regardless of their values", { name: "New" }, { name: "Old" }, ["2 name changed"], []],
  ["cleared descriptions", { description: "" }, { description: "Old" }, [], ["2 description cleared"]],
  ["contacts with added links", { links: ["https://a.example", "https://b.example"] }, {}, ["2 link added"], []],
] as const)("totals count %s", (_, attributes, remoteAttributes, changed, removed) => {
  const { changes } = plan(
    [desired("ada@x.example", attributes), remote("ada@x.example", remoteAttributes)],
    [desired("bob@x.example", attributes), remote("bob@x.example", remoteAttributes)],
  );
  const totals = totalsOf(changes);
  expect([totals.changed.map(describeWithCount), totals.removed.map(describeWithCount)]).toEqual([changed, removed]);
});

test("handles are counted by source, and each contact is counted once", () => {
  const { changes } = plan([desired(["ada@x.example", "+12025550101", "+12025550102"]), remote("ada@x.example")]);
  expect(totalsOf(changes).changed.map(describeWithCount)).toEqual(["1 phone added"]);
});

test("totals are sorted by frequency, then by name", () => {
  const { changes } = plan(
    [desired("ada@x.example", { lists: ["VIP"], name: "A" }), remote("ada@x.example", { name: "Z" })],
    [desired("bob@x.example", { lists: ["VIP", "Press"] }), remote("bob@x.example")],
  );
  expect(totalsOf(changes).changed.map(describeWithCount)).toEqual([
    "2 added to list VIP",
    "1 added to list Press",
    "1 name changed",
  ]);
});

test.each([
  [5, ["15 Renewal set (15 other values)", "5 Renewal set to monthly"]],
  [1, ["20 Renewal set (20 different values)"]],
])("rare values of a field with many values share one total (at most %i with the same value)", (frequent, texts) => {
  const pairs = Array.from({ length: 20 }, (_, index) => {
    const value = index < frequent ? "monthly" : `2027-01-${index + 1}`;
    return [
      desired(`c${index}@x.example`, { customFields: { Renewal: value } }),
      remote(`c${index}@x.example`),
    ] as const;
  });
  const totals = totalsOf(plan(...pairs).changes);
  expect(totals.changed.map(describeWithCount)).toEqual(texts);
});

test("totals distinguish deleted from merged contacts and contain each contact that loses a value", () => {
  const { changes } = plan(
    [desired("ada@x.example", { ensure: "absent" }), remote("ada@x.example", { lists: ["Press"] })],
    [desired(["bob@x.example", "bob@y.example"], { merge: true }), remote("bob@x.example")],
    [desired("cyd@x.example", { lists: [], exact: ["lists"] }), remote("cyd@x.example", { lists: ["Press"] })],
    [desired("dot@x.example", { name: "Dot" }), remote("dot@x.example")],
    [desired("eve@x.example", { name: "Eve" })],
    [desired("bob@z.example", { ensure: "absent", key: "gone" }), remote("bob@y.example", { id: "crd_other" })],
  );
  const totals = totalsOf(changes);
  expect(keysOf(totals.deleted)).toEqual(["ada"]);
  expect(keysOf(totals.merged)).toEqual(["crd_other"]);
  expect(keysOf(totals.updated)).toEqual(["bob", "cyd", "dot"]);
  expect(keysOf(totals.created)).toEqual(["eve"]);
  expect(keysOf(totals.losing)).toEqual(["ada", "crd_other", "cyd"]);
  expect(totals.removed.map(describeWithCount)).toEqual(["1 removed from list Press"]);
});

test("totals count the values that overwrite changes made in Front", () => {
  const { changes } = plan(
    [desired("ada@x.example", { name: "Ada", lists: ["VIP"] }), remote("ada@x.example", { name: "Edited" })],
    [desired("bob@x.example", { name: "Bob" }), remote("bob@x.example", { name: "Edited" })],
    [desired("cyd@x.example", { lists: ["VIP"] }), remote("cyd@x.example")],
  );
  const names = { front: ["ada"], both: ["bob"] };
  const withOrigins = changes.map((change): Change => {
    const origin = names.front.includes(change.name) ? "front" : names.both.includes(change.name) ? "both" : "files";
    const differences = change.differences.map((difference) =>
      difference.attribute === "name" ? { ...difference, origin } : difference,
    );
    return { ...change, differences } as Change;
  });
  const totals = totalsOf(withOrigins);
  expect(totals.overwritten.map(describeWithCount)).toEqual(["2 name changed"]);
  expect(keysOf(totals.overwriting)).toEqual(["ada", "bob"]);
  expect(totalsOf(changes).overwritten).toEqual([]);
});

const attributes = fc.record(
  {
    name: fc.constantFrom("Ann", "Bob", ""),
    lists: fc.subarray(LISTS),
    exact: fc.subarray(["lists", "custom_fields"] as const),
    customFields: fc.dictionary(fc.constantFrom("Tier", "Renewal"), fc.constantFrom("a", "b", "c", null)),
    ensure: fc.constantFrom("present" as const, "absent" as const),
  },
  { requiredKeys: [] },
);
const remoteAttributes = fc.record({
  name: fc.constantFrom("Ann", "Bob"),
  lists: fc.subarray(LISTS),
  customFields: fc.dictionary(fc.constantFrom("Tier", "Renewal"), fc.constantFrom("a", "b", "c")),
});

test("each change is in the total of its action, and each update that loses a value is in a total of removals", () => {
  forAll(
    [fc.array(fc.tuple(attributes, fc.option(remoteAttributes, { nil: undefined })), { maxLength: 25 })],
    { numRuns: 100 },
    (people) => {
      const { changes } = plan(
        ...people.map(([attributes, found], index) => {
          const entry = desired(`c${index}@x.example`, attributes);
          return [entry, found && remote(`c${index}@x.example`, found)] as const;
        }),
      );
      const totals = totalsOf(changes);
      const { created, updated, deleted, merged, losing, removed } = totals;
      expect(created.length + updated.length + deleted.length + merged.length).toBe(changes.length);
      expect(new Set([...deleted, ...merged, ...removed.flatMap((total) => total.changes)])).toEqual(new Set(losing));
      expect(losing).toEqual(changes.filter(losesData));
      for (const total of [...removed, ...totals.changed]) {
        expect(new Set(total.changes).size).toBe(total.changes.length);
      }
    },
  );
});
