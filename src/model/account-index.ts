import type { RemoteAccount } from "./account.ts";
import { append } from "./append.ts";
import { type AccountState, accountIdentifier, identifiersOf } from "./company.ts";
import type { DesiredAccount } from "./contact.ts";

/** Searching all accounts for each contact would take seconds for 20,000 contacts in 1,000 accounts. */
export interface AccountIndex {
  readonly byId: ReadonlyMap<string, AccountState>;
  /** The accounts of each contact, by the id of the contact. */
  readonly byMember: ReadonlyMap<string, readonly AccountState[]>;
  readonly find: (reference: DesiredAccount) => AccountState | undefined;
}

export function indexAccounts(accounts: readonly AccountState[]): AccountIndex {
  const byId = new Map<string, AccountState>();
  const byIdentifier = new Map<string, AccountState>();
  const byMember = new Map<string, AccountState[]>();
  for (const account of accounts) {
    if (account.id !== undefined && !byId.has(account.id)) byId.set(account.id, account);
    byIdentifier.set(account.identifier, account);
    for (const member of account.members) append(byMember, member, account);
  }
  return { byId, byMember, find: (reference) => byIdentifier.get(accountIdentifier(reference)) };
}

export class RemoteAccountIndex {
  readonly #byIdentifier = new Map<string, RemoteAccount[]>();

  constructor(accounts: readonly RemoteAccount[]) {
    const distinct = new Map(accounts.map((account) => [account.id, account]));
    for (const account of distinct.values()) {
      for (const identifier of identifiersOf(account)) append(this.#byIdentifier, identifier, account);
    }
  }

  /** Returns the accounts with at least one of the identifiers. */
  with(identifiers: readonly string[]): readonly RemoteAccount[] {
    return [...new Set(identifiers.flatMap((identifier) => this.#byIdentifier.get(identifier) ?? []))];
  }
}
