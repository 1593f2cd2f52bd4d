import type { Account, Contact } from "./model.ts";
import type { Store } from "./store.ts";

/** Makes a contact a member of every account that claims the domain of one of its emails. */
export function adoptByDomain(store: Store, contact: Contact): void {
  for (const account of store.accounts.values()) {
    if (isClaimed(account, contact) && mayJoin(store, contact)) join(account, contact);
  }
}

/** Where a contact belongs to one account, a domain does not take it out of that. */
function mayJoin(store: Store, contact: Contact): boolean {
  return !store.behaviour.linkMoves || accountOf(store, contact) === undefined;
}

/** The account that a contact shows. */
export function accountOf(store: Store, { id }: Contact): Account | undefined {
  return [...store.accounts.values()].find(({ contactIds }) => contactIds.has(id));
}

/** Makes a contact a member. The account that a copy showed on it is no longer known to be the one. */
export function join({ contactIds }: Account, { id, shownAs }: Contact): void {
  contactIds.add(id);
  shownAs.delete("account");
}

export function leave({ contactIds }: Account, { id, shownAs }: Contact): void {
  contactIds.delete(id);
  shownAs.delete("account");
}

/** Pulls every contact with an email in the account's domains into the account. */
export function pullInByDomain(store: Store, account: Account): void {
  for (const contact of store.contacts.values()) {
    if (isClaimed(account, contact) && mayJoin(store, contact)) join(account, contact);
  }
}

function isClaimed({ domains }: Account, { handles }: Contact): boolean {
  return handles.some(({ source, handle }) => {
    if (source !== "email") return false;
    const domain = handle.slice(handle.lastIndexOf("@") + 1).toLowerCase();
    return domains.some((claimed) => claimed.toLowerCase() === domain);
  });
}
