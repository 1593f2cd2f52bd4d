import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type DesiredContact,
  type DesiredState,
  type Handle,
  handleKey,
  type RemoteContact,
} from "../src/model/contact.ts";
import { hashOfHandle } from "../src/model/handle-hash.ts";
import type { Operation, Plan } from "../src/model/plan.ts";
import { runs } from "./scale.ts";
import { locationAt, planFor, remoteContact, remoteState } from "./support/builders.ts";
import { conflictsWithBase, policyOf, withHandlesOnly } from "./support/handle-conflicts.ts";
import { replayOperations } from "./support/replay-operations.ts";

// These properties hold if both the configuration and teammates change which contact has a handle, which contact an
// entry is pinned to, and which contacts are merged or deleted.

interface Comparison {
  readonly remoteContacts: readonly RemoteContact[];
  readonly now: DesiredState;
  readonly base: DesiredState;
  /** Returns the plan of `now` since a base. */
  readonly planSince: (base: DesiredState, contacts?: readonly RemoteContact[]) => Plan;
}

function testProperty(name: string, runCount: number, check: (comparison: Comparison) => void): void {
  test(name, () =>
    fc.assert(
      fc.property(conflictsWithBase, fc.boolean(), (conflicts, isHashed) => {
        const { remoteContacts, desired } = withHandlesOnly(conflicts.now);
        const now = isHashed ? withHashes(desired) : desired;
        const earlier = withHandlesOnly(conflicts.base).desired;
        const base = isHashed ? withHashes(earlier) : earlier;
        const planSince: Comparison["planSince"] = (since, contacts = remoteContacts) =>
          planFor(withBase(now, since), remoteState(contacts), policyOf(conflicts.now));
        fc.pre(planSince(base).diagnostics.every(({ severity }) => severity !== "error"));
        check({ remoteContacts, now, base, planSince });
      }),
      { numRuns: runs(runCount), maxSkipsPerRun: 1000 },
    ),
  );
}

/** Replaces the handles of tombstones by their hashes. */
function withHashes({ contacts, ...desired }: DesiredState): DesiredState {
  const hash = (entry: DesiredContact): DesiredContact => {
    if (entry.ensure === "present") return entry;
    const hashedHandles = entry.handles.map((handle) => ({
      source: handle.source,
      sha256: hashOfHandle(handle),
      location: locationAt(11),
    }));
    return { ...entry, handles: [], hashedHandles };
  };
  return { ...desired, contacts: contacts.map(hash) };
}

function withBase(desired: DesiredState, { contacts, lists }: DesiredState): DesiredState {
  return {
    ...desired,
    base: { revision: "main", tree: `${"0".repeat(40)}:contacts`, overwrite: false, contacts, lists },
  };
}

/** Returns the contacts after an apply, with ids for those that it created. */
function afterApply(contacts: readonly RemoteContact[], { operations }: Plan): RemoteContact[] {
  return Object.entries(replayOperations(contacts, operations)).map(([id, keys]) => {
    const handles = keys.map((key) => ({ source: key.split(":")[0] ?? "", handle: key.slice(key.indexOf(":") + 1) }));
    return { ...remoteContact("+0", { id: id.replace("front_contact.", "crd_new") }), handles };
  });
}

function ownerIn({ contacts }: DesiredState, handle: Handle): DesiredContact | undefined {
  return contacts.find(({ handles }) => handles.some((declared) => handleKey(declared) === handleKey(handle)));
}

function ownerOf({ subjects }: Operation, { contacts }: DesiredState): DesiredContact | undefined {
  return contacts.find(({ key }) => `front_contact.${key}` === subjects[0]);
}

/** A plan that merges contacts applies all values of the entry, because the merge may change any of them. */
function operationsWithoutMerges({ operations }: Plan, now: DesiredState): Operation[] {
  const merging = new Set(now.contacts.flatMap(({ key, merge }) => (merge ? [`front_contact.${key}`] : [])));
  return operations.filter(
    (operation) =>
      !operation.subjects.some((subject) => merging.has(subject)) &&
      !("handle" in operation && ownerIn(now, operation.handle)?.merge),
  );
}

/** An entry with exact handles also removes a handle that another entry declares and that moved to it in Front. */
function withoutExactRemovals(operations: readonly Operation[], now: DesiredState): Operation[] {
  const exact = new Set(
    now.contacts.flatMap(({ key, exact: parts }) => (parts.includes("handles") ? [`front_contact.${key}`] : [])),
  );
  return operations.filter(
    ({ kind, subjects }) => kind !== "remove-handle" || !subjects.some((subject) => exact.has(subject)),
  );
}

testProperty("a plan whose base is the current configuration only merges contacts", 150, ({ now, planSince }) => {
  expect(operationsWithoutMerges(planSince(now), now)).toEqual([]);
});

testProperty("after an apply with a base, a plan with the new base is empty", 150, (comparison) => {
  const { remoteContacts, now, base, planSince } = comparison;
  const next = planSince(now, afterApply(remoteContacts, planSince(base)));
  expect(operationsWithoutMerges(next, now)).toEqual([]);
});

testProperty(
  "a plan with a base removes no handle whose entry did not change, and deletes no contact that was already deleted at the base",
  150,
  ({ now, base, planSince }) => {
    for (const operation of withoutExactRemovals(operationsWithoutMerges(planSince(base), now), now)) {
      const earlier = ownerOf(operation, base);
      if (operation.kind === "delete-contact")
        expect({ ...earlier, key: "" }).not.toEqual({ ...ownerOf(operation, now), key: "" });
      if (operation.kind === "remove-handle")
        expect(ownerIn(now, operation.handle)).not.toEqual(ownerIn(base, operation.handle) ?? "unmanaged");
    }
  },
);

testProperty(
  "every handle that the configuration declares and a plan with a base removes from a contact is on another contact afterward",
  150,
  ({ remoteContacts, now, base, planSince }) => {
    const plan = planSince(base);
    const after = new Set(afterApply(remoteContacts, plan).flatMap(({ handles }) => handles.map(handleKey)));
    const present = new Set(
      now.contacts.flatMap(({ ensure, handles }) => (ensure === "present" ? handles.map(handleKey) : [])),
    );
    const removed = withoutExactRemovals(plan.operations, now).flatMap((operation) =>
      operation.kind === "remove-handle" ? [handleKey(operation.handle)] : [],
    );
    expect(removed.filter((key) => present.has(key) && !after.has(key))).toEqual([]);
  },
);
