import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { revalidatePlan } from "../src/history/revalidate.ts";
import { decodePlan, encodePlan } from "../src/history/saved-plan-file.ts";
import { type DesiredContact, type DesiredState, handleKey, type RemoteContact } from "../src/model/contact.ts";
import { hasBlockingErrors } from "../src/model/diagnostic.ts";
import type { Plan } from "../src/model/plan.ts";
import { runs } from "./scale.ts";
import { type Policy, planFor, remoteContact, remoteState } from "./support/builders.ts";
import { forAll } from "./support/for-all.ts";
import { type HandleConflict, handleConflicts, policyOf, withHandlesOnly } from "./support/handle-conflicts.ts";
import { replayOperations } from "./support/replay-operations.ts";

// These tests check properties of handles that hold for any company and configuration. They do not use an emulator, so
// they can test more cases.

interface Scenario {
  readonly remoteContacts: readonly RemoteContact[];
  readonly desired: DesiredState;
  readonly policy: Policy;
  readonly plan: Plan;
  readonly planAgain: (handlesById: HandlesById) => Plan;
  /** Returns a random index below `count`. */
  readonly pick: (count: number) => number;
}

/** The handles of each contact, by its ID or, for a created contact, by its address. */
type HandlesById = Readonly<Record<string, readonly string[]>>;

function testProperty(
  name: string,
  runCount: number,
  check: (scenario: Scenario) => void,
  hasPlanErrors = false,
): void {
  test(name, () =>
    forAll(
      [handleConflicts, fc.infiniteStream(fc.nat(1000))],
      { numRuns: runs(runCount), maxSkipsPerRun: 1000 },
      (conflict, randomNumbers) => {
        const scenario = createScenario(conflict, randomNumbers);
        fc.pre(hasBlockingErrors(scenario.plan.diagnostics) === hasPlanErrors);
        check(scenario);
      },
    ),
  );
}

function createScenario(conflict: HandleConflict, randomNumbers: Iterator<number>): Scenario {
  const { remoteContacts, desired } = withHandlesOnly(conflict);
  const policy = policyOf(conflict);
  const pick = (count: number) => randomNumbers.next().value % count;
  const plan = planFor(desired, remoteState(remoteContacts), policy);
  return {
    remoteContacts,
    desired,
    policy,
    plan,
    pick,
    planAgain: (handlesById) => planFor(desired, remoteState(contactsOf(handlesById)), policy),
  };
}

/**
 * Returns contacts with these handles. Converts the address of a created contact to an ID that is higher than all
 * existing IDs.
 */
function contactsOf(handlesById: HandlesById): RemoteContact[] {
  return Object.entries(handlesById).map(([id, keys]) => {
    const handles = keys.map((key) => ({ source: key.split(":")[0] ?? "", handle: key.slice(key.indexOf(":") + 1) }));
    return { ...remoteContact("+0", { id: id.replace("front_contact.", "crd_new") }), handles };
  });
}

function sortHandles(handlesById: HandlesById): HandlesById {
  return Object.fromEntries(contactsOf(handlesById).map(({ id, handles }) => [id, handles.map(handleKey).sort()]));
}

testProperty(
  "re-validating a saved plan returns the same plan if Front did not change",
  150,
  ({ remoteContacts, desired, plan }) => {
    const { saved, diagnostics } = decodePlan(encodePlan(plan, desired, { version: "1.0.0", now: 0 }), "plan.json");
    expect(diagnostics).toEqual([]);
    if (saved === undefined) return;
    const revalidated = revalidatePlan(saved, remoteState(remoteContacts));
    expect(revalidated.refusals).toEqual([]);
    expect(revalidated.plan.operations).toEqual(plan.operations);
    expect(revalidated.plan.changes).toEqual(plan.changes);
  },
);

testProperty(
  "Front accepts the operations of a plan in any order in which apply can send them",
  120,
  ({ remoteContacts, plan, pick }) => {
    expect(() => replayOperations(remoteContacts, plan.operations, pick)).not.toThrow();
  },
);

testProperty("an applied plan leaves no changes", 120, ({ remoteContacts, plan, pick, planAgain }) => {
  const secondPlan = planAgain(replayOperations(remoteContacts, plan.operations, pick));
  expect([secondPlan.diagnostics, secondPlan.operations, secondPlan.changes]).toEqual([[], [], []]);
});

testProperty(
  "an apply that stops at any operation and is repeated has the result of an uninterrupted apply",
  80,
  (scenario) => {
    const { remoteContacts, plan, pick, planAgain } = scenario;
    const finalHandles = sortHandles(replayOperations(remoteContacts, plan.operations));
    for (let count = 0; count <= plan.operations.length; count += 1) {
      const partial = replayOperations(remoteContacts, plan.operations, pick, count);
      const secondPlan = planAgain(partial);
      expect(hasBlockingErrors(secondPlan.diagnostics)).toBe(false);
      expect(sortHandles(replayOperations(contactsOf(partial), secondPlan.operations, pick))).toEqual(finalHandles);
    }
  },
);

