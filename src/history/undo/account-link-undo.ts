import type { AccountIndex } from "../../model/account-index.ts";
import type { RemoteContact } from "../../model/contact.ts";
import { isLinkedManually } from "../../planning/account-links.ts";
import type { Readings } from "../../reading/remote-state.ts";
import type { ContactChanges } from "./run-changes.ts";
import type { ValueState } from "./undo-report.ts";

interface AccountLinkUndo extends ValueState {
  /** Previous accounts that can be read. After the undo, the contact is linked to each of them. */
  readonly restored: readonly string[];
  /** Accounts from which the undo unlinks the contact. */
  readonly removed: readonly string[];
  /** Previous accounts that cannot be read. */
  readonly unreadable: readonly string[];
}

/**
 * Returns whether someone linked a created contact to an account after the run. Ignores links by domain, which Front
 * makes itself. `accountsOfDeleted` are the accounts that Front returns with the contacts.
 */
export function isLinkedAfterRun(
  { accounts }: ContactChanges,
  contact: RemoteContact,
  { accounts: { byMember }, accountsOfDeleted }: Pick<Readings, "accounts" | "accountsOfDeleted">,
): boolean {
  const shown = contact.account ? [contact.account.id] : [];
  const states = [
    ...(byMember.get(contact.id) ?? []),
    ...shown.map((id) => ({ id, domains: accountsOfDeleted.get(id)?.domains ?? [], members: new Set([contact.id]) })),
  ];
  return states.some((state) => !accounts?.after.includes(state.id ?? "") && isLinkedManually([contact], state));
}

/**
 * Compares a contact's accounts with those before and after a run. `wasUnlinked` is true if an earlier, perhaps
 * incomplete undo of the run unlinked the contact.
 */
export function accountLinksToRestore(
  { before, after, confirmed }: NonNullable<ContactChanges["accounts"]>,
  contact: RemoteContact,
  { byId, byMember }: AccountIndex,
  wasUnlinked: boolean,
): AccountLinkUndo {
  const linkedAccounts = byMember.get(contact.id) ?? [];
  const current = [...new Set(linkedAccounts.map(({ id = "" }) => id))];
  const isLinked = (id: string) => current.includes(id);
  const added = after.filter((id) => !before.includes(id) && isLinked(id));
  // Links by domain are ignored, because Front also makes them to accounts that no entry of the run declares.
  const manualLinks = linkedAccounts.filter((state) => isLinkedManually([contact], state));
  const manual = [...new Set(manualLinks.map(({ id = "" }) => id))];
  const addedByOthers = manual.filter((id) => !before.includes(id) && !after.includes(id));
  const accountId = contact.account?.id;
  const isInUnreadAccount = current.length === 0 && accountId !== undefined && !before.includes(accountId);
  const matchesAfter = addedByOthers.length === 0 && !isInUnreadAccount && (wasUnlinked || confirmed.every(isLinked));
  return {
    matchesAfter,
    matchesBefore: before.every(isLinked) && added.length === 0,
    restored: before.filter((id) => byId.has(id)),
    removed: matchesAfter ? added : manual.filter((id) => !before.includes(id)),
    unreadable: before.filter((id) => !byId.has(id)),
  };
}
