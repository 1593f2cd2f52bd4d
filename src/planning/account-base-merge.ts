import type { ResolvedAccount } from "../config/resolve-fields.ts";
import type { MatchedAccount } from "../matching/match-accounts.ts";
import { type DeclaredAccount, domainKey, type RemoteAccount } from "../model/account.ts";
import { accountAddress } from "../model/address.ts";
import type { Change, Difference } from "../model/change.ts";
import type { BaseState, DesiredState } from "../model/contact.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Drift, RemovedEntry } from "../model/plan.ts";
import {
  asConflict,
  driftOf,
  missingKeys,
  removedFields,
  withFieldOrigin,
  withMembershipOrigin,
  withOrigin,
  withOrigins,
  withTextOrigin,
} from "./base-origins.ts";
import {
  driftCheck,
  exactWithoutDrift,
  plannedRemovals,
  reduceFields,
  type SplitDifferences,
  splitByOrigin,
} from "./base-reduction.ts";
import { compareAccount } from "./plan-declared-accounts.ts";

/** The result of a three-way merge of accounts. */
export interface AccountBaseMerge {
  /** The entries, reduced to the planned differences. */
  readonly entries: readonly MatchedAccount[];
  readonly drift: readonly Drift[];
  readonly removedEntries: readonly RemovedEntry[];
  /** Adds the origin of each difference to a change. */
  addOrigins(change: Change): Change;
}

/** Performs a three-way merge of accounts, as `mergeWithBase` does for contacts. */
export function mergeAccountsWithBase(
  { base, accounts = [] }: DesiredState,
  entries: readonly MatchedAccount[],
): AccountBaseMerge {
  if (base === undefined) return { entries, drift: [], removedEntries: [], addOrigins: (change) => change };
  const mergedEntries = entries.map((entry) => mergeEntry(entry, base.overwrite));
  const differencesByAddress = new Map(mergedEntries.map(({ address, differences }) => [address, differences]));
  return {
    entries: mergedEntries.flatMap(({ entry }) => entry ?? []),
    drift: mergedEntries.flatMap(({ drift }) => drift ?? []),
    removedEntries: removedAccounts(accounts, entries, base),
    addOrigins: (change) => withOrigins(change, differencesByAddress.get(change.address)),
  };
}

interface MergedAccount {
  readonly address: string;
  /** Undefined if the entry has no planned differences. */
  readonly entry: MatchedAccount | undefined;
  readonly differences: readonly Difference[];
  readonly drift?: Drift;
}

function mergeEntry(matched: MatchedAccount, overwrite: boolean): MergedAccount {
  const { match, base, resolved } = matched;
  const address = accountAddress(resolved.desired.key);
  const unmerged: MergedAccount = { address, entry: matched, differences: [] };
  if (base === undefined) return unmerged;
  const wasAbsent = base.desired.ensure === "absent";
  const entries = { entry: resolved.desired, base: base.desired };
  switch (match.kind) {
    case "no-match":
      if (overwrite || wasAbsent) return unmerged;
      return { ...unmerged, entry: undefined, drift: driftOf(address, entries, { action: "delete", differences: [] }) };
    case "match":
      return wasAbsent ? unmerged : { ...unmerged, ...mergeMatch(matched, base, match.account, overwrite) };
    case "deletion":
      return overwrite ? unmerged : { ...unmerged, ...mergeDeletion(address, resolved, base, match.account) };
    default:
      return unmerged;
  }
}

/**
 * Merges the deletion of an account with its changes in Front. An account that changed in Front since the base is not
 * deleted.
 */
function mergeDeletion(
  address: string,
  { desired }: ResolvedAccount,
  base: ResolvedAccount,
  account: RemoteAccount,
): Partial<MergedAccount> {
  const wasAbsent = base.desired.ensure === "absent";
  const differences = wasAbsent ? [] : compareAccount(base, account).differences.map(asConflict);
  if (!wasAbsent && differences.length === 0) return {};
  const change = { action: wasAbsent ? ("create" as const) : ("update" as const), differences, id: account.id };
  const drift = driftOf(address, { entry: desired, base: base.desired }, change);
  return { entry: undefined, drift: { ...drift, deletes: true } };
}

