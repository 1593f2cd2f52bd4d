import { type DeclaredAccount, domainKey } from "./account.ts";
import type { DesiredAccount } from "./contact.ts";

/** The company that the token belongs to. */
export interface Company {
  /** `cmp_…` */
  readonly id: string;
  readonly name: string;
}

/** A custom field as the company defines it. Types that Front adds later are read as their own name. */
export interface FieldDefinition {
  readonly name: string;
  readonly type: string;
  /** The values of an enum, not their labels. */
  readonly values: readonly string[];
  /** The labels that people see in place of the values, in the same order. */
  readonly labels?: readonly string[];
  readonly description?: string;
}

export interface Teammate {
  readonly email: string;
  readonly name: string;
}

export interface Inbox {
  /** `inb_…` */
  readonly id: string;
  readonly name: string;
}

/** An account that contacts name, as Front shows it. */
export interface AccountState {
  /** The account's name in requests, as `accountName` returns it. */
  readonly name: string;
  /** Undefined when Front has no such account. */
  readonly id: string | undefined;
  /** The address of the entry under `accounts` that declares it. */
  readonly address?: string;
  /** The name that people see. Undefined when it is unknown. */
  readonly title?: string;
  /** Front itself links contacts whose email has one of these domains. */
  readonly domains: readonly string[];
  /** Ids of contacts. */
  readonly members: ReadonlySet<string>;
  /** True when the token may not read accounts, so that it is unknown whether the account exists. */
  readonly unreadable?: boolean;
}

/** Returns the name of an account in requests: its id or an alias. */
export function accountName(account: DesiredAccount): string {
  if ("id" in account) return account.id;
  return "domain" in account ? `alt:domain:${account.domain}` : `alt:ext_id:${account.externalId}`;
}

/** Returns a function that finds the entry under `accounts` that declares an account, by any of its names. */
export function declaredAccounts<Account extends Pick<DeclaredAccount, "id" | "externalId" | "domains">>(
  accounts: readonly Account[],
): (named: DesiredAccount) => Account | undefined {
  const byName = new Map<string, Account>();
  for (const account of accounts) {
    const { id, externalId, domains = [] } = account;
    for (const { domain } of domains) byName.set(`alt:domain:${domainKey(domain)}`, account);
    if (externalId !== undefined) byName.set(`alt:ext_id:${externalId.text}`, account);
    if (id !== undefined) byName.set(id, account);
  }
  return (named) => byName.get("domain" in named ? `alt:domain:${domainKey(named.domain)}` : accountName(named));
}
