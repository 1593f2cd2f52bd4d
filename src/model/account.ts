import type { CustomFields, DesiredField } from "./custom-field.ts";
import type { SourceLocation } from "./diagnostic.ts";
import type { Handle } from "./handle.ts";

/** An account as Front has it. */
export interface RemoteAccount {
  readonly id: string;
  /** Empty if Front does not return it. */
  readonly name: string;
  /** Empty when there is none. */
  readonly description: string;
  /** Front itself links contacts whose email has one of these domains. */
  readonly domains: readonly string[];
  /** The id in another system. It is set at creation only. */
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
 * An account as declared in the files. An omitted property is unmanaged, and never changed. Plain data, because a saved
 * plan contains it as JSON.
 */
export interface DeclaredAccount {
  /** Unique over all files. The address is `front_account.KEY`. */
  readonly key: string;
  /** The location of the key. */
  readonly location: SourceLocation;
  /** Pins the account by id (`acc_…`) instead of matching it by external id or domain. */
  readonly id?: string;
  readonly ensure: "present" | "absent";
  /** Present for an account that is never deleted. The location of `protect`. */
  readonly protect?: { readonly location: SourceLocation };
  readonly name?: string;
  /** An empty text clears it. */
  readonly description?: string;
  readonly domains?: readonly DeclaredDomain[];
  readonly externalId?: { readonly text: string; readonly location: SourceLocation };
  readonly customFields?: readonly DesiredField[];
  /** Collections whose undeclared values are removed. */
  readonly exact: readonly AccountCollection[];
  /** Domains to remove: those that a run to undo added, or that were removed from the files. Not a key of the files. */
  readonly withoutDomains?: readonly string[];
  /** True if it is deleted only when it has no contacts. Not a key of the files. */
  readonly onlyIfEmpty?: true;
  /** True if contacts refer to the account and the plan does not change it. Only in a saved plan. */
  readonly onlyNamed?: true;
}

/** Returns the canonical form of a domain. */
export function domainKey(domain: string): string {
  return domain.trim().toLowerCase();
}

/** Returns the canonical domains of the email addresses among handles. */
export function emailDomains(handles: readonly Handle[]): string[] {
  const emails = handles.filter(({ source }) => source === "email");
  return emails.map(({ handle }) => domainKey(handle.slice(handle.lastIndexOf("@") + 1)));
}

/** Returns the name and the id of an account for messages. */
export function accountLabel({ name, id }: Pick<RemoteAccount, "name" | "id">): string {
  return name === "" ? id : `${name} (${id})`;
}
