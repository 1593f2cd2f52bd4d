import type { Attributes, Change } from "../model/change.ts";
import type { AccountState } from "../model/company.ts";
import type { Operation, Plan } from "../model/plan.ts";

/**
 * Returns a plan that refers to declared accounts by address instead of id. A plan refers to an account that it creates
 * by address, but a plan made after the creation refers to it by id.
 */
export function withAccountAddresses(plan: Plan, accounts: readonly AccountState[]): Plan {
  const addresses = new Map(
    accounts.flatMap(({ id, address }) => (id !== undefined && address !== undefined ? [[id, address] as const] : [])),
  );
  if (addresses.size === 0) return plan;
  return {
    ...plan,
    changes: plan.changes.map((change) => renamedChange(change, addresses)),
    operations: plan.operations.map((operation) => renamedOperation(operation, addresses)),
  };
}

type Addresses = ReadonlyMap<string, string>;

function renamedChange(change: Change, addresses: Addresses): Change {
  const differences = change.differences.map((difference) =>
    difference.attribute === "account" && difference.after !== undefined
      ? { ...difference, after: addresses.get(difference.after) ?? difference.after }
      : difference,
  );
  const after = change.after && renamedAttributes(change.after, addresses);
  return { ...change, differences, after } as Change;
}

function renamedAttributes(attributes: Attributes, addresses: Addresses): Attributes {
  const { account } = attributes;
  return typeof account === "string" ? { ...attributes, account: addresses.get(account) ?? account } : attributes;
}

function renamedOperation(operation: Operation, addresses: Addresses): Operation {
  if (operation.kind !== "link-account" || !("id" in operation.account)) return operation;
  const createdAs = addresses.get(operation.account.id);
  return createdAs === undefined ? operation : { ...operation, account: { createdAs } };
}
