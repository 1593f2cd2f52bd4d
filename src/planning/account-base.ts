import type { ResolvedAccount, ResolvedField } from "../config/resolve-fields.ts";
import type { MatchedAccount } from "../matching/match-accounts.ts";
import { domainKey, type RemoteAccount } from "../model/account.ts";
import { accountAddress } from "../model/address.ts";
import type { Change, Difference } from "../model/change.ts";
import type { BaseState, DesiredState } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { canonicalJson, isNotLocation } from "../model/fingerprint.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Drift, Released } from "../model/plan.ts";
import {
  attributeField,
  missingKeys,
  pathOf,
  removedFields,
  withMembershipOrigin,
  withOrigin,
  withValueOrigin,
} from "./base-origins.ts";
import { compareAccount } from "./plan-declared-accounts.ts";

/** The result of merging the changes of accounts in the files and those in Front since a base. */
export interface AccountBaseMerge {
  /** The entries, reduced to the planned differences. */
  readonly entries: readonly MatchedAccount[];
  readonly drift: readonly Drift[];
  readonly released: readonly Released[];
  /** Adds their origin to the differences of a change. */
  attribute(change: Change): Change;
}

/** Merges three ways, as contacts are merged. Without a base, everything is planned. */
export function mergeAccountsWithBase(
  { base, accounts = [] }: DesiredState,
  entries: readonly MatchedAccount[],
): AccountBaseMerge {
  if (base === undefined) return { entries, drift: [], released: [], attribute: (change) => change };
  const merged = entries.map((entry) => mergeEntry(entry, base.overwrite));
  const found = new Map(merged.map(({ address, differences }) => [address, differences]));
  return {
    entries: merged.flatMap(({ entry }) => entry ?? []),
    drift: merged.flatMap(({ drift }) => drift ?? []),
    released: releasedAccounts(accounts, entries, base),
    attribute: (change) => withOrigins(change, found),
  };
}

interface Merged {
  readonly address: string;
  /** Undefined if the entry has no planned differences. */
  readonly entry: MatchedAccount | undefined;
  readonly differences: readonly Difference[];
  readonly drift?: Drift;
}

function mergeEntry(each: MatchedAccount, overwrite: boolean): Merged {
  const { match, base, resolved } = each;
  const address = accountAddress(resolved.desired.key);
  const unmerged: Merged = { address, entry: each, differences: [] };
  if (base === undefined) return unmerged;
  const wasAbsent = base.desired.ensure === "absent";
  switch (match.kind) {
    case "no-match":
      if (overwrite || wasAbsent) return unmerged;
      return { ...unmerged, entry: undefined, drift: driftOf(each, base, { action: "delete", differences: [] }) };
    case "match":
      return wasAbsent ? unmerged : mergeMatch(each, base, match.account, overwrite);
    case "deletion":
      return overwrite ? unmerged : mergeDeletion(each, base, match.account);
    default:
      return unmerged;
  }
}

/** Merges the deletion of an account, which is deleted only if it did not change since the base. */
function mergeDeletion(each: MatchedAccount, base: ResolvedAccount, account: RemoteAccount): Merged {
  const address = accountAddress(each.resolved.desired.key);
  const held = (action: "create" | "update", differences: readonly Difference[]): Merged => {
    const drift = { ...driftOf(each, base, { action, differences, id: account.id }), deletes: true as const };
    return { address, entry: undefined, differences: [], drift };
  };
  if (base.desired.ensure === "absent") return held("create", []);
  const changed = compareAccount(base, account).differences;
  if (changed.length === 0) return { address, entry: each, differences: [] };
  return held(
    "update",
    changed.map(({ after, ...found }) => withOrigin(found as Difference, "both", after)),
  );
}

function mergeMatch(each: MatchedAccount, base: ResolvedAccount, account: RemoteAccount, overwrite: boolean): Merged {
  const { resolved } = each;
  const differences = [
    ...compareAccount(resolved, account).differences.map((found) => attributeTo(found, { resolved, base, account })),
    ...removedDomains(resolved, base, account),
    ...removedFields(resolved, base, account),
  ];
  const held = overwrite ? [] : differences.filter(({ origin }) => origin !== "files");
  const planned = differences.filter((difference) => !held.includes(difference));
  const merged: Merged = {
    address: accountAddress(resolved.desired.key),
    entry: { ...each, resolved: reduceAccount(resolved, base, { held, planned }) },
    differences,
  };
  if (held.length === 0) return merged;
  return { ...merged, drift: driftOf(each, base, { action: "update", differences: held, id: account.id }) };
}

interface Sides {
  readonly resolved: ResolvedAccount;
  readonly base: ResolvedAccount;
  readonly account: RemoteAccount;
}

