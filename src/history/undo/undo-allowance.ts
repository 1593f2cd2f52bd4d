import { splitAddress } from "../../model/address.ts";
import type { Change } from "../../model/change.ts";
import type { Settings } from "../../model/contact.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import { type Allowance, countUpdated, isWithinLimit } from "../../planning/guards.ts";
import { losesData, losingContacts } from "../../planning/totals.ts";

/** The changes that an undo plans, with the settings and the number of contacts that its guards need. */
export interface GuardedUndo {
  readonly changes: readonly Change[];
  readonly settings: Settings;
  /** The number of contacts that percentages in guards refer to. */
  readonly guardedContacts: number;
}

/**
 * Returns a function that computes the changes and removals to allow for a repeated undo. That undo also deletes the
 * resources at the addresses `deleted`, and overwrites the resource at the address that is passed to the function, if
 * any. The result omits a number that the guards allow anyway. However, it contains the removals whenever resources are
 * deleted, because an undo deletes resources only if removals are allowed.
 */
export function allowancesToRepeat(
  { changes, settings, guardedContacts }: GuardedUndo,
  deleted: readonly string[],
): (overwritten?: string) => Allowance {
  const counted = new Set(changes.map(({ address }) => address));
  const added = deleted.filter((address) => !counted.has(address));
  for (const address of added) counted.add(address);
  const countOf = (type: Change["type"]) => countUpdated(changes, type) + added.filter(isOfType(type)).length;
  const counts = { contacts: countOf("front_contact"), accounts: countOf("front_account") };
  const losingAccounts = changes.filter(({ type }) => type === "front_account").filter(losesData);
  const removals = losingContacts(changes).length + losingAccounts.length + added.length;
  const needsRemovals =
    deleted.length > 0 || !isWithinLimit("removals", removals, { existing: guardedContacts, settings });
  return (overwritten) => {
    const others = overwritten === undefined || counted.has(overwritten) ? [] : [overwritten];
    const contacts = counts.contacts + others.filter(isOfType("front_contact")).length;
    const accounts = counts.accounts + others.filter(isOfType("front_account")).length;
    const isAllowed =
      isWithinLimit("changes", contacts, { existing: guardedContacts, settings }) &&
      isWithinLimit("changes", accounts, { existing: accounts, settings });
    return omitUndefined({
      changes: isAllowed ? undefined : Math.max(contacts, accounts),
      removals: needsRemovals ? removals : undefined,
    });
  };
}

function isOfType(type: Change["type"]): (address: string) => boolean {
  return (address) => splitAddress(address).type === type;
}
