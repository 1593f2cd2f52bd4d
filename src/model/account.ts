import type { CustomFields, DesiredField } from "./custom-field.ts";
import type { SourceLocation } from "./diagnostic.ts";
import type { Handle } from "./handle.ts";

export interface RemoteAccount {
  readonly id: string;
  /** Empty if Front does not return a name. */
  readonly name: string;
  /** Empty if the account has no description. */
  readonly description: string;
  /** Front automatically links contacts whose email address has one of these domains. */
  readonly domains: readonly string[];
  /** The ID in another system. Front's API can set it only at creation. */
  readonly externalId: string | undefined;
  readonly customFields: CustomFields;
}

export const ACCOUNT_COLLECTIONS = ["domains", "custom_fields"] as const;
export type AccountCollection = (typeof ACCOUNT_COLLECTIONS)[number];

interface DeclaredDomain {
  readonly domain: string;
  readonly location: SourceLocation;
}

/**
 * An account as declared in the configuration. An omitted property is unmanaged. Contains only plain data, because
 * saved plans store it as JSON.
 */
export interface DeclaredAccount {
  /** Unique in the configuration. The address is `front_account.KEY`. */
  readonly key: string;
  /** The location of the key. */
  readonly location: SourceLocation;
  /** Pins the account by ID (`acc_…`) instead of matching it by external ID or domain. */
  readonly id?: string;
  /** Omitted if no file contains the ID, as in an undo. */
  readonly idLocation?: SourceLocation;
  readonly ensure: "present" | "absent";
  /** The location of `protect`. Set only if the account must not be deleted. */
  readonly protect?: { readonly location: SourceLocation };
  readonly name?: string;
  /** An empty string clears the description. */
  readonly description?: string;
  readonly domains?: readonly DeclaredDomain[];
  readonly externalId?: { readonly text: string; readonly location: SourceLocation };
  readonly customFields?: readonly DesiredField[];
  /** Collections whose undeclared values are removed. */
  readonly exact: readonly AccountCollection[];
  /**
   * Domains to remove, because the run to undo added them or because they were removed from the configuration. Not a
   * configuration key.
   */
  readonly withoutDomains?: readonly string[];
  /**
   * True if an undo deletes the account. The deletion follows the operations that unlink or delete its contacts, and
   * fails if the account has other contacts. Not a configuration key.
   */
  readonly onlyIfEmpty?: true;
  /** True if contacts refer to the account, but the plan does not change it. Set only in saved plans. */
  readonly onlyNamed?: true;
}

export function domainKey(domain: string): string {
  return domain.trim().toLowerCase();
}

export function emailDomains(handles: readonly Handle[]): string[] {
  const emails = handles.filter(({ source }) => source === "email");
  return emails.map(({ handle }) => domainKey(handle.slice(handle.lastIndexOf("@") + 1)));
}

/**
 * Returns whether one of the handles is an email address in one of the domains, which must be in canonical form. If
 * these are the domains of an account, Front links a contact with the handles to it.
 */
export function hasEmailInDomain(handles: readonly Handle[], domainKeys: ReadonlySet<string>): boolean {
  return emailDomains(handles).some((domain) => domainKeys.has(domain));
}

export function accountLabel({ name, id }: Pick<RemoteAccount, "name" | "id">): string {
  return name === "" ? id : `${name} (${id})`;
}

const ID_SEPARATOR = ", ";

/** Returns the attribute `account` of a contact in these accounts; null if there are none. */
export function joinAccounts(ids: readonly string[]): string | null {
  return ids.join(ID_SEPARATOR) || null;
}

/** Returns the IDs, or the addresses of accounts that the plan creates, in the attribute `account` of a contact. */
export function splitAccounts(account: string | null | undefined): readonly string[] {
  return account ? account.split(ID_SEPARATOR) : [];
}
