import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { DesiredContact } from "../../src/model/contact.ts";
import type { Plan, Targets } from "../../src/model/plan.ts";
import { matcherOf, unmatchedPatterns } from "../../src/planning/select-targets.ts";
import type { Readings } from "../../src/reading/remote-state.ts";
import {
  codesOf,
  desiredContact,
  desiredState,
  idsOf,
  planFor,
  remoteContact,
  remoteState,
  UNGUARDED,
} from "../support/builders.ts";
import { forAll } from "../support/for-all.ts";

function addressesOf({ changes }: Plan): string[] {
  return changes.map(({ address }) => address);
}

function plan(contacts: readonly DesiredContact[], targets: Targets, state: Readings = remoteState()): Plan {
  return planFor(desiredState(contacts, { lists: ["VIP"] }), state, { ...UNGUARDED, targets });
}

const ADA = desiredContact("ada@x.example");
const BOB = desiredContact("bob@x.example");
const CY = desiredContact("cy@y.example");

test.each<[string, readonly string[], readonly string[]]>([
  ["an address", ["front_contact.ada"], ["front_contact.ada"]],
  ["one of several addresses", ["front_contact.cy", "front_contact.ada"], ["front_contact.ada", "front_contact.cy"]],
  ["a pattern with * for any string", ["*.b*"], ["front_contact.bob"]],
  ["the pattern *, which matches everything", ["*"], ["front_contact.ada", "front_contact.bob", "front_contact.cy"]],
  ["a pattern with ? for one character", ["front_contact.???"], ["front_contact.ada", "front_contact.bob"]],
  ["a pattern with * for an empty string", ["front_contact.*a*d*a*"], ["front_contact.ada"]],
])("a target may be %s", (_, only, chosen) => {
  const planned = plan([ADA, BOB, CY], { only });
  expect(addressesOf(planned)).toEqual(chosen);
  expect(idsOf(planned)).toEqual(chosen.map((address) => `create-contact ${address}`));
  expect(planned.requests).toEqual({
    total: chosen.length + 1,
    byKind: { "create-contact": chosen.length, verification: 1 },
  });
});

test("a plan contains everything that is not excluded", () => {
  expect(addressesOf(plan([ADA, BOB, CY], { except: ["front_contact.?o*"] }))).toEqual([
    "front_contact.ada",
    "front_contact.cy",
  ]);
});

test("a partial plan warns about the number of excluded changes", () => {
  expect(plan([ADA, BOB, CY], { only: ["front_contact.ada"] }).diagnostics).toEqual([
    {
      severity: "warning",
      code: "plan-partial",
      summary: "This plan is partial: 2 changes are excluded",
      advice: expect.stringContaining("run plan with the same options, but without targets and exclusions,"),
    },
  ]);
  expect(plan([ADA], { only: ["*"] }).diagnostics).toEqual([]);
  expect(plan([ADA], { except: ["*"] }).diagnostics).toMatchObject([
    { advice: expect.stringMatching(/^Run plan with the same options, but without targets and exclusions,/) },
  ]);
});

test.each<[string, Targets, RegExp]>([
  ["a typo", { only: ["front_contact.adda"] }, /Did you mean front_contact\.ada\?/],
  ["a typo in the type", { only: ["front_contract.ada"] }, /Did you mean front_contact\.ada\?/],
  ["a part of a key", { only: ["front_contact.grace"] }, /Did you mean front_contact\.gracehopper\?/],
  ["a key without its type", { only: ["ada"] }, /Did you mean front_contact\.ada\?/],
  ...["VIP", "front_contact_list.VIP", "front_contact_list.this[VIP]", 'front_contact_list.this["VIQ"]'].map(
    (pattern): [string, Targets, RegExp] => [
      `${pattern} for a list`,
      { except: [pattern] },
      /Did you mean front_contact_list\.this\["VIP"\]\?/,
    ],
  ),
  ["a pattern that matches nothing", { only: ["front_contact.z*"] }, /An address is front_contact\.KEY/],
  ["one of several patterns", { only: ["front_contact.ada", "front_contact.nobody"] }, /An address is/],
])("a target that matches nothing is an error: %s", (_, targets, advice) => {
  const contacts = [
    { ...ADA, lists: [{ name: "VIP", location: ADA.location }] },
    desiredContact("grace-hopper@x.example"),
  ];
  const planned = plan(contacts, targets);
  expect(planned.operations).toEqual([]);
  expect(planned.diagnostics).toMatchObject([{ severity: "error", code: "target-unknown" }]);
  expect(planned.diagnostics[0]?.advice).toMatch(advice);
});

test("a contact without changes can be a target", () => {
  const planned = plan([ADA, BOB], { only: ["front_contact.ada"] }, remoteState([remoteContact("ada@x.example")]));
  expect(planned.changes).toEqual([]);
  expect(codesOf(planned)).toEqual(["plan-partial"]);
});

const VIPS = [desiredContact("ada@x.example", { lists: ["VIP"] }), desiredContact("bob@x.example", { lists: ["VIP"] })];

test("a plan for a target contact includes the list that the contact needs, but not other contacts on the list", () => {
  const planned = plan(VIPS, { only: ["front_contact.ada"] });
  expect(addressesOf(planned)).toEqual(['front_contact_list.this["VIP"]', "front_contact.ada"]);
  expect(planned.diagnostics[0]?.advice).toContain('front_contact_list.this["VIP"]');
});

