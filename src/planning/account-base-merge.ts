import type { ResolvedAccount } from "../config/resolve-fields.ts";
import type { MatchedAccount } from "../matching/match-accounts.ts";
import { type DeclaredAccount, domainKey, type RemoteAccount } from "../model/account.ts";
import { accountAddress } from "../model/address.ts";
import type { Difference } from "../model/change.ts";
import type { BaseState, DesiredState } from "../model/contact.ts";
import { omitUndefined, unlessEmpty } from "../model/omit-undefined.ts";
import type { RemovedEntry } from "../model/plan.ts";
import { warnConflicts } from "./base-conflicts.ts";
import {
  asConflict,
  missingKeys,
  removedFields,
  withFieldOrigin,
  withMembershipOrigin,
  withOrigin,
  withOrigins,
  withTextOrigin,
} from "./base-origins.ts";
import { driftCheck, exactWithoutDrift, plannedRemovals, reduceFields } from "./omit-drift.ts";
import { compareAccount } from "./plan-declared-accounts.ts";
import {
  type BaseMerge,
  type MergedEntry,
  type MergeSides,
  mergeSides,
  type SplitDifferences,
  withoutBase,
} from "./three-way-merge.ts";

/** Merges accounts as `mergeWithBase` merges contacts. */
export function mergeAccountsWithBase(
  { base, accounts = [] }: DesiredState,
  entries: readonly MatchedAccount[],
): BaseMerge<MatchedAccount> {
  if (base === undefined) return withoutBase(entries);
  const mergedEntries = entries.map((entry) => mergeEntry(entry, base.overwrite));
  const differencesByAddress = new Map(mergedEntries.map(({ address, differences }) => [address, differences]));
  const drift = mergedEntries.flatMap((merged) => merged.drift ?? []);
  return {
    entries: mergedEntries.flatMap(({ entry }) => entry ?? []),
    drift,
    removedEntries: removedAccounts(accounts, entries, base),
    diagnosticsOf: (isReported) =>
      warnConflicts(
        drift.filter(({ address }) => isReported(address)),
        "account",
      ),
    addOrigins: (change) => withOrigins(change, differencesByAddress.get(change.address)),
  };
}

function mergeEntry(matched: MatchedAccount, overwrite: boolean): MergedEntry<MatchedAccount> {
  const { match, base, resolved } = matched;
  const address = accountAddress(resolved.desired.key);
  if (base === undefined) return { address, entry: matched, differences: [] };
  const sides: MergeSides<MatchedAccount, RemoteAccount> = {
    address,
    matched,
    kind: match.kind,
    entry: resolved.desired,
    base: base.desired,
    remote: "account" in match ? match.account : undefined,
    differencesSinceBase: (account) => differencesSinceBase(resolved, base, account),
    conflictsWithBase: (account) => compareAccount(base, account).differences.map(asConflict),
    isPlanned: ({ origin }) => overwrite || origin === "files",
    reduce: (split) => ({ ...matched, resolved: reduceAccount(resolved, base, split) }),
  };
  return mergeSides(sides, overwrite);
}

function differencesSinceBase(resolved: ResolvedAccount, base: ResolvedAccount, account: RemoteAccount): Difference[] {
  const { differences } = compareAccount(resolved, account);
  return [
    ...differences.map((difference) => withOriginSinceBase(difference, resolved, base, account)),
    ...removedDomains(resolved, base, account),
    ...removedFields(resolved, base, account),
  ];
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
  const missingDomains = missingKeys(domainKeys(base.desired), domainKeys(desired));
  return account.domains
    .filter((domain) => missingDomains.has(domainKey(domain)))
    .map((domain) => withOrigin({ attribute: "domains", key: domainKey(domain), before: domain }, "files"));
}

function reduceAccount(
  resolved: ResolvedAccount,
  base: ResolvedAccount,
  { drifted, planned }: SplitDifferences,
): ResolvedAccount {
  const isDrifted = driftCheck(drifted);
  const { name, description, domains, withoutDomains: _, ...desired } = resolved.desired;
  const exact = exactWithoutDrift(desired.exact, drifted);
  return {
    desired: omitUndefined({
      ...desired,
      exact,
      name: isDrifted("name") ? undefined : name,
      description: isDrifted("description") ? undefined : description,
      domains: domains?.filter(({ domain }) => !isDrifted("domains", domainKey(domain))),
      withoutDomains: unlessEmpty(plannedRemovals("domains", exact, planned).flatMap(({ before }) => before ?? [])),
    }),
    customFields: reduceFields(resolved, base, plannedRemovals("custom_fields", exact, planned), isDrifted),
  };
}

function removedAccounts(
  accounts: readonly DeclaredAccount[],
  entries: readonly MatchedAccount[],
  { accounts: baseAccounts = [] }: BaseState,
): RemovedEntry[] {
  const earlierVersions = new Set(entries.map(({ base }) => base?.desired));
  const keys = new Set(accounts.map(({ key }) => key));
  return baseAccounts
    .filter((entry) => entry.ensure === "present" && !earlierVersions.has(entry) && !keys.has(entry.key))
    .map(({ key, location }) => ({ address: accountAddress(key), name: key, location }));
}
