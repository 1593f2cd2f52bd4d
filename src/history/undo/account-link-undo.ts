import type { AccountState } from "../../model/company.ts";
import type { RemoteContact } from "../../model/contact.ts";
import { isLinkedManually } from "../../planning/account-links.ts";
import type { ContactChanges } from "./run-changes.ts";

/** The accounts of a contact that a run linked or unlinked. */
interface AccountLinkUndo {
  readonly isBefore: boolean;
  readonly isLeft: boolean;
  /** Ids of the accounts that the contact is to be in. */
  readonly restored: readonly string[];
  /** Ids of the accounts that the contact is to leave. */
  readonly removed: readonly string[];
  /** Ids of previous accounts that cannot be read. */
  readonly unreadable: readonly string[];
}

/**
 * Compares the accounts of a contact with those before a run and those that the run left. `isCutShort`: an earlier undo
 * of the run unlinked the contact, and perhaps linked nothing.
 */
export function accountLinksToRestore(
  { before, left, certain }: NonNullable<ContactChanges["accounts"]>,
  contact: RemoteContact,
  accounts: readonly AccountState[],
  isCutShort: boolean,
): AccountLinkUndo {
  const known = new Map(accounts.flatMap((state) => (state.id === undefined ? [] : [[state.id, state] as const])));
  const own = [...known].flatMap(([id, { members }]) => (members.has(contact.id) ? [id] : []));
  const isOwn = (id: string) => own.includes(id);
  const added = left.filter((id) => !before.includes(id) && isOwn(id));
  // Domains of accounts that no entry of the run names link contacts, too.
  const manual = [...known.values()].filter((state) => isLinkedManually([contact], state)).map(({ id = "" }) => id);
  const others = manual.filter((id) => !before.includes(id) && !left.includes(id));
  const isElsewhere =
    own.length === 0 &&
    contact.account !== undefined &&
    contact.account !== null &&
    !before.includes(contact.account.id);
  const isLeft = others.length === 0 && !isElsewhere && (isCutShort || certain.every(isOwn));
  return {
    isLeft,
    isBefore: before.every(isOwn) && added.length === 0,
    restored: before.filter((id) => known.has(id)),
    removed: isLeft ? added : manual.filter((id) => !before.includes(id)),
    unreadable: before.filter((id) => !known.has(id)),
  };
}
