import type { Account, Contact } from "./model.ts";
import type { Store } from "./store.ts";

/** Makes a contact a member of every account that claims the domain of one of its emails. */
export function adoptByDomain(store: Store, contact: Contact): void {
  for (const account of store.accounts.values()) {
    if (isClaimed(account, contact)) account.contactIds.add(contact.id);
  }
}

/** Pulls every contact with an email in the account's domains into the account. */
export function pullInByDomain(store: Store, account: Account): void {
  for (const contact of store.contacts.values()) {
    if (isClaimed(account, contact)) account.contactIds.add(contact.id);
  }
}

function isClaimed({ domains }: Account, { handles }: Contact): boolean {
  return handles.some(({ source, handle }) => {
    if (source !== "email") return false;
    const domain = handle.slice(handle.lastIndexOf("@") + 1).toLowerCase();
    return domains.some((claimed) => claimed.toLowerCase() === domain);
  });
}