function attributeTo(found: Difference, { resolved, base, account }: Sides): Difference {
  switch (found.attribute) {
    case "name":
    case "description": {
      const value = base.desired[found.attribute];
      const is = (other: string | undefined) => normalText(other ?? "") === normalText(value ?? "");
      return withValueOrigin(found, value, { inFiles: is(found.after), inFront: is(account[found.attribute]) });
    }
    case "domains": {
      const keys = base.desired.domains?.map(({ domain }) => domainKey(domain));
      return withMembershipOrigin(found, keys, base.desired.exact);
    }
    case "custom_fields":
      return attributeField(found, { resolved, base }, account);
    default:
      return withOrigin(found, "files");
  }
}

function removedDomains({ desired }: ResolvedAccount, base: ResolvedAccount, account: RemoteAccount): Difference[] {
  if (desired.exact.includes("domains")) return [];
  const keysOf = ({ domains = [] }: ResolvedAccount["desired"]) => domains.map(({ domain }) => domainKey(domain));
  const gone = missingKeys(keysOf(base.desired), keysOf(desired));
  return account.domains
    .filter((domain) => gone.has(domainKey(domain)))
    .map((domain) => withOrigin({ attribute: "domains", key: domainKey(domain), before: domain }, "files"));
}

/** Returns an entry that results in exactly the planned differences. */
function reduceAccount(
  { desired, customFields }: ResolvedAccount,
  base: ResolvedAccount,
  { held, planned }: { readonly held: readonly Difference[]; readonly planned: readonly Difference[] },
): ResolvedAccount {
  const paths = new Set(held.map(pathOf));
  const isHeld = (attribute: Difference["attribute"], key?: string) =>
    paths.has(pathOf({ attribute, key } as Difference));
  const { name, description, domains, withoutDomains: _, ...rest } = desired;
  const exact = desired.exact.filter(
    (each) => !held.some(({ attribute, after }) => attribute === each && after === undefined),
  );
  const removed = planned.flatMap((each) =>
    each.attribute === "domains" && each.after === undefined ? (each.before ?? []) : [],
  );
  return {
    desired: omitUndefined({
      ...{ ...rest, exact },
      name: isHeld("name") ? undefined : name,
      description: isHeld("description") ? undefined : description,
      domains: domains?.filter(({ domain }) => !isHeld("domains", domainKey(domain))),
      withoutDomains: removed.length === 0 || exact.includes("domains") ? undefined : removed,
    }),
    customFields: reducedFields(customFields, base, { exact: exact.includes("custom_fields"), planned, isHeld }),
  };
}

function reducedFields(
  customFields: readonly ResolvedField[] | undefined,
  base: ResolvedAccount,
  {
    exact,
    planned,
    isHeld,
  }: {
    readonly exact: boolean;
    readonly planned: readonly Difference[];
    readonly isHeld: (attribute: Difference["attribute"], key?: string) => boolean;
  },
): readonly ResolvedField[] | undefined {
  const declared = new Set(customFields?.map(({ name }) => name));
  const types = new Map(base.customFields?.map(({ name, type }) => [name, type]));
  const cleared = planned.flatMap((each) => {
    const isRemoval = each.attribute === "custom_fields" && each.after === undefined;
    if (exact || !isRemoval || declared.has(each.key)) return [];
    return [{ name: each.key, type: types.get(each.key) ?? "unknown", value: undefined }];
  });
  if (customFields === undefined && cleared.length === 0) return undefined;
  return [...(customFields ?? []).filter(({ name }) => !isHeld("custom_fields", name)), ...cleared];
}

function driftOf(
  { resolved }: MatchedAccount,
  base: ResolvedAccount,
  { action, differences, id }: Pick<Drift, "action" | "differences"> & { readonly id?: string },
): Drift {
  const { key, location } = resolved.desired;
  const text = ({ desired }: ResolvedAccount) => canonicalJson({ ...desired, key: "" }, isNotLocation);
  const isConflict =
    action === "update" ? differences.some(({ origin }) => origin === "both") : text(base) !== text(resolved);
  const origin = isConflict ? ("both" as const) : ("front" as const);
  return omitUndefined({ address: accountAddress(key), name: key, location, id, action, origin, differences });
}

function releasedAccounts(
  accounts: NonNullable<DesiredState["accounts"]>,
  entries: readonly MatchedAccount[],
  { accounts: before = [] }: BaseState,
): Released[] {
  const continued = new Set(entries.map(({ base }) => base?.desired));
  const keys = new Set(accounts.map(({ key }) => key));
  return before
    .filter((entry) => entry.ensure === "present" && !continued.has(entry) && !keys.has(entry.key))
    .map(({ key, location }) => ({ address: accountAddress(key), name: key, location }));
}

/** Returns a change with the origin of its differences. Those without another origin were made in the files. */
function withOrigins(change: Change, found: ReadonlyMap<string, readonly Difference[]>): Change {
  if (change.action !== "update") return change;
  const known = new Map(found.get(change.address)?.map((each) => [pathOf(each), each]));
  const differences = change.differences.map((each) => {
    const { origin = "files", base } = known.get(pathOf(each)) ?? {};
    return withOrigin(each, origin, base);
  });
  return { ...change, differences };
}
