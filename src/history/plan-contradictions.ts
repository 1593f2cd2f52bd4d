import { accountAddress, contactAddress, undeclaredAddress } from "../model/address.ts";
import type { Attributes, Change, Difference } from "../model/change.ts";
import type { DesiredState } from "../model/contact.ts";
import { canonicalJson } from "../model/fingerprint.ts";
import type { Operation, Plan } from "../model/plan.ts";
import { differencesBetween } from "../planning/differences.ts";

interface SavedContent {
  readonly plan: Plan;
  readonly desired: DesiredState;
}

/**
 * Returns why a plan file contradicts itself, or undefined. People review the changes, but front-contacts performs the
 * operations, so both must agree.
 */
export function findContradiction({ plan, desired }: SavedContent): string | undefined {
  const { changes, operations } = plan;
  const addresses = new Set(changes.map(({ address }) => address));
  const planned = (desired.accounts ?? []).filter(({ onlyNamed }) => !onlyNamed);
  const declared = [
    ...desired.contacts.map(({ key }) => contactAddress(key)),
    ...planned.map(({ key }) => accountAddress(key)),
  ];
  const entries = new Set(declared);
  const ids = new Set(operations.map(({ id }) => id));
  if (ids.size < operations.length) return "two operations have the same id";
  if (addresses.size < changes.length) return "two changes have the same address";
  if (entries.size < declared.length) return "two entries have the same key";
  const untouched = [...entries].find((address) => !addresses.has(address));
  if (untouched !== undefined) return `${untouched} has an entry and no change`;
  return (
    firstProblem(changes, (change) => problemOf(change, entries)) ??
    firstProblem(operations, (operation) => problemOfOperation(operation, { addresses, ids })) ??
    (hasCycle(operations) ? "its operations depend on each other in a cycle" : undefined)
  );
}

function firstProblem<T>(values: readonly T[], problem: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const found = problem(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function problemOf(change: Change, entries: ReadonlySet<string>): string | undefined {
  const { address, type, id, before, after, differences } = change;
  const isStranger = id !== undefined && address === undeclaredAddress(id);
  const isDeclared = type === "front_contact_list" || isStranger || entries.has(address);
  if (!isDeclared) return `${address} has a change and no entry`;
  const shown = differencesBetween(before ?? NO_ATTRIBUTES, after ?? NO_ATTRIBUTES);
  return sameDifferences(shown, differences) ? undefined : `the differences of ${address} do not match its values`;
}

const NO_ATTRIBUTES: Attributes = {};

function sameDifferences(a: readonly Difference[], b: readonly Difference[]): boolean {
  const texts = ([a, b] as const).map((some) =>
    some.map(({ attribute, key, before, after }) => canonicalJson({ attribute, key, before, after })).sort(),
  );
  return canonicalJson(texts[0]) === canonicalJson(texts[1]);
}

function problemOfOperation(
  { id, subjects, dependsOn }: Operation,
  { addresses, ids }: { readonly addresses: ReadonlySet<string>; readonly ids: ReadonlySet<string> },
): string | undefined {
  if (subjects.length === 0) return `the operation "${id}" has no subject`;
  const hidden = subjects.find((subject) => !addresses.has(subject));
  if (hidden !== undefined) return `the operation "${id}" is on ${hidden}, which has no change in the plan`;
  const missing = dependsOn.find((other) => !ids.has(other));
  return missing === undefined ? undefined : `the operation "${id}" depends on "${missing}", which is not in the plan`;
}

/**
 * Returns whether the dependencies of operations form a cycle. Removes operations without remaining dependencies until
 * none is left or only cycles are left.
 */
function hasCycle(operations: readonly Operation[]): boolean {
  const dependents = dependentsOf(operations);
  const waiting = new Map(operations.map(({ id, dependsOn }) => [id, new Set(dependsOn)]));
  const free = operations.filter(({ dependsOn }) => dependsOn.length === 0).map(({ id }) => id);
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    waiting.delete(id);
    for (const dependent of dependents.get(id) ?? []) {
      const left = waiting.get(dependent);
      left?.delete(id);
      if (left?.size === 0) free.push(dependent);
    }
  }
  return waiting.size > 0;
}

/** Returns the ids of the operations that wait for each operation, by its id. */
function dependentsOf(operations: readonly Operation[]): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>(operations.map(({ id }) => [id, []]));
  for (const { id, dependsOn } of operations) {
    for (const other of new Set(dependsOn)) dependents.get(other)?.push(id);
  }
  return dependents;
}
