import { type AttributeValue, type Difference, type Plan, splitAccounts } from "../../../src/internal.ts";
import { type Mask, maskPlan } from "../mask-handles.ts";

/** Returns a plan as views show it: masked, and with the names of accounts in addition to their IDs. */
export function shownPlan(plan: Plan, mask: Mask): Plan {
  return maskPlan(nameAccounts(plan), mask);
}

function nameAccounts(plan: Plan): Plan {
  const { accountNames, changes, base } = plan;
  if (accountNames === undefined) return plan;
  const names = new Map(Object.entries(accountNames));
  const nameOf = (account: string) => (names.has(account) ? `${names.get(account)} (${account})` : account);
  const named = (value: AttributeValue | undefined) =>
    typeof value === "string" ? splitAccounts(value).map(nameOf).join(", ") : value;
  const withNames = <T extends { readonly differences: readonly Difference[] }>(resource: T): T => {
    if (!resource.differences.some(({ attribute }) => attribute === "account")) return resource;
    const differences = resource.differences.map((difference) => {
      if (difference.attribute !== "account") return difference;
      const values = Object.entries(difference).map(([key, value]) =>
        VALUES.has(key) ? [key, named(value as AttributeValue)] : [key, value],
      );
      return Object.fromEntries(values) as Difference;
    });
    return { ...resource, differences };
  };
  const namedBase = base && { base: { ...base, drift: base.drift.map(withNames) } };
  return { ...plan, changes: changes.map(withNames), ...namedBase };
}

const VALUES: ReadonlySet<string> = new Set(["before", "after", "base"] satisfies (keyof Difference)[]);
