import { pruneBase } from "../matching/base-entries.ts";
import type { DeclaredAccount } from "../model/account.ts";
import { accountAddress, contactAddress, listAddress } from "../model/address.ts";
import type { DeclaredList, DesiredContact, DesiredState } from "../model/contact.ts";
import type { Refusal } from "../model/diagnostic.ts";
import { canonicalJson, isNotLocation } from "../model/fingerprint.ts";
import { differsFromConfiguration, missingInConfiguration } from "./messages.ts";

/** The part of a saved plan's desired state that equals the configuration. */
export interface BoundState {
  readonly desired: DesiredState;
  /** A refusal for each resource whose entry differs from the configuration. */
  readonly refusals: readonly Refusal[];
}

/**
 * Returns the desired state of a saved plan without the entries that differ from the configuration (`files`). Ignores
 * the locations of entries. Takes the settings and the lists that may be created from the configuration.
 */
export function bindToFiles(saved: DesiredState, files: DesiredState): BoundState {
  const entries = new Map(files.contacts.map((entry) => [entry.key, entry]));
  const lists = new Map(files.lists.map((list) => [list.name, list]));
  const bound = saved.lists.map((list) => bindList(list, lists.get(list.name)));
  const accounts = bindAccounts(saved, files);
  const refusals = [
    ...accounts.refusals,
    ...bound.flatMap(({ refusal }) => refusal ?? []),
    ...saved.contacts.flatMap((entry) => compareEntries(contactAddress(entry.key), entry, entries.get(entry.key))),
  ];
  const refusedAddresses = new Set(refusals.map(({ address }) => address));
  const contacts = saved.contacts.filter(({ key }) => !refusedAddresses.has(contactAddress(key)));
  return {
    desired: {
      ...saved,
      contacts,
      ...(saved.base === undefined ? {} : { base: pruneBase(saved.base, contacts) }),
      lists: bound.flatMap(({ list }) => list ?? []),
      ...(saved.accounts === undefined ? {} : { accounts: accounts.accounts }),
      ...entriesOnLists(files, contacts),
      settings: files.settings,
    },
    refusals,
  };
}

/**
 * Compares the accounts of a plan with the configuration. Accounts that the plan does not change come from the
 * configuration.
 */
function bindAccounts(
  { accounts: saved = [] }: DesiredState,
  { accounts: configured = [] }: DesiredState,
): { readonly accounts: readonly DeclaredAccount[]; readonly refusals: readonly Refusal[] } {
  const entries = new Map(configured.map((entry) => [entry.key, entry]));
  const bound = saved.map((entry) => {
    const declared = entries.get(entry.key);
    if (entry.onlyNamed) {
      return { accounts: declared === undefined ? [] : [{ ...declared, onlyNamed: true as const }], refusals: [] };
    }
    const refusals = compareEntries(accountAddress(entry.key), entry, declared);
    return { accounts: refusals.length === 0 ? [entry] : [], refusals };
  });
  return {
    accounts: bound.flatMap(({ accounts }) => accounts),
    refusals: bound.flatMap(({ refusals }) => refusals),
  };
}

/**
 * Returns the list as the configuration declares it. If the plan manages the list differently, also returns a refusal,
 * and the returned list is unmanaged.
 */
function bindList(
  { name, members, ensure }: DeclaredList,
  configured: DeclaredList | undefined,
): { readonly list?: DeclaredList; readonly refusal?: Refusal } {
  const isManaged = members !== undefined || ensure !== undefined;
  const isSame = configured?.members === members && configured?.ensure === ensure;
  const subject = { address: listAddress(name), name, location: configured?.location };
  if (configured === undefined) return isManaged ? { refusal: missingInConfiguration(subject) } : {};
  if (isManaged && isSame) return { list: configured };
  const { members: _, ensure: __, ...list } = configured;
  return isManaged ? { list, refusal: differsFromConfiguration(subject, ["members", "ensure"]) } : { list };
}

/**
 * Returns the entries that declare lists and are not part of the plan. Their contacts stay on lists with exact members.
 */
function entriesOnLists(
  { contacts, lists }: DesiredState,
  planned: readonly DesiredContact[],
): Pick<DesiredState, "entriesOutsidePlan"> {
  if (!lists.some(({ members }) => members === "exact")) return {};
  const plannedKeys = new Set(planned.map(({ key }) => key));
  return {
    entriesOutsidePlan: contacts.filter(
      ({ key, lists: declared = [] }) => declared.length > 0 && !plannedKeys.has(key),
    ),
  };
}

/**
 * Returns a refusal if an entry of a saved plan differs from the configuration. The array is empty if both are equal.
 */
function compareEntries<Entry extends DesiredContact | DeclaredAccount>(
  address: string,
  saved: Entry,
  configured: Entry | undefined,
): Refusal[] {
  const subject = { address, name: saved.key, location: configured?.location };
  if (configured === undefined) return [missingInConfiguration(subject)];
  const properties = differingProperties(saved, configured);
  return properties.length === 0 ? [] : [differsFromConfiguration(subject, properties)];
}

const CONFIGURATION_KEYS: Readonly<Record<string, string>> = {
  customFields: "custom_fields",
  hashedHandles: "handles",
  externalId: "external_id",
};

/** Returns the properties that differ, named as in the configuration. */
function differingProperties(saved: object, configured: object): string[] {
  const [a, b] = [new Map(Object.entries(saved)), new Map(Object.entries(configured))];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((name) => isNotLocation(name) && withoutLocations(a.get(name)) !== withoutLocations(b.get(name)))
    .map((name) => CONFIGURATION_KEYS[name] ?? name);
}

function withoutLocations(value: unknown): string {
  return canonicalJson([value], isNotLocation);
}
