import { splitAddress } from "../../model/address.ts";
import type { Change } from "../../model/change.ts";
import type { Settings } from "../../model/contact.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import { type Allowance, isWithinLimit } from "../../planning/guards.ts";
import { losesData, losingContacts } from "../../planning/totals.ts";

/** The changes that an undo plans, and what its guards compare them with. */
export interface GuardedUndo {
  readonly changes: readonly Change[];
  readonly settings: Settings;
  /** The number of contacts that percentages in guards refer to. */
  readonly guardedContacts: number;
}

/**
 * Returns the changes and removals to allow so that a repeated undo can also delete and overwrite resources, which are
 * addresses. Omits a number if the guards allow it anyway, but never the removals if resources are deleted, because an
 * undo deletes resources only if it allows removals.
 */
export function allowanceToRepeat(
  { changes, settings, guardedContacts }: GuardedUndo,
  { deleted, overwritten = [] }: { readonly deleted: readonly string[]; readonly overwritten?: readonly string[] },
): Allowance {
  const planned = new Set(changes.map(({ address }) => address));
  const isAdded = (address: string) => !planned.has(address);
  const added = [...new Set([...deleted, ...overwritten])].filter(isAdded);
  const countChanged = (type: Change["type"]) =>
    changes.filter((change) => change.type === type && change.action !== "create").length +
    added.filter((address) => splitAddress(address).type === type).length;
  const [contacts, accounts] = [countChanged("front_contact"), countChanged("front_account")];
  const losingAccounts = changes.filter((change) => change.type === "front_account" && losesData(change));
  const removals = losingContacts(changes).length + losingAccounts.length + deleted.filter(isAdded).length;
  const isAllowed =
    isWithinLimit("changes", contacts, { existing: guardedContacts, settings }) &&
    isWithinLimit("changes", accounts, { existing: accounts, settings });
  const needsRemovals =
    deleted.length > 0 || !isWithinLimit("removals", removals, { existing: guardedContacts, settings });
  return omitUndefined({
    changes: isAllowed ? undefined : Math.max(contacts, accounts),
    removals: needsRemovals ? removals : undefined,
  });
}
