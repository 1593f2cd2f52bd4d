import type { FieldDefinition, FrontApi } from "../front/api.ts";
import { matchAccounts } from "../matching/match-accounts.ts";
import { accountLabel, type DeclaredAccount, domainKey, type RemoteAccount } from "../model/account.ts";
import { namesOfAccount, namesOfDeclared } from "../model/company.ts";
import type { RemoteContact } from "../model/contact.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { forEachConcurrently } from "../reading/concurrent-for-each.ts";
import { idsIn } from "../reading/read-accounts.ts";
import { checkAccount } from "./check-entry.ts";
import { type AccountEntry, checkLine, type EntryAccount, EntryBuilder, type ImportWarning } from "./entry.ts";
import { EntryKeys } from "./entry-keys.ts";
import { addField } from "./remote-to-entry.ts";

/** The account of a contact as its entry names it. */
export interface AccountOfContact {
  /** Undefined if the contact has none, or none that its entry can name. */
  readonly account?: EntryAccount;
  /** Why the entry cannot name the account. */
  readonly problem?: string;
}

/**
 * Reads all accounts, because those that share a domain or an external id cannot be told apart by it. `declared`: the
 * accounts that the files declare.
 */
export async function readFrontAccounts(front: FrontApi, declared: readonly DeclaredAccount[]): Promise<FrontAccounts> {
  const skipped: ImportWarning[] = [];
  const skip = ({ id = "without an id", problem }: { readonly id?: string; readonly problem: string }) =>
    void skipped.push({ kind: "account-skipped", text: `account ${id} cannot be decoded: ${problem}` });
  const found = new Map<string, RemoteAccount>();
  for await (const { accounts } of front.accounts("oldest-first", skip)) {
    for (const account of accounts) found.set(account.id, account);
  }
  const remote = [...found.values()];
  const hasFields = remote.some(({ customFields }) => customFields.size > 0);
  const fields = hasFields ? await front.accountCustomFields() : [];
  return new FrontAccounts(front, { remote, declared, fields, skipped });
}

interface AccountsFound {
  readonly remote: readonly RemoteAccount[];
  readonly declared: readonly DeclaredAccount[];
  readonly fields: readonly FieldDefinition[];
  readonly skipped: readonly ImportWarning[];
}

/** The accounts of Front as entries, and which contacts they have. */
export class FrontAccounts {
  /** Accounts that cannot be declared. */
  readonly skipped: readonly ImportWarning[];
  readonly #front: FrontApi;
  readonly #byId = new Map<string, EntryAccount>();
  /** Ids of the accounts of contacts. */
  readonly #owners = new Map<string, readonly string[]>();
  /** Accounts whose contacts were not read. */
  readonly #unread: Set<RemoteAccount>;

  constructor(front: FrontApi, { remote, declared, fields, skipped }: AccountsFound) {
    const converter = new AccountConverter(remote, declared, fields);
    this.#front = front;
    this.#unread = new Set(remote);
    for (const account of remote) {
      const entry = converter.convert(account);
      if (entry !== undefined) this.#byId.set(account.id, entry);
    }
    this.skipped = [...skipped, ...converter.skipped];
  }

