import { domainKey, type RemoteAccount } from "../model/account.ts";
import type { Change, Difference } from "../model/change.ts";
import type { Operation } from "../model/plan.ts";
import {
  type Comparison,
  compareField,
  compareMembership,
  compareText,
  comparisonOf,
  type Finding,
  typesOf,
} from "./compare-with-plan.ts";

/** Compares an account with its plan, like a contact. */
export function compareAccountWithPlan(
  change: Change,
  operations: readonly Operation[],
  shown: RemoteAccount,
): Comparison {
  const types = typesOf(operations);
  return comparisonOf(change.differences.map((difference) => compareDifference(difference, shown, types)));
}

function compareDifference(difference: Difference, shown: RemoteAccount, types: ReadonlyMap<string, string>): Finding {
  const { attribute, key = "" } = difference;
  switch (attribute) {
    case "name":
    case "description":
      return compareText(difference, shown[attribute]);
    case "external_id":
      return compareText(difference, shown.externalId ?? "");
    case "domains": {
      const isThere = shown.domains.some((domain) => domainKey(domain) === key);
      return compareMembership(`domain ${key}`, difference.after !== undefined, isThere);
    }
    case "custom_fields":
      return compareField(difference, shown.customFields.get(key), types.get(key));
    default:
      return undefined;
  }
}
