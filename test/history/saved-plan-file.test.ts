import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  checkSavedPlan,
  decodePlan,
  encodePlan,
  MAX_PLAN_BYTES,
  PlanTooLargeError,
} from "../../src/history/saved-plan-file.ts";
import type { Remedy } from "../../src/model/remedy.ts";
import { desiredContact, desiredState, planFor, remoteContact, remoteState } from "../support/builders.ts";
import { forAll } from "../support/for-all.ts";

const ADA = desiredContact("ada@x.example", { name: "Ada", customFields: { Plan: "pro" } });
const BOB = desiredContact("bob@x.example", { name: "Bob" });
const DESIRED = desiredState([ADA, BOB]);
const STATE = remoteState([remoteContact("ada@x.example", { name: "Eve", customFields: { Plan: "free", Age: 7 } })], {
  fields: { Plan: "string", Age: "number" },
});
const PLAN = planFor(DESIRED, STATE);
const SAVE_OPTIONS = { version: "1.2.3", now: Date.UTC(1990, 3, 8) };
const TEXT = encodePlan(PLAN, DESIRED, SAVE_OPTIONS);

test("a decoded plan has the operations and the desired state of the encoded plan", () => {
  const { saved, diagnostics } = decodePlan(TEXT, "plan.json");
  expect(diagnostics).toEqual([]);
  expect(saved?.plan.operations).toEqual(PLAN.operations);
  expect(saved?.plan.basis).toEqual(PLAN.basis);
  expect(saved?.desired).toEqual(DESIRED);
  expect(saved).toMatchObject({ tool_version: "1.2.3", created_at: "1990-04-08T00:00:00.000Z", errored: false });
});

test("equal plans are encoded as equal text", () => {
  expect(encodePlan(planFor(DESIRED, STATE), DESIRED, SAVE_OPTIONS)).toBe(TEXT);
});

test("a file that was edited at any position is rejected or decoded to the same plan", () => {
  forAll([fc.nat(TEXT.length - 1), fc.constantFrom("0", "x", '"', "}", " ")], { numRuns: 1000 }, (index, character) => {
    const edited = `${TEXT.slice(0, index)}${character}${TEXT.slice(index + 1)}`;
    const { saved } = decodePlan(edited, "plan.json");
    if (saved !== undefined) expect(saved).toEqual(decodePlan(TEXT, "plan.json").saved);
  });
});

const HOUR = 3_600_000;
const DEEP = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;

test.each([
  ["an empty file", "", "plan-unreadable"],
  ["JSON that is nested too deeply", `{"format_version":"1.0","plan":${DEEP}}`, "plan-unreadable"],
  ["a key named __proto__", TEXT.replace("{", '{"__proto__":{"errored":false},'), "plan-edited"],
  ["an array", "[]", "plan-unreadable"],
  ["a plan of Terraform", '{"format_version":"1.2","resource_changes":[]}', "plan-edited"],
  ["a later format", TEXT.replace('"format_version": "1.0"', '"format_version": "2.0"'), "plan-format"],
])("decodePlan rejects %s", (_, text, code) => {
  expect(decodePlan(text, "plan.json").diagnostics[0]?.code).toBe(code);
});

test.each([
  ["accepts a plan of the same major version and company", {}, undefined],
  ["rejects a plan of a different major version", { version: "2.0.0" }, "plan-version"],
  ["rejects a plan of a different company", { companyId: "cmp_other" }, "plan-company"],
  ["accepts a plan that is 23 hours old", { now: SAVE_OPTIONS.now + 23 * HOUR }, undefined],
  ["warns about a plan that is a month old", { now: SAVE_OPTIONS.now + 30 * 24 * HOUR }, "plan-old"],
  [
    "accepts a plan whose creation time is a month in the future",
    { now: SAVE_OPTIONS.now - 30 * 24 * HOUR },
    undefined,
  ],
])("checkSavedPlan %s", (_, context, code) => {
  const { saved } = decodePlan(TEXT, "plan.json");
  if (saved === undefined) throw new Error("the plan cannot be decoded");
  const defaults = { version: "1.9.0", companyId: "cmp_tp1", now: SAVE_OPTIONS.now };
  expect(checkSavedPlan({ saved, ...defaults, ...context })[0]?.code).toBe(code);
});