  /** Accounts that a file declares, or may declare. */
  get all(): readonly EntryAccount[] {
    return [...this.#byId.values()];
  }

  accountOf({ id, account: shown }: RemoteContact): AccountOfContact {
    const ids = shown === undefined ? (this.#owners.get(id) ?? []) : shown === null ? [] : [shown.id];
    const [first, another] = ids;
    if (first === undefined) return {};
    if (another !== undefined) return { problem: `belongs to several accounts (${ids.join(", ")})` };
    const account = this.#byId.get(first);
    if (account !== undefined) return { account };
    return { problem: `belongs to the account ${shown ? accountLabel(shown) : first}, which is not declared` };
  }

  /**
   * Reads which accounts the contacts belong to that do not show it, starting with the accounts of their domains. Unless
   * `whole`, it ends once an account of each contact is known.
   */
  async readMembers(contacts: readonly RemoteContact[], { whole }: { readonly whole: boolean }): Promise<void> {
    const unknown = contacts.filter(({ id, account }) => account === undefined && !this.#owners.has(id));
    if (unknown.length === 0) return;
    const open = new Set(unknown.map(({ id }) => id));
    const accounts = this.#likelyFirst(unknown);
    if (whole) await forEachConcurrently(accounts, (account) => this.#readAccount(account, open));
    else for (const account of accounts) if (open.size > 0) await this.#readAccount(account, open);
  }

  #likelyFirst(contacts: readonly RemoteContact[]): readonly RemoteAccount[] {
    const domains = new Set(contacts.flatMap(domainsOf));
    const isLikely = (account: RemoteAccount) => account.domains.some((domain) => domains.has(domainKey(domain)));
    return [...this.#unread].sort((a, b) => Number(isLikely(b)) - Number(isLikely(a)));
  }

  async #readAccount(account: RemoteAccount, open: Set<string>): Promise<void> {
    for (const id of await idsIn(this.#front.accountMembers(account.id))) {
      this.#owners.set(id, [...(this.#owners.get(id) ?? []), account.id]);
      open.delete(id);
    }
    this.#unread.delete(account);
  }
}

function domainsOf({ handles }: RemoteContact): readonly string[] {
  const emails = handles.filter(({ source }) => source === "email");
  return emails.map(({ handle }) => domainKey(handle.slice(handle.lastIndexOf("@") + 1)));
}

/** Converts accounts to entries that are found again by an external id or a domain, or else by their id. */
class AccountConverter {
  readonly skipped: ImportWarning[] = [];
  readonly #fields: readonly FieldDefinition[];
  readonly #keys: EntryKeys;
  /** Declared accounts by the id of the account that they match. */
  readonly #declared: ReadonlyMap<string, DeclaredAccount>;
  /** The accounts that have an external id or a domain, in Front or in the files. */
  readonly #owners = new Map<string, Set<string>>();

  constructor(
    remote: readonly RemoteAccount[],
    declared: readonly DeclaredAccount[],
    fields: readonly FieldDefinition[],
  ) {
    const { entries } = matchAccounts(
      declared.map((desired) => ({ desired, customFields: undefined })),
      remote,
    );
    this.#declared = new Map(
      entries.flatMap(({ match, resolved }) => ("account" in match ? [[match.account.id, resolved.desired]] : [])),
    );
    this.#fields = fields;
    this.#keys = new EntryKeys(declared.map(({ key }) => key));
    for (const account of remote) this.#own(account.id, namesOfAccount(account));
    const ids = new Map([...this.#declared].map(([id, entry]) => [entry, id]));
    for (const entry of declared) this.#own(ids.get(entry) ?? entry.key, namesOfDeclared(entry));
  }

  #own(owner: string, names: readonly string[]): void {
    for (const name of names) this.#owners.set(name, (this.#owners.get(name) ?? new Set()).add(owner));
  }

  /** Returns undefined for an account that cannot be declared. */
  convert(account: RemoteAccount): EntryAccount | undefined {
    const { id } = account;
    const names = new Set(namesOfAccount(account));
    const declared = this.#declared.get(id);
    if (declared?.ensure === "absent") return this.#skip(account, `is deleted by the entry ${declared.key}`);
    if (declared !== undefined) return { key: declared.key, id, names };
    const { entry, warnings } = this.#entryOf(account);
    const key = this.#keys.nextOf([account.name, ...account.domains, account.externalId ?? ""], "account");
    const problem = checkAccount(key, entry);
    if (problem !== undefined) return this.#skip(account, problem);
    return { key, id, names, declaration: { entry, warnings } };
  }

  #skip(account: RemoteAccount, problem: string): undefined {
    this.skipped.push({ kind: "account-skipped", text: `account ${accountLabel(account)} ${problem}` });
  }

  #entryOf(account: RemoteAccount): NonNullable<EntryAccount["declaration"]> {
    const builder = new EntryBuilder(new Map());
    builder.setName(account.name);
    builder.setDescription(account.description);
    for (const [name, value] of account.customFields) addField(builder, name, value, this.#fields);
    const problems = builder.problems.map(({ text }) => text);
    const accept = (
      label: string,
      named: Parameters<typeof namesOfAccount>[0],
      reason: string | undefined,
    ): boolean => {
      const isShared = namesOfAccount(named).some((name) => (this.#owners.get(name)?.size ?? 0) > 1);
      const problem = reason ?? (isShared ? "is also that of another account" : undefined);
      if (problem !== undefined) problems.push(`${label} ${problem}`);
      return problem === undefined;
    };
    const { externalId = "" } = account;
    const isIdentified = externalId !== "" && accept("the external id", { externalId }, checkLine(externalId));
    const domains = [...new Set(account.domains.map(domainKey))].filter((domain) =>
      accept(`the domain ${domain}`, { domains: [domain] }, checkDomain(domain)),
    );
    const { name, description, customFields } = builder.build();
    const isPinned = !isIdentified && domains.length === 0;
    const entry: AccountEntry = omitUndefined({
      ...{ id: isPinned ? account.id : undefined, name, description, customFields },
      ...{ domains: domains.slice(0, LIMITS.entries), externalId: isIdentified ? externalId : undefined },
    });
    const label = `account ${accountLabel(account)}`;
    return { entry, warnings: problems.map((text) => ({ kind: "value-skipped", text: `${label}: ${text}` })) };
  }
}

function checkDomain(domain: string): string | undefined {
  return checkAccount("account", { domains: [domain], customFields: [] });
}