testProperty(
  "after an apply, declared handles are on the contacts of their entries, and only exact entries and deletions remove others",
  120,
  (scenario) => {
    const { remoteContacts, desired, plan, pick } = scenario;
    const finalHandles = replayOperations(remoteContacts, plan.operations, pick);
    const contactIdByHandle = new Map(
      Object.entries(finalHandles).flatMap(([id, keys]) => keys.map((key) => [key, id] as const)),
    );
    for (const entry of desired.contacts) {
      const contactIds = new Set(entry.handles.map((handle) => contactIdByHandle.get(handleKey(handle))));
      if (entry.ensure === "absent") expect(contactIds).toEqual(new Set([undefined]));
      else expect([contactIds.size, contactIds.has(undefined)]).toEqual([1, false]);
    }
    for (const { id, handles } of remoteContacts) {
      const finalId = finalIdOf(plan, id);
      const movedKeys = handles.map(handleKey).filter((key) => contactIdByHandle.get(key) !== finalId);
      for (const key of movedKeys) expect(mayLose(key, id, scenario)).toBe(true);
    }
  },
);

function finalIdOf({ operations }: Plan, id: string): string {
  const merge = operations.find(
    (operation) => operation.kind === "merge-contacts" && operation.others.some((other) => other.id === id),
  );
  return merge?.kind === "merge-contacts" ? merge.target.id : id;
}

/**
 * Returns whether a contact may lose a handle, because the handle is declared, the entry of the contact has exact
 * handles, or the contact is deleted.
 */
function mayLose(key: string, id: string, { desired, plan }: Scenario): boolean {
  const isIn = ({ handles }: Pick<DesiredContact, "handles">) => handles.some((handle) => handleKey(handle) === key);
  if (desired.contacts.some(isIn)) return true;
  const deleted = plan.operations.some(
    (operation) => operation.kind === "delete-contact" && operation.contact.id === id,
  );
  const finalIds = new Set([id, finalIdOf(plan, id)]);
  const exact = plan.changes.some(({ id: changed = "", name }) => {
    const entry = desired.contacts.find((contact) => contact.key === name);
    return finalIds.has(changed) && (entry?.exact.includes("handles") ?? false);
  });
  return deleted || exact;
}

testProperty(
  "a plan deletes and merges only contacts whose entries set ensure: absent or merge: true",
  120,
  ({ desired, plan, remoteContacts }) => {
    const entries = new Map(desired.contacts.map((entry) => [`front_contact.${entry.key}`, entry]));
    for (const operation of plan.operations) {
      const entry = entries.get(operation.subjects[0] ?? "");
      if (operation.kind === "delete-contact") {
        expect(entry?.ensure).toBe("absent");
        expect(hasAnyHandle(remoteContacts, operation.contact.id, entry)).toBe(true);
      }
      if (operation.kind === "merge-contacts") {
        expect(entry?.merge).toBe(true);
        for (const { id } of operation.others) expect(hasAnyHandle(remoteContacts, id, entry)).toBe(true);
      }
    }
  },
);

function hasAnyHandle(
  remoteContacts: readonly RemoteContact[],
  id: string,
  entry: DesiredContact | undefined,
): boolean {
  const keys = new Set(entry?.handles.map(handleKey));
  return remoteContacts.some(
    (contact) => contact.id === id && contact.handles.some((handle) => keys.has(handleKey(handle))),
  );
}

testProperty("every resource that an operation changes has a change in the plan", 120, ({ plan }) => {
  const changedAddresses = new Set(plan.changes.map(({ address }) => address));
  for (const { subjects } of plan.operations)
    for (const subject of subjects) expect(changedAddresses).toContain(subject);
});

testProperty(
  "a handle moves from an undeclared contact only if handle moves are allowed",
  25,
  ({ plan, desired, remoteContacts }) => {
    fc.pre(plan.operations.some(({ kind, subjects }) => kind === "remove-handle" && subjects[0]?.includes("[")));
    expect(planFor(desired, remoteState(remoteContacts)).operations).toEqual([]);
  },
);

testProperty(
  "a plan with an error has no operations and no changes",
  100,
  ({ plan }) => {
    expect(plan).toMatchObject({ operations: [], changes: [], requests: { total: 0 } });
  },
  true,
);

function withoutOrder({ operations, changes, requests, diagnostics }: Plan): unknown {
  const sortDeep = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => JSON.stringify(sortDeep(item))).sort();
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).filter(([name]) => name !== "location" && name !== "related");
    return entries.map(([name, content]) => `${name}: ${JSON.stringify(sortDeep(content))}`).sort();
  };
  return sortDeep([operations, changes, requests, diagnostics.map(({ code, summary }) => [code, summary.length])]);
}

function reverseOrder(scenario: Scenario): { desired: DesiredState; remoteContacts: RemoteContact[] } {
  const reverseHandles = <T extends { readonly handles: readonly unknown[] }>(contact: T) => ({
    ...contact,
    handles: contact.handles.toReversed(),
  });
  const contacts = scenario.desired.contacts.map(reverseHandles).toReversed();
  return {
    desired: { ...scenario.desired, contacts },
    remoteContacts: scenario.remoteContacts.map(reverseHandles).toReversed(),
  };
}

for (const hasPlanErrors of [false, true]) {
  testProperty(
    `the order of contacts and handles does not affect ${hasPlanErrors ? "a plan with an error" : "a plan"}`,
    80,
    (scenario) => {
      const { desired, remoteContacts } = reverseOrder(scenario);
      expect(withoutOrder(planFor(desired, remoteState(remoteContacts), scenario.policy))).toEqual(
        withoutOrder(scenario.plan),
      );
    },
    hasPlanErrors,
  );
}
