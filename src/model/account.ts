import type { CustomFields, DesiredField } from "./custom-field.ts";
import type { SourceLocation } from "./diagnostic.ts";
import type { Handle } from "./handle.ts";

/** An account in Front. */
export interface RemoteAccount {
  readonly id: string;
  /** Empty if Front does not return it. */
  readonly name: string;
  /** Empty when there is none. */
  readonly description: string;
  /** Front automatically links contacts whose email has one of these domains. */
  readonly domains: readonly string[];
  /** The id in another system. Front's API can set it only at creation. */
  readonly externalId: string | undefined;
  readonly customFields: CustomFields;
}

export const ACCOUNT_COLLECTIONS = ["domains", "custom_fields"] as const;
export type AccountCollection = (typeof ACCOUNT_COLLECTIONS)[number];

/** A domain as written in a file. */
interface DeclaredDomain {
  readonly domain: string;
  readonly location: SourceLocation;
}

/**
 * An account as declared in the files. An omitted property is unmanaged and never changed. The value is plain data,
 * because a saved plan contains it as JSON.
 */
export interface DeclaredAccount {
  /** Unique over all files. The address is `front_account.KEY`. */
  readonly key: string;
  /** The location of the key. */
  readonly location: SourceLocation;
  /** Pins the account by id (`acc_…`) instead of matching it by external id or domain. */
  readonly id?: string;
  readonly ensure: "present" | "absent";
  /** The location of `protect`. Present only for an account that must not be deleted. */
  readonly protect?: { readonly location: SourceLocation };
  readonly name?: string;
  /** An empty text clears the description. */
  readonly description?: string;
  readonly domains?: readonly DeclaredDomain[];
  readonly externalId?: { readonly text: string; readonly location: SourceLocation };
  readonly customFields?: readonly DesiredField[];
  /** Collections whose undeclared values are removed. */
  readonly exact: readonly AccountCollection[];
  /**
   * Domains to remove, because a run that is undone added them or because they were removed from the files. Not a key
   * of the files.
   */
  readonly withoutDomains?: readonly string[];
  /** True to delete the account only if it has no contacts. Not a key of the files. */
  readonly onlyIfEmpty?: true;
  /** True if contacts refer to the account but the plan does not change it. Only in a saved plan. */
  readonly onlyNamed?: true;
}

/** Returns the canonical form of a domain. */
export function domainKey(domain: string): string {
  return domain.trim().toLowerCase();
}

/** Returns the canonical domains of the email addresses among the handles. */
export function emailDomains(handles: readonly Handle[]): string[] {
  const emails = handles.filter(({ source }) => source === "email");
  return emails.map(({ handle }) => domainKey(handle.slice(handle.lastIndexOf("@") + 1)));
}

/** Returns the name and the id of an account for messages. */
export function accountLabel({ name, id }: Pick<RemoteAccount, "name" | "id">): string {
  return name === "" ? id : `${name} (${id})`;
}
