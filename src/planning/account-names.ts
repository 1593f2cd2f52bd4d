import { splitAccounts } from "../model/account.ts";
import type { Difference } from "../model/change.ts";
import type { Plan } from "../model/plan.ts";
import type { RemoteState } from "../reading/remote-state.ts";

/**
 * Returns the names of the accounts that the changes and the drift refer to, by the ID of the account or, if the plan
 * creates the account, by its address. Omits accounts without a known name. Omits the property if no name is known.
 */
export function accountNamesIn(
  { changes, base }: Pick<Plan, "changes" | "base">,
  { remoteAccounts = [], referencedAccounts, contacts }: RemoteState,
): Pick<Plan, "accountNames"> {
  const references = new Set([...changes, ...(base?.drift ?? [])].flatMap(accountsIn));
  if (references.size === 0) return {};
  const known: readonly (readonly [reference: string, name: string | undefined])[] = [
    ...contacts.flatMap(({ account }) => (account ? [[account.id, account.name] as const] : [])),
    ...referencedAccounts.all.map(({ id = "", name }) => [id, name] as const),
    ...remoteAccounts.map(({ id, name }) => [id, name] as const),
    ...changes.flatMap(({ type, address, after }) =>
      type === "front_account" ? [[address, after?.name ?? undefined] as const] : [],
    ),
  ];
  const names = known.filter((entry): entry is [string, string] => references.has(entry[0]) && !!entry[1]);
  return names.length === 0 ? {} : { accountNames: Object.fromEntries(names) };
}

function accountsIn({ differences }: { readonly differences: readonly Difference[] }): readonly string[] {
  return differences.flatMap((difference) =>
    difference.attribute === "account"
      ? [difference.before, difference.after, difference.base].flatMap(splitAccounts)
      : [],
  );
}
