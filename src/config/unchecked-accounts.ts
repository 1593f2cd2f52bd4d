import { ACCOUNT_COLLECTIONS, type DeclaredAccount } from "../model/account.ts";
import type { DesiredAccount } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { isJsonObject } from "../model/json-object.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { LocatedValue } from "../yaml/located-value.ts";
import {
  entriesOf,
  itemsOf,
  locatedTextOf,
  readDescription,
  readFields,
  readProtection,
  textOf,
  type UncheckedField,
  type WrittenEntry,
} from "./written-values.ts";

export const ACCOUNT_KEY = /^[a-z0-9][a-z0-9_-]*$/;

/** The account of a contact: a key under `accounts`, or a reference to an account in Front. */
export type AccountReference = DesiredAccount | { readonly key: string; readonly location: SourceLocation };

export interface UncheckedAccount extends Omit<DeclaredAccount, "customFields"> {
  readonly customFields?: readonly UncheckedField[];
  readonly written: WrittenEntry;
}

/** Returns the accounts that a file declares, without values of a wrong type, which the schema reports. */
export function readAccountDeclarations(root: LocatedValue): UncheckedAccount[] {
  return entriesOf(root, "accounts").flatMap(([key, account]) =>
    isJsonObject(account.value) ? [readAccountDeclaration(key, account)] : [],
  );
}

function readAccountDeclaration(key: string, account: LocatedValue): UncheckedAccount {
  const externalId = account.get("external_id");
  return omitUndefined({
    key,
    location: account.keyLocation,
    written: account,
    id: textOf(account.get("id")),
    idLocation: account.get("id")?.location,
    ensure: account.get("ensure")?.value === "absent" ? ("absent" as const) : ("present" as const),
    protect: readProtection(account.get("protect")),
    name: textOf(account.get("name")),
    description: readDescription(account.get("description")),
    domains:
      account.get("domains") &&
      itemsOf(account, "domains")
        .flatMap(locatedTextOf)
        .map(({ text: domain, location }) => ({ domain, location })),
    externalId: externalId && locatedTextOf(externalId)[0],
    customFields: readFields(account.get("custom_fields")),
    exact: itemsOf(account, "exact").flatMap(({ value }) =>
      ACCOUNT_COLLECTIONS.filter((collection) => collection === value),
    ),
  });
}

/** Removes the properties that are only needed to check rules. */
export function finishAccount({ written: _, customFields, ...account }: UncheckedAccount): DeclaredAccount {
  return omitUndefined({ ...account, customFields: customFields?.map(({ source: __, ...field }) => field) });
}

/**
 * Returns a function that replaces a key under `accounts` with the id, external id or first domain of that account. The
 * function returns other references unchanged, and undefined if the account is not declared or has none of these.
 */
export function createAccountResolver(
  accounts: readonly UncheckedAccount[],
): (reference: AccountReference) => DesiredAccount | undefined {
  const byKey = new Map(accounts.map((account) => [account.key, account]));
  return (reference) => {
    if (!("key" in reference)) return reference;
    const { location } = reference;
    const { id, externalId, domains: [first] = [] } = byKey.get(reference.key) ?? {};
    if (id !== undefined) return { id, location };
    if (externalId !== undefined) return { externalId: externalId.text, location };
    return first && { domain: first.domain, location };
  };
}
