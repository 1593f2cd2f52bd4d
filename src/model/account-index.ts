import type { RemoteAccount } from "./account.ts";
import { append } from "./append.ts";
import { type AccountState, accountIdentifier, identifiersOf } from "./company.ts";
import type { DesiredAccount } from "./contact.ts";

/** Finds accounts without searching all of them, which would take seconds for 20,000 contacts in 1,000 accounts. */
export interface AccountIndex {
  readonly all: readonly AccountState[];
  readonly byId: ReadonlyMap<string, AccountState>;
  /** The accounts of each contact, by the ID of the contact. */
  readonly byMember: ReadonlyMap<string, readonly AccountState[]>;
  readonly find: (reference: DesiredAccount) => AccountState | undefined;
}

export function indexAccounts(accounts: readonly AccountState[] = []): AccountIndex {
  const byId = new Map<string, AccountState>();
  const byIdentifier = new Map<string, AccountState>();
  const byMember = new Map<string, AccountState[]>();
  for (const account of accounts) {
    if (account.id !== undefined && !byId.has(account.id)) byId.set(account.id, account);
    byIdentifier.set(account.identifier, account);
    for (const member of account.members) append(byMember, member, account);
  }
  return { all: accounts, byId, byMember, find: (reference) => byIdentifier.get(accountIdentifier(reference)) };
}

export class RemoteAccountIndex {
  readonly #byId = new Map<string, RemoteAccount>();
  readonly #idsByIdentifier = new Map<string, string[]>();

  constructor(accounts: readonly RemoteAccount[] = []) {
    for (const account of accounts) this.add(account);
  }

  get all(): readonly RemoteAccount[] {
    return [...this.#byId.values()];
  }

  /** Adds an account, or replaces one with the same ID. `aliases` are other identifiers by which Front finds the account. */
  add(account: RemoteAccount, ...aliases: readonly string[]): void {
    this.#byId.set(account.id, account);
    for (const identifier of [...identifiersOf(account), ...aliases]) {
      append(this.#idsByIdentifier, identifier, account.id);
    }
  }

  /** Returns the accounts with at least one of the identifiers. */
  with(identifiers: readonly string[]): readonly RemoteAccount[] {
    const ids = new Set(identifiers.flatMap((identifier) => this.#idsByIdentifier.get(identifier) ?? []));
    return [...ids].flatMap((id) => this.#byId.get(id) ?? []);
  }
}