function mergeMatch(
  matched: MatchedAccount,
  base: ResolvedAccount,
  account: RemoteAccount,
  overwrite: boolean,
): Partial<MergedAccount> {
  const { resolved } = matched;
  const { desired } = resolved;
  const differences = [
    ...compareAccount(resolved, account).differences.map((difference) =>
      withOriginSinceBase(difference, resolved, base, account),
    ),
    ...removedDomains(resolved, base, account),
    ...removedFields(resolved, base, account),
  ];
  const split = splitByOrigin(differences, overwrite);
  const mergedEntry = { entry: { ...matched, resolved: reduceAccount(resolved, base, split) }, differences };
  if (split.drifted.length === 0) return mergedEntry;
  const change = { action: "update" as const, differences: split.drifted, id: account.id };
  const drift = driftOf(accountAddress(desired.key), { entry: desired, base: base.desired }, change);
  return { ...mergedEntry, drift };
}

function withOriginSinceBase(
  difference: Difference,
  resolved: ResolvedAccount,
  base: ResolvedAccount,
  account: RemoteAccount,
): Difference {
  const { desired } = base;
  switch (difference.attribute) {
    case "name":
    case "description":
      return withTextOrigin(difference, desired[difference.attribute], account[difference.attribute]);
    case "domains":
      return withMembershipOrigin(difference, desired.domains && domainKeys(desired), desired.exact);
    case "custom_fields":
      return withFieldOrigin(difference, { resolved, base }, account);
    default:
      return withOrigin(difference, "files");
  }
}

function domainKeys({ domains = [] }: DeclaredAccount): string[] {
  return domains.map(({ domain }) => domainKey(domain));
}

function removedDomains({ desired }: ResolvedAccount, base: ResolvedAccount, account: RemoteAccount): Difference[] {
  if (desired.exact.includes("domains")) return [];
  const missingDomains = missingKeys(domainKeys(base.desired), domainKeys(desired));
  return account.domains
    .filter((domain) => missingDomains.has(domainKey(domain)))
    .map((domain) => withOrigin({ attribute: "domains", key: domainKey(domain), before: domain }, "files"));
}

/** Returns an entry that results in exactly the planned differences. */
function reduceAccount(
  resolved: ResolvedAccount,
  base: ResolvedAccount,
  { drifted, planned }: SplitDifferences,
): ResolvedAccount {
  const isDrifted = driftCheck(drifted);
  const { name, description, domains, withoutDomains: _, ...desired } = resolved.desired;
  const exact = exactWithoutDrift(desired.exact, drifted);
  const removedDomainNames = plannedRemovals("domains", exact, planned).flatMap(({ before }) => before ?? []);
  return {
    desired: omitUndefined({
      ...{ ...desired, exact },
      name: isDrifted("name") ? undefined : name,
      description: isDrifted("description") ? undefined : description,
      domains: domains?.filter(({ domain }) => !isDrifted("domains", domainKey(domain))),
      withoutDomains: removedDomainNames.length === 0 ? undefined : removedDomainNames,
    }),
    customFields: reduceFields(resolved, base, plannedRemovals("custom_fields", exact, planned), isDrifted),
  };
}

/** Returns the accounts whose entries were removed from the configuration since the base. */
function removedAccounts(
  accounts: readonly DeclaredAccount[],
  entries: readonly MatchedAccount[],
  { accounts: baseAccounts = [] }: BaseState,
): RemovedEntry[] {
  const continued = new Set(entries.map(({ base }) => base?.desired));
  const keys = new Set(accounts.map(({ key }) => key));
  return baseAccounts
    .filter((entry) => entry.ensure === "present" && !continued.has(entry) && !keys.has(entry.key))
    .map(({ key, location }) => ({ address: accountAddress(key), name: key, location }));
}
