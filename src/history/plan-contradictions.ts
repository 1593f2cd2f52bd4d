import { differencesBetween } from "../comparing/differences.ts";
import { accountAddress, contactAddress, undeclaredAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { Change, Difference } from "../model/change.ts";
import type { DesiredState } from "../model/contact.ts";
import { canonicalJson } from "../model/fingerprint.ts";
import type { Operation, Plan } from "../model/plan.ts";

/**
 * Returns the first contradiction in a plan file. Users review the changes, but front-contacts performs the operations,
 * so both must agree.
 */
export function findContradiction({ changes, operations, base }: Plan, desired: DesiredState): string | undefined {
  const addresses = new Set(changes.map(({ address }) => address));
  const accounts = (desired.accounts ?? []).filter(({ onlyNamed }) => !onlyNamed);
  const declared = [
    ...desired.contacts.map(({ key }) => contactAddress(key)),
    ...accounts.map(({ key }) => accountAddress(key)),
  ];
  const entries = new Set(declared);
  const ids = new Set(operations.map(({ id }) => id));
  if (ids.size < operations.length) return "two operations have the same ID";
  if (addresses.size < changes.length) return "two changes have the same address";
  if (entries.size < declared.length) return "two entries have the same key";
  const drifted = new Set(base?.drift.map(({ address }) => address));
  const unchanged = [...entries].find((address) => !addresses.has(address) && !drifted.has(address));
  if (unchanged !== undefined) return `${unchanged} has an entry but no change`;
  const problems = [
    ...changes.map((change) => problemOfChange(change, entries)),
    ...operations.map((operation) => problemOfOperation(operation, { addresses, ids })),
  ];
  const [problem] = problems.filter((found) => found !== undefined);
  return problem ?? (hasCycle(operations) ? "its operations depend on each other in a cycle" : undefined);
}

function problemOfChange(change: Change, entries: ReadonlySet<string>): string | undefined {
  const { address, type, id, before, after, differences } = change;
  const isUndeclared = id !== undefined && address === undeclaredAddress(id);
  if (type !== "front_contact_list" && !isUndeclared && !entries.has(address)) {
    return `${address} has a change but no entry`;
  }
  const expected = differencesBetween(before ?? {}, after ?? {});
  return sameDifferences(expected, differences) ? undefined : `the differences of ${address} do not match its values`;
}

function sameDifferences(a: readonly Difference[], b: readonly Difference[]): boolean {
  const sorted = (differences: readonly Difference[]) =>
    differences.map(({ attribute, key, before, after }) => canonicalJson({ attribute, key, before, after })).sort();
  return canonicalJson(sorted(a)) === canonicalJson(sorted(b));
}

function problemOfOperation(
  { id, subjects, dependsOn }: Operation,
  { addresses, ids }: { readonly addresses: ReadonlySet<string>; readonly ids: ReadonlySet<string> },
): string | undefined {
  if (subjects.length === 0) return `the operation "${id}" has no subject`;
  const unreviewed = subjects.find((subject) => !addresses.has(subject));
  if (unreviewed !== undefined) return `the operation "${id}" is on ${unreviewed}, which has no change in the plan`;
  const missing = dependsOn.find((other) => !ids.has(other));
  return missing === undefined ? undefined : `the operation "${id}" depends on "${missing}", which is not in the plan`;
}

/**
 * Returns whether operations depend on each other in a cycle. Repeatedly removes operations without dependencies: if
 * some remain, there is a cycle.
 */
function hasCycle(operations: readonly Operation[]): boolean {
  const dependents = new Map<string, string[]>();
  for (const { id, dependsOn } of operations) for (const other of new Set(dependsOn)) append(dependents, other, id);
  const dependencies = new Map(operations.map(({ id, dependsOn }) => [id, new Set(dependsOn)]));
  const independent = operations.filter(({ dependsOn }) => dependsOn.length === 0).map(({ id }) => id);
  for (let id = independent.pop(); id !== undefined; id = independent.pop()) {
    dependencies.delete(id);
    for (const dependent of dependents.get(id) ?? []) {
      const remaining = dependencies.get(dependent);
      remaining?.delete(id);
      if (remaining?.size === 0) independent.push(dependent);
    }
  }
  return dependencies.size > 0;
}
