import type { DeclaredAccount } from "../model/account.ts";
import { accountAddress, contactAddress, listAddress } from "../model/address.ts";
import type { DesiredContact, DesiredState } from "../model/contact.ts";
import { type Diagnostic, positionOf, type Refusal, type SourceLocation } from "../model/diagnostic.ts";
import { canonicalJson, isContentKey } from "../model/fingerprint.ts";

/**
 * Returns a refusal for each resource with an error, and for each contact whose entry contains a list or an account with
 * an error.
 */
export function refusalsForInvalid(
  { accounts = [], contacts, lists }: DesiredState,
  errors: readonly Diagnostic[],
): Refusal[] {
  const errorIn = errorFinder(errors);
  const listErrors = new Map(
    lists.map(({ name, location }) => [name, errorIn(listAddress(name), [location])] as const),
  );
  const accountErrors = new Map<string, Diagnostic>();
  for (const { key, account, location } of contacts) {
    const error = account && errorIn(contactAddress(key), [account.location ?? location]);
    if (error?.code === "account-unknown") accountErrors.set(jsonOf(account), error);
  }
  const found = [
    ...[...listErrors].map(([name, diagnostic]) => ({ address: listAddress(name), diagnostic })),
    ...accounts.map((entry) => {
      const address = accountAddress(entry.key);
      return { address, diagnostic: errorIn(address, locationsOf(entry)) };
    }),
    ...contacts.map((entry) => {
      const address = contactAddress(entry.key);
      const names = entry.lists?.flatMap((list) => ("name" in list ? [list.name] : [])) ?? [];
      const [listError] = names.flatMap((name) => listErrors.get(name) ?? []);
      const error = listError ?? errorIn(address, locationsOf(entry));
      // Contacts with the same unknown account share one error.
      return { address, diagnostic: error ?? accountErrors.get(jsonOf(entry.account)) };
    }),
  ];
  return found.flatMap(({ address, diagnostic }) => (diagnostic === undefined ? [] : [{ address, diagnostic }]));
}

type Location = SourceLocation | undefined;

/** Returns a function that finds the error that excludes a resource or has one of its locations. */
function errorFinder(errors: readonly Diagnostic[]) {
  // The first error has priority.
  const lastFirst = errors.toReversed();
  const byAddress = new Map(lastFirst.map((error) => [error.excludedAddress, error]));
  const byPosition = new Map(lastFirst.map((error) => [error.location && positionOf(error.location), error]));
  return (address: string, locations: readonly Location[]): Diagnostic | undefined => {
    const position = locations
      .filter((location) => location !== undefined)
      .map(positionOf)
      .find((text) => byPosition.has(text));
    return byAddress.get(address) ?? (position === undefined ? undefined : byPosition.get(position));
  };
}

function jsonOf(account: DesiredContact["account"]): string {
  return canonicalJson([account], isContentKey);
}

function locationsOf(entry: DesiredContact | DeclaredAccount): Location[] {
  const { customFields = [], protect, idLocation } = entry;
  const values =
    "handles" in entry
      ? [...entry.handles, ...(entry.lists ?? []), entry.account, entry.avatar]
      : [...(entry.domains ?? []), entry.externalId];
  const parts = [entry, ...values, ...customFields, protect];
  const locations = [...parts.map((part) => part?.location), ...customFields.map(({ nameLocation }) => nameLocation)];
  return [...locations, idLocation];
}
