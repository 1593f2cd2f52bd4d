import type { DeclaredAccount } from "../../model/account.ts";
import type { DesiredContact, Settings } from "../../model/contact.ts";
import { type Handle, handleKey, isWritable } from "../../model/handle.ts";
import { omitUndefined, unlessEmpty } from "../../model/omit-undefined.ts";
import { lastDigits, withPlus } from "../../model/phone.ts";
import type { AccountChanges, ContactChanges } from "./run-changes.ts";

/** Returns the group of a handle. Handles that may be the same have the same group. */
export function groupOfHandle(handle: Handle): string {
  return (handle.source === "phone" ? lastDigits(handle.handle.trim()) : undefined) ?? handleKey(handle);
}

export type ContactValues = { readonly [Name in keyof DesiredContact]?: DesiredContact[Name] | undefined };

export function contactEntry({ key, location, id }: ContactChanges, values: ContactValues): DesiredContact {
  const defaults = { ensure: "present" as const, merge: false, handles: [], exact: [] };
  return omitUndefined({ key, location, id, ...defaults, ...values }) as DesiredContact;
}

export function writableHandles(
  handles: readonly Handle[],
  { location }: Pick<ContactChanges, "location">,
  { phoneCountry }: Settings,
): DesiredContact["handles"] {
  return handles.filter(isWritable).map(({ source, handle }) => {
    return { source, handle: source === "phone" ? withPlus(handle, phoneCountry) : handle, location };
  });
}

/** Returns the IDs of the accounts of a contact after the run, if the run changed them. */
export function linkedIds({ accounts }: ContactChanges): readonly string[] {
  return accounts?.after.filter(isAccountId) ?? [];
}

/** Returns whether a text is the ID of an account, and not the address of an account that the plan creates. */
export function isAccountId(text: string): boolean {
  return /^acc_[0-9a-zA-Z]+$/.test(text);
}

type AccountValues = { readonly [Name in keyof DeclaredAccount]?: DeclaredAccount[Name] | undefined };

export function accountEntry({ key, location }: AccountChanges, values: AccountValues): DeclaredAccount {
  return omitUndefined({ key, location, ensure: "present" as const, exact: [], ...values }) as DeclaredAccount;
}

export function domainsOf(
  { location }: AccountChanges,
  domains: readonly string[] | undefined,
): DeclaredAccount["domains"] {
  return unlessEmpty(domains)?.map((domain) => ({ domain, location }));
}

export function externalIdOf({ location }: AccountChanges, text: string | undefined): DeclaredAccount["externalId"] {
  return text === undefined ? undefined : { text, location };
}
