import { pruneBase } from "../matching/base-entries.ts";
import type { DeclaredAccount } from "../model/account.ts";
import { accountAddress, contactAddress, listAddress } from "../model/address.ts";
import type { DeclaredList, DesiredContact, DesiredState } from "../model/contact.ts";
import type { Refusal } from "../model/diagnostic.ts";
import { canonicalJson, isContentKey } from "../model/fingerprint.ts";
import { differsFromConfiguration, missingInConfiguration } from "./messages.ts";

/** The part of a saved plan's desired state that equals the configuration. */
export interface ConfirmedState {
  readonly desired: DesiredState;
  /** A refusal for each resource whose entry is missing from the configuration or differs from it. */
  readonly refusals: readonly Refusal[];
}

/**
 * Returns the desired state of a saved plan without entries that differ from the configuration, and a refusal for each
 * of them. The settings come from the configuration, and so do lists and accounts that the plan does not change.
 */
export function compareWithConfiguration(saved: DesiredState, configuration: DesiredState): ConfirmedState {
  const accounts = new Map(configuration.accounts?.map((entry) => [entry.key, entry]));
  const entries = new Map(configuration.contacts.map((entry) => [entry.key, entry]));
  const lists = new Map(configuration.lists.map((list) => [list.name, list]));
  const comparedLists = saved.lists.map((list) => compareList(list, lists.get(list.name)));
  const changedAccounts = saved.accounts?.filter(({ onlyNamed }) => !onlyNamed) ?? [];
  const refusals = [
    ...changedAccounts.flatMap((entry) => compareEntries(accountAddress(entry.key), entry, accounts.get(entry.key))),
    ...comparedLists.flatMap(({ refusal }) => refusal ?? []),
    ...saved.contacts.flatMap((entry) => compareEntries(contactAddress(entry.key), entry, entries.get(entry.key))),
  ];
  const refusedAddresses = new Set(refusals.map(({ address }) => address));
  const contacts = saved.contacts.filter(({ key }) => !refusedAddresses.has(contactAddress(key)));
  const confirmAccount = (entry: DeclaredAccount): DeclaredAccount[] => {
    if (!entry.onlyNamed) return refusedAddresses.has(accountAddress(entry.key)) ? [] : [entry];
    const configured = accounts.get(entry.key);
    return configured === undefined ? [] : [{ ...configured, onlyNamed: true }];
  };
  const confirmed = { contacts, ...(saved.accounts && { accounts: saved.accounts.flatMap(confirmAccount) }) };
  return {
    desired: {
      ...saved,
      ...confirmed,
      ...(saved.base && { base: pruneBase(saved.base, configuration, confirmed) }),
      lists: comparedLists.flatMap(({ list }) => list ?? []),
      ...entriesOutsidePlan(configuration, contacts),
      settings: configuration.settings,
    },
    refusals,
  };
}

/**
 * Returns the declaration in the configuration, if any. If its `members` or `ensure` differs from the plan, omits both.
 * If the plan has one of them and the configuration differs, also returns a refusal.
 */
function compareList(
  planned: DeclaredList,
  configured: DeclaredList | undefined,
): { readonly list?: DeclaredList; readonly refusal?: Refusal } {
  const { name, members, ensure } = planned;
  const isManaged = members !== undefined || ensure !== undefined;
  const differing = (["members", "ensure"] as const).filter((property) => configured?.[property] !== planned[property]);
  const subject = { address: listAddress(name), name, location: configured?.location };
  if (configured === undefined) return isManaged ? { refusal: missingInConfiguration(subject, ensure) } : {};
  if (isManaged && differing.length === 0) return { list: configured };
  const { members: _, ensure: __, ...list } = configured;
  return isManaged ? { list, refusal: differsFromConfiguration(subject, differing) } : { list };
}

/**
 * If a list has exact members, returns the entries outside the plan that contain lists, because their contacts must
 * stay on their lists.
 */
function entriesOutsidePlan(
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

function compareEntries<Entry extends DesiredContact | DeclaredAccount>(
  address: string,
  saved: Entry,
  configured: Entry | undefined,
): Refusal[] {
  const subject = { address, name: saved.key, location: configured?.location };
  if (configured === undefined) return [missingInConfiguration(subject, saved.ensure)];
  const properties = differingProperties(saved, configured);
  return properties.length === 0 ? [] : [differsFromConfiguration(subject, properties)];
}

const CONFIGURATION_KEYS: Readonly<Record<string, string>> = {
  customFields: "custom_fields",
  hashedHandles: "handles",
  externalId: "external_id",
};

/** Returns the names of the properties that differ, as in configuration files. */
function differingProperties(saved: object, configured: object): string[] {
  const [a, b] = [new Map(Object.entries(saved)), new Map(Object.entries(configured))];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((name) => isContentKey(name) && jsonOf(a.get(name)) !== jsonOf(b.get(name)))
    .map((name) => CONFIGURATION_KEYS[name] ?? name);
}

function jsonOf(value: unknown): string {
  return canonicalJson([value], isContentKey);
}
