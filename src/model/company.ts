import { type DeclaredAccount, domainKey, type RemoteAccount } from "./account.ts";
import type { DesiredAccount } from "./contact.ts";
import { omitUndefined } from "./omit-undefined.ts";

/** The company that the token belongs to. */
export interface Company {
  /** `cmp_…` */
  readonly id: string;
  readonly name: string;
}

/** A custom field as the company defines it. A type that this version does not know keeps Front's name. */
export interface FieldDefinition {
  readonly name: string;
  readonly type: string;
  /** The values of an enum, not their labels. */
  readonly values: readonly string[];
  /** The labels that Front displays instead of the values, in the same order. */
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

/** The remote state of an account that contacts refer to. */
export interface AccountState {
  /** The account's name in requests, as `accountName` returns it. */
  readonly name: string;
  /** Undefined when Front has no such account. */
  readonly id: string | undefined;
  /** The address of the entry under `accounts` that declares it. */
  readonly address?: string;
  /** The name that Front displays; undefined if unknown. */
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

/** Returns the canonical form of an account's name in requests. */
export function comparableName(account: DesiredAccount): string {
  return accountName("domain" in account ? { ...account, domain: domainKey(account.domain) } : account);
}

/** Returns all names of an account in canonical form. */
export function namesOfAccount({
  id,
  externalId,
  domains,
}: Partial<Pick<RemoteAccount, "id" | "externalId" | "domains">>) {
  return [
    ...(domains ?? []).map((domain) => `alt:domain:${domainKey(domain)}`),
    ...(externalId === undefined ? [] : [`alt:ext_id:${externalId}`]),
    ...(id === undefined ? [] : [id]),
  ];
}

/** Returns the names of a declared account in canonical form. */
export function namesOfDeclared({ id, externalId, domains }: Identified): readonly string[] {
  const names = domains?.map(({ domain }) => domain);
  return namesOfAccount(omitUndefined({ id, externalId: externalId?.text, domains: names }));
}

type Identified = Pick<DeclaredAccount, "id" | "externalId" | "domains">;

/** Returns a function that finds the declaration of an account by any of its names. */
export function declaredAccounts<Account extends Identified>(
  accounts: readonly Account[],
): (named: DesiredAccount) => Account | undefined {
  const byName = new Map(
    accounts.flatMap((account) => namesOfDeclared(account).map((name) => [name, account] as const)),
  );
  return (named) => byName.get(comparableName(named));
}
