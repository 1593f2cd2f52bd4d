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
import { locationAt, planFor, remoteContact, remoteState, UNGUARDED } from "./support/builders.ts";
import { forAll } from "./support/for-all.ts";
import { conflictsWithBase, policyOf, withHandlesOnly } from "./support/handle-conflicts.ts";
import { replayOperations } from "./support/replay-operations.ts";

// These properties hold for any distribution of the handles in Front, and for changes to the handles, `ensure`, `merge`
// and `id` of entries since the base.

interface Comparison {
  readonly remoteContacts: readonly RemoteContact[];
  readonly now: DesiredState;
  readonly base: DesiredState;
  /** Returns the plan of `now` with this base. */
  readonly planSince: (base: DesiredState, contacts?: readonly RemoteContact[]) => Plan;
}

function testProperty(name: string, runCount: number, check: (comparison: Comparison) => void): void {
  test(name, () =>
    forAll(
      [conflictsWithBase, fc.boolean()],
      { numRuns: runs(runCount), maxSkipsPerRun: 1000 },
      (conflicts, isHashed) => {
        const { remoteContacts, desired } = withHandlesOnly(conflicts.now);
        const now = isHashed ? withHashes(desired) : desired;
        const earlier = withHandlesOnly(conflicts.base).desired;
        const base = isHashed ? withHashes(earlier) : earlier;
        const planSince: Comparison["planSince"] = (since, contacts = remoteContacts) =>
          planFor(withBase(now, since), remoteState(contacts), policyOf(conflicts.now));
        fc.pre(planSince(base).diagnostics.every(({ severity }) => severity !== "error"));
        check({ remoteContacts, now, base, planSince });
      },
    ),
  );
}

/** Replaces the handles of tombstones with their hashes. */
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

/** Returns the contacts after an apply, with IDs for those that it created. */
function afterApply(contacts: readonly RemoteContact[], { operations }: Plan): RemoteContact[] {
  return Object.entries(replayOperations(contacts, operations)).map(([id, keys]) => {
    const handles = keys.map((key) => ({ source: key.split(":")[0] ?? "", handle: key.slice(key.indexOf(":") + 1) }));
    return { ...remoteContact("+0", { id: id.replace("front_contact.", "crd_new") }), handles };
  });
}

function idAt({ contacts }: DesiredState, key: string): string | undefined {
  return contacts.find((entry) => entry.key === key)?.id;
}

function entryWithHandle({ contacts }: DesiredState, handle: Handle): DesiredContact | undefined {
  return contacts.find(({ handles }) => handles.some((declared) => handleKey(declared) === handleKey(handle)));
}

function entryOfOperation({ subjects }: Operation, { contacts }: DesiredState): DesiredContact | undefined {
  return contacts.find(({ key }) => `front_contact.${key}` === subjects[0]);
}

/**
 * Returns the operations of entries without `merge`. With `merge`, a plan applies all values of the entry, because the
 * merge may change any of them.
 */
function operationsWithoutMerges({ operations }: Plan, now: DesiredState): Operation[] {
  const merging = new Set(now.contacts.flatMap(({ key, merge }) => (merge ? [`front_contact.${key}`] : [])));
  return operations.filter(
    (operation) =>
      !operation.subjects.some((subject) => merging.has(subject)) &&
      !("handle" in operation && entryWithHandle(now, operation.handle)?.merge),
  );
}

function addedHandles(operation: Operation): string[] {
  if (operation.kind === "add-handle") return [handleKey(operation.handle)];
  return operation.kind === "create-contact" ? operation.handles.map(handleKey) : [];
}

testProperty(
  "a plan whose base is the current configuration has no operations except merges",
  150,
  ({ now, planSince }) => {
    expect(operationsWithoutMerges(planSince(now), now)).toEqual([]);
  },
);

testProperty(
  "after an apply with a base, a plan with the new base has no operations except merges",
  150,
  (comparison) => {
    const { remoteContacts, now, base, planSince } = comparison;
    const next = planSince(now, afterApply(remoteContacts, planSince(base)));
    expect(operationsWithoutMerges(next, now)).toEqual([]);
  },
);

testProperty(
  "apart from merges, a plan with a base removes a handle or deletes a contact only if its entry changed",
  150,
  ({ now, base, planSince }) => {
    for (const operation of operationsWithoutMerges(planSince(base), now)) {
      const earlier = entryOfOperation(operation, base);
      if (operation.kind === "delete-contact")
        expect({ ...earlier, key: "" }).not.toEqual({ ...entryOfOperation(operation, now), key: "" });
      if (operation.kind === "remove-handle")
        expect(entryWithHandle(now, operation.handle)).not.toEqual(
          entryWithHandle(base, operation.handle) ?? "unmanaged",
        );
    }
  },
);

testProperty(
  "if a plan with a base removes a handle that an entry declares, it adds the handle to the contact of that entry",
  150,
  ({ now, base, planSince }) => {
    const { operations } = planSince(base);
    const removed = operations.flatMap((operation) => (operation.kind === "remove-handle" ? [operation.handle] : []));
    for (const handle of removed) {
      const entry = entryWithHandle(now, handle);
      if (entry?.ensure !== "present") continue;
      const added = operations.filter((operation) => entryOfOperation(operation, now) === entry).flatMap(addedHandles);
      expect(added).toContain(handleKey(handle));
    }
  },
);

testProperty(
  "after the base and then the configuration are applied, a plan with the same base has no operations, unless an ID changed",
  100,
  ({ remoteContacts, now, base, planSince }) => {
    // A plan finds the earlier version of an entry with an added ID by the handles of the contact with this ID. The
    // apply may add such a handle, so the second plan can differ.
    fc.pre(now.contacts.every(({ key, id }) => idAt(base, key) === id));
    const planBase = (contacts: readonly RemoteContact[]) =>
      planFor(base, remoteState(contacts), { ...UNGUARDED, allowHandleMoves: true });
    const applied = afterApply(remoteContacts, planBase(remoteContacts));
    const { operations, diagnostics } = planBase(applied);
    fc.pre(operations.length === 0 && diagnostics.every(({ severity }) => severity !== "error"));
    // The second plan may have an error, for example if an entry matches other contacts after the apply.
    expect(planSince(base, afterApply(applied, planSince(base, applied))).operations).toEqual([]);
  },
);