test("a new list that only excluded contacts need is also excluded", () => {
  expect(addressesOf(plan(VIPS, { except: ["front_contact.ada"] }))).toContain('front_contact_list.this["VIP"]');
  const planned = plan([...VIPS, CY], { except: ["front_contact.ada", "front_contact.bob"] });
  expect(addressesOf(planned)).toEqual(["front_contact.cy"]);
  expect(planned.diagnostics[0]?.advice).toMatch(/^Also excluded: front_contact_list\.this\["VIP"\]\. /);
});

test("bulk operations contain only the targets", () => {
  const state = remoteState([remoteContact("ada@x.example")]);
  const planned = plan(VIPS, { only: ["front_contact.ada"] }, state);
  expect(planned.operations.at(-1)).toMatchObject({
    kind: "add-to-list",
    subjects: ["front_contact.ada"],
    contacts: [{ id: "crd_ada" }],
    dependsOn: ['create-list front_contact_list.this["VIP"]'],
  });
});

test("excluding a new list excludes the contacts that need it", () => {
  expect(addressesOf(plan([...VIPS, CY], { except: ['front_contact_list.this["VIP"]'] }))).toEqual([
    "front_contact.cy",
  ]);
});

const MOVE = [desiredContact("ada@x.example"), desiredContact(["bob@x.example", "shared@x.example"]), CY];
const BEFORE_MOVE = remoteState([remoteContact(["ada@x.example", "shared@x.example"]), remoteContact("bob@x.example")]);

test.each<[string, Targets]>([
  ["the target contact is selected", { only: ["front_contact.bob"] }],
  ["the source contact is selected", { only: ["front_contact.ada"] }],
  ["neither contact is excluded", { except: ["front_contact.cy"] }],
])("a handle is removed and added if %s", (_, targets) => {
  expect(idsOf(plan(MOVE, targets, BEFORE_MOVE))).toEqual([
    "remove-handle front_contact.ada email:shared@x.example",
    "add-handle front_contact.bob email:shared@x.example",
  ]);
});

test.each(["front_contact.ada", "front_contact.bob"])("a handle does not move if %s is excluded", (address) => {
  expect(idsOf(plan(MOVE, { except: [address] }, BEFORE_MOVE))).toEqual(["create-contact front_contact.cy"]);
});

test("a merge is selected with all its contacts", () => {
  const merging = [desiredContact(["ada@x.example", "ada@y.example"], { merge: true }), CY];
  const state = remoteState([remoteContact("ada@x.example"), remoteContact("ada@y.example", { id: "crd_other" })]);
  for (const only of [["front_contact.ada"], ['front_contact.undeclared["crd_other"]']]) {
    expect(addressesOf(plan(merging, { only }, state))).toEqual([
      "front_contact.ada",
      'front_contact.undeclared["crd_other"]',
    ]);
  }
  expect(addressesOf(plan(merging, { except: ["front_contact.ada"] }, state))).toEqual(["front_contact.cy"]);
});

test("guards count only the selected changes", () => {
  const people = Array.from({ length: 12 }, (_, index) => `p${index}@x.example`);
  const desired = people.map((email) => desiredContact(email, { name: "New" }));
  const state = remoteState(people.map((email) => remoteContact(email)));
  expect(codesOf(planFor(desired, state, {}))).toEqual(["too-many-changes"]);
  expect(codesOf(planFor(desired, state, { targets: { only: ["front_contact.p1?"] } }))).toEqual(["plan-partial"]);
});

test("a selection contains its dependencies, and an exclusion contains its dependents", () => {
  const contacts = [...VIPS, CY, desiredContact("dan@x.example", { lists: ["VIP"] })];
  const allAddresses = contacts.map(({ key }) => `front_contact.${key}`);
  forAll([fc.subarray(allAddresses, { minLength: 1 }), fc.boolean()], {}, (chosen, isExclusion) => {
    const { operations, changes } = plan(contacts, isExclusion ? { except: chosen } : { only: chosen });
    const ids = new Set(operations.map(({ id }) => id));
    const addresses = new Set(changes.map(({ address }) => address));
    expect(operations.flatMap(({ dependsOn }) => dependsOn).filter((id) => !ids.has(id))).toEqual([]);
    expect(operations.flatMap(({ subjects }) => subjects).filter((subject) => !addresses.has(subject))).toEqual([]);
    for (const address of chosen) expect(addresses.has(address)).toBe(!isExclusion);
  });
});

test("a partial plan warns only about private contacts that have handles of its entries", () => {
  const state = remoteState(
    ["ada@x.example", "bob@x.example"].map((email) => remoteContact(email, { isPrivate: true })),
  );
  const { diagnostics } = plan([ADA, BOB], { only: ["front_contact.ada"] }, state);
  expect(diagnostics.map(({ code, summary }) => [code, summary.split(" ")[1]])).toEqual([
    ["private-contact", "ada@x.example"],
    ["plan-partial", "plan"],
  ]);
});

test("a pattern with many asterisks is matched without exponential time", () => {
  const planned = plan([desiredContact(`${"a".repeat(90)}@x.example`)], { only: [`*${"a*".repeat(40)}b`] });
  expect(codesOf(planned)).toEqual(["target-unknown"]);
});

test("many patterns that begin differently match only their own addresses", () => {
  const size = 200;
  const patterns = Array.from({ length: size }, (_, index) => `front_contact.p${index}-?x*`);
  const addresses = Array.from(
    { length: size },
    (_, index) => `front_contact.p${index}-${index % 2 === 0 ? "ax" : "b"}`,
  );
  const isEven = matcherOf(patterns);
  expect(addresses.filter(isEven)).toEqual(addresses.filter((_, index) => index % 2 === 0));
  expect(unmatchedPatterns(patterns, addresses)).toEqual(patterns.filter((_, index) => index % 2 !== 0));
});
