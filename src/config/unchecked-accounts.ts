import { ACCOUNT_COLLECTIONS, type AccountCollection, type DeclaredAccount } from "../model/account.ts";
import type { DesiredAccount } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { isJsonObject } from "../model/json-object.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { LocatedValue } from "../yaml/located-value.ts";
import {
  entriesOf,
  itemsOf,
  type LocatedText,
  locatedTextOf,
  type ReportedLocations,
  readDescription,
  readExact,
  readFields,
  readPropertyOfAbsent,
  readProtection,
  reportedLocation,
  textOf,
  type UncheckedField,
  withoutSources,
} from "./written-values.ts";

export const ACCOUNT_KEY = /^[a-z0-9][a-z0-9_-]*$/;

/** The account of a contact: a key under `accounts`, or a reference to an account in Front. */
export type AccountReference = DesiredAccount | { readonly key: string; readonly location: SourceLocation };

export interface UncheckedAccount extends Omit<DeclaredAccount, "customFields" | "exact">, ReportedLocations {
  readonly customFields?: readonly UncheckedField[];
  readonly exact?: readonly LocatedText<AccountCollection>[];
  /** Also true for an `id` or `external_id` that the schema rejects. */
  readonly isIdentified: boolean;
}

/** Returns the accounts that a file declares, without values of a wrong type, which the schema reports. */
export function readAccountDeclarations(root: LocatedValue): UncheckedAccount[] {
  return entriesOf(root, "accounts").flatMap(([key, account]) =>
    isJsonObject(account.value) ? [readAccountDeclaration(key, account)] : [],
  );
}

function readAccountDeclaration(key: string, account: LocatedValue): UncheckedAccount {
  const [id, externalId, name] = [account.get("id"), account.get("external_id"), account.get("name")];
  const domains = itemsOf(account, "domains").flatMap(locatedTextOf);
  return omitUndefined({
    key,
    location: account.keyLocation,
    id: textOf(id),
    idLocation: id?.location,
    ensure: account.get("ensure")?.value === "absent" ? ("absent" as const) : ("present" as const),
    protect: readProtection(account.get("protect")) || undefined,
    name: textOf(name),
    nameLocation: reportedLocation(name),
    description: readDescription(account.get("description")),
    descriptionLocation: reportedLocation(account.get("description")),
    propertyOfAbsent: readPropertyOfAbsent(account),
    domains: account.get("domains") && domains.map(({ text: domain, location }) => ({ domain, location })),
    externalId: externalId && locatedTextOf(externalId)[0],
    isIdentified: id !== undefined || externalId !== undefined || domains.length > 0,
    customFields: readFields(account.get("custom_fields")),
    exact: readExact(account.get("exact"), ACCOUNT_COLLECTIONS),
  });
}

/** Removes the properties that are only needed to check rules. */
export function finishAccount(account: UncheckedAccount): DeclaredAccount {
  const { key, location, id, idLocation, ensure, protect, name, description, domains, externalId } = account;
  const exact = account.exact?.map(({ text }) => text) ?? [];
  const customFields = account.customFields && withoutSources(account.customFields);
  const values = { name, description, domains, externalId, exact, customFields };
  return omitUndefined({ key, location, id, idLocation, ensure, protect, ...values });
}

/**
 * Returns a function that replaces a key under `accounts` with the ID, external ID or first domain of that account. The
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