test("a plan with 100,000 changes, extrapolated from 200 changes, is smaller than the limit", () => {
  const people = Array.from({ length: 200 }, (_, index) =>
    desiredContact([`person.number.${index}@company.example`, `+1360${5_550_000 + index}`], {
      key: `person-${index}`,
      name: `Person Number ${index}`,
      links: [`https://crm.example/people/${index}`],
      description: "What people write about somebody in a sentence or two, and sometimes in a third.",
      customFields: { Title: "Special Agent", Location: "Twin Peaks", Tier: "gold" },
      lists: ["Agents"],
    }),
  );
  const contacts = people.map((_, index) =>
    remoteContact([`person.number.${index}@company.example`], { id: `crd_${index}`, name: "Somebody Else" }),
  );
  const desired = desiredState(people, { lists: ["Agents"] });
  const company = { lists: ["Agents"], fields: { Title: "string", Location: "string", Tier: "string" } };
  const text = encodePlan(planFor(desired, remoteState(contacts, company)), desired, SAVE_OPTIONS);
  expect(decodePlan(text, "plan.json").saved?.plan.changes).toHaveLength(200);
  expect((Buffer.byteLength(text) / 200) * 100_000).toBeLessThan(MAX_PLAN_BYTES);
});

test("a plan that is too large to decode is not encoded", () => {
  const limit = Buffer.byteLength(TEXT);
  expect(encodePlan(PLAN, DESIRED, { ...SAVE_OPTIONS, limit })).toBe(TEXT);
  expect(() => encodePlan(PLAN, DESIRED, { ...SAVE_OPTIONS, limit: limit - 1 })).toThrow(PlanTooLargeError);
});

test("each operation is written on its own line", () => {
  const lines = TEXT.split("\n");
  for (const { id } of PLAN.operations) {
    expect(lines.filter((line) => line.includes(`"id":${JSON.stringify(id)}`))).toHaveLength(1);
  }
});

/** The properties of each remedy. The type requires every kind. */
const REMEDIES: Readonly<Record<Remedy["kind"], object>> = {
  "allow-changes": { count: 1 },
  "allow-removals": { count: 1 },
  "allow-requests": { count: 1 },
  "repeat-undo": { run: "1", changes: 1, removals: 1, overwrite: ["front_contact.ada"], detached: true },
  "set-base-directory": { revision: "HEAD", directory: "old" },
  "start-emulator": { port: "8080" },
  "exclude-resource": { address: "front_contact.ada" },
  "map-columns": { mapping: "name=Name", separator: ";" },
  "accept-fewer-contacts": {},
  "allow-duration": {},
  "choose-directory": {},
  "compare-with-base": {},
  "create-configuration": {},
  "create-plan": {},
  "import-contacts": {},
  "import-elsewhere": {},
  initialize: {},
  "inspect-contacts": {},
  "limit-requests": {},
  "list-runs": {},
  "move-handles": {},
  "overwrite-changes": {},
  "pipe-token": {},
  "read-all-contacts": {},
  "resolve-conflicts": { accounts: true },
  "skip-journal": {},
  "undo-saved-plan": {},
  "update-schema": {},
};

test.each(Object.entries(REMEDIES))("a saved plan may have a warning with the remedy %s", (kind, properties) => {
  const remedy = { kind, ...properties } as Remedy;
  const diagnostic = { severity: "warning", code: "empty", summary: "Empty", advice: "Wait.", remedy } as const;
  const text = encodePlan({ ...PLAN, diagnostics: [diagnostic] }, DESIRED, SAVE_OPTIONS);
  expect(decodePlan(text, "plan.json").saved?.plan.diagnostics).toEqual([diagnostic]);
});
