import { type DeclaredAccount, domainKey, type RemoteAccount } from "./account.ts";
import type { AccountReference } from "./contact.ts";

/** The company that the token belongs to. */
export interface Company {
  /** `cmp_…` */
  readonly id: string;
  readonly name: string;
}

/**
 * A custom field as defined in the company. `type` is one of `FIELD_TYPES`, or a type that this version cannot write.
 */
export interface FieldDefinition {
  readonly name: string;
  readonly type: string;
  /** The values of an enum, not their labels. Empty for other types, or if the values could not be decoded. */
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
  /** The ID or alias by which contacts refer to the account, as `accountIdentifier` returns it. */
  readonly identifier: string;
  /** Undefined if Front has no such account, its entry cannot be matched, or the token cannot read accounts. */
  readonly id: string | undefined;
  /** The address of the entry under `accounts` that declares the account. */
  readonly address?: string;
  /** The name in Front; undefined if unknown. */
  readonly name?: string;
  readonly domains: readonly string[];
  readonly members: ReadonlySet<string>;
  /** True if the token cannot read accounts, so it is unknown whether the account exists. */
  readonly unreadable?: boolean;
}

/** Returns an ID or alias for requests, such as `acc_1a2b` or `alt:domain:fbi.example`. */
export function accountIdentifier(account: AccountReference): string {
  if ("id" in account) return account.id;
  return "domain" in account ? `alt:domain:${account.domain}` : `alt:ext_id:${account.externalId}`;
}

export function canonicalIdentifier(account: AccountReference): string {
  return accountIdentifier("domain" in account ? { ...account, domain: domainKey(account.domain) } : account);
}

/** Returns all identifiers of an account in canonical form. */
export function identifiersOf({
  id,
  externalId,
  domains = [],
}: {
  [K in "id" | "externalId" | "domains"]?: RemoteAccount[K] | undefined;
}): readonly string[] {
  return [
    ...domains.map((domain) => `alt:domain:${domainKey(domain)}`),
    ...(externalId === undefined ? [] : [`alt:ext_id:${externalId}`]),
    ...(id === undefined ? [] : [id]),
  ];
}

export type Identified = { readonly [K in "id" | "externalId" | "domains"]?: DeclaredAccount[K] | undefined };

export function declaredIdentifiers({ id, externalId, domains }: Identified): readonly string[] {
  return identifiersOf({ id, externalId: externalId?.text, domains: domains?.map(({ domain }) => domain) });
}

/** Returns a function that finds the declaration of an account by any of its identifiers. */
export function declaredAccounts<Account extends Identified>(
  accounts: readonly Account[],
): (reference: AccountReference) => Account | undefined {
  const byIdentifier = new Map(
    accounts.flatMap((account) => declaredIdentifiers(account).map((identifier) => [identifier, account] as const)),
  );
  return (reference) => byIdentifier.get(canonicalIdentifier(reference));
}
