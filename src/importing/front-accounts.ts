import type { FrontApi, OnUndecodableAccount } from "../front/api.ts";
import { accountLabel, type DeclaredAccount, domainKey, emailDomains, type RemoteAccount } from "../model/account.ts";
import { accountAddress } from "../model/address.ts";
import type { Difference } from "../model/change.ts";
import { declaredIdentifiers } from "../model/company.ts";
import type { RemoteContact } from "../model/contact.ts";
import { forEachConcurrently } from "../reading/concurrent-for-each.ts";
import { findAccounts, readContactIds } from "../reading/read-accounts.ts";
import { AccountConverter, type AccountUpdate } from "./account-converter.ts";
import { keepChangedValues } from "./changed-values.ts";
import type { EntryAccount, EntryUpdate, ExistingEntry, ImportWarning } from "./entry.ts";
import type { ImportWriter } from "./import-writer.ts";

export interface AccountOfContact {
  /** Undefined if the contact has no account, or its entry cannot refer to the account. */
  readonly account?: EntryAccount;
  /** The reason why the entry cannot refer to the account. */
  readonly problem?: string;
}

/**
 * Reads every account if `all` is true, otherwise at least the declared accounts. New accounts can be declared only if
 * all accounts are read, because a domain or an external ID that several accounts share cannot identify an account.
 */
export async function readFrontAccounts(
  front: FrontApi,
  { declared, all }: { readonly declared: readonly DeclaredAccount[]; readonly all: boolean },
): Promise<FrontAccounts> {
  const skipped: ImportWarning[] = [];
  const skip = ({ id, problem }: { readonly id?: string; readonly problem: string }) => {
    const name = id === undefined ? "an account without an ID" : `account ${id}`;
    skipped.push({ kind: "account-skipped", text: `${name} cannot be decoded: ${problem}` });
  };
  const identifiers = [...new Set(declared.flatMap(declaredIdentifiers))];
  const remote = all ? await listAll(front, skip) : (await findAccounts(identifiers, front)).all;
  const hasFields = remote.some(({ customFields }) => customFields.size > 0);
  const fields = hasFields ? await front.accountCustomFields() : [];
  return new FrontAccounts(front, remote, new AccountConverter(remote, declared, fields), skipped);
}

async function listAll(front: FrontApi, onUndecodable: OnUndecodableAccount): Promise<readonly RemoteAccount[]> {
  const byId = new Map<string, RemoteAccount>();
  for await (const { accounts } of front.accounts("oldest-first", onUndecodable)) {
    for (const account of accounts) byId.set(account.id, account);
  }
  return [...byId.values()];
}

/** The accounts in Front, their entries, and the accounts of each contact. */
export class FrontAccounts {
  /** Warnings about accounts that cannot be declared. */
  readonly skipped: readonly ImportWarning[];
  readonly #front: FrontApi;
  readonly #converter: AccountConverter;
  readonly #remoteById: ReadonlyMap<string, RemoteAccount>;
  readonly #entryById = new Map<string, EntryAccount>();
  readonly #accountIdsByContactId = new Map<string, readonly string[]>();
  /** Accounts whose contacts have not been read. */
  readonly #unread: Set<RemoteAccount>;

  constructor(
    front: FrontApi,
    remote: readonly RemoteAccount[],
    converter: AccountConverter,
    skipped: readonly ImportWarning[],
  ) {
    this.#converter = converter;
    this.#front = front;
    this.#unread = new Set(remote);
    this.#remoteById = new Map(remote.map((account) => [account.id, account]));
    for (const entry of converter.convertAll(remote)) this.#entryById.set(entry.id, entry);
    this.skipped = [...skipped, ...converter.skipped];
  }

  /** Accounts that the configuration declares, or that an import can declare. */
  get entries(): readonly EntryAccount[] {
    return [...this.#entryById.values()];
  }

  updateOf(entry: DeclaredAccount): AccountUpdate {
    return this.#converter.updateOf(entry);
  }

  /** Returns the account that Front returned with a contact, or else the account whose members include the contact. */
  accountOf({ id, account: remote }: RemoteContact): AccountOfContact {
    const ids = remote === undefined ? (this.#accountIdsByContactId.get(id) ?? []) : remote === null ? [] : [remote.id];
    const [first, second] = ids;
    if (first === undefined) return {};
    if (second !== undefined) return { problem: `belongs to several accounts (${ids.join(", ")})` };
    const account = this.#entryById.get(first);
    if (account !== undefined) return { account };
    const undeclared = remote ?? this.#remoteById.get(first);
    const reason = this.#converter.isDeleted(first) ? "the configuration deletes" : "is not declared";
    return { problem: `belongs to the account ${undeclared ? accountLabel(undeclared) : first}, which ${reason}` };
  }

  /**
   * Reads the members of accounts to find the accounts of contacts that Front returned without the property `account`.
   * Starts with the accounts whose domains match the contacts' email addresses. Unless `all` is true, stops when the
   * account of each contact is known.
   */
  async readMembers(contacts: readonly RemoteContact[], { all }: { readonly all: boolean }): Promise<void> {
    const unknown = contacts.filter(({ id, account }) => account === undefined && !this.#accountIdsByContactId.has(id));
    if (unknown.length === 0) return;
    const pendingIds = new Set(unknown.map(({ id }) => id));
    const accounts = this.#sortByLikelihood(unknown);
    if (all) await forEachConcurrently(accounts, (account) => this.#readAccount(account, pendingIds));
    else for (const account of accounts) if (pendingIds.size > 0) await this.#readAccount(account, pendingIds);
  }

  #sortByLikelihood(contacts: readonly RemoteContact[]): readonly RemoteAccount[] {
    const domains = new Set(contacts.flatMap(({ handles }) => emailDomains(handles)));
    const isLikely = (account: RemoteAccount) => account.domains.some((domain) => domains.has(domainKey(domain)));
    return [...this.#unread].sort((a, b) => Number(isLikely(b)) - Number(isLikely(a)));
  }

  async #readAccount(account: RemoteAccount, pendingIds: Set<string>): Promise<void> {
    for (const id of await readContactIds(this.#front.accountMembers(account.id))) {
      this.#accountIdsByContactId.set(id, [...(this.#accountIdsByContactId.get(id) ?? []), account.id]);
      pendingIds.delete(id);
    }
    this.#unread.delete(account);
  }
}

/**
 * Updates the entries of accounts. `changed` contains the values that changed in Front, by the address of the entry. An
 * entry whose address is in `changed` is updated only with these values; any other entry is updated with all values.
 */
export function updateAccounts(
  entries: readonly DeclaredAccount[],
  accounts: FrontAccounts,
  { writer, changed }: { writer: ImportWriter; changed: ReadonlyMap<string, readonly Difference[]> | undefined },
): void {
  const updates = new Map<ExistingEntry, EntryUpdate>();
  for (const account of entries) {
    const { update, warnings = [], reason } = accounts.updateOf(account);
    for (const warning of warnings) writer.warn(warning);
    if (reason !== undefined) writer.warn({ kind: "not-updated", text: `account ${account.key}: ${reason}` });
    if (update === undefined) continue;
    const entry: ExistingEntry = { ...account, handles: [] };
    const differences = changed?.get(accountAddress(account.key));
    updates.set(entry, differences === undefined ? update : keepChangedValues(update, entry, differences));
  }
  writer.update(updates, "accounts");
}
